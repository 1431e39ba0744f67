"""Reading words of a line: addresses with masks, ports with operators, protocols."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from segmentation.model.addresses import ANY, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.text import Text
from segmentation.vendors.cisco_acl import names, reasons

#: Intervals that a non-contiguous mask may become; beyond it the address is widened and uncertain.
MASK_LIMIT = 4096
_ALL4 = (1 << 32) - 1
_PORT_OPERATORS = frozenset({"eq", "neq", "lt", "gt", "range"})


class Misread(Exception):  # noqa: N818  # not an error of the program: it carries a value to the nearest line
    """A part of a line without meaning, with the reason in both languages."""

    def __init__(self, reason: Text) -> None:
        """Keep the reason."""
        super().__init__(reason.en)
        self.reason = reason


@dataclass(slots=True)
class Words:
    """The words of a line that are still to be read."""

    words: tuple[str, ...]
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        """The next word, or ``""`` at the end."""
        i = self.at + ahead
        return self.words[i] if i < len(self.words) else ""

    def take(self, what: Text) -> str:
        """The next word; raises :class:`Misread` at the end, saying *what* was expected."""
        if self.at >= len(self.words):
            raise Misread(reasons.MISSING.format(what=what))
        self.at += 1
        return self.words[self.at - 1]

    def accept(self, *words: str) -> bool:
        """Take the next word if it is one of *words*."""
        if self.peek() in words and self.at < len(self.words):
            self.at += 1
            return True
        return False

    @property
    def done(self) -> bool:
        """Whether all words were read."""
        return self.at >= len(self.words)


ADDRESS = Text("アドレス", "an address")
MASK = Text("マスク", "a mask")
PORT = Text("ポート", "a port")
PROTOCOL = Text("プロトコル", "a protocol")
NAME = Text("名前", "a name")


@functools.lru_cache(maxsize=65_536)  # rule bases name the same addresses again and again
def ipv4(word: str) -> int | None:
    """The value of a dotted IPv4 address, or ``None``."""
    parts = word.split(".")
    if len(parts) != 4:
        return None
    value = 0
    for part in parts:
        if not (part.isascii() and part.isdecimal() and len(part) <= 3 and int(part) <= 255):
            return None
        value = value << 8 | int(part)
    return value


@functools.lru_cache(maxsize=65_536)
def prefix(word: str) -> AddressSet | None:
    """An address or prefix of either family (host bits are cut off), or ``None``."""
    host, slash, length = word.partition("/")
    value = ipv4(host)
    if value is not None:
        if not slash:
            return AddressSet(v4=IntervalSet.single(value))
        if not (length.isascii() and length.isdecimal() and len(length) <= 2 and int(length) <= 32):
            return None
        span = 1 << (32 - int(length))
        return AddressSet(v4=IntervalSet.of((value // span * span, value // span * span + span - 1)))
    if ":" not in host:
        return None
    try:
        return AddressSet.parse(word)
    except ValueError:
        return None


def wildcard(base: int, free: int) -> IntervalSet | None:
    """The IPv4 addresses that equal *base* in all bits not set in *free*; ``None`` beyond :data:`MASK_LIMIT` intervals."""
    low = 0
    while free >> low & 1:
        low += 1
    scattered = [b for b in range(low, 32) if free >> b & 1]
    if 1 << len(scattered) > MASK_LIMIT:
        return None
    start = base & ~free & _ALL4
    starts = [start]
    for bit in scattered:
        starts += [s | 1 << bit for s in starts]
    return IntervalSet.from_iter((s, s + (1 << low) - 1) for s in starts)


def masked(base: int, word: str, *, inverse: bool) -> IntervalSet:
    """An address with a dotted mask: a wildcard when *inverse*, else a netmask.  Raises :class:`Misread`."""
    mask = ipv4(word)
    if mask is None:
        raise Misread(reasons.MASK.format(word=word))
    found = wildcard(base, mask if inverse else ~mask & _ALL4)
    if found is None:
        raise Misread(reasons.SCATTERED.format(word=word))
    return found


def host(words: Words) -> AddressSet:
    """One address of either family.  Raises :class:`Misread`."""
    word = words.take(ADDRESS)
    found = prefix(word)
    if found is None or "/" in word:
        raise Misread(reasons.ADDRESS.format(word=word))
    return found


def literal(words: Words, *, inverse: bool) -> AddressSet:
    """An address alone, with a prefix length, or with a mask.  Raises :class:`Misread`."""
    word = words.take(ADDRESS)
    value = ipv4(word)
    if value is not None and ipv4(words.peek()) is not None:
        return AddressSet(v4=masked(value, words.take(MASK), inverse=inverse))
    if value is not None and words.peek().startswith("/"):  # IOS object groups may be shown as "10.0.0.0 /8"
        word += words.take(MASK)
    found = prefix(word)
    if found is None:
        raise Misread(reasons.ADDRESS.format(word=word))
    return found


def any_address(word: str, families: frozenset[int]) -> AddressSet | None:
    """The words for every address, within the families of the list."""
    wanted = {"any": families, "any4": families & {4}, "any6": families & {6}}.get(word)
    if wanted is None:
        return None
    return AddressSet(ANY[4] if 4 in wanted else IntervalSet(), ANY[6] if 6 in wanted else IntervalSet())


def starts_ports(words: Words) -> bool:
    """Whether a port operator comes next."""
    return words.peek() in _PORT_OPERATORS


def ports(words: Words, protocols: tuple[int, ...]) -> IntervalSet:
    """An operator with its ports; ``eq`` and ``neq`` take several on IOS.  Raises :class:`Misread`."""
    operator = words.take(PORT)
    first = _port(words, protocols)
    if operator == "range":
        last = _port(words, protocols)
        return IntervalSet.of((min(first, last), max(first, last)))  # IOS swaps a descending range
    if operator == "lt":
        return IntervalSet.of((0, first - 1))
    if operator == "gt":
        return IntervalSet.of((first + 1, 65535))
    values = [first]
    while (number := names.port(words.peek(), protocols)) is not None:
        values.append(number)
        words.at += 1
    found = IntervalSet.from_iter((v, v) for v in values)
    return found if operator == "eq" else found.complement(65535)


def _port(words: Words, protocols: tuple[int, ...]) -> int:
    word = words.take(PORT)
    number = names.port(word, protocols)
    if number is None:
        raise Misread(reasons.PORT.format(word=word))
    return number
