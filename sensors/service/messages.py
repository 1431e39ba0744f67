"""What the supervisor and its workers say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from sensors.capture.ring import RingConfig, RingStatistics
from sensors.kernels.lookup import Tables

Cell = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """A worker's own settings; ``flows`` rows of its table, fixed at start."""

    interface: str
    ring: RingConfig
    judge: Judge
    tables: Tables
    native: frozenset[str] = frozenset()
    flows: int = 1 << 17
    drop_duplicates: bool = True
    detectors: bool = True
    evidence: Path | None = None  # folder of the evidence store
    seed: int = 0
    tick_ms: int = 1000
    memory: str = ""  # what an earlier run's detectors remembered, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """Go on by this model and policy."""

    judge: Judge
    tables: Tables


@dataclass(frozen=True, slots=True)
class Stop:
    """Drain the ring, report a last time and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One tick of a worker.  ``findings`` are since the last report, everything else since the worker began."""

    now_ns: int
    findings: tuple[Finding, ...]
    matrix: Mapping[Cell, tuple[int, int, int]]
    packets: int
    octets: int
    not_counted: Mapping[str, int]
    notes: Mapping[str, int]
    ring: RingStatistics
    ring_open: bool
    ring_error: str
    last_packet_ns: int
    vlans: Mapping[int, int]
    spoke: Mapping[str, int]
    live: int
    capacity: int
    new: int
    not_named: int
    watchers: Mapping[str, int] = field(default_factory=dict)
    watcher_failures: int = 0
    taps_shed: int = 0
    evidence_slices: int = 0
    evidence_bytes: int = 0
    evidence_frozen: bool = False
    evidence_head: str = ""
    evidence_lost: Mapping[str, int] = field(default_factory=dict)
    must_flow_ages: Mapping[str, float] = field(default_factory=dict)  # conduit -> seconds since its last traffic
    clock_offset: float | None = None  # of this machine's clock against a time server whose answers were seen
    memory: str = ""  # of the detectors, as JSON; now and then, and at the end
    cpu_seconds: float = 0.0
    model: str = ""  # SHA-256 of the zone model in force
    final: bool = False
