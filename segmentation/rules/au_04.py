"""Findings are followed up.

点検結果の改善を追跡している。

## What it finds

A check or audit with open findings and no record of who corrects what by when.

## Why it matters

A finding without an owner returns next year.

## Example

Three open findings, the follow-up field is empty.

## What to do instead

Name a person and a date for each, and run the same rule on all other devices too.

## 何を見つけるか

未解決の指摘があるのに、誰がいつまでに改めるのかの記録がない点検や監査を見つけます。

## なぜ問題か

担当者のいない指摘は、翌年も同じ形で現れます。

## 例

未解決が3件あるのに、改善の記録が空の場合です。

## どうすればよいか

一件ごとに担当者と期限を決め、同じ規則をほかの全ての機器にも適用して確かめてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place

_OPEN = Text(
    "{day}の点検・監査（{by}）に未解決の指摘が{count}件ありますが、改善の記録がありません。",
    "The check of {day} by {by} has {count} open findings and no record of their correction.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for number, review in enumerate(context.model.reviews):
        if review.findings_open > 0 and not review.follow_up:
            message = _OPEN.format(day=review.done_on or "—", by=review.by, count=review.findings_open)
            cause = f"review:{review.kind}:{review.done_on or number}"
            yield on_place(context, "AU-04", cause, review.location, message, key=f"{cause}:{review.report}")


RULE = rule(
    __doc__,
    "AU-04",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
