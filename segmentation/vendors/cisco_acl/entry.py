"""One access-list entry: words to a product of addresses, services and flags."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, CONTINUE, DROP, Action, Rule
from segmentation.device.match import CtState, Field, Match, flag_set
from segmentation.model.addresses import ANY, FAMILIES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ICMP, ICMPV6, TCP, UDP, ServiceTerm
from segmentation.vendors.cisco_acl import groups, names, reasons, values
from segmentation.vendors.cisco_acl.groups import Known, Objects
from segmentation.vendors.cisco_acl.lines import Line
from segmentation.vendors.cisco_acl.values import Misread, Words

#: IOS ``established``: ACK or RST is set (Cisco IOS Security Command Reference, "access-list (IP extended)").
ESTABLISHED = IntervalSet.from_iter((f, f) for f in range(256) if f & 0b10100)
_OCTET = IntervalSet(((0, 255),))
#: Options with that many words after them that say nothing of which packets match.
_QUIET = {"log-input": 0, "count": 0, "statistics": 0, "capture": 1, "counter": 1, "rule": 0, "default": 0, "disable": 0}
#: Options that restrict the packets by fields that are not modelled, with their number of words.
_DOUBTFUL = {
    "time-range": 1, "dscp": 1, "precedence": 1, "tos": 1, "ttl": 2, "hop-limit": 2, "option": 1, "flow-label": 1,
    "packet-length": 2, "routing": 0, "dest-option": 0, "dest-option-type": 1, "mobility": 0, "mobility-type": 1,
    "auth": 0, "undetermined-transport": 0, "ttl-match": 1, "vlan": 2, "cos": 1, "http-method": 1, "tracked": 0,
    "user": 1, "user-group": 1, "security-group": 2, "tcp-flags-mask": 1, "udf": 4, "igmp-type": 1, "hbh": 0,
    "nd-type": 1,
}  # fmt: skip
#: Identities of users and of their groups, with their number of words (ASA, "Identity Firewall" and "TrustSec").
_IDENTITIES = {"user": 2, "user-group": 2, "object-group-user": 2, "security-group": 3, "object-group-security": 2}
_LOG_LEVELS = frozenset(
    {"emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging"}
)  # fmt: skip

#: Counters of entries as ``show`` commands print them.
_HITS = re.compile(r"[(\[](?:hitcnt|match)=(\d{1,18})[)\]]|\((\d{1,18})")

Lookup = Callable[[str], AddressSet | None]
Parts = tuple[tuple[AddressSet, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the lists: address families, masks, and how an ASA names the address of an interface."""

    families: frozenset[Family]
    inverse_masks: bool
    interface_addresses: Lookup | None = None  # ASA: "interface NAME" in an entry


@dataclass(slots=True)
class Entry:
    """An entry of an access list."""

    line: Line
    permit: bool
    sources: Parts = ()
    destinations: Parts = ()
    terms: tuple[tuple[ServiceTerm, tuple[str, ...]], ...] = ()
    flags: IntervalSet | None = None
    states: IntervalSet | None = None
    doubts: list[str] = field(default_factory=list)
    families: frozenset[Family] = frozenset()
    log: bool = False
    inactive: bool = False
    fragments: bool = False
    reflect: str = ""
    comment: str = ""
    id: str = ""
    hits: int | None = None  # "(12 matches)" of "show access-lists"
    refers: list[tuple[bool, str]] = field(default_factory=list)  # groups: whether of addresses, name
    time_range: str = ""

    def rules(self, permit: Action = ACCEPT, deny: Action = DROP) -> Iterator[Rule]:
        """The neutral rules: one for each combination of alternatives and family."""
        if self.inactive:
            return
        action = permit if self.permit else deny
        doubts = tuple(self.doubts)
        if self.fragments:
            # "fragments" matches non-initial fragments only; packets here are whole, so such a deny stops none of them.
            if not self.permit:
                action = CONTINUE
            doubts = (*doubts, "fragments")
        for (term, d1), (src, d2), (dst, d3) in itertools.product(self.terms, self.sources, self.destinations):
            words = tuple(dict.fromkeys((*doubts, *d1, *d2, *d3)))
            yield from self._rules(action, term, src, dst, words)

    def _rules(
        self, action: Action, term: ServiceTerm, src: AddressSet, dst: AddressSet, doubts: tuple[str, ...]
    ) -> Iterator[Rule]:
        base: dict[Field, IntervalSet] = {}
        if term.protocols != ALL_PROTOCOLS:
            base[Field.PROTO] = term.protocols
        icmp = term.single_protocol in (ICMP, ICMPV6)
        whole = (_OCTET, ALL_PORTS) if icmp else (ALL_PORTS,)
        ports = ((Field.SPORT, term.src_ports), (Field.DPORT, term.dst_ports))
        base |= {axis: wanted for axis, wanted in ports if wanted not in whole}
        if self.flags is not None:
            base[Field.FLAGS] = self.flags
        if self.states is not None:
            base[Field.STATE] = self.states
        by_fields: dict[tuple[tuple[Field, IntervalSet], ...], set[Family]] = {}
        for family in FAMILIES:
            a, b = src.family(family), dst.family(family)
            if family not in self.families or not a or not b or term.single_protocol == (ICMPV6 if family == 4 else ICMP):
                continue
            ends = tuple((f, v) for f, v in ((Field.SRC, a), (Field.DST, b)) if v != ANY[family])
            by_fields.setdefault(ends, set()).add(family)
        for ends, families in by_fields.items():
            yield Rule(
                match=Match(fields={**dict(ends), **base}, uncertain=doubts), action=action, location=self.line.location,
                text=self.line.text, families=frozenset(families), comment=self.comment, log=self.log, id=self.id,
                hits=self.hits,
            )  # fmt: skip


def read_entry(line: Line, words: Words, dialect: Dialect, objects: Objects, *, standard: bool = False) -> Entry:
    """Read an entry from ``permit`` or ``deny`` on.  What is not understood is reported and makes the entry uncertain."""
    entry = Entry(line, permit=words.peek() == "permit", families=dialect.families)
    words.at += 1
    reader = _Reader(line, words, dialect, objects, entry)
    try:
        if standard or reader.looks_standard():
            entry.sources = reader.address()
            entry.destinations = ((AddressSet(ANY[4], ANY[6]), ()),)
            entry.terms = ((ServiceTerm(ALL_PROTOCOLS), ()),)
        else:
            reader.extended()
        reader.options()
    except Misread as wrong:
        reader.doubt(wrong.reason.en, wrong)
        everything = ((AddressSet(ANY[4], ANY[6]), ()),)
        entry.sources = entry.sources or everything
        entry.destinations = entry.destinations or everything
        entry.terms = entry.terms or ((ServiceTerm(ALL_PROTOCOLS), ()),)
    return entry


class _Reader:
    """The parts of one entry."""

    def __init__(self, line: Line, words: Words, dialect: Dialect, objects: Objects, entry: Entry) -> None:
        self.line, self.words, self.dialect, self.objects, self.entry = line, words, dialect, objects, entry

    def doubt(self, text: str, wrong: Misread) -> None:
        """Report, and keep the entry as one that may match."""
        self.objects.problems.report(self.line, wrong.reason)
        if text not in self.entry.doubts:
            self.entry.doubts.append(text)

    def looks_standard(self) -> bool:
        """EOS and IOS list standard entries by the kind of list; a first word that is an address shows one, too."""
        word = self.words.peek()
        return word in ("any", "host") or values.prefix(word) is not None

    def extended(self) -> None:
        """Protocol or services, source with ports, destination with ports, ICMP message."""
        protocols, services = self._protocol()
        numbers = tuple(n for n in (TCP, UDP) if n in protocols)
        self.entry.sources = self.address()
        source_ports, d1 = self._ports(numbers)
        self.entry.destinations = self.address()
        ports, d2 = self._ports(numbers)
        self.entry.doubts += [d for d in (*d1, *d2) if d not in self.entry.doubts]
        if services is not None:
            self.entry.terms = services.term_parts()
            return
        self.entry.terms = tuple((ServiceTerm(protocols, s, d), ()) for s in source_ports for d in ports)
        icmp = protocols.low if protocols.size == 1 and protocols.low in (ICMP, ICMPV6) else None
        if icmp is not None and not self.words.done:
            self._message(icmp)

    def _protocol(self) -> tuple[IntervalSet, Known | None]:
        word = self.words.take(values.PROTOCOL)
        if word in ("object-group", "object", "group"):
            name = self.words.take(values.NAME)
            known = self._service(name)
            group = self.objects.services.get(name)
            if group is not None and group.kind == "protocol" and not known.doubts:
                return IntervalSet.from_iter(p for t in known.terms for p in t.protocols), None
            return IntervalSet.from_iter(p for t in known.terms for p in t.protocols), known
        if word in names.ANY_PROTOCOL:
            return ALL_PROTOCOLS, None
        if word.isdecimal() and not word.strip("0"):
            # The systems store "ip" as 0, and do not all say whether 0 in a line is that or the hop-by-hop option.
            self.entry.doubts.append(f"protocol {word}")
            return ALL_PROTOCOLS, None
        if word == "tcp-udp":
            return IntervalSet.from_iter(((6, 6), (17, 17))), None
        number = names.protocol(word)
        if number is None:
            raise Misread(reasons.PROTOCOL.format(word=word))
        if number == ICMP and 4 not in self.dialect.families:
            number = ICMPV6
        return IntervalSet.single(number), None

    def _service(self, name: str) -> Known:
        self.entry.refers.append((False, name))
        return self.objects.service(name, self.line)

    def address(self) -> Parts:
        """An address, group, object or interface as alternatives."""
        words = self.words
        while words.peek() in _IDENTITIES:  # ASA: who, before where from
            taken = words.words[words.at : words.at + _IDENTITIES[words.peek()]]
            words.at = min(words.at + len(taken), len(words.words))
            self.entry.doubts.append(" ".join(taken))
        every = values.any_address(words.peek(), self.dialect.families)
        if every is not None:
            words.at += 1
            return ((every, ()),)
        if words.accept("host"):
            name = words.peek()
            if values.prefix(name) is None and name[:1].isalpha():
                words.at += 1
                return Known(doubts=(f"host {name}",)).parts()
            return ((values.host(words), ()),)
        if words.accept("object-group", "object", "addrgroup", "net-group", "object-group-network"):
            name = words.take(values.NAME)
            self.entry.refers.append((True, name))
            return self.objects.network(name, self.line).parts()
        if words.peek() == "interface" and self.dialect.interface_addresses is not None:
            words.at += 1
            name = words.take(values.NAME)
            found = self.dialect.interface_addresses(name)
            return ((found, ()),) if found else Known(doubts=(f"interface {name}",)).parts()
        start = words.at
        try:
            return ((values.literal(words, inverse=self.dialect.inverse_masks), ()),)
        except Misread as wrong:
            if start >= len(words.words) or values.ipv4(words.words[start]) is None:
                raise
            # A mask without meaning, or of too many intervals: any address, perhaps.
            self.doubt(" ".join(words.words[start : start + 2]), wrong)
            words.at = start + 2
            return ((AddressSet(ANY[4], ANY[6]), ()),)

    def _ports(self, numbers: tuple[int, ...]) -> tuple[tuple[IntervalSet, ...], tuple[str, ...]]:
        words = self.words
        if values.starts_ports(words):
            return (values.ports(words, numbers),), ()
        name = words.peek(1)
        if words.peek() in ("portgroup", "port-group") or (
            words.peek() == "object-group" and name in self.objects.services and name not in self.objects.networks
        ):
            if words.peek() == "object-group" and self.objects.services[name].kind == "icmp":
                return (ALL_PORTS,), ()
            words.at += 2
            known = self._service(name)
            ports = IntervalSet.from_iter(p for t in known.terms for p in t.dst_ports)
            return ((ALL_PORTS,) if known.doubts else (ports,)), known.doubts
        return (ALL_PORTS,), ()

    def _message(self, protocol: int) -> None:
        if self.words.peek() == "object-group":
            self.words.at += 1
            known = self._service(self.words.take(values.NAME))
            self.entry.terms = known.term_parts()
            return
        term = groups.icmp_message(self.words, protocol)
        if term is not None:
            self.entry.terms = ((term, ()),)

    def options(self) -> None:
        """Everything after the destination."""
        entry, words = self.entry, self.words
        any_of: list[int] = []
        while not words.done:
            word = words.take(values.NAME)
            if word in names.FLAGS:
                any_of.append(names.FLAGS[word])
            elif word in ("match-all", "match-any"):
                self._flags(every=word == "match-all")
            elif word in _QUIET:
                words.at = min(words.at + _QUIET[word], len(words.words))
                entry.log = entry.log or word == "log-input"
            elif word in _DOUBTFUL:
                self._restricted(word)
            elif not self._known(word) and not self._counted(word):
                self.doubt(word, Misread(reasons.WORD.format(word=word)))
        if any_of:
            wanted = IntervalSet.from_iter((f, f) for f in range(256) if any(f & b for b in any_of))
            entry.flags = wanted if entry.flags is None else entry.flags & wanted

    def _known(self, word: str) -> bool:
        entry = self.entry
        if word == "log":
            entry.log = True
            self._log()
        elif word == "established":
            entry.flags = ESTABLISHED if entry.flags is None else entry.flags & ESTABLISHED
        elif word == "fragments":
            entry.fragments = True
        elif word == "inactive":
            entry.inactive = True
        elif word == "reflect":
            entry.reflect = self.words.take(values.NAME)
            if self.words.accept("timeout"):
                self.words.take(values.NAME)
        else:
            return False
        return True

    def _counted(self, word: str) -> bool:
        """What ``show access-lists`` adds: ``(12 matches)``, NX-OS ``[match=12]``, ASA ``(hitcnt=12) 0x1a2b``."""
        found = _HITS.fullmatch(word)
        if found is None:
            return False
        if found.group(2) is None:
            if self.words.peek().startswith("0x"):
                self.words.at += 1
        elif not self.words.accept("matches)", "match)"):
            return False
        self.entry.hits = int(found.group(1) or found.group(2))
        return True

    def _log(self) -> None:
        words = self.words
        if words.accept("disable"):
            self.entry.log = False
        if (
            words.peek() in _LOG_LEVELS
            or (words.peek().isdecimal() and int(words.peek()[:3]) <= 7)
            or words.peek() == "default"
        ):
            words.at += 1
        if words.accept("interval"):
            words.take(values.NAME)

    def _flags(self, *, every: bool) -> None:
        mask = value = 0
        octets = IntervalSet()
        while self.words.peek()[:1] in ("+", "-") and self.words.peek()[1:] in names.FLAGS:
            word = self.words.take(values.NAME)
            bit = names.FLAGS[word[1:]]
            mask |= bit
            value |= bit if word[0] == "+" else 0
            octets = octets | flag_set(bit, bit if word[0] == "+" else 0)
        wanted = flag_set(mask, value) if every else octets
        self.entry.flags = wanted if self.entry.flags is None else self.entry.flags & wanted

    def _restricted(self, word: str) -> None:
        count = _DOUBTFUL[word]
        words = self.words
        if word in ("ttl", "hop-limit", "packet-length") and words.peek() == "range":
            count = 3
        taken = words.words[words.at : words.at + count]
        words.at = min(words.at + count, len(words.words))
        self.entry.doubts.append(" ".join((word, *taken)))
        if word == "time-range" and taken:
            self.entry.time_range = taken[0]


def replies(line: Line, name: str, families: frozenset[Family]) -> Entry:
    """``evaluate NAME``: entries made at run time for the replies of what ``reflect NAME`` let out."""
    everything = ((AddressSet(ANY[4], ANY[6]), ()),)
    return Entry(
        line, permit=True, sources=everything, destinations=everything, terms=((ServiceTerm(ALL_PROTOCOLS), ()),),
        states=IntervalSet.single(CtState.ESTABLISHED), doubts=[f"evaluate {name}"], families=families,
    )  # fmt: skip
