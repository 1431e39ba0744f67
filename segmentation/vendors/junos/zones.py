"""Security zones: their interfaces, and what may be addressed to the device itself.

Junos OS Security Zones: "Security Zones Overview", "Controlling Inbound Traffic Based on Traffic Types".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, Rule
from segmentation.device.lexical import Problems
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6, PROTOCOL_NUMBERS
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.reading import shown

_BOTH = frozenset(FAMILIES)
#: ``system-services`` and ``protocols`` of ``host-inbound-traffic``, as protocol and ports.
_SERVICE_TEXT = """
ssh: tcp/22; telnet: tcp/23; http: tcp/80; https: tcp/443; ping: icmp/8 icmp6/128; snmp: udp/161; snmp-trap: udp/162
ntp: udp/123; dns: udp/53 tcp/53; ike: udp/500 udp/4500; dhcp: udp/67 udp/68; dhcpv6: udp/546 udp/547; bootp: udp/67 udp/68
ftp: tcp/21; tftp: udp/69; netconf: tcp/830; rlogin: tcp/513; rsh: tcp/514; finger: tcp/79; traceroute: udp/33434-33534
xnm-ssl: tcp/3220; xnm-clear-text: tcp/3221; reverse-ssh: tcp/2901; reverse-telnet: tcp/2900; lsping: udp/3503
sip: tcp/5060 udp/5060; r2cp: udp/28672; ident-reset: tcp/113; bgp: tcp/179; ospf: ospf; ospf3: ospf; rip: udp/520
ripng: udp/521; pim: pim; igmp: igmp; vrrp: vrrp; bfd: udp/3784-3785 udp/4784; ldp: tcp/646 udp/646; msdp: tcp/639
rsvp: rsvp; router-discovery: icmp/9-10; ndp: icmp6/133-137; sap: udp/9875; dvmrp: igmp; nhrp: proto54; pgm: proto113
"""
_SERVICES: dict[str, list[str]] = {
    name.strip(): words.split()
    for name, _, words in (entry.partition(":") for entry in _SERVICE_TEXT.replace("\n", ";").split(";") if entry.strip())
}
_ALL = frozenset({"all", "any-service"})


@dataclass(slots=True)
class Inbound:
    """What a zone or an interface lets in for the device itself."""

    allowed: list[tuple[str, Statement]] = field(default_factory=list)
    excepted: list[tuple[str, Statement]] = field(default_factory=list)


@dataclass(slots=True)
class Zone:
    """A security zone (or the functional zone for management)."""

    name: str
    statement: Statement
    interfaces: list[str] = field(default_factory=list)
    inbound: Inbound = field(default_factory=Inbound)
    by_interface: dict[str, Inbound] = field(default_factory=dict)
    functional: bool = False


@dataclass(slots=True)
class Zones:
    """All zones of a device."""

    problems: Problems
    zones: dict[str, Zone] = field(default_factory=dict)

    def read(self, words: tuple[str, ...], statement: Statement) -> tuple[str, tuple[str, ...]] | None:
        """A statement below ``security zones``; returns the zone and the rest when it is of its address book."""
        match words:
            case ("security-zone", name, *rest):
                zone = self.zones.setdefault(name, Zone(name, statement))
            case ("functional-zone", name, *rest):
                zone = self.zones.setdefault(name, Zone(name, statement, functional=True))
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)
                return None
        match tuple(rest):
            case ("interfaces", interface, *more):
                unit = interface if "." in interface or interface in ("all", "any") else f"{interface}.0"
                if unit not in zone.interfaces:
                    zone.interfaces.append(unit)
                if more[:1] == ["host-inbound-traffic"]:
                    self._inbound(zone.by_interface.setdefault(unit, Inbound()), tuple(more[1:]), statement)
            case ("host-inbound-traffic", *more):
                self._inbound(zone.inbound, tuple(more), statement)
            case ("address-book", *more):
                return name, tuple(more)
            case () | ("screen" | "tcp-rst" | "description" | "application-tracking" | "source-identity-log"
                       | "enable-reverse-reroute" | "unidirectional-session-refreshing" | "advance-policy-based-routing"
                       | "advance-policy-based-routing-profile" | "user-identification", *_):  # fmt: skip
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)
        return None

    def _inbound(self, inbound: Inbound, words: tuple[str, ...], statement: Statement) -> None:
        match words:
            case ("system-services" | "protocols", service, "except"):
                inbound.excepted.append((service, statement))
            case ("system-services" | "protocols", service):
                inbound.allowed.append((service, statement))
            case () | (_,):
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def match(self, name: str) -> InterfaceMatch | None:
        """The interfaces of a zone; a zone without any has a name of its own that no interface has."""
        if name == "any":
            return None
        zone = self.zones.get(name)
        names = tuple(zone.interfaces) if zone is not None else ()
        if "all" in names or "any" in names:
            named = [n for z in self.zones.values() if z.name != name for n in z.interfaces if n not in ("all", "any")]
            return InterfaceMatch(tuple(named), negated=True) if named else None
        return InterfaceMatch(names or (f"zone {name}",))

    def listening(self, service: str) -> tuple[str, ...]:
        """The interfaces at which the device answers to a system service."""
        out: list[str] = []
        for zone in self.zones.values():
            for name in zone.interfaces:
                inbound = zone.by_interface.get(name, zone.inbound)
                allowed = {s for s, _ in inbound.allowed}
                refused = {s for s, _ in inbound.excepted}
                if service not in refused and (service in allowed or not _ALL.isdisjoint(allowed)):
                    out.append(name)
        return tuple(dict.fromkeys(out))

    def inbound_rules(self) -> Iterator[Rule]:
        """Rules for packets to the device itself, interface by interface: an interface's own list replaces the zone's."""
        for zone in self.zones.values():
            if zone.inbound.allowed or zone.inbound.excepted:
                named = [i for i in zone.interfaces if i not in zone.by_interface]
                match = self.match(zone.name) if not zone.by_interface else InterfaceMatch(tuple(named))
                if not zone.by_interface or named:
                    yield from _inbound_rules(zone.inbound, match, f"zone {zone.name}")
            for name, inbound in zone.by_interface.items():
                yield from _inbound_rules(inbound, InterfaceMatch((name,)), f"zone {zone.name} interface {name}")


def _inbound_rules(inbound: Inbound, named: InterfaceMatch | None, where: str) -> Iterator[Rule]:
    for entries, action in ((inbound.excepted, DROP), (inbound.allowed, ACCEPT)):
        for service, statement in entries:
            known = service in _SERVICES or service in _ALL
            for fields in [{}] if service in _ALL or not known else _fields(service):
                yield Rule(
                    match=Match(fields=fields, in_interface=named, uncertain=() if known else (service,)),
                    action=action,
                    location=statement.location,
                    text=shown(f"{where} host-inbound-traffic {service}" + (" except" if action is DROP else "")),
                    families=_BOTH,
                )  # fmt: skip


def _fields(service: str) -> Iterator[dict[Field, IntervalSet]]:
    for word in _SERVICES[service]:
        name, _, ports = word.partition("/")
        number = int(name[5:]) if name.startswith("proto") else (PROTOCOL_NUMBERS | {"icmp6": ICMPV6})[name]
        fields = {Field.PROTO: IntervalSet.single(number)}
        if ports:
            low, _, high = ports.partition("-")
            axis = Field.SPORT if number in (ICMP, ICMPV6) else Field.DPORT
            fields[axis] = IntervalSet.of((int(low), int(high or low)))
        yield fields
