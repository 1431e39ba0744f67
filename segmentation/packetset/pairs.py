"""The compiled part of finding rules that overlap with the opposite action: counting pairs, and what is left of one."""
# Compiled kernels: loops the compiler can see, flat arguments, long bodies because calls cost.

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from segmentation.packetset.cover import cut, inside
from segmentation.packetset.kernels import overlaps

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: The later rule holds the earlier one; or each holds packets that the other does not.
GENERALISED, CORRELATED = 0, 1


@njit(cache=True)
def count_pairs(
    rows: Ints, first: Longs, action: Ints, takes: Bools, counts: Longs, kept: Ints
) -> int:  # fmt: skip
    """Count, for every rule, the earlier rules of another action that it overlaps.

    Rule *r* has the rows ``first[r]`` to ``first[r + 1]``; only rules that *takes* are looked at.  ``counts`` (rules, 2) is
    filled by kind; the first pairs go to ``kept`` (pairs, 3): later rule, earlier rule, kind.  Returns how many pairs there
    are, which may be more than were kept.
    """
    rules = first.shape[0] - 1
    stamp = np.full(rules, -1, np.int32)
    held = np.zeros(rules, np.int64)
    row_stamp = np.full(rows.shape[0], -1, np.int32)
    touched = np.empty(rules, np.int32)
    total = 0
    for later in range(rules):
        if not takes[later]:
            continue
        n = 0
        for i in range(first[later], first[later + 1]):
            box = rows[i]
            for earlier in range(later):
                if not takes[earlier] or action[earlier] == action[later]:
                    continue
                for j in range(first[earlier], first[earlier + 1]):
                    if not overlaps(rows, j, box):
                        continue
                    if stamp[earlier] != later:
                        stamp[earlier] = later
                        held[earlier] = 0
                        touched[n] = earlier
                        n += 1
                    if row_stamp[j] != later and inside(rows, j, i):
                        row_stamp[j] = later
                        held[earlier] += 1
        for k in range(n):
            earlier = touched[k]
            whole = held[earlier] == first[earlier + 1] - first[earlier]
            kind = GENERALISED if whole else CORRELATED
            counts[later, kind] += 1
            if total < kept.shape[0]:
                kept[total, 0], kept[total, 1], kept[total, 2] = later, earlier, kind
            total += 1
    return total


@njit(cache=True)
def left_over(rows: Ints, takes: Bools, end: int, box: Ints, fuel: int, stack: Ints, at: Ints, out: Ints) -> int:
    """Whether anything of *box* is left behind the first *end* rows that *take*: 1 (a part in ``out``), 0, -1 out of fuel."""
    stack[0] = box
    at[0] = 0
    sp = 1
    b = np.empty(20, np.int32)
    limit = stack.shape[0] - 20
    while sp > 0:
        sp -= 1
        b[:] = stack[sp]
        k = at[sp]
        while k < end and not (takes[k] and overlaps(rows, k, b)):
            k += 1
        fuel -= 1
        if k == end:
            out[:] = b
            return 1
        if fuel < 0 or sp > limit:
            return -1
        sp = cut(rows, k, b, stack, at, sp, k + 1)
    return 0
