"""Address objects and groups of one VDOM, resolved to sets.

CLI Reference, "config firewall address", "address6", "addrgrp", "addrgrp6".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.device.device import NamedSet
from segmentation.model.addresses import FAMILIES, TOP, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.fortios import reasons, values
from segmentation.vendors.fortios.bounds import NOTHING, Between, anything, union, unknown
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.tree import Entry

#: Groups within groups that are followed.
DEPTH_LIMIT = 64
#: Objects whose addresses are known only while the device runs.
_DYNAMIC = frozenset({
    "fqdn", "wildcard-fqdn", "geography", "dynamic", "mac", "route-tag", "sdn", "url", "template", "device",
})  # fmt: skip
_SUFFIX: dict[Family, str] = {4: "", 6: "6"}


@dataclass(slots=True)
class Addresses:
    """Objects by family and name; resolves names, and remembers which were used."""

    notes: Notes
    #: Networks of interfaces, for objects of type interface-subnet.
    networks: Mapping[str, IntervalSet]
    objects: dict[Family, dict[str, Entry]] = field(default_factory=lambda: {4: {}, 6: {}})
    groups: dict[Family, dict[str, Entry]] = field(default_factory=lambda: {4: {}, 6: {}})
    used: set[tuple[Family, str]] = field(default_factory=set)
    _known: dict[tuple[Family, str], Between] = field(default_factory=dict)
    _unions: dict[tuple[Family, tuple[str, ...]], Between] = field(default_factory=dict)

    def load(self, root: Entry) -> None:
        """Take the objects of a configuration."""
        for family in FAMILIES:
            for table, path in ((self.objects, "address"), (self.groups, "addrgrp")):
                block = root.blocks.get(f"firewall {path}{_SUFFIX[family]}")
                if block is not None:
                    table[family].update(block.entries)

    def defined(self, name: str, family: Family) -> bool:
        """Whether an object or group of this name exists."""
        return name in self.objects[family] or name in self.groups[family] or name in ("all", "none")

    def resolve(self, names: tuple[str, ...], family: Family, line: int, text: str) -> Between:
        """The union of the named objects; what is not defined may be anything, and is reported at *line*."""
        known = self._unions.get((family, names))
        if known is not None:
            return known
        missing = [name for name in names if not self.defined(name, family)]
        for name in missing:
            self.notes.add(line, text, reasons.ADDRESS_MISSING.format(name=name), covered=True)
        parts = [self.one(name, family) for name in names]
        found = union(parts) if len(parts) != 1 else parts[0]
        if not missing:  # what is missing is reported wherever it is named
            self._unions[family, names] = found
        return found

    def one(self, name: str, family: Family, depth: int = 0) -> Between:
        """The set of one object or group."""
        self.used.add((family, name))
        key = (family, name)
        known = self._known.get(key)
        if known is None:
            why = f"address {name}"
            self._known[key] = unknown(family, why)  # while it is open: a group that contains itself
            known = self._known[key] = self._resolve(name, family, depth)
        return known

    def _resolve(self, name: str, family: Family, depth: int) -> Between:
        if name in self.objects[family]:
            return self._object(self.objects[family][name], family)
        group = self.groups[family].get(name)
        if group is not None:
            return self._group(group, family, depth)
        if name == "all":
            return anything(family)
        return NOTHING if name == "none" else unknown(family, f"address {name}")

    def _group(self, group: Entry, family: Family, depth: int) -> Between:
        if depth >= DEPTH_LIMIT:
            self.notes.add(group.line, f"edit {group.name}", reasons.GROUP_DEEP.format(name=group.name), covered=True)
            return unknown(family, f"address group {group.name}")
        members = self._members(group, "member", family, depth)
        if group.on("exclude"):
            members = members.minus(self._members(group, "exclude-member", family, depth))
        return Between(members.lower if not group.unknown else NOTHING.lower, members.upper, (*members.why, *group.unknown))

    def _members(self, group: Entry, option: str, family: Family, depth: int) -> Between:
        parts = []
        setting = group.settings.get(option)
        for name in group.values(option):
            assert setting is not None, "an option with values is set"
            if not self.defined(name, family):
                self.notes.add(setting.line, setting.text, reasons.ADDRESS_MISSING.format(name=name), covered=True)
            if self._open(group.name, name, family):
                self.notes.add(setting.line, setting.text, reasons.GROUP_LOOP.format(name=group.name), covered=True)
            parts.append(self.one(name, family, depth + 1))
        return union(parts)

    def _open(self, group: str, name: str, family: Family) -> bool:
        """Whether *name* is a group that is being resolved: then it contains *group*, which contains it."""
        if name not in self.groups[family] or (family, name) not in self._known:
            return False
        known = self._known[family, name]
        return name == group or known.why == (f"address {name}",)

    def _object(self, entry: Entry, family: Family) -> Between:
        kind = entry.value("type", "ipmask" if family == 4 else "ipprefix")
        if kind in _DYNAMIC or kind.startswith("ems"):
            return unknown(family, f"address {entry.name} ({kind})")
        option, found = self._literal(entry, kind, family)
        if entry.unknown:
            return unknown(family, f"address {entry.name}")
        if found is not None:
            return Between.exactly(found)
        setting = entry.settings.get(option)
        line, text = (setting.line, setting.text) if setting else (entry.line, f"edit {entry.name}")
        if option == "type":
            reason = reasons.BAD_TYPE.format(path="firewall address", text=kind)
        elif option == "interface":
            reason = reasons.INTERFACE_MISSING.format(name=entry.value("interface"))
        else:
            words = " ".join(setting.values) if setting else ""
            scattered = (
                kind in ("wildcard", "ipmask")
                and len(setting.values if setting else ()) == 2
                and all(values.address(w, 4) is not None for w in (setting.values if setting else ()))
            )
            reason = (reasons.SCATTERED_MASK if scattered else reasons.BAD_ADDRESS).format(text=words)
        self.notes.add(line, text, reason, covered=True)
        doubt = unknown(family, f"address {entry.name}")
        outline = values.outline(setting.values) if reason.en.startswith("The mask") and setting else None
        return doubt if outline is None else Between(doubt.lower, outline, doubt.why)

    def _literal(self, entry: Entry, kind: str, family: Family) -> tuple[str, IntervalSet | None]:
        """The option that holds the addresses, and the set it means."""
        if family == 6 and kind == "ipprefix":
            return "ip6", values.subnet(entry.values("ip6") or ("::/0",), 6)
        if kind == "iprange":
            # CLI Reference: the default of start-ip and end-ip is 0.0.0.0.
            zero = "0.0.0.0" if family == 4 else "::"  # noqa: S104 - an address of a configuration, not one to listen on
            ends = f"{entry.value('start-ip', zero)}-{entry.value('end-ip', zero)}"
            return "end-ip", values.address_range(ends, family)
        if family == 4 and kind in ("ipmask", "wildcard"):
            option = "subnet" if kind == "ipmask" else "wildcard"
            return option, values.subnet(entry.values(option) or ("0.0.0.0", "0.0.0.0"), 4)  # noqa: S104 - the same
        if family == 4 and kind == "interface-subnet":
            known = self.networks.get(entry.value("interface"))
            return "interface", known if known is not None else values.subnet(entry.values("subnet"), 4)
        return "type", None

    def named_sets(self) -> list[NamedSet]:
        """Every object and group, for findings about unused and empty ones."""
        out = []
        for family in FAMILIES:
            for entries in (self.objects[family], self.groups[family]):
                for name, entry in entries.items():
                    found = self.one_quietly(name, family)
                    where = self.notes.where(entry.line)
                    used = (family, name) in self.used
                    size = len(found.upper) if found else 0
                    out.append(
                        NamedSet(name=name, location=where, size=size, dynamic=bool(found and not found.known), used=used)
                    )
        return out

    def resolve_rest(self) -> None:
        """Resolve what no policy names, so that its problems are reported too; it does not become used."""
        used = set(self.used)
        for family in FAMILIES:
            for name in (*self.objects[family], *self.groups[family]):
                self.one(name, family)
        self.used = used | self._inside(used)

    def _inside(self, used: set[tuple[Family, str]]) -> set[tuple[Family, str]]:
        """The members of used groups."""
        out: set[tuple[Family, str]] = set()
        waiting = list(used)
        while waiting:
            family, name = waiting.pop()
            group = self.groups[family].get(name)
            for member in (*group.values("member"), *group.values("exclude-member")) if group else ():
                if (family, member) not in out:
                    out.add((family, member))
                    waiting.append((family, member))
        return out

    def one_quietly(self, name: str, family: Family) -> Between | None:
        """The set of an object if it was resolved, without marking it used."""
        return self._known.get((family, name))


def negated(found: Between, family: Family) -> Between:
    """Everything but a set."""
    return found.complement(TOP[family])
