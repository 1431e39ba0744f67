"""Network address translation since ASA 8.3 (Cisco ASA Series Firewall CLI Configuration Guide, "NAT").

Access rules see real addresses, so destinations are translated back before them; translation of sources changes
nothing that an access rule sees, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, Action, Rule, Translation, Verb
from segmentation.device.match import Field, Match
from segmentation.model.addresses import ANY, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ServiceTerm
from segmentation.vendors.asa.interfaces import Interface, named
from segmentation.vendors.cisco_acl import names, reasons, values
from segmentation.vendors.cisco_acl.groups import Objects
from segmentation.vendors.cisco_acl.lines import Line, Problems
from segmentation.vendors.cisco_acl.values import Misread, Words

_IPV4: frozenset[Family] = frozenset({4})
_QUIET = frozenset({"dns", "net-to-net", "no-proxy-arp", "route-lookup", "inactive", "unidirectional"})
_ANYWHERE = "any"


@dataclass(frozen=True, slots=True)
class Statement:
    """A ``nat`` line, with the object it stands in, if any."""

    line: Line
    owner: str = ""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Addresses before and after translation."""

    real: IntervalSet
    mapped: IntervalSet


@dataclass(slots=True)
class Translations:
    """All ``nat`` statements."""

    problems: Problems
    statements: list[Statement] = field(default_factory=list)

    def rules(self, objects: Objects, interfaces: Mapping[str, Interface]) -> tuple[Rule, ...]:
        """Destination translations in the order of the sections: twice NAT, object NAT, twice NAT ``after-auto``."""
        found: list[tuple[tuple[int, int, int, int, str], list[Rule]]] = []
        for number, statement in enumerate(self.statements):
            reader = _Reader(statement, objects, interfaces)
            try:
                rules = list(reader.rules())
            except Misread as wrong:
                self.problems.report(statement.line, wrong.reason)
                continue
            found.append(((reader.section, *(reader.rank if reader.section == 2 else (number, 0, 0)), statement.owner), rules))
        return tuple(rule for _, rules in sorted(found, key=lambda f: f[0]) for rule in rules)


class _Reader:
    """One statement."""

    def __init__(self, statement: Statement, objects: Objects, interfaces: Mapping[str, Interface]) -> None:
        self.line, self.owner = statement.line, statement.owner
        self.objects, self.interfaces = objects, interfaces
        self.words = Words(statement.line.words, 1)
        self.section = 2 if self.owner else 1
        self.rank = (0, 0, 0)  # object NAT: static first, then fewer addresses, then lower addresses
        self.real_side = self.mapped_side = _ANYWHERE

    def rules(self) -> Iterator[Rule]:
        """The destination translations of the statement.  Raises :class:`Misread`."""
        words = self.words
        sides = words.peek()
        if sides.startswith("("):
            text = ""
            while not text.endswith(")"):
                text += words.take(values.NAME)
            self.real_side, _, self.mapped_side = text[1:-1].partition(",")
            if not self.mapped_side:
                raise Misread(reasons.OLD_NAT)
        if words.peek().isdecimal():
            words.at += 1
        if words.accept("after-auto"):
            self.section = 3
            if words.peek().isdecimal():
                words.at += 1
        yield from self._object() if self.owner else self._twice()

    def _object(self) -> Iterator[Rule]:
        kind = self.words.take(values.NAME)
        real = self._named(self.owner)
        self.rank = (0 if kind == "static" else 1, real.size, real.low if real else 0)
        if kind == "dynamic":
            return
        if kind != "static":
            raise Misread(reasons.OLD_NAT if kind.isdecimal() else reasons.TRANSLATION)
        mapped = self._mapped(real)
        ports: tuple[int, int, int] | None = None
        while not self.words.done:
            word = self.words.take(values.NAME)
            if word == "service":
                ports = self._ports()
            elif word not in _QUIET:
                raise Misread(reasons.WORD.format(word=word))
        yield self._back(_Pair(real, mapped), None, ports)

    def _ports(self) -> tuple[int, int, int]:
        protocol = names.protocol(self.words.take(values.PROTOCOL))
        numbers = [names.port(self.words.take(values.PORT), (protocol or 6,)) for _ in range(2)]
        if protocol is None or numbers[0] is None or numbers[1] is None:
            raise Misread(reasons.TRANSLATION)
        return protocol, numbers[0], numbers[1]

    def _twice(self) -> Iterator[Rule]:
        words = self.words
        if "description" in words.words:
            words.words = words.words[: words.words.index("description")]
        if not words.accept("source"):
            raise Misread(reasons.OLD_NAT)
        dynamic = words.take(values.NAME) == "dynamic"
        off = "inactive" in words.words
        if off:
            return
        real = self._named(words.take(values.NAME))
        source: _Pair | None = None
        if dynamic:
            while words.peek() not in ("destination", "", "service") and not words.done:
                words.at += 1
        else:
            source = _Pair(real, self._mapped(real))
        destination: _Pair | None = None
        if words.accept("destination"):
            words.accept("static")
            word = words.peek()
            mapped = self._interface(self.real_side) if word == "interface" else self._named(word)
            words.at += 1
            destination = _Pair(self._named(words.take(values.NAME)), mapped)
        one_way = "unidirectional" in words.words
        services = self._services() if words.accept("service") else ((None, None),)
        for word in words.words[words.at :]:
            if word not in _QUIET:
                raise Misread(reasons.TRANSLATION)
        for near, far in services:
            if destination is not None:
                yield self._forth(destination, real, near, far)
            if source is not None and not one_way:
                yield self._twice_back(source, destination.real if destination is not None else None, near, far)

    def _services(self) -> tuple[tuple[ServiceTerm | None, ServiceTerm | None], ...]:
        """``service NEAR FAR``: the ports on the real side of the source and those on its mapped side.

        Command Reference, "nat (global)": the first object holds the real source and mapped destination port, the second one
        the mapped source and real destination port.  Raises :class:`Misread`.
        """
        near, far = (self.objects.service(self.words.take(values.NAME), self.line) for _ in range(2))
        if near.doubts or far.doubts or not near.terms:
            raise Misread(reasons.TRANSLATION)
        if near.terms == far.terms:
            return tuple((t, t) for t in near.terms)
        if len(near.terms) != 1 or len(far.terms) != 1 or near.terms[0].protocols != far.terms[0].protocols:
            raise Misread(reasons.TRANSLATION)
        return ((near.terms[0], far.terms[0]),)

    def _twice_back(
        self, pair: _Pair, source: IntervalSet | None, near: ServiceTerm | None, far: ServiceTerm | None
    ) -> Rule:  # fmt: skip
        """From the mapped side to the mapped addresses, with the ports of the second object."""
        if near is None or far is None:
            return self._back(pair, source, None)
        fields = {Field.DST: pair.mapped, Field.PROTO: far.protocols, Field.DPORT: far.src_ports, Field.SPORT: far.dst_ports}
        if source is not None:
            fields[Field.SRC] = source
        ports = near.src_ports if near.src_ports != far.src_ports else None
        return self._rule(_told(fields), self.mapped_side, pair, ports)

    def _named(self, name: str) -> IntervalSet:
        """The IPv4 addresses of an object, a group, ``any`` or an address.  Raises :class:`Misread`."""
        if name == "any":
            return ANY[4]
        literal = values.prefix(name)
        if literal is not None and name not in self.objects.networks:
            return literal.v4
        known = self.objects.network(name, self.line)
        if known.doubts or not known.addresses.v4:
            raise Misread(reasons.TRANSLATION)
        return known.addresses.v4

    def _mapped(self, real: IntervalSet) -> IntervalSet:
        word = self.words.take(values.NAME)
        if word == "interface":
            self.words.accept("ipv6")
            return self._interface(self.mapped_side)
        mapped = self._named(word)
        if values.ipv4(word) is not None and mapped.size == 1 < real.size and real.size & (real.size - 1) == 0:
            low = mapped.low // real.size * real.size  # an address written out stands for a network as large as the real one
            return IntervalSet.of((low, low + real.size - 1))
        return mapped

    def _interface(self, side: str) -> IntervalSet:
        found = [i for i in self.interfaces.values() if i.name == side and i.own]
        if not found:
            raise Misread(reasons.TRANSLATION)
        return found[0].own.v4

    def _side(self, name: str) -> tuple[Interface, ...] | None:
        """The interfaces of a side; ``None`` for any.  Raises :class:`Misread`."""
        if name == _ANYWHERE:
            return None
        found = tuple(i for i in self.interfaces.values() if i.name == name)
        if not found:
            raise Misread(reasons.GROUP_MISSING.format(name=name))
        return found

    def _back(self, pair: _Pair, source: IntervalSet | None, ports: tuple[int, int, int] | None) -> Rule:
        """From the mapped side to the mapped addresses: they become the real ones."""
        fields = {Field.DST: pair.mapped}
        if source is not None:
            fields[Field.SRC] = source
        if ports is not None:
            fields[Field.PROTO] = IntervalSet.single(ports[0])
            fields[Field.DPORT] = IntervalSet.single(ports[2])
        return self._rule(fields, self.mapped_side, pair, IntervalSet.single(ports[1]) if ports is not None else None)

    def _forth(
        self, pair: _Pair, source: IntervalSet, near: ServiceTerm | None = None, far: ServiceTerm | None = None
    ) -> Rule:  # fmt: skip
        """From the real side to the mapped destination: it becomes the real one."""
        fields = {Field.DST: pair.mapped, Field.SRC: source}
        if near is None or far is None:
            return self._rule(fields, self.real_side, pair, None)
        fields |= {Field.PROTO: near.protocols, Field.SPORT: near.src_ports, Field.DPORT: near.dst_ports}
        return self._rule(_told(fields), self.real_side, pair, far.dst_ports if far.dst_ports != near.dst_ports else None)

    def _rule(self, fields: dict[Field, IntervalSet], side: str, pair: _Pair, ports: IntervalSet | None) -> Rule:
        came = self._side(side)
        action: Action
        if pair.real == pair.mapped and ports is None:
            action = ACCEPT  # identity: no later statement translates these
        else:
            keep = len(pair.real) == len(pair.mapped) == 1 and pair.real.size == pair.mapped.size > 1
            keep = keep and pair.real.size & (pair.real.size - 1) == 0
            action = Action(
                verb=Verb.DNAT, translation=Translation(addresses=pair.real, ports=ports, keep_host_bits=keep)
            )  # fmt: skip
        return Rule(
            match=Match(
                fields={f: v for f, v in fields.items() if v != ANY[4]}, in_interface=named(*came) if came is not None else None
            ),
            action=action, location=self.line.location, text=self.line.text, families=_IPV4,
        )  # fmt: skip


def _told(fields: dict[Field, IntervalSet]) -> dict[Field, IntervalSet]:
    """The fields that say something."""
    return {f: v for f, v in fields.items() if v not in (ALL_PORTS, ALL_PROTOCOLS)}
