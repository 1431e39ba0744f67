"""Blocks of a configuration into lists, groups, interfaces, zones and translations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from segmentation.model.addresses import Family
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.cisco_acl.entry import Dialect, read_entry, replies
from segmentation.vendors.cisco_acl.groups import Objects
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems, blocks
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.cisco_acl.values import Words
from segmentation.vendors.ios.interfaces import Interface, read_interface
from segmentation.vendors.ios.ports import mark_switch_ports
from segmentation.vendors.ios.statements import IRRELEVANT, IRRELEVANT_IP
from segmentation.vendors.ios.traffic_policies import TrafficPolicies
from segmentation.vendors.ios.translations import Translations
from segmentation.vendors.ios.vlan_maps import VlanMaps
from segmentation.vendors.ios.zones import Zones
from segmentation.vendors.reading import SourceText

_V4: frozenset[Family] = frozenset({4})
_V6: frozenset[Family] = frozenset({6})
#: Statements of a list that are no entries.
_LIST_OPTIONS = frozenset({"statistics", "counters", "fragments", "ignore", "exit", "hardware", "resequence", "role-based"})
_LIST_WORDS = frozenset({"extended", "standard", "role-based"})


@dataclass(slots=True)
class Parser:
    """Everything read from the files of one device."""

    problems: Problems = field(default_factory=Problems)
    hostname: str = ""
    dialect: str = "ios"  # ios | nxos | eos
    lists: dict[tuple[Family, str], AccessList] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    management: list[Block] = field(default_factory=list)  # terminal lines, web server, SNMP
    blocks: list[Block] = field(default_factory=list)
    words_elsewhere: set[str] = field(default_factory=set)  # a list named there is used for something else
    objects: Objects = field(init=False)
    zones: Zones = field(init=False)
    translations: Translations = field(init=False)
    vlan_maps: VlanMaps = field(init=False)
    traffic: TrafficPolicies = field(init=False)

    def __post_init__(self) -> None:
        """The parts that report to the same place."""
        self.objects = Objects(self.problems)
        self.zones = Zones(self.problems)
        self.translations = Translations(self.problems)
        self.vlan_maps = VlanMaps(self.problems)
        self.traffic = TrafficPolicies(self.problems)

    def read(self, texts: Sequence[SourceText]) -> None:
        """Read all files: groups first, because entries refer to them."""
        found = self.blocks = blocks(texts, self.problems)
        self.dialect = _dialect(texts)
        for block in found:
            if block.words[0] == "object-group" and len(block.words) > 1:
                self._group(block)
        for block in found:
            self._statement(block)
        mark_switch_ports(self.interfaces)
        self.objects.resolve_all()

    def _statement(self, block: Block) -> None:
        words = block.words
        if words[0] in ("line", "snmp-server") or words[:3] == ("no", "ip", "http"):
            self.management.append(block)
        reader = _READERS.get(words[0])
        if reader is not None:
            reader(self, block)
        elif words[0] in IRRELEVANT:
            self._elsewhere(block)
        else:
            self.problems.report(block.head, reasons.STATEMENT)
            self._elsewhere(block)

    def _elsewhere(self, block: Block) -> None:
        self.words_elsewhere.update(block.words[1:])
        for line in block.body:
            self.words_elsewhere.update(line.words[1:])

    def hostname_is(self, block: Block) -> None:
        """``hostname`` and ``switchname``."""
        self.hostname = block.words[-1]

    def _group(self, block: Block) -> None:
        words = [w for w in block.words[1:] if w not in ("ip", "ipv4", "ipv6")]
        if len(words) < 2 or words[0] not in ("network", "service", "address", "port"):
            self.problems.report(block.head, reasons.STATEMENT)
            return
        kind = {"network": "network", "address": "network", "service": "service", "port": "ports"}[words[0]]
        group = self.objects.add(words[1], kind, block.head)
        # NX-OS address groups take wildcards; IOS groups take netmasks (IOS Security Configuration Guide, "Object Groups").
        self.objects.read(block.body, group, inverse=words[0] == "address")

    def ip(self, block: Block) -> None:
        """Statements that start with ``ip``, ``ipv4`` or ``ipv6``."""
        words = block.words
        family: Family = 6 if words[0] == "ipv6" else 4
        what = words[1] if len(words) > 1 else ""
        if what == "access-list":
            self._list(block, family)
        elif what == "nat":
            self.translations.read(block)
        elif what == "inspect":
            return
        elif what in IRRELEVANT_IP:
            self._elsewhere(block)
        else:
            self.problems.report(block.head, reasons.STATEMENT)

    def _list(self, block: Block, family: Family) -> None:
        words = [w for w in block.words[2:] if w not in _LIST_WORDS]
        if not words or words[0] in ("log", "logging", "log-update", "resequence", "persistent", "helper"):
            return
        head = block.head
        acl = self._named(words[0], family, head)
        standard = "standard" in block.words
        for line in block.body:
            self._entry(acl, line, Words(line.words), standard=standard)

    def _named(self, name: str, family: Family, head: Line) -> AccessList:
        key = (family, name)
        if key not in self.lists:
            families = _V6 if family == 6 else _V4
            self.lists[key] = AccessList(name, families, head, implicit_nd=family == 6)
        return self.lists[key]

    def _entry(self, acl: AccessList, line: Line, words: Words, *, standard: bool) -> None:
        sequence: int | None = None
        if words.peek().isascii() and words.peek().isdecimal() and len(words.peek()) <= 10:
            sequence = int(words.peek())
            words.at += 1
        if words.peek() == "sequence" and words.peek(1).isdecimal():
            sequence = int(words.peek(1)[:10])
            words.at += 2
        verb = words.peek()
        if verb == "remark":
            acl.note(
                " ".join(words.words[words.at + 1 :]), fresh=bool(acl.entries) and acl.entries[-1][1].comment == _said(acl)
            )
        elif verb in ("permit", "deny"):
            families = acl.families
            dialect = Dialect(families, inverse_masks=True)
            acl.add(read_entry(line, words, dialect, self.objects, standard=standard), sequence)
        elif verb == "evaluate" and words.peek(1):
            acl.add(replies(line, words.peek(1), acl.families), sequence)
        elif verb == "no":
            self._without_entry(acl, line, words.words[words.at + 1 :])
        elif verb not in _LIST_OPTIONS:
            self.problems.report(line, reasons.STATEMENT)

    def _without_entry(self, acl: AccessList, line: Line, words: tuple[str, ...]) -> None:
        """``no NUMBER`` and ``no permit …`` take an entry out of the list; if none is found, none is relied upon."""
        if words[:1] and (words[0] in _LIST_OPTIONS or words[0] == "remark"):
            return
        number = words[0] if words[:1] and words[0].isascii() and words[0].isdecimal() and len(words[0]) <= 10 else ""
        for place, (sequence, entry) in enumerate(acl.entries):
            if sequence == int(number or -1) or (words and entry.line.words[-len(words) :] == words):
                del acl.entries[place]
                return
        self.problems.report(line, reasons.STATEMENT)
        for _, entry in acl.entries:
            entry.doubts.append(line.text[:80])

    def numbered(self, block: Block) -> None:
        """``access-list NUMBER …``: 1 to 99 and 1300 to 1999 are standard lists (IOS Security Command Reference)."""
        words = block.words
        if len(words) < 3 or not words[1].isdecimal() or len(words[1]) > 5:
            if len(words) > 1 and words[1] not in ("compiled", "log-update", "dynamic-extended", "rate-limit"):
                self.problems.report(block.head, reasons.STATEMENT)
            return
        number = int(words[1])
        standard = 1 <= number <= 99 or 1300 <= number <= 1999
        if not standard and not (100 <= number <= 199 or 2000 <= number <= 2699):
            return  # lists of MAC addresses, IPX and other protocols
        acl = self._named(words[1], 4, block.head)
        self._entry(acl, block.head, Words(words, 2), standard=standard)

    def negated(self, block: Block) -> None:
        """``no ip access-list NAME`` clears a list before it is written anew; other negations switch something off."""
        words = block.words
        for family, start in ((4, ("no", "ip")), (4, ("no", "ipv4")), (6, ("no", "ipv6")), (4, ("no",))):
            rest = [w for w in words[len(start) :] if w not in _LIST_WORDS]
            if words[: len(start)] == start and rest[:1] == ["access-list"] and len(rest) > 1:
                self.lists.pop((family, rest[1]), None)  # type: ignore[arg-type]
        if words[1:2] in (("interface",), ("object-group",), ("zone-pair",), ("zone",), ("class-map",), ("policy-map",)):
            self.problems.report(block.head, reasons.STATEMENT)

    def interface(self, block: Block) -> None:
        """``interface NAME``; ``interface range`` never stands in a saved configuration."""
        read_interface(block, self.interfaces, self.problems)

    def vlan(self, block: Block) -> None:
        """``vlan access-map``, ``vlan filter``; other statements of VLANs give them names."""
        if block.words[1:2] in (("access-map",), ("filter",)):
            self.vlan_maps.read(block)
        else:
            self._elsewhere(block)

    def classes(self, block: Block) -> None:
        """``class-map``, ``policy-map``, ``zone``, ``zone-pair``, ``parameter-map``."""
        if not self.zones.read(block):
            self._elsewhere(block)

    def ignored(self, block: Block) -> None:
        """Read before, or of no consequence."""

    def policies(self, block: Block) -> None:
        """EOS traffic policies."""
        self.traffic.read(block)


def _said(acl: AccessList) -> str:
    return " ".join(acl.remark)[:300]


def _dialect(texts: Sequence[SourceText]) -> str:
    """Which system wrote the text, by statements only one of them writes."""
    for text in texts:
        head = text.text[:200_000]
        if (
            "\nfeature " in head
            or "\nvdc " in head
            or head.startswith(("!Command: show", "feature "))
            or "\nvrf context " in head
        ):
            return "nxos"
        if (
            "\ntransceiver qsfp" in head
            or "boot system flash:/EOS" in head
            or ("device: " in head[:400] and "EOS" in head[:400])
        ):
            return "eos"
    return "ios"


_READERS: dict[str, Callable[[Parser, Block], None]] = {
    "ip": Parser.ip, "ipv4": Parser.ip, "ipv6": Parser.ip, "access-list": Parser.numbered, "no": Parser.negated,
    "interface": Parser.interface, "object-group": Parser.ignored, "hostname": Parser.hostname_is,
    "switchname": Parser.hostname_is,
    "class-map": Parser.classes, "policy-map": Parser.classes, "zone": Parser.classes, "zone-pair": Parser.classes,
    "parameter-map": Parser.classes, "vlan": Parser.vlan, "time-range": Parser.ignored,
    "traffic-policies": Parser.policies, "vrf": Parser.ignored,
}  # fmt: skip
