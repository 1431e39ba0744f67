"""Interfaces, zones and virtual systems.

Administrator's Guide, "Security zones": an interface belongs to one zone at most, and passes nothing without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from segmentation.device.device import InterfaceInfo
from segmentation.device.lexical import decimal
from segmentation.device.match import InterfaceMatch
from segmentation.model.addresses import Address, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.reading import shown

_KINDS = ("ethernet", "aggregate-ethernet")
_SINGLE = ("vlan", "loopback", "tunnel", "sdwan")
_MODES = ("layer3", "layer2", "virtual-wire", "tap", "tunnel")


@dataclass(slots=True)
class Interface:
    """One interface or subinterface."""

    name: str
    node: Node
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    vlan: int | None = None
    profile: Node | None = None
    zone: str = ""
    enabled: bool = True
    description: str = ""
    client: Node | None = None  # DHCP or PPPoE: address and default route come from a server
    learns: str = ""  # dhcp, pppoe


@dataclass(slots=True)
class System:
    """A virtual system: its interfaces, and its zones with theirs."""

    name: str
    node: Node
    zones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    external: dict[str, tuple[str, ...]] = field(default_factory=dict)  # zones that stand for other virtual systems
    imported: tuple[str, ...] = ()
    #: Zones that rules name and nothing defines: their own name stands for their interface, beside any unknown one.
    assumed: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)  # those of them that were reported, where they are first named

    @property
    def zoned(self) -> tuple[str, ...]:
        """All interfaces that are in a zone."""
        return tuple(dict.fromkeys(i for members in self.zones.values() for i in members))

    def assume(self, zone: str) -> None:
        """Take a zone that is not defined into the list."""
        if zone not in self.zones and zone not in self.external:
            self.assumed.add(zone)
            self.zones[zone] = (zone,)

    @property
    def elsewhere(self) -> InterfaceMatch:
        """Interfaces of which no zone is known."""
        return InterfaceMatch(self.zoned, negated=True)


def named(names: Iterator[str] | tuple[str, ...], *, negated: bool = False) -> InterfaceMatch:
    """A match on these interfaces."""
    return InterfaceMatch(tuple(dict.fromkeys(names)), negated)


def read_interfaces(network: Node, resolve_address: object, notes: Notes) -> dict[str, Interface]:
    """The interfaces below ``network interface``; *resolve_address* gives the set of an address object's node, or ``None``."""
    out: dict[str, Interface] = {}
    for kind in (*_KINDS, *_SINGLE):
        for node in network.entries("interface", kind):
            if kind in _SINGLE:
                _one_kind(out, kind, node, network, resolve_address, notes)
                continue
            _add(out, node.name, node, [c for c in (node.at(m) for m in _MODES) if c is not None], resolve_address, notes)
            for mode in ("layer3", "layer2", "virtual-wire"):
                for unit in node.entries(mode, "units"):
                    _add(out, unit.name, unit, [unit], resolve_address, notes)
    return out


def _one_kind(
    out: dict[str, Interface], kind: str, node: Node, network: Node, resolve: object, notes: Notes
) -> None:  # fmt: skip
    if node.name == "units":
        for unit in node.children.values():
            _add(out, unit.name, unit, [unit], resolve, notes)
    elif kind not in out:
        whole = network.at("interface", kind)
        assert whole is not None
        _add(out, kind, whole, [whole], resolve, notes)


def _add(out: dict[str, Interface], name: str, node: Node, parts: list[Node], resolve: object, notes: Notes) -> None:
    made = out.setdefault(name, Interface(name, node))
    made.enabled = node.value("link-state") != "down"
    made.description = shown(" ".join(node.values("comment")))
    for part in parts:
        tag = part.value("tag")
        if tag:
            made.vlan = decimal(tag, 4094)
        made.description = made.description or shown(" ".join(part.values("comment")))
        for kind, client in (("dhcp", part.at("dhcp-client")), ("pppoe", part.at("pppoe"))):
            if client is not None and client.value("enable") != "no":
                made.client, made.learns = client, kind
        made.profile = next(iter(part.entries("interface-management-profile")), made.profile)
        for address in (*part.entries("ip"), *part.entries("ipv6", "address")):
            found = _interface_address(address, resolve)
            if found is None:
                notes.add(address, address.name, reasons.BAD_ADDRESS.format(text=address.name[:80]), widened=False)
            elif found not in made.addresses:
                made.addresses.append(found)


def _interface_address(node: Node, resolve: object) -> tuple[Family, int, int] | None:
    text = resolve(node) or node.name  # type: ignore[operator]
    host, _, length = text.partition("/")
    try:
        parsed = Address.parse(host)
    except ValueError:
        return None
    whole = 32 if parsed.family == 4 else 128
    bits = decimal(length, whole) if length else whole
    return None if bits is None else (parsed.family, parsed.value, bits)


def infos(interfaces: dict[str, Interface], routers: dict[str, str]) -> tuple[InterfaceInfo, ...]:
    """The interfaces as the device shows them, with their router where there are several."""
    return tuple(
        InterfaceInfo(
            name=i.name, addresses=tuple(i.addresses), vlan=i.vlan, zone=i.zone, location=Location(i.node.file, i.node.line, 1),
            enabled=i.enabled, description=i.description, vrf=routers.get(i.name, ""),
        )
        for i in interfaces.values()
    )  # fmt: skip


def read_systems(nodes: list[Node]) -> list[System]:
    """Virtual systems; several nodes of one name (local, pushed, from templates) are one system."""
    out: dict[str, System] = {}
    for node in nodes:
        system = out.setdefault(node.name, System(node.name, node))
        system.imported = tuple(dict.fromkeys((*system.imported, *node.values("import", "network", "interface"))))
        for zone in node.entries("zone"):
            members = tuple(i for mode in _MODES for i in zone.values("network", mode))
            system.zones[zone.name] = tuple(dict.fromkeys((*system.zones.get(zone.name, ()), *members)))
            if zone.at("network", "external") is not None:
                system.external[zone.name] = zone.values("network", "external")
    return list(out.values())


def connected(interfaces: dict[str, Interface], names: tuple[str, ...]) -> AddressSet:
    """The addresses directly behind these interfaces."""
    sets = []
    for name in names:
        for family, value, length in interfaces[name].addresses if name in interfaces else ():
            span = 1 << ((32 if family == 4 else 128) - length)
            low = value - value % span
            sets.append(AddressSet.of(family, IntervalSet.of((low, low + span - 1))))
    return AddressSet.union(sets)
