"""The second layer's answer for zone pairs that the walk could not finish: exact difference, one witness a rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from segmentation.analysis.reach_groups import Decider, Passages
from segmentation.analysis.reach_question import Question
from segmentation.analysis.reach_results import Passage
from segmentation.packetset.bdd import BudgetExceededError, PacketSet, PacketSets
from segmentation.packetset.box import Box, Limits
from segmentation.packetset.decode import box_of
from segmentation.packetset.fates import fates
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.space import DIMS, FIVE_TUPLE, Dim, Space
from segmentation.packetset.walk import ROW, Query, Walk

_MOST_RULES = 4096
_SHOWN_BOXES = 8


class Fallback:
    """Answers for one question, with *wanted* ACCEPT (what passes against the decisions) or DROP (what is missing)."""

    def __init__(self, question: Question, program: Program, wanted: Op, limits: Limits) -> None:
        self._question = question
        self._program = program
        self._wanted = wanted
        self._limits = limits
        self._point = dataclasses.replace(limits, stack=min(limits.stack, 4096))
        self._decider = Decider(question.plan)

    def difference(self, queries: Sequence[Query]) -> tuple[Passage, ...] | None:
        """Passages for all packets of *queries* (of one zone pair) that differ from the decisions; ``None``: not decided.

        ``packets`` is an upper bound here, and a rule that lets through packets of several decisions is listed once.
        """
        try:
            return self._difference(queries)
        except BudgetExceededError:
            return None

    def _difference(self, queries: Sequence[Query]) -> tuple[Passage, ...] | None:
        sets = PacketSets(self._question.space, nodes=self._limits.nodes)
        boxes = np.array([q.box for q in queries], np.int32).reshape(-1, 2 * DIMS)
        found = fates(self._program, sets, boxes)
        if found is None:
            return None
        rest = found.dropped
        if self._wanted is Op.ACCEPT:
            permitted = fates(self._question.permitted_program(), sets, boxes)
            assert permitted is not None, "decisions rewrite nothing"
            rest = found.passed - permitted.passed
        out: list[Passage] = []
        for _ in range(_MOST_RULES):
            lowest = rest.lowest()
            if lowest is None:
                return tuple(out)
            passage, ref = self._explain(lowest, queries[0])
            if passage is None:
                return None
            part = rest & self._matched(sets, ref, lowest)
            out.append(self._summed(passage, part))
            rest -= part
        return None

    def _summed(self, passage: Passage, part: PacketSet) -> Passage:
        """The passage of one packet as that of all packets of *part*."""
        boxes = tuple(self._shown(part))
        found = dataclasses.replace(
            passage.evidence,
            packets=part.count(FIVE_TUPLE),
            packets_exact=False,
            boxes=boxes,
            boxes_total=max(passage.boxes_total, len(boxes)),
        )
        return Passage(
            src_zone=passage.src_zone, dst_zone=passage.dst_zone, decision=passage.decision, certain=passage.certain,
            rule=passage.rule, policy=passage.policy, show=lambda: found,
        )  # fmt: skip

    def _explain(self, lowest: dict[Dim, tuple[int, int]], query: Query) -> tuple[Passage | None, int]:
        """The passage of the lowest packet of a box, and the reference of what decided it."""
        box = self._question.space.full()
        for d in Dim:
            rank = lowest[d][0] if d in lowest else 0
            box[2 * d] = box[2 * d + 1] = rank
        walk = Walk(self._program, [Query(tuple(box), query.tag, query.doubt)], self._wanted, self._point, table=1 << 12)
        groups = Passages(self._question, walk, self._decider)
        for rows in walk:
            groups.add(rows)
        ordered = sorted(groups.result(), key=lambda p: not p.certain)
        if not ordered:
            return None, -1
        first = ordered[0]
        ref = next((i for i, r in enumerate(self._question.plan.refs) if r is first.rule), -1) if first.rule else -1
        return first, ref

    def _matched(self, sets: PacketSets, ref: int, lowest: dict[Dim, tuple[int, int]]) -> PacketSet:
        """The packets the deciding rule matches; where a policy decided, the box itself."""
        steps = [s for steps in self._question.plan.chains.values() for s in steps if s.ref == ref]
        if not steps:
            return sets.product({d: (r,) for d, r in lowest.items()})
        space = self._question.space
        return sets.product({d: space.encode(d, s) for d, s in steps[0].sets.items()})

    def _shown(self, part: PacketSet) -> Iterator[Box]:
        for _, box in zip(range(_SHOWN_BOXES), part.rows(), strict=False):
            yield box_of(self._question.space, _row_of(self._question.space, box))


def _row_of(space: Space, box: dict[Dim, tuple[int, int]]) -> Ints:
    row = np.zeros(ROW, np.int32)
    row[: 2 * DIMS] = space.full()
    for d, (lo, hi) in box.items():
        row[2 * d], row[2 * d + 1] = lo, hi
    return row
