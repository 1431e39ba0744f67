"""Runs the kernel that asks, box by box, which instructions let anything through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from segmentation.packetset.box import Limits
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.space import DIMS
from segmentation.packetset.walk import DOUBT, DOUBTS, QUERY, ROW, SLOT0, SLOT1, TAG, Query, Walk

#: Pieces wanted of one rule that is shown.
_FEW = 8
_TABLE = 1 << 19
#: Answers and shown rows of one query.
_ANSWERS, _LEADS = 1 << 18, 1 << 12
#: Decisions looked at together.
_TOGETHER = 32
#: Instructions looked at for one walk; most need as many as there are rules before the one that is asked.
_STEPS = 100_000
_STACK = 20_000
_ENDS = (Op.ACCEPT, Op.STOP, Op.NAT, Op.DROP, Op.DISCARD, Op.RETURN, Op.GOTO)
#: The decision that is no decision: what none of them speaks of.
NONE = -1


class Asking:
    """Asks the instructions *which* of a program (their positions) what passes because of them, decision by decision.

    *marks* are the positions of the instructions that mark a decision; *boxes* (rows of int32[20]) hold at least the
    packets of each, by its number, and no others where they are exact.  All packets asked about are in the boxes *within*.
    *quiet* are stages whose default accepts: what only they let through is asked too.
    """

    def __init__(
        self,
        program: Program,
        which: npt.NDArray[np.int64],
        limits: Limits,
        *,
        marks: npt.NDArray[np.int64],
        boxes: Mapping[int, tuple[Ints, bool]],
        within: Ints,
        decision_stage: int,
        quiet: Sequence[int] = (),
    ) -> None:
        self.program = program
        self._limits = limits
        n = len(program.rows)
        self._asked = np.full(n, -1, np.int8)
        self._asked[which] = program.ops[which]
        self._asked_may = program.may.copy()
        self._ops, self._may, self._targets = program.ops.copy(), program.may.copy(), program.targets.copy()
        # What another rule surely accepts is not let through by this one.  Where the other only may accept, the packet goes
        # on, and passes in either case: no doubt.  Where it may accept or drop, what goes on is in doubt.
        sure_to_pass = self._may[which] & (program.ops[which] != Op.UNSURE)
        self._ops[which] = np.where(sure_to_pass, Op.NOTE, Op.DISCARD)
        self._targets[which[sure_to_pass]] = -1
        self._may[which[sure_to_pass]] = False
        self._ends = np.isin(self._ops, _ENDS) & ~self._may
        self._ops[marks] = Op.DISCARD
        numbers = max(boxes, default=-1) + 1
        by_number = np.argsort(program.targets[marks], kind="stable")
        self._marks = marks[by_number]
        self._marks_from = np.searchsorted(program.targets[self._marks], np.arange(numbers + 1)).astype(np.int64)
        self._exact = [boxes[m][1] for m in range(numbers)]
        self._whole = [boxes[m][0] for m in range(numbers)]
        parts = [common_boxes(boxes[m][0], within) for m in range(numbers)]
        self._boxes = np.concatenate([np.zeros((0, 2 * DIMS), np.int32), *parts])
        self._box_columns = np.ascontiguousarray(self._boxes.T)
        self._box_of = np.repeat(np.arange(numbers, dtype=np.int32), [len(p) for p in parts])
        self._boxes_from = np.cumsum([0, *(len(p) for p in parts)], dtype=np.int64)
        self._stages = np.array([[s.chain, s.default, s.ref, s.restore_source] for s in program.stages], np.int32).reshape(
            -1, 4
        )
        self._decision_stage = decision_stage
        self._quiet = np.array(list(quiet), np.int64)
        self._stages[self._quiet, 1] = Op.DISCARD
        self._columns = np.ascontiguousarray(program.rows.T)
        depth = min(limits.stack, _STACK) + 24
        self._stack = np.empty((depth, ROW), np.int32)
        self._narrow, self._at = np.empty((depth, 2 * DIMS), np.int32), np.empty(depth, np.int32)
        self._scratch = [np.zeros(n, np.int32) for _ in range(4)]
        self._used = np.zeros(n, np.bool_)
        self._frames, self._traces = np.zeros((_TABLE, 3), np.int32), np.zeros((_TABLE, 3), np.int32)
        self._doubts = np.zeros((_TABLE >> 3, 3), np.int32)
        self._slots = [np.zeros(2 * _TABLE, np.int32), np.zeros(2 * _TABLE, np.int32), np.zeros(_TABLE >> 2, np.int32)]
        self._counts = [np.zeros(1, np.int64) for _ in range(3)]
        self._told = np.zeros((_TOGETHER, int(program.refs.max(initial=0)) + 1), np.int64)
        self._stamp = 0
        self._answers = np.empty((_ANSWERS, 6), np.int32)
        self._leads = np.empty((_LEADS, ROW), np.int32)
        self._few = np.empty((_FEW, ROW), np.int32)
        self.steps = limits.all_steps
        #: Questions that a point, a cover or a walk decided.
        self.decided = [0, 0, 0]

    def concerned(self, query: Query) -> list[int]:
        """The numbers of the decisions that may speak of packets of *query*, and NONE unless one holds it whole."""
        from segmentation.packetset import ask  # noqa: PLC0415 -- numba costs 0.4 s to import

        box = np.array(query.box, np.int32)
        near = ask.touched(box, self._boxes, self._box_columns, self._box_of, len(self._exact))
        found = np.flatnonzero(near).tolist()
        for at, m in enumerate(found):
            if self._exact[m] and ask.holding(box, self._whole[m]):
                return found[: at + 1]  # the first that matches decides: nothing is left for those behind it
        return [*found, NONE]

    def ask(self, queries: Sequence[Query], decisions: Sequence[int]) -> tuple[Ints, Ints, bool]:
        """Answers about one zone pair (k, 6; columns of ``ask.R_*``), rows of packets (l, 40), whether all was answered."""
        from segmentation.packetset import ask  # noqa: PLC0415 -- numba costs 0.4 s to import

        answers, leads, complete, n_leads = [np.zeros((0, 6), np.int32)], [np.zeros((0, ROW), np.int32)], True, 0
        for start in range(0, len(decisions), _TOGETHER):
            together = np.array(decisions[start : start + _TOGETHER], np.int64)
            self._stamp += 1
            for query in queries:
                state = np.array([0, 0, self.steps, 0, 0, 0, 0], np.int64)
                self._ask(query, together, state)
                self.steps = int(state[ask.A_STEPS])
                for way, column in enumerate((ask.A_POINTS, ask.A_COVERS, ask.A_WALKS)):
                    self.decided[way] += int(state[column])
                found = self._answers[: int(state[ask.A_FOUND])].copy()
                found[:, ask.R_LEAD] = np.where(found[:, ask.R_LEAD] >= 0, found[:, ask.R_LEAD] + n_leads, -1)
                answers.append(found)
                leads.append(self._leads[: int(state[ask.A_LEADS])].copy())
                n_leads += len(leads[-1])
                complete = complete and not state[ask.A_OPEN]
        return np.concatenate(answers), np.concatenate(leads), complete

    def _ask(self, query: Query, decisions: npt.NDArray[np.int64], state: npt.NDArray[np.int64]) -> None:
        from segmentation.packetset import ask  # noqa: PLC0415 -- numba costs 0.4 s to import

        row = self._row(query)
        p = self.program
        among, inner, cand, by = self._scratch
        ask.ask(
            p.rows, self._columns, self._ops, self._targets, p.refs, p.depths, p.slots, self._may, p.chain_of, p.chain_start,
            p.chain_end, self._stages, p.stop_stage, p.nat, p.nat_start, p.nat_end,
            self._asked, self._asked_may, self._ends, row,
            decisions, self._boxes, self._boxes_from, self._marks, self._marks_from, self._decision_stage,
            self._quiet, int(Op.ACCEPT), min(self._limits.steps, _STEPS),
            self._stack, self._narrow, self._at, among, inner, cand, by, self._used,
            self._frames, self._slots[0], self._counts[0], self._traces, self._slots[1], self._counts[1], self._doubts,
            self._slots[2], self._counts[2], self._told, self._stamp, self._few, self._answers, self._leads, state,
        )  # fmt: skip

    def _row(self, query: Query) -> Ints:
        from segmentation.packetset import kernels  # noqa: PLC0415 -- numba costs 0.4 s to import

        row = np.zeros(ROW, np.int32)
        row[:20] = query.box
        row[SLOT0] = row[SLOT1] = -1
        row[TAG], row[QUERY] = query.tag, 0
        if query.doubt >= 0:
            row[DOUBT] = 1
            row[DOUBTS] = kernels.doubt(self._doubts, self._slots[2], self._counts[2], 0, query.doubt)
        return row

    def boxes(self, query: Query, instruction: int, decision: int) -> Ints:
        """The first few pieces (k, 40) of *query* that one instruction (-1: an open default) lets through; may be none."""
        from segmentation.packetset import kernels  # noqa: PLC0415 -- numba costs 0.4 s to import

        p, row = self.program, self._row(query)
        ops, may, stages = self._ops.copy(), self._may.copy(), self._stages.copy()
        if instruction >= 0:
            ops[instruction], may[instruction] = self._asked[instruction], self._asked_may[instruction]
            mine = p.rows[instruction]
            row[0:20:2], row[1:20:2] = np.maximum(row[0:20:2], mine[0::2]), np.minimum(row[1:20:2], mine[1::2])
            if (row[0:20:2] > row[1:20:2]).any():
                return np.zeros((0, ROW), np.int32)
        else:
            stages[self._quiet, 1] = Op.ACCEPT
        stages[self._decision_stage, 1] = Op.ACCEPT if decision == NONE else Op.DISCARD
        if decision != NONE:
            ops[self._marks[self._marks_from[decision] : self._marks_from[decision + 1]]] = Op.MARK
        among, inner, _, _ = self._scratch
        state, status = np.zeros(8, np.int64), np.zeros(1, np.int8)
        state[kernels.S_GROUP] = -1
        k = kernels.walk(
            p.rows, self._columns, ops, self._targets, p.refs, p.depths, p.slots, may, p.chain_of, p.chain_start, p.chain_end,
            stages, p.stop_stage, p.nat, p.nat_start, p.nat_end, row[None, :], np.zeros(1, np.int64), int(Op.ACCEPT), 0,
            min(self._limits.steps, _STEPS), 1 << 30, state, status, self._stack, among, inner,
            self._frames, self._slots[0], self._counts[0], self._traces, self._slots[1], self._counts[1], self._doubts,
            self._slots[2], self._counts[2], self._few,
        )  # fmt: skip
        return self._few[:k].copy()

    def path(self, trace: int) -> tuple[int, ...]:
        """The references of the instructions taken, first to last."""
        return Walk.listed(self._traces, trace)

    def reasons(self, doubts: int) -> tuple[int, ...]:
        """The references of the instructions that made a piece uncertain, first to last."""
        return Walk.listed(self._doubts, doubts)


def common_boxes(boxes: Ints, others: Ints) -> Ints:
    """What every box of one list has in common with every box of another; both int32[k, 20]."""
    lo = np.maximum(boxes[:, None, 0::2], others[None, :, 0::2]).reshape(-1, DIMS)
    hi = np.minimum(boxes[:, None, 1::2], others[None, :, 1::2]).reshape(-1, DIMS)
    found: Ints = np.stack([lo, hi], axis=2).reshape(-1, 2 * DIMS)[(lo <= hi).all(axis=1)]
    return found
