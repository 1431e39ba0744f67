"""Zone pairs between which so much passes that its boxes are not listed: every rule is asked for one packet instead.

Rule bases full of wildcards let millions of boxes through between two zones.  Nobody reads them; which rules do it, and a
packet for each, is what can be repaired.  So each rule that can decide is asked whether any packet of the pair passes
because of it, which takes one walk to the first such packet and not an enumeration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from segmentation.analysis.program import doubt_reasons
from segmentation.analysis.reach_groups import Decider
from segmentation.analysis.reach_question import Question
from segmentation.analysis.reach_results import Crowd, Evidence, Passage
from segmentation.device.device import BaseChain, Rule
from segmentation.packetset.asking import Asking, common_boxes
from segmentation.packetset.box import Limits
from segmentation.packetset.decode import box_of, witness_of
from segmentation.packetset.measure import sizes_of
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.space import DIMS
from segmentation.packetset.walk import DOUBT, DOUBTS, TRACE, Query

#: Rules of a crowd that are shown with a packet each.
_LEADS = 4
_SHOWN_REASONS = 8
#: Columns of an answer of the kernel (packetset/ask.py, which is not imported here: it loads Numba).
R_REF, R_DECISION, R_DOUBT, R_TRACE, R_INSTRUCTION, R_LEAD = range(6)


class Crowds:
    """Asks the rules of one question, compiled as its passing program.

    *available* is false for programs in which a rule cannot be asked by itself.
    """

    def __init__(self, question: Question, program: Program, limits: Limits) -> None:
        self._question = question
        self._program = program
        self._limits = limits
        self._decider = Decider(question.plan)
        self._refs = self._decider.last_strict()
        self._decided: dict[int, int] = {}  # trace -> reference of what decided
        self.available = self._refs is not None and not question.plan.rewrites_destination

    @cached_property
    def asking(self) -> Asking:
        """The device's program, ready to be asked rule by rule."""
        program = self._program
        which = np.flatnonzero(
            np.isin(program.refs, self._refs or ()) & np.isin(program.ops, (Op.ACCEPT, Op.STOP, Op.UNSURE))
        )  # fmt: skip
        return Asking(
            program,
            which,
            self._limits,
            marks=np.flatnonzero((program.ops == Op.MARK) & (program.slots == 0)),
            boxes={m: self._question.decision_boxes(m) for m in range(len(self._question.scope.decisions))},
            within=program.rows[program.chain_of == program.stages[0].chain],
            decision_stage=len(program.stages) - 2,
            quiet=_open_defaults(program, self._decider),
        )

    def of(
        self, queries: Mapping[tuple[int, int], Sequence[Query]]
    ) -> Iterator[tuple[tuple[int, int], tuple[Crowd, ...], bool]]:
        """The crowds of each zone pair (by number), and whether every question about it was answered."""
        assert self._refs is not None, "the caller looks whether it is available"
        for pair, boxes in queries.items():
            decisions = sorted({m for query in boxes for m in self.asking.concerned(query)})
            answers, leads, complete = self.asking.ask(boxes, decisions)
            yield pair, tuple(self._crowds(pair, boxes, answers, leads)), complete

    def _crowds(self, pair: tuple[int, int], queries: Sequence[Query], answers: Ints, leads: Ints) -> Iterator[Crowd]:
        if not len(answers):
            return
        traces, inverse = np.unique(answers[:, R_TRACE], return_inverse=True)
        decided = np.array([self._by(t) for t in traces.tolist()], np.int64)[inverse]
        # What a rule lets through certainly is told; that it may let through more of the same decision is not.
        order = np.lexsort((answers[:, R_DOUBT], decided, answers[:, R_DECISION]))
        answers, decided = answers[order], decided[order]
        first = np.r_[True, (answers[1:, R_DECISION] != answers[:-1, R_DECISION]) | (decided[1:] != decided[:-1])]
        doubts = answers[first][:, R_DOUBT][np.cumsum(first) - 1]
        keys = np.stack([answers[:, R_DECISION], doubts], axis=1)
        for decision, doubt in np.unique(keys, axis=0).tolist():
            mine = (keys == (decision, doubt)).all(axis=1) & (answers[:, R_DOUBT] == doubt)
            yield self._crowd(pair, queries, answers[mine], decided[mine], leads)

    def _by(self, trace: int) -> int:
        if trace not in self._decided:
            self._decided[trace] = self._decider(self.asking.path(trace))
        return self._decided[trace]

    def _crowd(
        self, pair: tuple[int, int], queries: Sequence[Query], answers: Ints, decided: npt.NDArray[np.int64], leads: Ints
    ) -> Crowd:
        refs, first = np.unique(decided, return_index=True)
        plan = self._question.plan
        src, dst = self._question.named(pair)
        decision, certain = int(answers[0, R_DECISION]), not answers[0, R_DOUBT]

        def passage(k: int, instruction: int, row: Ints) -> Passage:
            ref = int(refs[k])
            by = plan.refs[ref] if ref >= 0 else None
            return Passage(
                src_zone=src, dst_zone=dst, decision=decision, certain=certain,
                rule=by if isinstance(by, Rule) else None, policy=by if isinstance(by, BaseChain) else None,
                show=lambda: self._evidence(row, queries, instruction, decision, ref),
            )  # fmt: skip

        told: list[Passage] = []
        for k, at in enumerate(first.tolist()):
            if answers[at, R_LEAD] >= 0 and len(told) < _LEADS:
                told.append(passage(k, int(answers[at, R_INSTRUCTION]), leads[answers[at, R_LEAD]].copy()))
        members = tuple(by for by in (plan.refs[r] for r in refs.tolist() if r >= 0) if isinstance(by, Rule | BaseChain))
        ways = tuple(self.asking.path(int(t)) for t in answers[first, R_TRACE]) if self._jumps else ()
        traces = tuple(tuple(r for r in (plan.refs[i] for i in way) if isinstance(r, Rule)) for way in ways)
        return Crowd(
            src_zone=src, dst_zone=dst, decision=decision, certain=certain, members=members, traces=traces, leads=tuple(told)
        )

    @cached_property
    def _jumps(self) -> bool:
        return any(s.target is not None for steps in self._question.plan.chains.values() for s in steps)

    def _evidence(self, row: Ints, queries: Sequence[Query], instruction: int, decision: int, ref: int) -> Evidence:
        space, plan, asking = self._question.space, self._question.plan, self.asking
        # The pieces of the query in which the one packet lies; that packet, where they take too long.
        query = next(q for q in queries if all(q.box[2 * d] <= row[2 * d] <= q.box[2 * d + 1] for d in range(DIMS)))
        pieces = asking.boxes(query, instruction, decision)
        same = pieces[pieces[:, DOUBT] == row[DOUBT]]
        rows = same if len(same) else row[None, :]
        refs = sorted({r for d in set(rows[:, DOUBTS].tolist()) for r in asking.reasons(d)})
        reasons = tuple(dict.fromkeys(t for r in refs for t in doubt_reasons(plan, r)))[:_SHOWN_REASONS]
        shown = tuple(box_of(space, row) for row in rows)
        return Evidence(
            trace=tuple(r for r in (plan.refs[i] for i in asking.path(int(rows[0, TRACE]))) if isinstance(r, Rule)),
            reasons=reasons if rows[0, DOUBT] else (),
            packets=self._at_most(queries, ref),
            packets_exact=False,
            boxes=shown,
            boxes_total=len(shown) + 1,
            witness=witness_of(shown[0]),
        )

    def _at_most(self, queries: Sequence[Query], ref: int) -> int:
        """How many packets of the queries the rule matches; a policy may decide about all of them."""
        boxes = np.array([q.box for q in queries], np.int32)
        program = self.asking.program
        mine = program.rows[program.refs == ref] if isinstance(self._question.plan.refs[ref], Rule) else self._everything
        common = common_boxes(boxes, mine)
        return int(sizes_of(self._question.space, np.unique(common, axis=0)).sum())

    @cached_property
    def _everything(self) -> Ints:
        return np.array([self._question.space.full()], np.int32)


def _open_defaults(program: Program, decider: Decider) -> tuple[int, ...]:
    """The stages whose default accepts what no rule of the asked base chain decided: they are asked by themselves."""
    ref = decider.last_policy()
    return tuple(i for i, s in enumerate(program.stages) if ref >= 0 and s.ref == ref and s.default is Op.ACCEPT)
