"""The compiled loop that asks of every rule, within one box, whether any packet gets through because of it.

One question is about a rule, a box and a decision of the model.  Most rules let something through, and one packet shows it:
a few fixed points are tried first.  What no point shows is compared with the earlier rules of the chain, largest overlap
first, and only what is left is walked.
"""
# Compiled kernels: loops the compiler can see, flat arguments, long bodies because calls cost.
# ruff: noqa: PLR0912, PLR0915, SIM110

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from segmentation.packetset.cover import by_overlap, covered
from segmentation.packetset.kernels import (
    ACCEPT,
    DISCARD,
    DONE,
    DOUBT,
    MARK,
    ROW,
    S_GROUP_COUNT,
    S_STEPS,
    TRACE,
    UNSURE,
    candidates,
    near,
    overlaps,
    walk,
)  # fmt: skip

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

#: Results of :func:`ask` in ``state``: answers, questions not answered, steps left for all further questions, rows of leads,
#: questions that a point, a cover or a walk decided.
A_FOUND, A_OPEN, A_STEPS, A_LEADS, A_POINTS, A_COVERS, A_WALKS = range(7)
#: Columns of an answer: the instruction's reference, decision, whether uncertain, trace, instruction (-1: a default), and the
#: row of a packet that shows it, or -1 (the first few of each decision have one).
R_REF, R_DECISION, R_DOUBT, R_TRACE, R_INSTRUCTION, R_LEAD = range(6)
_POINTS = 6
_COVER_STEPS = 20_000
#: Answers about one decision that keep a packet, to be shown.
_SHOWN = 8


#: Rules in one box from which on they may be a crowd, and pairs of them that overlap, for each.
CROWD_RULES, CROWD_OVERLAPS = 20, 2
_SAMPLED = 512


@njit(cache=True)
def crowded(rows: Ints, columns: Ints, acts: Bools, boxes: Ints) -> Bools:
    """For each of *boxes* (k, 20): whether many of the instructions that *acts* names overlap one another inside it."""
    out = np.zeros(boxes.shape[0], np.bool_)
    among, inner = np.zeros(rows.shape[0], np.int32), np.zeros(rows.shape[0], np.int32)
    n = 0
    part = np.empty(20, np.int32)
    for q in range(boxes.shape[0]):
        if q == 0 or (boxes[q, :2] != boxes[q - 1, :2]).any() or (boxes[q, 4:6] != boxes[q - 1, 4:6]).any():
            n = near(columns, boxes[q], among)
        k = 0
        for x in range(candidates(rows, among, n, boxes[q], inner)):
            if acts[inner[x]]:
                inner[k] = inner[x]
                k += 1
        if k < CROWD_RULES:
            continue
        found = 0
        every = 1 + k // _SAMPLED  # of very many rules a sample, evenly spaced
        for x in range(0, k, every):
            meet(boxes[q], rows[inner[x]], part)
            for y in range(0, x, every):
                if overlaps(rows, inner[y], part):
                    found += every * every
            if found > CROWD_OVERLAPS * k:
                out[q] = True
                break
    return out


@njit(cache=True)
def box_in(box: Ints, rows: Ints, j: int) -> bool:
    """Whether *box* lies in row *j*."""
    for d in range(10):
        if box[2 * d] < rows[j, 2 * d] or box[2 * d + 1] > rows[j, 2 * d + 1]:
            return False
    return True


@njit(cache=True)
def meet(a: Ints, b: Ints, out: Ints) -> bool:
    """The common part of two boxes in ``out[:20]``; false if there is none."""
    for d in range(10):
        out[2 * d] = max(a[2 * d], b[2 * d])
        out[2 * d + 1] = min(a[2 * d + 1], b[2 * d + 1])
        if out[2 * d] > out[2 * d + 1]:
            return False
    return True


@njit(cache=True)
def touched(box: Ints, boxes: Ints, columns: Ints, of: Ints, n: int) -> Bools:
    """For each of *n* decisions, whether any of its boxes has packets in common with *box*.

    ``of`` says whose each box is, ``columns`` is their transpose: a scan of one field reads memory in order.
    """
    out = np.zeros(n, np.bool_)
    s0, s1, d0, d1 = box[4], box[5], box[6], box[7]
    c4, c5, c6, c7 = columns[4], columns[5], columns[6], columns[7]
    near_box = (c4 <= s1) & (c5 >= s0) & (c6 <= d1) & (c7 >= d0)
    for t in range(of.shape[0]):
        if near_box[t] and not out[of[t]] and overlaps(boxes, t, box):
            out[of[t]] = True
    return out


@njit(cache=True)
def holding(box: Ints, boxes: Ints) -> bool:
    """Whether one of *boxes* holds all of *box*."""
    for t in range(boxes.shape[0]):
        if box_in(box, boxes, t):
            return True
    return False


@njit(cache=True)
def ask(
    rows: Ints, columns: Ints, ops: Ints, targets: Ints, refs: Ints, depths: Ints, slots: Ints, may: Bools, chain_of: Ints,
    chain_start: Ints, chain_end: Ints, stages: Ints, stop_stage: int, nat: Ints, nat_start: Ints, nat_end: Ints,
    asked: Bytes, asked_may: Bools, ends: Bools, query: Ints,
    decisions: Longs, decision_boxes: Ints, boxes_from: Longs, marks: Longs, marks_from: Longs, decision_stage: int,
    open_stages: Longs, wanted: int, max_steps: int,
    stack: Ints, narrow: Ints, at: Ints, among: Ints, inner: Ints, cand: Ints, by: Ints, used: Bools,
    frames: Ints, frame_slots: Ints, frame_count: Longs, traces: Ints, trace_slots: Ints, trace_count: Longs,
    doubts: Ints, doubt_slots: Ints, doubt_count: Longs, told: Longs, stamp: int, few: Ints,
    answers: Ints, leads: Ints, state: Longs,
) -> None:  # fmt: skip
    """Which instructions let packets of *query* (int32[40]) of which of the *decisions* through.

    ``asked`` and ``asked_may`` hold what an instruction is in its own question, -1 for instructions that are not asked
    about; outside their questions ``ops`` must let nothing through, and so must the marks of all decisions.  ``ends``:
    instructions of which surely nothing gets behind them in their chain.  The decision number *m* has the boxes
    ``boxes_from[m]`` on and the marks ``marks_from[m]`` on; -1 is what no decision speaks of.  The defaults of
    *open_stages*, which accept, are one more question each decision.  ``told[k, ref]`` becomes ``2 * stamp + 1`` once a
    certain packet of the rule and the k-th decision was found, ``2 * stamp`` with an uncertain one: its further
    instructions are not asked.
    """
    n = near(columns, query, among)
    n = candidates(rows, among, n, query, inner)
    groups = np.zeros(1, np.int64)
    status = np.zeros(1, np.int8)
    own = np.zeros(8, np.int64)
    one = np.empty((1, ROW), np.int32)
    part = np.empty(20, np.int32)
    box = np.empty(20, np.int32)
    default = stages[decision_stage, 1]
    for k in range(decisions.shape[0]):
        m = decisions[k]
        first, last = (boxes_from[m], boxes_from[m + 1]) if m >= 0 else (np.int64(0), np.int64(1))
        if m >= 0:
            for t in range(marks_from[m], marks_from[m + 1]):
                ops[marks[t]] = MARK
        stages[decision_stage, 1] = ACCEPT if m < 0 else DISCARD
        shown = 0
        for t in range(first, last):
            if m < 0:
                part[:] = query[:20]
            elif not meet(query, decision_boxes[t], part):
                continue
            rest = n + 1 if open_stages.shape[0] else n
            for x in range(rest):
                whole = x == n
                i = np.int64(-1) if whole else np.int64(inner[x])
                ref = -1 if whole else refs[i]
                if whole:
                    box[:] = part
                elif asked[i] < 0 or (ref >= 0 and told[k, ref] > 2 * stamp) or not meet(part, rows[i], box):
                    continue
                if state[A_STEPS] <= 0 or state[A_FOUND] >= answers.shape[0]:
                    state[A_OPEN] += 1
                    break
                # 1. earlier rules of the chain that take packets of the box
                n_by = 0
                alone = False
                for y in range(0 if whole else x):
                    j = inner[y]
                    if ends[j] and chain_of[j] == chain_of[i] and overlaps(rows, j, box):
                        if box_in(box, rows, j):
                            alone = True
                            break
                        by[n_by] = j
                        n_by += 1
                state[A_STEPS] -= 1 + x // 4
                if alone:
                    state[A_COVERS] += 1
                    continue
                quiet, quiet_may, unsure = 0, False, query[DOUBT] != 0
                if whole:
                    for s in open_stages:
                        stages[s, 1] = ACCEPT
                else:
                    quiet, quiet_may = ops[i], may[i]
                    ops[i], may[i] = asked[i], asked_may[i]
                    unsure = unsure or asked_may[i] or asked[i] == UNSURE
                best = np.int64(-1)  # 0: an uncertain packet was found, 1: a certain one
                trace = np.int32(0)
                lead = state[A_LEADS]
                # 2. a few points; the last try is the walk of all that is left
                probe = 0
                while probe <= _POINTS:
                    if probe < _POINTS:
                        seed = 12345 + 7919 * probe
                        one[0] = query
                        for d in range(10):
                            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
                            extent = np.int64(box[2 * d + 1]) - box[2 * d] + 1
                            off = np.int64(0) if probe == 0 else extent - 1 if probe == 1 else (seed >> 8) % extent
                            one[0, 2 * d] = one[0, 2 * d + 1] = box[2 * d] + off
                        hit = False
                        for y in range(n_by):
                            if overlaps(rows, by[y], one[0]):
                                hit = True
                                break
                        state[A_STEPS] -= 1 + n_by // 4
                        if hit:
                            probe += 1
                            continue
                    else:
                        if best < 0 and n_by > 0:
                            by_overlap(rows, box, by, n_by)
                            used[:n_by] = False
                            state[A_STEPS] -= n_by
                            if covered(rows, box, by, n_by, _COVER_STEPS, narrow, at, used) == 1:
                                state[A_COVERS] += 1
                                break
                        one[0] = query
                        one[0, :20] = box
                    own[:] = 0
                    own[S_GROUP_COUNT] = n
                    status[0] = 0
                    found = walk(
                        rows, columns, ops, targets, refs, depths, slots, may, chain_of, chain_start, chain_end, stages,
                        stop_stage, nat, nat_start, nat_end, one, groups, wanted, 0, max_steps, 1 << 30, own, status, stack,
                        inner, cand, frames, frame_slots, frame_count, traces, trace_slots, trace_count, doubts, doubt_slots,
                        doubt_count, few,
                    )  # fmt: skip
                    state[A_STEPS] -= max_steps - own[S_STEPS] + n // 4
                    for f in range(found):
                        sure = 1 - few[f, DOUBT]
                        if sure > best:
                            best, trace = np.int64(sure), few[f, TRACE]
                            if lead < leads.shape[0]:
                                leads[lead] = few[f]
                    if probe == _POINTS:
                        state[A_WALKS] += 1
                        if best < 0 and status[0] != DONE:
                            state[A_OPEN] += 1
                        break
                    if best == 1 or (best == 0 and unsure):
                        state[A_POINTS] += 1
                        break
                    probe += 1
                if whole:
                    for s in open_stages:
                        stages[s, 1] = DISCARD
                else:
                    ops[i], may[i] = quiet, quiet_may
                if best < 0 or (best == 0 and ref >= 0 and told[k, ref] >= 2 * stamp):
                    continue
                a = state[A_FOUND]
                answers[a, R_REF], answers[a, R_DECISION], answers[a, R_DOUBT] = ref, m, 1 - best
                answers[a, R_TRACE], answers[a, R_INSTRUCTION], answers[a, R_LEAD] = trace, i, -1
                if shown < _SHOWN and lead < leads.shape[0]:
                    answers[a, R_LEAD] = lead
                    state[A_LEADS] += 1
                    shown += 1
                state[A_FOUND] = a + 1
                if ref >= 0:
                    told[k, ref] = 2 * stamp + best
        if m >= 0:
            for t in range(marks_from[m], marks_from[m + 1]):
                ops[marks[t]] = DISCARD
    stages[decision_stage, 1] = default
