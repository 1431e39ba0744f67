"""Equal rows of several columns, numbered in one pass over a hash table; no sorting."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sensors.kernels.compiled import kernel
from sensors.kernels.loads import Ints, Words

U = np.uint64


@kernel
def _number(columns: Words, seed: int, index: Ints, numbers: Ints, first: Ints) -> int:
    """Fill *numbers* (group of each row) and *first* (first row of each group); how many groups."""
    mask, count = index.shape[0] - 1, 0
    for i in range(columns.shape[0]):
        h = U(seed)
        for k in range(columns.shape[1]):
            h = (h ^ columns[i, k]) * U(0x9E3779B97F4A7C15)
            h ^= h >> U(29)
        slot = np.int64(h >> U(8)) & mask
        while True:
            group = index[slot]
            if group < 0:
                index[slot] = count
                first[count] = i
                numbers[i] = count
                count += 1
                break
            same = True
            for k in range(columns.shape[1]):
                if columns[first[group], k] != columns[i, k]:
                    same = False
                    break
            if same:
                numbers[i] = group
                break
            slot = (slot + 1) & mask
    return count


def number_groups(*columns: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each row the number of its group of equal rows, and for each group its first row; by first appearance.

    *columns*: of equal length, of integers or bools.
    """
    size = len(columns[0])
    table = np.empty((size, len(columns)), np.uint64)
    for k, column in enumerate(columns):
        table[:, k] = column.astype(np.int64, casting="unsafe").view(np.uint64) if column.dtype != np.uint64 else column
    index = np.full(1 << max(4, (2 * size).bit_length()), -1, np.int64)
    numbers, first = np.empty(size, np.int64), np.empty(size, np.int64)
    count = _number(table, 0x5EC1, index, numbers, first)
    return numbers, first[:count].copy()


def members(numbers: npt.NDArray[np.int64], groups: int) -> list[npt.NDArray[np.int64]]:
    """The rows of each group, ascending."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.cumsum(np.bincount(numbers, minlength=groups))[:-1])
