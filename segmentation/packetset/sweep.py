"""The compiled loop that asks one question of every rule of a program with jumps."""
# Compiled kernels: loops the compiler can see, flat arguments, long bodies because calls cost.
# ruff: noqa: FBT001

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from segmentation.packetset.kernels import ACCEPT, DONE, DROP, NOTE, ROW, S_GROUP, S_QUERY, walk

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

NO, YES, UNKNOWN = 0, 1, 2


@njit(cache=True)
def sweep(
    rows: Ints, ops: Ints, targets: Ints, refs: Ints, depths: Ints, slots: Ints, may: Bools, chain_of: Ints,
    chain_start: Ints, chain_end: Ints, stages: Ints, nat: Ints, nat_start: Ints, nat_end: Ints,
    mine: Ints, mine_from: Longs, boxes: Ints, boxes_from: Longs, notes: bool, max_steps: int, depth: int,
    answers: Bytes, examples: Ints,
) -> None:  # fmt: skip
    """Ask of every rule whether any packet of its boxes comes out.

    Rule *r* has the instructions ``mine[mine_from[r]:mine_from[r + 1]]`` and the boxes of the same range in ``boxes``.
    Without *notes* its instructions accept, and what comes out has reached it; the caller has made all others discard.
    With *notes* its instructions are noted and passed over, and what comes out fares otherwise than the rule decides.
    ``answers`` becomes NO, YES or UNKNOWN, ``examples`` (rules, 40) a row that came out.
    """
    n = rows.shape[0]
    columns = np.ascontiguousarray(rows.T)
    state = np.zeros(8, np.int64)
    stack = np.zeros((depth + 24, ROW), np.int32)
    among, cand = np.zeros(n, np.int32), np.zeros(n, np.int32)
    size = 1 << 16
    frames, traces, doubts = np.zeros((size, 3), np.int32), np.zeros((size, 3), np.int32), np.zeros((size, 3), np.int32)
    frame_slots, trace_slots = np.zeros(2 * size, np.int32), np.zeros(2 * size, np.int32)
    doubt_slots = np.zeros(2 * size, np.int32)
    count = np.zeros(3, np.int64)
    out = np.zeros((1, ROW), np.int32)
    noted = 1 if notes else 0
    for r in range(answers.shape[0]):
        first, last = mine_from[r], mine_from[r + 1]
        if first == last:
            continue
        was = ops[mine[first:last]].copy()
        was_target = targets[mine[first:last]].copy()
        for k in range(first, last):
            ops[mine[k]] = NOTE if notes else ACCEPT
            targets[mine[k]] = 0
        wanted = ACCEPT
        if notes and was[0] == ACCEPT:
            wanted = DROP
        m = boxes_from[r + 1] - boxes_from[r]
        queries = np.full((m, ROW), 0, np.int32)
        queries[:, :20] = boxes[boxes_from[r] : boxes_from[r + 1]]
        queries[:, 36:38] = -1
        status = np.zeros(m, np.int8)
        groups = np.arange(m)
        state[:] = 0
        state[S_GROUP] = -1
        if count.max() > size - 4096:
            for table in (frame_slots, trace_slots, doubt_slots):
                table[:] = 0
            count[:] = 0
        found = 0
        while state[S_QUERY] < m and found == 0:
            found = walk(
                rows, columns, ops, targets, refs, depths, slots, may, chain_of, chain_start, chain_end,
                stages, stages.shape[0] - 1, nat, nat_start, nat_end,
                queries, groups, wanted, noted, max_steps, 1 << 30,
                state, status, stack, among, cand,
                frames, frame_slots, count[0:1], traces, trace_slots, count[1:2], doubts, doubt_slots, count[2:3], out,
            )  # fmt: skip
        answers[r] = YES if found else NO
        if found:
            examples[r] = out[0]
        else:
            for q in range(m):
                if status[q] != DONE:
                    answers[r] = UNKNOWN
        for k in range(first, last):
            ops[mine[k]] = was[k - first]
            targets[mine[k]] = was_target[k - first]
