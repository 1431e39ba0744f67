"""Static and connected routes of virtual and logical routers (Administrator's Guide, "Static routes", "Advanced routing")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from segmentation.device.management import Route
from segmentation.model.addresses import FAMILIES, Address, Family
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.own_services import where
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.panos.zones import Interface

_PROTOCOLS = ("bgp", "ospf", "ospfv3", "rip")
_TABLES: tuple[tuple[Family, str], ...] = ((FAMILIES[0], "ip"), (FAMILIES[1], "ipv6"))
Value = Callable[[Node], str]


def routers(networks: Sequence[Node]) -> list[tuple[str, Node]]:
    """Every router with its name; a logical router's VRFs are routers of their own."""
    out = [(r.name, r) for n in networks for r in n.entries("virtual-router")]
    return out + [(f"{r.name} {v.name}", v) for n in networks for r in n.entries("logical-router") for v in r.entries("vrf")]


def static_only(networks: Sequence[Node], systems: Sequence[Node]) -> bool:
    """Whether the routes of the configuration are all there are: no protocol speaks, no policy forwards."""
    for _, router in routers(networks):
        for protocol in _PROTOCOLS:
            found = router.at("protocol", protocol) or router.at(protocol)
            if found is not None and found.value("enable") == "yes":
                return False
    bases = ("rulebase", "pre-rulebase", "post-rulebase")
    return not any(True for s in systems for base in bases for _ in s.entries(base, "pbf", "rules"))


def of_interface(networks: Sequence[Node]) -> dict[str, str]:
    """The router of each interface; one router needs no name."""
    found = routers(networks)
    return {i: name for name, router in found for i in router.values("interface")} if len(found) > 1 else {}


def routes(networks: Sequence[Node], interfaces: dict[str, Interface], value: Value, notes: Notes) -> Iterator[Route]:
    """Connected networks, default routes that a server gives, then static routes."""
    router_of = of_interface(networks)
    for interface in interfaces.values():
        if not interface.enabled:
            continue
        vrf = router_of.get(interface.name, "")
        for family, address, length in interface.addresses:
            span = 1 << ((32 if family == 4 else 128) - length)
            yield Route(
                family=family, address=address // span * span, length=length, location=where(interface.node),
                interface=interface.name, vrf=vrf,
            )  # fmt: skip
        client = interface.client
        if client is not None and client.value("create-default-route") != "no":
            yield Route(
                family=4, address=0, length=0, location=where(client), interface=interface.name, vrf=vrf, name=interface.learns
            )
    several = len(routers(networks)) > 1
    for name, router in routers(networks):
        for family, table in _TABLES:
            for entry in router.entries("routing-table", table, "static-route"):
                yield from _static(entry, family, name if several else "", value, notes)


def _static(entry: Node, family: Family, vrf: str, value: Value, notes: Notes) -> Iterator[Route]:
    node = next(iter(entry.entries("destination")), None)
    if node is None:
        return
    text = value(node) or node.name
    host, _, length = text.partition("/")
    whole = 32 if family == 4 else 128
    address = _address(host, family)
    bits = whole if not length else int(length) if length.isascii() and length.isdecimal() and len(length) < 4 else None
    if address is None or bits is None or bits > whole:
        notes.add(node, text, reasons.BAD_ADDRESS.format(text=text[:80]), widened=False)
        return
    hop = entry.at("nexthop")
    key = "ip-address" if family == 4 else "ipv6-address"
    given = next(iter(hop.entries(key)), None) if hop is not None else None
    gateway = _address((value(given) or given.name).partition("/")[0], family) if given is not None else None
    names = [f"{k} {hop.value(k)}" for k in ("next-vr", "next-lr", "fqdn") if hop is not None and hop.value(k)]
    span = 1 << (whole - bits)
    yield Route(
        family=family, address=address // span * span, length=bits, location=where(entry), gateway=gateway,
        interface=entry.value("interface"), vrf=vrf, discard=hop is not None and "discard" in hop.children,
        name=" ".join(names)[:120],
    )  # fmt: skip


def _address(text: str, family: Family) -> int | None:
    try:
        found = Address.parse(text)
    except ValueError:
        return None
    return found.value if found.family == family else None
