"""The checker does not run what is checked.

点検者が運用担当者と異なる。

## What it finds

A check or audit signed by somebody who also runs the network.

## Why it matters

Whoever built it will find it good.

## Example

The yearly check is signed by the administrator of the firewall.

## What to do instead

Let another section sign. The tool prints what to look at, so no special knowledge is needed.

## 何を見つけるか

ネットワークの運用担当者が、自ら署名している点検や監査を見つけます。

## なぜ問題か

作った人は、それを良いと思うものです。

## 例

年次の点検に、ファイアウォールの管理者が署名している場合です。

## どうすればよいか

ほかの課の職員が署名します。見るべき点は本ツールが示しますので、特別な知識は要りません。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place, same_person

_OWN = Text(
    "{day}の{kind}の実施者（{by}）は、ネットワークの運用担当者です。",
    "The {kind} of {day} was done by {by}, who also runs the network.",
)
_KINDS = {
    "inspection": Text("点検", "check"), "audit": Text("監査", "audit"), "external_audit": Text("外部監査", "external audit"),
    "external_confirmation": Text("外部による確認", "external confirmation"),
}  # fmt: skip


def _check(context: RuleContext) -> Iterator[Finding]:
    for review in context.model.reviews:
        if review.kind in _KINDS and any(same_person(review.by, o) for o in context.model.operators):
            message = _OWN.format(day=review.done_on or "—", kind=_KINDS[review.kind], by=review.by)
            cause = f"review:{review.kind}:{review.done_on}"
            yield on_place(context, "AU-02", cause, review.location, message, key=f"{cause}:{review.report}")


RULE = rule(
    __doc__,
    "AU-02",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
