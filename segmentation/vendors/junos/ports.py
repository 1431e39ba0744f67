"""Physical ports: mode, VLANs, native VLAN, identification.

Junos OS Ethernet Switching User Guide ("interface-mode", "port-mode", "native-vlan-id"), User Access and Authentication
Guide ("802.1X Authentication", "mac-radius", "Secure Access Port").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import decimal
from segmentation.device.management import PhysicalPort
from segmentation.model.location import Location
from segmentation.vendors.junos.statements import Statement

_PHYSICAL = re.compile(r"(?:fe|ge|mge|xe|et|t1|e1|so|at)-\d+/\d+/\d+(?::\d+)?$|(?:fxp|em|me|vme)\d*$")
_HIGHEST = 4094


@dataclass(slots=True)
class _Port:
    name: str
    location: Location
    enabled: bool = True
    description: str = ""
    mode: str = ""
    members: list[str] = field(default_factory=list)
    native: int | None = None
    routed: bool = False
    identification: str = ""
    said: int = 0


def physical_ports(
    statements: Sequence[Statement], vlans: Mapping[str, tuple[int | None, str]]
) -> tuple[PhysicalPort, ...]:  # fmt: skip
    """Every physical interface that the configuration speaks of, in its order."""
    ports: dict[str, _Port] = {}
    for each in statements:
        words = each.words
        if words[0] == "interfaces" and len(words) > 1 and _PHYSICAL.match(words[1]):
            port = ports.setdefault(words[1], _Port(words[1], each.location))
            _property(port, words[2:])
    for each in statements:
        _identification(ports, each.words)
    return tuple(_port(p, vlans) for p in ports.values())


def _property(port: _Port, words: tuple[str, ...]) -> None:
    port.said += bool(words)
    match words:
        case ("disable",) | ("unit", "0", "disable"):
            port.enabled = False
        case ("description", *text) | ("unit", "0", "description", *text):
            port.description = " ".join(text)[:300]
        case ("native-vlan-id", number):
            port.native = decimal(number, _HIGHEST)
        case ("unit", _, "family", "ethernet-switching", *rest):
            port.mode = port.mode or "access"
            _switching(port, tuple(rest))
        case ("unit", _, "family", "inet" | "inet6", *_):
            port.routed = True
        case _:
            pass


def _switching(port: _Port, words: tuple[str, ...]) -> None:
    match words:
        case ("interface-mode" | "port-mode", mode):
            port.mode = "trunk" if mode == "trunk" else "access"
        case ("vlan", "members", member):
            port.members.append(member)
        case ("native-vlan-id", number):
            port.native = decimal(number, _HIGHEST)
        case _:
            pass


def _identification(ports: dict[str, _Port], words: tuple[str, ...]) -> None:
    kind = ""
    name = ""
    if words[:4] == ("protocols", "dot1x", "authenticator", "interface") and len(words) > 4:
        kind, name = ("mac-auth" if words[5:] == ("mac-radius", "restrict") else "dot1x"), words[4]
    elif words[:2] == ("switch-options", "interface") and len(words) > 3 and words[3] in ("interface-mac-limit", "static-mac"):
        kind, name = "port-security", words[2]
    elif words[:3] == ("ethernet-switching-options", "secure-access-port", "interface") and len(words) > 4:
        kind, name = ("port-security" if words[4] in ("mac-limit", "allowed-mac") else ""), words[3]
    if not kind:
        return
    wanted = [p for p in ports.values() if name == "all" or name.removesuffix(".0") == p.name]
    for port in wanted:
        if not port.identification or kind == "mac-auth":
            port.identification = kind


def _port(port: _Port, vlans: Mapping[str, tuple[int | None, str]]) -> PhysicalPort:
    numbers: set[int] = set()
    everything = False
    for member in port.members:
        low, _, high = member.partition("-")
        first, last = decimal(low, _HIGHEST), decimal(high or low, _HIGHEST)
        if member == "all":
            everything = True
        elif first is not None and last is not None:
            numbers.update(range(first, last + 1))
        else:
            number = vlans.get(member, (None, ""))[0]
            numbers |= {number} if number is not None else set()
    if port.native is not None:
        numbers.add(port.native)
    mode = port.mode or ("routed" if port.routed else "")
    return PhysicalPort(
        name=port.name, location=port.location, enabled=port.enabled, description=port.description, mode=mode,
        vlans=() if everything else tuple(sorted(numbers)), native_vlan=port.native if mode == "trunk" else None,
        identification=port.identification, configured=port.said > 0,
    )  # fmt: skip
