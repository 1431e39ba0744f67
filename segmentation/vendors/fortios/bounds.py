"""Sets that are known only between two bounds: what certainly belongs to them, and what perhaps does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segmentation.model.addresses import ANY, Family
from segmentation.model.intervals import EMPTY, Interval, IntervalSet


@dataclass(frozen=True, slots=True)
class Between:
    """A set of values that contains ``lower`` and lies within ``upper``; ``why`` says what is not known."""

    lower: IntervalSet
    upper: IntervalSet
    why: tuple[str, ...] = ()

    @classmethod
    def exactly(cls, values: IntervalSet) -> Between:
        """A set that is known."""
        return cls(values, values)

    @property
    def known(self) -> bool:
        """Whether both bounds are equal."""
        return self.lower == self.upper

    def complement(self, top: int) -> Between:
        """Everything else of ``[0, top]``."""
        return Between(self.upper.complement(top), self.lower.complement(top), self.why)

    def minus(self, other: Between) -> Between:
        """What is in this set and not in *other*."""
        return Between(self.lower - other.upper, self.upper - other.lower, (*self.why, *other.why))


NOTHING = Between(EMPTY, EMPTY)


def anything(family: Family) -> Between:
    """Every address of a family."""
    return Between.exactly(ANY[family])


def unknown(family: Family, why: str) -> Between:
    """Any address, perhaps."""
    return Between(EMPTY, ANY[family], (why,))


def union(parts: Iterable[Between]) -> Between:
    """The union of many sets, normalised once."""
    listed = list(parts)
    lower: list[Interval] = [i for p in listed for i in p.lower]
    upper: list[Interval] = [i for p in listed for i in p.upper]
    why = tuple(dict.fromkeys(w for p in listed for w in p.why))
    return Between(IntervalSet.from_iter(lower), IntervalSet.from_iter(upper), why)
