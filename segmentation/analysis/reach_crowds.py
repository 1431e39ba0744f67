"""Zone pairs between which so much passes that its boxes are not listed: every rule is asked for one packet instead.

Rule bases full of wildcards let millions of boxes through between two zones.  Nobody reads them; which rules do it, and a
packet for each, is what can be repaired.  So each rule that can decide is asked whether any packet of the pair passes
because of it, which takes one walk to the first such packet and not an enumeration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from segmentation.analysis.program import doubt_reasons
from segmentation.analysis.reach_groups import Decider
from segmentation.analysis.reach_question import Question
from segmentation.analysis.reach_results import Crowd, Evidence, Passage
from segmentation.device.device import BaseChain, Rule
from segmentation.packetset.asking import Asking
from segmentation.packetset.box import Limits
from segmentation.packetset.decode import box_of, witness_of
from segmentation.packetset.measure import sizes_of
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.walk import DOUBT, DOUBTS, SLOT0, TRACE, Query

#: Rules of a crowd that are shown with a packet each.
_LEADS = 4
_SHOWN_REASONS = 8


@dataclass(slots=True)
class _Found:
    """What one pass over the rules found for one zone pair; arrays of one length."""

    rows: list[Ints]
    boxes: list[Ints]
    complete: bool = True


class Crowds:
    """Asks the rules of one question.  *available* is false for programs in which a rule cannot be asked by itself."""

    def __init__(self, question: Question, limits: Limits) -> None:
        self._question = question
        self._limits = limits
        self._decider = Decider(question.plan)
        self._refs = self._decider.last_strict()
        self.available = self._refs is not None and not question.plan.rewrites_destination

    def of(self, queries: Mapping[tuple[int, int], Sequence[Query]]) -> Iterator[tuple[tuple[int, int], tuple[Crowd, ...]]]:
        """The crowds of each zone pair (by number) for which every rule gave an answer."""
        assert self._refs is not None, "the caller looks whether it is available"
        found: dict[tuple[int, int], list[Crowd]] = {pair: [] for pair in queries}
        incomplete: set[tuple[int, int]] = set()
        for permitted in (False, True):
            program = self._question.asking_program(permitted=permitted)
            which = np.flatnonzero(np.isin(program.refs, self._refs) & np.isin(program.ops, (Op.ACCEPT, Op.STOP, Op.UNSURE)))
            asking = Asking(program, which, self._limits)
            quiet = _open_defaults(program, self._decider)
            for pair, boxes in queries.items():
                if pair in incomplete:
                    continue
                one = self._ask(asking, quiet, boxes)
                if not one.complete:
                    incomplete.add(pair)
                    continue
                found[pair] += self._crowds(pair, one, asking)
        for pair, crowds in found.items():
            if pair not in incomplete:
                yield pair, tuple(crowds)

    def _ask(self, asking: Asking, quiet: tuple[int, ...], queries: Sequence[Query]) -> _Found:
        out = _Found([], [])
        asking.start()
        for query in queries:
            for default in (False, True) if quiet else (False,):
                rows, boxes, complete = asking.ask(query, default=default, quiet=quiet)
                out.rows.append(rows)
                out.boxes.append(boxes)
                out.complete = out.complete and complete
        return out

    def _crowds(self, pair: tuple[int, int], found: _Found, asking: Asking) -> Iterator[Crowd]:
        rows, boxes = np.concatenate(found.rows), np.concatenate(found.boxes)
        if not len(rows):
            return
        traces, inverse = np.unique(rows[:, TRACE], return_inverse=True)
        decided = np.array([self._decider(asking.path(t)) for t in traces.tolist()], np.int64)[inverse]
        order = np.lexsort((np.arange(len(rows)), decided, rows[:, DOUBT], rows[:, SLOT0]))
        rows, boxes, decided = rows[order], boxes[order], decided[order]
        keys = np.stack([rows[:, SLOT0], rows[:, DOUBT]], axis=1)
        starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
        for a, b in zip(starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=True):
            yield self._crowd(pair, rows[a:b], boxes[a:b], decided[a:b], asking)

    def _crowd(self, pair: tuple[int, int], rows: Ints, boxes: Ints, decided: npt.NDArray[np.int64], asking: Asking) -> Crowd:
        refs, first = np.unique(decided, return_index=True)
        plan = self._question.plan
        src, dst = self._question.named(pair)
        decision, certain = int(rows[0, SLOT0]), not rows[0, DOUBT]

        def passage(k: int) -> Passage:
            ref, a = int(refs[k]), int(first[k])
            b = int(first[k + 1]) if k + 1 < len(first) else len(rows)
            by = plan.refs[ref] if ref >= 0 else None
            mine, asked = rows[a:b].copy(), boxes[a:b].copy()
            return Passage(
                src_zone=src, dst_zone=dst, decision=decision, certain=certain,
                rule=by if isinstance(by, Rule) else None, policy=by if isinstance(by, BaseChain) else None,
                show=lambda: self._evidence(mine, asked, asking),
            )  # fmt: skip

        leads = tuple(passage(k) for k in range(min(_LEADS, len(refs))))
        members = tuple(by for by in (plan.refs[r] for r in refs.tolist() if r >= 0) if isinstance(by, Rule | BaseChain))
        ways = tuple(asking.path(int(t)) for t in rows[first, TRACE]) if self._jumps else ()
        traces = tuple(tuple(r for r in (plan.refs[i] for i in way) if isinstance(r, Rule)) for way in ways)
        return Crowd(
            src_zone=src, dst_zone=dst, decision=decision, certain=certain, members=members, traces=traces, leads=leads
        )

    @cached_property
    def _jumps(self) -> bool:
        return any(s.target is not None for steps in self._question.plan.chains.values() for s in steps)

    def _evidence(self, rows: Ints, asked: Ints, asking: Asking) -> Evidence:
        space, plan = self._question.space, self._question.plan
        refs = sorted({r for d in set(rows[:, DOUBTS].tolist()) for r in asking.reasons(d)})
        reasons = tuple(dict.fromkeys(t for r in refs for t in doubt_reasons(plan, r)))[:_SHOWN_REASONS]
        shown = tuple(box_of(space, row) for row in rows)
        return Evidence(
            trace=tuple(r for r in (plan.refs[i] for i in asking.path(int(rows[0, TRACE]))) if isinstance(r, Rule)),
            reasons=reasons if rows[0, DOUBT] else (),
            packets=int(sizes_of(space, np.unique(asked, axis=0)).sum()),
            packets_exact=False,
            boxes=shown,
            boxes_total=len(shown) + 1,
            witness=witness_of(shown[0]),
        )


def _open_defaults(program: Program, decider: Decider) -> tuple[int, ...]:
    """The stages whose default accepts what no rule of the asked base chain decided: they are asked by themselves."""
    ref = decider.last_policy()
    return tuple(i for i, s in enumerate(program.stages) if ref >= 0 and s.ref == ref and s.default is Op.ACCEPT)
