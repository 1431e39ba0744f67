"""Physical ports: mode, VLANs, and how the device at the other end is identified.

Catalyst Security Configuration Guide, "Configuring IEEE 802.1x Port-Based Authentication" and "Configuring Port Security";
Layer 2 Configuration Guide, "Configuring VLAN Trunks" (native VLAN 1, all VLANs allowed).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from segmentation.device.management import PhysicalPort
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.ios.interfaces import Interface

_PHYSICAL = re.compile(
    r"(?:app|fast|gigabit|ten|two|five|twentyfive|forty|fifty|hundred|twohundred|fourhundred)*"
    r"(?:gigabit|gigabitethernet|ethernet|gige|gig)*ethernet[\d/]+$|(?:two|five|ten|twentyfive|forty|hundred)gig(?:e|abitethernet)"
    r"[\d/]+$|(?:et|eth|gi|fa|te)[\d/]+$|serial[\d/:]+$|(?:mgmt|management)\d+(?:/\d+)?$|cellular[\d/]+$|dot11radio[\d/]+$"
)
_HIGHEST = 4094


@dataclass(slots=True)
class _Port:
    mode: str = ""
    access: int = 1
    voice: int | None = None
    trunk: set[int] | None = None  # None: all
    native: int = 1
    bundle: str = ""
    said: set[str] = field(default_factory=set)


def physical_ports(blocks: Sequence[Block], interfaces: dict[str, Interface]) -> tuple[PhysicalPort, ...]:
    """Every port of the configuration with what is switched on it; a member of a bundle takes what the bundle says."""
    templates = {b.words[1]: b.body for b in blocks if b.words[0] == "template" and len(b.words) > 1}
    controlled = any(b.words[:2] == ("dot1x", "system-auth-control") for b in blocks)
    read = {i.name: _read(i, templates) for i in interfaces.values()}
    bundles = {
        re.sub(r"\D", "", name): port for name, port in read.items() if name.lower().startswith(("port-channel", "po"))
    }  # fmt: skip
    out = []
    for interface in interfaces.values():
        if not _PHYSICAL.match(interface.name.lower()):
            continue
        port = read[interface.name]
        above = bundles.get(port.bundle)
        switched = port if port.mode or above is None else above
        out.append(_physical(interface, switched, _identification(port.said, controlled=controlled)))
    return tuple(out)


@dataclass(slots=True)
class Carriers:
    """The switch ports whose frames come to the interface of a VLAN: those only of this VLAN, and trunks."""

    access: list[str] = field(default_factory=list)
    trunks: list[str] = field(default_factory=list)


def carriers(blocks: Sequence[Block], interfaces: dict[str, Interface]) -> dict[int, Carriers]:
    """Switch ports by the VLANs of routed interfaces."""
    templates = {b.words[1]: b.body for b in blocks if b.words[0] == "template" and len(b.words) > 1}
    wanted = {i.vlan for i in interfaces.values() if i.vlan is not None and not i.switched}
    out: dict[int, Carriers] = {vlan: Carriers() for vlan in wanted}
    for interface in interfaces.values():
        if not interface.switched or not interface.forwards:
            continue
        port = _read(interface, templates)
        if port.mode == "trunk":
            for vlan in wanted if port.trunk is None else wanted & port.trunk:
                out[vlan].trunks.append(interface.name)
        elif port.access in wanted:
            out[port.access].access.append(interface.name)
    return out


def mark_switch_ports(interfaces: dict[str, Interface]) -> None:
    """On a switch a port without a statement of its own forwards frames of VLAN 1 (Catalyst Layer 2 Configuration Guide)."""
    if not any(i.switched or i.name.lower().startswith("vlan") for i in interfaces.values()):
        return
    for interface in interfaces.values():
        routes = interface.families or interface.filters or interface.vrf or interface.zone
        sub = "." in interface.name or any(line.words == ("no", "switchport") for line in interface.said)
        if _PHYSICAL.match(interface.name.lower()) and not (routes or sub):
            interface.switched = True


def _physical(interface: Interface, port: _Port, identification: str) -> PhysicalPort:
    mode = port.mode or ("routed" if interface.addresses or interface.families else "")
    vlans: tuple[int, ...] = ()
    native: int | None = None
    if mode == "access":
        vlans = tuple(sorted({port.access} | ({port.voice} if port.voice else set())))
    elif mode == "trunk":
        native = port.native
        # "allowed vlan none" still carries the frames of the native VLAN's control protocols; empty means all here.
        vlans = () if port.trunk is None else tuple(sorted(port.trunk or {port.native}))
    return PhysicalPort(
        name=interface.name, location=interface.line.location, enabled=not interface.shutdown,
        description=interface.description, mode=mode, vlans=vlans, native_vlan=native, identification=identification,
        configured=bool(interface.said),
    )  # fmt: skip


def _read(interface: Interface, templates: dict[str, list[Line]]) -> _Port:
    port = _Port()
    said = list(interface.said)
    for line in interface.said:
        if line.words[:2] == ("source", "template") and len(line.words) > 2:
            said = [*templates.get(line.words[2], ()), *said]
    for line in said:
        _line(port, line.words)
    return port


def _line(port: _Port, words: tuple[str, ...]) -> None:
    head, rest = words[0], words[1:]
    if head == "no" and rest[:1] == ("switchport",):
        port.mode = "routed" if len(rest) == 1 else port.mode
    elif head == "switchport":
        _switchport(port, rest)
    elif head == "channel-group" and rest:
        port.bundle = rest[0]
    elif head != "no":
        port.said.add(" ".join(words[:3]))


def _switchport(port: _Port, words: tuple[str, ...]) -> None:
    what = words[:3]
    if words[:1] == ("mode",) and len(words) > 1:
        port.mode = "access" if words[1] in ("access", "dot1q-tunnel") else "trunk" if words[1] == "trunk" else port.mode
        port.said.add(f"switchport mode {words[1]}")
    elif what[:2] == ("access", "vlan") and len(words) > 2:
        port.access, port.mode = _vlan(words[2]), port.mode or "access"
    elif what[:2] == ("voice", "vlan") and len(words) > 2 and words[2].isdecimal():
        port.voice = _vlan(words[2])
    elif what == ("trunk", "native", "vlan") and len(words) > 3:
        port.native = _vlan(words[3])
    elif what == ("trunk", "allowed", "vlan"):
        _allowed(port, words[3:])
    elif words[:1] == ("port-security",):
        port.said.add("switchport port-security" if len(words) == 1 else "")
    elif not words:
        port.mode = port.mode or "access"


def _allowed(port: _Port, words: tuple[str, ...]) -> None:
    verb = words[0] if words else ""
    listed = vlan_numbers(words[-1]) if words else set()
    everything = set(range(1, _HIGHEST + 1))
    if verb == "add":
        port.trunk = None if port.trunk is None else port.trunk | listed
    elif verb == "remove":
        port.trunk = (everything if port.trunk is None else port.trunk) - listed
    elif verb == "except":
        port.trunk = everything - listed
    elif verb == "none":
        port.trunk = set()
    elif verb == "all":
        port.trunk = None
    else:
        port.trunk = listed


def vlan_numbers(word: str) -> set[int]:
    """``10,20-30`` as numbers; what is no number is left out."""
    out: set[int] = set()
    for part in word.split(",")[:4096]:
        low, _, high = part.partition("-")
        a, b = _vlan(low), _vlan(high or low)
        if 0 < a <= b:
            out.update(range(a, b + 1))
    return out


def _vlan(word: str) -> int:
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= 4 and int(word) <= _HIGHEST else 0


def _identification(said: set[str], *, controlled: bool) -> str:
    """802.1X works only with ``dot1x system-auth-control``; ``authentication open`` lets everybody in before."""
    first = {" ".join(s.split()[:2]) for s in said} | {s.split()[0] for s in said if s}
    if "authentication open" in first:
        return "port-security" if "switchport port-security" in said else ""
    authenticates = any(
        s.startswith(("authentication port-control auto", "access-session port-control auto", "dot1x port-control auto"))
        for s in said
    )
    if authenticates and controlled and ("dot1x pae" in first or "dot1x port-control" in first or "dot1x" in first):
        return "dot1x"
    if authenticates and "mab" in first:
        return "mac-auth"
    if "switchport port-security" in said:
        return "port-security"
    if "ip admission" in first or "dot1x mac-auth-bypass" in first:
        return "web-auth" if "ip admission" in first else "mac-auth"
    return ""
