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

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.reviews import latest
from segmentation.rules.subjects import age_days, on_place

_NEVER = Text(
    "ログの点検の記録がありません。{limit}日以内に一度は点検し、記録してください。",
    "No log review is on record. Review the logs at least every {limit} days, and enter it.",
)
_OLD = Text(
    "最後のログの点検（{day}）から{days}日が過ぎています（間隔は{limit}日以内）。",
    "The last log review ({day}) was {days} days ago; at most {limit} days are allowed.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    limit = context.model.settings.log_review_max_age_days
    last = latest(context, frozenset({"log_review"}))
    if last is None:
        yield on_place(context, "LT-04", "log_review", context.model_location, _NEVER.format(limit=limit))
        return
    age = age_days(last.done_on, context.at)
    if age is not None and age > limit:
        message = _OLD.format(day=last.done_on, days=age, limit=limit)
        yield on_place(context, "LT-04", "log_review", last.location, message)


RULE = rule(
    __doc__,
    "LT-04",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
