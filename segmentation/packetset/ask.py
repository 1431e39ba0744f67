"""The compiled loop that asks of every rule, within one box, whether any packet gets through because of it."""
# Compiled kernels: loops the compiler can see, flat arguments, long bodies because calls cost.

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from segmentation.packetset.kernels import (
    DONE,
    DOUBT,
    ROW,
    S_GROUP_COUNT,
    S_STEPS,
    candidates,
    near,
    walk,
)  # fmt: skip

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

#: Results of :func:`ask` in ``state``: rows found, questions not answered, steps left for all further questions.
A_FOUND, A_OPEN, A_STEPS = range(3)


@njit(cache=True)
def ask(
    rows: Ints, columns: Ints, ops: Ints, targets: Ints, refs: Ints, depths: Ints, slots: Ints, may: Bools, chain_of: Ints,
    chain_start: Ints, chain_end: Ints, stages: Ints, stop_stage: int, nat: Ints, nat_start: Ints, nat_end: Ints,
    asked: Bytes, asked_may: Bools, query: Ints, wanted: int, max_steps: int,
    stack: Ints, among: Ints, inner: Ints, cand: Ints,
    frames: Ints, frame_slots: Ints, frame_count: Longs, traces: Ints, trace_slots: Ints, trace_count: Longs,
    doubts: Ints, doubt_slots: Ints, doubt_count: Longs, told: Ints, stamp: int, few: Ints, out: Ints, questions: Ints,
    state: Longs,
) -> None:  # fmt: skip
    """For each instruction that overlaps *query* (int32[40]) and is ``asked``: the first few pieces it lets through.

    ``asked`` and ``asked_may`` hold what an instruction is in its own question, -1 for instructions that are not asked
    about; outside their questions ``ops`` must let nothing through.  ``told[ref]`` becomes *stamp* once a certain piece of
    the rule was found:
    its further instructions are not asked.  Pieces go to ``out``, the box each was asked in to ``questions``.
    """
    n = near(columns, query, among)
    n = candidates(rows, among, n, query, inner)
    groups = np.zeros(1, np.int64)
    status = np.zeros(1, np.int8)
    own = np.zeros(8, np.int64)
    one = np.empty((1, ROW), np.int32)
    for x in range(n):
        i = inner[x]
        if asked[i] < 0 or (refs[i] >= 0 and told[refs[i]] == stamp):
            continue
        if state[A_STEPS] <= 0 or state[A_FOUND] + few.shape[0] > out.shape[0]:
            state[A_OPEN] += 1
            return
        one[0] = query
        for d in range(10):
            one[0, 2 * d] = max(query[2 * d], rows[i, 2 * d])
            one[0, 2 * d + 1] = min(query[2 * d + 1], rows[i, 2 * d + 1])
        quiet, quiet_may = ops[i], may[i]
        ops[i], may[i] = asked[i], asked_may[i]
        own[:] = 0
        own[S_GROUP_COUNT] = n
        status[0] = 0
        k = walk(
            rows, columns, ops, targets, refs, depths, slots, may, chain_of, chain_start, chain_end, stages, stop_stage,
            nat, nat_start, nat_end, one, groups, wanted, 0, max_steps, 1 << 30, own, status, stack, inner, cand,
            frames, frame_slots, frame_count, traces, trace_slots, trace_count, doubts, doubt_slots, doubt_count, few,
        )  # fmt: skip
        ops[i], may[i] = quiet, quiet_may
        state[A_STEPS] -= max_steps - own[S_STEPS] + n
        if k == 0 and status[0] != DONE:
            state[A_OPEN] += 1
        for j in range(k):
            out[state[A_FOUND]] = few[j]
            questions[state[A_FOUND]] = one[0, :20]
            state[A_FOUND] += 1
            if few[j, DOUBT] == 0 and refs[i] >= 0:
                told[refs[i]] = stamp
