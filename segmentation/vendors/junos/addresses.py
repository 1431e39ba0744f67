"""Address books: global, attached to zones, and of a zone itself; prefixes, ranges, wildcards, names, nested sets.

Junos OS Security Policies User Guide for Security Devices, "Configuring Address Books and Address Sets".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems, address_value, masked_values
from segmentation.model.addresses import ANY, NO_ADDRESSES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.statements import Statement

NESTING_LIMIT = 32
#: What every policy may name without an address book.
BUILT_IN = {
    "any": AddressSet(ANY[4], ANY[6]),
    "any-ipv4": AddressSet(v4=ANY[4]),
    "any-ipv6": AddressSet(v6=ANY[6]),
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a name stands for: the addresses that are known, and the words for those that are not."""

    known: AddressSet = NO_ADDRESSES
    unknown: tuple[str, ...] = ()

    def __or__(self, other: Addresses) -> Addresses:
        """Both together."""
        return Addresses(self.known | other.known, tuple(dict.fromkeys((*self.unknown, *other.unknown))))


@dataclass(slots=True)
class Entry:
    """An address or an address set of a book."""

    statement: Statement
    value: Addresses = field(default_factory=Addresses)
    members: list[tuple[str, Statement]] = field(default_factory=list)
    used: bool = False
    inherited: bool = False
    held: list[str] = field(default_factory=list)  # names of the members of a set


@dataclass(slots=True)
class Book:
    """The entries of one address book, and the zones it is attached to."""

    name: str
    entries: dict[str, Entry] = field(default_factory=dict)
    zones: list[str] = field(default_factory=list)


def prefix(word: str) -> AddressSet:
    """An address, a prefix, or an address with a mask (``1.2.3.4/255.0.255.0``).  Raises :class:`Misread`."""
    host, slash, mask = word.partition("/")
    if slash and "." in mask:
        base, fixed = address_value(host, 4), address_value(mask, 4)
        found = masked_values(base, fixed, 4) if base is not None and fixed is not None else None
        if found is None:
            raise Misread(reasons.ADDRESS.format(word=word))
        return AddressSet(v4=found)
    try:
        return AddressSet.parse(word) if "-" not in word else NO_ADDRESSES
    except ValueError:
        raise Misread(reasons.ADDRESS.format(word=word)) from None


def span(low: str, high: str) -> AddressSet:
    """All addresses from *low* to *high*.  Raises :class:`Misread`."""
    try:
        return AddressSet.parse(f"{low.partition('/')[0]}-{high.partition('/')[0]}")
    except ValueError:
        raise Misread(reasons.ADDRESS.format(word=f"{low} to {high}")) from None


@dataclass(slots=True)
class Books:
    """All address books of a device (or of one logical system)."""

    problems: Problems
    books: dict[str, Book] = field(default_factory=dict)
    _by_zone: dict[str, Book] = field(default_factory=dict)

    def read(self, book: str, words: tuple[str, ...], statement: Statement) -> None:
        """``address``, ``address-set``, ``attach zone`` or ``description`` of a book."""
        found = self.books.setdefault(book, Book(book))
        match words:
            case ("address", name, *rest):
                self._address(found, name, rest, statement)
            case ("address-set", name, "address" | "address-set", member):
                entry = found.entries.setdefault(name, Entry(statement))
                entry.members.append((member, statement))
                entry.held.append(member)
            case ("address-set", name) | ("address-set", name, "description", *_):
                found.entries.setdefault(name, Entry(statement))
            case ("attach", "zone", zone):
                found.zones.append(zone)
                self._by_zone.setdefault(zone, found)
            case ("description", *_):
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def of_zone(self, zone: str, words: tuple[str, ...], statement: Statement) -> None:
        """A statement of ``security zones security-zone … address-book``."""
        name = f"zone {zone}"
        self.read(name, words, statement)
        self._by_zone[zone] = self.books[name]

    def holder(self, name: str, zones: Sequence[str]) -> str:
        """The book that a policy between *zones* finds *name* in; ``""`` when there is none."""
        books = [self._by_zone[z] for z in zones if z in self._by_zone]
        if "global" in self.books:
            books.append(self.books["global"])
        return next((b.name for b in books if name in b.entries), "")

    def resolve(self, name: str, zones: Sequence[str], statement: Statement) -> Addresses:
        """What *name* of a policy stands for: the book of the zone first, then the global one; an address itself too."""
        if name in BUILT_IN:
            return Addresses(BUILT_IN[name])
        books = [self._by_zone[z] for z in zones if z in self._by_zone]
        if "global" in self.books:
            books.append(self.books["global"])
        for book in books:
            if name in book.entries:
                return self._entry(book, name, statement, ())
        try:
            return Addresses(prefix(name)) if "." in name or ":" in name else self._missing(name, statement)
        except Misread:
            return self._missing(name, statement)

    def _missing(self, name: str, statement: Statement) -> Addresses:
        self.problems.add(statement.location, statement.text, reasons.NO_ADDRESS.format(name=name), covered=True)
        return Addresses(unknown=(name,))

    def _entry(self, book: Book, name: str, statement: Statement, path: tuple[str, ...]) -> Addresses:
        entry = book.entries.get(name)
        if entry is None:
            outer = self.books.get("global")
            if outer is not None and outer is not book and name in outer.entries:
                return self._entry(outer, name, statement, path)
            return self._missing(name, statement)
        if name in path or len(path) > NESTING_LIMIT:
            self.problems.add(entry.statement.location, entry.statement.text, reasons.LOOP.format(name=name), covered=True)
            return Addresses(unknown=(name,))
        entry.used = True
        if entry.members:
            parts = [self._entry(book, member, at, (*path, name)) for member, at in entry.members]
            unknown = tuple(dict.fromkeys(u for p in parts for u in p.unknown))
            # Kept: sets are named by many policies; a set with a loop in it stays as it is, too.
            entry.value = Addresses(AddressSet.union([entry.value.known, *(p.known for p in parts)]), unknown)
            entry.members = []
        return entry.value

    def _address(self, book: Book, name: str, rest: list[str], statement: Statement) -> None:
        entry = book.entries.setdefault(name, Entry(statement))
        try:
            match rest:
                case [] | ["description", *_]:
                    return
                case ["dns-name", host, *_]:
                    value = Addresses(unknown=(f"dns-name {host}",))
                case ["range-address", low, "to", high]:
                    value = Addresses(span(low, high))
                case ["wildcard-address", word]:
                    value = Addresses(prefix(word))
                case ["ip-prefix", word] | [word]:
                    value = Addresses(prefix(word))
                case _:
                    self.problems.add(statement.location, statement.text, reasons.STATEMENT, covered=True)
                    value = Addresses(unknown=(name,))
        except Misread as wrong:
            self.problems.add(statement.location, statement.text, wrong.reason, covered=True)
            value = Addresses(unknown=(name,))
        if not (statement.inherited and (entry.value.known or entry.value.unknown)):
            entry.value = value


def longest_match(entries: Sequence[tuple[str, bool]]) -> tuple[AddressSet, bool]:
    """Prefixes with or without ``except``: the longest that holds an address decides.  Raises :class:`Misread`.

    The flag says that there are only exceptions.  Firewall Filters User Guide, "Firewall Filter Match Conditions Based on
    Address Fields".
    """

    def width(word: str) -> int:
        sets = prefix(word)
        return sets.v4.size if sets.v4 else sets.v6.size

    found = NO_ADDRESSES
    only = all(excepted for _, excepted in entries)
    if only:
        families = AddressSet.union(prefix(w) for w, _ in entries)
        found = AddressSet(ANY[4] if families.v4 else IntervalSet(), ANY[6] if families.v6 else IntervalSet())
    if not any(excepted for _, excepted in entries):
        return AddressSet.union(prefix(w) for w, _ in entries), False
    for word, excepted in sorted(entries, key=lambda e: -width(e[0])):
        found = found - prefix(word) if excepted else found | prefix(word)
    return found, only
