"""What a Junos device says of itself: services, accounts, logging, clock, software, ways in.

Junos OS User Access and Authentication Guide ("system services", "system login"), Network Management Guide ("snmp
community"), System Log Messages ("system syslog", "security log"), Time Management ("system ntp").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segmentation.device.lexical import Misread, decimal
from segmentation.device.management import (
    Account,
    ManagementService,
    RemoteAccess,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
)
from segmentation.model.addresses import NO_ADDRESSES, AddressSet
from segmentation.vendors.junos.addresses import prefix
from segmentation.vendors.junos.conditions import PrefixLists
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.junos.zones import Zones
from segmentation.vendors.reading import MASK, shown

_SERVICES = {
    ("telnet",): ServiceKind.TELNET, ("ssh",): ServiceKind.SSH, ("ftp",): ServiceKind.FTP, ("tftp-server",): ServiceKind.TFTP,
    ("web-management", "http"): ServiceKind.HTTP, ("web-management", "https"): ServiceKind.HTTPS,
    ("netconf", "ssh"): ServiceKind.SSH, ("rest", "http"): ServiceKind.HTTP, ("rest", "https"): ServiceKind.HTTPS,
    ("xnm-clear-text",): ServiceKind.OTHER, ("finger",): ServiceKind.OTHER, ("rlogin",): ServiceKind.OTHER,
    ("rsh",): ServiceKind.OTHER,
}  # fmt: skip
#: How a zone's ``host-inbound-traffic`` calls them, where the name differs.
_INBOUND = {("tftp-server",): "tftp", ("web-management", "http"): "http", ("web-management", "https"): "https",
            ("netconf", "ssh"): "netconf", ("rest", "http"): "http", ("rest", "https"): "https"}  # fmt: skip
_WELL_KNOWN = frozenset({"public", "private"})


def management_services(
    statements: Sequence[Statement], zones: Zones, prefixes: PrefixLists, management: tuple[str, ...], *, secured: bool
) -> tuple[ManagementService, ...]:
    """The services that are on; behind security zones they answer where ``host-inbound-traffic`` lets them.

    *management* are the interfaces outside of all zones that always answer (fxp0 and its kin).
    """
    out: list[ManagementService] = []
    found: dict[tuple[str, ...], list[Statement]] = {}
    for each in statements:
        if each.words[:2] == ("system", "services") and len(each.words) > 2:
            key = each.words[2:4] if each.words[2:4] in _SERVICES else each.words[2:3]
            if key in _SERVICES:
                found.setdefault(key, []).append(each)
    for key, listed in found.items():
        rest = [s.words[2 + len(key) :] for s in listed]
        named = tuple(dict.fromkeys(r[1] for r in rest if r[:1] == ("interface",) and r[1:2] not in ((), ("all",))))
        version = ",".join(sorted(r[1].removeprefix("v") for r in rest if r[:1] == ("protocol-version",) and len(r) > 1))
        interfaces = named
        if secured:
            open_on = (*zones.listening(_INBOUND.get(key, key[0])), *management)
            interfaces = tuple(i for i in open_on if not named or i in named)
            if not interfaces:
                continue
        out.append(
            ManagementService(
                kind=_SERVICES[key], location=listed[0].location, text=shown(" ".join(("system services", *key))),
                interfaces=interfaces, version="1" if "1" in version.split(",") else version,
            )
        )  # fmt: skip
    open_on = (*zones.listening("snmp"), *management) if secured else ()
    if not secured or open_on:
        out += _snmp(statements, prefixes, open_on)
    return tuple(sorted(out, key=lambda s: (s.location, s.kind, s.text)))


def _snmp(
    statements: Sequence[Statement], prefixes: PrefixLists, open_on: tuple[str, ...]
) -> Iterator[ManagementService]:  # fmt: skip
    """``snmp community NAME authorization …, clients …``; ``snmp v3``."""
    communities: dict[str, list[Statement]] = {}
    for each in statements:
        if each.words[:2] == ("snmp", "community") and len(each.words) > 2:
            communities.setdefault(each.words[2], []).append(each)
    for name, listed in communities.items():
        rest = [s.words[3:] for s in listed]
        yield ManagementService(
            kind=ServiceKind.SNMP, location=listed[0].location, text=f"snmp community {MASK}", version="2c",
            well_known_secret=name.lower() in _WELL_KNOWN, writable=("authorization", "read-write") in rest,
            interfaces=open_on, sources=_clients(rest, prefixes),
        )  # fmt: skip
    third = next((s for s in statements if s.words[:3] == ("snmp", "v3", "usm")), None)
    if third is not None:
        yield ManagementService(
            kind=ServiceKind.SNMP, location=third.location, text="snmp v3 usm", version="3", interfaces=open_on
        )


def _clients(rest: Sequence[tuple[str, ...]], prefixes: PrefixLists) -> AddressSet | None:
    """``clients A [restrict]``, ``client-list-name L``; without them everybody may ask."""
    allowed, refused, limited = NO_ADDRESSES, NO_ADDRESSES, False
    for words in rest:
        try:
            if words[:1] == ("clients",) and len(words) > 1:
                limited = True
                if words[2:3] == ("restrict",):
                    refused |= prefix(words[1])
                else:
                    allowed |= prefix(words[1])
            elif words[:1] == ("client-list-name",) and len(words) > 1:
                listed = prefixes.addresses(words[1])
                if listed is None:
                    return None
                limited, allowed = True, allowed | listed
        except Misread:
            return None
    return allowed - refused if limited else None


def accounts(statements: Sequence[Statement]) -> tuple[Account, ...]:
    """``system login user``, ``root-authentication``; root is part of every device and cannot be taken away."""
    found: dict[str, Account] = {}
    for each in statements:
        words = each.words
        if words[:3] == ("system", "login", "user") and len(words) > 3:
            known = found.setdefault(words[3], Account(name=words[3], location=each.location, no_password=True))
            if words[4:5] == ("authentication",) and len(words) > 6:
                found[words[3]] = _authenticated(known, words[5], words[6])
        elif words[:2] == ("system", "root-authentication") and len(words) > 3:
            known = found.setdefault("root", Account(name="root", location=each.location, no_password=True))
            found["root"] = _authenticated(known, words[2], words[3])
    return tuple(found.values())


def _authenticated(known: Account, kind: str, value: str) -> Account:
    weak = known.weak_hash
    if kind == "encrypted-password":
        weak = "md5" if value.startswith("$1$") else "" if value.startswith("$") or value in ("*", "!") else "des"
    elif kind == "plain-text-password-value":
        weak = "plain"
    return Account(name=known.name, location=known.location, factory=known.factory, weak_hash=weak)


def syslog_targets(statements: Sequence[Statement]) -> tuple[SyslogTarget, ...]:
    """``system syslog host``, and the streams of the security log."""
    hosts: dict[str, SyslogTarget] = {}
    secure = any(s.words == ("security", "log", "transport", "protocol", "tls") for s in statements)
    reliable = any(s.words == ("security", "log", "transport", "protocol", "tcp") for s in statements)
    default = "tls" if secure else "tcp" if reliable else "udp"
    for each in statements:
        words = each.words
        if words[:3] == ("system", "syslog", "host") and len(words) > 3:
            known = hosts.get(words[3]) or SyslogTarget(host=words[3], location=each.location)
            protocol, port = known.protocol, known.port
            if words[4:5] == ("port",) and len(words) > 5:
                port = decimal(words[5], 65535) or port
            elif words[4:5] == ("transport",) and len(words) > 5 and words[5] in ("tcp", "tls", "udp"):
                protocol = words[5]
            hosts[words[3]] = SyslogTarget(host=words[3], location=known.location, protocol=protocol, port=port)
        elif words[:3] == ("security", "log", "stream") and words[4:5] == ("host",) and len(words) > 5:
            host = words[6] if words[5] == "ipaddr" and len(words) > 6 else words[5]
            if host not in hosts and words[5] != "port":
                hosts[host] = SyslogTarget(host=host, location=each.location, protocol=default)
    return tuple(hosts.values())


def time_servers(statements: Sequence[Statement]) -> tuple[TimeServer, ...]:
    """``system ntp server A [key N]``, ``peer``; ``boot-server`` sets the clock at the start only."""
    keyed = any(s.words[:3] == ("system", "ntp", "authentication-key") for s in statements)
    found: dict[str, TimeServer] = {}
    for each in statements:
        words = each.words
        if words[:2] == ("system", "ntp") and words[2:3] in (("server",), ("peer",)) and len(words) > 3:
            known = found.get(words[3])
            sure = keyed and "key" in words[4:]
            if known is None or sure:
                found[words[3]] = TimeServer(host=words[3], location=each.location, authenticated=sure)
    return tuple(found.values())


def software(statements: Sequence[Statement]) -> tuple[Software, ...]:
    """``version 21.4R3.15;``."""
    return tuple(
        Software(product="Juniper Junos OS", version=s.words[1], location=s.location)
        for s in statements
        if s.words[0] == "version" and len(s.words) == 2 and s.words[1][:1].isdigit()
    )[:1]


def remote_access(statements: Sequence[Statement]) -> tuple[RemoteAccess, ...]:
    """Dynamic VPN clients and Juniper Secure Connect profiles."""
    found: dict[str, RemoteAccess] = {}
    for each in statements:
        words = each.words
        if words[:3] == ("security", "dynamic-vpn", "clients") and len(words) > 3:
            found.setdefault(words[3], RemoteAccess(name=words[3], kind="ipsec", location=each.location))
        elif words[:3] == ("security", "remote-access", "profile") and len(words) > 3:
            found.setdefault(words[3], RemoteAccess(name=words[3], kind="ssl-vpn", location=each.location))
    return tuple(found.values())
