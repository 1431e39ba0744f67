"""Lines of an AlliedWare Plus configuration into hardware access lists, entities, firewall rules and NAT.

AlliedWare Plus command reference: chapters "IPv4 Hardware Access Control List Commands" (C613-50631), "Firewall Commands"
and "Application and Entity Commands" (C613-50186).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems, Term, address_value, decimal, masked_values, prefix_values
from segmentation.device.match import Field
from segmentation.model.addresses import ANY, TOP, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ICMP, PROTOCOL_NUMBERS, TCP, UDP
from segmentation.model.text import Text
from segmentation.vendors.awplus import reasons
from segmentation.vendors.awplus.system import PortDraft, Said, read_port, vlan_numbers
from segmentation.vendors.reading import SourceText, shown

_ACTIONS = frozenset({"permit", "deny", "copy-to-cpu", "copy-to-mirror", "send-to-cpu", "send-to-mirror"})
_HEADS = (
    "auth-mac auth-web wireless vty "
    "aaa arp atmf banner boot clock crypto ddns-update-method dot1x enable end epsr exception exec-timeout feature hostname "
    "igmp key lacp line lldp location log logging loop-protection mac mail mls multicast no ntp platform radius-server rmon "
    "route route-map router service snmp-server spanning-tree ssh stack switch tacacs-server telnet trigger username virtual "
    "vlan vrrp web-control webserver hwfilter-size cvlan awc ospf bgp rip snmp dhcp security-password"
)
IRRELEVANT = frozenset(_HEADS.split())
_INTERFACE = (
    "arp description duplex egress-rate-limit encapsulation flowcontrol ip ipv6 lacp linkflap lldp loop-protection mtu mru no "
    "polarity port-vlan-forwarding-priority ppp power-inline shutdown spanning-tree speed static-channel-group storm-control "
    "switchport thrash-limiting tunnel bridge-group channel-group dot1x auth auth-mac auth-web mls keepalive"
)
INTERFACE_WORDS = frozenset(_INTERFACE.split())
_FILTERS = frozenset({"access-group", "service-policy", "traffic-control"})
_PORTS = re.compile(r"port(\d+)\.(\d+)\.(\d+)(?:-(?:port)?(?:\d+\.\d+\.)?(\d+))?\Z")
#: Predefined applications whose ports are those IANA registered for the name.
APPLICATIONS: dict[str, tuple[tuple[int, ...], int | None]] = {
    "http": ((TCP,), 80), "https": ((TCP,), 443), "ssh": ((TCP,), 22), "telnet": ((TCP,), 23), "smtp": ((TCP,), 25),
    "pop3": ((TCP,), 110), "imap": ((TCP,), 143), "ftp": ((TCP,), 21), "dns": ((TCP, UDP), 53), "ntp": ((UDP,), 123),
    "snmp": ((UDP,), 161), "tftp": ((UDP,), 69), "ping": ((ICMP,), None), "icmp": ((ICMP,), None), "tcp": ((TCP,), None),
    "udp": ((UDP,), None),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a hardware list."""

    action: str
    term: Term
    location: Location
    text: str


@dataclass(slots=True)
class Network:
    """What an entity covers: prefixes, each on an interface or on none that is named."""

    location: Location
    parts: list[tuple[Family, IntervalSet, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """One firewall or NAT rule: its number, action and the words after it."""

    number: int
    action: str
    words: tuple[str, ...]
    location: Location
    text: str


@dataclass(slots=True)
class Port:
    """An interface: addresses, the lists on it in order, the VLANs of a switch port."""

    location: Location
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    lists: list[tuple[str, Location, str]] = field(default_factory=list)
    vlans: set[str] = field(default_factory=lambda: {"vlan1"})
    switching: PortDraft = field(default_factory=PortDraft)
    enabled: bool = True
    description: str = ""
    vrf: str = ""


@dataclass(slots=True)
class Parser:
    """The state while lines are read."""

    problems: Problems = field(default_factory=Problems)
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    entities: dict[str, Network] = field(default_factory=dict)
    applications: dict[str, dict[Field, IntervalSet]] = field(default_factory=dict)
    rules: list[FirewallRule] = field(default_factory=list)
    nat: list[FirewallRule] = field(default_factory=list)
    ports: dict[str, Port] = field(default_factory=dict)
    protect: Location | None = None
    nat_enabled: bool = False
    has_ipv6: bool = False
    block: str = ""
    names: tuple[str, ...] = ()
    location: Location = field(default_factory=lambda: Location(""))
    text: str = ""
    said: list[Said] = field(default_factory=list)
    standard: dict[str, list[tuple[bool, IntervalSet]]] = field(default_factory=dict)  # lists for services
    vlan_maps: dict[str, list[tuple[str, Location, str]]] = field(default_factory=dict)
    vlan_filters: list[tuple[str, frozenset[int], Location, str]] = field(default_factory=list)

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read every line."""
        for text in texts:
            self.block = ""
            above: tuple[str, ...] = ()
            for number, raw in enumerate(text.lines(), 1):
                words = tuple(raw[:4_000].split())
                if not words or words[0][0] in "!#":
                    continue
                self.location, self.text = Location(text.name, number), shown(raw)
                deep = raw[0] in " \t"
                above = above if deep else words
                self.said.append(Said(words, self.text, self.location, above if deep else ()))
                try:
                    if raw[0] in " \t" and self.block:
                        self._inside(words)
                    else:
                        self._top(words)
                except Misread as misread:
                    self.report(misread.reason)

    def report(self, reason: Text) -> None:
        """Record what is not understood of the line that is being read."""
        self.problems.add(self.location, self.text, reason)

    def _top(self, words: Sequence[str]) -> None:
        head = words[0].lower()
        self.block = "other"
        if head == "access-list" and len(words) > 2:
            self._access_list(words)
        elif head == "no":
            self._negated(words[1:])
        elif head in ("interface", "zone", "application") and len(words) > 1:
            self._named_block(head, words[1])
        elif head in ("firewall", "nat"):
            self.block = head
        elif head == "vlan" and words[1:2] == ("access-map",) and len(words) > 2:
            self.block, self.names = "vlan map", (words[2],)
            self.vlan_maps.setdefault(words[2], [])
        elif head == "vlan" and words[1:2] == ("filter",) and len(words) > 4 and words[3] == "vlan-list":
            self.vlan_filters.append((words[2], vlan_numbers(words[4]), self.location, self.text))
        elif head in ("vlan", "ip", "ipv6"):
            if words[1:2] == ("filter",):
                self.report(reasons.OTHER_FILTER)
        elif head in ("class-map", "policy-map", "ips", "url-filter", "ip-reputation", "malware-protection", "antivirus"):
            # Inspection and policies may take more away; they let nothing through that the rules here deny.
            self.problems.add(self.location, self.text, reasons.OTHER_FILTER, widened=False)
        elif head not in IRRELEVANT:
            self.report(reasons.UNKNOWN)

    def _access_list(self, words: Sequence[str]) -> None:
        """Hardware lists by name (a block) or number; standard and extended lists filter routes and services only."""
        if words[1] == "hardware":
            self.block, self.names = "list", (words[2],)
            self.lists.setdefault(words[2], [])
        elif (decimal(words[1], 9_999) or 0) >= 3000:
            self.lists.setdefault(words[1], []).append(self._entry(words[2:]))
        elif words[1] == "standard" and len(words) > 3:
            self._service_list(words[2], words[3:])
        elif (decimal(words[1], 1_999) or 0) in (*range(1, 100), *range(1300, 2000)):
            self._service_list(words[1], words[2:])

    def _negated(self, words: Sequence[str]) -> None:
        """``no access-list N``; a zone, an application, an interface that is taken back is reported."""
        head = words[0] if words else ""
        name = words[-1]
        if head == "access-list":
            self.lists.pop(name, None)
            self.standard.pop(name, None)
        elif head in ("firewall", "nat"):
            (self.rules if head == "firewall" else self.nat).clear()
            self.protect = None if head == "firewall" else self.protect
            self.nat_enabled &= head != "nat"
        elif head in ("zone", "application", "interface") or words[:2] == ("vlan", "filter"):
            self.report(reasons.UNKNOWN)

    def _service_list(self, name: str, words: Sequence[str]) -> None:
        """``access-list 1 permit A [REVERSE]``: who may use a service."""
        rest = [w for w in words[1:] if w not in ("exact-match", "log")]
        if words[0] in ("permit", "deny"):
            values = _address(rest)
            self.standard.setdefault(name, []).append((words[0] == "permit", ANY[4] if values is None else values))

    def _named_block(self, head: str, name: str) -> None:
        self.block, self.names = head, (name,)
        if head == "interface":
            self.names = _expanded(name)
            for each in self.names:
                self.ports.setdefault(each, Port(self.location))
        elif head == "zone":
            self.entities.setdefault(name, Network(self.location))
        else:
            self.applications.setdefault(name, {})

    def _inside(self, words: Sequence[str]) -> None:
        if self.block == "list":
            listed = words[1:] if decimal(words[0], 65535) is not None else words
            self.lists[self.names[0]].append(self._entry(listed))
        elif self.block == "interface":
            self._interface(words)
        elif self.block == "zone":
            self._zone(words)
        elif self.block == "application":
            self._application(words)
        elif self.block in ("firewall", "nat"):
            self._rule(words)
        elif self.block == "vlan map":
            if words[:2] == ("match", "access-group") and len(words) > 2:
                self.vlan_maps[self.names[0]].append((words[2], self.location, self.text))
            else:
                self.report(reasons.UNKNOWN)

    def _entry(self, words: Sequence[str]) -> Entry:
        listed = [w.lower() for w in words]
        action = listed.pop(0) if listed else ""
        if action not in _ACTIONS:
            return Entry(
                "unknown", Term(uncertain=(self._doubt(reasons.BAD_ACTION.format(text=action)),)), self.location, self.text
            )
        fields: dict[Field, IntervalSet] = {}
        doubts: list[str] = []
        try:
            _condition(listed, fields, doubts)
        except Misread as misread:
            doubts.append(self._doubt(misread.reason))
        return Entry(action, Term(fields, tuple(doubts)), self.location, self.text)

    def _doubt(self, reason: Text) -> str:
        self.report(reason)
        return self.text[:80]

    def _interface(self, words: Sequence[str]) -> None:
        head = words[0].lower()
        self.has_ipv6 |= words[:2] in (("ipv6", "address"), ("ipv6", "enable"))
        for name in self.names:
            port = self.ports[name]
            read_port(port.switching, tuple(w.lower() for w in words))
            if head == "description":
                port.description = shown(" ".join(words[1:]))
            elif head == "shutdown" or words[:2] == ("no", "shutdown"):
                port.enabled = head == "no"
            elif words[:3] == ("ip", "vrf", "forwarding") and len(words) > 3:
                port.vrf = words[3]
            if words[:2] == ("no", "access-group"):
                port.lists[:] = [p for p in port.lists if words[2:3] not in ((), (p[0],))]
            elif head == "access-group" and len(words) > 1:
                port.lists.append((words[1], self.location, self.text))
            elif words[:2] in (("ip", "address"), ("ipv6", "address")) and len(words) > 2:
                family: Family = 4 if head == "ip" else 6
                host, _, length = words[2].partition("/")
                value, size = address_value(host, family), decimal(length, 32 if family == 4 else 128)
                if value is not None and size is not None:
                    port.addresses.append((family, value, size))
            elif words[:3] == ("switchport", "access", "vlan") and len(words) > 3:
                port.vlans = {f"vlan{words[3]}"}
            elif words[:5] == ("switchport", "trunk", "allowed", "vlan", "add") and len(words) > 5:
                port.vlans |= _vlans(words[5])
        if head in _FILTERS and head != "access-group":
            self.problems.add(self.location, self.text, reasons.OTHER_FILTER, widened=False)
        elif head not in INTERFACE_WORDS | _FILTERS:
            self.report(reasons.UNKNOWN)

    def _zone(self, words: Sequence[str]) -> None:
        """``network``, ``host``, ``ip subnet A [interface I]``, ``ip address A`` of the entities zone.network.host."""
        head = words[0].lower()
        if head == "network" and len(words) > 1:
            self.names = (self.names[0], words[1])
        elif head == "host" and len(words) > 1 and len(self.names) > 1:
            self.names = (*self.names[:2], words[1])
        elif head in ("ip", "ipv6") and words[1:2] in (("subnet",), ("address",)) and len(words) > 2:
            family: Family = 4 if head == "ip" else 6
            host, slash, length = words[2].partition("/")
            value = address_value(host, family)
            size = decimal(length, 32 if family == 4 else 128) if slash else (32 if family == 4 else 128)
            if value is None or size is None:
                raise Misread(reasons.BAD_ADDRESS.format(text=words[2][:80]))
            interface = words[4] if words[3:4] == ("interface",) and len(words) > 4 else ""
            part = (family, prefix_values(value, size, family), interface)
            for depth in range(1, len(self.names) + 1):
                # A host's address lies in its network already; it widens the network only if it does not.
                if depth == len(self.names) or words[1] == "subnet":
                    self.entities.setdefault(".".join(self.names[:depth]), Network(self.location)).parts.append(part)
            return
        else:
            raise Misread(reasons.UNKNOWN)
        self.entities.setdefault(".".join(self.names), Network(self.location))

    def _application(self, words: Sequence[str]) -> None:
        fields = self.applications[self.names[0]]
        head = words[0].lower()
        if head == "protocol" and len(words) > 1:
            number = PROTOCOL_NUMBERS.get(words[1].lower(), decimal(words[1], 255))
            if number is None:
                raise Misread(reasons.BAD_PROTOCOL.format(text=words[1][:80]))
            fields[Field.PROTO] = IntervalSet.single(number)
        elif head in ("sport", "dport") and len(words) > 1 and words[1] != "any":
            low = decimal(words[1], 65535)
            high = decimal(words[3], 65535) if words[2:3] == ("to",) and len(words) > 3 else low
            if low is None or high is None:
                raise Misread(reasons.BAD_PORT.format(text=" ".join(words)[:80]))
            fields[Field.SPORT if head == "sport" else Field.DPORT] = IntervalSet.of((low, high))
        elif head == "icmp-type" and len(words) > 1 and decimal(words[1], 255) is not None:
            fields[Field.SPORT] = IntervalSet.single(decimal(words[1], 255) or 0)
        elif head not in ("dport", "sport", "description"):
            raise Misread(reasons.UNKNOWN)

    def _rule_taken_back(self, words: Sequence[str]) -> None:
        """``no rule N``, ``no protect`` of the firewall, ``no enable`` of the translation."""
        known = self.rules if self.block == "firewall" else self.nat
        if words[0] == "rule":
            number = decimal(words[1], 65535) if len(words) > 1 else None
            if number is None and words[1:2] != ("all",):
                raise Misread(reasons.UNKNOWN)
            known[:] = [r for r in known if number is not None and r.number != number]
        elif words[0] == "protect" and self.block == "firewall":
            self.protect = None
        elif words[0] == "enable" and self.block == "nat":
            self.nat_enabled = False

    def _rule(self, words: Sequence[str]) -> None:
        head = words[0].lower()
        if head == "protect":
            self.protect = self.location
        elif head == "no" and words[1:2] in (("protect",), ("enable",), ("rule",)):
            self._rule_taken_back(words[1:])
        elif head == "enable" and self.block == "nat":
            self.nat_enabled = True
        elif head == "rule" and len(words) > 3:
            number = decimal(words[1], 65535)
            rest = words[2:] if number is not None else words[1:]
            known = self.rules if self.block == "firewall" else self.nat
            order = number if number is not None else max((r.number for r in known), default=0) + 10
            known.append(FirewallRule(order, rest[0].lower(), tuple(rest[1:]), self.location, self.text))
        elif head not in ("connection-limit", "connection-log", "debug"):
            raise Misread(reasons.UNKNOWN)


def _condition(words: list[str], fields: dict[Field, IntervalSet], doubts: list[str]) -> None:
    """``PROTOCOL SOURCE [PORTS] DESTINATION [PORTS] [icmp-type N] [vlan N]``; both addresses must be there."""
    protocol = words.pop(0) if words else ""
    if protocol == "proto" and words:
        protocol = words.pop(0)
    number = PROTOCOL_NUMBERS.get(protocol, decimal(protocol, 255))
    if protocol == "mac":
        doubts.append("mac")
        return
    if number is None and protocol != "ip":
        raise Misread(reasons.BAD_PROTOCOL.format(text=protocol[:80]))
    if number is not None:
        fields[Field.PROTO] = IntervalSet.single(number)
    for address, port in ((Field.SRC, Field.SPORT), (Field.DST, Field.DPORT)):
        values = _address(words)
        if values is not None:
            fields[address] = values
        if words and words[0] in ("eq", "lt", "gt", "ne", "range"):
            fields[port] = _port(words)
    while words:
        word = words.pop(0)
        value = decimal(words.pop(0), 4094) if words else None
        if word == "icmp-type" and value is not None and value < 256:
            fields[Field.SPORT] = IntervalSet.single(value)
        elif word in ("vlan", "inner-vlan", "dscp", "tos"):
            doubts.append(f"{word} {value}")
        else:
            raise Misread(reasons.EXTRA.format(text=word[:80]))


def _address(words: list[str]) -> IntervalSet | None:
    """``any``, ``host A``, ``A/LENGTH``, ``A REVERSE-MASK``."""
    text = words.pop(0) if words else ""
    if text == "any":
        return None
    if text == "host":
        text = words.pop(0) if words else ""
    host, slash, length = text.partition("/")
    value, size = address_value(host, 4), decimal(length, 32)
    if value is None or (slash and size is None):
        raise Misread(reasons.BAD_ADDRESS.format(text=text[:80]))
    if size is not None:
        return prefix_values(value, size, 4)
    reverse = address_value(words[0], 4) if words else None
    if reverse is None:
        return IntervalSet.single(value)
    words.pop(0)
    values = masked_values(value, ~reverse & TOP[4], 4)
    if values is None:
        raise Misread(reasons.BAD_ADDRESS.format(text=text[:80]))
    return values


def _port(words: list[str]) -> IntervalSet:
    operator = words.pop(0)
    low = decimal(words.pop(0), 65535) if words else None
    high = decimal(words.pop(0), 65535) if operator == "range" and words else low
    if low is None or high is None or low > high:
        raise Misread(reasons.BAD_PORT.format(text=operator))
    one = IntervalSet.of((low, high))
    below, above = IntervalSet.of((0, low - 1)), IntervalSet.of((low + 1, 65535))
    return {"eq": one, "range": one, "ne": one.complement(65535), "lt": below, "gt": above}[operator]


def _expanded(text: str) -> tuple[str, ...]:
    """``port1.0.1-1.0.4,port1.0.7``, ``vlan1`` as single names; at most a few hundred."""
    out: list[str] = []
    for part in text.split(",")[:64]:
        found = _PORTS.match(part)
        if found is None or len(found.group(3)) > 4 or len(found.group(4) or "") > 4:
            out.append(part[:80])
            continue
        stack, module, first, last = found.groups()
        numbers = range(int(first), min(int(last or first), int(first) + 96) + 1)
        out += [f"port{stack}.{module}.{n}" for n in numbers]
    return tuple(out)


def _vlans(text: str) -> set[str]:
    out: set[str] = set()
    for part in text.split(",")[:64]:
        first, _, last = part.partition("-")
        low, high = decimal(first, 4094), decimal(last or first, 4094)
        if low is not None and high is not None:
            out.update(f"vlan{n}" for n in range(low, high + 1))
    return out
