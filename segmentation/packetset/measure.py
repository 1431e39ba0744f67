"""Sizes of boxes: exact numbers of packets, counted by five-tuple."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation.packetset.program import Ints
from segmentation.packetset.space import DIMS, FIVE_TUPLE, Dim, Space

_ELSEWHERE = tuple(d for d in Dim if d not in FIVE_TUPLE)
_FIVE = [c for d in FIVE_TUPLE for c in (2 * d, 2 * d + 1)]
_MOST_PIECES = 20_000
_FEW = 256  # boxes that are measured one by one: making arrays of all ranks costs more


def sizes_of(space: Space, boxes: Ints) -> npt.NDArray[Any]:
    """How many five-tuples each box (k, 20) holds: exact Python integers in an object array."""
    if len(boxes) <= _FEW:
        ends = [(2 * d, space.sums(d)) for d in FIVE_TUPLE]
        sizes = [math.prod(sums[row[at + 1] + 1] - sums[row[at]] for at, sums in ends) for row in boxes.tolist()]
        return np.array(sizes, object)
    small = np.ones(len(boxes), np.int64)
    for d in (Dim.PROTO, Dim.SPORT, Dim.DPORT):  # at most 2^40 together
        sums = np.array(space.sums(d), np.int64)
        small *= sums[boxes[:, 2 * d + 1] + 1] - sums[boxes[:, 2 * d]]
    total = small.astype(object)
    for d in (Dim.SRC, Dim.DST):
        sums = np.array(space.sums(d), object)
        total = total * (sums[boxes[:, 2 * d + 1] + 1] - sums[boxes[:, 2 * d]])
    return total


def same_elsewhere(boxes: Ints) -> tuple[int, ...] | None:
    """The extents outside the five-tuple when all boxes share them: then disjoint boxes have disjoint five-tuples."""
    columns = [c for d in _ELSEWHERE for c in (2 * d, 2 * d + 1)]
    part = boxes[:, columns]
    if (part != part[0]).any():
        return None
    return tuple(part[0].tolist())


def count_five_tuples(space: Space, boxes: Ints) -> int | None:
    """The number of different five-tuples in the union of *boxes*, or ``None`` when it takes too many pieces."""
    flat = np.unique(boxes[:, _FIVE], axis=0)
    pieces = _disjoint(flat)
    if pieces is None:
        return None
    full = np.zeros((len(pieces), 2 * DIMS), np.int32)
    full[:, _FIVE] = pieces
    return int(sizes_of(space, full).sum())


def _disjoint(boxes: Ints) -> Ints | None:
    """The same union as disjoint boxes.  Every box gives up what an earlier, larger one holds already."""
    extents = boxes[:, 1::2].astype(np.float64) - boxes[:, 0::2] + 1
    order = np.argsort(-extents.prod(axis=1), kind="stable")
    out = np.empty((_MOST_PIECES, boxes.shape[1]), np.int32)
    n = 0
    for box in boxes[order]:
        earlier = out[:n]
        meets = (earlier[:, 0::2] <= box[1::2]).all(axis=1) & (earlier[:, 1::2] >= box[0::2]).all(axis=1)
        parts = box[None, :]
        for hole in earlier[meets]:
            parts = _subtract(parts, hole)
            if not len(parts):
                break
        if n + len(parts) > len(out):
            return None
        out[n : n + len(parts)] = parts
        n += len(parts)
    return out[:n].copy()


def _subtract(parts: Ints, hole: Ints) -> Ints:
    """*parts* (disjoint boxes) without *hole*, as disjoint boxes."""
    meets = (parts[:, 0::2] <= hole[1::2]).all(axis=1) & (parts[:, 1::2] >= hole[0::2]).all(axis=1)
    if not meets.any():
        return parts
    kept = [parts[~meets]]
    rest = parts[meets].copy()
    for d in range(parts.shape[1] // 2):
        lo, hi = hole[2 * d], hole[2 * d + 1]
        below = rest[rest[:, 2 * d] < lo].copy()
        below[:, 2 * d + 1] = lo - 1
        above = rest[rest[:, 2 * d + 1] > hi].copy()
        above[:, 2 * d] = hi + 1
        kept += [below, above]
        rest[:, 2 * d] = np.maximum(rest[:, 2 * d], lo)
        rest[:, 2 * d + 1] = np.minimum(rest[:, 2 * d + 1], hi)
    return np.concatenate(kept)
