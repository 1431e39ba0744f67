"""Who may reach the firewall itself: management profiles of its interfaces, and its management port."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.device import ACCEPT, Rule
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ICMP, ICMPV6, TCP, UDP
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.places import Places
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.panos.zones import Interface, named

#: Administrator's Guide, "Interface management profiles", with the ports of "Ports used for management functions".
_SERVICES: dict[str, tuple[tuple[int, tuple[int, ...]], ...]] = {
    "https": ((TCP, (443,)),), "http": ((TCP, (80,)),), "ssh": ((TCP, (22,)),), "telnet": ((TCP, (23,)),), "snmp": ((UDP,
    (161,)),),
    "ping": ((ICMP, ()), (ICMPV6, ())), "response-pages": ((TCP, (6080, 6081, 6082, 6083)),), "http-ocsp": ((TCP, (80,)),),
    "userid-service": ((TCP, (5007,)),), "userid-syslog-listener-ssl": ((TCP, (6514,)),),
    "userid-syslog-listener-udp": ((UDP, (514,)),),
}  # fmt: skip
#: Services of the management port that are on unless ``disable-…`` says yes ("Management interface").
_ON = {"https": True, "ssh": True, "ping": True, "http": False, "telnet": False, "snmp": False}
_DISABLE = {"ping": "disable-icmp"}
MANAGEMENT_PORT = "management"


def management_rules(places: Places, interfaces: dict[str, Interface], notes: Notes) -> list[Rule]:
    """The rules of the input chain."""
    out: list[Rule] = []
    for device in places.devices:
        system = device.at("deviceconfig", "system")
        if system is not None and (system.value("ip-address") or system.at("service") is not None):
            out += _port(system, notes)
    profiles = profiles_of(places)
    for interface in interfaces.values():
        if interface.profile is None:
            continue
        found = profiles.get(interface.profile.name)
        if found is None:
            node = interface.profile
            notes.add(node, node.name, reasons.PROFILE_MISSING.format(name=node.name))
            match = Match(in_interface=named((interface.name,)), uncertain=(f"profile {node.name}"[:80],))
            out.append(_rule(match, node, f"interface {interface.name}: management profile {node.name}"))
            continue
        out += _rules(found, interface.name, offered_by_profile(found), f"management profile {found.name}", notes)
    return out


def profiles_of(places: Places) -> dict[str, Node]:
    """The management profiles by name."""
    return {p.name: p for n in places.networks for p in n.entries("profiles", "interface-management-profile")}


def offered_by_profile(profile: Node) -> list[str]:
    """The services a management profile offers."""
    return [s for s in _SERVICES if profile.value(s) == "yes"]


def offered_by_port(system: Node) -> list[str]:
    """The services of the management port."""
    offered = []
    for service, on in _ON.items():
        written = system.value("service", _DISABLE.get(service, f"disable-{service}"))
        if (written == "no") or (on and written != "yes"):
            offered.append(service)
    return offered


def _port(system: Node, notes: Notes) -> Iterator[Rule]:
    yield from _rules(system, MANAGEMENT_PORT, offered_by_port(system), "management port", notes)


def _rules(node: Node, interface: str, offered: list[str], what: str, notes: Notes) -> Iterator[Rule]:
    limit, doubt = permitted(node, notes)
    here: InterfaceMatch = named((interface,))
    for service in offered:
        for protocol, ports in _SERVICES[service]:
            for family in FAMILIES:
                if protocol == (ICMPV6 if family == 4 else ICMP):
                    continue
                fields = {Field.PROTO: IntervalSet.single(protocol)}
                if ports:
                    fields[Field.DPORT] = IntervalSet.from_iter((p, p) for p in ports)
                if limit is not None:
                    values = limit.family(family)
                    if not values:
                        continue
                    fields[Field.SRC] = values
                match = Match(fields=fields, in_interface=here, uncertain=doubt)
                yield Rule(
                    match=match, action=ACCEPT, location=_where(node, service), text=f"{what} {interface}: {service}"[:300],
                    families=frozenset({family}),
                )  # fmt: skip


def _where(node: Node, service: str) -> Location:
    found = node.at(service) or node
    return Location(found.file, found.line, 1)


def permitted(node: Node, notes: Notes | None = None) -> tuple[AddressSet | None, tuple[str, ...]]:
    """The addresses that may manage; ``None`` for any (an empty list permits everybody)."""
    listed = list(node.entries("permitted-ip"))
    if not listed:
        return None, ()
    sets = []
    for one in listed:
        try:
            sets.append(AddressSet.parse(one.name))
        except ValueError:
            if notes is not None:
                notes.add(one, one.name, reasons.BAD_ADDRESS.format(text=one.name[:80]))
            return None, ("permitted-ip",)
    return AddressSet.union(sets), ()


def _rule(match: Match, node: Node, text: str) -> Rule:
    return Rule(
        match=match, action=ACCEPT, location=Location(node.file, node.line, 1), text=text[:300], families=frozenset(FAMILIES)
    )
