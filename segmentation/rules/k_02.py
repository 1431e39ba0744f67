"""Municipalities joined at an aggregator stay apart.

集約先につながる市町村どうしを分ける。

## What it finds

Traffic or conduits between two municipalities that share an aggregator, and senders outside their registered ranges.

## Why it matters

One member's intrusion must not become everyone's.

## Example

A conduit joins the zones of two member towns.

## What to do instead

Route common services through a zone of the aggregator, and block the way between members.

## 何を見つけるか

同じ集約先につながる市町村どうしの通信や登録、登録した範囲の外からの通信を見つけます。

## なぜ問題か

一つの団体への侵入を、全体のものにしてはなりません。

## 例

二つの構成団体のゾーンを、通信経路が直接つないでいる場合です。

## どうすればよいか

共通のサービスは集約先のゾーンを通し、構成団体どうしの経路は遮断してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_conduit

_TAGS = frozenset({"tenant", "構成市町村", "市区町村"})
_JOINED = Text(
    "通信経路 {conduit}が、集約先につながる別々の団体（{a}と{b}）を直接つないでいます。",
    "The conduit {conduit} joins two organisations of the aggregator directly ({a} and {b}).",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for ends in context.conduits:
        tenants = [
            next((context.model.layer(z.id) for z in end.zones if context.model.layer(z.id).tags & _TAGS), None)
            for end in (ends.initiator, ends.responder)
        ]
        a, b = tenants
        if a is not None and b is not None and a.id != b.id:
            yield on_conduit(context, "K-02", ends, _JOINED, values={"a": a.name, "b": b.name})


RULE = rule(
    __doc__,
    "K-02",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
