"""Devices built by hand for tests of the linter: what a configuration says, without a vendor's syntax."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from cities import STRICT, city

from segmentation.device.device import Device, InputFile, InterfaceInfo
from segmentation.device.management import Aspect, Management
from segmentation.lint import LintResult, lint
from segmentation.model.addresses import Address, AddressSet
from segmentation.model.finding import Finding
from segmentation.model.location import Location
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.registers import DeviceRecord, InterfaceZones
from segmentation.model.text import Text

DAY = dt.date(2026, 8, 20)
MODEL = city()
ALL = frozenset(Aspect)


def at(line: int) -> Location:
    return Location("gw.conf", line)


def addresses(*texts: str) -> AddressSet:
    return AddressSet.union(map(AddressSet.parse, texts))


def interface(name: str, *networks: str, line: int = 1, **fields: object) -> InterfaceInfo:
    parsed = []
    for text in networks:
        host, _, length = text.partition("/")
        address = Address.parse(host)
        parsed.append((address.family, address.value, int(length)))
    return InterfaceInfo(name=name, addresses=tuple(parsed), location=at(line), **fields)  # type: ignore[arg-type]


def device(*aspects: Aspect, **fields: object) -> Device:
    """A device named ``gw``; keyword arguments that belong to its management are put there."""
    inner = {k: v for k, v in fields.items() if k in Management.__dataclass_fields__}
    outer = {k: v for k, v in fields.items() if k not in inner}
    made = Device(name="gw", vendor="test", inputs=(InputFile(file="gw.conf", sha256="0" * 64, lines=9),))
    return replace(made, management=Management(**inner), aspects=frozenset(aspects), **outer)  # type: ignore[arg-type]


def with_record(model: ZoneModel = MODEL, **interfaces: tuple[str, ...]) -> ZoneModel:
    """The model with the device ``gw`` and the zones behind its interfaces."""
    mapped = tuple(InterfaceZones(interface=n, zones=z) for n, z in interfaces.items())
    return replace(model, devices={"gw": DeviceRecord(id="gw", name=Text("gw", "gw"), interfaces=mapped)})


def run(examined: Device, *, model: ZoneModel | None = MODEL, by: Policy = STRICT, day: dt.date = DAY) -> LintResult:
    return lint([examined], model, by, day)


def found(result: LintResult, *rules: str) -> list[Finding]:
    return [f for f in result.findings if f.rule in rules]


def keys(examined: Device, rule: str, **how: object) -> set[str]:
    """The keys of the findings of one rule; every finding of it must be whole in both languages."""
    findings = found(run(examined, **how), rule)  # type: ignore[arg-type]
    for finding in findings:
        assert finding.message.ja.endswith("。"), finding.message.ja
        assert finding.message.en.endswith("."), finding.message.en
        assert "{" not in finding.message.ja + finding.message.en
        assert finding.where.location.file
    return {f.key for f in findings}
