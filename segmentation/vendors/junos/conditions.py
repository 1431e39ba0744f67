"""The ``from`` part of a firewall filter term.

Junos OS Routing Policies, Firewall Filters and Traffic Policers User Guide, "Firewall Filter Match Conditions for IPv4
Traffic" and "… for IPv6 Traffic": values of one condition are alternatives, conditions hold together; a condition on ports
or flags looks at the octets of any protocol unless the term names one.
"""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ICMP, ICMPV6, PORT_PROTOCOLS, TCP
from segmentation.vendors.junos import names, reasons
from segmentation.vendors.junos.addresses import longest_match, prefix
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.reading import shown

_ADDRESS = {"source-address": "src", "destination-address": "dst", "address": "both"}
_LISTS = {"source-prefix-list": "src", "destination-prefix-list": "dst", "prefix-list": "both"}
_PORTS = {"source-port": "sport", "destination-port": "dport", "port": "both ports"}
_PROTOCOLS = frozenset({"protocol", "next-header", "payload-protocol"})
_FRAGMENTS = frozenset({"is-fragment", "fragment-offset", "first-fragment", "fragment-flags", "last-fragment"})
#: Conditions that the fields of the model cannot express.
_BEYOND = frozenset({
    "ah-spi", "apply-groups", "class-of-service", "destination-class", "destination-mac-address", "dscp", "esp-spi",
    "ether-type", "extension-header", "flexible-match-mask", "flexible-match-range", "forwarding-class", "gre-key",
    "hop-limit", "interface-group", "interface-set", "ip-options", "ip-precedence", "ip-version", "loss-priority",
    "packet-length", "precedence", "prefix-action", "rat-type", "redirect-reason", "service-filter-hit", "source-class",
    "source-mac-address", "traffic-class", "ttl", "user-vlan-id", "vlan", "vxlan", "policy-map", "learn-vlan-id", "nexthop",
})  # fmt: skip
_PORTED = IntervalSet.from_iter((p, p) for p in PORT_PROTOCOLS)
_TCP = IntervalSet.single(TCP)


@dataclass(slots=True)
class PrefixLists:
    """``policy-options prefix-list``, with ``apply-path``."""

    problems: Problems
    lists: dict[str, list[tuple[str, Statement]]] = field(default_factory=dict)
    paths: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def read(self, words: tuple[str, ...], statement: Statement) -> None:
        """A statement below ``policy-options prefix-list``."""
        match words:
            case (name, "apply-path", path):
                self.lists.setdefault(name, [])
                self.paths.setdefault(name, []).append(tuple(path.split()))
            case (name, word):
                self.lists.setdefault(name, []).append((word, statement))
            case (name,):
                self.lists.setdefault(name, [])
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def addresses(self, name: str) -> AddressSet | None:
        """What a list holds; ``None`` when it is not defined or one of its members is no prefix."""
        if name not in self.lists:
            return None
        try:
            return AddressSet.union(prefix(word) for word, _ in self.lists[name])
        except Misread:
            return None

    def fill(self, statements: Sequence[Statement]) -> None:
        """Find what ``apply-path`` patterns point to: the last word of every statement that has the path."""
        for name, patterns in self.paths.items():
            for pattern in patterns:
                n = len(pattern)
                for statement in statements:
                    words = statement.words
                    if len(words) >= n and all(
                        w == p or (p.startswith("<") and p.endswith(">") and fnmatch.fnmatchcase(w, p[1:-1]))
                        for p, w in zip(pattern, words, strict=False)
                    ):
                        self.lists[name].append((words[n - 1], statement))


@dataclass(slots=True)
class Conditions:
    """The conditions of one term, collected statement by statement."""

    problems: Problems
    prefixes: PrefixLists
    families: tuple[Family, ...]
    addresses: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    listed: list[tuple[str, str, bool, Statement]] = field(default_factory=list)
    ports: dict[tuple[str, bool], IntervalSet] = field(default_factory=dict)
    icmp: dict[tuple[Field, bool], list[tuple[str, Statement]]] = field(default_factory=dict)
    protocols: dict[bool, IntervalSet] = field(default_factory=dict)
    flags: IntervalSet | None = None
    interfaces: list[str] = field(default_factory=list)
    fragments: bool = False
    uncertain: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The conditions as they may be shown."""
        return shown("from " + ", ".join(self.words), 240) if self.words else "any"

    def add(self, words: tuple[str, ...], statement: Statement) -> None:
        """One condition with one value."""
        if not words:
            return
        self.words.append(" ".join(words))
        try:
            self._add(words[0], words[1:], statement)
        except Misread as wrong:
            # A condition more can only narrow the term; a value of a list, beside others, would have added to it.
            more = wrong.reason == reasons.CONDITION.format(word=words[0])
            self.problems.add(statement.location, statement.text, wrong.reason, covered=more)
            self.uncertain.append(" ".join(words)[:80])

    def _add(self, word: str, values: tuple[str, ...], statement: Statement) -> None:
        plain = word.removesuffix("-except")
        negated = plain != word
        if word in ("tcp-established", "tcp-initial"):
            wanted = names.ESTABLISHED if word == "tcp-established" else names.INITIAL
            self.flags = wanted if self.flags is None else self.flags & wanted
            return
        if plain in _FRAGMENTS or plain in _BEYOND:
            self.fragments = self.fragments or plain in _FRAGMENTS
            self.uncertain.append(" ".join((word, *values))[:80])
            return
        if not values:
            raise Misread(reasons.CONDITION.format(word=word))
        if word in _ADDRESS or word in _LISTS:
            self._address(word, values, statement)
        elif plain in _PORTS:
            key = (_PORTS[plain], negated)
            self.ports[key] = self.ports.get(key, IntervalSet()) | names.ports(values[0])
        elif plain in _PROTOCOLS:
            self.protocols[negated] = self.protocols.get(negated, IntervalSet()) | names.protocols(values[0])
        elif plain in ("icmp-type", "icmp-code"):
            axis = Field.SPORT if plain == "icmp-type" else Field.DPORT
            for family in self.families:
                names.icmp(values[0], family, code=plain == "icmp-code")
            self.icmp.setdefault((axis, negated), []).append((values[0], statement))
        elif word == "tcp-flags":
            wanted = names.flags(" ".join(values))
            self.flags = wanted if self.flags is None else self.flags & wanted
        elif word == "interface":
            self.interfaces.append(values[0] if "." in values[0] or "*" in values[0] else f"{values[0]}.0")
        else:
            raise Misread(reasons.CONDITION.format(word=word))

    def _address(self, word: str, values: tuple[str, ...], statement: Statement) -> None:
        excepted = values[1:] == ("except",)
        if word in _LISTS:
            self.listed.append((_LISTS[word], values[0], excepted, statement))
        else:
            longest_match([(values[0], False)])  # refuse what is not an address, at its own line
            self.addresses.setdefault(_ADDRESS[word], []).append((values[0], excepted))

    def matches(self) -> Iterator[tuple[Family, Match]]:
        """The products the conditions mean, for each family of the filter."""
        for family in self.families:
            for ends, d1 in self._ends(family):
                for transport, d2 in self._transport(family):
                    fields = {a: v for a, v in (ends | transport).items() if v is not None}
                    doubts = tuple(dict.fromkeys((*self.uncertain, *d1, *d2)))
                    named = InterfaceMatch(tuple(dict.fromkeys(self.interfaces))) if self.interfaces else None
                    if all(fields.values()):
                        yield family, Match(fields=fields, in_interface=named, uncertain=doubts)

    def _ends(self, family: Family) -> Iterator[tuple[dict[Field, IntervalSet], tuple[str, ...]]]:
        """Source and destination; ``address`` stands for either."""
        sides = {side: self._side(side, family) for side in ("src", "dst", "both")}
        base: dict[Field, IntervalSet] = {}
        doubts: list[str] = []
        for side, axis in (("src", Field.SRC), ("dst", Field.DST)):
            found = sides[side]
            if found is not None:
                base[axis] = found[0]
                doubts += found[1]
        either = sides["both"]
        if either is None:
            yield base, tuple(doubts)
            return
        for axis in (Field.SRC, Field.DST):
            values = base[axis] & either[0] if axis in base else either[0]
            yield {**base, axis: values}, (*doubts, *either[1])

    def _side(self, side: str, family: Family) -> tuple[IntervalSet, list[str]] | None:
        """The addresses of one side; prefixes and prefix lists are alternatives and their exceptions go for both."""
        entries = list(self.addresses.get(side, ()))
        doubts: list[str] = []
        present = bool(entries)
        for where, name, excepted, statement in self.listed:
            if where != side:
                continue
            present = True
            if name not in self.prefixes.lists:
                self.problems.add(statement.location, statement.text, reasons.NO_PREFIX_LIST.format(name=name), covered=True)
                doubts.append(f"prefix-list {name}")
            entries += [(word, excepted) for word, _ in self.prefixes.lists.get(name, ()) if self._readable(word, statement)]
        if not present:
            return None
        if doubts:
            return ANY[family], doubts
        if not entries:
            return IntervalSet(), []
        found, only = longest_match(entries)
        if only:
            # Whether a packet outside all exceptions matches depends on the platform: it may.
            doubts.append("except " + ", ".join(w for w, _ in entries)[:60])
        return found.family(family), doubts

    def _readable(self, word: str, statement: Statement) -> bool:
        try:
            return isinstance(longest_match([(word, False)])[0], AddressSet)
        except Misread as wrong:
            self.problems.add(statement.location, statement.text, wrong.reason, covered=False)
            self.uncertain.append(word)
            return False

    def _transport(self, family: Family) -> Iterator[tuple[dict[Field, IntervalSet], tuple[str, ...]]]:
        """Protocol with ports, flags or ICMP messages."""
        protocols = self.protocols.get(False, ALL_PROTOCOLS) - self.protocols.get(True, IntervalSet())
        named = bool(self.protocols)
        inner: list[tuple[IntervalSet, dict[Field, IntervalSet]]] = []
        if self.flags is not None:
            inner.append((_TCP, {Field.FLAGS: self.flags}))
        port_sets = self._port_sets()
        messages = self._messages(family)
        if messages is not None:
            inner.append((IntervalSet.single(ICMP if family == 4 else ICMPV6), messages))
        if not inner and port_sets is None:
            yield ({Field.PROTO: protocols} if named else {}), ()
            return
        seen = protocols
        for needed, _ in inner:
            seen &= needed
        seen = seen & _PORTED if port_sets is not None else seen
        base: dict[Field, IntervalSet] = {Field.PROTO: seen}
        for _, more in inner:
            base |= more
        for ports in port_sets or ({},):
            yield base | ports, ()
        rest = protocols - seen
        if rest:
            # The octets are compared whatever the protocol is; the model has no ports or flags there.
            yield {Field.PROTO: rest}, ("ports, flags or ICMP of another protocol",)

    def _port_sets(self) -> list[dict[Field, IntervalSet]] | None:
        if not self.ports:
            return None
        sides: dict[str, IntervalSet] = {}
        for side in ("sport", "dport", "both ports"):
            if (side, False) in self.ports or (side, True) in self.ports:
                sides[side] = self.ports.get((side, False), ALL_PORTS) - self.ports.get((side, True), IntervalSet())
        base = {f: sides[s] for s, f in (("sport", Field.SPORT), ("dport", Field.DPORT)) if s in sides}
        if "both ports" not in sides:
            return [base]
        either = sides["both ports"]
        return [{**base, axis: base[axis] & either if axis in base else either} for axis in (Field.SPORT, Field.DPORT)]

    def _messages(self, family: Family) -> dict[Field, IntervalSet] | None:
        if not self.icmp:
            return None
        out: dict[Field, IntervalSet] = {}
        for (axis, negated), entries in self.icmp.items():
            code = axis is Field.DPORT
            found = IntervalSet.from_iter(itertools.chain.from_iterable(names.icmp(w, family, code=code) for w, _ in entries))
            before = out.get(axis, IntervalSet.of((0, 255)))
            out[axis] = before - found if negated else before & found
        return out
