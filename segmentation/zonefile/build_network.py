"""Rows to zones, endpoints and services."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.model.addresses import ALL_ADDRESSES, NO_ADDRESSES, PRIVATE, SPECIAL, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ICMP, ICMPV6, SCTP, TCP, UDP, Service, ServiceTerm
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint, Zone, ZoneKind
from segmentation.zonefile import values
from segmentation.zonefile.names import SERVICE, ZONE, Registry, display_name
from segmentation.zonefile.shape import Row
from segmentation.zonefile.values import LOOKS_LIKE_ADDRESS

_CYCLE = Text("ゾーン「{id}」の上位をたどると自分自身に戻ります。", "The parents of zone '{id}' lead back to itself.")
_NO_CYCLE = Text("上位の上位が自分にならないゾーン", "a zone whose parents do not include this one")
_NO_KIND = Text("ゾーン「{id}」に種別がありません。", "Zone '{id}' has no kind.")
_KIND = Text('kind = "lgwan" のような種別、または parent(上位ゾーン)', 'a kind such as kind = "lgwan", or a parent')
_OTHER_KIND = Text(
    "下位ゾーン「{id}」の種別が上位ゾーン「{parent}」の種別（{kind}）と違います。",
    "The kind of sub-zone '{id}' differs from that of its parent '{parent}' ({kind}).",
)
_SAME_KIND = Text("上位と同じ種別、または kind を書かないこと", "the kind of the parent, or no kind at all")
_OUTSIDE_NETWORKS = Text("外部（outside）のゾーンにはネットワークを書けません。", "A zone of kind outside has no networks.")
_OUTSIDE_IS = Text(
    "外部は、どのゾーンにも書かれていない公開アドレスの全体です。", "the outside is every public address that no zone lists"
)
_ADDRESS_AS_ID = Text(
    "「{id}」はアドレスと紛らわしいため ID に使えません。", "'{id}' looks like an address and cannot be an ID."
)
_DATES = Text("終わりの日付が始まりより前です。", "The last day is before the first.")
_LATER = Text("valid_from 以後の日付", "a date on or after valid_from")
_GROUP_CYCLE = Text("サービスのグループ「{id}」が自分自身を含んでいます。", "The service group '{id}' contains itself.")
_NO_TERMS = Text("サービス「{id}」にプロトコルもポートもありません。", "Service '{id}' has neither protocol nor port.")
_TERMS = Text("tcp、udp、icmp、protocols などのいずれか", "one of tcp, udp, sctp, icmp, icmpv6, protocols")


def build_zones(reg: Registry) -> None:
    """Zones with their kinds inherited; fills ``reg.zones`` and ``reg.reach``."""
    known = reg.collect_ids("zones")
    table = reg.tree.get("zones", [])
    parents = {z: _parent(reg, table[n], known, n) for z, n in known.items()}
    looping = _without_loops(reg, parents, known)
    for identifier, n in known.items():
        row, path = table[n], ("zones", n)
        if LOOKS_LIKE_ADDRESS.fullmatch(identifier):
            reg.sink.error((*path, "id"), _ADDRESS_AS_ID.format(id=identifier))
        kind = _kind(reg, identifier, parents, looping)
        networks = values.addresses(row["networks"], (*path, "networks"), reg.sink) if row.get("networks") else NO_ADDRESSES
        if kind is ZoneKind.OUTSIDE and networks:
            reg.sink.error((*path, "networks"), _OUTSIDE_NETWORKS, _OUTSIDE_IS)
            networks = NO_ADDRESSES
        reg.zones[identifier] = Zone(
            id=identifier,
            name=display_name(row),
            kind=kind,
            networks=networks,
            level=row.get("level", _inherited_level(identifier, parents, table, known)),
            vlans=tuple(row.get("vlans", ())),
            parent=parents[identifier],
            isolated=row.get("isolated", False),
            tags=frozenset(row.get("tags", ())),
            location=reg.sink.location("zones", n),
        )
    _effective_networks(reg)


def _parent(reg: Registry, row: Row, known: Mapping[str, int], n: int) -> str:
    return reg.reference(row, "parent", ZONE, known, ("zones", n))


def _without_loops(reg: Registry, parents: dict[str, str], known: Mapping[str, int]) -> set[str]:
    """Cut cyclic parents so that later stages end; gives the zones that were in a loop."""
    looping = set()
    for start, parent in parents.items():
        seen, zone = {start}, parent
        while zone and zone not in seen:
            seen.add(zone)
            zone = parents[zone]
        if zone == start:
            reg.sink.error(("zones", known[start], "parent"), _CYCLE.format(id=start), _NO_CYCLE)
            looping.add(start)
    for zone in looping:
        parents[zone] = ""
    return looping


def _kind(reg: Registry, zone: str, parents: Mapping[str, str], looping: set[str]) -> ZoneKind:
    """The zone's own kind, else the nearest ancestor's; a difference between them is reported."""
    known, table = reg.ids["zones"], reg.tree["zones"]
    own = table[known[zone]].get("kind")
    above, ancestor = None, parents[zone]
    while ancestor and above is None:
        above, holder = table[known[ancestor]].get("kind"), ancestor
        ancestor = parents[ancestor]
    path = ("zones", known[zone])
    if own is None and above is None and zone not in looping and not reg.sink.touched(path):
        reg.sink.error(path, _NO_KIND.format(id=zone), _KIND)
    if own is not None and above is not None and own != above:
        reg.sink.error((*path, "kind"), _OTHER_KIND.format(id=zone, parent=holder, kind=above), _SAME_KIND, above)
    return ZoneKind(own or above or ZoneKind.GENERIC)


def _inherited_level(zone: str, parents: Mapping[str, str], table: list[Row], known: Mapping[str, int]) -> int | None:
    while zone := parents[zone]:
        if (level := table[known[zone]].get("level")) is not None:
            return int(level)
    return None


def _effective_networks(reg: Registry) -> None:
    """A zone's networks are its own and those of its descendants; the outside is what nobody lists."""
    parts: dict[str, list[AddressSet]] = {z: [] for z in reg.zones}
    for zone in reg.zones.values():
        holder = zone.id
        while holder:
            parts[holder].append(zone.networks)
            holder = reg.zones[holder].parent
    reg.reach = {z: AddressSet.union(p) for z, p in parts.items()}
    listed = AddressSet.union(z.networks for z in reg.zones.values())
    never = AddressSet(PRIVATE[4] | SPECIAL[4], PRIVATE[6] | SPECIAL[6])
    public = ALL_ADDRESSES - listed - never
    for zone in reg.zones.values():
        if zone.kind is ZoneKind.OUTSIDE:
            reg.reach[zone.id] = public


def build_endpoints(reg: Registry) -> None:
    """Endpoints written in the file itself; fills ``reg.endpoints``."""
    known = reg.collect_ids("endpoints", shared_with="zones")
    table = reg.tree.get("endpoints", [])
    sink = reg.sink
    for identifier, n in known.items():
        row = table[n]
        path = ("endpoints", n)
        if LOOKS_LIKE_ADDRESS.fullmatch(identifier):
            sink.error((*path, "id"), _ADDRESS_AS_ID.format(id=identifier))
        first, last = row.get("valid_from"), row.get("valid_until")
        if first and last and last < first:
            sink.error((*path, "valid_until"), _DATES, _LATER)
        zone = row.get("zone", "")
        if zone and zone not in reg.zones:
            reg.unknown(zone, ZONE, reg.zones, (*path, "zone"))
        reg.endpoints[identifier] = Endpoint(
            id=identifier,
            name=display_name(row),
            zone=zone,
            addresses=values.addresses(row["address"], (*path, "address"), sink) if "address" in row else NO_ADDRESSES,
            macs=values.macs(row["mac"], (*path, "mac"), sink) if "mac" in row else (),
            mac_scope=reg.references(row, "mac_scope", ZONE, reg.zones, path) if "mac_scope" in row else (),
            tags=frozenset(row.get("tags", ())),
            business=tuple(row.get("business", ())),
            valid_from=first,
            valid_until=last,
            location=sink.location("endpoints", n),
        )


def build_services(reg: Registry) -> None:
    """Services and groups; a group's terms are those of its members, however deep."""
    for _, identifier, row, n in _named(reg, "services"):
        terms = _terms(reg, row, n)
        if not terms and not reg.sink.touched(("services", n)):
            reg.sink.error(("services", n), _NO_TERMS.format(id=identifier), _TERMS)
        reg.services[identifier] = Service(
            id=identifier, name=display_name(row), terms=terms, location=reg.sink.location("services", n)
        )
    groups = {identifier: (n, row) for _, identifier, row, n in _named(reg, "service_groups", shared_with="services")}
    members = {identifier: _members(reg, n, row, groups) for identifier, (n, row) in groups.items()}
    for identifier, (n, row) in groups.items():
        found, loop = _flatten(reg, identifier, groups)
        if loop:
            reg.sink.error(("service_groups", n, "members"), _GROUP_CYCLE.format(id=identifier))
        reg.services[identifier] = Service(
            id=identifier,
            name=display_name(row),
            terms=tuple(dict.fromkeys(found)),
            members=members[identifier],
            location=reg.sink.location("service_groups", n),
        )


def _named(reg: Registry, table: str, *, shared_with: str = "") -> list[tuple[str, str, Row, int]]:
    return [(table, i, reg.tree[table][n], n) for i, n in reg.collect_ids(table, shared_with=shared_with).items()]


def _terms(reg: Registry, row: Row, n: int) -> tuple[ServiceTerm, ...]:
    path, sink = ("services", n), reg.sink
    source = values.ports(row["source_ports"], (*path, "source_ports"), sink) if "source_ports" in row else ALL_PORTS
    out = [
        ServiceTerm(IntervalSet.single(number), source, values.ports(row[key], (*path, key), sink))
        for key, number in (("tcp", TCP), ("udp", UDP), ("sctp", SCTP))
        if key in row
    ]
    for key, number in (("icmp", ICMP), ("icmpv6", ICMPV6)):
        if key in row:
            out += values.icmp_terms(number, row[key], (*path, key), sink)
    if "protocols" in row:
        out.append(ServiceTerm(values.protocols(row["protocols"], (*path, "protocols"), sink)))
    return tuple(out)


def _members(reg: Registry, n: int, row: Row, groups: Mapping[str, tuple[int, Row]]) -> tuple[str, ...]:
    out = []
    for m, member in enumerate(row.get("members", ())):
        if member not in reg.services and member not in groups:
            if (term := values.literal_service(member)) is None:
                reg.unknown(member, SERVICE, [*reg.services, *groups], ("service_groups", n, "members", m))
                continue
            reg.services[member] = Service(id=member, name=Text(member, member), terms=(term,))
        out.append(member)
    return tuple(out)


def _flatten(reg: Registry, group: str, groups: Mapping[str, tuple[int, Row]]) -> tuple[list[ServiceTerm], bool]:
    """The terms of everything a group leads to, in the order of reading, and whether it leads to itself."""
    out: list[ServiceTerm] = []
    seen: set[str] = set()
    waiting = [group]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in groups:
            waiting += reversed(groups[name][1].get("members", ()))
        elif (service := reg.services.get(name)) is not None:
            out += service.terms
    return out, any(group in groups[name][1].get("members", ()) for name in seen if name in groups)
