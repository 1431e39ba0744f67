"""The compiled walk of packet boxes through a program.

Everything here also runs uncompiled (``NUMBA_DISABLE_JIT=1``), which the tests use; so no expression may rely on
integers that wrap around.

A *row* of the stack is a box on its way, int32[40]:

====== =====================================================================================
0-19   the box: lo and hi of every dimension, as they are now
20-27  SRC, DST, SPORT, DPORT (lo, hi) as they were before NAT, where `REWRITTEN` says so
28     REWRITTEN: bit 0 SRC, 1 DST, 2 SPORT, 3 DPORT
29-32  stage, chain, next instruction, frame (0: called by the stage)
33     trace: linked list of the rules taken
34     doubts: linked list of the rules that make the piece uncertain; 35: whether there is any
36-37  slots written by MARK
38-39  tag and number of the query
====== =====================================================================================
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

ROW = 40
BOX = 20
REWRITTEN, STAGE, CHAIN, PC, FRAME, TRACE, DOUBTS, DOUBT, SLOT0, TAG, QUERY = 28, 29, 30, 31, 32, 33, 34, 35, 36, 38, 39
ACCEPT, DROP, JUMP, GOTO, RETURN, NAT, STOP, MARK, DISCARD, UNSURE, NOTE = range(11)
#: Offsets in ``state``: what survives between two calls of :func:`walk`.
S_QUERY, S_SP, S_CANDIDATES, S_GROUP, S_GROUP_COUNT, S_STEPS, S_PIECES, S_OPEN = range(8)
DONE, UNDECIDED = 1, 2
LONGEST_DOUBTS = 3


@njit(cache=True)
def intern(keys: Ints, slots: Ints, count: Longs, a: int, b: int, c: int) -> int:
    """Number of the triple (a, b, c), from 1; a new one if it is new; -1 when the table is full.

    ``keys`` int32[n, 3] holds the triples, ``slots`` int32[2^k] an open-addressed index, ``count`` int64[1] their number.
    """
    mask = slots.shape[0] - 1
    h = np.int64(a) * 2654435761 ^ np.int64(b) * 2246822519 ^ np.int64(c) * 1640531527
    h = (h ^ (h >> 29)) & mask
    while slots[h] != 0:
        i = int(slots[h])
        if keys[i, 0] == a and keys[i, 1] == b and keys[i, 2] == c:
            return i
        h = (h + 1) & mask
    i = int(count[0]) + 1
    if i >= keys.shape[0]:
        return -1
    count[0] = i
    keys[i, 0] = a
    keys[i, 1] = b
    keys[i, 2] = c
    slots[h] = i
    return i


@njit(cache=True)
def doubt(keys: Ints, slots: Ints, count: Longs, doubts: int, ref: int) -> int:
    """The list *doubts* with *ref* appended, unless it is long already: the first few reasons say enough."""
    length = keys[doubts, 2] if doubts > 0 else 0
    if length >= LONGEST_DOUBTS:
        return doubts
    return intern(keys, slots, count, doubts, ref, length + 1)


@njit(cache=True)
def overlaps(rows: Ints, i: int, b: Ints) -> bool:
    """Whether instruction *i* matches any packet of box *b*; the fields that differ most often come first."""
    if rows[i, 6] > b[7] or rows[i, 7] < b[6] or rows[i, 4] > b[5] or rows[i, 5] < b[4]:
        return False
    for d in range(4, 10):
        if rows[i, 2 * d] > b[2 * d + 1] or rows[i, 2 * d + 1] < b[2 * d]:
            return False
    return bool(rows[i, 0] <= b[1] and rows[i, 1] >= b[0] and rows[i, 2] <= b[3] and rows[i, 3] >= b[2])


@njit(cache=True)
def near(columns: Ints, box: Ints, out: Ints) -> int:
    """Instructions that overlap *box* (any extents) by source and in-interface; returns their number.

    ``columns`` is the transpose of the rows: a scan of one field reads memory in order.
    """
    k = 0
    s0, s1, i0, i1 = box[4], box[5], box[0], box[1]
    c4, c5, c0, c1 = columns[4], columns[5], columns[0], columns[1]
    for i in range(columns.shape[1]):
        if (c4[i] <= s1) & (c5[i] >= s0) & (c0[i] <= i1) & (c1[i] >= i0):
            out[k] = i
            k += 1
    return k


@njit(cache=True)
def meeting(columns: Ints, box: Ints, out: Ints) -> int:
    """Rows that overlap *box* in every field, ascending; returns their number."""
    k = 0
    s0, s1, d0, d1 = box[4], box[5], box[6], box[7]
    c4, c5, c6, c7 = columns[4], columns[5], columns[6], columns[7]
    for i in range(columns.shape[1]):
        if (c4[i] <= s1) & (c5[i] >= s0) & (c6[i] <= d1) & (c7[i] >= d0):
            hit = True
            for d in range(10):
                if columns[2 * d, i] > box[2 * d + 1] or columns[2 * d + 1, i] < box[2 * d]:
                    hit = False
                    break
            if hit:
                out[k] = i
                k += 1
    return k


@njit(cache=True)
def candidates(rows: Ints, among: Ints, n: int, box: Ints, out: Ints) -> int:
    """Those of ``among[:n]`` that overlap *box*; returns their number.  Ascending input gives ascending output."""
    k = 0
    for x in range(n):
        i = among[x]
        if overlaps(rows, i, box):
            out[k] = i
            k += 1
    return k


@njit(cache=True)
def lower_bound(values: Ints, n: int, x: int) -> int:
    """First position of ``values[:n]`` (ascending) whose value is at least *x*."""
    a, b = 0, n
    while a < b:
        m = (a + b) >> 1
        if values[m] < x:
            a = m + 1
        else:
            b = m
    return a


@njit(cache=True)
def push_outside(rows: Ints, i: int, b: Ints, stack: Ints, sp: int, pc: int) -> int:
    """Cut the parts of *b* that instruction *i* does not match onto the stack, to go on at *pc*; *b* keeps the rest."""
    for d in range(10):
        lo, hi = rows[i, 2 * d], rows[i, 2 * d + 1]
        if lo > b[2 * d]:
            stack[sp] = b
            stack[sp, 2 * d + 1] = lo - 1
            stack[sp, PC] = pc
            sp += 1
            b[2 * d] = lo
        if hi < b[2 * d + 1]:
            stack[sp] = b
            stack[sp, 2 * d] = hi + 1
            stack[sp, PC] = pc
            sp += 1
            b[2 * d + 1] = hi
    return sp


@njit(cache=True)
def restore_source(b: Ints) -> None:
    """Give the box its source as it was before SNAT."""
    if b[REWRITTEN] & 1:
        b[4], b[5] = b[20], b[21]
    if b[REWRITTEN] & 4:
        b[10], b[11] = b[24], b[25]
    b[REWRITTEN] &= 10


@njit(cache=True)
def enter(b: Ints, stage: int, stages: Ints, chain_start: Ints) -> bool:
    """Put *b* at the beginning of *stage*; false when there is no such stage: the box has passed."""
    b[STAGE] = stage
    if stage >= stages.shape[0]:
        return False
    if stages[stage, 3]:
        restore_source(b)
    b[CHAIN] = stages[stage, 0]
    b[PC] = chain_start[b[CHAIN]]
    b[FRAME] = 0
    return True


@njit(cache=True)
def leave(b: Ints, depth: int, frames: Ints, chain_of: Ints) -> int:
    """Return from the chain of *b*, and from *depth* virtual chains around it first.

    0: goes on behind the call; 1: the stage's default decides; 2: the box is another's duplicate and ends.
    """
    for _ in range(depth):
        b[FRAME] = frames[b[FRAME], 0]
    f = b[FRAME]
    if f == 0:
        return 1
    i = frames[f, 1]
    if i < 0:
        return 2
    b[CHAIN] = chain_of[i]
    b[PC] = i + 1
    b[FRAME] = frames[f, 0]
    b[TRACE] = frames[f, 2]
    return 0


@njit(cache=True)
def rewrite(b: Ints, r: int, nat: Ints) -> None:
    """Apply NAT row *r* to the box, keeping what it replaces."""
    source = nat[r, 0] == 1
    dim, port, keep = (2, 5, 20) if source else (3, 6, 22)
    bit_address, bit_port = (1, 4) if source else (2, 8)
    if nat[r, 1] >= 0:
        if not b[REWRITTEN] & bit_address:
            b[keep], b[keep + 1] = b[2 * dim], b[2 * dim + 1]
        b[2 * dim], b[2 * dim + 1] = nat[r, 1], nat[r, 2]
        b[REWRITTEN] |= bit_address
    if nat[r, 3] >= 0:
        if not b[REWRITTEN] & bit_port:
            b[keep + 4], b[keep + 5] = b[2 * port], b[2 * port + 1]
        b[2 * port], b[2 * port + 1] = nat[r, 3], nat[r, 4]
        b[REWRITTEN] |= bit_port


@njit(cache=True)
def walk(  # noqa: PLR0912, PLR0915 -- one compiled loop: calls between its parts would copy the state
    rows: Ints, columns: Ints, ops: Ints, targets: Ints, refs: Ints, depths: Ints, slots: Ints, may: Bools, chain_of: Ints,
    chain_start: Ints, chain_end: Ints, stages: Ints, stop_stage: int, nat: Ints, nat_start: Ints, nat_end: Ints,
    queries: Ints, groups: Longs, wanted: int, noted: int, max_steps: int, max_pieces: int,
    state: Longs, status: Bytes, stack: Ints, among: Ints, cand: Ints, frames: Ints, frame_slots: Ints,
    frame_count: Longs, traces: Ints, trace_slots: Ints, trace_count: Longs,
    doubts: Ints, doubt_slots: Ints, doubt_count: Longs, out: Ints,
) -> int:  # fmt: skip
    """Walk the query rows through the program until all are done or *out* is full; returns how many rows are in *out*.

    The last stage must have an empty chain that accepts, so that a NAT instruction always has a stage behind it.
    ``wanted`` ACCEPT gives out what passes the last stage, DROP gives out what is dropped; of that, with ``noted`` only
    what a NOTE instruction saw.  ``groups`` numbers queries that share source and in-interface, in runs.  ``status`` per
    query becomes DONE or UNDECIDED.  Call again, with the same state, until ``state[S_QUERY]`` is the number of queries.
    """
    n_out = 0
    b = np.empty(ROW, np.int32)
    limit = stack.shape[0] - 24
    while state[S_QUERY] < queries.shape[0]:
        q = state[S_QUERY]
        if state[S_OPEN] == 0:
            if groups[q] != state[S_GROUP]:
                state[S_GROUP] = groups[q]
                state[S_GROUP_COUNT] = near(columns, queries[q], among)
            state[S_CANDIDATES] = candidates(rows, among, state[S_GROUP_COUNT], queries[q], cand)
            state[S_STEPS] = max_steps
            state[S_PIECES] = 0
            state[S_OPEN] = 1
            b[:] = queries[q]
            enter(b, 0, stages, chain_start)
            stack[0] = b
            state[S_SP] = 1
        sp = state[S_SP]
        steps = state[S_STEPS]
        n_cand = state[S_CANDIDATES]
        failed = False
        while sp > 0:
            if n_out >= out.shape[0]:
                state[S_SP] = sp
                state[S_STEPS] = steps
                return n_out
            if steps < 0 or sp > limit or state[S_PIECES] > max_pieces:
                failed = True
                break
            sp -= 1
            b[:] = stack[sp]
            while True:
                # 1. the next instruction that matches any of the box
                pc, end, found = b[PC], chain_end[b[CHAIN]], -1
                if b[REWRITTEN] == 0:
                    k = lower_bound(cand, n_cand, pc)
                    while k < n_cand and cand[k] < end:
                        steps -= 1
                        if overlaps(rows, cand[k], b):
                            found = cand[k]
                            break
                        k += 1
                else:
                    for i in range(pc, end):
                        steps -= 1
                        if overlaps(rows, i, b):
                            found = i
                            break
                steps -= 1
                if steps < 0 or sp > limit:
                    failed = True
                    break
                # 2. what becomes of it
                op, ref, depth = RETURN, -1, 0
                if found >= 0:
                    op, ref, depth = ops[found], refs[found], depths[found]
                    if may[found] and (op == wanted or (wanted == ACCEPT and op == STOP)):
                        stack[sp] = b  # either way it passes (or is stopped) here or later: no doubt about what is left
                        stack[sp, PC] = found + 1
                        sp += 1
                        for d in range(10):
                            b[2 * d] = max(b[2 * d], rows[found, 2 * d])
                            b[2 * d + 1] = min(b[2 * d + 1], rows[found, 2 * d + 1])
                    else:
                        sp = push_outside(rows, found, b, stack, sp, found + 1)
                    if may[found] or op == UNSURE:
                        b[DOUBT] = 1
                        if ref >= 0:
                            b[DOUBTS] = doubt(doubts, doubt_slots, doubt_count, b[DOUBTS], ref)
                        if may[found] and not (op == wanted or (wanted == ACCEPT and op == STOP)):
                            stack[sp] = b
                            stack[sp, PC] = found + 1
                            sp += 1
                    if op == UNSURE:
                        op = wanted
                # 3. the control flow
                if op == NOTE:
                    b[SLOT0 + slots[found]] = targets[found]
                    b[PC] = found + 1
                elif op == JUMP:
                    # What returns from a jump that may not have been taken is in the box that did not take it.
                    at = -found - 1 if may[found] else found
                    b[FRAME] = intern(frames, frame_slots, frame_count, b[FRAME], at, b[TRACE])
                    if ref >= 0:
                        b[TRACE] = intern(traces, trace_slots, trace_count, b[TRACE], ref, 0)
                    b[CHAIN] = targets[found]
                    b[PC] = chain_start[b[CHAIN]]
                elif op == GOTO:
                    for _ in range(depth):
                        b[FRAME] = frames[b[FRAME], 0]
                    b[TRACE] = intern(traces, trace_slots, trace_count, b[TRACE], ref, 0)
                    b[CHAIN] = targets[found]
                    b[PC] = chain_start[b[CHAIN]]
                else:
                    stage = b[STAGE]
                    if op == RETURN:
                        back = leave(b, depth, frames, chain_of)
                        if back == 0:
                            continue
                        if back == 2:
                            break
                        op, ref = stages[stage, 1], stages[stage, 2]
                    if ref >= 0 and op != DISCARD:
                        b[TRACE] = intern(traces, trace_slots, trace_count, b[TRACE], ref, 0)
                    if op == DISCARD:
                        break
                    if op == DROP:
                        if wanted == DROP and (noted == 0 or b[SLOT0] >= 0):
                            out[n_out] = b
                            n_out += 1
                            state[S_PIECES] += 1
                        break
                    following = stage + 1
                    if op == NAT:
                        target = targets[found]
                        first, last = nat_start[target], nat_end[target]
                        if sp + last - first > limit:
                            failed = True
                            break
                        for r in range(first, last):
                            stack[sp] = b
                            rewrite(stack[sp], r, nat)
                            if nat[r, 5]:
                                stack[sp, DOUBT] = 1
                                if ref >= 0:
                                    stack[sp, DOUBTS] = doubt(doubts, doubt_slots, doubt_count, b[DOUBTS], ref)
                            enter(stack[sp], following, stages, chain_start)
                            sp += 1
                        break
                    if op == STOP:
                        following = stop_stage
                    if op == MARK:
                        b[SLOT0 + slots[found]] = targets[found]
                    if not enter(b, following, stages, chain_start):
                        if wanted == ACCEPT and (noted == 0 or b[SLOT0] >= 0):
                            out[n_out] = b
                            n_out += 1
                            state[S_PIECES] += 1
                        break
                if b[FRAME] < 0 or b[TRACE] < 0 or b[DOUBTS] < 0:
                    failed = True
                    break
            if failed:
                break
        status[q] = UNDECIDED if failed else DONE
        state[S_STEPS] = steps
        state[S_OPEN] = 0
        state[S_QUERY] = q + 1
    return n_out
