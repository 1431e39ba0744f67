"""Objects and object groups, nested ones resolved; what is not known about them is kept as doubt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.model.addresses import ALL_ADDRESSES, NO_ADDRESSES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ICMP, ICMPV6, ServiceTerm
from segmentation.vendors.cisco_acl import names, reasons, values
from segmentation.vendors.cisco_acl.lines import Line, Problems
from segmentation.vendors.cisco_acl.values import Misread, Words

#: Groups in groups beyond this are not followed.
DEPTH_LIMIT = 64
_EITHER = IntervalSet.from_iter(((6, 6), (17, 17)))


@dataclass(frozen=True, slots=True)
class Known:
    """What a group holds: members that are certain, and the words of what is not known."""

    addresses: AddressSet = NO_ADDRESSES
    terms: tuple[ServiceTerm, ...] = ()
    doubts: tuple[str, ...] = ()

    def parts(self) -> tuple[tuple[AddressSet, tuple[str, ...]], ...]:
        """The addresses as alternatives for rules of one action: the certain ones, then any, with the doubts."""
        certain = ((self.addresses, ()),) if self.addresses or not self.doubts else ()
        return (*certain, *(((ALL_ADDRESSES, self.doubts),) if self.doubts else ()))

    def term_parts(self) -> tuple[tuple[ServiceTerm, tuple[str, ...]], ...]:
        """The services as such alternatives."""
        certain = tuple((t, ()) for t in self.terms)
        return (*certain, *(((ServiceTerm(ALL_PROTOCOLS), self.doubts),) if self.doubts else ()))


@dataclass(slots=True)
class Group:
    """A named object or group while it is being read.  ``kind``: network, service, ports, protocol or icmp."""

    name: str
    kind: str
    line: Line
    addresses: list[AddressSet] = field(default_factory=list)
    terms: list[ServiceTerm] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    members: list[tuple[str, Line]] = field(default_factory=list)
    used: bool = False

    @property
    def location(self) -> Location:
        """Where it is defined."""
        return self.line.location


@dataclass(slots=True)
class Objects:
    """All objects and groups of a device; a name means one thing for addresses and one for services."""

    problems: Problems
    networks: dict[str, Group] = field(default_factory=dict)
    services: dict[str, Group] = field(default_factory=dict)
    _known: dict[tuple[bool, str], Known] = field(default_factory=dict)

    def add(self, name: str, kind: str, line: Line) -> Group:
        """The group of this name, made if it does not exist (the same head may come again with further members)."""
        table = self.networks if kind == "network" else self.services
        if name not in table:
            table[name] = Group(name, kind, line)
        return table[name]

    def network(self, name: str, line: Line) -> Known:
        """The addresses of a group; one that is not defined is reported at *line* and wholly unknown."""
        return self._resolve(name, line, network=True)

    def service(self, name: str, line: Line) -> Known:
        """The services of a group, likewise."""
        return self._resolve(name, line, network=False)

    def resolve_all(self) -> None:
        """Resolve every group, so that members that do not exist are reported where nothing uses the group, too."""
        for network, table in ((True, self.networks), (False, self.services)):
            for group in table.values():
                used = group.used
                self._resolve(group.name, group.line, network=network)
                group.used = used

    def _resolve(self, name: str, line: Line, *, network: bool, path: tuple[str, ...] = ()) -> Known:
        group = (self.networks if network else self.services).get(name)
        if group is None:
            self.problems.report(line, reasons.GROUP_MISSING.format(name=name), covered=True)
            return Known(doubts=(f"{name} (not defined)",))
        group.used = True
        known = self._known.get((network, name))
        if known is not None:
            return known
        if name in path or len(path) > DEPTH_LIMIT:
            reason = reasons.GROUP_LOOP if name in path else reasons.GROUP_DEEP
            self.problems.report(line, reason.format(name=name), covered=True)
            return Known(doubts=(f"{name} (contains itself)",))
        addresses, terms, doubts = list(group.addresses), list(group.terms), list(group.doubts)
        for member, at in group.members:
            inner = self._resolve(member, at, network=network, path=(*path, name))
            addresses.append(inner.addresses)
            terms += inner.terms
            doubts += inner.doubts
        known = Known(AddressSet.union(addresses), tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(doubts))[:8])
        self._known[network, name] = known
        return known

    def _without_removed(self, lines: list[Line], group: Group) -> list[Line]:
        """The lines without those that ``no …`` takes out again; if one cannot be found, no member is certain."""
        kept: list[Line] = []
        lost: list[Line] = []
        for line in lines:
            if line.words[0] != "no":
                kept.append(line)
                continue
            gone = [k for k in kept if k.words[-len(line.words) + 1 :] == line.words[1:]] if len(line.words) > 1 else []
            kept = [k for k in kept if k not in gone]
            lost += [] if gone or line.words[1:2] == ("description",) else [line]
        for line in lost:
            self.problems.report(line, reasons.STATEMENT, covered=True)
            group.doubts += [line.text, *(k.text for k in kept)][:8]
            group.addresses, group.terms, group.members, kept = [], [], [], []
        return kept

    def read(self, lines: Iterable[Line], group: Group, *, inverse: bool) -> None:
        """Add the member lines of a group; *inverse*: its masks are wildcards (NX-OS)."""
        for line in self._without_removed(list(lines), group):
            words = Words(line.words)
            if words.peek().isdecimal() and len(line.words) > 1 and group.kind in ("network", "ports"):
                words.at += 1  # NX-OS numbers the members
            if words.peek() == "description":
                continue
            try:
                if group.kind == "network":
                    _network_member(group, words, line, inverse=inverse)
                else:
                    _service_member(group, words, line)
                if not words.done:
                    raise Misread(reasons.WORD.format(word=words.peek()))  # noqa: TRY301  # one way out of a line
            except Misread as wrong:
                group.doubts.append(line.text)
                self.problems.report(line, wrong.reason, covered=True)


def _network_member(group: Group, words: Words, line: Line, *, inverse: bool) -> None:
    words.accept("network-object")
    if words.accept("group-object", "object", "group"):
        group.members.append((words.take(values.NAME), line))
    elif words.accept("host"):
        name = words.peek()
        if values.prefix(name) is None and name[:1].isalpha():  # a host name, looked up when the line is typed
            words.at += 1
            group.doubts.append(f"host {name}")
        else:
            group.addresses.append(values.host(words))
    elif words.accept("range"):
        first, last = values.host(words), values.host(words)
        family = 4 if first.v4 else 6
        a, b = first.family(family), last.family(family)  # type: ignore[arg-type]
        if not a or not b or a.low > b.low:
            raise Misread(reasons.ADDRESS.format(word=" ".join(line.words)))
        group.addresses.append(AddressSet.of(family, IntervalSet.of((a.low, b.low))))  # type: ignore[arg-type]
    elif words.accept("fqdn"):
        words.accept("v4", "v6")
        group.doubts.append(f"fqdn {words.take(values.NAME)}")
    elif words.accept("any"):
        group.addresses.append(ALL_ADDRESSES)
    else:
        words.accept("subnet")
        group.addresses.append(values.literal(words, inverse=inverse))


def _service_member(group: Group, words: Words, line: Line) -> None:
    words.accept("service-object", "service")
    if words.accept("group-object"):
        group.members.append((words.take(values.NAME), line))
    elif words.accept("object"):
        name = words.take(values.NAME)
        number = names.protocol(name)
        if number is None:
            group.members.append((name, line))
        else:  # ASA has built-in objects named like protocols
            group.terms.append(ServiceTerm(IntervalSet.single(number)))
    elif words.accept("port-object"):
        group.terms.append(ServiceTerm(_EITHER, dst_ports=values.ports(words, (6, 17))))
    elif words.accept("icmp-object"):
        group.terms.append(_icmp(words, ICMP))
    elif words.accept("protocol-object"):
        group.terms.append(ServiceTerm(_protocols(words)))
    elif group.kind == "ports":
        group.terms.append(ServiceTerm(_EITHER, dst_ports=values.ports(words, (6, 17))))
    else:
        group.terms.append(service(words))


def _protocols(words: Words) -> IntervalSet:
    word = words.take(values.PROTOCOL)
    if word in names.ANY_PROTOCOL:
        return ALL_PROTOCOLS
    if word == "tcp-udp":
        return _EITHER
    number = names.protocol(word)
    if number is None:
        raise Misread(reasons.PROTOCOL.format(word=word))
    return IntervalSet.single(number)


def service(words: Words) -> ServiceTerm:
    """A protocol with source and destination ports, or with an ICMP message.  Raises :class:`Misread`."""
    protocols = _protocols(words)
    if protocols == IntervalSet.single(ICMP) or protocols == IntervalSet.single(ICMPV6):
        return _icmp(words, protocols.low) if not words.done else ServiceTerm(protocols)
    numbers = tuple(n for n in (6, 17) if n in protocols)
    sources = destinations = ALL_PORTS
    if words.accept("source"):
        sources = values.ports(words, numbers)
    words.accept("destination")
    if values.starts_ports(words):
        destinations = values.ports(words, numbers)
    elif names.port(words.peek(), numbers) is not None and not words.done:  # IOS shows "tcp www" for "tcp eq www"
        number = names.port(words.take(values.PORT), numbers)
        assert number is not None, "it was looked up before it was taken"
        destinations = IntervalSet.single(number)
    return ServiceTerm(protocols, sources, destinations)


def _icmp(words: Words, protocol: int) -> ServiceTerm:
    found = icmp_message(words, protocol)
    if found is None:
        raise Misread(reasons.WORD.format(word=words.peek()))
    return found


def icmp_message(words: Words, protocol: int) -> ServiceTerm | None:
    """A message by name, or type and perhaps code by number; ``None`` if none comes next.  Raises :class:`Misread`."""
    word = words.peek()
    named = (names.ICMP if protocol == ICMP else names.ICMPV6).get(word)
    if named is None:
        number = _octet(word)
        if number is None:
            return None
        named = (number, None)
    code = _octet(words.peek(1))
    if named[1] is None and code is not None:
        words.at += 1
        named = (named[0], code)
    words.at += 1
    codes = IntervalSet.of((0, 255)) if named[1] is None else IntervalSet.single(named[1])
    return ServiceTerm(IntervalSet.single(protocol), IntervalSet.single(named[0]), codes)


def _octet(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= 3 and int(word) <= 255 else None
