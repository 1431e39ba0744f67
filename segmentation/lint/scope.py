"""Which zones a device stands between, and which address families its configuration speaks of."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.device.device import Device, Hook, Rule, Verb
from segmentation.device.lexical import prefix_values
from segmentation.device.match import Field, InterfaceMatch
from segmentation.model.addresses import FAMILIES, AddressSet, Family
from segmentation.model.judge import Judge
from segmentation.model.registers import DeviceRecord
from segmentation.model.zonemap import UNASSIGNED
from segmentation.model.zones import ZoneKind

#: Vendors whose one export holds the rules of both address families; iptables and ip6tables are exported apart.
_BOTH_FAMILIES = frozenset({"nftables"})


def _found_on(
    device: Device, zones: Mapping[str, AddressSet], mapped: set[str], known: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    """Interfaces that the model does not name, with an address in a zone that it puts behind no other interface.

    The configuration itself says that the device stands in that zone: to leave it out would call it closed.
    """
    out: dict[str, tuple[str, ...]] = {}
    for info in device.interfaces:
        if not info.enabled or info.name in known:
            continue
        nets = [(f, prefix_values(value, length, f)) for f, value, length in info.addresses if length > 0]
        behind = tuple(z for z, held in zones.items() if z not in mapped and any(held.family(f) & net for f, net in nets))
        if behind:
            out[info.name] = behind
    return out


@dataclass(frozen=True, slots=True)
class Scope:
    """Where one device stands in the model."""

    record: DeviceRecord | None
    zones: Mapping[str, AddressSet]  # innermost zones and their addresses, empty ones left out
    interfaces: Mapping[str, tuple[str, ...]] | None  # interface -> innermost zones behind it
    pairs: tuple[tuple[str, str], ...]  # ordered pairs asked about; "" stands for unassigned addresses
    families: tuple[Family, ...]
    unread_families: tuple[Family, ...]  # the model has such addresses, but no configuration for them was given

    @classmethod
    def of(cls, device: Device, judge: Judge) -> Scope:
        """The scope of *device*: its own zones when the model knows its interfaces, else all of them.

        Behind an interface that names a layer stand all its sub-zones; an interface that the model does not name stands in
        the zones of its own addresses.  Addresses in no zone and the outside are
        always asked about: a wide rule lets them in whatever is wired to the device.
        """
        record = judge.model.devices.get(device.name)
        zones = {z: s for z, s in judge.zonemap.sets.items() if z != UNASSIGNED and s}
        interfaces: dict[str, tuple[str, ...]] | None = None
        asked = list(zones)
        if record is not None and record.interfaces:
            interfaces = {
                i.interface: tuple(z for top in i.zones for z in judge.model.zones_within(top) if z in zones)
                for i in record.interfaces
            }
            mapped = {z for behind in interfaces.values() for z in behind}
            interfaces |= _found_on(device, zones, mapped, frozenset(interfaces))
            mapped |= {z for behind in interfaces.values() for z in behind}
            outside = {z.id for z in judge.model.zones.values() if z.kind is ZoneKind.OUTSIDE}
            asked = [z for z in zones if z in mapped | outside]
        pairs = tuple((a, b) for a, b in itertools.product((*asked, UNASSIGNED), repeat=2) if a != b)
        wanted = tuple(f for f in FAMILIES if any(judge.model.zones[z].networks.family(f) for z in asked))
        read = frozenset(f for b in device.base_chains for f in b.families)
        covered = frozenset(FAMILIES) if device.vendor in _BOTH_FAMILIES else read
        return cls(
            record, zones, interfaces, pairs,
            tuple(f for f in wanted if f in covered), tuple(f for f in wanted if f not in covered),
        )  # fmt: skip

    def elsewhere(self, device: Device) -> tuple[Rule, ...]:
        """Permits of forwarded packets that speak only of zones which, by the model, lie behind no interface of the device."""
        if self.interfaces is None:
            return ()
        asked = {z for pair in self.pairs for z in pair}
        away = {f: AddressSet.union([s for z, s in self.zones.items() if z not in asked]).family(f) for f in FAMILIES}
        waiting = [b.chain for b in device.base_chains if b.hook is Hook.FORWARD]
        reached = dict.fromkeys(waiting)
        while waiting:
            targets = {r.action.target: None for r in device.chains[waiting.pop()].rules if r.action.target in device.chains}
            waiting += [t for t in targets if t not in reached]
            reached |= targets
        return tuple(
            rule
            for name in reached
            for rule in device.chains[name].rules
            if rule.action.verb is Verb.ACCEPT
            and any(
                ends and ends.issubset(away[f])
                for f in rule.families
                for ends in (rule.match.fields.get(Field.SRC), rule.match.fields.get(Field.DST))
                if ends is not None
            )
        )

    def unmentioned(self, device: Device) -> tuple[str, ...]:
        """Mapped interfaces that a configuration which speaks of interfaces does not know: a mistyped name proves nothing.

        A rule set that names no interface at all does not depend on their names.
        """
        matches = [m for c in device.chains.values() for r in c.rules for m in (r.match.in_interface, r.match.out_interface)]
        patterns = {p for m in matches if m is not None for p in m.patterns} | {i.name for i in device.interfaces}
        if self.interfaces is None or not patterns:
            return ()
        known = InterfaceMatch(tuple(sorted(patterns)))
        return tuple(name for name in self.interfaces if not known.matches(name))
