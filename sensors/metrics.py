"""Prometheus metrics of a run: plain integers handed to one custom collector, never a labelled increment.

Labels come from closed sets only (zones, rules, states, severities, reasons): never an address, a port, a MAC, a file or
a person.  Violations are labelled by layer, and every pair of layers that the judge can forbid is exported at 0 from the
start: a series that is born at 1 would raise no alert.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from segmentation.model.finding import Finding, FlowState
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from segmentation.rules import registry

#: What stands in a zone label for addresses of no zone.
NO_ZONE = "unassigned"
#: (src zone, dst zone, state, verdict) -> packets, bytes, flows
Traffic = Mapping[tuple[str, str, str, str], tuple[int, int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The counters of one run."""

    judge: Judge
    findings: tuple[Finding, ...] = ()
    traffic: Traffic = field(default_factory=dict)
    packets: int = 0
    bytes: int = 0
    not_decoded: Mapping[str, int] = field(default_factory=dict)
    flows_not_tracked: int = 0
    damaged_captures: int = 0
    at: dt.date | None = None


def text(snapshot: Snapshot) -> str:
    """The snapshot in the Prometheus text exposition format, sorted, without any creation time."""
    # Imported here: only who exports metrics pays for the library.
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415

    collected = CollectorRegistry(auto_describe=False)
    collected.register(_Collector(snapshot))  # type: ignore[arg-type]  # a collector is anything with collect()
    return generate_latest(collected).decode("utf-8")


class _Collector:
    """Builds the metric families at each scrape from the snapshot's integers."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def collect(self) -> Iterator[object]:
        """All metric families, each with its samples in sorted order."""
        from prometheus_client.core import CounterMetricFamily as Counter  # noqa: PLC0415
        from prometheus_client.core import GaugeMetricFamily as Gauge  # noqa: PLC0415

        s = self.snapshot
        model, policy = s.judge.model, s.judge.policy
        info = Gauge(
            "sekisho_policy_info", "The policy profile and zone model in force.", labels=("profile", "model", "sha256")
        )
        info.add_metric((policy.profile, model.kind.value, model.sha256), 1)
        yield info
        yield _family(
            Counter(
                "sekisho_violations", "Incidents that break a rule, by layer of the initiator and of the responder.",
                labels=("rule", "severity", "src_zone", "dst_zone", "state"),
            ),
            violations(s.judge, s.findings).items(),
        )  # fmt: skip
        labels = ("src_zone", "dst_zone", "state", "verdict")
        for i, (name, what) in enumerate((("packets", "Packets"), ("bytes", "Octets on the wire"), ("flows", "Flows"))):
            values = {(_zone(k[0]), _zone(k[1]), k[2], k[3]): v[i] for k, v in s.traffic.items()}
            yield _family(
                Counter(f"sekisho_zone_{name}", f"{what} by zone pair, state and verdict.", labels=labels), values.items()
            )
        for name, what, value in (
            ("sekisho_capture_packets", "Packets read.", s.packets),
            ("sekisho_capture_bytes", "Octets on the wire of the packets read.", s.bytes),
            (
                "sekisho_flows_not_tracked",
                "Flows not kept because the table was full; still judged by zone.",
                s.flows_not_tracked,
            ),
            ("sekisho_damaged_captures", "Capture files that could not be read to their end.", s.damaged_captures),
        ):
            yield Counter(name, what, value=value)
        yield _family(
            Counter("sekisho_not_decoded_packets", "Packets that belong to no flow, by reason.", labels=("reason",)),
            [((k,), v) for k, v in s.not_decoded.items()],
        )
        if s.at is not None:
            left = [((e.id,), d) for e in model.exceptions.values() if (d := e.days_left(s.at)) is not None]
            yield _family(
                Gauge("sekisho_exception_days_left", "Days until an exception ends; negative after it.", labels=("exception",)),
                left,
            )


def _family(family: object, values: Iterable[tuple[tuple[str, ...], int]]) -> object:
    for labels, value in sorted(values):
        family.add_metric(labels, value)  # type: ignore[attr-defined]  # both families have it
    return family


def _zone(zone: str) -> str:
    return zone or NO_ZONE


def violations(judge: Judge, findings: Iterable[Finding]) -> dict[tuple[str, str, str, str, str], int]:
    """Incidents by rule, severity, layers and state, with a 0 for every combination the judge can forbid."""
    layer = {z: judge.model.layer(z).id for z in judge.model.zones} | {"": NO_ZONE}
    counts: dict[tuple[str, str, str, str, str], int] = {}
    for decision in judge.decisions:
        if decision.kind in (VerdictKind.FORBIDDEN, VerdictKind.NOT_DECIDABLE) and decision.rules:
            rule = next((r for r in decision.rules if registry.SENSOR in registry.get(r).sides), decision.rules[0])
            severity = judge.policy.severities.get(rule, registry.get(rule).severity)
            for state in FlowState:
                counts[rule, severity.key, layer[decision.src_zone], layer[decision.dst_zone], state.value] = 0
    for f in findings:
        if not f.silenced:
            key = (f.rule, f.severity.key, layer[f.src_zone], layer[f.dst_zone], f.state.value if f.state else "")
            counts[key] = counts.get(key, 0) + 1
    return counts
