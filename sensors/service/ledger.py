"""Totals of all workers together, that go on growing when a worker is killed and begins anew at zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from sensors.capture.ring import RingStatistics
from sensors.service.messages import Cell, Report

K = TypeVar("K", int, str)


@dataclass(slots=True)
class Account:
    """One worker's place: what its earlier incarnations had come to, and the last report of the present one."""

    interface: str
    matrix: dict[Cell, tuple[int, int, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    not_counted: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    watchers: dict[str, int] = field(default_factory=dict)
    evidence_lost: dict[str, int] = field(default_factory=dict)
    ring: RingStatistics = field(default_factory=RingStatistics)
    vlans: dict[int, int] = field(default_factory=dict)
    spoke: dict[str, int] = field(default_factory=dict)
    last: Report | None = None

    def restarted(self) -> None:
        """Its process has ended: keep what the last report said."""
        if self.last is None:
            return
        self.matrix = add_cells(self.matrix, self.last.matrix)
        for name in _COUNTS:
            self.counts[name] = self.counts.get(name, 0) + int(getattr(self.last, name))
        self.not_counted = add(self.not_counted, self.last.not_counted)
        self.notes = add(self.notes, self.last.notes)
        self.watchers = add(self.watchers, self.last.watchers)
        self.evidence_lost = add(self.evidence_lost, self.last.evidence_lost)
        self.ring = add_rings(self.ring, self.last.ring)
        self.vlans = latest(self.vlans, self.last.vlans)
        self.spoke = latest(self.spoke, self.last.spoke)
        self.last = None


_COUNTS = ("packets", "octets", "new", "not_named", "watcher_failures", "taps_shed")


def add(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    """The sums by name."""
    return {k: a.get(k, 0) + b.get(k, 0) for k in (*a, *(k for k in b if k not in a))}


def latest(a: Mapping[K, int], b: Mapping[K, int]) -> dict[K, int]:
    """The later of two times by name."""
    return {k: max(a.get(k, 0), b.get(k, 0)) for k in {**a, **b}}


def add_cells(
    a: Mapping[Cell, tuple[int, int, int]], b: Mapping[Cell, tuple[int, int, int]]
) -> dict[Cell, tuple[int, int, int]]:
    """The sums of two matrices."""
    out = dict(a)
    for key, (p, o, f) in b.items():
        before = out.get(key, (0, 0, 0))
        out[key] = (before[0] + p, before[1] + o, before[2] + f)
    return out


def add_rings(a: RingStatistics, b: RingStatistics) -> RingStatistics:
    """The sums of two rings' totals."""
    return RingStatistics(**{f.name: getattr(a, f.name) + getattr(b, f.name) for f in fields(RingStatistics)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Everything together."""

    matrix: Mapping[Cell, tuple[int, int, int]]
    packets: int
    octets: int
    new: int
    not_named: int
    watcher_failures: int
    taps_shed: int
    not_counted: Mapping[str, int]
    notes: Mapping[str, int]
    watchers: Mapping[str, int]
    rings: Mapping[str, RingStatistics]  # by interface
    vlans: Mapping[str, Mapping[int, int]]  # by interface: VLAN -> ns of its last packet
    spoke: Mapping[str, int]
    last_packet_ns: Mapping[str, int]
    live: int
    capacity: int
    evidence_lost: Mapping[str, int]


def total(accounts: Iterable[Account]) -> Sum:
    """Add up the accounts of all workers."""
    matrix: dict[Cell, tuple[int, int, int]] = {}
    counts = dict.fromkeys(_COUNTS, 0)
    named: dict[str, dict[str, int]] = {n: {} for n in ("not_counted", "notes", "watchers", "evidence_lost")}
    rings: dict[str, RingStatistics] = {}
    vlans: dict[str, dict[int, int]] = {}
    spoke: dict[str, int] = {}
    last_packet: dict[str, int] = {}
    live = capacity = 0
    for account in accounts:
        report = account.last
        matrix = add_cells(matrix, account.matrix)
        for name in _COUNTS:
            counts[name] += account.counts.get(name, 0)
        named = {name: add(sums, getattr(account, name)) for name, sums in named.items()}
        ring = add_rings(rings.get(account.interface, RingStatistics()), account.ring)
        spoke = latest(spoke, account.spoke)
        vlans[account.interface] = latest(vlans.get(account.interface, {}), account.vlans)
        if report is not None:
            matrix = add_cells(matrix, report.matrix)
            for name in _COUNTS:
                counts[name] += int(getattr(report, name))
            named = {name: add(sums, getattr(report, name)) for name, sums in named.items()}
            ring = add_rings(ring, report.ring)
            spoke = latest(spoke, report.spoke)
            vlans[account.interface] = latest(vlans[account.interface], report.vlans)
            before = last_packet.get(account.interface, 0)
            last_packet[account.interface] = max(before, report.last_packet_ns)
            live, capacity = live + report.live, capacity + report.capacity
        rings[account.interface] = ring
    return Sum(
        matrix=matrix, packets=counts["packets"], octets=counts["octets"], new=counts["new"], not_named=counts["not_named"],
        watcher_failures=counts["watcher_failures"], taps_shed=counts["taps_shed"],
        not_counted=named["not_counted"], notes=named["notes"],
        watchers=named["watchers"], rings=rings, vlans=vlans, spoke=spoke, last_packet_ns=last_packet, live=live,
        capacity=capacity, evidence_lost=named["evidence_lost"],
    )  # fmt: skip
