"""The compiled part of the anomaly analysis: whether a box is covered by others, and what its packets meet behind it."""
# Compiled kernels: loops the compiler can see, flat arguments, long bodies because calls cost.
# ruff: noqa: FBT001, PLR0912, PLR0915, SIM110

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from segmentation.packetset.index import build, found
from segmentation.packetset.kernels import overlaps

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Index = tuple[Longs, Longs, Ints, Bools]  # what index.build returns

#: Answers of :func:`examine` about one row.
COVERED_BY_ONE, COVERED, REDUNDANT, EFFECTIVE, UNDECIDED = range(5)
_POINTS = 48


@njit(cache=True)
def inside(rows: Ints, i: int, j: int) -> bool:
    """Whether row *i* lies in row *j*."""
    for d in range(10):
        if rows[i, 2 * d] < rows[j, 2 * d] or rows[i, 2 * d + 1] > rows[j, 2 * d + 1]:
            return False
    return True


@njit(cache=True)
def cut(rows: Ints, j: int, b: Ints, stack: Ints, at: Ints, sp: int, k: int) -> int:
    """Cut the parts of *b* outside row *j* onto the stack, to go on with candidate *k*; returns the new top."""
    for d in range(10):
        lo, hi = rows[j, 2 * d], rows[j, 2 * d + 1]
        if lo > b[2 * d]:
            stack[sp] = b
            stack[sp, 2 * d + 1] = lo - 1
            at[sp] = k
            sp += 1
            b[2 * d] = lo
        if hi < b[2 * d + 1]:
            stack[sp] = b
            stack[sp, 2 * d] = hi + 1
            at[sp] = k
            sp += 1
            b[2 * d + 1] = hi
    return sp


@njit(cache=True)
def covered(rows: Ints, box: Ints, by: Ints, n: int, fuel: int, stack: Ints, at: Ints, used: Bools) -> int:
    """Whether the first *n* rows of *by* cover *box*: 1 yes, 0 no, -1 out of fuel.  ``used`` marks those that did."""
    stack[0] = box
    at[0] = 0
    sp = 1
    b = np.empty(20, np.int32)
    limit = stack.shape[0] - 20
    while sp > 0:
        sp -= 1
        b[:] = stack[sp]
        k = at[sp]
        while k < n and not overlaps(rows, by[k], b):
            fuel -= 1
            k += 1
        if k == n:
            return 0
        fuel -= 1
        if fuel < 0 or sp > limit:
            return -1
        used[k] = True
        sp = cut(rows, by[k], b, stack, at, sp, k + 1)
    return 1


@njit(cache=True)
def by_overlap(rows: Ints, box: Ints, by: Ints, n: int) -> None:
    """Sort the first *n* of *by* so that rows that hold most of the box come first; ties keep their order."""
    key = np.zeros(n, np.float64)
    for k in range(n):
        for d in range(10):
            lo = max(rows[by[k], 2 * d], box[2 * d])
            hi = min(rows[by[k], 2 * d + 1], box[2 * d + 1])
            key[k] -= np.log2((hi - lo + 1.0) / (box[2 * d + 1] - box[2 * d] + 1.0))
    order = np.argsort(key, kind="mergesort")
    by[:n] = by[:n][order]


@njit(cache=True)
def examine(
    rows: Ints, columns: Ints, rule: Ints, action: Ints, leaves: Bools, i: int, policy: int, linear: bool, fuel: int,
    by: Ints, stack: Ints, at: Ints, used: Bools, stamp: Ints, counts: Longs, src: Index, dst: Index,
) -> int:  # fmt: skip
    """What row *i* of a chain does; see the constants above.

    ``rule`` and ``action`` per row say which rule it belongs to and what that does; ``leaves``: surely ends the way
    through the chain.  In a *linear* base chain, whose rules all leave and whose *policy* is an action too, redundancy is
    decided as well.  ``counts[0]`` grows by the correlated earlier rules, ``counts[1]`` becomes the number of candidates
    in ``by`` that stand earlier, ``counts[2]`` the earlier row that covers alone, or -1.
    """
    n = 0
    earlier = 0
    counts[2] = -1
    box = rows[i]
    for k in range(found(rows, columns, box, src, dst, by)):
        j = by[k]
        if rule[j] == rule[i]:
            continue
        if j < i:
            if action[j] != action[i] and stamp[rule[j]] != rule[i] and not inside(rows, i, j) and not inside(rows, j, i):
                stamp[rule[j]] = rule[i]
                counts[0] += 1
            if leaves[j]:
                if counts[2] < 0 and inside(rows, i, j):
                    counts[2] = j
                by[n] = j
                n += 1
                earlier = n
        elif linear and leaves[j]:
            by[n] = j
            n += 1
    counts[1] = earlier
    if counts[2] >= 0:
        return COVERED_BY_ONE
    # A few points first: most rules do something, and one packet shows it.  The points are fixed, not random.
    seed = 12345
    point = np.empty(20, np.int32)
    for _ in range(_POINTS):
        for d in range(10):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            point[2 * d] = point[2 * d + 1] = box[2 * d] + (seed >> 8) % (box[2 * d + 1] - box[2 * d] + 1)
        hit = n
        for k in range(n):
            if overlaps(rows, by[k], point):
                hit = k
                break
        meets = policy if hit == n else action[by[hit]]
        if hit >= earlier and (not linear or meets != action[i]):
            return EFFECTIVE
    by_overlap(rows, box, by, earlier)
    if not linear:
        answer = covered(rows, box, by, earlier, fuel, stack, at, used)
        return UNDECIDED if answer < 0 else COVERED if answer == 1 else EFFECTIVE
    reached = False
    b = np.empty(20, np.int32)
    stack[0] = box
    at[0] = 0
    sp = 1
    limit = stack.shape[0] - 20
    while sp > 0:
        sp -= 1
        b[:] = stack[sp]
        k = at[sp]
        while k < n and not overlaps(rows, by[k], b):
            fuel -= 1
            k += 1
        fuel -= 1
        if fuel < 0 or sp > limit:
            return UNDECIDED
        if k >= earlier:
            reached = True
            if (policy if k == n else action[by[k]]) != action[i]:
                return EFFECTIVE
        if k < n:
            used[k] = True
            sp = cut(rows, by[k], b, stack, at, sp, k + 1)
    return REDUNDANT if reached else COVERED


@njit(cache=True)
def examine_all(
    rows: Ints, rule: Ints, action: Ints, leaves: Bools, policy: int, linear: bool, fuel: int, n_rules: int,
    depth: int, answers: Ints, singles: Ints, counts: Longs, src: Index, dst: Index,
) -> None:  # fmt: skip
    """:func:`examine` for every row; ``answers`` and ``singles`` (the covering row or -1) get the results."""
    n = rows.shape[0]
    columns = np.ascontiguousarray(rows.T)
    by = np.empty(n, np.int32)
    stack = np.empty((depth + 24, 20), np.int32)
    at = np.empty(depth + 24, np.int32)
    used = np.zeros(n, np.bool_)
    stamp = np.full(n_rules, -1, np.int32)
    for i in range(n):
        answers[i] = examine(
            rows, columns, rule, action, leaves, i, policy, linear, fuel, by, stack, at, used, stamp, counts, src, dst
        )
        singles[i] = counts[2]


@njit(cache=True)
def culprits(
    rows: Ints, columns: Ints, rule: Ints, leaves: Bools, i: int, fuel: int, stack: Ints, at: Ints, by: Ints, used: Bools,
    src: Index, dst: Index,
) -> int:  # fmt: skip
    """Fill ``by`` with the earlier rows that cover row *i* together, a minimal set; returns their number, -1 if not known."""
    n = 0
    for k in range(found(rows, columns, rows[i], src, dst, by)):
        j = by[k]
        if j < i and leaves[j] and rule[j] != rule[i]:
            by[n] = j
            n += 1
    by_overlap(rows, rows[i], by, n)
    used[:n] = False
    if covered(rows, rows[i], by, n, fuel, stack, at, used) != 1:
        return -1
    kept = 0
    for k in range(n):
        if used[k]:
            by[kept] = by[k]
            kept += 1
    k = kept - 1
    while k >= 0:  # leave out, from the least useful on, whatever the others do without
        gone = by[k]
        by[k : kept - 1] = by[k + 1 : kept].copy()
        if covered(rows, rows[i], by, kept - 1, fuel, stack, at, used) == 1:
            kept -= 1
        else:
            by[k + 1 : kept] = by[k : kept - 1].copy()
            by[k] = gone
        k -= 1
    return kept


@njit(cache=True)
def later_alike(
    rows: Ints, columns: Ints, action: Ints, leaves: Bools, i: int, start: int, by: Ints, src: Index, dst: Index
) -> int:
    """The first row from *start* on that holds row *i* and does the same, or -1."""
    for k in range(found(rows, columns, rows[i], src, dst, by)):
        j = by[k]
        if j >= start and leaves[j] and action[j] == action[i] and inside(rows, i, j):
            return int(j)
    return -1


def indexes(rows: Ints, ranks_src: int, ranks_dst: int) -> tuple[Ints, Index, Index]:
    """The transpose of *rows* and the indexes of SRC and DST that the functions above take."""
    columns = np.ascontiguousarray(rows.T)
    return columns, build(columns[4], columns[5], ranks_src), build(columns[6], columns[7], ranks_dst)
