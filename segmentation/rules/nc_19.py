"""Vendors work in the window, through the jump host.

保守業者の作業は時間内に踏み台を経て行う。

## What it finds

Maintenance conduits without a time window, without a jump host, from sources that are not listed one by one, or without
approval; and sessions outside the window.

In a configuration: rules that let the hosts of a maintenance conduit reach more of our zones than is declared.

## Why it matters

A contractor's access is the organisation's access in other hands. Attacks on hospitals and municipalities have come in
that way.

## Example

A maintenance session runs on Thursday at 22:00, the window is Wednesday 13:00 to 17:00.

## What to do instead

Ask the contractor for the work order. Give each job its window, and send every session over the jump host.

## 何を見つけるか

保守の通信経路のうち、時間帯の定めがない、踏み台を経ない、接続元が個別に登録されていない、承認がないもの、時間外に行われた
接続を見つけます。

設定からは、保守の接続元が、登録した相手以外の庁内のゾーンに届く規則を見つけます。

## なぜ問題か

業者の接続は、団体の権限を他人の手に渡すものです。病院や自治体への攻撃にも、ここから入ったものがあります。

## 例

時間帯は水曜13時から17時なのに、木曜の22時に保守の接続があった場合です。

## どうすればよいか

業者に作業の依頼書を確認します。作業ごとに時間帯を定め、全ての接続を踏み台経由としてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import FAMILIES, AddressSet
from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_conduit

_NO_WINDOW = Text(
    "保守の通信経路 {conduit}に、作業できる時間帯が定められていません。",
    "The maintenance conduit {conduit} has no time window.",
)
_NO_JUMP = Text(
    "保守の通信経路 {conduit}が、踏み台を経ていません。", "The maintenance conduit {conduit} does not pass a jump host."
)
_WIDE = Text(
    "保守の通信経路 {conduit}の接続元が、個々の機器で登録されていません。",
    "The sources of the maintenance conduit {conduit} are not listed host by host.",
)
_NO_APPROVAL = Text(
    "保守の通信経路 {conduit}に、承認または例外措置の記録がありません。",
    "The maintenance conduit {conduit} has neither an approval nor an exception on record.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    jumps = {g.id: g for g in model.gateways.values() if g.kind is GatewayKind.JUMP_HOST}
    faces = AddressSet.union(f.addresses for g in jumps.values() for f in g.faces)
    for ends in context.conduits:
        conduit = ends.conduit
        if conduit.kind is not ConduitKind.MAINTENANCE:
            continue
        exception = model.exceptions.get(conduit.exception)
        if conduit.window is None and (exception is None or exception.window is None):
            yield on_conduit(context, "NC-19", ends, _NO_WINDOW, key="window")
        over = bool(faces & (ends.initiator.addresses | ends.responder.addresses))
        if not over and not {conduit.gateway, *conduit.via} & jumps.keys():
            yield on_conduit(context, "NC-19", ends, _NO_JUMP, key="jump")
        party = ends.initiator.party
        if party.zones or any(lo != hi for f in FAMILIES for lo, hi in party.networks.family(f)):
            yield on_conduit(context, "NC-19", ends, _WIDE, key="source")
        if exception is None and not any(a.name for a in conduit.approvals):
            yield on_conduit(context, "NC-19", ends, _NO_APPROVAL, key="approval")


RULE = rule(
    __doc__,
    "NC-19",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
