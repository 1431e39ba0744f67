"""Access lists of NEC UNIVERGE IX.

UNIVERGE IX series command reference, chapters 13-3 (packet filters) and 24-6, 24-7 (access lists, dynamic access lists);
function guide 2-421 to 2-430 (order of evaluation, implicit deny, scope of the dynamic cache).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import (
    Misread,
    Term,
    address_value,
    decimal,
    masked_values,
    prefix_values,
)
from segmentation.device.match import Field, flag_set
from segmentation.model.addresses import TOP, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ICMP, ICMPV6, PROTOCOL_NUMBERS, TCP, UDP
from segmentation.model.text import Text
from segmentation.vendors.ix import reasons

_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32}
#: Fields of the IP header that the model of packets does not have: the condition may hold.
_UNKNOWN_FIELDS = frozenset({"dscp", "tos", "precedence", "ttl", "length"})
_APPLICATIONS: dict[str, tuple[tuple[int, ...], int | None]] = {
    "tcp": ((TCP,), None), "udp": ((UDP,), None), "icmp": ((ICMP,), None), "ftp": ((TCP,), 21), "dns": ((TCP, UDP), 53),
    "http": ((TCP,), 80), "https": ((TCP,), 443), "smtp": ((TCP,), 25), "pop3": ((TCP,), 110), "telnet": ((TCP,), 23),
    "tftp": ((UDP,), 69), "sip": ((UDP,), 5060),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: what it does, which packets it means."""

    permit: bool
    terms: tuple[Term, ...]
    location: Location
    text: str
    comment: str = ""


@dataclass(slots=True)
class AccessList:
    """A list in the order of its lines; ``access`` names the list that triggers a dynamic one."""

    name: str
    location: Location
    entries: list[Entry] = field(default_factory=list)
    access: list[tuple[str, Location, str]] = field(default_factory=list)


def read_entry(
    words: Sequence[str], family: Family, place: tuple[Location, str, str], report: Callable[[Text], None]
) -> Entry | None:
    """``permit|deny PROTOCOL src A [sport P] dest B [dport P] …``; ``None`` when it is neither permit nor deny."""
    if not words or words[0] not in ("permit", "deny"):
        report(reasons.EXTRA.format(text=" ".join(words)[:80]) if words else reasons.SHORT)
        return None
    return Entry(words[0] == "permit", read_condition(words[1:], family, report), *place)


def read_condition(words: Sequence[str], family: Family, report: Callable[[Text], None]) -> tuple[Term, ...]:
    """The condition of an entry; a part without meaning makes it uncertain and is reported."""
    reader = _Condition(list(words), family, report)
    return reader.terms()


def application(words: Sequence[str], family: Family, report: Callable[[Text], None]) -> tuple[Term, ...]:
    """``NAME src A dest B``: the first packets of an application, for a dynamic list."""
    name = words[0].lower()
    ends = _Condition(["ip", *words[1:]], family, report).terms()
    if name not in _APPLICATIONS:
        report(reasons.BAD_PROTOCOL.format(text=name))
        return tuple(Term(t.fields, (*t.uncertain, reasons.APPLICATION)) for t in ends)
    numbers, port = _APPLICATIONS[name]
    service = {Field.PROTO: IntervalSet.from_iter((n, n) for n in numbers)}
    if port is not None:
        service[Field.DPORT] = IntervalSet.single(port)
    return tuple(Term({**t.fields, **service}, t.uncertain) for t in ends)


class _Condition:
    """Keywords with their operands, in any order."""

    def __init__(self, words: list[str], family: Family, report: Callable[[Text], None]) -> None:
        self.words = words
        self.family = family
        self.report = report
        self.fields: dict[Field, IntervalSet] = {}
        self.doubts: list[str] = []

    def terms(self) -> tuple[Term, ...]:
        """Read everything; always one product."""
        self._try(self._protocol)
        while self.words:
            self._try(self._part)
        return (Term(self.fields, tuple(self.doubts)),)

    def _try(self, read: Callable[[], None]) -> None:
        before = list(self.words)
        try:
            read()
        except Misread as misread:
            self.report(misread.reason)
            used = before[: max(1, len(before) - len(self.words))]
            self.words = before[len(used) :]
            self.doubts.append(" ".join(used)[:80])

    def _next(self) -> str:
        if not self.words:
            raise Misread(reasons.SHORT)
        return self.words.pop(0).lower()

    def _protocol(self) -> None:
        word = self._next()
        if word in ("ip", "any", "ipv6"):
            return
        names = PROTOCOL_NUMBERS | {"icmp": ICMP if self.family == 4 else ICMPV6}
        number = names.get(word, decimal(word, 255))
        if number is None:
            raise Misread(reasons.BAD_PROTOCOL.format(text=word))
        self.fields[Field.PROTO] = IntervalSet.single(number)

    def _part(self) -> None:
        word = self._next()
        if word in ("src", "dest"):
            values = self._address()
            if values is not None:
                self.fields[Field.SRC if word == "src" else Field.DST] = values
        elif word in ("sport", "dport"):
            values = self._ports()
            if values is not None:
                self.fields[Field.SPORT if word == "sport" else Field.DPORT] = values
        elif word in ("type", "code"):
            number = decimal(self._next(), 255)
            if number is None:
                raise Misread(reasons.EXTRA.format(text=word))
            self.fields[Field.SPORT if word == "type" else Field.DPORT] = IntervalSet.single(number)
        elif word == "established":
            # A flag test like that of other routers, not a state: ACK or RST.
            self.fields[Field.FLAGS] = flag_set(16, 16) | flag_set(4, 4)
        elif word in _FLAGS:
            bit = _FLAGS[word]
            self.fields[Field.FLAGS] = self.fields.get(Field.FLAGS, IntervalSet.of((0, 255))) & flag_set(bit, bit)
        elif word in _UNKNOWN_FIELDS:
            self.doubts.append(f"{word} {self._next()}"[:80])
        elif word == "fragment":
            self.doubts.append(word)
        else:
            raise Misread(reasons.EXTRA.format(text=word[:80]))

    def _address(self) -> IntervalSet | None:
        text = self._next()
        if text == "any":
            return None
        if text == "host":
            text = self._next()
        host, slash, length = text.partition("/")
        value = address_value(host, self.family)
        bits = 32 if self.family == 4 else 128
        if value is None:
            raise Misread(reasons.BAD_ADDRESS.format(text=text[:80], family=self.family))
        if slash:
            size = decimal(length, bits)
            if size is None:
                raise Misread(reasons.BAD_ADDRESS.format(text=text[:80], family=self.family))
            return prefix_values(value, size, self.family)
        wildcard = address_value(self.words[0], 4) if self.words and self.family == 4 else None
        if wildcard is None:
            return IntervalSet.single(value)
        self.words.pop(0)
        values = masked_values(value, ~wildcard & TOP[4], 4)
        if values is None:
            raise Misread(reasons.BAD_ADDRESS.format(text=text[:80], family=4))
        return values

    def _ports(self) -> IntervalSet | None:
        operator = self._next()
        if operator == "any":
            return None
        first = self._next()
        numbers = [decimal(part, 65535) for part in first.split(",")]
        last = decimal(self._next(), 65535) if operator == "range" else None
        low = numbers[0]
        if low is not None and None not in numbers:
            if operator in ("eq", "neq"):
                values = IntervalSet.from_iter((n, n) for n in numbers if n is not None)
                return values if operator == "eq" else values.complement(65535)
            if operator in ("gt", "lt"):
                return IntervalSet.of((low + 1, 65535) if operator == "gt" else (0, low - 1))
            if operator == "range" and last is not None and low <= last:
                return IntervalSet.of((low, last))
        raise Misread(reasons.BAD_PORT.format(text=f"{operator} {first}"[:80]))
