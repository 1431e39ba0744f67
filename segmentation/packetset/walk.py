"""Runs the compiled kernel over queries, block by block, and keeps the linked lists it builds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segmentation.packetset.box import Limits
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.space import DIMS

#: Rows of the kernel's stack: see the table in ``kernels.py``.
ROW = 40
SAVED, REWRITTEN, TRACE, DOUBTS, DOUBT, SLOT0, SLOT1, TAG, QUERY = 20, 28, 33, 34, 35, 36, 37, 38, 39
_LEAST_STEPS = 200_000
_LEAST_PIECES = 600
_BLOCK = 50_000
_TABLE = 1 << 19
_DONE = 1


@dataclass(frozen=True, slots=True)
class Query:
    """A box of ranks (lo, hi of every dimension) with a number the caller knows it by.

    ``doubt`` is the reference of a reason for which everything in the box is uncertain from the start.
    """

    box: tuple[int, ...]
    tag: int = 0
    doubt: int = -1


class Walk:
    """Iterate over it once to get blocks of result rows, int32[k, 40], in the order of the queries.

    *wanted* is :attr:`Op.ACCEPT` for what passes, :attr:`Op.DROP` for what is stopped.  *table* bounds the number of
    different traces and frames, a power of two: a walk of one packet needs few.  Every query may give *least_pieces* rows,
    however many queries there are.
    """

    def __init__(
        self,
        program: Program,
        queries: Sequence[Query],
        wanted: Op,
        limits: Limits,
        *,
        table: int = _TABLE,
        least_pieces: int = _LEAST_PIECES,
    ) -> None:
        self.program = program
        self.wanted = wanted
        self.limits = limits
        self._table = table
        self._least_pieces = least_pieces
        self._traces = np.zeros((table, 3), np.int32)
        self._doubts = np.zeros((table >> 3, 3), np.int32)
        self._status = np.zeros(len(queries), np.int8)
        self._doubt_count = np.zeros(1, np.int64)
        self._doubt_slots = np.zeros(table >> 2, np.int32)
        # Queries with one source go together: the kernel then scans all instructions once for the whole group.
        order = sorted(range(len(queries)), key=lambda i: (queries[i].box[4:6], queries[i].box[0:2], i))
        self._order = np.array(order, np.int64)
        self._place = np.argsort(self._order)
        self._rows = np.zeros((len(queries), ROW), np.int32)
        self._groups = np.zeros(len(queries), np.int64)
        group, last = -1, None
        for row, i in enumerate(order):
            query = queries[i]
            self._rows[row, : 2 * DIMS] = query.box
            self._rows[row, SLOT0] = self._rows[row, SLOT1] = -1
            self._rows[row, TAG] = query.tag
            self._rows[row, QUERY] = i
            if query.doubt >= 0:
                self._rows[row, DOUBT] = 1
                self._rows[row, DOUBTS] = self._first_doubt(query.doubt)
            key = (query.box[4:6], query.box[0:2])
            group += key != last
            self._groups[row], last = group, key

    def _first_doubt(self, ref: int) -> int:
        from segmentation.packetset import kernels  # noqa: PLC0415 -- numba costs 0.4 s to import

        return int(kernels.doubt(self._doubts, self._doubt_slots, self._doubt_count, 0, ref))

    @property
    def undecided(self) -> list[int]:
        """Numbers of the queries whose answer is not complete because a limit was reached."""
        return sorted(int(self._rows[i, QUERY]) for i in np.flatnonzero(self._status != _DONE))

    def failed(self, rows: Ints) -> npt.NDArray[np.bool_]:
        """Which of *rows* (of the latest block) are of queries whose answer is known to be incomplete."""
        of = self._status[self._place[rows[:, QUERY]]]
        incomplete: npt.NDArray[np.bool_] = (of != _DONE) & (of != 0)
        return incomplete

    def path(self, trace: int) -> tuple[int, ...]:
        """The references of the instructions taken, first to last."""
        return self.listed(self._traces, trace)

    def reasons(self, doubts: int) -> tuple[int, ...]:
        """The references of the instructions that made a piece uncertain, first to last."""
        return self.listed(self._doubts, doubts)

    @staticmethod
    def listed(table: Ints, node: int) -> tuple[int, ...]:
        """The references in a linked list of *table*, first to last."""
        out: list[int] = []
        while node > 0:
            out.append(int(table[node, 1]))
            node = int(table[node, 0])
        return tuple(reversed(out))

    def __iter__(self) -> Iterator[Ints]:
        from segmentation.packetset import kernels  # noqa: PLC0415 -- numba costs 0.4 s to import

        p = self.program
        n = len(p.rows)
        # All queries together have a bound too: thousands of them may each be costly (a blocklist of 50,000 networks).
        self._steps = min(self.limits.steps, max(_LEAST_STEPS, self.limits.all_steps // max(1, len(self._rows))))
        pieces = min(self.limits.pieces, max(self._least_pieces, self.limits.all_pieces // max(1, len(self._rows))))
        columns = np.ascontiguousarray(p.rows.T)
        state = np.zeros(8, np.int64)
        state[kernels.S_GROUP] = -1
        stages = np.array([[s.chain, s.default, s.ref, s.restore_source] for s in p.stages], np.int32).reshape(-1, 4)
        stack = np.empty((self.limits.stack + 24, ROW), np.int32)
        among, cand = np.zeros(n, np.int32), np.zeros(n, np.int32)
        frames, frame_slots = np.zeros((self._table, 3), np.int32), np.zeros(2 * self._table, np.int32)
        trace_slots = np.zeros(2 * self._table, np.int32)
        frame_count, trace_count = np.zeros(1, np.int64), np.zeros(1, np.int64)
        out = np.empty((min(_BLOCK, self._table), ROW), np.int32)
        while state[kernels.S_QUERY] < len(self._rows):
            k = kernels.walk(
                p.rows, columns, p.ops, p.targets, p.refs, p.depths, p.slots, p.may, p.chain_of, p.chain_start, p.chain_end,
                stages, p.stop_stage, p.nat, p.nat_start, p.nat_end,
                self._rows, self._groups, int(self.wanted), 0, self._steps, pieces,
                state, self._status, stack, among, cand,
                frames, frame_slots, frame_count, self._traces, trace_slots, trace_count,
                self._doubts, self._doubt_slots, self._doubt_count, out,
            )  # fmt: skip
            if k:
                yield out[:k].copy()


def original_boxes(rows: Ints) -> npt.NDArray[np.int32]:
    """The boxes of result *rows* as the packets arrive: before NAT.  Shape (k, 20)."""
    boxes = rows[:, : 2 * DIMS].copy()
    if not rows[:, REWRITTEN].any():
        return boxes
    for bit, (box, saved) in enumerate(((4, 20), (6, 22), (10, 24), (12, 26))):
        hit = (rows[:, REWRITTEN] >> bit & 1).astype(bool)
        boxes[hit, box : box + 2] = rows[hit, saved : saved + 2]
    return boxes
