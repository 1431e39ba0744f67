"""Interfaces of an ASA: name, security level, addresses."""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.device import InterfaceInfo
from segmentation.device.match import InterfaceMatch
from segmentation.model.addresses import Address, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.asa.statements import INTERFACE
from segmentation.vendors.cisco_acl import reasons, values
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
from segmentation.vendors.reading import shown


@dataclass(slots=True)
class Interface:
    """An interface while its statements are read; without ``nameif`` it passes nothing."""

    hardware: str
    line: Line
    name: str = ""
    level: int | None = None
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    vlan: int | None = None
    shutdown: bool = False
    management: bool = False
    description: str = ""
    vrf: str = ""
    access_vlan: int | None = None  # of a switch port (ASA 5505, Firepower 1010)
    learned_default: Line | None = None  # "ip address dhcp setroute" and the like
    configured: bool = False  # more than its name is written

    @property
    def forwards(self) -> bool:
        """Whether packets go through: ``management-only`` interfaces take only what is for the device itself."""
        return bool(self.name) and not self.shutdown and not self.management

    @property
    def trust(self) -> int:
        """The security level: 100 for the name ``inside``, else 0, unless written (General Operations CLI Guide)."""
        return self.level if self.level is not None else 100 if self.name == "inside" else 0

    @property
    def own(self) -> AddressSet:
        """Its IPv4 address."""
        return AddressSet(v4=IntervalSet.from_iter((a, a) for f, a, _ in self.addresses if f == 4))

    def info(self) -> InterfaceInfo:
        """The neutral form; the vendor's zone is the interface's name."""
        return InterfaceInfo(
            name=self.name or self.hardware, addresses=tuple(self.addresses), vlan=self.vlan, zone=self.name,
            location=self.line.location, enabled=not self.shutdown, description=self.description, vrf=self.vrf,
        )  # fmt: skip


def named(*interfaces: Interface) -> InterfaceMatch:
    """A match on interfaces by their names and by their hardware names: a zone model may use either."""
    return InterfaceMatch(tuple(dict.fromkeys(n for i in interfaces for n in (i.name, i.hardware))))


def read_interface(block: Block, known: dict[str, Interface], problems: Problems) -> None:
    """Read an interface; a second block of the same name adds to the first."""
    hardware = "".join(block.words[1:])
    interface = known.setdefault(hardware, Interface(hardware, block.head))
    interface.configured |= bool(block.body)
    for line in block.body:
        words = line.words
        if words[:2] in (("ip", "address"), ("ipv6", "address")):
            _address(interface, line, problems)
        elif words[0] == "no":
            _taken_back(interface, words[1:])
        elif not _setting(interface, line) and words[0] not in INTERFACE and words[:2] not in _WITH_IP:
            problems.report(line, reasons.STATEMENT)


def _taken_back(interface: Interface, words: tuple[str, ...]) -> None:
    """``no …`` below an interface."""
    match words[:1]:
        case ("shutdown",):
            interface.shutdown = False
        case ("nameif",):
            interface.name = ""
        case ("security-level",):
            interface.level = None
        case ("management-only",):
            interface.management = False
        case ("ip" | "ipv6",) if words[1:2] == ("address",):
            family = 4 if words[0] == "ip" else 6
            interface.addresses = [a for a in interface.addresses if a[0] != family]


_WITH_IP = (("ip", "verify"), ("ip", "unnumbered"), ("vrf", "forwarding"))


def _setting(interface: Interface, line: Line) -> bool:
    """Take one option; whether it is one that is read."""
    words = line.words
    number = int(words[-1][:5]) if words[-1].isascii() and words[-1].isdecimal() else None
    match words[0]:
        case "nameif" if len(words) > 1:
            interface.name = words[1]
        case "security-level" if number is not None:
            interface.level = number
        case "shutdown":
            interface.shutdown = True
        case "management-only":
            interface.management = True
        case "vlan" if number is not None:
            interface.vlan = number
        case "description":
            interface.description = shown(line.raw.partition(" ")[2])
        case "switchport" if words[1:3] == ("access", "vlan"):
            interface.access_vlan = number
        case "vrf" if len(words) > 2:
            interface.vrf = words[2]
        case _:
            return False
    return True


def _address(interface: Interface, line: Line, problems: Problems) -> None:
    word = line.words[2] if len(line.words) > 2 else ""
    if word in ("dhcp", "pppoe", "autoconfig", "dhcp-client"):
        if "setroute" in line.words:
            interface.learned_default = line
        return
    host, _, length = word.partition("/")
    mask = values.ipv4(line.words[3]) if len(line.words) > 3 else None
    try:
        address = Address.parse(host)
    except ValueError:
        problems.report(line, reasons.ADDRESS.format(word=word), widened=False)
        return
    digits = length.isascii() and length.isdecimal() and len(length) < 4
    bits = int(length) if digits else mask.bit_count() if mask is not None else 32 if address.family == 4 else 128
    if bits <= (32 if address.family == 4 else 128):
        interface.addresses.append((address.family, address.value, bits))
