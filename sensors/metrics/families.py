"""Metric families out of a snapshot, one collector for each part, with sorted samples.

Names follow https://prometheus.io/docs/practices/naming/ (base units, ``_total`` for counters, ``_info``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from segmentation.model.registers import Contact
from segmentation.rules import registry
from sensors.metrics.snapshot import NO_ZONE, Health, Snapshot
from sensors.metrics.violations import forbidden_pairs, violations

Family = Any  # prometheus_client's families share add_metric, but no public base class
Labels = tuple[str, ...]
_SECOND = 1_000_000_000


def counter(name: str, what: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> Family:
    """A counter family; *name* without ``_total``."""
    return _filled(CounterMetricFamily(f"sekisho_{name}", what, labels=labels), values)


def gauge(name: str, what: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> Family:
    """A gauge family."""
    return _filled(GaugeMetricFamily(f"sekisho_{name}", what, labels=labels), values)


def _filled(family: Family, values: Iterable[tuple[Labels, float]]) -> Family:
    for labels, value in sorted(values):
        family.add_metric(labels, float(value))
    return family


def _plain(values: Mapping[str, float]) -> Iterator[tuple[Labels, float]]:
    return (((k,), v) for k, v in values.items())


def policy(s: Snapshot) -> Iterator[Family]:
    """What is judged by, and the words that alerts are written with."""
    model, pol = s.judge.model, s.judge.policy
    yield gauge(
        "policy_info", "The policy profile and zone model in force.", ("profile", "model", "sha256"),
        [((pol.profile, model.kind.value, model.sha256), 1)],
    )  # fmt: skip
    if s.health is None:
        return
    yield gauge(
        "zone_info", "The names of the layers.", ("zone", "name_ja", "name_en"),
        [((z, model.zones[z].name.ja, model.zones[z].name.en), 1) for z in {model.layer(z).id for z in model.zones}]
        + [((NO_ZONE, "未割当", "unassigned"), 1)],
    )  # fmt: skip
    rules = [r.id for r in registry.all_rules() if registry.SENSOR in r.sides]
    yield gauge(
        "rule_info", "The titles of the rules.", ("rule", "title_ja", "title_en"),
        [((r, registry.get(r).title.ja, registry.get(r).title.en), 1) for r in rules],
    )  # fmt: skip
    yield gauge("contact_info", "Whom to call.", ("contact",), [((_contact(model.contacts),), 1)])


def _contact(contacts: Iterable[Contact]) -> str:
    """The section on duty with its number: what a night guard needs, never a person's own number."""
    held = {c.role: f"{c.name} {c.phone}".strip() for c in reversed([*contacts])}
    return held.get("duty") or held.get("security_cloud") or 'zones.toml: [[contacts]] role = "duty"'


def findings(s: Snapshot) -> Iterator[Family]:
    """Violations by rule and layers, every forbidden pair from the start; open incidents; unknown devices."""
    counted = violations(s.judge, s.findings) if s.violations is None else {**forbidden_pairs(s.judge), **s.violations}
    yield counter(
        "violations", "Findings by rule and by layer of the initiator and of the responder, one for each cause and look.",
        ("rule", "severity", "src_zone", "dst_zone", "state"), counted.items(),
    )  # fmt: skip
    layers = sorted({s.judge.model.layer(z).id for z in s.judge.model.zones} | {NO_ZONE})
    if s.health is None:
        return
    open_: dict[Labels, float] = {}
    layer = {z: s.judge.model.layer(z).id for z in s.judge.model.zones}
    for (rule, severity, src, dst), n in s.health.incidents.items():
        key = (rule, severity.key, layer.get(src, NO_ZONE), layer.get(dst, NO_ZONE))
        open_[key] = open_.get(key, 0) + n
    yield gauge(
        "incidents_open", "Incidents that are going on.", ("rule", "severity", "src_zone", "dst_zone"),
        open_.items(),
    )  # fmt: skip
    devices = dict.fromkeys(layers, 0) | dict(s.unknown_devices)
    yield counter("unknown_devices", "Devices that are not in the ledger, by layer.", ("zone",), _plain(devices))


def traffic(s: Snapshot) -> Iterator[Family]:
    """Packets, octets and flows by zone pair."""
    labels = ("src_zone", "dst_zone", "state", "verdict")
    for i, (name, what) in enumerate((("packets", "Packets"), ("bytes", "Octets on the wire"), ("flows", "Flows"))):
        values = {(k[0] or NO_ZONE, k[1] or NO_ZONE, k[2], k[3]): v[i] for k, v in s.traffic.items()}
        yield counter(f"zone_{name}", f"{what} by zone pair, state and verdict.", labels, values.items())


def capture(s: Snapshot) -> Iterator[Family]:
    """What was read and what could not be."""
    yield counter("capture_packets", "Packets read.", (), [((), s.packets)])
    yield counter("capture_bytes", "Octets on the wire of the packets read.", (), [((), s.bytes)])
    yield counter(
        "flows_not_tracked", "Flows not kept because the table was full; still judged by zone.", (),
        [((), s.flows_not_tracked)],
    )  # fmt: skip
    if s.health is None:
        yield counter(
            "damaged_captures", "Capture files that could not be read to their end.", (), [((), s.damaged_captures)]
        )  # fmt: skip
    yield counter(
        "not_decoded_packets", "Packets that belong to no flow, by reason.", ("reason",), _plain(s.not_decoded)
    )  # fmt: skip


def exceptions(s: Snapshot) -> Iterator[Family]:
    """How long the approved exceptions still run."""
    if s.at is not None:
        left = [((e.id,), d * 86_400) for e in s.judge.model.exceptions.values() if (d := e.days_left(s.at)) is not None]
        yield gauge(
            "exception_remaining_seconds", "Until an exception ends, in whole days; negative after it.", ("exception",), left
        )


def transfers(s: Snapshot) -> Iterator[Family]:
    """Files and messages between the layers, and whether they came the right way."""
    if s.health is None and not s.transfers:
        return
    yield counter(
        "transfers", "Files and messages between layers, by way, content and proof of sanitization.",
        ("src_zone", "dst_zone", "path", "content", "proof"), s.transfers.items(),
    )  # fmt: skip
    layers = sorted({s.judge.model.layer(z).id for z in s.judge.model.zones})
    pairs = {(k[2], k[3]): 0 for k in forbidden_pairs(s.judge) if k[2] in layers and k[3] in layers}
    yield counter(
        "sanitizer_bypass", "Transfers that went around the sanitizing gateway.", ("src_zone", "dst_zone"),
        {**pairs, **s.sanitizer_bypass}.items(),
    )  # fmt: skip
    yield counter(
        "transfer_limits", "Bounds reached while putting transfers together or looking into them.", ("reason",),
        _plain(s.transfer_limits),
    )  # fmt: skip


def health(s: Snapshot) -> Iterator[Family]:
    """Whether the sensor sees everything it should: a blind sensor says so."""
    if (h := s.health) is None:
        return
    yield from _interfaces(h)
    yield gauge(
        "capture_coverage_ratio", "Share of a boundary's expected segments that are seen.", ("boundary",), _plain(h.coverage)
    )
    yield gauge("flows_active", "Flows in the table.", (), [((), h.flows_active)])
    yield gauge("flows_capacity", "Flows the table can hold.", (), [((), h.flows_capacity)])
    yield counter("flows_evicted", "Flows that left the table.", (), [((), h.flows_evicted)])
    yield counter(
        "duplicate_packets", "Packets that the mirror delivered more than once; counted once.", (), [((), h.duplicates)]
    )
    yield counter("noted_packets", "Packets by what was noted about them.", ("reason",), _plain(h.notes))
    yield counter("watch_events", "What the watchers saw, by reason.", ("reason",), _plain(h.watch_events))
    yield counter("worker_restarts", "Capture processes that were started anew.", (), [((), h.worker_restarts)])
    yield counter("reloads", "Zone models taken over while running.", (), [((), h.reloads)])
    yield counter("reload_failures", "Zone models refused while running.", (), [((), h.reload_failures)])
    yield gauge("reload_success", "Whether the last reload was taken over.", (), [((), h.reload_ok)])
    yield gauge("start_time_seconds", "When the sensor started, since the epoch.", (), [((), h.started_ns / _SECOND)])
    if h.clock_synchronised is not None:
        yield gauge("clock_synchronised", "Whether the sensor's clock is synchronised.", (), [((), h.clock_synchronised)])
    if h.clock_offset_seconds is not None:
        yield gauge("clock_offset_seconds", "The sensor's clock against its time server.", (), [((), h.clock_offset_seconds)])
    yield counter("events_written", "Events written, by sink.", ("sink",), _plain(h.events_written))
    yield counter(
        "events_lost", "Events that could not be written, by sink and reason.", ("sink", "reason"), h.events_lost.items()
    )
    yield gauge("evidence_slices", "Packet slices kept as evidence.", (), [((), h.evidence_slices)])
    yield gauge("evidence_bytes", "Octets of evidence on disk.", (), [((), h.evidence_bytes)])
    yield gauge("evidence_frozen", "Whether an order stops the expiry of evidence.", (), [((), h.evidence_frozen)])
    yield gauge(
        "must_flow_age_seconds", "Since the last traffic on a conduit that must carry some.", ("conduit",),
        _plain(h.must_flow_age_seconds),
    )  # fmt: skip


def _interfaces(h: Health) -> Iterator[Family]:
    def each(read: Callable[[Any], float]) -> list[tuple[Labels, float]]:
        return [((i.interface,), read(i)) for i in h.interfaces]

    labels = ("interface",)
    yield gauge("interface_up", "Whether the capture interface is up and has a link.", labels, each(lambda i: i.up))
    yield gauge(
        "interface_speed_bytes",
        "Link speed in octets per second; 0 where it is not known.",
        labels,
        each(lambda i: i.speed_bits / 8),
    )
    yield gauge("interface_silent", "Up, but nothing came for the set time.", labels, each(lambda i: i.silent))
    yield gauge(
        "interface_unseen_vlans", "VLANs expected on the interface that never spoke.", labels, each(lambda i: i.unseen_vlans)
    )  # fmt: skip
    yield counter("interface_packets", "Packets the kernel handed over.", labels, each(lambda i: i.packets))
    yield counter("interface_bytes", "Octets of them on the wire.", labels, each(lambda i: i.bytes))
    yield counter("kernel_dropped_packets", "Packets lost because the ring was full.", labels, each(lambda i: i.dropped))
    yield counter("ring_freezes", "Times the ring stood still.", labels, each(lambda i: i.freezes))
    yield counter("interface_dropped_packets", "Packets lost by the card or its driver.", labels, each(lambda i: i.nic_dropped))
    yield counter(
        "softnet_dropped_packets", "Packets the machine's own queues lost.", (),
        [((), max((i.softnet_dropped for i in h.interfaces), default=0))],
    )  # fmt: skip
    yield gauge(
        "interface_last_packet_timestamp_seconds", "When the last packet came, since the epoch.", labels,
        each(lambda i: i.last_packet_ns / _SECOND),
    )  # fmt: skip


#: Every collector by the name in its own metrics.
COLLECTORS: Mapping[str, Callable[[Snapshot], Iterator[Family]]] = {
    f.__name__: f for f in (policy, findings, traffic, capture, exceptions, transfers, health)
}
