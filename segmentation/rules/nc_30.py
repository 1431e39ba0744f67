"""No device is beyond its end of support.

サポートの切れた機器を使わない。

## What it finds

Devices past the end of their vendor's support, those that reach it soon, and dates from a vendor table that was looked at
long ago.

## Why it matters

Without updates every weakness found from then on stays.

## Example

The branch router's support ended in March.

## What to do instead

Plan the replacement in the budget before the date. Ask the contractor for the vendor's notice and enter the day you
looked.

## 何を見つけるか

製造元のサポートが終了した機器、まもなく終了する機器、終了日の確認が古いものを見つけます。

## なぜ問題か

更新がなければ、それ以降に見つかる弱点は全て残ります。

## 例

支所のルータのサポートが三月に終了している場合です。

## どうすればよいか

期限より前に予算で更新を計画します。製造元の通知を業者に確認し、確認した日を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "NC-30",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(),
)
