"""One device under examination: its configuration, the policy, the day, and where it stands in the zone model.

What is judged here is what the configuration *says* about the device; what it lets through is :mod:`.crossings`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from segmentation.device.device import Device, InterfaceInfo
from segmentation.device.management import Aspect
from segmentation.lint.scope import Scope
from segmentation.lint.wording import zone_name
from segmentation.model.addresses import Address, AddressSet
from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.intervals import IntervalSet
from segmentation.model.judge import Judge
from segmentation.model.location import Location
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry

_MORE = Text("{shown}ほか", "{shown} and more")
_EXAMPLE = Text("「{name}」（{line}行目）", "“{name}” (line {line})")
_EXAMPLE_NO_LINE = Text("「{name}」", "“{name}”")
_NOWHERE = Text("どのゾーンでもない範囲", "no zone")
#: Names shown of many things with one fault; the count tells how many there are.
_SHOWN = 5


@dataclass(frozen=True)
class Subject:
    """A device with everything a judgement about its own settings needs; ``judge`` and ``scope`` only with a zone model."""

    device: Device
    policy: Policy
    at: dt.date
    judge: Judge | None = None
    scope: Scope | None = None

    def asks(self, rule: str, *aspects: Aspect) -> bool:
        """Whether *rule* applies under the policy and the parser reads every one of *aspects*."""
        return self.policy.applies(rule) and self.device.aspects.issuperset(aspects)

    def finding(
        self,
        rule: str,
        message: Text,
        location: Location,
        *,
        key: str,
        rule_text: str = "",
        severity: Severity | None = None,
        cause: str = "",
        **fields: Any,
    ) -> Finding:
        """A finding of *rule* at a line of the configuration; *key* tells it from others of the rule on this device."""
        where = Where(
            location=location if location.file else self.first, device=self.device.name, rule_text=rule_text
        )  # fmt: skip
        return registry.finding(
            rule, self.policy, message=message, where=where, cause=cause or f"{self.device.name}:{where.location}", key=key,
            severity=severity, **fields,
        )  # fmt: skip

    @property
    def first(self) -> Location:
        """The configuration as a whole, for what is absent from it."""
        return Location(self.device.inputs[0].file if self.device.inputs else self.device.name)

    @cached_property
    def interfaces(self) -> dict[str, InterfaceInfo]:
        """The interfaces the configuration describes, by name."""
        return {i.name: i for i in self.device.interfaces}

    def zones_behind(self, interface: str) -> tuple[str, ...]:
        """The innermost zones behind an interface: what the model says, else the zones of its own addresses."""
        if self.judge is None:
            return ()
        mapped = self.scope.interfaces if self.scope is not None else None
        if mapped is not None and interface in mapped:
            return mapped[interface]
        info = self.interfaces.get(interface)
        if info is None:
            return ()
        zones = (self.judge.zonemap.zone_of(family, value) for family, value, _ in info.addresses)
        return tuple(dict.fromkeys(z for z in zones if z))

    def kinds(self, zones: Iterable[str]) -> frozenset[ZoneKind]:
        """The kinds of some zones."""
        assert self.judge is not None
        return frozenset(self.judge.model.zones[z].kind for z in zones if z in self.judge.model.zones)

    def of_kind(self, *kinds: ZoneKind) -> AddressSet:
        """All addresses of the zones of these kinds."""
        if self.judge is None:
            return AddressSet()
        sets, zones = self.judge.zonemap.sets, self.judge.model.zones
        return AddressSet.union(sets[z] for z in zones if zones[z].kind in kinds)

    @cached_property
    def management(self) -> AddressSet:
        """The addresses of the management zones."""
        return self.of_kind(ZoneKind.MANAGEMENT)

    @cached_property
    def own_addresses(self) -> AddressSet:
        """The addresses the device's own configuration gives its interfaces."""
        return AddressSet.union(
            AddressSet.of(f, IntervalSet.single(v)) for i in self.device.interfaces for f, v, _ in i.addresses
        )

    def zone_of(self, host: str) -> str | None:
        """The innermost zone of an address as written; ``""`` if in none, ``None`` for a name or without a model."""
        address = address_of(host)
        if self.judge is None or address is None:
            return None
        return self.judge.zonemap.zone_of(address.family, address.value)

    def named(self, zones: Sequence[str]) -> Text:
        """Zones by their names, in each language."""
        assert self.judge is not None
        names = [zone_name(self.judge.model, z) for z in zones] or [_NOWHERE]
        shown = names[:_SHOWN]
        text = Text("、".join(n.ja for n in shown), ", ".join(n.en for n in shown))
        return _MORE.format(shown=text) if len(names) > _SHOWN else text


def address_of(host: str) -> Address | None:
    """The address a host is written as, or ``None`` when it is a name."""
    try:
        return Address.parse(host)
    except ValueError:
        return None


def examples(items: Sequence[tuple[str, Location]]) -> Text:
    """The first few of many things, each with its line."""
    shown = [
        _EXAMPLE.format(name=name, line=location.line) if location.line else _EXAMPLE_NO_LINE.format(name=name)
        for name, location in items[:_SHOWN]
    ]
    text = Text("、".join(t.ja for t in shown), ", ".join(t.en for t in shown))
    return _MORE.format(shown=text) if len(items) > _SHOWN else text
