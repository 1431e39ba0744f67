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

import datetime as dt
from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_entry

_UNDECIDED = Text(
    "ログの保管先 {entry}の保管期間が定められていません。",
    "No retention period was decided for the log store {entry}.",
)
_SHORT = Text(
    "ログの保管先 {entry}の保管期間（{days}日）は、定められた{wanted}日より短いものです。",
    "The log store {entry} keeps {days} days, fewer than the {wanted} that were decided.",
)
_YOUNG = Text(
    "ログの保管先 {entry}の最も古い記録（{oldest}）は、{wanted}日前より新しいものです。",
    "The oldest record of the log store {entry} ({oldest}) is younger than {wanted} days.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    demanded = context.policy.retention_days
    for store in context.model.log_stores.values():
        wanted = demanded if demanded is not None else store.retention_days
        if wanted is None:
            yield on_entry(context, "LT-02", "log_store", store, _UNDECIDED, key="undecided")
            continue
        if store.retention_days is not None and store.retention_days < wanted:
            values: dict[str, object] = {"days": store.retention_days, "wanted": wanted}
            yield on_entry(context, "LT-02", "log_store", store, _SHORT, key="short", values=values)
        due = context.at - dt.timedelta(days=wanted)
        if store.started_on is not None:
            due = max(due, store.started_on)  # a new store cannot hold what was before it
        if store.oldest is not None and store.oldest > due:
            values = {"oldest": store.oldest, "wanted": wanted}
            yield on_entry(context, "LT-02", "log_store", store, _YOUNG, key="young", values=values)


RULE = rule(
    __doc__,
    "LT-02",
    severity=Severity.HIGH,
    sides=(SENSOR, REGISTRY),
    implemented=(REGISTRY,),
    check=_check,
)
