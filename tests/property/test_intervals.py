"""The interval algebra against Python's own sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from segmentation.model.intervals import IntervalSet

pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def members(s: IntervalSet) -> set[int]:
    return {v for lo, hi in s for v in range(lo, hi + 1)}


def plain(ps: list[tuple[int, int]]) -> set[int]:
    return {v for lo, hi in ps for v in range(lo, hi + 1)}


@given(pairs, pairs)
def test_algebra(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    x, y = IntervalSet.from_iter(a), IntervalSet.from_iter(b)
    p, q = plain(a), plain(b)
    assert members(x | y) == p | q
    assert members(x & y) == p & q
    assert members(x - y) == p - q
    assert members(x.complement(50)) == set(range(51)) - p
    assert x.size == len(p)
    assert x.issubset(y) == (p <= q)
    assert x.overlaps(y) == bool(p & q)
    assert all((v in x) == (v in p) for v in range(45))


@given(pairs, pairs)
def test_results_are_normal(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    x, y = IntervalSet.from_iter(a), IntervalSet.from_iter(b)
    for s in (x | y, x & y, x - y):
        assert all(lo <= hi for lo, hi in s)
        assert all(s.intervals[i][1] + 1 < s.intervals[i + 1][0] for i in range(len(s) - 1))
