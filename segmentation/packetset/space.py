"""Rank compression: every field value is replaced by the number of the class of values no input tells apart.

A *rank* of an address, port or MAC is an interval between two neighbouring end points of the inputs; a rank of a
small field (interface, protocol, TCP flags, connection state) is a set of values that every input treats alike, so
that e.g. "SYN without ACK, RST, FIN" is one rank and not sixteen intervals.  IPv4 and IPv6 cost the same, and a
box of ranks is 20 numbers of 32 bits.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from segmentation.model.addresses import TOP, Family
from segmentation.model.intervals import Interval, IntervalSet


class Dim(enum.IntEnum):
    """The dimensions of a packet; values index arrays."""

    IIF = 0
    OIF = 1
    SRC = 2
    DST = 3
    PROTO = 4
    SPORT = 5
    DPORT = 6
    FLAGS = 7
    STATE = 8
    SMAC = 9


DIMS = len(Dim)
#: Fields with few values: their ranks are classes of values, not intervals.
CLASSED = (Dim.IIF, Dim.OIF, Dim.PROTO, Dim.FLAGS, Dim.STATE)
#: Dimensions that make up the five-tuple by which packets are counted.
FIVE_TUPLE = (Dim.SRC, Dim.DST, Dim.PROTO, Dim.SPORT, Dim.DPORT)
_TOPS = {Dim.PROTO: 255, Dim.SPORT: 65535, Dim.DPORT: 65535, Dim.FLAGS: 255, Dim.STATE: 4, Dim.SMAC: (1 << 48) - 1}


class _Axis:
    """One dimension of a finished space: ranks, their members and sizes."""

    __slots__ = ("_cache", "_decoded", "_rank", "classes", "starts", "sums", "top")

    def __init__(self, top: int, sets: Iterable[IntervalSet], *, classed: bool) -> None:
        self.top = top
        self._decoded: dict[Interval, IntervalSet] = {}
        self._cache: dict[IntervalSet, tuple[Interval, ...]] = {}
        self.classes: Sequence[IntervalSet] = []
        self.starts: list[int] = []
        self._rank: dict[int, int] = {}
        if classed:
            self._classes(list(sets))
            sizes = [c.size for c in self.classes]
        else:
            ends = {0, top + 1}
            for s in sets:
                for lo, hi in s.intervals:
                    ends.add(lo)
                    ends.add(hi + 1)
            self.starts = sorted(ends)
            self._rank = {v: i for i, v in enumerate(self.starts)}
            sizes = [b - a for a, b in zip(self.starts, self.starts[1:], strict=False)]
        self.sums = [0]
        for size in sizes:
            self.sums.append(self.sums[-1] + size)

    def _classes(self, sets: list[IntervalSet]) -> None:
        signature = [0] * (self.top + 1)
        for bit, s in enumerate(dict.fromkeys(sets)):
            for lo, hi in s.intervals:
                for v in range(lo, hi + 1):
                    signature[v] |= 1 << bit
        members: dict[int, list[int]] = {}
        for v, key in enumerate(signature):
            members.setdefault(key, []).append(v)
        self.classes = tuple(IntervalSet.from_iter((v, v) for v in vs) for vs in members.values())
        self._rank = {v: rank for rank, vs in enumerate(members.values()) for v in vs}

    @property
    def count(self) -> int:
        """The number of ranks."""
        return len(self.sums) - 1

    def encode(self, values: IntervalSet) -> tuple[Interval, ...]:
        found = self._cache.get(values)
        if found is None:
            if self.classes:
                ranks = {self._rank[v] for lo, hi in values.intervals for v in range(lo, hi + 1)}
                assert sum(self.classes[r].size for r in ranks) == values.size, "the set was not given to the space"
                found = IntervalSet.from_iter((r, r) for r in ranks).intervals
            else:
                rank = self._rank
                found = tuple((rank[lo], rank[hi + 1] - 1) for lo, hi in values.intervals)
            self._cache[values] = found
        return found

    def decode(self, lo: int, hi: int) -> IntervalSet:
        found = self._decoded.get((lo, hi))
        if found is None:
            if self.classes:
                found = IntervalSet.from_iter(p for c in self.classes[lo : hi + 1] for p in c)
            else:
                found = IntervalSet(((self.starts[lo], self.starts[hi + 1] - 1),))
            self._decoded[lo, hi] = found
        return found


class Space:
    """The product of all dimensions for one address family, in ranks.  Make one with :class:`SpaceBuilder`."""

    def __init__(self, family: Family, interfaces: Sequence[str], sets: Sequence[Iterable[IntervalSet]]) -> None:
        self.family = family
        self.interfaces = tuple(interfaces)
        self._axes = tuple(_Axis(top_of(d, family, len(self.interfaces)), sets[d], classed=d in CLASSED) for d in Dim)
        self._names: dict[tuple[Dim, int, int], tuple[str, ...]] = {}
        self.counts = tuple(a.count for a in self._axes)

    def top(self, dim: Dim) -> int:
        """The largest value of a dimension."""
        return self._axes[dim].top

    def encode(self, dim: Dim, values: IntervalSet) -> tuple[Interval, ...]:
        """The set as inclusive intervals of ranks.

        Raises :class:`KeyError` (or fails an assertion) for a set whose end points the builder was not given.
        """
        return self._axes[dim].encode(values)

    def decode(self, dim: Dim, lo: int, hi: int) -> IntervalSet:
        """The values of the ranks *lo* to *hi*."""
        return self._axes[dim].decode(lo, hi)

    def names(self, dim: Dim, lo: int, hi: int) -> tuple[str, ...]:
        """The interface names of the ranks *lo* to *hi* of IIF or OIF; ``()`` for all."""
        if lo == 0 and hi == self.counts[dim] - 1:
            return ()
        found = self._names.get((dim, lo, hi))
        if found is None:
            numbers = self.decode(dim, lo, hi)
            found = tuple(sorted(self.interfaces[i] for a, b in numbers for i in range(a, b + 1)))
            self._names[dim, lo, hi] = found
        return found

    def size(self, dim: Dim, lo: int, hi: int) -> int:
        """How many values the ranks *lo* to *hi* hold."""
        sums = self._axes[dim].sums
        return sums[hi + 1] - sums[lo]

    def sums(self, dim: Dim) -> list[int]:
        """Prefix sums of the ranks' sizes: ``sums[r]`` values lie below rank ``r``."""
        return self._axes[dim].sums

    def full(self) -> list[int]:
        """The box of everything: lo and hi of every dimension, alternating."""
        return [x for n in self.counts for x in (0, n - 1)]


def top_of(dim: Dim, family: Family, interfaces: int) -> int:
    """The largest value of a dimension when there are *interfaces* interface names."""
    if dim in (Dim.SRC, Dim.DST):
        return TOP[family]
    return max(interfaces - 1, 0) if dim in (Dim.IIF, Dim.OIF) else _TOPS[dim]


class SpaceBuilder:
    """Collects every set that will be encoded, then makes the :class:`Space`."""

    def __init__(self, family: Family, interfaces: Sequence[str] = ("",)) -> None:
        self.family = family
        self.interfaces = tuple(interfaces)
        self._sets: list[dict[IntervalSet, None]] = [{} for _ in Dim]

    def add(self, dim: Dim, values: IntervalSet) -> None:
        """Make *values* encodable in *dim*."""
        self._sets[dim][values] = None

    def build(self) -> Space:
        """The space in which every added set has exact ranks."""
        return Space(self.family, self.interfaces, self._sets)
