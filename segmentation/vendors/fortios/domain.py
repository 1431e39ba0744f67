"""One virtual domain (VDOM): its objects, zones and settings, and how its names are resolved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.device.match import InterfaceMatch
from segmentation.vendors.fortios import reasons
from segmentation.vendors.fortios.addresses import Addresses
from segmentation.vendors.fortios.interfaces import Topology, Zones, built_in
from segmentation.vendors.fortios.notes import Notes
from segmentation.vendors.fortios.services import Services
from segmentation.vendors.fortios.tree import Entry
from segmentation.vendors.fortios.virtual_addresses import VirtualAddresses

Version = tuple[int, ...]
_WEEK = frozenset({"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"})


@dataclass(slots=True)
class Domain:
    """A VDOM with everything its policies speak of."""

    name: str
    root: Entry
    notes: Notes
    topology: Topology
    version: Version | None
    addresses: Addresses
    services: Services
    virtual: VirtualAddresses
    zones: Zones = field(default_factory=Zones)
    central_nat: bool = False
    policy_based: bool = False
    texts: dict[int, tuple[str, str]] = field(default_factory=dict)  # text and comment of a policy, by the entry's identity
    label: str = ""  # before the text of rules, when there are several VDOMs

    @classmethod
    def of(cls, name: str, root: Entry, notes: Notes, topology: Topology, version: Version | None) -> Domain:
        """Load the objects of a VDOM."""
        made = cls(
            name, root, notes, topology, version,
            Addresses(notes, topology.interfaces.networks), Services(notes), VirtualAddresses(notes),
        )  # fmt: skip
        made.addresses.load(root)
        made.services.load(root)
        made.virtual.load(root)
        made.zones.load(root)
        settings = root.block("system settings")
        made.central_nat = settings is not None and settings.on("central-nat")
        # Administration Guide, "NGFW policy": then firewall policies only choose what is inspected, security policies permit.
        made.policy_based = settings is not None and settings.value("ngfw-mode") == "policy-based"
        return made

    def interface_match(self, entry: Entry, option: str) -> InterfaceMatch | None:
        """The interfaces a policy names; ``None`` for any."""
        setting = entry.settings.get(option)
        if setting is None or not setting.values:
            return None  # not given: wider than any that could be meant
        declared = self.topology.interfaces.known.keys() - self.topology.interfaces.assumed
        for name in setting.values:
            if declared and not (name in declared or name in self.zones.members or built_in(name)):
                self.notes.add(setting.line, setting.text, reasons.INTERFACE_MISSING.format(name=name))
        return self.named_interfaces(setting.values)

    def named_interfaces(self, names: Iterable[str]) -> InterfaceMatch | None:
        """The interfaces that names stand for: those of a zone, and for a link those of the VDOMs behind it."""
        listed = tuple(names)
        if "any" in listed or not listed:
            return None
        found: dict[str, None] = {}
        for name in listed:
            members = [i for n in self.zones.interfaces((name,)) for i in self.topology.behind(self.name, n)]
            found.update(dict.fromkeys(members or (name,)))  # an empty zone keeps its name, which is no interface
        return InterfaceMatch(tuple(found))

    @staticmethod
    def both(one: InterfaceMatch | None, other: InterfaceMatch | None) -> InterfaceMatch | None:
        """The interfaces of both matches; a match without names when there is none."""
        if one is None or other is None:
            return one or other
        return InterfaceMatch(tuple(p for p in one.patterns if p in other.patterns))

    def schedule_doubt(self, entry: Entry) -> tuple[str, ...]:
        """What is not known because of the schedule; nothing if it always holds."""
        setting = entry.settings.get("schedule")
        name = setting.values[0] if setting and setting.values else "always"
        recurring = self.root.blocks.get("firewall schedule recurring")
        defined = recurring.entries.get(name) if recurring else None
        if defined is not None:
            whole_day = defined.value("start", "00:00") == defined.value("end", "00:00")
            if name == "always" and "day" not in defined.settings:
                return ()
            return () if whole_day and frozenset(defined.values("day")) >= _WEEK else (f"schedule {name}",)
        if name == "always":
            return ()
        others = (self.root.blocks.get(f"firewall schedule {kind}") for kind in ("onetime", "group"))
        if setting is not None and not any(b and name in b.entries for b in others):
            self.notes.add(setting.line, setting.text, reasons.SCHEDULE_MISSING.format(name=name), covered=True)
        return (f"schedule {name}",)
