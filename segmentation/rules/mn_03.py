"""A My Number crossing names its hosts and its port.

マイナンバー利用事務系の外部通信は機器とポートを個別に限る。

## What it finds

A crossing of a My Number zone whose ends are whole zones, networks or ranges, whose hosts are more than a few, or whose
service is "any", more than one protocol or a range of ports. The linter finds firewall rules that are wider than the
conduit they serve.

## Why it matters

The policy narrows such a crossing to a route and an application. A rule for a whole network also serves the next device
that somebody plugs in there.

## Example

The conduit names 10.10.11.21, the firewall rule permits 10.10.11.0/24.

## What to do instead

List the hosts one by one and one port. If the contractor asks for a range "to be safe", ask which host and which port the
product really uses.

## 何を見つけるか

マイナンバー利用事務系の外部との通信で、相手や自分側がゾーン全体・ネットワーク・範囲で書かれているもの、台数が多過ぎるもの、
サービスが「全て」や複数の手順、ポートの範囲になっているものを見つけます。設定の検査では、登録より広い許可を見つけます。

## なぜ問題か

規程は、この通信を経路と用途の両方で絞るよう求めています。ネットワーク単位の許可は、後から同じ場所につながれた機器にもその
まま効いてしまいます。

## 例

登録は 10.10.11.21 の一台なのに、ファイアウォールの規則は 10.10.11.0/24 を許可している場合です。

## どうすればよいか

機器を一台ずつ、ポートを一つに絞って登録します。業者から「念のため範囲で」と言われたら、実際に使う機器とポートを確認してく
ださい。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import FAMILIES, AddressSet
from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.intervals import IntervalSet
from segmentation.model.text import Text
from segmentation.rules.ends import End
from segmentation.rules.mynumber import (
    MynumberCrossing,
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.services import (
    described,
    enumerated,
    terms,
)
from segmentation.rules.subjects import listing, on_conduit

#: Our own management and monitoring reach every device of a zone; their far end is still named one by one.
_WHOLE_ZONE_INSIDE = frozenset({ConduitKind.MANAGEMENT, ConduitKind.MONITORING})
_SIDE = {True: Text("自分側", "our end"), False: Text("相手側", "the peer's end")}
_WIDE = Text(
    "通信経路 {conduit}の{side}が、個々の機器ではなく {what} で登録されています。機器を一台ずつ登録してください。",
    "In the conduit {conduit}, {side} is given as {what} instead of single hosts. List the hosts one by one.",
)
_MANY = Text(
    "通信経路 {conduit}の{side}に{count}台の機器があります（上限{limit}台）。必要な機器だけに絞ってください。",
    "In the conduit {conduit}, {side} has {count} hosts (at most {limit}). Keep only those that need it.",
)
_SERVICE = Text(
    "通信経路 {conduit}のサービス（{services}）が、一つの手順の個別のポートに絞られていません。",
    "The services of the conduit {conduit} ({services}) are not one protocol with single ports.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    demands = context.policy.mynumber
    for crossing in mynumber_crossings(context):
        conduit = crossing.ends.conduit
        # A policy that says "in principle" accepts a recorded reason in place of the pins; without one it asks for them.
        if demands.in_principle and conduit.reason:
            continue
        if "ip" in demands.pin or demands.in_principle:
            for inside, end in ((True, crossing.inside), (False, crossing.peer)):
                if not (inside and conduit.kind in _WHOLE_ZONE_INSIDE):
                    yield from _wide(context, crossing, end, inside=inside)
        if "port" in demands.pin or demands.in_principle:
            spoken = terms(context.model, conduit.services)
            protocols = {t.single_protocol for t in spoken}
            if not all(map(enumerated, spoken)) or len(protocols) > 1:
                values: dict[str, object] = {"services": described(spoken)}
                yield on_conduit(context, "MN-03", crossing.ends, _SERVICE, key="services", values=values)


def _wide(context: RuleContext, crossing: MynumberCrossing, end: End, *, inside: bool) -> Iterator[Finding]:
    side = _SIDE[inside]
    wide = [context.model.zones[z].name for z in end.party.zones if z in context.model.zones]
    ranges = AddressSet(*(IntervalSet(tuple(p for p in end.party.networks.family(f) if p[0] != p[1])) for f in FAMILIES))
    wide += [Text(t, t) for t in ranges.texts()]
    key = "inside" if inside else "peer"
    if wide:
        values: dict[str, object] = {"side": side, "what": listing(tuple(wide))}
        yield on_conduit(context, "MN-03", crossing.ends, _WIDE, key=f"wide:{key}", values=values)
        return
    count, limit = end.addresses.v4.size + end.addresses.v6.size, context.model.settings.max_pinned_hosts
    if count > limit:
        values = {"side": side, "count": count, "limit": limit}
        yield on_conduit(context, "MN-03", crossing.ends, _MANY, key=f"many:{key}", values=values)


RULE = rule(
    __doc__,
    "MN-03",
    severity=Severity.CRITICAL,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
