"""What an ASA says of itself: management services, accounts, log and time servers, ports, software.

Cisco ASA Series General Operations CLI Configuration Guide ("Management Access", "Logging", "NTP Server", "SNMP") and Command
Reference; where a comment says so, from memory of the device.
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import (
    Account,
    ManagementService,
    PhysicalPort,
    ServiceKind,
    Software,
    SyslogTarget,
    TimeServer,
)
from segmentation.model.addresses import AddressSet
from segmentation.vendors.asa.parser import Parser
from segmentation.vendors.cisco_acl import names, values
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.cisco_acl.values import Misread, Words

_KINDS = {"ssh": ServiceKind.SSH, "telnet": ServiceKind.TELNET, "http": ServiceKind.HTTPS}
#: Communities and names that every scanner tries first.
_WELL_KNOWN = frozenset({"public", "private", "cisco"})
_FACTORY_NAMES = frozenset({"admin", "cisco", "pix", "root"})
#: The hashes of the factory passwords: none for "enable", "cisco" for "passwd" (from memory; both are published widely).
_EMPTY_HASH, _CISCO_HASH = "8Ry2YjIyt7RRXU24", "2KFQnbNIdI.2KYOU"
#: How a password is kept (Command Reference, "username"): MD5, MD4 for MS-CHAP, or PBKDF2 (strong, so not named here).
_HASHES = {"encrypted": "md5", "nt-encrypted": "md4", "mschap": "md4"}
_SYSLOG_PORTS = {"tcp": 1470, "udp": 514}  # Command Reference, "logging host"


def management_services(parser: Parser) -> Iterator[ManagementService]:
    """Every statement that lets somebody manage the device."""
    heads = {line.words[:3]: line for line in parser.management}
    served = ("http", "server", "enable") in heads
    versions = [line.words[2] for line in parser.management if line.words[:2] == ("ssh", "version") and len(line.words) > 2]
    for line in parser.management:
        kind = _KINDS.get(line.words[0])
        if kind is None or (kind is ServiceKind.HTTPS and not served):
            continue
        found = _from(line)
        if found is not None:
            version = versions[-1] if versions and kind is ServiceKind.SSH else ""
            yield ManagementService(
                kind=kind, location=line.location, text=line.text, sources=found[0], interfaces=(found[1],), version=version,
            )  # fmt: skip
    yield from _snmp(parser)


def _from(line: Line) -> tuple[AddressSet, str] | None:
    """``ssh 10.0.0.0 255.0.0.0 inside``: sources and interface; ``None`` for other statements of the service."""
    words = Words(line.words, 1)
    if values.prefix(words.peek()) is None:
        return None
    try:
        return values.literal(words, inverse=False), words.take(values.NAME)
    except Misread:
        return None  # reported where the chain of the device itself is made


def _snmp(parser: Parser) -> Iterator[ManagementService]:
    """``snmp-server host IF ADDRESS [trap|poll] [community TEXT] [version 1|2c|3 USER]``: who may ask."""
    statements = [line for line in parser.management if line.words[0] == "snmp-server"]
    shared = next((line.words[2] for line in statements if line.words[1:2] == ("community",) and len(line.words) > 2), "")
    if shared in ("0", "8"):  # the kind of encryption stands before it
        shared = ""
    if parser.snmp_off:
        return
    for line in statements:
        words = line.words
        if words[1:2] not in (("host",), ("host-group",)) or len(words) < 4 or "trap" in words[4:5]:
            continue
        options = words[4:]
        version = options[options.index("version") + 1] if "version" in options[:-1] else "1"
        own = options[options.index("community") + 1] if "community" in options[:-1] else shared
        group = words[1] == "host-group"
        sources = parser.objects.network(words[3], line).addresses if group else values.prefix(words[3])
        yield ManagementService(
            kind=ServiceKind.SNMP, location=line.location, text=line.text, interfaces=(words[2],), sources=sources or None,
            version=version, well_known_secret=version != "3" and own.lower() in _WELL_KNOWN,
        )  # fmt: skip


def accounts(parser: Parser) -> Iterator[Account]:
    """Local users, and the two passwords that stand for a user."""
    for block in parser.blocks:
        words = block.words
        if words[0] == "username" and len(words) > 2:
            if words[2] == "nopassword":
                yield Account(
                    name=words[1], location=block.head.location, no_password=True, factory=words[1].lower() in _FACTORY_NAMES
                )
            elif words[2] == "password" and len(words) > 3:
                yield Account(
                    name=words[1], location=block.head.location, factory=words[1].lower() in _FACTORY_NAMES,
                    weak_hash=_hash(words[4:]),
                )  # fmt: skip
        elif words[:2] == ("enable", "password") and len(words) > 2:
            yield Account(
                name="enable", location=block.head.location, no_password=words[2] == _EMPTY_HASH, weak_hash=_hash(words[3:])
            )
        elif words[0] in ("passwd", "password") and len(words) > 1 and words[1] != "encryption":
            yield Account(
                name=words[0], location=block.head.location, factory=words[1] == _CISCO_HASH, weak_hash=_hash(words[2:])
            )


def _hash(options: tuple[str, ...]) -> str:
    """How the password is kept; a line without a word for it holds the password itself."""
    found = next((w for w in options if w in _HASHES or w == "pbkdf2"), None)
    return "plain" if found is None else _HASHES.get(found, "")


def syslog_targets(parser: Parser) -> Iterator[SyslogTarget]:
    """``logging host IF ADDRESS [PROTOCOL/PORT] [secure]``; sent only with ``logging enable`` and ``logging trap``."""
    statements = [b for b in parser.blocks if b.words[0] == "logging"]
    sends = {b.words[1] for b in statements if len(b.words) > 1} >= {"enable", "trap"}
    for block in statements:
        words = block.words
        if words[1:2] != ("host",) or len(words) < 4:
            continue
        name, _, port = next((w for w in words[4:] if "/" in w), "udp/").partition("/")
        protocol = "tcp" if names.protocol(name) == 6 else "udp"
        number = int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else _SYSLOG_PORTS[protocol]
        yield SyslogTarget(
            host=parser.named(block.head).words[3], location=block.head.location, port=number, enabled=sends,
            protocol="tls" if protocol == "tcp" and "secure" in words else protocol,
        )  # fmt: skip


def time_servers(parser: Parser) -> Iterator[TimeServer]:
    """``ntp server ADDRESS [key N]``; a key counts only with ``ntp authenticate``."""
    statements = [b for b in parser.blocks if b.words[0] == "ntp"]
    authenticates = any(b.words[1:2] == ("authenticate",) for b in statements)
    for block in statements:
        if block.words[1:2] == ("server",) and len(block.words) > 2:
            yield TimeServer(
                host=parser.named(block.head).words[2], location=block.head.location,
                authenticated=authenticates and "key" in block.words,
            )  # fmt: skip


def physical_ports(parser: Parser) -> Iterator[PhysicalPort]:
    """Interfaces that are neither subinterfaces nor made by software."""
    for interface in parser.interfaces.values():
        if "." in interface.hardware or interface.hardware.lower().startswith(_SOFTWARE):
            continue
        vlan = interface.access_vlan
        yield PhysicalPort(
            name=interface.hardware, location=interface.line.location, enabled=not interface.shutdown,
            description=interface.description, mode="access" if vlan is not None else "routed" if interface.name else "",
            vlans=(vlan,) if vlan is not None else (), configured=interface.configured,
        )  # fmt: skip


#: Interfaces without a socket for a cable.
_SOFTWARE = ("vlan", "bvi", "tunnel", "redundant", "port-channel", "loopback", "nve", "vni", "virtual", "internal-", "vti")


def software(parser: Parser) -> Iterator[Software]:
    """``ASA Version 9.18(2)``."""
    for block in parser.blocks:
        if block.words[0] in ("ASA", "PIX") and block.words[1:2] == ("Version",) and len(block.words) > 2:
            yield Software(product=block.words[0], version=block.words[2], location=block.head.location)
            return


def whole(blocks: list[Block]) -> bool:
    """Whether the text is the configuration of a device, not an extract of lists: it names itself and its interfaces."""
    heads = {b.words[0] for b in blocks}
    return "interface" in heads and bool(heads & {"hostname", "ASA", "PIX"})
