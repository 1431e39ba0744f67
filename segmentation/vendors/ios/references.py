"""Named things and their use: lists, object groups, zones and time ranges; where lists are applied."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from segmentation.device.management import Binding, ConfigObject, ObjectKind
from segmentation.model.addresses import Family
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.cisco_acl.entry import Entry
from segmentation.vendors.cisco_acl.groups import Group, Objects
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.ios.parser import Parser

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GROUP_KINDS = {"network": ObjectKind.ADDRESS_GROUP}


def bindings(parser: Parser) -> tuple[Binding, ...]:
    """Every place where a list, a policy or a VLAN map is applied, by its line."""
    found = [*_interfaces(parser), *_lines(parser), *_services(parser), *_pairs(parser), *_maps(parser)]
    return tuple(sorted(found, key=lambda b: (b.location, b.filter, b.direction)))


def _exists(parser: Parser, name: str, families: Iterable[Family]) -> bool:
    return any((acl := parser.lists.get((f, name))) is not None and acl.entries for f in families)


def _interfaces(parser: Parser) -> Iterator[Binding]:
    for interface in parser.interfaces.values():
        for (direction, family), listed in interface.filters.items():
            for name, line in listed:
                yield Binding(
                    filter=name, where=interface.name, direction=direction, location=line.location,
                    defined=_exists(parser, name, (family,)),
                )  # fmt: skip
        for direction, (name, line) in interface.policies.items():
            yield Binding(
                filter=name, where=interface.name, direction=direction, location=line.location,
                defined=name in parser.traffic.policies,
            )  # fmt: skip
        for line in interface.said:
            if line.words[1:4] == ("policy", "route-map") or line.words[1:3] == ("policy", "route-map"):
                name = line.words[-1]
                defined = any(b.words[:2] == ("route-map", name) for b in parser.blocks)
                yield Binding(filter=name, where=interface.name, direction="in", location=line.location, defined=defined)


def _lines(parser: Parser) -> Iterator[Binding]:
    for block in parser.blocks:
        for line in block.body if block.words[0] == "line" else ():
            words = [w for w in line.words if w not in ("ip", "ipv6")]
            if words[:1] == ["access-class"] and len(words) > 2 and words[2] in ("in", "out"):
                family: Family = 6 if line.words[0] == "ipv6" else 4
                yield Binding(
                    filter=words[1], where=" ".join(block.words), direction=words[2], location=line.location,
                    defined=_exists(parser, words[1], (family,)),
                )  # fmt: skip


def _services(parser: Parser) -> Iterator[Binding]:
    """Lists that limit SNMP, the web server and the clock, or choose what is translated or encrypted."""
    for block in parser.blocks:
        words = block.words
        named, where = "", ""
        if words[:2] == ("snmp-server", "community") and len(words) > 4 and words[-2] not in ("view", "group"):
            last = words[-1]
            named, where = (last if last.lower() not in ("ro", "rw") else ""), "snmp-server community"
        elif words[:3] == ("ip", "http", "access-class") and len(words) > 3:
            named, where = words[-1], "ip http"
        elif words[:2] == ("ntp", "access-group") and len(words) > 3:
            named, where = next((w for w in words[3:] if w != "kod"), ""), "ntp"
        elif words[:5] == ("ip", "nat", "inside", "source", "list") and len(words) > 5:
            named, where = words[5], "ip nat"
        if named:
            defined = _exists(parser, named, (4, 6))
            way = "out" if where == "ip nat" else "in"
            yield Binding(filter=named, where=where, direction=way, location=block.head.location, defined=defined)
        for line in block.body if words[:2] == ("crypto", "map") else ():
            if line.words[:2] == ("match", "address") and len(line.words) > 2:
                defined = _exists(parser, line.words[2], (4, 6))
                where = " ".join(words[:4])
                yield Binding(filter=line.words[2], where=where, direction="out", location=line.location, defined=defined)


def _pairs(parser: Parser) -> Iterator[Binding]:
    for pair in (*parser.zones.pairs, *parser.zones.own):
        if pair.policy:
            yield Binding(
                filter=pair.policy, where=f"{pair.source} to {pair.destination}", location=pair.head.location,
                defined=pair.policy in parser.zones.policies,
            )  # fmt: skip
    for found in parser.zones.classes.values():
        for line in found.matches:
            if line.words[:2] == ("match", "access-group") and len(line.words) > 2:
                defined = _exists(parser, line.words[-1], (4, 6))
                yield Binding(
                    filter=line.words[-1], where=f"class-map {found.name}", location=line.location, defined=defined
                )  # fmt: skip


def _maps(parser: Parser) -> Iterator[Binding]:
    """VLAN maps at the interfaces of their VLANs, both ways, and the lists that the maps match."""
    for name, (vlans, line) in parser.vlan_maps.applied.items():
        routed = [i.name for i in parser.interfaces.values() if i.vlan in vlans and not i.switched]
        for where in routed or [" ".join(line.words)]:
            for direction in ("in", "out"):
                yield Binding(
                    filter=name, where=where, direction=direction, location=line.location,
                    defined=name in parser.vlan_maps.entries,
                )  # fmt: skip
    for name, listed in parser.vlan_maps.entries.items():
        for entry in listed:
            for family, acl, line in entry.matches:
                defined = _exists(parser, acl, (family,))
                yield Binding(
                    filter=acl, where=f"vlan access-map {name}", direction="in", location=line.location, defined=defined
                )  # fmt: skip


def config_objects(parser: Parser, applied: tuple[Binding, ...]) -> tuple[ConfigObject, ...]:
    """Lists, groups, time ranges and zones with the number of their uses by lists in force."""
    uses = Counter(b.filter for b in applied)
    first: dict[str, Location] = {}
    for binding in applied:
        first.setdefault(binding.filter, binding.location)
    elsewhere = parser.words_elsewhere
    out: list[ConfigObject] = []
    in_force: list[Entry] = []
    alone = not parser.interfaces and len(parser.lists) == 1
    for (_, name), acl in parser.lists.items():
        used = uses[name] or int(name in elsewhere or alone)
        out.append(
            ConfigObject(
                kind=ObjectKind.FILTER, name=name, location=acl.head.location, used_by=used, empty=not acl.entries,
                user=first.get(name, NOWHERE),
            )
        )  # fmt: skip
        in_force += [e for _, e in acl.entries if used and not e.inactive]
    out += [
        ConfigObject(
            kind=ObjectKind.FILTER, name=name, location=parser.traffic.heads[name].location, empty=not matches,
            used_by=uses[name] or int(not parser.interfaces and len(parser.traffic.policies) == 1),
        )
        for name, matches in parser.traffic.policies.items()
    ]  # fmt: skip
    out += _groups(parser.objects, in_force)
    out += _schedules(parser.blocks, in_force)
    members = Counter(i.zone for i in parser.interfaces.values() if i.zone)
    pairs = Counter(z for p in (*parser.zones.pairs, *parser.zones.own) for z in (p.source, p.destination))
    out += [
        ConfigObject(
            kind=ObjectKind.ZONE, name=name, location=line.location, used_by=members[name] + pairs[name],
            empty=not members[name],
        )
        for name, line in parser.zones.names.items()
    ]  # fmt: skip
    return tuple(sorted(out, key=lambda o: (o.location, o.kind, o.name)))


def _groups(objects: Objects, in_force: list[Entry]) -> Iterator[ConfigObject]:
    """Groups with their uses, also through groups that hold them."""
    direct: Counter[tuple[bool, str]] = Counter()
    user: dict[tuple[bool, str], Location] = {}
    for entry in in_force:
        for key in entry.refers:
            direct[key] += 1
            user.setdefault(key, entry.line.location)
    for network, table in ((True, objects.networks), (False, objects.services)):
        counts = through_groups(table, {name: direct[network, name] for name in table})
        for group in table.values():
            kind = _GROUP_KINDS.get(group.kind, ObjectKind.SERVICE_GROUP)
            empty = not (group.addresses or group.terms or group.members or group.doubts)
            yield ConfigObject(
                kind=kind, name=group.name, location=group.location, used_by=counts[group.name], empty=empty,
                user=user.get((network, group.name), NOWHERE),
            )  # fmt: skip


def through_groups(table: dict[str, Group], direct: dict[str, int]) -> dict[str, int]:
    """The uses of each group with those of the groups that hold it; a group that holds itself adds nothing."""
    holders: dict[str, list[str]] = {}
    for group in table.values():
        for member in dict.fromkeys(name for name, _ in group.members):
            holders.setdefault(member, []).append(group.name)
    out: dict[str, int] = {}
    for name in table:
        seen, todo, total = {name}, [name], 0
        while todo:
            at = todo.pop()
            total += direct.get(at, 0)
            fresh = [h for h in holders.get(at, ()) if h not in seen]
            seen.update(fresh)
            todo += fresh
        out[name] = total
    return out


def _schedules(blocks: list[Block], in_force: list[Entry]) -> Iterator[ConfigObject]:
    uses = Counter(e.time_range for e in in_force if e.time_range)
    users = {e.time_range: e.line.location for e in reversed(in_force) if e.time_range}
    for block in blocks:
        if block.words[0] == "time-range" and len(block.words) > 1:
            name = block.words[1]
            yield ConfigObject(
                kind=ObjectKind.SCHEDULE, name=name, location=block.head.location, used_by=uses[name],
                empty=not block.body, expires=_end(block.body), user=users.get(name, NOWHERE),
            )  # fmt: skip


def _end(body: Iterable[Line]) -> dt.date | None:
    """The last day of ``absolute … end HH:MM DAY MONTH YEAR``."""
    for line in body:
        if line.words[0] == "absolute" and "end" in line.words:
            rest = line.words[line.words.index("end") + 1 :]
            try:
                return dt.date(int(rest[3][:4]), _MONTHS.index(rest[2][:3].lower()) + 1, int(rest[1][:2]))
            except (ValueError, IndexError):
                return None
    return None
