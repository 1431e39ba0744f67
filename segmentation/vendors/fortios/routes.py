"""Static and connected routes (CLI Reference, "config router static", "config router static6")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segmentation.device.management import Route
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.domain import Domain
from segmentation.vendors.fortios.interfaces import Interfaces
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.tree import Entry

#: Tables that make routes by talking to neighbours, or choose a way without a route.
_DYNAMIC = (
    ("router bgp", "neighbor"), ("router bgp", "neighbor-group"), ("router ospf", "network"), ("router ospf", "ospf-interface"),
    ("router ospf6", "ospf6-interface"), ("router rip", "network"), ("router ripng", "network"),
    ("router isis", "isis-interface"),
)  # fmt: skip


def static_only(roots: Sequence[Entry]) -> bool:
    """Whether the routes of the configuration are all there are."""
    for root in roots:
        if any(root.table("router policy")) or any(root.table("router policy6")):
            return False
        for path, table in _DYNAMIC:
            block = root.block(path)
            if block is not None and any(block.table(table)):
                return False
        if any(_given(e, "internet-service") or _given(e, "internet-service-custom") for e in root.table("router static")):
            return False
    return True


def routes(domains: Sequence[Domain], interfaces: Interfaces, notes: Notes) -> Iterator[Route]:
    """Connected networks, what an address server gives, then static routes; ``vrf`` is the VDOM where there are several."""
    several = len(domains) > 1
    for name, interface in interfaces.known.items():
        entry = interface.entry
        if entry.value("status") == "down":
            continue
        vrf = _vrf(interface.vdom if several else "", entry)
        where = notes.where(entry.line)
        for family, value, length in interface.addresses:
            span = 1 << ((32 if family == 4 else 128) - length)
            yield Route(
                family=family, address=value // span * span, length=length, location=where, interface=name, vrf=vrf
            )  # fmt: skip
        if entry.value("mode") in ("dhcp", "pppoe") and entry.value("defaultgw") != "disable":
            yield Route(
                family=4, address=0, length=0, location=where, interface=name, vrf=vrf, name=entry.value("mode")
            )  # fmt: skip
    for domain in domains:
        for family in FAMILIES:
            for entry in domain.root.table("router static" if family == 4 else "router static6"):
                if entry.value("status") != "disable" and not _given(entry, "internet-service"):
                    yield from _static(domain, entry, family, domain.name if several else "", notes)


def _vrf(vdom: str, entry: Entry) -> str:
    number = entry.value("vrf", "0")
    return f"{vdom} {number}".strip() if number.isdecimal() and number != "0" else vdom


def _given(entry: Entry, option: str) -> tuple[str, ...]:
    """The values of an option; "show full-configuration" writes defaults out as nothing or zero."""
    return tuple(v for v in entry.values(option) if v not in ("", "0"))


def _static(domain: Domain, entry: Entry, family: Family, vdom: str, notes: Notes) -> Iterator[Route]:
    gateway = values.address(entry.value("gateway"), family) or None
    discard = entry.on("blackhole")
    zones = _given(entry, "sdwan-zone") or (("virtual-wan-link",) if entry.on("sdwan") or entry.on("virtual-wan-link") else ())
    ways = tuple(domain.zones.interfaces(zones)) or (entry.value("device"),)
    name = "" if gateway is not None or discard else "dynamic" if entry.on("dynamic-gateway") else ""
    for address, length in _destinations(domain, entry, family):
        for way in ways:
            yield Route(
                family=family, address=address, length=length, location=notes.where(entry.line), gateway=gateway,
                interface="" if discard else way, vrf=_vrf(vdom, entry), discard=discard, name=name,
            )  # fmt: skip


def _destinations(domain: Domain, entry: Entry, family: Family) -> Iterator[tuple[int, int]]:
    """``dst``, or an address object; without either, everything."""
    named = entry.settings.get("dstaddr")
    if named is not None and _given(entry, "dstaddr"):
        found = domain.addresses.resolve(named.values, family, named.line, named.text)
        yield from _prefixes(found.upper if found.known else IntervalSet(), family)
        return
    setting = entry.settings.get("dst")
    if setting is None:
        yield 0, 0
        return
    read = values.subnet(setting.values, family)
    if read is None:
        domain.notes.add(setting.line, setting.text, reasons.BAD_ADDRESS.format(text=" ".join(setting.values)), widened=False)
        return
    yield from _prefixes(read, family)


def _prefixes(found: IntervalSet, family: Family) -> Iterator[tuple[int, int]]:
    """The fewest prefixes that make up a set of addresses."""
    bits = 32 if family == 4 else 128
    for low, high in found:
        start = low
        while start <= high:
            free = (start & -start).bit_length() - 1 if start else bits
            while start + (1 << free) - 1 > high:
                free -= 1
            yield start, bits - free
            start += 1 << free
