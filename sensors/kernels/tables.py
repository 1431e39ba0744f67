"""The zone map and the judge's decisions compiled into the arrays that :mod:`.lookup` reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from segmentation.model.addresses import FAMILIES, TOP, Family
from segmentation.model.decision import Decision
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, TCP, UDP
from sensors.kernels.lookup import Tables

_MASK = (1 << 64) - 1
#: Ports below this are services on their own: RFC 6335 6, system ports.
SYSTEM_PORTS = 1024


class Partition(Protocol):
    """What is needed of :class:`segmentation.model.zonemap.ZoneMap`."""

    @property
    def zones(self) -> tuple[str, ...]:
        """Names by index; 0 is *in no zone*."""

    @property
    def starts(self) -> Mapping[Family, tuple[int, ...]]:
        """First addresses of the pieces, ascending from 0."""

    @property
    def ids(self) -> Mapping[Family, tuple[int, ...]]:
        """Zone index of each piece."""


@dataclass(frozen=True, slots=True)
class NoZones:
    """The partition without any zone."""

    zones: tuple[str, ...] = ("",)
    starts: Mapping[Family, tuple[int, ...]] = field(default_factory=lambda: {4: (0,), 6: (0,)})
    ids: Mapping[Family, tuple[int, ...]] = field(default_factory=lambda: {4: (0,), 6: (0,)})


class _Intervals:
    """Address sets laid end to end, equal sets once."""

    def __init__(self) -> None:
        self.first = [0]
        self.low: list[tuple[int, int]] = []
        self.high: list[tuple[int, int]] = []
        self._known: dict[IntervalSet, int] = {}

    def add(self, values: IntervalSet) -> int:
        """The number of the set."""
        if values not in self._known:
            self._known[values] = len(self.first) - 1
            for lo, hi in values:
                self.low.append((lo >> 64, lo & _MASK))
                self.high.append((hi >> 64, hi & _MASK))
            self.first.append(len(self.low))
        return self._known[values]


def _touched(starts: Sequence[int], ids: Sequence[int], top: int, values: IntervalSet) -> tuple[set[int], set[int]]:
    """Zones that *values* meets, and zones that lie in it wholly."""
    met: set[int] = set()
    covered: dict[int, int] = {}
    for lo, hi in values:
        piece = bisect_right(starts, lo) - 1
        while piece < len(starts) and starts[piece] <= hi:
            end = starts[piece + 1] - 1 if piece + 1 < len(starts) else top
            met.add(ids[piece])
            if lo <= starts[piece] and end <= hi:
                covered[ids[piece]] = covered.get(ids[piece], 0) + 1
            piece += 1
    pieces = dict.fromkeys(met, 0)
    for z in ids:
        if z in pieces:
            pieces[z] += 1
    return met, {z for z, n in covered.items() if n == pieces[z]}


def _candidates(partition: Partition, decisions: Sequence[Decision]) -> Iterator[tuple[int, int, int, int, int]]:
    """(family index, source zone, destination zone, decision, whole flags) of every decision that can match."""
    cache: dict[tuple[int, IntervalSet], tuple[set[int], set[int]]] = {}
    for number, decision in enumerate(decisions):
        for position, family in enumerate(FAMILIES):
            sides = []
            for values in (decision.src.family(family), decision.dst.family(family)):
                if (position, values) not in cache:
                    cache[position, values] = _touched(partition.starts[family], partition.ids[family], TOP[family], values)
                sides.append(cache[position, values])
            (from_met, from_whole), (to_met, to_whole) = sides
            for s in sorted(from_met):
                for d in sorted(to_met):
                    yield position, s, d, number, (s in from_whole) | (d in to_whole) << 1


def _service_ports(
    decisions: Iterable[Decision], extra: Iterable[tuple[int, int]]
) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Ports that name a service: system ports, what the decisions name one by one, and *extra* (protocol, port)."""
    out = np.zeros(65536, np.uint8)
    out[1:SYSTEM_PORTS] = 3
    for decision in decisions:
        for term in decision.terms:
            bits = (TCP in term.protocols) | (UDP in term.protocols) << 1
            if term.dst_ports != ALL_PORTS and term.dst_ports.size <= SYSTEM_PORTS:
                for lo, hi in term.dst_ports:
                    out[lo : hi + 1] |= bits
    for protocol, port in extra:
        out[port] |= 1 if protocol == TCP else 2
    return out


def _terms(decisions: Sequence[Decision]) -> tuple[list[int], list[list[int]], list[list[int]], list[int], list[int]]:
    """Service terms laid end to end: first term by decision, protocol bits, port slices, port intervals."""
    first, bits, slices = [0], [], []
    low: list[int] = []
    high: list[int] = []
    known: dict[IntervalSet, tuple[int, int]] = {}
    for decision in decisions:
        for term in decision.terms:
            mask = sum(((1 << (hi - lo + 1)) - 1) << lo for lo, hi in term.protocols)
            bits.append([mask >> s & _MASK for s in (0, 64, 128, 192)])
            row: list[int] = []
            for ports in (term.src_ports, term.dst_ports):
                if ports not in known:
                    known[ports] = (len(low), len(low) + len(ports))
                    low.extend(lo for lo, _ in ports)
                    high.extend(hi for _, hi in ports)
                row.extend(known[ports])
            slices.append(row)
        first.append(len(bits))
    return first, bits, slices, low, high


def compile_tables(
    partition: Partition | None = None,
    decisions: Sequence[Decision] = (),
    *,
    service_ports: Iterable[tuple[int, int]] = (),
    watch: Iterable[int] = (),
) -> Tables:
    """Compile a partition (default: no zones) and an ordered list of decisions (may be empty).

    *service_ports* are further (protocol, port) pairs by which an initiator may be inferred; *watch*
    lists positions in *decisions* whose flows go on the event list, -1 standing for flows without a decision.
    """
    zones = partition or NoZones()
    count = len(zones.zones)
    assert count < 1 << 15, "zone indices are stored in 15 bits"
    sets = _Intervals()
    sources = [[sets.add(d.src.family(f)) for d in decisions] for f in FAMILIES]
    targets = [[sets.add(d.dst.family(f)) for d in decisions] for f in FAMILIES]
    rows = sorted(((f * count + s) * count + d, number, whole) for f, s, d, number, whole in _candidates(zones, decisions))
    per_pair = np.bincount(np.array([r[0] for r in rows], np.int64), minlength=2 * count * count)
    first, bits, slices, low, high = _terms(decisions)
    starts4 = np.array(zones.starts[4], np.uint64)
    blocks = np.arange(65537, dtype=np.uint64) << np.uint64(16)
    top4 = np.searchsorted(starts4, blocks, side="right").astype(np.int32) - 1
    watched = np.zeros(len(decisions) + 1, np.uint8)
    watched[[w + 1 for w in watch]] = 1
    return Tables(
        top4=top4,
        starts4=starts4,
        ids4=np.array(zones.ids[4], np.int32),
        hi6=np.array([s >> 64 for s in zones.starts[6]], np.uint64),
        lo6=np.array([s & _MASK for s in zones.starts[6]], np.uint64),
        ids6=np.array(zones.ids[6], np.int32),
        pairs=np.concatenate(([0], np.cumsum(per_pair))).astype(np.int64),
        candidates=np.array([r[1] for r in rows], np.int32),
        whole=np.array([r[2] for r in rows], np.uint8),
        sources=np.array(sources, np.int32).reshape(2, len(decisions)),
        targets=np.array(targets, np.int32).reshape(2, len(decisions)),
        sets=np.array(sets.first, np.int64),
        set_low=np.array(sets.low, np.uint64).reshape(-1, 2),
        set_high=np.array(sets.high, np.uint64).reshape(-1, 2),
        terms=np.array(first, np.int64),
        protocols=np.array(bits, np.uint64).reshape(-1, 4),
        ports=np.array(slices, np.int64).reshape(-1, 4),
        port_low=np.array(low, np.int32),
        port_high=np.array(high, np.int32),
        services=_service_ports(decisions, service_ports),
        watch=watched,
    )
