"""Logs are kept as long as was decided.

定めた期間ログを保管している。

## What it finds

A retention period that nobody decided, a log store that keeps less than was decided, and one whose oldest record is
younger than it should be.

## Why it matters

An intrusion is often found months later. What was thrown away by then cannot be asked.

## Example

One year was decided, the oldest record is 40 days old.

## What to do instead

Decide a number in the policy or the profile, size the store for it, and note the oldest record at each review.

## 何を見つけるか

保管期間が決まっていない、保管先の設定が決定より短い、最も古い記録があるべき日より新しい、という状態を見つけます。

## なぜ問題か

侵入は、数か月後に見つかることが珍しくありません。そのとき捨ててしまった記録には、もう尋ねられません。

## 例

一年と決めているのに、最も古い記録が40日前の場合です。

## どうすればよいか

規程やプロファイルで日数を定め、それに見合う容量を用意し、点検のたびに最も古い記録の日を控えてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LT-02",
    severity=Severity.HIGH,
    sides=(SENSOR, REGISTRY),
    implemented=(),
)
