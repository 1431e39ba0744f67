"""What an AlliedWare Plus device says of itself: services, accounts, logging, clock, ports, tunnels, routes.

AlliedWare Plus command reference (C613-50631, C613-50186): "service telnet", "vty access-class", "snmp-server community",
"username", "log host", "ntp server", "switchport …", "auth-mac enable", "dot1x port-control", "tunnel mode", "ip route".
A running configuration writes out whether Telnet, SSH and the web server are on (from memory).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from segmentation.device.lexical import address_value, decimal
from segmentation.device.management import (
    Account,
    ManagementService,
    PhysicalPort,
    RemoteAccess,
    Route,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
    Tunnel,
)
from segmentation.model.addresses import AddressSet, Family
from segmentation.model.location import Location
from segmentation.vendors.reading import MASK, SourceText, shown

_WELL_KNOWN = frozenset({"public", "private"})
#: The hash of the password that every device is shipped with, for the account "manager".
_FACTORY_HASH = "$1$bJoVec4D$JwOJGPr7YqoExA0GVasdE0"
_SERVICES = {"telnet": ServiceKind.TELNET, "ssh": ServiceKind.SSH, "http": ServiceKind.HTTP}
_VERSION = re.compile(r"! (?:AlliedWare Plus|Software version)\W+(\S+?)-?(\d[\w.-]*)\s*$")
_FAMILY: dict[str, Family] = {"ip": 4, "ipv6": 6}
_HIGHEST = 4094

#: Who a standard list of this name permits; ``None`` when there is none.
Sources = Callable[[str], AddressSet | None]


@dataclass(frozen=True, slots=True)
class Said:
    """A line, with the words of the block it stands in."""

    words: tuple[str, ...]
    text: str
    location: Location
    block: tuple[str, ...] = ()


def management_services(said: Sequence[Said], sources: Sources) -> tuple[ManagementService, ...]:
    """``service telnet|ssh|http``, ``snmp-server community``."""
    lines = next((s.words[2] for s in said if s.words[:2] == ("vty", "access-class") and len(s.words) > 2), "")
    on: dict[ServiceKind, Said] = {}
    for each in said:
        words = each.words
        if words[0] == "service" and words[1:2] and words[1] in _SERVICES:
            on[_SERVICES[words[1]]] = each
        elif words[:2] == ("no", "service") and words[2:3] and words[2] in _SERVICES:
            on.pop(_SERVICES[words[2]], None)
    out = [
        ManagementService(
            kind=kind, location=at.location, text=at.text,
            sources=sources(lines) if lines and kind is not ServiceKind.HTTP else None,
        )
        for kind, at in on.items()
    ]  # fmt: skip
    for each in said:
        words = each.words
        if words[:2] == ("snmp-server", "community") and len(words) > 2:
            named = next((w for w in words[3:] if w not in ("ro", "rw", "view")), "")
            limited = named if "view" not in words else words[-1] if words[-2:-1] != ("view",) else ""
            out.append(
                ManagementService(
                    kind=ServiceKind.SNMP, location=each.location, version="2c", writable="rw" in words[3:],
                    text=shown(" ".join((*words[:2], MASK, *words[3:]))), well_known_secret=words[2].lower() in _WELL_KNOWN,
                    sources=sources(limited) if limited else None,
                )
            )  # fmt: skip
    return tuple(sorted(out, key=lambda s: (s.location, s.kind)))


def accounts(said: Sequence[Said]) -> tuple[Account, ...]:
    """``username NAME privilege N password [8] …``; the account that is shipped is "manager"."""
    found: dict[str, Account] = {}
    for each in said:
        words = each.words
        if words[0] == "username" and len(words) > 1:
            at = words.index("password") if "password" in words else len(words)
            rest = words[at + 1 :]
            hashed = rest[:1] == ("8",) or any(w.startswith("$") for w in rest)
            weak = "" if not rest else "factory password" if _FACTORY_HASH in rest else "" if hashed else "plain"
            if not weak and any(w.startswith("$1$") for w in rest):
                weak = "md5"
            found[words[1]] = Account(
                name=words[1], location=each.location, factory=words[1] == "manager", no_password=not rest, weak_hash=weak
            )  # fmt: skip
        elif words[:2] == ("enable", "password") and len(words) > 2:
            weak = "" if words[2] == "8" else "plain"
            found["enable"] = Account(name="enable", location=each.location, weak_hash=weak)
    return tuple(found.values())


def syslog_targets(said: Sequence[Said]) -> tuple[SyslogTarget, ...]:
    """``log host A``; further lines of a host set levels; ``secure`` means TLS."""
    found: dict[str, SyslogTarget] = {}
    for each in said:
        words = each.words
        if words[:2] == ("log", "host") and len(words) > 2 and words[2] not in ("source", "startup-delay"):
            secure = "secure" in words[3:]
            known = found.get(words[2])
            if known is None or secure:
                found[words[2]] = SyslogTarget(
                    host=words[2], location=each.location, protocol="tls" if secure else "udp", port=6514 if secure else 514
                )  # fmt: skip
    return tuple(found.values())


def time_servers(said: Sequence[Said]) -> tuple[TimeServer, ...]:
    """``ntp server A [key N]``, ``ntp peer A``."""
    keyed = any(s.words[:2] == ("ntp", "authenticate") for s in said)
    return tuple(
        TimeServer(host=s.words[2], location=s.location, authenticated=keyed and "key" in s.words)
        for s in said
        if s.words[:2] in (("ntp", "server"), ("ntp", "peer")) and len(s.words) > 2
    )


def software(texts: Sequence[SourceText]) -> tuple[Software, ...]:
    """A comment with the version, where one was kept with the configuration."""
    for text in texts:
        for number, line in enumerate(text.lines()[:200], 1):
            found = _VERSION.match(line.strip())
            if found is not None:
                product = f"AlliedWare Plus {found[1]}".strip()
                return (Software(product=product, version=found[2], location=Location(text.name, number)),)
    return ()


@dataclass(slots=True)
class PortDraft:
    """The switching of a port."""

    mode: str = ""
    access: int = 1
    voice: int = 0
    trunk: frozenset[int] = frozenset()
    native: int | None = 1
    identification: str = ""


def read_port(draft: PortDraft, words: Sequence[str]) -> None:
    """One line below a port; a trunk carries the VLANs that were added, and untagged the native one (VLAN 1)."""
    off = words[0] == "no"
    rest = tuple(words[1:]) if off else tuple(words)
    if rest[:1] == ("switchport",):
        _switchport(draft, rest[1:], off=off)
    elif off:
        return
    elif rest[:2] == ("dot1x", "port-control") and rest[2:3] == ("auto",):
        draft.identification = "dot1x"
    elif rest[:2] == ("auth-mac", "enable"):
        draft.identification = draft.identification or "mac-auth"
    elif rest[:2] == ("auth-web", "enable"):
        draft.identification = draft.identification or "web-auth"


def _switchport(draft: PortDraft, words: tuple[str, ...], *, off: bool) -> None:
    if not words or (words[:2] == ("mode", "trunk") and off):
        draft.mode = "" if off else "access"
    elif words[:1] == ("mode",) and len(words) > 1 and not off:
        draft.mode = words[1] if words[1] in ("access", "trunk") else draft.mode
    elif words[:2] == ("access", "vlan") and len(words) > 2 and not off:
        draft.access, draft.mode = decimal(words[2], _HIGHEST) or 1, draft.mode or "access"
    elif words[:2] == ("voice", "vlan") and len(words) > 2:
        draft.voice = decimal(words[2], _HIGHEST) or 0
    elif words[:3] == ("trunk", "native", "vlan") and len(words) > 3:
        draft.native = None if words[3] == "none" else decimal(words[3], _HIGHEST)
    elif words[:3] == ("trunk", "allowed", "vlan") and len(words) > 3:
        listed = vlan_numbers(words[4]) if len(words) > 4 else frozenset()
        everything = frozenset(range(1, _HIGHEST + 1))
        draft.trunk = {
            "add": draft.trunk | listed, "remove": draft.trunk - listed, "except": everything - listed, "all": everything,
            "none": frozenset(),
        }.get(words[3], draft.trunk)  # fmt: skip
    elif words[:1] == ("port-security",) and len(words) == 1 and not off:
        draft.identification = draft.identification or "port-security"


def vlan_numbers(text: str) -> frozenset[int]:
    """``10,20-30`` as numbers."""
    out: set[int] = set()
    for part in text.split(",")[:4096]:
        first, _, last = part.partition("-")
        low, high = decimal(first, _HIGHEST), decimal(last or first, _HIGHEST)
        if low and high:
            out.update(range(low, high + 1))
    return frozenset(out)


def physical_port(name: str, location: Location, draft: PortDraft, *, enabled: bool, description: str) -> PhysicalPort:
    """The port as the rules see it; a port without a line about switching is an access port of VLAN 1."""
    if name.startswith("eth"):
        return PhysicalPort(name=name, location=location, enabled=enabled, description=description, mode="routed")
    mode = draft.mode or "access"
    vlans = {draft.access} | ({draft.voice} if draft.voice else set())
    if mode == "trunk":
        vlans = set(draft.trunk) | ({draft.native} if draft.native else set())
    whole = mode == "trunk" and len(vlans) >= _HIGHEST
    return PhysicalPort(
        name=name, location=location, enabled=enabled, description=description, mode=mode,
        vlans=() if whole else tuple(sorted(vlans)), native_vlan=draft.native if mode == "trunk" else None,
        identification=draft.identification,
    )  # fmt: skip


def tunnels(said: Sequence[Said]) -> tuple[Tunnel, ...]:
    """Tunnel interfaces; those under IPsec with the transforms of the profiles that are written."""
    groups: list[int] = []
    encryption: list[str] = []
    integrity: list[str] = []
    version = "2"
    for each in said:
        if each.block[:1] != ("crypto",):
            continue
        words = [w.lower() for w in each.words]
        if words[0] == "version":
            version = "1-aggressive" if "aggressive" in words else words[1] if len(words) > 1 else version
        elif words[0] == "transform":
            for key, value in zip(words[2::2], words[3::2], strict=False):
                if key == "encryption":
                    encryption.append(_cipher(value))
                elif key == "integrity":
                    integrity.append(value)
                elif key == "group" and value.isascii() and value.isdecimal():
                    groups.append(int(value[:3]))
    by_name: dict[str, list[Said]] = {}
    for each in said:
        if each.block[:1] == ("interface",) and each.block[1:2] and each.block[1].startswith("tunnel"):
            by_name.setdefault(each.block[1], []).append(each)
    out = []
    for name, listed in sorted(by_name.items()):
        words_of = [s.words for s in listed]
        if ("shutdown",) in words_of:
            continue
        mode = next((w[2] for w in words_of if w[:2] == ("tunnel", "mode") and len(w) > 2), "gre")
        protected = mode == "ipsec" or any(w[:3] == ("tunnel", "protection", "ipsec") for w in words_of)
        kind = "ipsec" if protected else mode if mode in ("gre", "l2tp") else "ipip"
        out.append(
            Tunnel(
                name=name, location=listed[0].location, kind=kind, encrypted=protected or mode == "openvpn",
                encryption=tuple(dict.fromkeys(encryption)) if protected else (),
                integrity=tuple(dict.fromkeys(integrity)) if protected else (),
                dh_groups=tuple(sorted(set(groups))) if protected else (), ike=version if protected else "",
            )
        )  # fmt: skip
    return tuple(out)


def _cipher(word: str) -> str:
    return f"{word}-cbc" if re.fullmatch(r"aes(?:128|192|256)", word) else word


def remote_access(said: Sequence[Said]) -> tuple[RemoteAccess, ...]:
    """A tunnel in OpenVPN mode is a way in for people."""
    return tuple(
        RemoteAccess(name=s.block[1], kind="ssl-vpn", location=s.location)
        for s in said
        if s.words[:2] == ("tunnel", "mode") and s.words[2:3] == ("openvpn",) and len(s.block) > 1
    )


def static_routes(said: Sequence[Said]) -> Iterator[Route]:
    """``ip route [vrf V] A/LENGTH|A MASK GATEWAY|INTERFACE``."""
    for each in said:
        words = each.words
        if words[0] not in _FAMILY or words[1:2] != ("route",) or each.block:
            continue
        family = _FAMILY[words[0]]
        rest = list(words[2:])
        vrf = ""
        if rest[:1] == ["vrf"] and len(rest) > 2:
            vrf, rest = rest[1], rest[2:]
        host, slash, length = (rest[0] if rest else "").partition("/")
        value = address_value(host, family)
        if value is None or len(rest) < 2:
            continue
        mask = address_value(rest[1], 4) if not slash and family == 4 and len(rest) > 2 else None
        bits = decimal(length, 32 if family == 4 else 128) if slash else mask.bit_count() if mask is not None else None
        target = rest[1] if slash else rest[2] if len(rest) > 2 else ""
        if bits is None or not target:
            continue
        gateway = address_value(target, family)
        yield Route(
            family=family, address=value, length=bits, location=each.location, gateway=gateway, vrf=vrf,
            interface="" if gateway is not None else target, discard=target.lower().startswith("null"),
        )  # fmt: skip
