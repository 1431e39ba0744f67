"""Working papers can be verified.

点検の調書を後から検証できる。

## What it finds

A check or audit without a report, or without the SHA-256 of the bundle that holds its inputs, version of the policy, findings
and coverage.

## Why it matters

Only with the hash can somebody later show that these are the papers of that day.

## Example

The check of November is entered with its report, but without hash.

## What to do instead

Let the tool write the bundle and enter the hash it prints.

## 何を見つけるか

報告書がない、または入力・規程の版・結果・網羅範囲をまとめた調書のSHA-256がない点検や監査を見つけます。

## なぜ問題か

ハッシュ値があって初めて、その日の調書そのものであることを後から示せます。

## 例

11月の点検に、報告書はあるのにハッシュ値がない場合です。

## どうすればよいか

本ツールで調書を出力し、表示されるハッシュ値を登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.reviews import CHECKS
from segmentation.rules.subjects import is_sha256, listing, on_place

_MISSING = Text(
    "{day}の点検・監査（{by}）の記録に、{missing}がありません。",
    "The check of {day} by {by} lacks: {missing}.",
)
_REPORT, _HASH, _DATE = (
    Text("報告書", "its report"),
    Text("調書のSHA-256", "the SHA-256 of its working papers"),
    Text("実施日", "its date"),
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for number, review in enumerate(context.model.reviews):
        if review.kind not in CHECKS:
            continue
        wanted = ((_DATE, review.done_on), (_REPORT, review.report), (_HASH, is_sha256(review.sha256)))
        missing = tuple(name for name, present in wanted if not present)
        if missing:
            message = _MISSING.format(day=review.done_on or "—", by=review.by, missing=listing(missing))
            cause = f"review:{review.kind}:{review.done_on or number}"
            yield on_place(context, "AU-03", cause, review.location, message, key=f"{cause}:{review.report}")


RULE = rule(
    __doc__,
    "AU-03",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
