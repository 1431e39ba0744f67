"""Sightings -> findings: drift of registered pairs (MN-05) and devices nobody registered (NC-11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from segmentation.model.conditions import Moment
from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry
from sensors.records import Sighting
from sensors.watch.addresses import AddressRegister, DriftKind
from sensors.watch.devices import DeviceRegister

_OTHER_MAC = Text(
    "{zone}の{address}が、台帳のMACアドレスと異なる{mac}で通信しました（台帳: {registered}）。",
    "{address} in {zone} spoke with MAC {mac}; the register has {registered}.",
)
_OTHER_ADDRESS = Text(
    "{zone}で、台帳のMACアドレス{mac}が登録のない{address}を使いました（台帳: {registered}）。",
    "In {zone} the registered MAC {mac} used {address}; the register has {registered}.",
)
_UNKNOWN = Text(
    "{zone}で、台帳にない機器（MACアドレス {mac}、{address}）が通信しました。",
    "A device that is in no ledger (MAC {mac}, {address}) spoke in {zone}.",
)
_RANDOM = Text(
    "端末が自分で作ったMACアドレス（ローカル管理アドレス）です。",
    "The MAC is locally administered: made up by the device or set by hand.",
)


@dataclass(slots=True)
class SightingWatch:
    """Judges sightings by the registers.  Pure."""

    judge: Judge
    addresses: AddressRegister
    devices: DeviceRegister

    def findings(self, sightings: Iterable[Sighting]) -> Iterator[Finding]:
        """One finding per registered pair that drifted, and one per unknown MAC and zone."""
        groups: dict[tuple[str, ...], list[tuple[Sighting, str, Text]]] = {}
        for s in sightings:
            if (hit := self._look(s)) is not None:
                cause, zone, text = hit
                groups.setdefault(cause, []).append((s, zone, text))
        for cause, group in groups.items():
            group.sort(key=lambda g: (g[0].capture, g[0].packet))
            first, zone, message = group[0]
            yield registry.finding(
                cause[0], self.judge.policy, message=message, where=_where([g[0] for g in group]), cause="/".join(cause),
                key="/".join(cause), src_zone=zone, dst_zone=zone, count=sum(g[0].count for g in group),
                severity=self._severity(cause[0], zone), detail=(("address", str(first.where)), ("mac", str(first.mac))),
            )  # fmt: skip

    def _look(self, s: Sighting) -> tuple[tuple[str, ...], str, Text] | None:
        day: dt.date | None = Moment.of(s.at_ns / 1e9, self.judge.model.utc_offset_minutes).day if s.at_ns else None
        if (drift := self.addresses.drift(s.where, s.mac, s.vlan, day)) is not None:
            other_mac = drift.kind is DriftKind.OTHER_MAC
            registered = map(str, drift.endpoint.macs) if other_mac else drift.endpoint.addresses.texts()
            text = (_OTHER_MAC if other_mac else _OTHER_ADDRESS).format(
                zone=self._name(drift.zone), address=s.where, mac=s.mac, registered=" / ".join(registered)
            )
            return ("MN-05", drift.kind.value, str(s.where), str(s.mac), drift.zone), drift.zone, text
        if (unknown := self.devices.unknown(s.where, s.mac, s.vlan, day)) is not None:
            text = _UNKNOWN.format(zone=self._name(unknown.zone), mac=s.mac, address=s.where)
            if unknown.random:
                text = Text(text.ja + _RANDOM.ja, f"{text.en} {_RANDOM.en}")
            return ("NC-11", str(s.mac), unknown.zone), unknown.zone, text
        return None

    def _severity(self, rule: str, zone: str) -> Severity | None:
        """NC-11 is worst in a My Number zone; a policy's own word wins."""
        if rule != "NC-11" or rule in self.judge.policy.severities:
            return None
        mynumber = self.judge.model.zones[zone].kind is ZoneKind.MYNUMBER
        return Severity.CRITICAL if mynumber else Severity.HIGH

    def _name(self, zone: str) -> Text:
        return self.judge.model.zones[zone].name if zone else Text("未割当", "unassigned")


def _where(sightings: list[Sighting]) -> Where:
    return Where(
        capture=sightings[0].capture,
        first_packet=sightings[0].packet,
        last_packet=sightings[-1].packet,
        first_ns=min(s.at_ns for s in sightings),
        last_ns=max(s.at_ns for s in sightings),
    )
