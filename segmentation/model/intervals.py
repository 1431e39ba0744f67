"""Sets of non-negative integers as sorted, disjoint, inclusive intervals.

Addresses, ports, protocols, TCP flags and every other packet field are integers, so one
algebra serves them all.  Values are unbounded Python integers (IPv6 needs 128 bits).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Interval = tuple[int, int]


def _normalise(pairs: Iterable[Interval]) -> tuple[Interval, ...]:
    """Sort, drop empty intervals and merge those that overlap or touch."""
    kept = [p for p in pairs if p[0] <= p[1]]
    if len(kept) <= 1:
        return tuple(kept)
    kept.sort()
    out: list[Interval] = []
    for lo, hi in kept:
        if out and lo <= out[-1][1] + 1:
            if hi > out[-1][1]:
                out[-1] = (out[-1][0], hi)
        else:
            out.append((lo, hi))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """An immutable set of integers.  Build it with :meth:`of`, which normalises."""

    intervals: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, *pairs: Interval) -> IntervalSet:
        """The union of inclusive ``(lo, hi)`` intervals, in any order; ``lo > hi`` is empty."""
        return cls(_normalise(pairs))

    @classmethod
    def from_iter(cls, pairs: Iterable[Interval]) -> IntervalSet:
        """Like :meth:`of`, from an iterable."""
        return cls(_normalise(pairs))

    @classmethod
    def single(cls, value: int) -> IntervalSet:
        """The set of one value."""
        return cls(((value, value),))

    def __bool__(self) -> bool:
        """Whether the set has any member."""
        return bool(self.intervals)

    def __iter__(self) -> Iterator[Interval]:
        """Iterate over the inclusive intervals in ascending order."""
        return iter(self.intervals)

    def __len__(self) -> int:
        """The number of intervals (not of members)."""
        return len(self.intervals)

    def __contains__(self, value: object) -> bool:
        """Whether *value* is a member."""
        if not isinstance(value, int):
            return False
        i = bisect_right(self.intervals, (value, 1 << 200)) - 1
        return i >= 0 and self.intervals[i][0] <= value <= self.intervals[i][1]

    @property
    def size(self) -> int:
        """The number of members."""
        return sum(hi - lo + 1 for lo, hi in self.intervals)

    @property
    def low(self) -> int:
        """The smallest member.  Raises :class:`IndexError` when empty."""
        return self.intervals[0][0]

    @property
    def high(self) -> int:
        """The largest member.  Raises :class:`IndexError` when empty."""
        return self.intervals[-1][1]

    def __or__(self, other: IntervalSet) -> IntervalSet:
        """Union."""
        if not other.intervals:
            return self
        if not self.intervals:
            return other
        return IntervalSet(_normalise((*self.intervals, *other.intervals)))

    def __and__(self, other: IntervalSet) -> IntervalSet:
        """Intersection, linear in the number of intervals."""
        out: list[Interval] = []
        a, b = self.intervals, other.intervals
        i = j = 0
        while i < len(a) and j < len(b):
            lo, hi = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
            if lo <= hi:
                out.append((lo, hi))
            if a[i][1] < b[j][1]:
                i += 1
            else:
                j += 1
        return IntervalSet(tuple(out))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        """Difference, linear in the number of intervals."""
        out: list[Interval] = []
        b = other.intervals
        j = 0
        for lo, hi in self.intervals:
            start = lo
            while j < len(b) and b[j][1] < start:
                j += 1
            k = j
            while k < len(b) and b[k][0] <= hi:
                if b[k][0] > start:
                    out.append((start, b[k][0] - 1))
                start = max(start, b[k][1] + 1)
                k += 1
            if start <= hi:
                out.append((start, hi))
        return IntervalSet(tuple(out))

    def complement(self, top: int) -> IntervalSet:
        """The members of ``[0, top]`` that are not in the set."""
        return IntervalSet(((0, top),)) - self

    def issubset(self, other: IntervalSet) -> bool:
        """Whether every member is a member of *other*."""
        return not (self - other)

    def overlaps(self, other: IntervalSet) -> bool:
        """Whether the sets share a member."""
        return bool(self & other)


EMPTY = IntervalSet()
