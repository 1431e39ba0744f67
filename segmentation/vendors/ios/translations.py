"""Network address translation of IOS (IP Addressing: NAT Configuration Guide)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.device.device import Action, Rule, Translation, Verb
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.cisco_acl import names, reasons, values
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
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


@dataclass(slots=True)
class Translations:
    """What ``ip nat`` says."""

    problems: Problems
    statics: list[Static] = field(default_factory=list)
    dynamic: bool = False

    def read(self, block: Block) -> None:
        """Read one statement; what is not a static translation of inside sources is reported."""
        words = Words(block.words, 2)
        kind = block.words[2:5]
        if kind == ("inside", "source", "static"):
            words.at = 5
            try:
                self.statics.append(_static(block.head, words))
            except Misread as wrong:
                self.problems.report(block.head, wrong.reason)
        elif kind[:2] == ("inside", "source"):
            # Sources of those inside are rewritten after the ingress list; nobody outside gets in by it.
            self.dynamic = True
        elif words.peek() not in ("translation", "pool", "log", "settings", "service", "name", "create", "portmap"):
            self.problems.report(block.head, reasons.TRANSLATION)

    def destinations(self, outside: tuple[str, ...], own: dict[str, AddressSet]) -> Iterator[Rule]:
        """Translation of what comes in from outside; it takes place after the ingress list.

        Order of operation: "NAT Order of Operation" (Cisco document 6209), outside to inside.
        """
        for one in self.statics:
            public = _public(one, own)
            if public is None:
                self.problems.report(one.line, reasons.TRANSLATION)
                continue
            fields = {Field.DST: public}
            ports = None
            if one.protocol is not None and one.outside_port is not None and one.local_port is not None:
                fields[Field.PROTO] = IntervalSet.single(one.protocol)
                fields[Field.DPORT] = IntervalSet.single(one.outside_port)
                ports = IntervalSet.single(one.local_port)
            keep = one.local.size == public.size > 1
            yield Rule(
                match=Match(fields=fields, in_interface=InterfaceMatch(outside) if outside else None),
                action=Action(
                    verb=Verb.DNAT, translation=Translation(addresses=one.local, ports=ports, keep_host_bits=keep)
                ),
                location=one.line.location, text=one.line.text, families=_IPV4,
            )  # fmt: skip


def _public(one: Static, own: dict[str, AddressSet]) -> IntervalSet | None:
    if one.outside is not None:
        return one.outside
    found = own.get(one.interface)
    return found.v4 if found is not None and found.v4 else None


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
        _options(words)
        return Static(line, local, outside, protocol, local_port, port, interface)
    if words.accept("network"):
        first, second = values.ipv4(words.take(values.ADDRESS)), values.ipv4(words.take(values.ADDRESS))
        mask = words.take(values.MASK)
        if first is None or second is None:
            raise Misread(reasons.TRANSLATION)
        if mask.startswith("/"):
            sets = [values.prefix(f"{w}{mask}") for w in (line.words[6], line.words[7])]
            if sets[0] is None or sets[1] is None:
                raise Misread(reasons.MASK.format(word=mask))
            _options(words)
            return Static(line, sets[0].v4, sets[1].v4)
        _options(words)
        return Static(line, values.masked(first, mask, inverse=False), values.masked(second, mask, inverse=False))
    local = values.host(words).v4
    if words.accept("interface"):
        return Static(line, local, None, interface=_interface_name(words))
    outside = values.host(words).v4
    _options(words)
    return Static(line, local, outside)


def _options(words: Words) -> None:
    """Options that leave the translation as it is; a route map makes it conditional."""
    rest: Iterable[str] = words.words[words.at :]
    for word in rest:
        if word == "route-map":
            raise Misread(reasons.TRANSLATION)


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
