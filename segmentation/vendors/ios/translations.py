"""Network address translation of IOS (IP Addressing: NAT Configuration Guide).

Order of operation: "NAT Order of Operation" (Cisco document 6209).  From outside to inside: inbound list, translation,
routing; from inside to outside: inbound list, routing, translation, outbound list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from segmentation.device.device import ACCEPT, Action, Rule, Translation, Verb
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.cisco_acl import names, reasons, values
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.cisco_acl.values import Misread, Words

_IPV4: frozenset[Family] = frozenset({4})


@dataclass(frozen=True, slots=True)
class Static:
    """``ip nat inside source static``: one address or one port, or a whole prefix."""

    line: Line
    local: IntervalSet
    outside: IntervalSet | None  # None: the address of the outside interface
    protocol: int | None = None
    local_port: int | None = None
    outside_port: int | None = None
    interface: str = ""
    route_map: str = ""


@dataclass(frozen=True, slots=True)
class Dynamic:
    """``ip nat inside source list|route-map … pool|interface …``, or ``inside destination list … pool …``."""

    line: Line
    selector: str  # the name of a list, or of a route map
    by_list: bool
    pool: str = ""
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """The interfaces inside and outside, their own addresses, and the lists of the device."""

    inside: tuple[str, ...]
    outside: tuple[str, ...]
    own: Mapping[str, AddressSet]
    lists: Mapping[tuple[Family, str], AccessList]


@dataclass(slots=True)
class Translations:
    """What ``ip nat`` says."""

    problems: Problems
    statics: list[Static] = field(default_factory=list)
    outer: list[Static] = field(default_factory=list)  # of outside sources: ``local`` is what the inside calls them
    dynamic: list[Dynamic] = field(default_factory=list)
    balanced: list[Dynamic] = field(default_factory=list)  # inside destination
    pools: dict[str, IntervalSet] = field(default_factory=dict)

    def read(self, block: Block) -> None:
        """Read one statement."""
        try:
            self._read(block)
        except Misread as wrong:
            self.problems.report(block.head, wrong.reason)

    def _read(self, block: Block) -> None:
        words = Words(block.words, 2)
        kind = block.words[2:5]
        if kind == ("inside", "source", "static"):
            words.at = 5
            self.statics.append(_static(block.head, words))
        elif kind == ("outside", "source", "static"):
            words.at = 5
            # Written the other way round: the address outside, then the one that the inside knows.
            made = _static(block.head, words)
            self.outer.append(replace(made, local=made.outside or IntervalSet(), outside=made.local))
        elif kind[:2] == ("inside", "source"):
            self.dynamic.append(_dynamic(block))
        elif kind[:2] == ("inside", "destination"):
            self.balanced.append(_dynamic(block))
        elif words.accept("pool"):
            self._pool(block, words)
        elif words.peek() not in ("translation", "log", "settings", "service", "name", "create", "portmap"):
            raise Misread(reasons.TRANSLATION)

    def _pool(self, block: Block, words: Words) -> None:
        """``ip nat pool NAME FIRST LAST netmask M``; a pool of several ranges has them below it."""
        name = words.take(values.NAME)
        found = IntervalSet()
        for each in (words.words[words.at :], *(line.words for line in block.body)):
            plain = [w for w in each if w != "address"]
            first, last = (values.ipv4(w) for w in (*plain[:2], "", "")[:2])
            if first is not None and last is not None and first <= last:
                found |= IntervalSet.of((first, last))
        self.pools[name] = self.pools.get(name, IntervalSet()) | found

    def destinations(self, sides: Sides) -> Iterator[Rule]:
        """Translation of what comes in from outside, and of what the inside sends to a name of its own for the outside."""
        for one in self.statics:
            public = _public(one, sides.own)
            if public is None:
                self.problems.report(one.line, reasons.TRANSLATION)
                continue
            yield _rewritten(one, public, one.local, one.outside_port, one.local_port, sides.outside)
        for one in self.outer:
            if one.outside is not None and one.local:
                yield _rewritten(one, one.local, one.outside, one.local_port, one.outside_port, sides.inside)
        for each in self.balanced:
            yield from self._balanced(each, sides)

    def _balanced(self, each: Dynamic, sides: Sides) -> Iterator[Rule]:
        """``ip nat inside destination``: new connections to what the list permits go round the pool."""
        acl = sides.lists.get((4, each.selector))
        pool = self.pools.get(each.pool)
        if acl is None or not pool:
            self.problems.report(each.line, reasons.TRANSLATION)
            return
        action = Action(verb=Verb.DNAT, translation=Translation(addresses=pool))
        match = InterfaceMatch(sides.outside) if sides.outside else None
        for entry in acl.ordered:
            for rule in entry.rules(action, ACCEPT):
                yield replace(rule, match=replace(rule.match, in_interface=match), text=each.line.text)

    def sources(self, sides: Sides) -> Iterator[Rule]:
        """New sources of what leaves: outbound lists see these."""
        inside = InterfaceMatch(sides.inside) if sides.inside else None
        outside = InterfaceMatch(sides.outside) if sides.outside else None
        for one in self.statics:
            public = _public(one, sides.own)
            if public is None:
                continue
            fields = {Field.SRC: one.local}
            ports = None
            if one.protocol is not None and one.local_port is not None and one.outside_port is not None:
                fields |= {Field.PROTO: IntervalSet.single(one.protocol), Field.SPORT: IntervalSet.single(one.local_port)}
                ports = IntervalSet.single(one.outside_port)
            keep = one.local.size == public.size > 1
            new = Translation(addresses=public, ports=ports, keep_host_bits=keep)
            yield _snat(one.line, Match(fields=fields, in_interface=inside, out_interface=outside, uncertain=_doubt(one)), new)
        for each in self.dynamic:
            yield from self._hidden(each, sides, inside, outside)

    def _hidden(
        self, each: Dynamic, sides: Sides, inside: InterfaceMatch | None, outside: InterfaceMatch | None
    ) -> Iterator[Rule]:
        pool = self.pools.get(each.pool) or (sides.own[each.interface].v4 if each.interface in sides.own else None)
        new = Translation(addresses=pool) if pool else Translation(unknown=True)
        acl = sides.lists.get((4, each.selector)) if each.by_list else None
        if acl is None:
            doubt = (f"route-map {each.selector}" if not each.by_list else f"{each.selector} (not defined)",)
            yield _snat(each.line, Match(in_interface=inside, out_interface=outside, uncertain=doubt), new)
            return
        for entry in acl.ordered:
            for rule in entry.rules(Action(verb=Verb.SNAT, translation=new), ACCEPT):
                match = replace(rule.match, in_interface=inside, out_interface=outside)
                yield replace(rule, match=match, text=each.line.text)


def _snat(line: Line, match: Match, new: Translation) -> Rule:
    return Rule(
        match=match, action=Action(verb=Verb.SNAT, translation=new), location=line.location, text=line.text, families=_IPV4
    )


def _doubt(one: Static) -> tuple[str, ...]:
    return (f"route-map {one.route_map}",) if one.route_map else ()


def _rewritten(
    one: Static, old: IntervalSet, new: IntervalSet, old_port: int | None, new_port: int | None, came: tuple[str, ...]
) -> Rule:
    """The rule that gives packets to *old* that come in by *came* their destination *new*."""
    fields = {Field.DST: old}
    ports = None
    if one.protocol is not None and old_port is not None and new_port is not None:
        fields |= {Field.PROTO: IntervalSet.single(one.protocol), Field.DPORT: IntervalSet.single(old_port)}
        ports = IntervalSet.single(new_port)
    keep = new.size == old.size > 1
    return Rule(
        match=Match(fields=fields, in_interface=InterfaceMatch(came) if came else None, uncertain=_doubt(one)),
        action=Action(verb=Verb.DNAT, translation=Translation(addresses=new, ports=ports, keep_host_bits=keep)),
        location=one.line.location,
        text=one.line.text,
        families=_IPV4,
    )


def _public(one: Static, own: Mapping[str, AddressSet]) -> IntervalSet | None:
    if one.outside is not None:
        return one.outside
    found = own.get(one.interface)
    return found.v4 if found is not None and found.v4 else None


def _dynamic(block: Block) -> Dynamic:
    """``list L`` or ``route-map R``, then ``pool P`` or ``interface I``."""
    words = block.words
    named = {k: words[i + 1] for i, k in enumerate(words[:-1]) if k in ("list", "route-map", "pool")}
    interface = ""
    if "interface" in words:
        at = Words(words, words.index("interface") + 1)
        interface = _interface_name(at)
    selector = named.get("list") or named.get("route-map")
    if not selector or not (interface or "pool" in named):
        raise Misread(reasons.TRANSLATION)
    return Dynamic(block.head, selector, "list" in named, named.get("pool", ""), interface)


def _static(line: Line, words: Words) -> Static:
    protocol = names.protocol(words.peek()) if words.peek() in ("tcp", "udp") else None
    if protocol is not None:
        words.at += 1
        local = values.host(words).v4
        local_port = _port(words, protocol)
        interface, outside = "", None
        if words.accept("interface"):
            interface = _interface_name(words)
        else:
            outside = values.host(words).v4
        port = _port(words, protocol)
        return Static(line, local, outside, protocol, local_port, port, interface, _route_map(words))
    if words.accept("network"):
        first, second = (values.ipv4(words.take(values.ADDRESS)) for _ in range(2))
        mask = words.take(values.MASK)
        if first is None or second is None:
            raise Misread(reasons.TRANSLATION)
        route_map = _route_map(words)
        if mask.startswith("/"):
            sets = [values.prefix(f"{w}{mask}") for w in (line.words[6], line.words[7])]
            if sets[0] is None or sets[1] is None:
                raise Misread(reasons.MASK.format(word=mask))
            return Static(line, sets[0].v4, sets[1].v4, route_map=route_map)
        local, outside = (values.masked(base, mask, inverse=False) for base in (first, second))
        return Static(line, local, outside, route_map=route_map)
    local = values.host(words).v4
    if words.accept("interface"):
        return Static(line, local, None, interface=_interface_name(words), route_map=_route_map(words))
    outside = values.host(words).v4
    return Static(line, local, outside, route_map=_route_map(words))


def _route_map(words: Words) -> str:
    """The route map that makes a translation conditional; other options leave it as it is."""
    rest: Iterable[str] = words.words[words.at :]
    listed = list(rest)
    at = listed.index("route-map") + 1 if "route-map" in listed else len(listed)
    return listed[at] if at < len(listed) else ""


def _interface_name(words: Words) -> str:
    name = words.take(values.NAME)
    following = words.peek()
    if following[:1].isdecimal() and not any(c.isdecimal() for c in name):
        words.at += 1
        name += following
    return name


def _port(words: Words, protocol: int) -> int:
    word = words.take(values.PORT)
    number = names.port(word, (protocol,))
    if number is None:
        raise Misread(reasons.PORT.format(word=word))
    return number
