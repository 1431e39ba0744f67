"""The file of an external connection is complete.

外部接続の関係書類がそろっている。

## What it finds

An external connection without a survey of the peer, a clause on liability, or a way to disconnect it.

## Why it matters

When something spreads over the line at night, somebody must know how to cut it and who answers for the damage.

## Example

The maintenance company's line has a contract, but no description of how to disconnect it.

## What to do instead

Collect the papers once and enter their numbers: the contract holds the liability, the network contractor writes the
procedure.

## 何を見つけるか

外部接続のうち、相手方の調査、責任についての取決め、切断の手順のいずれかが登録されていないものを見つけます。

## なぜ問題か

夜間に回線から被害が広がったとき、切り方と、損害を誰が負うのかが分かっていなければなりません。

## 例

保守会社の回線に契約書はあるのに、切断の手順がない場合です。

## どうすればよいか

書類を一度そろえて番号を登録します。責任は契約書に、切断の手順はネットワークの保守業者に作成を依頼してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import listing, on_entry

_MISSING = Text(
    "外部接続 {entry}の関係書類に、{missing}がありません。",
    "The file of the external connection {entry} lacks: {missing}.",
)
_SURVEY = Text("相手方の調査", "survey of the peer")
_LIABILITY = Text("責任の取決め", "liability clause")
_DISCONNECTION = Text("切断の手順", "way to disconnect")


def _check(context: RuleContext) -> Iterator[Finding]:
    for line in context.model.external_connections.values():
        documents = ((_SURVEY, line.survey), (_LIABILITY, line.liability), (_DISCONNECTION, line.disconnection))
        missing = tuple(name for name, present in documents if not present)
        if missing:
            yield on_entry(context, "NC-07", "connection", line, _MISSING, values={"missing": listing(missing)})


RULE = rule(
    __doc__,
    "NC-07",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
