"""An exception nobody uses.

使われていない例外措置がある。

## What it finds

An exception under which no flow was seen for a long time.

## Why it matters

It is a door that is kept unlocked for nobody.

## Example

The exception for a migration, finished in May, is still in force in August.

## What to do instead

Ask the applicant and end it early.

## 何を見つけるか

長い間、対象となる通信が見られない例外措置を見つけます。

## なぜ問題か

誰のためでもなく、鍵を開けたままの扉です。

## 例

五月に終わった移行作業の例外措置が、八月になっても有効な場合です。

## どうすればよいか

申請者に確認し、期限を待たずに終了してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "EX-08",
    severity=Severity.LOW,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
