"""The index of intervals: the same rows as reading all of them, and far fewer of them read."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation.packetset import index
from segmentation.packetset.kernels import meeting


@pytest.mark.parametrize("ranks", [1, 2, 3, 17, 1000])
@pytest.mark.parametrize("count", [0, 1, 50, 400])
def test_the_index_finds_what_a_scan_finds(ranks: int, count: int) -> None:
    random = np.random.default_rng(ranks * 1000 + count)
    rows = np.zeros((count, 20), np.int32)
    for column in (4, 6):
        rows[:, column] = random.integers(0, ranks, count)
        rows[:, column + 1] = np.minimum(rows[:, column] + random.integers(0, max(1, ranks // 4), count), ranks - 1)
    columns = np.ascontiguousarray(rows.T)
    src, dst = index.build(columns[4], columns[5], ranks), index.build(columns[6], columns[7], ranks)
    by_scan, by_index = np.empty(count, np.int32), np.empty(count, np.int32)
    for _ in range(60):
        box = np.zeros(20, np.int32)
        for column in (4, 6):
            box[column] = random.integers(0, ranks)
            box[column + 1] = min(ranks - 1, box[column] + random.integers(0, ranks))
        wanted = by_scan[: meeting(columns, box, by_scan)].tolist()
        for dim, (first_key, start, entries, second) in ((2, src), (3, dst)):
            k = index.overlapping(rows, columns, box, dim, first_key, start, entries, second, by_index)
            assert by_index[:k].tolist() == wanted
        assert by_index[: index.found(rows, columns, box, src, dst, by_index)].tolist() == wanted


def test_a_narrow_box_reads_few_of_many_rows() -> None:
    """20,000 hosts and ten networks of everything: one host's look-up reads those ten and a few neighbours."""
    hosts, ranks = 20_000, 20_001
    lo = np.r_[np.arange(hosts), np.zeros(10, np.int64)].astype(np.int32)
    hi = np.r_[np.arange(hosts), np.full(10, ranks - 1)].astype(np.int32)
    first_key, start, _entries, _second = index.build(lo, hi, ranks)
    assert max(index.entries_in(first_key, start, rank, rank) for rank in range(0, hosts, 97)) <= 12
