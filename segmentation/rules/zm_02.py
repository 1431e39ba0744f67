"""Every ordered pair of zones is decided.

全てのゾーンの組について通信の可否が決まっている。

## What it finds

Ordered pairs of zones for which the zone model holds neither a conduit nor a default. Whether A may open a connection to
B and whether B may open one to A are two separate decisions. The sensor reports a flow between zones that no more
specific rule names here.

## Why it matters

A matrix with empty cells is no decision: whoever reads the firewall later fills the gap with what happens to work today.

## Example

Zones "printers" and "servers" both exist, nothing joins them, and the default of the file is not "deny".

## What to do instead

Keep the default at deny and declare a conduit for each crossing that the work needs, with its business and its
responsible section. Ask the section that runs the system which side opens the connection.

## 何を見つけるか

ゾーンの組のうち、通信経路の登録も既定の扱いも決まっていないものを見つけます。AからBへ接続を始めてよいかと、BからAへ始めて
よいかは、それぞれ別に決める必要があります。ほかに当てはまる規則がないゾーン間の通信も、センサーはこの規則で報告します。

## なぜ問題か

空欄の残る一覧表は決定とはいえません。後から設定を見た人が、いま動いているという理由だけで空欄を埋めてしまいます。

## 例

「複合機」と「サーバ」のゾーンがあるのに両者の間が決まっておらず、既定の扱いも「拒否」になっていない場合です。

## どうすればよいか

既定は拒否のままとし、業務に必要な通信だけを、業務名と担当課を添えて登録します。どちらの側から接続を始めるのかは、システム
の担当課に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_place

_OPEN = Text(
    "登録のないゾーン間の通信の扱いが「拒否」になっていません（{default}）。{count}組のゾーンの扱いが決まっていません。",
    'Crossings that no conduit names are not denied by default ("{default}"): {count} ordered pairs of zones are undecided.',
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if model.default == "deny":
        return
    layers = [z.id for z in model.zones.values() if not z.parent]
    declared = {
        (model.layer(a.id).id, model.layer(b.id).id)
        for e in context.conduits
        for a in e.initiator.zones
        for b in e.responder.zones
    }
    undecided = [(a, b) for a in layers for b in layers if a != b and (a, b) not in declared]
    if undecided:
        message = _OPEN.format(default=model.default, count=len(undecided))
        detail = tuple(("undecided", f"{a} → {b}") for a, b in undecided)
        yield on_place(context, "ZM-02", "model:default", context.model_location, message, detail=detail)


RULE = rule(
    __doc__,
    "ZM-02",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
