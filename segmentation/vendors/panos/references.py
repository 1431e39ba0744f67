"""Objects with their use: addresses, services, schedules, external lists, zones."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.management import ConfigObject, ObjectKind
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.panos.own_services import where
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.reading import shown

#: Tables of objects: what they are, and where their members are.
_TABLES: tuple[tuple[str, ObjectKind, str], ...] = (
    ("address", ObjectKind.ADDRESS, ""), ("address-group", ObjectKind.ADDRESS_GROUP, "static"),
    ("region", ObjectKind.ADDRESS, ""), ("external-list", ObjectKind.SET, ""), ("service", ObjectKind.SERVICE, ""),
    ("service-group", ObjectKind.SERVICE_GROUP, "members"), ("schedule", ObjectKind.SCHEDULE, ""),
    ("zone", ObjectKind.ZONE, ""),
)  # fmt: skip
#: Options of a rule, and the tables whose names they hold.
_OPTIONS = {
    "source": ("address", "address-group", "region", "external-list"),
    "destination": ("address", "address-group", "region", "external-list"), "service": ("service", "service-group"),
    "schedule": ("schedule",), "from": ("zone",), "to": ("zone",),
}  # fmt: skip
_INNER = {"address-group": ("address", "address-group"), "service-group": ("service", "service-group")}
_BASES = ("pre-rulebase", "rulebase", "post-rulebase")
_LAST = re.compile(r"-(\d{4})/(\d{2})/(\d{2})@")
Key = tuple[str, str]


@dataclass(slots=True)
class _Use:
    count: dict[Key, int] = field(default_factory=dict)
    first: dict[Key, Location] = field(default_factory=dict)

    def add(self, key: Key, place: Location) -> None:
        self.count[key] = self.count.get(key, 0) + 1
        if self.first.setdefault(key, place) == NOWHERE:
            self.first[key] = place


def objects(containers: Sequence[Node], beside: set[str]) -> tuple[ConfigObject, ...]:
    """The objects of all containers; names are counted over all of them.  *beside*: names used elsewhere than in rules."""
    use = _Use()
    for container in containers:
        for base in _BASES:
            for kind in ("security", "nat"):
                for rule in container.entries(base, kind, "rules"):
                    if rule.value("disabled") != "yes":
                        _of_rule(use, rule)
    members: dict[Key, list[str]] = {}
    for container in containers:
        for table, _, inner in _TABLES:
            for node in container.entries(table):
                members.setdefault((table, node.name), []).extend(node.values(inner) if inner else ())
                if node.name in beside or (table == "zone" and (table, "any") in use.count):
                    use.add((table, node.name), NOWHERE)
    _through_groups(use, members)
    out = [o for container in containers for o in _of_container(use, container)]
    return tuple(sorted(out, key=lambda o: (o.location, o.kind, o.name)))


def _of_rule(use: _Use, rule: Node) -> None:
    for option, tables in _OPTIONS.items():
        for name in rule.values(option):
            for table in tables:
                use.add((table, name), where(rule))
    for path in (("source-translation",), ("destination-translation",), ("dynamic-destination-translation",)):
        node = rule.at(*path)
        for name in _leaves(node) if node is not None else ():
            for table in ("address", "address-group"):
                use.add((table, name), where(rule))


def _leaves(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if not here.children:
            yield here.name
        waiting += here.children.values()


def _through_groups(use: _Use, members: dict[Key, list[str]]) -> None:
    waiting = [k for k in use.count if k in members]
    reached = set(waiting)
    while waiting:
        key = waiting.pop()
        for name in members[key]:
            for table in _INNER.get(key[0], ()):
                member = (table, name)
                if member in members:
                    use.add(member, use.first.get(key, NOWHERE))
                    if member not in reached:
                        reached.add(member)
                        waiting.append(member)


def _of_container(use: _Use, container: Node) -> Iterator[ConfigObject]:
    for table, kind, inner in _TABLES:
        for node in container.entries(table):
            key = (table, node.name)
            empty = bool(inner) and not node.values(inner) and node.at("dynamic") is None
            if table == "zone":
                network = node.at("network")
                empty = not any(True for mode in (network.children.values() if network else ()) for _ in mode.children)
            yield ConfigObject(
                kind=kind, name=shown(node.name), location=where(node), used_by=use.count.get(key, 0), empty=empty,
                expires=_expires(node) if table == "schedule" else None, user=use.first.get(key, NOWHERE),
            )  # fmt: skip


def _expires(schedule: Node) -> dt.date | None:
    """The last day of a schedule that does not recur (``2026/04/01@00:00-2026/09/30@23:59``)."""
    days = []
    for text in schedule.values("schedule-type", "non-recurring") or schedule.values("non-recurring"):
        found = _LAST.search(text)
        if found is None:
            return None
        try:
            days.append(dt.date(*(int(part) for part in found.groups())))
        except ValueError:
            return None
    return max(days, default=None)


def named_beside(root: Node) -> set[str]:
    """Every value outside of the tables of objects and of the rules that are read."""
    apart = {id(t) for t in _all_tables(root)}
    out: set[str] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in apart:
            continue
        if node.children:
            waiting += node.children.values()
        else:
            out.add(node.name)
    return out


def _all_tables(root: Node) -> Iterator[Node]:
    """The tables of objects and rules, wherever they are: below a device, a virtual system, a device group, the shared part."""
    names = {table for table, *_ in _TABLES}
    waiting = [(root, "")]
    while waiting:
        node, outer = waiting.pop()
        for name, child in node.children.items():
            if (name in names and outer not in ("rules", "import")) or (name == "rules" and node.name in ("security", "nat")):
                yield child
            elif len(child.children) and name not in ("network", "deviceconfig", "mgt-config", "log-settings"):
                waiting.append((child, node.name))
