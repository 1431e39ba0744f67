"""An emergency exception is reported in time.

緊急の例外措置を期限内に報告する。

## What it finds

An emergency exception that was not reported to the CISO within the days the policy gives, or that does not say when it
happened.

## Why it matters

In an emergency one may act first, but must tell soon after.

## Example

The line was opened on the 3rd, the report is dated the 30th.

## What to do instead

Report now, and write down why it was late. Then end the exception or apply for a regular one.

## 何を見つけるか

緊急の例外措置のうち、規程の定める日数以内にCISOへ報告されていないもの、いつ行ったのかの記載がないものを見つけます。

## なぜ問題か

緊急のときは先に動くことができますが、すぐに報告しなければなりません。

## 例

3日に回線を開けたのに、報告が30日になっている場合です。

## どうすればよいか

直ちに報告し、遅れた理由を残します。そのうえで終了するか、通常の例外措置として申請してください。
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry

_UNREPORTED = Text(
    "緊急の例外措置 {entry}（{occurred}）が、{days}日を過ぎてもCISOに報告されていません。",
    "The emergency exception {entry} of {occurred} was not reported to the CISO within {days} days.",
)
_LATE = Text(
    "緊急の例外措置 {entry}（{occurred}）の報告が{reported}で、{days}日以内ではありませんでした。",
    "The emergency exception {entry} of {occurred} was reported on {reported}, not within {days} days.",
)
_UNDATED = Text(
    "緊急の例外措置 {entry}に、発生した日の記載がありません。",
    "The emergency exception {entry} does not say on which day it happened.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    days = context.policy.exceptions.emergency_report_days
    for entry in context.model.exceptions.values():
        if not entry.emergency:
            continue
        occurred = entry.occurred_on
        if occurred is None:
            yield on_entry(context, "EX-05", "exception", entry, _UNDATED, key="undated", exception=entry.id)
            continue
        due = occurred + dt.timedelta(days=days)
        values: dict[str, object] = {"occurred": occurred, "days": days, "reported": entry.reported_on}
        if entry.reported_on is None:
            if context.at > due:
                yield on_entry(
                    context, "EX-05", "exception", entry, _UNREPORTED, key="unreported", values=values, exception=entry.id
                )
        elif entry.reported_on > due:
            severity = Severity.MEDIUM  # it was reported, too late: a matter of record
            yield on_entry(
                context, "EX-05", "exception", entry, _LATE, severity=severity, key="late", values=values, exception=entry.id
            )


RULE = rule(
    __doc__,
    "EX-05",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
