"""What a Yamaha router says of itself: services, accounts, logging, clock, software, ways in.

Yamaha RT series command reference, chapters "Settings of the device" (``telnetd``, ``sshd``, ``httpd``, ``login user``),
"SNMP", "Operation".  Initial values: ``snmp host`` none and the read-only community ``public`` (Yamaha technical
documents, "SNMP"); ``telnetd`` and ``httpd`` on, ``sshd`` off, ``sftpd`` and ``tftp`` for no host (from memory).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segmentation.device.lexical import Misread
from segmentation.device.management import (
    Account,
    ManagementService,
    RemoteAccess,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
)
from segmentation.model.addresses import AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.reading import MASK, SourceText, shown
from segmentation.vendors.rtx.lines import Command
from segmentation.vendors.rtx.values import addresses
from segmentation.vendors.rtx.vocabulary import INTERFACE

_HEAD = re.compile(r"#\s+((?:RTX|NVR|FWX|vRX|RT)\S*)\s+(?:BootROM \S+ )?Rev\.?\s?([\w.]+)")
_WELL_KNOWN = frozenset({"public", "private"})


@dataclass(frozen=True, slots=True)
class Said:
    """A command with the peer and the tunnel that were selected when it was given."""

    command: Command
    words: tuple[str, ...]
    pp: str
    tunnel: str


@dataclass(frozen=True, slots=True)
class _Access:
    """Who may use a service: ``None`` in both parts means everybody, ``nobody`` that it is closed."""

    interfaces: tuple[str, ...] = ()
    sources: AddressSet | None = None
    nobody: bool = False


def _last(said: Sequence[Said], *words: str) -> Said | None:
    return next((s for s in reversed(said) if s.words[: len(words)] == words), None)


def _access(words: Sequence[str]) -> _Access:
    """``any``, ``none``, ``lan``, names of interfaces, addresses and ranges."""
    if not words or "any" in words:
        return _Access()
    if list(words) == ["none"]:
        return _Access(nobody=True)
    names: list[str] = []
    found = IntervalSet()
    for word in words:
        if word == "lan":
            names.append("lan*")
        elif INTERFACE.match(word.lower()):
            names.append(word.lower())
        else:
            try:
                values = addresses(word, 4)
            except Misread:
                return _Access()  # a name: who that is, is not known
            if values is None:
                return _Access()
            found |= values
    # Interfaces and addresses together: what comes by such an interface is not limited to the addresses.
    return _Access(tuple(names), AddressSet(v4=found) if found and not names else None)


def management_services(said: Sequence[Said], first: Location) -> tuple[ManagementService, ...]:
    """The services that are on, written or by their initial value."""
    found: list[ManagementService] = []
    for word, kind, initial in (
        ("telnetd", ServiceKind.TELNET, True), ("sshd", ServiceKind.SSH, False), ("httpd", ServiceKind.HTTP, True),
    ):  # fmt: skip
        switch, host = _last(said, word, "service"), _last(said, word, "host")
        if host is not None and host.words[2:3] == ("key",):
            hosts = [s for s in said if s.words[:2] == (word, "host") and s.words[2:3] != ("key",)]
            host = hosts[-1] if hosts else None
        on = switch.words[2:3] == ("on",) if switch is not None else initial
        allowed = _access(host.words[2:] if host is not None else ())
        if on and not allowed.nobody:
            at = switch or host
            found.append(_service(kind, at.command if at else None, allowed, first, f"{word} service on"))
    for word, kind in (("sftpd", ServiceKind.SSH), ("tftp", ServiceKind.TFTP)):
        host = _last(said, word, "host")
        if host is not None and not (allowed := _access(host.words[2:])).nobody:
            found.append(_service(kind, host.command, allowed, first, f"{word} host"))
    found += _snmp(said)
    return tuple(sorted(found, key=lambda s: (s.location, s.kind, s.version)))


def _service(kind: ServiceKind, command: Command | None, allowed: _Access, first: Location, text: str) -> ManagementService:
    return ManagementService(
        kind=kind, location=command.location if command else first, text=command.text if command else f"implicit: {text}",
        interfaces=allowed.interfaces, sources=allowed.sources,
    )  # fmt: skip


def _snmp(said: Sequence[Said]) -> Iterator[ManagementService]:
    """``snmp host HOST [ro [rw]]``, ``snmpv2c host``, ``snmpv3 host``; without them the agent answers nobody."""
    for head, version in (("snmp", "1"), ("snmpv2c", "2c"), ("snmpv3", "3")):
        communities: dict[str, str] = {"read-only": "public"} if version != "3" else {}
        for each in said:
            if each.words[:2] == (head, "community") and len(each.words) > 3:
                communities[each.words[2]] = each.words[3]
        for each in said:
            if each.words[:2] != (head, "host") or len(each.words) < 3:
                continue
            allowed = _access(each.words[2:3])
            if allowed.nobody:
                continue
            own = list(each.words[3:5]) if version != "3" else []
            names = {*own} or set(communities.values())
            text = " ".join((*each.words[:3], *(MASK for _ in own)))
            yield ManagementService(
                kind=ServiceKind.SNMP, location=each.command.location, text=shown(text), interfaces=allowed.interfaces,
                sources=allowed.sources, version=version, well_known_secret=bool({n.lower() for n in names} & _WELL_KNOWN),
                writable=len(own) > 1 or (not own and "read-write" in communities),
            )  # fmt: skip


def accounts(said: Sequence[Said], first: Location) -> tuple[Account, ...]:
    """Users, and the passwords of login and of the administrator; without ``login password`` anybody may log in."""
    found: dict[str, Account] = {}
    for each in said:
        words, at = each.words, each.command.location
        if words[:2] == ("login", "user") and len(words) > 2:
            rest = words[3:]
            weak = "" if not rest or rest[0] in ("encrypted", "*") else "plain"
            found[words[2]] = Account(
                name=words[2], location=at, factory=words[2] == "admin", no_password=not rest, weak_hash=weak
            )  # fmt: skip
        elif words[:2] in (("login", "password"), ("administrator", "password")):
            rest = words[2:]
            weak = "" if not rest or rest[0] in ("encrypted", "*") else "plain"
            found[" ".join(words[:2])] = Account(name=" ".join(words[:2]), location=at, weak_hash=weak)
    if not any(name == "login password" or " " not in name for name in found):
        found["login password"] = Account(name="login password", location=first, no_password=True)
    if "administrator password" not in found:
        found["administrator password"] = Account(name="administrator password", location=first, no_password=True)
    return tuple(sorted(found.values(), key=lambda a: (a.location, a.name)))


def syslog_targets(said: Sequence[Said]) -> tuple[SyslogTarget, ...]:
    """``syslog host A [B …]``."""
    last = _last(said, "syslog", "host")
    return tuple(SyslogTarget(host=w, location=last.command.location) for w in last.words[2:]) if last is not None else ()


def time_servers(said: Sequence[Said]) -> tuple[TimeServer, ...]:
    """``schedule at … ntpdate SERVER``: the clock is set when a schedule says so; ``rdate`` is another protocol for it."""
    found = []
    for each in said:
        for word in ("ntpdate", "rdate"):
            if word in each.words[:-1] and each.words[0] in ("schedule", word):
                host = each.words[each.words.index(word) + 1]
                found.append(TimeServer(host=host, location=each.command.location))
    return tuple(found)


def software(texts: Sequence[SourceText]) -> tuple[Software, ...]:
    """``# RTX1210 Rev.14.01.41 (…)`` at the top of what the device shows."""
    for text in texts:
        for number, line in enumerate(text.lines()[:200], 1):
            found = _HEAD.match(line.strip())
            if found is not None:
                product = f"Yamaha {found.group(1)}"
                return (Software(product=product, version=found.group(2), location=Location(text.name, number)),)
    return ()


def remote_access(said: Sequence[Said]) -> tuple[RemoteAccess, ...]:
    """``pp select anonymous`` bound to tunnels: dial-in over L2TP or PPTP, if such a service is on."""
    bound = next((s for s in said if s.pp == "anonymous" and s.words[:2] == ("pp", "bind")), None)
    if bound is None:
        return ()
    asks = any(s.pp == "anonymous" and s.words[:3] == ("pp", "auth", "request") for s in said)
    encrypted = any(s.tunnel and s.words[:2] == ("ipsec", "tunnel") for s in said)
    out = []
    for kind in ("l2tp", "pptp"):
        service = _last(said, kind, "service")
        if service is not None and service.words[2:3] == ("on",):
            out.append(
                RemoteAccess(
                    name="pp anonymous", kind=kind, location=bound.command.location, authenticated=asks,
                    encrypted=encrypted if kind == "l2tp" else True,
                )
            )  # fmt: skip
    return tuple(out)
