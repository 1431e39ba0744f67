"""Objects, lists and time ranges with their use, and where lists are applied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.device.management import Binding, ConfigObject, ObjectKind
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.asa.parser import Parser
from segmentation.vendors.cisco_acl.groups import Group
from segmentation.vendors.cisco_acl.lines import Block, Line

_NAMING = frozenset({"object", "object-group", "object-group-user", "object-group-security", "object-group-network-service"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIRECTIONS = {"global": "", "control-plane": "in"}


@dataclass(slots=True)
class _Use:
    """How often a name is used by rules in force, and the first of them."""

    count: dict[tuple[str, str], int] = field(default_factory=dict)
    first: dict[tuple[str, str], Location] = field(default_factory=dict)

    def add(self, kind: str, name: str, where: Location) -> None:
        key = (kind, name)
        self.count[key] = self.count.get(key, 0) + 1
        self.first.setdefault(key, where)


def bindings(parser: Parser) -> Iterator[Binding]:
    """``access-group``: every one, those of lists that do not exist too."""
    for applied in parser.applied:
        acl = parser.lists.get(applied.name)
        yield Binding(
            filter=applied.name, where=applied.interface or "global", location=applied.line.location,
            direction=_DIRECTIONS.get(applied.direction, applied.direction),
            defined=(acl is not None and bool(acl.entries)) or applied.name in parser.frame_lists,
        )  # fmt: skip


def objects(parser: Parser, used_lists: set[str]) -> tuple[ConfigObject, ...]:
    """Everything that has a name; *used_lists* are the lists that filter traffic."""
    use = _Use()
    for name in used_lists:
        acl = parser.lists.get(name)
        for _, entry in acl.entries if acl is not None else ():
            if not entry.inactive:
                _of_line(use, entry.line)
    for statement in parser.translations.statements:
        if "inactive" not in statement.line.words:
            if statement.owner:
                use.add("network", statement.owner, statement.line.location)
            for word in statement.line.words[1:]:
                use.add("name", word, statement.line.location)
    for name in parser.words_elsewhere:
        use.add("name", name, NOWHERE)
    for acl in parser.lists.values():
        if acl.name in parser.words_elsewhere:  # a list of tunnels, of classes of traffic …: what it names is used as well
            for _, entry in acl.entries:
                _of_line(use, entry.line)
    found = [
        *_groups(use, parser.objects.networks.values(), network=True),
        *_groups(use, parser.objects.services.values(), network=False),
        *_lists(parser),
        *_ranges(use, parser.blocks),
    ]
    return tuple(sorted(found, key=lambda o: (o.location, o.kind, o.name)))


def _of_line(use: _Use, line: Line) -> None:
    words = line.words
    for i, word in enumerate(words[:-1]):
        if word in _NAMING:
            use.add("name", words[i + 1], line.location)
        elif word == "time-range":
            use.add("time-range", words[i + 1], line.location)


def _groups(use: _Use, groups: Iterable[Group], *, network: bool) -> Iterator[ConfigObject]:
    listed = list(groups)
    count = {g.name: use.count.get(("name", g.name), 0) + use.count.get(("network", g.name), 0) * network for g in listed}
    first = {g.name: use.first.get(("name", g.name), use.first.get(("network", g.name), NOWHERE)) for g in listed}
    inside = {g.name: [m for m, _ in g.members if m in count] for g in listed}
    waiting = [name for name, uses in count.items() if uses]
    reached = set(waiting)
    while waiting:
        name = waiting.pop()
        for member in inside[name]:
            count[member] += 1
            if first[member] == NOWHERE:
                first[member] = first[name]
            if member not in reached:
                reached.add(member)
                waiting.append(member)
    for group in listed:
        alone = group.line.words[0] == "object"
        kinds = (ObjectKind.ADDRESS, ObjectKind.ADDRESS_GROUP) if network else (ObjectKind.SERVICE, ObjectKind.SERVICE_GROUP)
        yield ConfigObject(
            kind=kinds[0] if alone else kinds[1], name=group.name, location=group.location, used_by=count[group.name],
            empty=not (group.addresses or group.terms or group.members or group.doubts), user=first[group.name],
        )  # fmt: skip


def _lists(parser: Parser) -> Iterator[ConfigObject]:
    for acl in parser.lists.values():
        applied = [a for a in parser.applied if a.name == acl.name]
        yield ConfigObject(
            kind=ObjectKind.FILTER, name=acl.name, location=acl.head.location, empty=not acl.entries,
            used_by=len(applied) + (acl.name in parser.words_elsewhere),
            user=applied[0].line.location if applied else NOWHERE,
        )  # fmt: skip


def _ranges(use: _Use, blocks: Iterable[Block]) -> Iterator[ConfigObject]:
    for block in blocks:
        if block.words[0] == "time-range" and len(block.words) > 1:
            key = ("time-range", block.words[1])
            yield ConfigObject(
                kind=ObjectKind.SCHEDULE, name=block.words[1], location=block.head.location, empty=not block.body,
                used_by=use.count.get(key, 0) + use.count.get(("name", block.words[1]), 0),
                user=use.first.get(key, NOWHERE), expires=_last_day(block),
            )  # fmt: skip


def _last_day(block: Block) -> dt.date | None:
    """``absolute [start …] end 17:00 30 September 2026`` (Command Reference, "absolute")."""
    for line in block.body:
        words = line.words
        if words[0] == "absolute" and "end" in words:
            day, month, year = (*words[words.index("end") + 2 :], "", "", "")[:3]
            try:
                return dt.date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day))
            except ValueError:
                return None
    return None
