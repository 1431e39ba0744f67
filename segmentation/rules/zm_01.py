"""Everything belongs to exactly one zone.

全ての機器とアドレスがいずれか一つのゾーンに属する。

## What it finds

Addresses that two zones claim at once, private addresses that no zone claims although a conduit, a device or a ledger row
uses them, hosts whose address lies outside the zone they are entered in, and device interfaces for which no zone is
given.

In a configuration: interfaces whose network spans two layers, and private networks of interfaces and routes that no zone
has.

## Why it matters

All other rules compare zones. What is in no zone is judged by none of them, and what is in two zones is judged by chance.
The tool therefore never calls such an address safe.

## Example

10.20.16.0/21 is the terminals' network and somebody adds a zone for 10.20.18.0/24 beside it: a terminal at 10.20.18.7
would belong to both.

## What to do instead

Give every network one zone; make the smaller one a sub-zone when it is part of the larger. Ask the network contractor
which device holds the gateway address of an unknown network, and enter that network.

## 何を見つけるか

二つのゾーンが同時に名乗っているアドレス、通信経路・機器・台帳で使われているのにどのゾーンにも入っていないプライベートアド
レス、登録先のゾーンから外れたアドレスを持つ機器、ゾーンの指定がない機器のインタフェースを見つけます。

設定からは、二つの系にまたがるインタフェースのネットワークと、インタフェースや経路にあってどのゾーンにもないプライベートネット
ワークを見つけます。

## なぜ問題か

ほかの規則は全てゾーンの比較で成り立っています。どこにも属さないアドレスは誰にも判定されず、二か所に属するアドレスの判定は
偶然に左右されます。そのため、本ツールはこうしたアドレスを「安全」とは決して表示しません。

## 例

端末用の 10.20.16.0/21 があるのに、10.20.18.0/24 を並びの別ゾーンとして加えた場合、10.20.18.7 の端末は両方に属してしまいま
す。

## どうすればよいか

一つのネットワークには一つのゾーンを割り当て、より大きなネットワークの一部であれば子ゾーンにします。心当たりのないネットワー
クは、その出入口となる機器がどれかを保守業者に確認し、登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import FAMILIES, Address
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_conduit, on_entry, on_place

_OVERLAP = Text(
    "ゾーン「{a}」と「{b}」のネットワークが重なっています（{networks}）。一方を他方の子ゾーンにするか、範囲を分けてください。",
    "The networks of the zones {a} and {b} overlap ({networks}). Make one a sub-zone of the other, or separate them.",
)
_GAP = Text(
    "通信経路 {conduit}の{side}のアドレス {networks} は、どのゾーンにも属していません。ゾーンに加えてください。",
    "In the conduit {conduit} the addresses {networks} of the {side} belong to no zone. Add them to a zone.",
)
_MISPLACED = Text(
    "機器 {entry}はゾーン「{zone}」に登録されていますが、アドレス {address} は{actual}にあります。",
    "The host {entry} is entered in the zone {zone}, but its address {address} lies in {actual}.",
)
_NOWHERE = Text("どのゾーンにも属さない範囲", "no zone")
_IN_ZONE = Text("ゾーン「{zone}」", "the zone {zone}")
_INTERFACE = Text(
    "機器 {entry}のインタフェース {interface} に、ゾーンも外部接続も割り当てられていません。",
    "The interface {interface} of the device {entry} has neither a zone nor an external connection.",
)
_SIDE = {"initiator": Text("開始側", "initiator"), "responder": Text("応答側", "responder")}


def _check(context: RuleContext) -> Iterator[Finding]:
    yield from _overlaps(context)
    yield from _misplaced(context)
    for ends in context.conduits:
        for side, end in (("initiator", ends.initiator), ("responder", ends.responder)):
            if end.unassigned:
                values: dict[str, object] = {"side": _SIDE[side], "networks": ", ".join(end.unassigned.texts())}
                yield on_conduit(context, "ZM-01", ends, _GAP, key=f"gap:{side}", values=values)
    for device in context.model.devices.values():
        for behind in device.interfaces:
            if not behind.zones and not behind.external:
                values = {"interface": behind.interface}
                yield on_entry(context, "ZM-01", "device", device, _INTERFACE, key=behind.interface, values=values)


def _overlaps(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    zones = [z for z in model.zones.values() if z.networks]
    ancestors = {z.id: frozenset(model.ancestry(z.id)) for z in zones}
    for i, a in enumerate(zones):
        for b in zones[i + 1 :]:
            if a.id in ancestors[b.id] or b.id in ancestors[a.id]:
                continue
            if common := a.networks & b.networks:
                message = _OVERLAP.format(a=a.name, b=b.name, networks=", ".join(common.texts()))
                cause = f"zones:{a.id}:{b.id}"
                yield on_place(context, "ZM-01", cause, b.location, message, src_zone=a.id, dst_zone=b.id)


def _misplaced(context: RuleContext) -> Iterator[Finding]:
    model, zone_map = context.model, context.zone_map
    within = {z: frozenset(model.zones_within(z)) for z in model.zones}
    for host in model.endpoints.values():
        for family in FAMILIES:
            for value in {v for pair in host.addresses.family(family) for v in pair}:
                actual = zone_map.zone_of(family, value)
                if host.zone in within and actual not in within[host.zone]:
                    values: dict[str, object] = {
                        "zone": model.zones[host.zone].name,
                        "address": Address(family, value),
                        "actual": _IN_ZONE.format(zone=model.zones[actual].name) if actual else _NOWHERE,
                    }
                    key = f"{family}:{value}"
                    yield on_entry(context, "ZM-01", "endpoint", host, _MISPLACED, key=key, values=values, dst_zone=host.zone)


RULE = rule(
    __doc__,
    "ZM-01",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
