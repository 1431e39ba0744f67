"""An index of intervals of ranks, so that looking for rows that overlap a box does not read all of them.

Level *l* has blocks of 2^l ranks.  An interval lies in the lowest level at which it touches at most two blocks, and is
entered in both; what overlaps a narrow box is then found in a few blocks of each level.
"""
# Compiled kernels: loops the compiler can see.

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from segmentation.packetset.kernels import meeting, overlaps

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Above this share of all rows a plain scan, which reads memory in order, is faster than the index.
_WORTH = 4


@njit(cache=True)
def build(  # noqa: PLR0912 -- counting and filling are one loop, so that they agree
    lo: Ints, hi: Ints, ranks: int
) -> tuple[Longs, Longs, Ints, Bools]:
    """The index of the intervals ``lo[i]`` to ``hi[i]`` (below *ranks*).

    Arrays: first key of each level, first entry of each key, the entries, whether an entry is its interval's second.
    """
    levels = 1
    while (ranks - 1) >> (levels - 1) > 0:
        levels += 1
    first_key = np.zeros(levels + 1, np.int64)
    for level in range(levels):
        first_key[level + 1] = first_key[level] + ((ranks - 1) >> level) + 1
    start = np.zeros(first_key[levels] + 2, np.int64)
    for fill in range(2):
        if fill:
            entries, second = np.empty(start[-1], np.int32), np.zeros(start[-1], np.bool_)
            for k in range(start.shape[0] - 1, 0, -1):
                start[k] = start[k - 1]
            start[0] = 0
        for i in range(lo.shape[0]):
            level = 0
            while (hi[i] >> level) - (lo[i] >> level) > 1:
                level += 1
            a, b = first_key[level] + (lo[i] >> level), first_key[level] + (hi[i] >> level)
            if fill:
                entries[start[a + 1]] = i
                start[a + 1] += 1
                if b != a:
                    entries[start[b + 1]] = i
                    second[start[b + 1]] = True
                    start[b + 1] += 1
            else:
                start[a] += 1
                if b != a:
                    start[b] += 1
        if not fill:
            total = 0
            for k in range(start.shape[0]):
                total, start[k] = total + start[k], total
    return first_key, start, entries, second


@njit(cache=True)
def entries_in(first_key: Longs, start: Longs, lo: int, hi: int) -> int:
    """How many entries a look-up of *lo* to *hi* reads."""
    n = 0
    for level in range(first_key.shape[0] - 1):
        n += start[first_key[level] + (hi >> level) + 1] - start[first_key[level] + (lo >> level)]
    return n


@njit(cache=True)
def overlapping(
    rows: Ints, columns: Ints, box: Ints, dim: int, first_key: Longs, start: Longs, entries: Ints, second: Bools, out: Ints
) -> int:
    """As :func:`~segmentation.packetset.kernels.meeting`, by the index of dimension *dim*."""
    k = 0
    a, b = box[2 * dim], box[2 * dim + 1]
    for level in range(first_key.shape[0] - 1):
        for t in range(start[first_key[level] + (a >> level)], start[first_key[level] + (b >> level) + 1]):
            i = entries[t]
            if second[t] and (columns[2 * dim, i] >> level) >= (a >> level):
                continue
            if overlaps(rows, i, box):
                out[k] = i
                k += 1
    out[:k].sort()
    return k


@njit(cache=True)
def found(
    rows: Ints, columns: Ints, box: Ints, src: tuple[Longs, Longs, Ints, Bools], dst: tuple[Longs, Longs, Ints, Bools],
    out: Ints,
) -> int:  # fmt: skip
    """Rows that overlap *box* in every field, ascending, by whichever index (of SRC, of DST) reads less; their number."""
    by_src = entries_in(src[0], src[1], box[4], box[5])
    by_dst = entries_in(dst[0], dst[1], box[6], box[7])
    if min(by_src, by_dst) * _WORTH > rows.shape[0] * 3:
        return int(meeting(columns, box, out))
    if by_src <= by_dst:
        return int(overlapping(rows, columns, box, 2, src[0], src[1], src[2], src[3], out))
    return int(overlapping(rows, columns, box, 3, dst[0], dst[1], dst[2], dst[3], out))
