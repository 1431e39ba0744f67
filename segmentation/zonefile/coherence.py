"""What only shows when everything is put together: overlaps, misplaced hosts, crossings that can never be declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from segmentation.model.addresses import FAMILIES, Address, AddressSet, Family, format_range
from segmentation.model.conduits import Conduit
from segmentation.model.gateways import Gateway
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.registers import PolicyException
from segmentation.model.text import Text
from segmentation.model.zonemap import UNASSIGNED, ZoneMap
from segmentation.model.zones import Endpoint, ModelKind, Party, ZoneKind
from segmentation.zonefile.names import Registry
from segmentation.zonefile.positions import Path
from segmentation.zonefile.problem import Problem
from segmentation.zonefile.summary import never_joined

_OVERLAP = Text(
    "ゾーン「{a}」と「{b}」のネットワークが {range} で重なっています。",
    "The networks of zones '{a}' and '{b}' overlap in {range}.",
)
_DISJOINT = Text(
    "1 つのアドレスは 1 つのゾーンに属します。一方を他方の下位ゾーン（parent）にするか、範囲を分けてください。",
    "an address belongs to one zone: make one the sub-zone (parent) of the other, or separate the ranges",
)
_VLAN = Text("VLAN {vlan} がゾーン「{a}」と「{b}」の両方にあります。", "VLAN {vlan} is in zone '{a}' and in zone '{b}'.")
_MISPLACED = Text(
    "ホスト「{id}」のアドレス {range} はゾーン「{zone}」のネットワークに含まれていません。",
    "The address {range} of endpoint '{id}' is not in the networks of zone '{zone}'.",
)
_BELONGS = Text("このアドレスはゾーン「{zone}」のものです。", "this address belongs to zone '{zone}'")
_NOWHERE = Text("このアドレスはどのゾーンにもありません。", "this address is in no zone")
_DEEPER = Text(
    "ホスト「{id}」のアドレス {range} は下位ゾーン「{zone}」のものです。",
    "The address {range} of endpoint '{id}' belongs to the sub-zone '{zone}'.",
)
_SAME_ADDRESS = Text(
    "ホスト「{id}」のアドレス {address} は「{other}」（{where}）と同じです。",
    "Endpoint '{id}' has the address {address} of '{other}' ({where}).",
)
_PERIODS = Text(
    "入れ替えの場合は、古い端末に valid_until、新しい端末に valid_from を書きます。",
    "for a replacement, valid_until at the old terminal and valid_from at the new one",
)
_SAME_MAC = Text(
    "ホスト「{id}」の MAC {mac} は「{other}」（{where}）と同じです。",
    "Endpoint '{id}' has the MAC {mac} of '{other}' ({where}).",
)
_FORBIDDEN = Text(
    "通信「{id}」は「{a}」と「{b}」をつないでいます。この組み合わせは申告できません。",
    "Conduit '{id}' joins '{a}' and '{b}'; a crossing between these can never be declared.",
)
_FORBIDDEN_EXCEPTION = Text(
    "例外措置「{id}」は「{a}」と「{b}」の間の通信を対象にしています。この組み合わせは、例外としても認められません。",
    "Exception '{id}' is about traffic between '{a}' and '{b}'; no exception can allow that.",
)
_MYNUMBER_APART = Text(
    "マイナンバー利用事務系とインターネット側（接続系、セキュリティクラウド、来庁者用、外部）との通信は、例外なく認められません。",
    "nothing may cross between a My Number zone and the Internet side (internet zones, security cloud, guests, the outside)",
)
_CLOSED_APART = Text(
    "二系統のモデルでは、閉じたネットワークとそれ以外の内部・インターネットとの通信は認められません。",
    "in a two-network scheme nothing may cross between the closed network and the internal network or the Internet",
)
_UNLISTED = Text("アドレス {range} はどのゾーンにも含まれていません。", "The address {range} is in no zone.")
_LIST_IT = Text(
    "このアドレスを含むゾーン。プライベートアドレスは「外部」とはみなしません。",
    "a zone that holds it; a private address is never taken for the outside",
)


#: Overlaps told of one zone; a network copied into a thousand zones is one mistake, not a million.
MAX_OVERLAPS = 8


def _network(reg: Registry, zone: str, family: Family, lo: int, hi: int) -> Path:
    """Where a zone writes the network that holds *lo* to *hi*; the list, when it is a sub-zone's network or in parts."""
    number = reg.ids["zones"][zone]
    path = ("zones", number, "networks")
    shared = IntervalSet.of((lo, hi))
    for n, text in enumerate(dict(reg.rows("zones"))[number].get("networks", ())):
        try:
            if AddressSet.parse(text).family(family).overlaps(shared):
                return (*path, n)
        except ValueError:
            continue  # reported where the list is read
    return path


def check_zones(reg: Registry) -> None:
    """Overlapping networks and VLANs of zones that are not ancestor and descendant."""
    related = _relation(reg)
    order = {z: n for n, z in enumerate(reg.zones)}
    for family in FAMILIES:
        spans = sorted((lo, hi, z.id) for z in reg.zones.values() for lo, hi in z.networks.family(family))
        active: list[tuple[int, int, str]] = []
        reported: dict[frozenset[str], None] = {}
        told = dict.fromkeys(reg.zones, 0)
        for lo, hi, zone in spans:
            active = [a for a in active if a[1] >= lo]
            for _, end, other in active:
                pair = frozenset({zone, other})
                if told[zone] == MAX_OVERLAPS:
                    break
                if zone != other and not related(zone, other) and pair not in reported:
                    reported[pair] = None
                    told[zone] += 1
                    a, b = sorted(pair, key=order.__getitem__)
                    where = format_range(family, lo, min(end, hi))
                    path = _network(reg, b, family, lo, min(end, hi))
                    reg.sink.error(path, _OVERLAP.format(a=a, b=b, range=where), _DISJOINT)
            active.append((lo, hi, zone))
    vlans: dict[int, str] = {}
    for zone_record in reg.zones.values():
        for n, vlan in enumerate(zone_record.vlans):
            holder = vlans.setdefault(vlan, zone_record.id)
            if holder != zone_record.id and not related(holder, zone_record.id):
                reg.sink.warning(
                    ("zones", reg.ids["zones"][zone_record.id], "vlans", n), _VLAN.format(vlan=vlan, a=holder, b=zone_record.id)
                )


def _ancestry(reg: Registry, zone: str) -> tuple[str, ...]:
    out = [zone]
    while parent := reg.zones[out[-1]].parent:
        out.append(parent)
    return tuple(out)


def _relation(reg: Registry) -> Callable[[str, str], bool]:
    """Whether one zone is an ancestor of the other; a zone whose parent is wrong may be related to any."""
    above = {z: frozenset(_ancestry(reg, z)) for z in reg.zones}
    unsure = {z for z, n in reg.ids["zones"].items() if reg.sink.touched(("zones", n, "parent"))}
    return lambda a, b: a in above[b] or b in above[a] or a in unsure or b in unsure


def check_endpoints(reg: Registry, zone_map: ZoneMap) -> None:
    """Endpoints outside their zone, in a sub-zone of it, or sharing an address or MAC with another."""
    above = {z: frozenset(_ancestry(reg, z)) for z in reg.zones}
    holders: dict[Address, Endpoint] = {}
    macs: dict[int, Endpoint] = {}
    for endpoint in reg.endpoints.values():
        if endpoint.zone not in reg.zones:
            continue
        for family in FAMILIES:
            for lo, hi in endpoint.addresses.family(family):
                held = zone_map.zone_of(family, lo)
                if lo != hi:
                    parts = zone_map.split(AddressSet.of(family, type(endpoint.addresses.v4)(((lo, hi),))))
                    held = next((z for z in parts if z != endpoint.zone), endpoint.zone)
                if held != endpoint.zone:
                    _misplaced(reg, endpoint, held, format_range(family, lo, hi), inside=endpoint.zone in above.get(held, ()))
                elif lo == hi:
                    _shared_address(reg, endpoint, Address(family, lo), holders)
        for mac in endpoint.macs:
            other = macs.setdefault(mac.value, endpoint)
            if other is not endpoint and other.zone != endpoint.zone:
                place = str(other.location)
                message = _SAME_MAC.format(id=endpoint.id, mac=mac, other=other.id, where=place)
                _about(reg, endpoint, "mac", message, Text("", ""), error=False)


def _misplaced(reg: Registry, endpoint: Endpoint, held: str, where: str, *, inside: bool) -> None:
    if inside:
        message = _DEEPER.format(id=endpoint.id, range=where, zone=held)
        _about(reg, endpoint, "zone", message, Text(f'zone = "{held}"', f'zone = "{held}"'), error=False)
        return
    expected = _NOWHERE if held == UNASSIGNED else _BELONGS.format(zone=held)
    _about(reg, endpoint, "address", _MISPLACED.format(id=endpoint.id, range=where, zone=endpoint.zone), expected, error=True)


def _shared_address(reg: Registry, endpoint: Endpoint, address: Address, holders: dict[Address, Endpoint]) -> None:
    other = holders.setdefault(address, endpoint)
    if other is endpoint or _replaced(other, endpoint) or _replaced(endpoint, other):
        return
    message = _SAME_ADDRESS.format(id=endpoint.id, address=address, other=other.id, where=other.location)
    _about(reg, endpoint, "address", message, _PERIODS, error=True)


def _replaced(old: Endpoint, new: Endpoint) -> bool:
    """Whether the dates say that *new* takes the place of *old*; the periods may overlap."""
    return (
        old.valid_until is not None and new.valid_from is not None and old.valid_until <= (new.valid_until or old.valid_until)
    )


def _about(reg: Registry, endpoint: Endpoint, key: str, message: Text, expected: Text, *, error: bool) -> None:
    """A problem of an endpoint, wherever it was written."""
    row = reg.ids["endpoints"].get(endpoint.id)
    if row is not None:
        path: Path = ("endpoints", row, key)
        if error:
            reg.sink.error(path, message, expected)
        else:
            reg.sink.warning(path, message, expected)
        return
    place = endpoint.location
    shown = reg.ledgers[place.file][place.line - 1]
    reg.sink.add(
        Problem(
            location=Location(place.file, place.line, max(shown.find(endpoint.id), 0) + 1),
            severity="error" if error else "warning",
            text=shown,
            length=len(endpoint.id),
            message=message,
            expected=expected,
        )
    )


def check_gateways(reg: Registry, gateways: Iterable[Gateway], zone_map: ZoneMap) -> None:
    """A leg's address must lie in the zone it is said to stand in."""
    for gateway in gateways:
        n = reg.ids["gateways"][gateway.id]
        for m, face in enumerate(gateway.faces):
            for family in FAMILIES:
                for lo, hi in face.addresses.family(family):
                    held = zone_map.zone_of(family, lo)
                    if held != face.zone and (held == UNASSIGNED or face.zone not in _ancestry(reg, held)):
                        message = _MISPLACED.format(id=gateway.id, range=format_range(family, lo, hi), zone=face.zone)
                        expected = _NOWHERE if held == UNASSIGNED else _BELONGS.format(zone=held)
                        reg.sink.error(("gateways", n, "faces", m), message, expected)


def check_conduits(reg: Registry, conduits: Iterable[Conduit], kind: ModelKind, zone_map: ZoneMap, *, placed: bool) -> None:
    """Crossings that no profile can permit, and (where zones are all ``placed``) addresses that no zone holds."""
    cache: dict[Party, tuple[str, ...]] = {}
    for conduit in conduits:
        n = reg.ids["conduits"][conduit.id]
        sides = []
        for key, party in (("initiator", conduit.initiator), ("responder", conduit.responder)):
            if party not in cache:
                cache[party] = _zones_of(reg, party, zone_map)
            if placed and UNASSIGNED in cache[party]:
                lost = party.addresses & zone_map.sets[UNASSIGNED]
                where = next(format_range(f, lo, hi) for f in FAMILIES for lo, hi in lost.family(f))
                reg.sink.error(("conduits", n, key), _UNLISTED.format(range=where), _LIST_IT)
            sides.append([z for z in cache[party] if z != UNASSIGNED])
        if (pair := _never(reg, sides[0], sides[1], kind)) is not None:
            a, b, why = pair
            reg.sink.error(("conduits", n, "id"), _FORBIDDEN.format(id=conduit.id, a=a, b=b), why)


def _zones_of(reg: Registry, party: Party, zone_map: ZoneMap) -> tuple[str, ...]:
    """The innermost zones a party's addresses lie in; whole zones and endpoints are taken at their word."""
    out = dict.fromkeys(party.zones)
    out |= dict.fromkeys(reg.endpoints[e].zone for e in party.endpoints if reg.endpoints[e].zone in reg.zones)
    if party.networks:
        out |= dict.fromkeys(zone_map.split(party.networks))
    return tuple(out)


def check_exceptions(reg: Registry, exceptions: Iterable[PolicyException], kind: ModelKind, zone_map: ZoneMap) -> None:
    """Exceptions about crossings that no exception can allow."""
    for exception in exceptions:
        first, second = (
            [z for z in _zones_of(reg, party, zone_map) if z != UNASSIGNED]
            for party in (exception.initiator, exception.responder)
        )
        if (pair := _never(reg, first, second, kind)) is not None:
            a, b, why = pair
            path = ("exceptions", reg.ids["exceptions"][exception.id], "id")
            reg.sink.error(path, _FORBIDDEN_EXCEPTION.format(id=exception.id, a=a, b=b), why)


def _never(reg: Registry, first: list[str], second: list[str], scheme: ModelKind) -> tuple[str, str, Text] | None:
    """The first pair of zones between which nothing can be allowed, and why; ``None`` if there is none."""
    for a in first:
        for b in second:
            kinds = reg.zones[a].kind, reg.zones[b].kind
            if never_joined(*kinds, scheme):
                return a, b, _MYNUMBER_APART if ZoneKind.MYNUMBER in kinds else _CLOSED_APART
    return None
