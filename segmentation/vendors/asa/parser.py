"""Blocks of a configuration into lists, objects, interfaces, access groups and translations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from segmentation.model.addresses import FAMILIES, AddressSet, Family
from segmentation.model.location import Location
from segmentation.vendors.asa.interfaces import Interface, read_interface
from segmentation.vendors.asa.statements import IRRELEVANT
from segmentation.vendors.asa.translations import Statement, Translations
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.cisco_acl.entry import Dialect, Entry, read_entry
from segmentation.vendors.cisco_acl.groups import Objects
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems, blocks
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.cisco_acl.values import Words
from segmentation.vendors.reading import SourceText

_HITS = re.compile(r"\(hitcnt=(\d{1,18})\)")
_HASH = re.compile(r"0x[0-9a-f]{1,16}\Z")
_BOTH: frozenset[Family] = frozenset(FAMILIES)
_KINDS = {"network": "network", "service": "service", "protocol": "protocol", "icmp-type": "icmp"}


@dataclass(frozen=True, slots=True)
class Applied:
    """``access-group``: a list, where it is applied (``in``, ``out``, ``global``, ``control-plane``), on which interface."""

    name: str
    direction: str
    interface: str
    line: Line
    per_user: bool = False  # lists of users that logged in may stand in its place


@dataclass(frozen=True, slots=True)
class Peers:
    """An entry of a crypto map: what comes out of its tunnels, by a list read backwards, or clients with any address."""

    map: str
    line: Line
    list: str = ""


@dataclass(slots=True)
class Parser:
    """Everything read from the files of one device."""

    problems: Problems = field(default_factory=Problems)
    hostname: str = ""
    names: dict[str, str] = field(default_factory=dict)
    lists: dict[str, AccessList] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    management: list[Line] = field(default_factory=list)  # ssh, telnet, http, snmp-server
    inter: bool = False
    intra: bool = False
    web_vpn: bool = False
    portals: list[tuple[str, Line]] = field(default_factory=list)  # webvpn: interface, where
    crypto_maps: list[tuple[str, str, Line]] = field(default_factory=list)  # map, interface, where
    peers: list[Peers] = field(default_factory=list)
    pools: list[Line] = field(default_factory=list)  # addresses of VPN clients
    openings: list[Line] = field(default_factory=list)  # what may let anything pass and is not analysed
    frame_lists: set[str] = field(default_factory=set)  # lists of EtherTypes
    knows_users: bool = False  # somebody may log in, so that lists of users exist
    vpn_filtered: bool = False
    words_elsewhere: set[str] = field(default_factory=set)
    blocks: list[Block] = field(default_factory=list)
    hits: dict[Location, int] = field(default_factory=dict)  # counters of "show access-list"
    snmp_off: bool = False  # "no snmp-server enable"
    places: dict[str, list[Entry | None]] = field(default_factory=dict)  # the lines of a list; None: a remark
    objects: Objects = field(init=False)
    translations: Translations = field(init=False)

    def __post_init__(self) -> None:
        """The parts that report to the same place."""
        self.objects = Objects(self.problems)
        self.translations = Translations(self.problems)

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read all files: names, objects and interfaces first, because entries refer to them."""
        found = self.blocks = blocks(texts, self.problems)
        for block in found:
            if block.words[0] == "name" and len(block.words) > 2:
                self.names[block.words[2]] = block.words[1]
        for block in found:
            if block.words[0] in ("object", "object-group"):
                self._object(block)
            elif block.words[0] == "interface" and len(block.words) > 1:
                read_interface(block, self.interfaces, self.problems)
        for block in found:
            self._statement(block)
        self.objects.resolve_all()

    def _statement(self, block: Block) -> None:
        word = block.words[0]
        reader = _READERS.get(word)
        if reader is not None:
            reader(self, block)
        elif word not in IRRELEVANT:
            self.problems.report(block.head, reasons.STATEMENT)
        if reader is None:
            self._elsewhere(block)

    def _elsewhere(self, block: Block) -> None:
        """What a statement without influence on the filter names is used, too."""
        for line in (block.head, *block.body):
            if line.words[0] not in ("description", "banner"):
                self.words_elsewhere.update(line.words[1:])

    def named(self, line: Line) -> Line:
        """The line with names (``name 10.0.0.1 web``) replaced by their addresses."""
        if not self.names:
            return line
        return replace(line, words=(line.words[0], *(self.names.get(w, w) for w in line.words[1:])))

    def _object(self, block: Block) -> None:
        words = [w for w in block.words[1:] if w != "group"]
        if len(words) < 2 or words[0] not in _KINDS:
            if words[:1] not in (["user"], ["security"], ["fqdn"]):
                self.problems.report(block.head, reasons.STATEMENT)
            return
        kind = "ports" if words[0] == "service" and len(words) > 2 else _KINDS[words[0]]
        group = self.objects.add(words[1], kind, block.head)
        body = [self.named(line) for line in block.body]
        for line in body:
            if line.words[0] == "nat":
                self.translations.statements.append(Statement(line, words[1]))
        if kind == "icmp":  # an object group of ICMP types may name one by "icmp-object" only
            body = [line for line in body if line.words[0] in ("icmp-object", "group-object", "description")]
        said = [line for line in body if line.words[0] not in ("nat", "description", "no")]
        if block.words[0] == "object" and said:
            # An object holds one value: what is entered last (Firewall Configuration Guide, "Configure a network object").
            group.addresses, group.terms, group.doubts, group.members = [], [], [], []
            body = said[-1:]
        self.objects.read([line for line in body if line.words[0] != "nat"], group, inverse=False)

    def access_list(self, block: Block) -> None:
        """``access-list NAME [line N] extended|standard|remark …``; others do not filter IP packets."""
        line = self._counted(block.head)
        words = Words(line.words, 1)
        name = words.peek()
        words.at += 1
        if name.endswith(";"):  # "show access-list": a heading with the number of elements
            return
        place = 0
        if words.accept("line"):
            place = int(words.peek()) if words.peek().isascii() and words.peek().isdecimal() and len(words.peek()) < 8 else 0
            words.at += 1
        kind = words.peek()
        if name in ("alert-interval", "deny-flow-max", "cached"):
            return
        if kind in ("ethertype", "webtype"):
            # Frames that are not IP (Firewall Configuration Guide, "EtherType rules"); addresses asked of the portal.
            if name not in self.frame_lists:
                what = f"access-list {name} {kind}"
                self.problems.report(line, reasons.NOT_ANALYSED.format(what=what), widened=kind == "ethertype")
            self.frame_lists.add(name)
            return
        if kind in ("extended", "standard"):
            words.at += 1
        acl = self.lists.setdefault(name, AccessList(name, _BOTH, line))
        before = len(acl.entries)
        self._entry(acl, line, words, standard=kind == "standard")
        self._place(acl, acl.entries[-1][1] if len(acl.entries) > before else None, place)

    def _place(self, acl: AccessList, entry: Entry | None, place: int) -> None:
        """``line N``: the entry comes before the one that is there (Command Reference, "access-list extended")."""
        places = self.places.setdefault(acl.name, [])
        if not 0 < place <= len(places):
            places.append(entry)
            return
        places.insert(place - 1, entry)
        if entry is not None:
            self._numbered_anew(acl)

    def _numbered_anew(self, acl: AccessList) -> None:
        kept = [e for e in self.places.get(acl.name, ()) if e is not None]
        acl.entries = [(number * 10, entry) for number, entry in enumerate(kept, 1)]

    def _counted(self, line: Line) -> Line:
        """A line of ``show access-list`` without its counter and hash: ``(hitcnt=12) 0x3a2b1c0d``."""
        if "(hitcnt=" not in line.raw:
            return line
        kept = tuple(w for w in line.words if not (w.startswith("(hitcnt=") or _HASH.match(w)))
        found = _HITS.search(line.raw)
        if found is not None:
            self.hits[line.location] = int(found.group(1))
        return replace(line, words=tuple(w.strip("()") if w == "(inactive)" else w for w in kept))

    def _entry(self, acl: AccessList, line: Line, words: Words, *, standard: bool, family: Family | None = None) -> None:
        verb = words.peek()
        if verb == "remark":
            fresh = bool(acl.entries) and acl.entries[-1][1].comment == " ".join(acl.remark)[:300]
            acl.note(" ".join(words.words[words.at + 1 :]), fresh=fresh)
        elif verb in ("permit", "deny"):
            families: frozenset[Family] = _BOTH if family is None else frozenset({family})
            dialect = Dialect(families, inverse_masks=False, interface_addresses=self._own)
            named = self.named(line)
            entry = read_entry(line, Words(named.words, words.at), dialect, self.objects, standard=standard)
            # Command Reference, "access-list extended", "log": without the word a denial is logged as message 106023.
            entry.log |= not entry.permit and "log" not in line.words
            acl.add(entry)
        else:
            self.problems.report(line, reasons.STATEMENT)

    def _own(self, name: str) -> AddressSet | None:
        return next((i.own for i in self.interfaces.values() if i.name == name and i.own), None)

    def ipv6(self, block: Block) -> None:
        """``ipv6 access-list NAME permit …`` (before 9.0); everything else of ``ipv6`` at the margin routes."""
        words = block.words
        if words[1:2] == ("access-list",) and len(words) > 3:
            acl = self.lists.setdefault(words[2], AccessList(words[2], _BOTH, block.head))
            self._entry(acl, block.head, Words(words, 3), standard=False, family=6)

    def access_group(self, block: Block) -> None:
        """``access-group NAME in|out interface X`` and ``access-group NAME global``."""
        words = block.words
        if len(words) > 2 and words[2] == "global":
            self.applied.append(Applied(words[1], "global", "", block.head))
        elif len(words) > 4 and words[2] in ("in", "out") and words[3] == "interface":
            direction = "control-plane" if "control-plane" in words[5:] else words[2]
            self.applied.append(Applied(words[1], direction, words[4], block.head, "per-user-override" in words[5:]))
        else:
            self.problems.report(block.head, reasons.STATEMENT)

    def nat(self, block: Block) -> None:
        """``nat (real,mapped) source …``."""
        self.translations.statements.append(Statement(self.named(block.head)))

    def old_nat(self, block: Block) -> None:
        """``static``, ``global``, ``nat-control``: before 8.3 access rules saw mapped addresses."""
        self.problems.report(block.head, reasons.OLD_NAT)

    def same_security(self, block: Block) -> None:
        """``same-security-traffic permit inter-interface|intra-interface``."""
        self.inter |= "inter-interface" in block.words
        self.intra |= "intra-interface" in block.words

    def clear(self, block: Block) -> None:
        """``clear configure access-list NAME`` before the list is written anew."""
        if block.words[1:3] == ("configure", "access-list") and len(block.words) > 3:
            self.lists.pop(block.words[3], None)
            self.places.pop(block.words[3], None)

    def manage(self, block: Block) -> None:
        """``ssh``, ``telnet``, ``http``, ``snmp-server``: who may manage the device."""
        self.management.append(self.named(block.head))

    def crypto(self, block: Block) -> None:
        """``crypto map NAME interface X`` lets tunnels end there; its entries say what comes out of them."""
        words = block.words
        if words[1:2] == ("map",) and len(words) > 4:
            if words[3] == "interface":
                self.crypto_maps.append((words[2], words[4], block.head))
            elif words[4:6] == ("match", "address") and len(words) > 6:
                self.peers.append(Peers(words[2], block.head, words[6]))
            elif "dynamic" in words[4:]:
                self.peers.append(Peers(words[2], block.head))
        self._elsewhere(block)

    def local_pool(self, block: Block) -> None:
        """``ip local pool NAME FIRST-LAST``; everything else of ``ip`` at the margin inspects."""
        if block.words[1:3] == ("local", "pool") and len(block.words) > 4:
            self.pools.append(block.head)
        self._elsewhere(block)

    def users(self, block: Block) -> None:
        """``aaa authentication match|include``: people log in to pass (cut-through proxy)."""
        self.knows_users |= block.words[1:2] == ("authentication",) and bool({"match", "include"} & set(block.words))
        self._elsewhere(block)

    def negated(self, block: Block) -> None:
        """``no …`` takes back what was read before; tunnels are filtered after ``no sysopt connection permit-vpn``."""
        self.vpn_filtered |= block.words[1:4] == ("sysopt", "connection", "permit-vpn")
        self.snmp_off |= block.words[1:3] == ("snmp-server", "enable") and len(block.words) == 3
        words = block.words[1:]
        match words[:1]:
            case ("access-list",):
                self._without_entry(block.head, words)
            case ("access-group",):
                self.applied = [a for a in self.applied if a.line.words[: len(words)] != words]
            case ("same-security-traffic",):
                self.inter &= "inter-interface" not in words
                self.intra &= "intra-interface" not in words
            case ("nat",):
                plain = self.named(block.head).words[1:]
                kept = [s for s in self.translations.statements if s.line.words[: len(plain)] != plain]
                self.translations.statements[:] = kept
            case ("object" | "object-group" | "interface" | "name" | "crypto",):
                self.problems.report(block.head, reasons.STATEMENT)

    def _without_entry(self, line: Line, words: tuple[str, ...]) -> None:
        """``no access-list NAME …``: the entry written like this; if there is none, no entry of the list is relied upon."""
        name = words[1] if len(words) > 1 else ""
        acl, plain = self.lists.get(name), _plain(words)
        places = self.places.get(name, [])
        found = next((e for e in places if e is not None and _plain(e.line.words) == plain), None)
        if acl is None or "remark" in words[2:5]:
            return
        if found is None:
            self.problems.report(line, reasons.STATEMENT)
            for _, entry in acl.entries:
                entry.doubts.append(line.text[:80])
            return
        self.places[name] = [e for e in places if e is not found]
        self._numbered_anew(acl)

    def webvpn(self, block: Block) -> None:
        """The portal answers on port 443 where it is enabled."""
        found = [(line.words[1], line) for line in block.body if line.words[0] == "enable" and len(line.words) > 1]
        self.portals += found
        self.web_vpn |= bool(found)
        self._elsewhere(block)

    def hostname_is(self, block: Block) -> None:
        """``hostname``."""
        self.hostname = block.words[-1]

    def opens(self, block: Block) -> None:
        """``established`` (further connections may follow one) and security contexts."""
        self.problems.report(block.head, reasons.NOT_ANALYSED.format(what=block.words[0]))
        self.openings.append(block.head)

    def ignored(self, block: Block) -> None:
        """Read before, or of no consequence."""


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an entry without what may be left out or is said about it: its place, its log, its kind."""
    kept = list(words[2:])
    if kept[:1] == ["line"]:
        del kept[:2]
    if kept[:1] == ["extended"]:
        del kept[0]
    return tuple(kept[: kept.index("log")] if "log" in kept else kept)


_READERS: dict[str, Callable[[Parser, Block], None]] = {
    "access-list": Parser.access_list, "access-group": Parser.access_group, "object": Parser.ignored,
    "object-group": Parser.ignored, "interface": Parser.ignored, "name": Parser.ignored, "names": Parser.ignored,
    "ASA": Parser.ignored, "PIX": Parser.ignored, "nat": Parser.nat, "static": Parser.old_nat, "global": Parser.old_nat,
    "nat-control": Parser.old_nat, "same-security-traffic": Parser.same_security, "clear": Parser.clear, "ipv6": Parser.ipv6,
    "ssh": Parser.manage, "telnet": Parser.manage, "http": Parser.manage, "snmp-server": Parser.manage, "crypto": Parser.crypto,
    "no": Parser.negated, "webvpn": Parser.webvpn, "hostname": Parser.hostname_is, "established": Parser.opens,
    "context": Parser.opens, "admin-context": Parser.ignored, "firewall": Parser.ignored, "time-range": Parser.ignored,
    "ip": Parser.local_pool, "aaa": Parser.users,
}  # fmt: skip
