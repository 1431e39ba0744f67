"""Named things and their use: addresses, applications, filters, prefix lists, zones, schedulers; where filters are applied."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from segmentation.device.management import Binding, ConfigObject, ObjectKind
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.junos.parser import Parser
from segmentation.vendors.junos.policies import Policy

_WORD = {4: "inet", 6: "inet6"}


def bindings(parser: Parser) -> tuple[Binding, ...]:
    """Filters at logical interfaces."""
    out = []
    for unit in parser.interfaces.units.values():
        for (inbound, family), bound in unit.filters.items():
            for name in bound.names:
                defined = parser.filters.get(name, family) is not None
                out.append(
                    Binding(
                        filter=name, where=unit.name, direction="in" if inbound else "out", location=bound.statement.location,
                        defined=defined,
                    )
                )  # fmt: skip
    if parser.secured:
        # Pairs of zones decide here, not lists at interfaces.
        first = next((z.statement.location for z in parser.zones.zones.values()), None)
        first = first or next((s.location for s in parser.statements if s.words[0] == "security"), NOWHERE)
        out.append(Binding(filter="security policies", where="security zones", location=first))
    return tuple(sorted(out, key=lambda b: (b.location, b.filter, b.where, b.direction)))


def config_objects(parser: Parser) -> tuple[ConfigObject, ...]:
    """All named objects with the number of their uses by rules in force, also through sets that hold them."""
    uses = _Uses(parser)
    uses.count()
    found = [*_addresses(parser, uses), *_applications(parser, uses), *_filters(parser), *_others(parser, uses)]
    return tuple(sorted(found, key=lambda o: (o.location, o.kind, o.name)))


@dataclass(slots=True)
class _Uses:
    """How often each thing is named: addresses by book and name, applications and schedulers by name."""

    parser: Parser
    addresses: Counter[tuple[str, str]] = field(default_factory=Counter)
    applications: Counter[str] = field(default_factory=Counter)
    schedulers: Counter[str] = field(default_factory=Counter)
    user: dict[tuple[str, ...], Location] = field(default_factory=dict)

    def count(self) -> None:
        """Look through the policies and the translations."""
        policies = self.parser.policies
        for pair, listed in policies.pairs.items():
            for policy in listed.values():
                self._policy(policy, (pair[0],), (pair[1],))
        for policy in policies.everywhere.values():
            self._policy(policy, (), ())
        for statement in self.parser.statements:
            words = statement.words
            if words[:2] == ("security", "nat") and len(words) > 4:
                if words[-2] in ("source-address-name", "destination-address-name", "prefix-name"):
                    self._address(words[-1], (), statement.location)
                elif words[-2] == "application":
                    self._application(words[-1], statement.location)

    def _policy(self, policy: Policy, sources: tuple[str, ...], targets: tuple[str, ...]) -> None:
        for listed, zones in ((policy.source, sources), (policy.destination, targets)):
            for name, statement in listed:
                self._address(name, zones, statement.location)
        for name, statement in policy.applications:
            self._application(name, statement.location)
        for word in policy.uncertain:
            if word.startswith("scheduler-name "):
                name = word.removeprefix("scheduler-name ")
                self.schedulers[name] += 1
                self.user.setdefault(("scheduler", name), policy.statement.location)

    def _address(self, name: str, zones: tuple[str, ...], at: Location) -> None:
        book = self.parser.books.holder(name, zones)
        todo = [(book, name)] if book else []
        seen = set(todo)
        while todo:
            key = todo.pop()
            self.addresses[key] += 1
            self.user.setdefault(("address", *key), at)
            for member in self.parser.books.books[key[0]].entries[key[1]].held:
                inner = key[0] if member in self.parser.books.books[key[0]].entries else self.parser.books.holder(member, ())
                if inner and (inner, member) not in seen:
                    seen.add((inner, member))
                    todo.append((inner, member))

    def _application(self, name: str, at: Location) -> None:
        todo, seen = [name], {name}
        while todo:
            one = todo.pop()
            self.applications[one] += 1
            self.user.setdefault(("application", one), at)
            fresh = [m for m, _ in self.parser.applications.sets.get(one, ()) if m not in seen]
            seen.update(fresh)
            todo += fresh


def _addresses(parser: Parser, uses: _Uses) -> Iterator[ConfigObject]:
    for book in parser.books.books.values():
        for name, entry in book.entries.items():
            group = bool(entry.held)
            yield ConfigObject(
                kind=ObjectKind.ADDRESS_GROUP if group else ObjectKind.ADDRESS, name=name, location=entry.statement.location,
                used_by=uses.addresses[book.name, name],
                empty=not group and not entry.value.known and not entry.value.unknown,
                user=uses.user.get(("address", book.name, name), NOWHERE),
            )  # fmt: skip


def _applications(parser: Parser, uses: _Uses) -> Iterator[ConfigObject]:
    for name, found in parser.applications.defined.items():
        yield ConfigObject(
            kind=ObjectKind.SERVICE, name=name, location=found.statement.location, used_by=uses.applications[name],
            user=uses.user.get(("application", name), NOWHERE),
        )  # fmt: skip
    for name, members in parser.applications.sets.items():
        location = members[0][1].location if members else NOWHERE
        yield ConfigObject(
            kind=ObjectKind.SERVICE_GROUP, name=name, location=location, used_by=uses.applications[name], empty=not members,
            user=uses.user.get(("application", name), NOWHERE),
        )  # fmt: skip


def _filters(parser: Parser) -> Iterator[ConfigObject]:
    """Filters that interfaces, other filters or tables name; prefix lists that terms name."""
    bound: Counter[str] = Counter()
    first: dict[str, Location] = {}
    for each in bindings(parser):
        bound[each.filter] += 1
        first.setdefault(each.filter, each.location)
    for found in parser.filters.defined.values():
        for term in found.terms.values():
            bound[term.filter] += bool(term.filter)
    lists: Counter[str] = Counter()
    for statement in parser.statements:
        words = statement.words
        if words[0] == "forwarding-options" and "filter" in words:
            bound[words[-1]] += 1
        for at, word in enumerate(words[:-1]):
            if word in ("source-prefix-list", "destination-prefix-list", "prefix-list", "client-list-name") and at:
                lists[words[at + 1]] += words[0] != "policy-options" or words[1] != "prefix-list"
    alone = not parser.interfaces.units and len(parser.filters.defined) == 1
    for found in parser.filters.defined.values():
        yield ConfigObject(
            kind=ObjectKind.FILTER, name=found.name, location=found.statement.location, empty=not found.terms,
            used_by=bound[found.name] or int(alone), user=first.get(found.name, NOWHERE),
        )  # fmt: skip
    for name, members in parser.prefixes.lists.items():
        location = members[0][1].location if members else NOWHERE
        yield ConfigObject(
            kind=ObjectKind.SET, name=name, location=location, used_by=lists[name], empty=not members,
        )  # fmt: skip


def _others(parser: Parser, uses: _Uses) -> Iterator[ConfigObject]:
    """Zones, and schedulers with the last day of their latest ``stop-date``."""
    named = Counter(z for pair in parser.policies.pairs for z in pair)
    for zone in parser.zones.zones.values():
        yield ConfigObject(
            kind=ObjectKind.ZONE, name=zone.name, location=zone.statement.location,
            used_by=named[zone.name] + len(zone.interfaces), empty=not zone.interfaces,
        )  # fmt: skip
    ends: dict[str, list[dt.date | None]] = {}
    places: dict[str, Location] = {}
    for statement in parser.statements:
        words = statement.words
        if words[:2] == ("schedulers", "scheduler") and len(words) > 2:
            places.setdefault(words[2], statement.location)
            dates = ends.setdefault(words[2], [])
            if "stop-date" in words[:-1]:
                dates.append(_day(words[words.index("stop-date") + 1]))
            elif len(words) > 3 and words[3] != "description" and "start-date" not in words:
                dates.append(None)  # days of the week have no end
    for name, days in ends.items():
        known = [d for d in days if d is not None]
        yield ConfigObject(
            kind=ObjectKind.SCHEDULE, name=name, location=places[name], used_by=uses.schedulers[name],
            expires=max(known) if known and len(known) == len(days) else None,
            user=uses.user.get(("scheduler", name), NOWHERE),
        )  # fmt: skip


def _day(word: str) -> dt.date | None:
    """``2026-03-31.23:59``; without a year the statement says no day that could be over."""
    try:
        return dt.date.fromisoformat(word.partition(".")[0])
    except ValueError:
        return None
