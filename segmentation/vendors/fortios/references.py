"""Objects with their use: addresses, services, schedules, zones, virtual IPs and their groups."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.management import ConfigObject, ObjectKind
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.fortios.domain import Domain
from segmentation.vendors.fortios.local_in import LOCAL_IN
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.tree import Entry
from segmentation.vendors.fortios.vocabulary import predefined_services

Key = tuple[str, str]  # "address", "address6", "service", "schedule", "zone"; name
_ADDRESSES, _ADDRESSES6, _SERVICES, _SCHEDULES, _ZONES = "address", "address6", "service", "schedule", "zone"
#: Options of a rule, and the names they hold.
_OPTIONS = {
    "srcaddr": _ADDRESSES, "dstaddr": _ADDRESSES, "srcaddr4": _ADDRESSES, "dstaddr4": _ADDRESSES, "orig-addr": _ADDRESSES,
    "dst-addr": _ADDRESSES, "srcaddr6": _ADDRESSES6, "dstaddr6": _ADDRESSES6, "orig-addr6": _ADDRESSES6,
    "dst-addr6": _ADDRESSES6, "service": _SERVICES, "schedule": _SCHEDULES, "srcintf": _ZONES, "dstintf": _ZONES,
    "intf": _ZONES,
}  # fmt: skip
_RULES = ("firewall policy", "firewall policy6", "firewall consolidated policy", *LOCAL_IN, "firewall central-snat-map")
#: Tables of objects: namespace, kind, where its members are.
_TABLES: tuple[tuple[str, str, ObjectKind, tuple[str, ...]], ...] = (
    ("firewall address", _ADDRESSES, ObjectKind.ADDRESS, ()),
    ("firewall addrgrp", _ADDRESSES, ObjectKind.ADDRESS_GROUP, ("member", "exclude-member")),
    ("firewall address6", _ADDRESSES6, ObjectKind.ADDRESS, ()),
    ("firewall addrgrp6", _ADDRESSES6, ObjectKind.ADDRESS_GROUP, ("member", "exclude-member")),
    ("firewall vip", _ADDRESSES, ObjectKind.ADDRESS, ()), ("firewall vip6", _ADDRESSES6, ObjectKind.ADDRESS, ()),
    ("firewall vipgrp", _ADDRESSES, ObjectKind.ADDRESS_GROUP, ("member",)),
    ("firewall vipgrp6", _ADDRESSES6, ObjectKind.ADDRESS_GROUP, ("member",)),
    ("firewall service custom", _SERVICES, ObjectKind.SERVICE, ()),
    ("firewall service group", _SERVICES, ObjectKind.SERVICE_GROUP, ("member",)),
    ("firewall schedule onetime", _SCHEDULES, ObjectKind.SCHEDULE, ()),
    ("firewall schedule recurring", _SCHEDULES, ObjectKind.SCHEDULE, ()),
    ("firewall schedule group", _SCHEDULES, ObjectKind.SCHEDULE, ("member",)),
    ("system zone", _ZONES, ObjectKind.ZONE, ()),
)  # fmt: skip
#: Objects every device comes with (from memory of factory configurations, beside the predefined services); nobody has to
#: use them.
_SHIPPED = frozenset({
    "all", "none", "always", "default-darrp-optimize", "SSLVPN_TUNNEL_ADDR1", "SSLVPN_TUNNEL_IPv6_ADDR1",
    "FIREWALL_AUTH_PORTAL_ADDRESS", "FABRIC_DEVICE", "FCTEMS_ALL_FORTICLOUD_SERVERS", "EMS_ALL_UNKNOWN_CLIENTS",
    "EMS_ALL_UNMANAGEABLE_CLIENTS", "autoupdate.opera.com", "google-play", "swscan.apple.com", "update.microsoft.com",
    "gmail.com", "wildcard.google.com", "wildcard.dropbox.com", "login.microsoftonline.com", "login.microsoft.com",
    "login.windows.net", "metadata-server", "G Suite", "Microsoft Office 365", "Email Access", "Web Access", "Windows AD",
    "Exchange Server", *predefined_services(),
})  # fmt: skip
_DATE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})\Z")


@dataclass(slots=True)
class _Use:
    count: dict[Key, int] = field(default_factory=dict)
    first: dict[Key, Location] = field(default_factory=dict)

    def add(self, key: Key, where: Location) -> None:
        self.count[key] = self.count.get(key, 0) + 1
        if self.first.setdefault(key, where) == NOWHERE:
            self.first[key] = where


def objects(domains: Sequence[Domain], elsewhere: set[str], notes: Notes) -> tuple[ConfigObject, ...]:
    """Every object; what *elsewhere* (blocks that are not read) names counts as used once."""
    out = [o for domain in domains for o in _of_domain(domain, elsewhere, notes)]
    return tuple(sorted(out, key=lambda o: (o.location, o.kind, o.name)))


def _of_domain(domain: Domain, elsewhere: set[str], notes: Notes) -> Iterator[ConfigObject]:
    use = _Use()
    for path in _RULES:
        for entry in domain.root.table(path):
            if entry.value("status") != "disable":
                where = notes.where(entry.line)
                for option, table in _OPTIONS.items():
                    if option not in entry.settings:
                        continue
                    # Tables of their own for IPv6 name their objects in options without a 6.
                    actual = _ADDRESSES6 if path.endswith("6") and table == _ADDRESSES else table
                    for name in dict.fromkeys(entry.values(option)):
                        use.add((actual, name), where)
    named = elsewhere | _named_beside(domain.root)
    defined = {
        (space, entry.name): (entry, members) for path, space, _, members in _TABLES for entry in domain.root.table(path)
    }  # fmt: skip
    for key in defined:
        if key[1] in named or (key[0] == _ZONES and (_ZONES, "any") in use.count):
            use.add(key, NOWHERE)
    _through_groups(use, defined)
    for path, space, kind, members in _TABLES:
        for entry in domain.root.table(path):
            uses = use.count.get((space, entry.name), 0)
            if uses or entry.name not in _SHIPPED:
                yield ConfigObject(
                    kind=kind, name=entry.name, location=notes.where(entry.line), used_by=uses,
                    empty=_empty(path, entry, members), disabled=entry.value("status") == "disable",
                    expires=_expires(path, entry), user=use.first.get((space, entry.name), NOWHERE),
                )  # fmt: skip


def _through_groups(use: _Use, defined: dict[Key, tuple[Entry, tuple[str, ...]]]) -> None:
    waiting = list(use.count)
    reached = set(waiting)
    while waiting:
        key = waiting.pop()
        group, options = defined.get(key, (None, ()))
        for option in options if group is not None else ():
            assert group is not None, "an entry is defined where it has options"
            for name in group.values(option):
                member = (key[0], name)
                use.add(member, use.first.get(key, NOWHERE))
                if member not in reached:
                    reached.add(member)
                    waiting.append(member)


def _named_beside(root: Entry) -> set[str]:
    """Values of the blocks that are read and hold neither rules of the filter nor objects: tunnels, routes, zones, portals."""
    apart = {*_RULES, *(path for path, *_ in _TABLES), "vdom", "global"}
    out: set[str] = set()
    waiting: list[Entry] = [
        e for path, b in root.blocks.items() if path not in apart for e in (b.own, *b.entries.values())
    ]  # fmt: skip
    while waiting:
        entry = waiting.pop()
        for option, setting in entry.settings.items():
            if option not in ("description", "comment", "comments", "alias"):
                out.update(setting.values)
        waiting += [e for b in entry.blocks.values() for e in (b.own, *b.entries.values())]
    return out


def _empty(path: str, entry: Entry, members: Iterable[str]) -> bool:
    if path == "system zone":
        return not entry.values("interface")
    return bool(tuple(members)) and not entry.values("member")


def _expires(path: str, entry: Entry) -> dt.date | None:
    """``set end 23:59 2026/09/30`` of a schedule that happens once."""
    if path != "firewall schedule onetime":
        return None
    for word in entry.values("end"):
        if found := _DATE.match(word):
            try:
                return dt.date(*(int(part) for part in found.groups()))
            except ValueError:
                return None
    return None
