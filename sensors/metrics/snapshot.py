"""What the metrics are made from: plain integers, taken at one moment, without any address or name of a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.model.finding import Finding, Severity
from segmentation.model.judge import Judge

#: What stands in a zone label for addresses of no zone.
NO_ZONE = "unassigned"
#: (src zone, dst zone, state, verdict) -> packets, bytes, flows
Traffic = Mapping[tuple[str, str, str, str], tuple[int, int, int]]
#: (rule, severity key, layer of the initiator, layer of the responder, state) -> flows and events that break the rule
Violations = Mapping[tuple[str, str, str, str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceHealth:
    """One capture interface.  Counters grow from the start of the sensor; they survive a restarted worker."""

    interface: str
    up: bool = False
    speed_bits: int = 0  # per second; 0: not known
    packets: int = 0  # handed over by the kernel
    bytes: int = 0
    dropped: int = 0  # by the kernel, because the ring was full
    freezes: int = 0  # times the ring stood still
    nic_dropped: int = 0  # by the driver or the card
    softnet_dropped: int = 0  # by the kernel's own queues before the ring (of the whole machine)
    last_packet_ns: int = 0  # since the epoch; 0: none yet
    silent: bool = False  # up, but nothing came for the set time
    unseen_vlans: int = 0  # VLANs the model expects here and that never spoke


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How well the sensor sees, and what it lost."""

    interfaces: tuple[InterfaceHealth, ...] = ()
    coverage: Mapping[str, float] = field(default_factory=dict)  # boundary (pair of zones as "a-b") -> 0.0 .. 1.0
    flows_active: int = 0
    flows_capacity: int = 0
    flows_evicted: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)  # packets by what was noted about them (tunnels, fragments …)
    duplicates: int = 0
    worker_restarts: int = 0
    reloads: int = 0
    reload_failures: int = 0
    reload_ok: bool = True  # whether the last reload was taken over
    started_ns: int = 0
    clock_offset_seconds: float | None = None  # of the sensor's own clock, where it is known
    clock_synchronised: bool | None = None
    events_written: Mapping[str, int] = field(default_factory=dict)  # by sink
    events_lost: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by sink and reason
    evidence_slices: int = 0
    evidence_bytes: int = 0
    evidence_frozen: bool = False
    evidence_head: str = ""  # newest hash of the evidence's record; for the events, never a metric
    incidents: Mapping[tuple[str, Severity, str, str], int] = field(default_factory=dict)  # open: rule, severity, zones
    must_flow_age_seconds: Mapping[str, float] = field(default_factory=dict)  # conduit -> since its last traffic
    watch_events: Mapping[str, int] = field(default_factory=dict)  # what the watchers count, by reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The counters of a replay or of the running sensor.

    ``violations`` wins over ``findings``: a sensor adds up what it reported, a replay counts its findings.
    ``transfers`` counts files and messages by layers, path, content and proof; ``unknown_devices`` by zone.
    """

    judge: Judge
    findings: tuple[Finding, ...] = ()
    violations: Violations | None = None
    traffic: Traffic = field(default_factory=dict)
    packets: int = 0
    bytes: int = 0
    not_decoded: Mapping[str, int] = field(default_factory=dict)
    flows_not_tracked: int = 0
    damaged_captures: int = 0
    at: dt.date | None = None
    transfers: Mapping[tuple[str, str, str, str, str], int] = field(default_factory=dict)
    transfer_limits: Mapping[str, int] = field(default_factory=dict)  # bounds reached while reassembling or inspecting
    sanitizer_bypass: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by layers
    unknown_devices: Mapping[str, int] = field(default_factory=dict)
    health: Health | None = None  # a replay has none
