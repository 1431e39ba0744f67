"""Addresses and address groups as sets between two bounds.

Administrator's Guide, "Policy objects: address, address groups, external dynamic lists, regions".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.device.lexical import address_value, masked_values
from segmentation.model.addresses import ALL_ADDRESSES, ANY, NO_ADDRESSES, TOP, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.objects import Names
from segmentation.vendors.panos.tree import Node

DEPTH_LIMIT = 64
#: A predefined region: the two letters of a country (ISO 3166-1).
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
#: Administrator's Guide, "Built-in external dynamic lists".
_PREDEFINED_LISTS = frozenset(
    {"panw-known-ip-list", "panw-highrisk-ip-list", "panw-bulletproof-ip-list", "panw-torexit-ip-list"}
)
_LITERAL = re.compile(r"[0-9a-fA-F:.]+(?:/[0-9.]+|-[0-9a-fA-F:.]+)?\Z")


@dataclass(frozen=True, slots=True)
class Between:
    """A set that contains ``lower`` and lies within ``upper``; ``why`` says what is not known."""

    lower: AddressSet
    upper: AddressSet
    why: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether both bounds are equal."""
        return self.lower == self.upper

    def negated(self) -> Between:
        """Everything else."""
        return Between(ALL_ADDRESSES - self.upper, ALL_ADDRESSES - self.lower, self.why)


ANYWHERE = Between(ALL_ADDRESSES, ALL_ADDRESSES)


def perhaps(why: str) -> Between:
    """Any address, perhaps."""
    return Between(NO_ADDRESSES, ALL_ADDRESSES, (why,))


def exactly(values: AddressSet) -> Between:
    """A set that is known."""
    return Between(values, values)


def union(parts: Iterable[Between]) -> Between:
    """The union of many sets, normalised once."""
    listed = list(parts)
    why = tuple(dict.fromkeys(w for p in listed for w in p.why))
    return Between(AddressSet.union(p.lower for p in listed), AddressSet.union(p.upper for p in listed), why[:8])


@dataclass(slots=True)
class Addresses:
    """Resolves names to sets."""

    names: Names
    notes: Notes
    _known: dict[int, Between] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def resolve(self, members: Iterable[Node]) -> Between:
        """The union of the named addresses; what is not defined may be anything, and is reported where it is named."""
        return union(self._one(m, 0) for m in members)

    def _one(self, member: Node, depth: int) -> Between:
        name = member.name
        if name == "any":
            return ANYWHERE
        found = self.names.find("address", name)
        if found is not None:
            return self._remembered(found, self._address)
        group = self.names.find("address-group", name)
        if group is not None:
            if id(group) in self._open or depth >= DEPTH_LIMIT:
                reason = reasons.GROUP_LOOP if id(group) in self._open else reasons.GROUP_DEEP
                self.notes.add(member, name, reason.format(name=name), covered=True)
                return perhaps(f"address-group {name}")
            if id(group) not in self._known:
                self._open.add(id(group))
                self._known[id(group)] = self._group(group, depth)
                self._open.discard(id(group))
            return self._known[id(group)]
        if self.names.find("external-list", name) is not None:
            return perhaps(f"external-list {name}")  # fetched at run time
        if name in _PREDEFINED_LISTS:
            return perhaps(f"external-list {name}")
        region = self.names.find("region", name)
        if region is not None:
            return self._remembered(region, self._region)
        if _LITERAL.match(name) and any(c in name for c in ".:"):
            return self._literal(member, name)
        if _COUNTRY.match(name):
            return perhaps(f"region {name}")  # from the content updates
        self.notes.add(member, name, reasons.ADDRESS_MISSING.format(name=name), covered=True)
        return perhaps(f"address {name}")

    def _remembered(self, node: Node, read: object) -> Between:
        if id(node) not in self._known:
            self._known[id(node)] = read(node)  # type: ignore[operator]
        return self._known[id(node)]

    def _group(self, group: Node, depth: int) -> Between:
        if group.at("dynamic") is not None:
            return perhaps(f"address-group {group.name} (dynamic)")  # members follow tags, set at run time
        found = union(self._one(m, depth + 1) for m in group.entries("static"))
        return self._doubted(group, found)

    def _region(self, region: Node) -> Between:
        return union(self._literal(m, m.name) for m in region.entries("address"))

    def _doubted(self, node: Node, found: Between) -> Between:
        unknown = self.notes.unknown.get(id(node))
        return perhaps(f"{node.name} {unknown[0]}") if unknown else found

    def _address(self, node: Node) -> Between:
        if node.value("fqdn"):
            return perhaps(f"fqdn {node.value('fqdn')}"[:120])
        for kind in ("ip-netmask", "ip-range"):
            text = node.value(kind)
            if text:
                held = node.at(kind)
                return self._doubted(node, self._literal(held if held is not None else node, text))
        if node.value("ip-wildcard"):
            return self._wildcard(node, node.value("ip-wildcard"))
        self.notes.add(node, node.name, reasons.NO_ADDRESS.format(name=node.name), covered=True)
        return perhaps(f"address {node.name}")

    def _literal(self, node: Node, text: str) -> Between:
        try:
            return exactly(AddressSet.parse(text))
        except ValueError:
            self.notes.add(node, text, reasons.BAD_ADDRESS.format(text=text[:80]), covered=True)
            return perhaps(f"address {text[:80]}")

    def _wildcard(self, node: Node, text: str) -> Between:
        """``10.132.1.2/0.0.2.255``: a bit set in the mask may have any value ("Create an address object")."""
        address, _, mask = text.partition("/")
        base, free = address_value(address, 4), address_value(mask, 4)
        if base is None or free is None:
            self.notes.add(node, text, reasons.BAD_ADDRESS.format(text=text[:80]), covered=True)
            return perhaps(f"address {node.name}")
        values = masked_values(base, TOP[4] & ~free, 4)
        if values is None:
            self.notes.add(node, text, reasons.SCATTERED_MASK.format(text=text[:80]), covered=True)
            return perhaps(f"ip-wildcard {text[:80]}")
        return self._doubted(node, exactly(AddressSet(v4=values)))


def family_set(values: AddressSet, family: Family) -> IntervalSet | None:
    """The members of one family; ``None`` for all of them."""
    found = values.family(family)
    return None if found == ANY[family] else found
