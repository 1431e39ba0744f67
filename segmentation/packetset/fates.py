"""What a program does to packets, as decision diagrams: the answer when the walk ran out of its limits.

A chain is summed up as four sets: packets that may be accepted in it, may be dropped, may return before its end, may fall
off its end.  Summaries compose, so a chain is summed up by halves, and a jump is the summary of its target behind a match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.packetset.bdd import PacketSet, PacketSets
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.space import Dim


@dataclass(frozen=True, slots=True)
class Fates:
    """Packets that may pass the whole program, and packets that may be dropped.  What is in one only, certainly does."""

    passed: PacketSet
    dropped: PacketSet


@dataclass(frozen=True, slots=True)
class _Sum:
    accepted: PacketSet
    dropped: PacketSet
    stopped: PacketSet  # accepted past the stages before the stop stage
    returned: PacketSet
    fell: PacketSet  # goes on behind

    def then(self, after: _Sum) -> _Sum:
        """One part of a chain, then another."""
        on = self.fell
        return _Sum(
            self.accepted | (on & after.accepted),
            self.dropped | (on & after.dropped),
            self.stopped | (on & after.stopped),
            self.returned | (on & after.returned),
            on & after.fell,
        )


def fates(program: Program, sets: PacketSets, boxes: Ints) -> Fates | None:
    """The fates of the packets in *boxes*, int32[k, 20].

    ``None`` when the program rewrites what a later stage tests.
    Raises :class:`~segmentation.packetset.bdd.BudgetExceededError`.
    """
    if not all(_rewrites_nothing_tested(program, number) for number in range(len(program.stages))):
        return None
    return _Summing(program, sets, boxes).run()


def _rewrites_nothing_tested(program: Program, number: int) -> bool:
    """Whether a stage rewrites at most the source, and the next stage tests nothing or the source as it was."""
    if not len(program.nat):
        return True
    seen, waiting = set[int](), [program.stages[number].chain]
    jumps, rewrites = np.isin(program.ops, (Op.JUMP, Op.GOTO)), program.ops == int(Op.NAT)
    while waiting:
        chain = waiting.pop()
        if chain in seen:
            continue
        seen.add(chain)
        part = slice(int(program.chain_start[chain]), int(program.chain_end[chain]))
        waiting.extend(np.unique(program.targets[part][jumps[part]]).tolist())
        for target in program.targets[part][rewrites[part]].tolist():
            rows = program.nat[program.nat_start[target] : program.nat_end[target]]
            following = program.stages[number + 1]
            last = number + 2 == len(program.stages)
            if not (rows[:, 0] == 1).all() or not (last or following.restore_source):
                return False
    return True


class _Summing:
    def __init__(self, program: Program, sets: PacketSets, boxes: Ints) -> None:
        self._program = program
        self._sets = sets
        self._within = sets.boxes(boxes)
        lo, hi = program.rows[:, 0::2], program.rows[:, 1::2]
        self._relevant = np.zeros(len(program.rows), np.bool_)
        for box in boxes:
            self._relevant |= ((lo <= box[1::2]) & (hi >= box[0::2])).all(axis=1)
        self._known: dict[int, _Sum] = {}

    def run(self) -> Fates:
        empty = self._sets.empty
        passed, dropped = self._within, empty
        waiting = empty  # stopped earlier, until the stop stage
        for number, stage in enumerate(self._program.stages):
            if number == self._program.stop_stage:
                passed |= waiting
                waiting = empty
            done = self._chain(stage.chain)
            rest = done.returned | done.fell
            dropped |= passed & done.dropped
            waiting |= passed & done.stopped
            through = done.accepted
            if stage.default is Op.ACCEPT:
                through |= rest
            elif stage.default is Op.DROP:
                dropped |= passed & rest
            passed &= through
        return Fates(passed | waiting, dropped)

    def _chain(self, chain: int) -> _Sum:
        """The summary of a chain; those of its targets are made first, without recursion."""
        waiting = [chain]
        while waiting:
            current = waiting[-1]
            if current in self._known:
                waiting.pop()
                continue
            rows = self._rows(current)
            p = self._program
            missing = [
                int(p.targets[i]) for i in rows
                if p.ops[i] in (Op.JUMP, Op.GOTO) and int(p.targets[i]) not in self._known
            ]  # fmt: skip
            if missing:
                waiting.extend(missing)
            else:
                self._known[current] = self._composed([self._row(i) for i in rows])
                waiting.pop()
        return self._known[chain]

    def _rows(self, chain: int) -> list[int]:
        start, end = int(self._program.chain_start[chain]), int(self._program.chain_end[chain])
        return (np.flatnonzero(self._relevant[start:end]) + start).tolist()

    def _composed(self, parts: Sequence[_Sum]) -> _Sum:
        empty = self._sets.empty
        if not parts:
            return _Sum(empty, empty, empty, empty, self._sets.full)
        while len(parts) > 1:
            parts = [parts[i].then(parts[i + 1]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
        return parts[0]

    def _row(self, i: int) -> _Sum:
        p, empty = self._program, self._sets.empty
        row = p.rows[i].tolist()
        match = self._sets.product({d: ((row[2 * d], row[2 * d + 1]),) for d in Dim})
        on = self._sets.full if p.may[i] else ~match
        op = Op(int(p.ops[i]))
        if op in (Op.JUMP, Op.GOTO):
            target = self._known[int(p.targets[i])]
            ended = _Sum(match & target.accepted, match & target.dropped, match & target.stopped, empty, on)
            virtual = op is Op.JUMP and int(p.refs[i]) < 0 and self._is_virtual(int(p.targets[i]))
            if virtual:
                back, returned = match & target.fell, match & target.returned
            elif op is Op.JUMP:
                back, returned = match & (target.fell | target.returned), empty
            else:
                back, returned = empty, match & (target.fell | target.returned)
            return _Sum(ended.accepted, ended.dropped, ended.stopped, returned, on | back)
        sure_or_not = op is Op.UNSURE
        return _Sum(
            match if op in (Op.ACCEPT, Op.MARK, Op.NAT) or sure_or_not else empty,
            match if op is Op.DROP or sure_or_not else empty,
            match if op is Op.STOP else empty,
            match if op is Op.RETURN else empty,
            on,
        )

    def _is_virtual(self, chain: int) -> bool:
        start, end = int(self._program.chain_start[chain]), int(self._program.chain_end[chain])
        return start < end and int(self._program.depths[start]) > 0
