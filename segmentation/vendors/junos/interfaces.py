"""Interfaces: units with addresses, VLANs and filters; ranges of interfaces.

Junos OS Interfaces Fundamentals, "Interface Properties"; filters: Firewall Filters User Guide, "Applying Firewall Filters".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.device import InterfaceInfo
from segmentation.device.lexical import Misread, Problems, decimal
from segmentation.model.addresses import Address, Family
from segmentation.model.location import Location
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.reading import shown

_FAMILIES: dict[str, Family] = {"inet": 4, "inet6": 6}
#: Names of statements that hold filters, and which way they look.
_FILTERS = {"input": True, "input-list": True, "output": False, "output-list": False}


@dataclass(slots=True)
class Bound:
    """The filters of one direction and family, in order; ``single`` when they came from ``input`` or ``output``."""

    names: list[str]
    statement: Statement
    single: bool


@dataclass(slots=True)
class Unit:
    """A logical interface."""

    name: str
    location: Location
    addresses: list[tuple[Family, int, int]] = field(default_factory=list)
    vlan: int | None = None
    families: set[Family] = field(default_factory=set)
    filters: dict[tuple[bool, Family], Bound] = field(default_factory=dict)
    enabled: bool = True
    description: str = ""

    def info(self, zone: str, vrf: str = "") -> InterfaceInfo:
        """As the device describes it."""
        return InterfaceInfo(
            name=self.name, addresses=tuple(dict.fromkeys(self.addresses)), vlan=self.vlan, zone=zone, location=self.location,
            enabled=self.enabled, description=self.description, vrf=vrf,
        )  # fmt: skip


@dataclass(slots=True)
class Interfaces:
    """All logical interfaces of a device."""

    problems: Problems
    units: dict[str, Unit] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    vlans: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)  # physical interfaces that are disabled
    descriptions: dict[str, str] = field(default_factory=dict)

    def read(self, words: tuple[str, ...], statement: Statement) -> None:
        """A statement below ``interfaces``."""
        match words:
            case ("interface-range", name, "member", member):
                self.members.setdefault(name, []).append(member)
            case ("interface-range", name, "member-range", *_):
                self.members.setdefault(name, []).append(" ".join(words[3:]))
            case ("interface-range", name, "unit", *rest) if "filter" in rest:
                # Which interfaces a range holds may be a pattern; its filters would hang on names not known here.
                what = f"interface-range {name}"
                self.problems.add(statement.location, statement.text, reasons.NOT_ANALYSED.format(what=what), widened=False)
            case ("interface-range", *_) | ("traceoptions", *_) | (_,) | ():
                pass
            case (name, "unit", number, *rest):
                self._unit(f"{name}.{number}", tuple(rest), statement)
            case (name, "disable"):
                self.off.add(name)
            case (name, "description", *text):
                self.descriptions[name] = shown(" ".join(text))
            case (name, "vlan-id", number):
                self.unit(f"{name}.0", statement).vlan = decimal(number, 4095)
            case _:
                pass  # physical properties

    def unit(self, name: str, statement: Statement) -> Unit:
        """The logical interface *name*, made when it is new."""
        found = self.units.get(name)
        if found is None:
            found = self.units[name] = Unit(name, statement.location)
        return found

    def vlan(self, words: tuple[str, ...]) -> None:
        """A statement below ``vlans``: a VLAN's number and its routed interface."""
        number, interface = self.vlans.get(words[0], (None, "")) if words else (None, "")
        match words:
            case (name, "vlan-id", value):
                self.vlans[name] = (decimal(value, 4095), interface)
            case (name, "l3-interface", value):
                self.vlans[name] = (number, value)
            case _:
                pass

    def finish(self) -> None:
        """Give the routed interfaces of VLANs their numbers."""
        for unit in self.units.values():
            physical = unit.name.rpartition(".")[0]
            unit.enabled = unit.enabled and physical not in self.off
            unit.description = unit.description or self.descriptions.get(physical, "")
        for number, interface in self.vlans.values():
            if interface in self.units and number is not None and self.units[interface].vlan is None:
                self.units[interface].vlan = number

    def _unit(self, name: str, words: tuple[str, ...], statement: Statement) -> None:
        unit = self.unit(name, statement)
        match words:
            case ("disable",):
                unit.enabled = False
            case ("description", *text):
                unit.description = shown(" ".join(text))
            case ("vlan-id", number):
                unit.vlan = decimal(number, 4095)
            case ("family", "inet" | "inet6" as word, *rest):
                family = _FAMILIES[word]
                unit.families.add(family)
                self._family(unit, family, tuple(rest), statement)
            case ("family", "any", "filter", *rest):
                for family in (4, 6):
                    self._family(unit, family, ("filter", *rest), statement)
            case ("family", other, "filter", *_):
                what = f"family {other} filter"
                self.problems.add(statement.location, statement.text, reasons.NOT_ANALYSED.format(what=what), widened=False)
            case ("filter", *rest):
                for family in (4, 6):
                    self._family(unit, family, ("filter", *rest), statement)
            case _:
                pass  # other properties of the unit

    def _family(self, unit: Unit, family: Family, words: tuple[str, ...], statement: Statement) -> None:
        match words:
            case ("address", text, *_):
                try:
                    host, _, length = text.partition("/")
                    address = Address.parse(host)
                except ValueError:
                    self.problems.add(statement.location, statement.text, reasons.ADDRESS.format(word=text), widened=False)
                    return
                bits = decimal(length, 32 if family == 4 else 128) if length else (32 if family == 4 else 128)
                if address.family == family and bits is not None:
                    unit.addresses.append((family, address.value, bits))
            case ("filter", direction, *rest) if direction in _FILTERS and rest:
                self._bind(unit, family, direction, rest, statement)
            case ("filter", "group", *_) | ("filter", ("input" | "output"), *_):
                pass
            case ("filter", *_) | ("simple-filter", *_):
                raise Misread(reasons.STATEMENT)
            case _:
                pass  # mtu, rpf-check, sampling, dhcp …

    @staticmethod
    def _bind(unit: Unit, family: Family, direction: str, rest: list[str], statement: Statement) -> None:
        """``input`` and ``input-list`` exclude each other: what was said last holds; a place goes before its groups."""
        words = [w for w in rest if w not in ("precedence", "shared-name")]
        key = (_FILTERS[direction], family)
        single = not direction.endswith("-list")
        bound = unit.filters.get(key)
        if bound is not None and statement.inherited:
            return
        if bound is None or single or bound.single:
            unit.filters[key] = Bound([words[0]], statement, single)
        elif words[0] not in bound.names:
            bound.names.append(words[0])
