"""Interfaces: addresses, zones, and which lists filter on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from segmentation.device.device import InterfaceInfo
from segmentation.model.addresses import Address, Family
from segmentation.vendors.cisco_acl import reasons, values
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
from segmentation.vendors.ios.statements import INTERFACE, INTERFACE_IP
from segmentation.vendors.reading import shown

_DIRECTIONS = {"in": "in", "out": "out", "ingress": "in", "egress": "out"}
#: Interfaces that no packet is forwarded through.
_NOT_FORWARDING = ("loopback", "null", "mgmt", "management", "nve")


@dataclass(slots=True)
class Interface:
    """An interface while its statements are read."""

    name: str
    line: Line
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    families: set[Family] = field(default_factory=set)  # for which it routes
    switched: bool = False
    vlan: int | None = None
    zone: str = ""
    vrf: str = ""
    shutdown: bool = False
    nat: str = ""  # inside | outside
    description: str = ""
    policies: dict[str, tuple[str, Line]] = field(default_factory=dict)  # EOS traffic policies by direction
    inspected: list[Line] = field(default_factory=list)  # ip inspect
    said: list[Line] = field(default_factory=list)  # every line below it
    filters: dict[tuple[str, Family], list[tuple[str, Line]]] = field(default_factory=dict)

    @property
    def forwards(self) -> bool:
        """Whether packets can come in or go out there."""
        return not self.shutdown and not self.name.lower().startswith(_NOT_FORWARDING)

    def passes(self, family: Family) -> bool:
        """Whether it carries packets of a family: it routes them, or it is a switch port."""
        return self.forwards and (family in self.families or self.switched or (family == 4 and not self.addresses))

    def info(self) -> InterfaceInfo:
        """The neutral form; the zone is the security zone."""
        return InterfaceInfo(
            name=self.name, addresses=tuple(self.addresses), vlan=self.vlan, zone=self.zone, location=self.line.location,
            enabled=not self.shutdown, description=self.description, vrf=self.vrf,
        )  # fmt: skip


def read_interface(block: Block, known: dict[str, Interface], problems: Problems) -> Interface:
    """Read an interface; a second block of the same name adds to the first."""
    name = "".join(block.words[1:3]) if len(block.words) > 2 and block.words[2][:1].isdecimal() else " ".join(block.words[1:2])
    interface = known.setdefault(name, Interface(name, block.head))
    if name.lower().startswith("vlan") and name[4:].isdecimal():
        interface.vlan = int(name[4:][:5])
    interface.said += block.body
    for line in block.body:
        if line.words[0] == "description":
            interface.description = shown(" ".join(line.words[1:]))
        if line.indent > block.body[0].indent and not _READERS.get(line.words[0]):
            continue  # below a sub-mode of the interface (service instance, pvc …)
        words = line.words
        off = words[0] in ("no", "default")
        if off:
            _taken_back(interface, words[1:])
            continue
        reader = _READERS.get(words[0])
        if reader is not None:
            reader(interface, line, problems)
        elif words[0] not in INTERFACE:
            problems.report(line, reasons.STATEMENT)
    return interface


def _taken_back(interface: Interface, words: tuple[str, ...]) -> None:
    """``no …`` and ``default …`` below an interface: what was set before is not."""
    family: Family = 6 if words[:1] == ("ipv6",) else 4
    match words:
        case ("shutdown", *_):
            interface.shutdown = False
        case ("switchport",):
            interface.switched = False
        case ("ip" | "ipv4" | "ipv6", *_) if {"access-group", "traffic-filter"} & set(words[1:3]):
            said = {_DIRECTIONS[w] for w in words if w in _DIRECTIONS} or {"in", "out"}
            for direction in said:
                interface.filters.pop((direction, family), None)
        case ("ip" | "ipv4" | "ipv6", "address"):
            interface.addresses = [a for a in interface.addresses if a[0] != family]
        case ("ip", "inspect", *_):
            interface.inspected.clear()
        case ("zone-member", *_):
            interface.zone = ""
        case ("traffic-policy", *_):
            interface.policies.clear()


def _ip(interface: Interface, line: Line, problems: Problems) -> None:
    words = line.words
    what = words[1] if len(words) > 1 else ""
    family: Family = 6 if words[0] == "ipv6" else 4
    if what == "address":
        _address(interface, line, family, problems)
    elif what in ("access-group", "traffic-filter") or words[1:3] == ("port", "access-group"):
        _filter(interface, line, family, problems)
    elif what in ("unnumbered", "enable"):
        interface.families.add(family)
    elif what == "vrf" and len(words) > 3:
        interface.vrf = words[3]
    elif what == "nat":
        if words[2:3] in (("inside",), ("outside",)):
            interface.nat = words[2]
        else:
            problems.report(line, reasons.TRANSLATION)
    elif what == "inspect":
        interface.inspected.append(line)
        # Context-based access control opens the list of the other direction for replies only (IOS Security
        # Configuration Guide, "Configuring Context-Based Access Control"): nobody can initiate by it.
        return
    elif what not in INTERFACE_IP:
        problems.report(line, reasons.STATEMENT)


def _address(interface: Interface, line: Line, family: Family, problems: Problems) -> None:
    words = line.words
    interface.families.add(family)
    word = words[2] if len(words) > 2 else ""
    if word in ("dhcp", "negotiated", "autoconfig", "virtual", "pool", "auto-config") or word.lower().startswith("fe80:"):
        return
    host, slash, length = word.partition("/")
    try:
        address = Address.parse(host)
        if slash:
            bits = int(length) if length.isascii() and length.isdecimal() and len(length) < 4 else -1
        elif family == 4 and len(words) > 3:
            mask = values.ipv4(words[3])
            bits = -1 if mask is None else mask.bit_count()
        else:
            bits = 128 if family == 6 else 32
        if address.family != family:
            bits = -1
    except ValueError:
        bits = -1
    if bits < 0 or bits > (32 if family == 4 else 128):
        if family == 4 or word.count(":") < 1:  # IPv6 general prefixes have names
            problems.report(line, reasons.ADDRESS.format(word=word), widened=False)
        return
    interface.addresses.append((address.family, address.value, bits))


def _filter(interface: Interface, line: Line, family: Family, problems: Problems) -> None:
    words = list(line.words[1:])
    if words[0] == "port":
        words.pop(0)
    words = [w for w in words[1:] if w not in ("common", "interface-statistics", "hardware-count", "compress", "level")]
    name = words[0] if words else ""
    direction = _DIRECTIONS.get(words[1] if len(words) > 1 else "in")
    if not name or direction is None:
        problems.report(line, reasons.MISSING.format(what=values.NAME))
        return
    lists = interface.filters.setdefault((direction, family), [])
    if "common" not in line.words:  # the last list of a kind (of the interface, of the port) is the one that is applied
        lists[:] = [n for n in lists if "common" in n[1].words or n[1].words[1] != line.words[1]]
    lists.append((name, line))


def _zone(interface: Interface, line: Line, _problems: Problems) -> None:
    interface.zone = line.words[-1]


def _vrf(interface: Interface, line: Line, _problems: Problems) -> None:
    interface.vrf = line.words[-1]


def _shutdown(interface: Interface, _line: Line, _problems: Problems) -> None:
    interface.shutdown = True


def _switchport(interface: Interface, line: Line, _problems: Problems) -> None:
    interface.switched = True
    if line.words[1:3] == ("access", "vlan") and line.words[-1].isdecimal():
        interface.vlan = int(line.words[-1][:5])


def _encapsulation(interface: Interface, line: Line, _problems: Problems) -> None:
    if "dot1q" in [w.lower() for w in line.words] and (tags := [w for w in line.words if w.isdecimal()]):
        interface.vlan = int(tags[0][:5])


def _policy(interface: Interface, line: Line, problems: Problems) -> None:
    """``traffic-policy input|output NAME`` filters; ``service-policy`` can drop packets and lets no more pass."""
    words = line.words
    if words[0] == "traffic-policy" and len(words) > 2 and words[1] in ("input", "output"):
        interface.policies["in" if words[1] == "input" else "out"] = (words[2], line)
    elif words[0] == "traffic-policy" or "pbr" in words:
        problems.report(line, reasons.NOT_ANALYSED.format(what=" ".join(words[:3])), widened=False)


_READERS: dict[str, Callable[[Interface, Line, Problems], None]] = {
    "ip": _ip, "ipv4": _ip, "ipv6": _ip, "zone-member": _zone, "vrf": _vrf, "shutdown": _shutdown, "switchport": _switchport,
    "encapsulation": _encapsulation, "service-policy": _policy, "traffic-policy": _policy,
}  # fmt: skip
