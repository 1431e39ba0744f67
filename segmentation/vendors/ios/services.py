"""Services by which a router or switch is managed, and who may use them.

IOS Terminal Services Command Reference (``transport input``, ``access-class``), HTTP Services Command Reference, SNMP
Support Command Reference; NX-OS Security Command Reference (``feature telnet``); EOS User Manual, "Administering the Switch".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from segmentation.device.management import ManagementService, ServiceKind
from segmentation.model.addresses import ANY, FAMILIES, NO_ADDRESSES, AddressSet, Family
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.cisco_acl.sources import permitted_sources
from segmentation.vendors.reading import MASK, shown

Lists = Callable[[Family, str], AccessList | None]
#: Communities that every scanner tries first.
_WELL_KNOWN = frozenset({"public", "private"})
_TERMINALS = {"telnet": ServiceKind.TELNET, "ssh": ServiceKind.SSH}


@dataclass(frozen=True, slots=True)
class Limits:
    """The lists of a device, and whether it speaks IPv6 at all."""

    lists: Lists
    ipv6: bool

    def sources(self, named: dict[Family, str]) -> AddressSet | None:
        """What the named lists permit; a list that does not exist limits nothing, nor does none for a family in use."""
        if not named:
            return None
        out = NO_ADDRESSES
        for family in FAMILIES:
            name = named.get(family)
            if name is None:
                out |= AddressSet(v6=ANY[6]) if family == 6 and self.ipv6 else NO_ADDRESSES
                out |= AddressSet(v4=ANY[4]) if family == 4 else NO_ADDRESSES
                continue
            acl = self.lists(family, name)
            if acl is None or not acl.entries:
                return None
            out |= permitted_sources(acl)
        return out


def management_services(blocks: Sequence[Block], dialect: str, limits: Limits) -> tuple[ManagementService, ...]:
    """Every management service that the statements switch on; *dialect* is ios, nxos or eos."""
    found = [
        *(_terminals(blocks, limits) if dialect == "ios" else ()),
        *(_nxos(blocks, limits) if dialect == "nxos" else ()),
        *(_eos(blocks, limits) if dialect == "eos" else ()),
        *_web(blocks, limits),
        *_files(blocks),
        *_snmp(blocks, limits),
    ]
    return tuple(sorted(found, key=lambda s: (s.location, s.kind, s.version)))


def _terminals(blocks: Sequence[Block], limits: Limits) -> Iterator[ManagementService]:
    """``line vty``; without ``transport input`` a line takes every protocol (Terminal Services Command Reference)."""
    version = next((b.words[3] for b in blocks if b.words[:3] == ("ip", "ssh", "version") and len(b.words) > 3), "")
    for block in blocks:
        if block.words[:2] != ("line", "vty"):
            continue
        named: dict[Family, str] = {}
        transport: tuple[str, ...] = ()
        at = block.head
        for line in block.body:
            words = line.words
            if words[0] == "access-class" and "in" in words and len(words) > 2:
                named[4] = words[1]
            elif words[:2] == ("ipv6", "access-class") and "in" in words and len(words) > 3:
                named[6] = words[2]
            elif words[:2] == ("transport", "input"):
                transport, at = words[2:], line
        for word, kind in _TERMINALS.items():
            if not transport or word in transport or "all" in transport:
                yield ManagementService(
                    kind=kind, location=at.location, text=shown(f"{block.head.raw}: {at.raw}" if at != block.head else at.raw),
                    sources=limits.sources(named), version=version if word == "ssh" else "",
                )  # fmt: skip


def _switched(blocks: Sequence[Block], *words: str, default: bool) -> tuple[bool, Line | None]:
    """Whether the last ``WORDS`` or ``no WORDS`` at the margin switches it on, and where."""
    state, line = default, None
    for block in blocks:
        if block.words[: len(words)] == words:
            state, line = True, block.head
        elif block.words[: len(words) + 1] == ("no", *words):
            state, line = False, block.head
    return state, line


def _nxos(blocks: Sequence[Block], limits: Limits) -> Iterator[ManagementService]:
    """``feature telnet`` (off by default), ``feature ssh`` (on by default); ``line vty`` limits both."""
    named: dict[Family, str] = {}
    for block in blocks:
        for line in block.body if block.words[:2] == ("line", "vty") else ():
            if line.words[:1] == ("access-class",) and "in" in line.words and len(line.words) > 2:
                named[4] = line.words[1]
            elif line.words[:2] == ("ipv6", "access-class") and "in" in line.words and len(line.words) > 3:
                named[6] = line.words[2]
    if not blocks:
        return
    for word, kind, default in (("telnet", ServiceKind.TELNET, False), ("ssh", ServiceKind.SSH, True)):
        on, line_at = _switched(blocks, "feature", word, default=default)
        at = line_at or blocks[0].head
        if on:
            text = at.text if line_at is not None else f"implicit: feature {word}"
            version = "2" if word == "ssh" else ""
            yield ManagementService(
                kind=kind, location=at.location, text=text, sources=limits.sources(named), version=version
            )  # fmt: skip
    on, line_at = _switched(blocks, "feature", "nxapi", default=False)
    if on and line_at is not None:
        plain = any(b.words[:2] == ("nxapi", "http") for b in blocks)
        kind = ServiceKind.HTTP if plain else ServiceKind.HTTPS
        yield ManagementService(kind=kind, location=line_at.location, text=line_at.text)


def _eos(blocks: Sequence[Block], limits: Limits) -> Iterator[ManagementService]:
    """``management telnet`` and ``management api http-commands`` are shut by default, ``management ssh`` is not."""
    ssh_seen = False
    for block in blocks:
        words = block.words
        if words[0] != "management" or len(words) < 2:
            continue
        body = [line.words for line in block.body]
        named: dict[Family, str] = {}
        for inner in body:
            if inner[:2] in (("ip", "access-group"), ("ipv6", "access-group")) and len(inner) > 2:
                named[4 if inner[0] == "ip" else 6] = inner[2]
        off, on = ("shutdown",) in body, ("no", "shutdown") in body
        if words[1] in _TERMINALS:
            ssh_seen |= words[1] == "ssh"
            if on or (words[1] == "ssh" and not off):
                yield _service(_TERMINALS[words[1]], block.head, sources=limits.sources(named))
        elif words[1:3] == ("api", "http-commands") and on:
            plain = any(b[:2] == ("protocol", "http") for b in body)
            secure = not any(b[:3] == ("no", "protocol", "https") for b in body)
            if plain:
                yield _service(ServiceKind.HTTP, block.head, sources=limits.sources(named))
            if secure:
                yield _service(ServiceKind.HTTPS, block.head, sources=limits.sources(named))
    if not ssh_seen and blocks and any(b.words[0] == "hostname" for b in blocks):
        yield ManagementService(kind=ServiceKind.SSH, location=blocks[0].head.location, text="implicit: management ssh")


def _service(kind: ServiceKind, line: Line, *, sources: AddressSet | None = None) -> ManagementService:
    return ManagementService(kind=kind, location=line.location, text=line.text, sources=sources)


def _web(blocks: Sequence[Block], limits: Limits) -> Iterator[ManagementService]:
    """``ip http server``, ``ip http secure-server``, limited by ``ip http access-class``."""
    named: dict[Family, str] = {}
    for block in blocks:
        if block.words[:3] == ("ip", "http", "access-class") and len(block.words) > 3:
            rest = block.words[3:]
            if rest[0] in ("ipv4", "ipv6") and len(rest) > 1:
                named[6 if rest[0] == "ipv6" else 4] = rest[1]
            else:
                named[4] = rest[0]
    for word, kind in (("server", ServiceKind.HTTP), ("secure-server", ServiceKind.HTTPS)):
        on, line = _switched(blocks, "ip", "http", word, default=False)
        if on and line is not None:
            yield _service(kind, line, sources=limits.sources(named))


def _files(blocks: Sequence[Block]) -> Iterator[ManagementService]:
    """File servers: ``ftp-server enable``, ``tftp-server FILE``, NX-OS ``feature ftp-server``."""
    for block in blocks:
        if block.words[:2] == ("ftp-server", "enable") or block.words[:2] == ("feature", "ftp-server"):
            yield _service(ServiceKind.FTP, block.head)
        elif block.words[0] == "tftp-server" and len(block.words) > 1:
            yield _service(ServiceKind.TFTP, block.head)


def _snmp(blocks: Sequence[Block], limits: Limits) -> Iterator[ManagementService]:
    """``snmp-server community STRING [view V] [RO|RW] [ipv6 LIST] [LIST]``, NX-OS ``group``, ``use-acl``; version 3."""
    restricted: dict[str, str] = {}
    for block in blocks:
        words = block.words
        if words[:2] == ("snmp-server", "community") and "use-acl" in words[3:-1]:
            restricted[words[2]] = words[words.index("use-acl") + 1]
    for block in blocks:
        words = block.words
        if words[:2] == ("snmp-server", "community") and len(words) > 2 and "use-acl" not in words:
            yield _community(block.head, limits, restricted.get(words[2], ""))
        elif words[:2] in (("snmp-server", "group"), ("snmp-server", "user")) and "v3" in words:
            level = next((w for w in words if w in ("noauth", "auth", "priv")), "")
            if words[1] == "group":
                named: dict[Family, str] = {4: words[words.index("access") + 1]} if "access" in words[:-1] else {}
                yield ManagementService(
                    kind=ServiceKind.SNMP, location=block.head.location, version="3", sources=limits.sources(named),
                    writable="write" in words, text=shown(f"snmp-server group … v3 {level}"),
                )  # fmt: skip


def _community(line: Line, limits: Limits, limit: str) -> ManagementService:
    words, secret = list(line.words[3:]), line.words[2].strip('"')
    named: dict[Family, str] = {4: limit} if limit else {}
    writable = False
    while words:
        word = words.pop(0)
        if word in ("view", "group") and words:
            writable |= word == "group" and words[0] in ("network-admin", "vdc-admin")
            words.pop(0)
        elif word.lower() in ("ro", "rw"):
            writable = word.lower() == "rw"
        elif word == "ipv6" and words:
            named[6] = words.pop(0)
        else:
            named[4] = word
    text = " ".join((*line.words[:2], MASK, *line.words[3:]))
    return ManagementService(
        kind=ServiceKind.SNMP, location=line.location, text=shown(text), version="2c", writable=writable,
        well_known_secret=secret.lower() in _WELL_KNOWN, sources=limits.sources(named),
    )  # fmt: skip
