"""Flows and sightings -> findings, by the judge: one incident per cause, never one per packet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from segmentation.model.addresses import format_address
from segmentation.model.finding import Confidence, Finding, FlowState, Packet, Severity, Where, Witness
from segmentation.model.flow import Initiator, Verdict, VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.services import PORT_PROTOCOLS, format_service
from segmentation.model.text import Text
from segmentation.rules import registry
from sensors.records import FlowRecord, Sighting
from sensors.watch.addresses import AddressRegister
from sensors.watch.devices import DeviceRegister
from sensors.watch.sightings import SightingWatch

_STATE_ORDER = {FlowState.ATTEMPTED: 0, FlowState.REFUSED: 1, FlowState.ESTABLISHED: 2, FlowState.DATA: 3}
_NO_ZONE = Text("未割当", "unassigned")
_INFERRED = Text(
    "開始側のパケットが見えないため、接続の向きは推定です。",
    "The start of the connection was not captured, so its direction is inferred.",
)
_CROSSING = Text(
    "{src_zone}の{src}から{dst_zone}の{dst}への{service}を検知しました（{state}）。{reason}",
    "{service} from {src} in {src_zone} to {dst} in {dst_zone} ({state}). {reason}",
)
_EXCEPTED = Text(
    "例外{exception}により、{src_zone}の{src}から{dst_zone}の{dst}への{service}がありました（{state}）。",
    "Under exception {exception}: {service} from {src} in {src_zone} to {dst} in {dst_zone} ({state}).",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A flow with its verdict."""

    record: FlowRecord
    verdict: Verdict


@dataclass(slots=True)
class Detector:
    """Turns judged flows and sightings into findings.

    Pure: the same flows give the same findings, in the same order, whatever the order they come in.
    """

    judge: Judge
    register: AddressRegister
    devices: DeviceRegister

    @classmethod
    def of(cls, judge: Judge, native: frozenset[str] = frozenset()) -> Detector:
        """A detector for the judge's model; *native* names the zones that untagged captures were taken on."""
        register = AddressRegister.of(judge.model, judge.zonemap, native)
        return cls(judge, register, DeviceRegister.of(judge.model, judge.zonemap, register))

    def judged(self, records: Iterable[FlowRecord]) -> Iterator[Judged]:
        """Ask the judge about each flow; a MAC is passed on only where it can be believed."""
        for record in records:
            src = record.src_mac if self.register.believable(record.family, record.src, record.vlan) else None
            dst = record.dst_mac if self.register.believable(record.family, record.dst, record.vlan) else None
            yield Judged(record, self.judge.judge(record.flow(src, dst)))

    def findings(self, judged: Iterable[Judged], sightings: Iterable[Sighting] = ()) -> list[Finding]:
        """Findings of forbidden and undecidable flows and of drifting addresses, grouped by cause, worst first."""
        flows: dict[tuple[str, ...], list[Judged]] = {}
        for j in judged:
            excepted = j.verdict.kind is VerdictKind.EXCEPTED
            if excepted or (not j.verdict.kind.allows and j.verdict.rules):
                flows.setdefault(_cause(j, excepted=excepted), []).append(j)
        found = [self._incident(cause, group) for cause, group in flows.items()]
        found.extend(SightingWatch(self.judge, self.register, self.devices).findings(sightings))
        return sorted(found, key=lambda f: f.sort_key)

    def _incident(self, cause: tuple[str, ...], group: list[Judged]) -> Finding:
        group.sort(key=lambda j: (j.record.capture, j.record.first_packet, j.record.first_ns))
        # The incident is told by the flow that got furthest; among those, the first one.
        told = max(group, key=lambda j: (_STATE_ORDER[j.record.state], -j.record.first_packet))
        record, verdict = told.record, told.verdict
        excepted = verdict.kind is VerdictKind.EXCEPTED
        rules = ("EX-07",) if excepted else _sensor_rules(verdict.rules)
        doubtful = all(j.record.initiator in (Initiator.INFERRED, Initiator.FIRST) for j in group)
        src, dst = format_address(record.family, record.src), format_address(record.family, record.dst)
        message = (_EXCEPTED if excepted else _CROSSING).format(
            exception=verdict.exception,
            src_zone=self._name(verdict.src_zone), dst_zone=self._name(verdict.dst_zone), src=src, dst=dst,
            service=format_service(record.protocol, record.sport, record.dport), state=record.state.text, reason=verdict.reason,
        )  # fmt: skip
        finding = registry.finding(
            rules[0], self.judge.policy, message=message, where=_where([j.record for j in group]), cause="/".join(cause),
            key="/".join(cause), related=rules[1:], state=record.state, src_zone=verdict.src_zone, dst_zone=verdict.dst_zone,
            conduit=verdict.conduit, exception=verdict.exception,
            silenced=excepted, severity=Severity.INFO if excepted else None, count=sum(j.record.flows for j in group),
            witness=_witness(record),
            confidence=Confidence.INFERRED if doubtful else Confidence.CERTAIN,
            confidence_reason=_INFERRED if doubtful else None,
            detail=(
                ("src", src), ("dst", dst), ("service", format_service(record.protocol, record.sport, record.dport)),
                ("packets", str(sum(j.record.packets for j in group))), ("bytes", str(sum(j.record.bytes for j in group))),
            ),
        )  # fmt: skip
        if doubtful and finding.severity > Severity.INFO:
            finding = replace(finding, severity=Severity(finding.severity - 1))
        return finding

    def _name(self, zone: str) -> Text:
        return self.judge.model.zones[zone].name if zone else _NO_ZONE


def _cause(j: Judged, *, excepted: bool) -> tuple[str, ...]:
    """One incident: rule, zone pair, hosts and service; source ports and packets do not make another one."""
    r, v = j.record, j.verdict
    rule = "EX-07" if excepted else _sensor_rules(v.rules)[0]
    return (
        rule, v.src_zone, v.dst_zone, format_address(r.family, r.src), format_address(r.family, r.dst),
        format_service(r.protocol, r.sport, r.dport), "inferred" if v.kind is VerdictKind.NOT_DECIDABLE else v.exception,
    )  # fmt: skip


def _sensor_rules(rules: tuple[str, ...]) -> tuple[str, ...]:
    """The rules that packets can break, in order; if the list has none, the list itself."""
    kept = tuple(r for r in rules if registry.SENSOR in registry.get(r).sides)
    return kept or rules


def _where(records: list[FlowRecord]) -> Where:
    return Where(
        capture=records[0].capture,
        first_packet=min(r.first_packet for r in records),
        last_packet=max(r.last_packet for r in records),
        first_ns=min(r.first_ns for r in records),
        last_ns=max(r.last_ns for r in records),
    )


def _witness(r: FlowRecord) -> Witness:
    ports = (r.sport, r.dport) if r.protocol in PORT_PROTOCOLS or r.protocol in (1, 58) else (0, 0)
    return Witness(
        packet=Packet(
            family=r.family, src=r.src, dst=r.dst, protocol=r.protocol, sport=ports[0], dport=ports[1],
            tcp_flags=2 if r.protocol == 6 else 0, src_mac=r.src_mac,
        )
    )  # fmt: skip
