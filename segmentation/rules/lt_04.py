"""Logs are reviewed periodically.

ログを定期に点検している。

## What it finds

No dated log review within the period.

## Why it matters

Logs nobody reads only help after the damage.

## Example

The last review is five months old, the period is three.

## What to do instead

Put a date into the calendar, read the denied crossings and the privileged logins, and enter who did it.

## 何を見つけるか

期間内に、日付のあるログの点検が行われていないことを見つけます。

## なぜ問題か

誰も読まないログは、被害の後にしか役立ちません。

## 例

期間は三か月なのに、最後の点検が五か月前の場合です。

## どうすればよいか

予定表に日を決め、拒否された通信と管理者のログインを確かめ、行った人を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "LT-04",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(),
)
