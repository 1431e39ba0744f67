"""Runs the kernel that asks, box by box, which instructions let anything through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from segmentation.packetset.box import Limits
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.walk import QUERY, ROW, SLOT0, SLOT1, TAG, Query, Walk

#: Pieces wanted of one instruction in one box: enough to see more than one decision.
_FEW = 8
_TABLE = 1 << 19
_BLOCK = 65_536
#: Instructions looked at for one question; most need as many as there are rules before the one that is asked.
_STEPS = 500_000


class Asking:
    """Asks the instructions *which* of a program (their positions) what passes because of them.

    A piece is given out with the box it was asked in.  Traces are read with :meth:`path` and :meth:`reasons`.
    """

    def __init__(self, program: Program, which: npt.NDArray[np.int64], limits: Limits) -> None:
        self._program = program
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
        self._columns = np.ascontiguousarray(program.rows.T)
        self._stack = np.empty((min(limits.stack, 20_000) + 24, ROW), np.int32)
        self._scratch = [np.zeros(n, np.int32) for _ in range(3)]
        self._frames, self._traces = np.zeros((_TABLE, 3), np.int32), np.zeros((_TABLE, 3), np.int32)
        self._doubts = np.zeros((_TABLE >> 3, 3), np.int32)
        self._slots = [np.zeros(2 * _TABLE, np.int32), np.zeros(2 * _TABLE, np.int32), np.zeros(_TABLE >> 2, np.int32)]
        self._counts = [np.zeros(1, np.int64) for _ in range(3)]
        self._told = np.zeros(int(program.refs.max(initial=0)) + 1, np.int32)
        self._stamp = 0
        self._out = np.empty((_BLOCK, ROW), np.int32)
        self._boxes = np.empty((_BLOCK, 20), np.int32)
        self._few = np.empty((_FEW, ROW), np.int32)
        self.steps = limits.all_steps

    def start(self) -> None:
        """Forget which rules have let something through: the next queries are about another zone pair."""
        self._stamp += 1

    def ask(self, query: Query, *, default: bool = False, quiet: Sequence[int] = ()) -> tuple[Ints, Ints, bool]:
        """Pieces of *query* (k, 40), the boxes they were asked in (k, 20), and whether every question was answered.

        What the defaults of the stages *quiet* accept is left out; with *default* it is what is asked, as one question.
        """
        from segmentation.packetset import ask, kernels  # noqa: PLC0415 -- numba costs 0.4 s to import

        steps = min(self._limits.steps, _STEPS)
        row = np.zeros(ROW, np.int32)
        row[:20] = query.box
        row[SLOT0] = row[SLOT1] = -1
        row[TAG], row[QUERY] = query.tag, 0
        p = self._program
        stages = np.array([[s.chain, s.default, s.ref, s.restore_source] for s in p.stages], np.int32).reshape(-1, 4)
        if not default:
            stages[list(quiet), 1] = Op.DISCARD
        common = (
            p.rows, self._columns, self._ops, self._targets, p.refs, p.depths, p.slots, self._may, p.chain_of, p.chain_start,
            p.chain_end,
        )  # fmt: skip
        lists = (
            self._frames, self._slots[0], self._counts[0], self._traces, self._slots[1], self._counts[1], self._doubts,
            self._slots[2], self._counts[2],
        )  # fmt: skip
        among, inner, cand = self._scratch
        if default:
            state, status = np.zeros(8, np.int64), np.zeros(1, np.int8)
            state[kernels.S_GROUP] = -1
            k = kernels.walk(
                *common, stages, p.stop_stage, p.nat, p.nat_start, p.nat_end, row[None, :], np.zeros(1, np.int64),
                int(Op.ACCEPT), 0, steps, 1 << 30, state, status, self._stack, among, cand, *lists, self._few,
            )  # fmt: skip
            found = self._few[:k].copy()
            return found, np.repeat(row[None, :20], k, axis=0), bool(k or status[0] == kernels.DONE)
        state = np.array([0, 0, self.steps], np.int64)
        ask.ask(
            *common, stages, p.stop_stage, p.nat, p.nat_start, p.nat_end, self._asked, self._asked_may, row,
            int(Op.ACCEPT), steps, self._stack, among, inner, cand, *lists, self._told, self._stamp, self._few,
            self._out, self._boxes, state,
        )  # fmt: skip
        self.steps = int(state[ask.A_STEPS])
        k = int(state[ask.A_FOUND])
        return self._out[:k].copy(), self._boxes[:k].copy(), not state[ask.A_OPEN]

    def path(self, trace: int) -> tuple[int, ...]:
        """The references of the instructions taken, first to last."""
        return Walk.listed(self._traces, trace)

    def reasons(self, doubts: int) -> tuple[int, ...]:
        """The references of the instructions that made a piece uncertain, first to last."""
        return Walk.listed(self._doubts, doubts)
