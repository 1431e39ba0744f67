"""Static and connected routes, and whether packets may leave their routing instance.

Junos OS Protocol-Independent Routing Properties User Guide: "static", "rib", "rib-groups", "instance-import".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segmentation.device.device import DROP, Rule
from segmentation.device.lexical import decimal
from segmentation.device.management import Route
from segmentation.device.match import InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Address, Family
from segmentation.vendors.junos.interfaces import Unit
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.reading import shown

_WIDTH = {4: 32, 6: 128}
_DISCARD = frozenset({"discard", "reject"})
_BOTH = frozenset(FAMILIES)


def static_routes(statements: Sequence[Statement]) -> Iterator[Route]:
    """``routing-options static route P next-hop X``; several next hops are several routes."""
    for each in statements:
        words = each.words
        vrf = ""
        if words[0] == "routing-instances" and len(words) > 2:
            vrf, words = words[1], words[2:]
        if words[:1] != ("routing-options",):
            continue
        rest = words[3:] if words[1:2] == ("rib",) else words[1:]
        if rest[:2] != ("static", "route") or len(rest) < 4:
            continue
        yield from _route(each, rest[2], rest[3:], vrf)


def _route(each: Statement, network: str, words: tuple[str, ...], vrf: str) -> Iterator[Route]:
    found = _prefix(network)
    if found is None:
        return
    family, address, length = found
    what = words[0]
    if what in _DISCARD or what == "receive":
        if what in _DISCARD:
            yield Route(family=family, address=address, length=length, location=each.location, vrf=vrf, discard=True)
    elif what in ("next-hop", "qualified-next-hop") and len(words) > 1:
        hop = _prefix(words[1])
        yield Route(
            family=family, address=address, length=length, location=each.location, vrf=vrf,
            gateway=hop[1] if hop is not None else None, interface="" if hop is not None else words[1],
        )  # fmt: skip
    elif what == "next-table" and len(words) > 1:
        yield Route(family=family, address=address, length=length, location=each.location, vrf=vrf, name=words[1])


def _prefix(word: str) -> tuple[Family, int, int] | None:
    if word == "default":
        return 4, 0, 0
    host, slash, length = word.partition("/")
    try:
        address = Address.parse(host)
    except ValueError:
        return None
    bits = decimal(length, _WIDTH[address.family]) if slash else _WIDTH[address.family]
    return None if bits is None else (address.family, address.value, bits)


def connected_routes(units: Mapping[str, Unit], vrf_of: Mapping[str, str]) -> Iterator[Route]:
    """The networks of logical interfaces that are on."""
    for unit in units.values():
        for family, address, length in dict.fromkeys(unit.addresses) if unit.enabled else ():
            span = 1 << (_WIDTH[family] - length)
            yield Route(
                family=family, address=address - address % span, length=length, location=unit.location, interface=unit.name,
                vrf=vrf_of.get(unit.name, ""),
            )  # fmt: skip


def instances_apart(
    statements: Sequence[Statement], units: Mapping[str, Unit], vrf_of: Mapping[str, str]
) -> tuple[list[Rule], Statement | None]:
    """Rules that drop what would go from one instance to another; nothing, and the statement, where routes may leak."""
    groups: dict[str, list[Unit]] = {}
    for unit in units.values():
        if unit.families and not unit.name.startswith(("lo0.", "fxp", "em", "me0", "vme")):
            groups.setdefault(vrf_of.get(unit.name, ""), []).append(unit)
    if len(groups) < 2:
        return [], None
    leak = next((s for s in statements if _leaks(s.words)), None)
    if leak is not None:
        return [], leak
    rules = []
    for vrf, members in groups.items():
        others = tuple(u.name for other, listed in groups.items() if other != vrf for u in listed)
        inside = InterfaceMatch(tuple(u.name for u in members))
        text = shown(f"implicit: {f'routing instance {vrf}' if vrf else 'inet.0'} has no route to other instances")
        rules.append(
            Rule(
                match=Match(in_interface=inside, out_interface=InterfaceMatch(others)), action=DROP,
                location=members[0].location, text=text, families=_BOTH,
            )
        )  # fmt: skip
    return rules, None


def _leaks(words: tuple[str, ...]) -> bool:
    """Routes of other tables, targets, groups of tables, filters that choose an instance, logical tunnels, policies."""
    named = {"next-table", "rib-groups", "rib-group", "instance-import", "vrf-target", "vrf-import", "auto-export"}
    if not named.isdisjoint(words):
        return True
    by_filter = words[0] in ("firewall", "security") and "routing-instance" in words[2:]
    return by_filter or (words[0] == "interfaces" and words[1:2] != () and words[1].startswith("lt-"))
