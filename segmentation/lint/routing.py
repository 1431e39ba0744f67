"""Interfaces and static routes against the zone model (IN-01, Y-02, ZM-01, ZM-05, NC-05)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from segmentation.device.device import Hook, InterfaceInfo
from segmentation.device.management import Aspect, Binding, Route
from segmentation.lint.subject import Subject, examples
from segmentation.model.addresses import PRIVATE, SPECIAL, AddressSet, Family, format_address
from segmentation.model.finding import Confidence, Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.egress import INTERNET_LINES

_OWN_WAY_OUT = Text(
    "{device}に、定められた出口（{egress}）を通らずにインターネットへ向かう経路があります（{what}）。"
    "どの課の回線かを契約から調べ、切り離して、承認された経路に替えてください。",
    "{device} has a way to the Internet past the egress that the policy names ({egress}): {what}. Find out from the contract "
    "whose line it is, disconnect it and use the approved way.",
)
_LINE = Text("回線のインターフェース{interface}", "the line on interface {interface}")
_DEFAULT = Text("{gateway}への既定経路", "the default route to {gateway}")
_CLOUD = Text("自治体情報セキュリティクラウド", "the municipal security cloud")
_UTM = Text("統合脅威管理装置（UTM）", "the UTM")
_NAMED_ONLY = Text(
    "名前からインターネットの回線と判断しました。", "It was taken for a line to the Internet because of its name."
)
_STRADDLES = Text(
    "{device}のインターフェース{interface}のネットワーク（{network}）が、複数の系（{zones}）にまたがっています。"
    "ゾーン定義のネットワークか、装置のマスクのどちらが正しいかを確認してください。",
    "The network {network} of interface {interface} on {device} spans several layers ({zones}). Find out whether the zone "
    "model or the mask on the device is right.",
)
_UNASSIGNED = Text(
    "{device}の設定にある{count}件のネットワーク（{names}）は、どのゾーンにも属していません。"
    "何の網かを保守業者に確認し、ゾーンに加えてください。それまで、この網は判定できません。",
    "{count} networks in the configuration of {device} ({names}) belong to no zone. Ask the contractor what they are and add "
    "them to a zone; until then nothing can be said about them.",
)
_IPV6_UNFILTERED = Text(
    "{device}は、IPv4の転送を制限していますが、IPv6には制限がなく、{count}個のインターフェース（{names}）にIPv6アドレスがあります。"
    "IPv6を使わないなら無効にし、使うならIPv4と同じ制限を設定してください。",
    "{device} filters what it forwards over IPv4 but nothing over IPv6, and {count} interfaces have IPv6 addresses ({names}). "
    "Switch IPv6 off where it is not used; otherwise filter it like IPv4.",
)
_BARE_SVI = Text(
    "{device}は、{zone}のゲートウェイ（{interface}）としてほかの系との間を中継しますが、"
    "このインターフェースにはフィルターが適用されていません。"
    "ファイアウォールを通らない経路になります。中継をやめるか、フィルターを適用してください。",
    "{device} routes between {zone} (interface {interface}) and other layers, and no filter is applied to that interface: it "
    "is a way around the firewall. Stop routing there, or apply a filter.",
)
#: Interface names that vendors give lines to a provider: PPPoE and dial-up, mobile.
_PROVIDER_LINE = re.compile(r"(?i)^(pppoe|ppp|pp|dialer|cellular|wwan|lte|mobile|usb-?modem)[\s\d.:/-]*$")
_DYNAMIC = frozenset({"dhcp", "pppoe", "ppp"})
_GUARDED = frozenset({ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.CLOSED})
_OUTER = frozenset({ZoneKind.OUTSIDE, ZoneKind.GUEST})


def routing_findings(subject: Subject) -> Iterator[Finding]:
    """What interfaces and routes say by themselves, whatever the filters permit."""
    yield from _ipv6_unfiltered(subject)
    if subject.judge is None:
        return
    yield from _ways_out(subject)
    yield from _networks(subject)
    yield from _bare_interfaces(subject)


def _ways_out(subject: Subject) -> Iterator[Finding]:
    policy, assigned = subject.policy, subject.judge
    assert assigned is not None
    rule = {"security_cloud": "IN-01", "utm": "Y-02"}.get(policy.egress)
    if rule is None or not policy.applies(rule) or _is_egress(subject):
        return
    egress = policy.egress_name or (_CLOUD if rule == "IN-01" else _UTM)
    told: set[str] = set()
    for name, location, what, certain in (*_lines(subject), *_default_routes(subject)):
        if name not in told and not _guest_only(subject, name):
            told.add(name)
            message = _OWN_WAY_OUT.format(device=subject.device.name, egress=egress, what=what)
            yield subject.finding(
                rule, message, location, key=f"way|{name}",
                confidence=Confidence.CERTAIN if certain else Confidence.INFERRED,
                confidence_reason=None if certain else _NAMED_ONLY,
            )  # fmt: skip


def _is_egress(subject: Subject) -> bool:
    """Whether the device itself is the egress that the policy names."""
    record = subject.scope.record if subject.scope is not None else None
    assert subject.judge is not None
    gateway = subject.judge.model.gateways.get(record.gateway) if record is not None else None
    return gateway is not None and gateway.kind in (GatewayKind.UTM, GatewayKind.SECURITY_CLOUD, GatewayKind.LOCAL_BREAKOUT)


def _lines(subject: Subject) -> Iterator[tuple[str, Location, Text, bool]]:
    """Interfaces that are a line to a provider: by the register, by a public address, by their name."""
    assert subject.judge is not None
    record = subject.scope.record if subject.scope is not None else None
    model = subject.judge.model
    external = {i.interface: i.external for i in record.interfaces} if record is not None else {}
    for info in subject.device.interfaces:
        connection = model.external_connections.get(external.get(info.name, ""))
        zones = subject.kinds(subject.judge.zonemap.zone_of(f, v) for f, v, _ in info.addresses)
        registered = connection is not None and connection.line in INTERNET_LINES
        named = connection is None and _PROVIDER_LINE.match(info.name) is not None
        if info.enabled and (registered or named or ZoneKind.OUTSIDE in zones):
            what = _LINE.format(interface=info.name)
            yield info.name, info.location, what, registered or ZoneKind.OUTSIDE in zones


def _default_routes(subject: Subject) -> Iterator[tuple[str, Location, Text, bool]]:
    """Default routes to an address of the Internet that is not the egress's own, or to a line of a provider."""
    if Aspect.ROUTES not in subject.device.aspects:
        return
    assert subject.judge is not None
    kinds = (GatewayKind.SECURITY_CLOUD, GatewayKind.UTM, GatewayKind.LGWAN_ROUTER)
    gateways = subject.judge.model.gateways.values()
    approved = AddressSet.union(f.addresses for g in gateways if g.kind in kinds for f in g.faces)
    for route in subject.device.routes:
        if route.length or route.discard:
            continue
        through = route.interface or route.name
        if route.gateway is not None:
            zone = subject.judge.zonemap.zone_of(route.family, route.gateway)
            outside = bool(zone) and subject.judge.model.zones[zone].kind is ZoneKind.OUTSIDE
            if outside and route.gateway not in approved.family(route.family):
                gateway = format_address(route.family, route.gateway)
                yield through or gateway, route.location, _DEFAULT.format(gateway=gateway), True
        elif _PROVIDER_LINE.match(through) or route.name.lower() in _DYNAMIC:
            yield through, route.location, _DEFAULT.format(gateway=route.name or through), False


def _guest_only(subject: Subject, interface: str) -> bool:
    """Whether the device serves visitors only: their line is their own."""
    zones = [z for n in subject.interfaces for z in subject.zones_behind(n) if n != interface]
    return bool(zones) and subject.kinds(zones) <= _OUTER


def _networks(subject: Subject) -> Iterator[Finding]:
    """ZM-01: every network of an interface or route lies in one layer."""
    if not subject.policy.applies("ZM-01"):
        return
    assert subject.judge is not None
    homeless: list[tuple[str, Location]] = []
    for info in subject.device.interfaces:
        for family, address, length in info.addresses:
            network = _prefix(family, address, length)
            text, zones = ", ".join(network.texts()), subject.judge.zonemap.split(network)
            layers = {subject.judge.model.layer(z).id for z in zones if z}
            if len(layers) > 1 and length < _host_length(family):
                message = _STRADDLES.format(
                    device=subject.device.name, interface=info.name, network=text, zones=subject.named(sorted(layers))
                )
                yield subject.finding("ZM-01", message, info.location, key=f"straddles|{info.name}|{family}")
            if not layers and _private(family, network) and not subject.zones_behind(info.name):
                homeless.append((f"{info.name} {text}", info.location))
    if Aspect.ROUTES in subject.device.aspects:
        homeless += [(t, r.location) for r in subject.device.routes if (t := _homeless_route(subject, r)) is not None]
    if homeless:
        names = examples(homeless)
        message = _UNASSIGNED.format(device=subject.device.name, count=len(homeless), names=names)
        yield subject.finding("ZM-01", message, homeless[0][1], key="homeless", count=len(homeless))


def _homeless_route(subject: Subject, route: Route) -> str | None:
    """The text of a route's network when all of it is private and in no zone; a summary over several zones is not."""
    assert subject.judge is not None
    connected = route.gateway is None and (route.interface in subject.interfaces or subject.zones_behind(route.interface))
    if not route.length or route.discard or connected:
        return None  # what is connected is told with its interface
    network = _prefix(route.family, route.address, route.length)
    if not _private(route.family, network) or any(subject.judge.zonemap.split(network)):
        return None
    return ", ".join(network.texts())


def _host_length(family: Family) -> int:
    return 32 if family == 4 else 128


def _prefix(family: Family, address: int, length: int) -> AddressSet:
    span = 1 << (_host_length(family) - length)
    low = address - address % span
    return AddressSet.of(family, IntervalSet(((low, low + span - 1),)))


def _private(family: Family, network: AddressSet) -> bool:
    return network.family(family).issubset(PRIVATE[family])


def _ipv6_unfiltered(subject: Subject) -> Iterator[Finding]:
    """ZM-05: a device that filters IPv4, has IPv6 addresses on two interfaces and no filter for it."""
    device = subject.device
    filtered = {f for b in device.base_chains if b.hook is Hook.FORWARD and b.kind == "filter" for f in b.families}
    if not subject.policy.applies("ZM-05") or 4 not in filtered or 6 in filtered:
        return
    spoken = [i for i in device.interfaces if i.enabled and any(f == 6 and v not in SPECIAL[6] for f, v, _ in i.addresses)]
    if len(spoken) > 1:
        names = examples([(i.name, i.location) for i in spoken])
        message = _IPV6_UNFILTERED.format(device=device.name, count=len(spoken), names=names)
        yield subject.finding("ZM-05", message, spoken[0].location, key="v6-unfiltered", count=len(spoken))


def _bare_interfaces(subject: Subject) -> Iterator[Finding]:
    """NC-05: an interface in a guarded layer without a filter, on a device that also stands in another layer."""
    device = subject.device
    if not subject.asks("NC-05", Aspect.BINDINGS) or not _filters_by_interface(device.bindings):
        return
    assert subject.judge is not None
    model = subject.judge.model
    layers = {i.name: {model.layer(z).id for z in subject.zones_behind(i.name)} for i in device.interfaces if _routed(i)}
    bound = {b.where for b in device.bindings if b.defined}
    for info in device.interfaces:
        own = layers.get(info.name, set())
        others = {z for n, behind in layers.items() if n != info.name for z in behind} - own
        guarded = sorted(z for z in own if model.zones[z].kind in _GUARDED)
        if guarded and others and info.name not in bound:
            message = _BARE_SVI.format(device=device.name, zone=subject.named(guarded), interface=info.name)
            yield subject.finding("NC-05", message, info.location, key=f"bare|{info.name}", severity=Severity.CRITICAL)


def _routed(info: InterfaceInfo) -> bool:
    return info.enabled and bool(info.addresses)


def _filters_by_interface(bindings: tuple[Binding, ...]) -> bool:
    """Whether the device binds lists to interfaces (routers, switches) rather than deciding by pairs of zones.

    A device without any binding filters nothing: its interfaces are as bare.
    """
    return all(b.direction in ("in", "out") for b in bindings)
