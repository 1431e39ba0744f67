"""What a UNIVERGE IX says of itself: services, accounts, logging, clock, software, tunnels, routes.

UNIVERGE IX series command reference, chapters on Telnet, SSH, HTTP and SNMP servers (all off unless enabled), IKE and
IPsec; names of statements and their initial values from memory and from published examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from segmentation.device.lexical import address_value, decimal
from segmentation.device.management import (
    Account,
    ManagementService,
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

_VERSION = re.compile(r"! *(?:NEC )?IX Series (IX\S+).*?Version ([\w.]+)")
_WELL_KNOWN = frozenset({"public", "private"})
_SERVERS = {"telnet-server": ServiceKind.TELNET, "ssh-server": ServiceKind.SSH, "http-server": ServiceKind.HTTP}
_FAMILY: dict[str, Family] = {"ip": 4, "ipv6": 6}
_GROUPS = {
    "768-bit": 1, "1024-bit": 2, "1536-bit": 5, "2048-bit": 14, "3072-bit": 15, "4096-bit": 16, "256-bit-ecp": 19,
    "384-bit-ecp": 20,
}  # fmt: skip
_HASHES = {"md5": "md5", "sha": "sha1", "sha1": "sha1", "sha2-256": "sha256", "sha2-384": "sha384", "sha2-512": "sha512"}

#: ``sources(family, name)``: who a list permits; ``None`` when it does not exist.
Sources = Callable[[Family, str], AddressSet | None]


@dataclass(frozen=True, slots=True)
class Said:
    """A line with the interface or block above it."""

    words: tuple[str, ...]
    text: str
    location: Location
    block: tuple[str, ...] = ()


def management_services(said: Sequence[Said], sources: Sources) -> tuple[ManagementService, ...]:
    """``telnet-server ip enable`` and its kin, each with the list that limits it."""
    limits = {
        (s.words[0], s.words[1]): s.words[3] for s in said if s.words[2:3] == ("access-list",) and len(s.words) > 3
    }  # fmt: skip
    off = {s.words[1:3] for s in said if s.words[:1] == ("no",)}
    found = []
    for each in said:
        words = each.words
        if words[0] in _SERVERS and words[1:3] in (("ip", "enable"), ("ipv6", "enable")) and words[:2] not in off:
            named = limits.get((words[0], words[1]))
            found.append(
                ManagementService(
                    kind=_SERVERS[words[0]], location=each.location, text=each.text,
                    sources=sources(_FAMILY[words[1]], named) if named else None,
                )
            )  # fmt: skip
    found += _snmp(said, limits, sources)
    return tuple(sorted(found, key=lambda s: (s.location, s.kind)))


def _snmp(
    said: Sequence[Said], limits: dict[tuple[str, str], str], sources: Sources
) -> Iterator[ManagementService]:  # fmt: skip
    """``snmp-agent ip community [secret|plain] NAME [LIST] [ro|rw]`` while ``snmp-agent ip enable`` stands."""
    on = {s.words[1] for s in said if s.words[0] == "snmp-agent" and s.words[2:3] == ("enable",)}
    for each in said:
        words = each.words
        if words[0] != "snmp-agent" or words[2:3] != ("community",) or len(words) < 4 or words[1] not in on:
            continue
        rest = [w for w in words[3:] if w not in ("secret", "plain", "ro", "rw")]
        named = rest[1] if len(rest) > 1 else limits.get(("snmp-agent", words[1]))
        yield ManagementService(
            kind=ServiceKind.SNMP, location=each.location, text=shown(" ".join((*words[:3], MASK, *rest[1:]))), version="2c",
            well_known_secret=rest[:1] != [] and rest[0].lower() in _WELL_KNOWN, writable="rw" in words[3:],
            sources=sources(_FAMILY.get(words[1], 4), named) if named else None,
        )  # fmt: skip


def accounts(said: Sequence[Said]) -> tuple[Account, ...]:
    """``username NAME password plain|hash|secret …``, ``http-username``."""
    found: dict[str, Account] = {}
    for each in said:
        words = each.words
        if words[0] in ("username", "http-username") and len(words) > 1:
            name = words[1] if words[0] == "username" else f"http {words[1]}"
            rest = words[2:]
            weak = "plain" if "plain" in rest else "reversible" if "secret" in rest or "secret-password" in rest else ""
            found[name] = Account(
                name=name, location=each.location, factory=words[1] == "admin", no_password="nopassword" in rest,
                weak_hash=weak,
            )  # fmt: skip
    return tuple(found.values())


def syslog_targets(said: Sequence[Said]) -> tuple[SyslogTarget, ...]:
    """``syslog ip host A`` while ``syslog ip enable`` stands."""
    on = any(s.words[0] == "syslog" and s.words[2:3] == ("enable",) for s in said)
    return tuple(
        SyslogTarget(host=s.words[3], location=s.location, enabled=on)
        for s in said
        if s.words[0] == "syslog" and s.words[2:3] == ("host",) and len(s.words) > 3
    )


def time_servers(said: Sequence[Said]) -> tuple[TimeServer, ...]:
    """``ntp server A``, ``sntp server A``, also with the family between."""
    found = []
    for each in said:
        words = [w for w in each.words if w not in ("ip", "ipv6")]
        if len(words) > 2 and words[0] in ("ntp", "sntp") and words[1] in ("server", "peer"):
            found.append(TimeServer(host=words[2], location=each.location, authenticated="key" in words))
    return tuple(found)


def software(texts: Sequence[SourceText]) -> tuple[Software, ...]:
    """The comment at the top of what the device shows."""
    for text in texts:
        for number, line in enumerate(text.lines()[:200], 1):
            found = _VERSION.match(line.strip())
            if found is not None:
                return (Software(product=f"NEC {found[1]}", version=found[2], location=Location(text.name, number)),)
    return ()


@dataclass(frozen=True, slots=True)
class _Offer:
    encryption: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()


def tunnels(said: Sequence[Said], enabled: Callable[[str], bool]) -> tuple[Tunnel, ...]:
    """Tunnel interfaces that are up, with the proposals of all policies of their kind."""
    first, second, newer = _offers(said)
    aggressive = any(s.words[:2] == ("ike", "policy") and s.words[3:] and "aggressive" in s.words for s in said)
    by_interface: dict[str, list[Said]] = {}
    for each in said:
        if each.block[:1] == ("interface",) and len(each.block) > 1 and each.block[1].lower().startswith("tunnel"):
            by_interface.setdefault(each.block[1], []).append(each)
    out = []
    for name, listed in sorted(by_interface.items()):
        if not enabled(name):
            continue
        words = [s.words for s in listed]
        mode = next((" ".join(w[2:]) for w in words if w[:2] == ("tunnel", "mode")), "")
        ikev2 = "ikev2" in mode or any(w[0] == "ikev2" for w in words)
        ipsec = "ipsec" in mode or ikev2 or any(w[:2] == ("ipsec", "policy") for w in words)
        at = listed[0].location
        if not ipsec:
            kind = "gre" if "gre" in mode else "ipip"
            out.append(Tunnel(name=name, location=at, kind=kind, encrypted=False))
            continue
        parts = (newer,) if ikev2 else (first, second)
        encryption = tuple(dict.fromkeys(e for p in parts for e in p.encryption))
        out.append(
            Tunnel(
                name=name, location=at, encryption=encryption,
                integrity=tuple(dict.fromkeys(i for p in parts for i in p.integrity)),
                dh_groups=tuple(sorted({g for p in parts for g in p.groups})),
                ike="2" if ikev2 else "1-aggressive" if aggressive else "1", encrypted=encryption != ("null",),
            )
        )  # fmt: skip
    return tuple(out)


def _offers(said: Sequence[Said]) -> tuple[_Offer, _Offer, _Offer]:
    """Proposals of IKEv1 phase 1, of its phase 2, and of IKEv2."""
    found: tuple[list[str], list[str], list[str]] = ([], [], [])
    for each in said:
        words = each.words
        if words[:2] == ("ike", "proposal"):
            found[0].extend(words[3:])
        elif words[:2] in (("ipsec", "autokey-proposal"), ("ipsec", "autokey-map")):
            found[1].extend(w for w in words[3:] if w.startswith(("esp-", "ah-")) or w in _GROUPS)
        elif words[0] == "ikev2":
            found[2].extend(words[1:])
    return _offer(found[0]), _offer(found[1]), _offer(found[2])


def _offer(words: Iterable[str]) -> _Offer:
    encryption: list[str] = []
    integrity: list[str] = []
    groups: list[int] = []
    for word in words:
        plain = word.removeprefix("esp-").removeprefix("ah-")
        if plain in _HASHES:
            integrity.append(_HASHES[plain])
        elif plain in ("des", "3des", "null"):
            encryption.append(plain)
        elif found := re.fullmatch(r"aes(?:-cbc)?(?:-(128|192|256))?", plain):
            encryption.append(f"aes{found[1] or '128'}-cbc")
        elif found := re.fullmatch(r"aes-gcm(?:-16)?-(128|256)", plain):
            encryption.append(f"aes{found[1]}-gcm")
        elif word in _GROUPS:
            groups.append(_GROUPS[word])
    return _Offer(tuple(encryption), tuple(integrity), tuple(groups))


def static_routes(said: Sequence[Said]) -> Iterator[Route]:
    """``ip route default A``, ``ip route A/LENGTH INTERFACE|GATEWAY``, with ``vrf V`` before the network."""
    for each in said:
        words = list(each.words)
        if words[0] not in _FAMILY or words[1:2] != ["route"] or each.block:
            continue
        family = _FAMILY[words[0]]
        rest = words[2:]
        vrf = ""
        if rest[:1] == ["vrf"] and len(rest) > 2:
            vrf, rest = rest[1], rest[2:]
        if len(rest) < 2:
            continue
        host, slash, length = rest[0].partition("/")
        top = 32 if family == 4 else 128
        value = 0 if rest[0] == "default" else address_value(host, family)
        bits = 0 if rest[0] == "default" else decimal(length, top) if slash else top
        if value is None or bits is None:
            continue
        gateway = address_value(rest[1], family)
        yield Route(
            family=family, address=value, length=bits, location=each.location, gateway=gateway, vrf=vrf,
            interface="" if gateway is not None or rest[1] == "dhcp" else rest[1],
            discard=rest[1].lower().startswith("null"), name=rest[1] if gateway is None else "",
        )  # fmt: skip
