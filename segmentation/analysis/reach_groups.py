"""Gathers the kernel's pieces into passages: one per zone pair, decision, certainty and deciding rule."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentation.analysis.program import DevicePlan, doubt_reasons
from segmentation.analysis.reach_question import Question
from segmentation.analysis.reach_results import Evidence, Passage
from segmentation.device.device import BaseChain, Rule, Verb
from segmentation.model.text import Text
from segmentation.packetset.decode import box_of, order_of, witness_of
from segmentation.packetset.measure import count_five_tuples, same_elsewhere, sizes_of
from segmentation.packetset.program import Ints
from segmentation.packetset.walk import DOUBT, DOUBTS, REWRITTEN, SLOT0, SLOT1, TAG, TRACE, Walk, original_boxes

#: Rows kept of one passage: for an exact count where boxes overlap in the five-tuple, and to show some.
_KEPT_ROWS = 1024
_COUNTED_IF_UNCERTAIN = 64  # what only may pass is counted exactly while that is cheap
_SHOWN_BOXES = 8
_COPIED = 64
_SHOWN_REASONS = 8


@dataclass(slots=True)
class _Group:
    first: tuple[int, ...] = ()  # sort key of the lowest row
    row: Ints | None = None
    rows: list[Ints] = field(default_factory=list)
    total: int = 0
    volume: int = 0  # five-tuples of the rows that were not kept
    elsewhere: tuple[int, ...] | None = ()  # extents outside the five-tuple, where all rows share them
    doubts: set[int] = field(default_factory=set)


class Passages:
    """Collects blocks of result rows of one walk."""

    def __init__(self, question: Question, walk: Walk, decider: Decider | None = None) -> None:
        self._question = question
        self._walk = walk
        self._deciders: dict[int, int] = {}
        self._extents: dict[tuple[int, ...], tuple[int, ...]] = {}  # one object for what a hundred thousand groups share
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._wanted: npt.NDArray[np.bool_] | None = None
        self._pick = decider or Decider(question.plan)

    def add(self, rows: Ints) -> None:
        """Take a block of result rows, int32[k, 40]."""
        rows = self._asked(rows)
        if not len(rows):
            return
        space = self._question.space
        boxes = original_boxes(rows)
        keys = np.stack(
            [rows[:, TAG], rows[:, SLOT1], rows[:, SLOT0], rows[:, DOUBT], self._decided_by(rows[:, TRACE])], axis=1
        )
        order_keys = order_of(space, boxes)
        order = np.lexsort((*order_keys.T[::-1], *keys.T[::-1]))
        keys, rows, boxes, order_keys = keys[order], rows[order], boxes[order], order_keys[order]
        starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
        for a, b in zip(starts, [*starts[1:], len(rows)], strict=True):
            group = self._groups.setdefault(tuple(keys[a].tolist()), _Group())
            lowest = tuple(order_keys[a].tolist())
            if group.row is None or lowest < group.first:
                group.first, group.row = lowest, rows[a].copy()
            elsewhere = same_elsewhere(boxes[a:b])
            elsewhere = self._extents.setdefault(elsewhere, elsewhere) if elsewhere is not None else None
            if group.total == 0:
                group.elsewhere = elsewhere
            elif group.elsewhere != elsewhere:
                group.elsewhere = None
            kept = min(b, a + max(0, _KEPT_ROWS - group.total))
            if a < kept:
                # Of a few rows a copy: a view would keep the whole block.
                group.rows.append(rows[a:kept].copy() if kept - a <= _COPIED else rows[a:kept])
            if kept < b:
                group.volume += int(sizes_of(space, boxes[kept:b]).sum())
            group.total += int(b - a)
            if rows[a, DOUBT]:
                group.doubts.update(rows[a:b, DOUBTS].tolist())

    def _asked(self, rows: Ints) -> Ints:
        pairs = self._question.scope.pairs
        if pairs is None:
            return rows
        names = self._question.zoned.names
        if self._wanted is None:
            chosen = set(pairs)
            self._wanted = np.array([[(s, d) in chosen for d in names] for s in names])
        kept: Ints = rows[self._wanted[rows[:, TAG], rows[:, SLOT1]]]
        return kept

    def _decided_by(self, traces: Ints) -> npt.NDArray[np.int64]:
        values, inverse = np.unique(traces, return_inverse=True)
        for trace in values.tolist():
            if trace not in self._deciders:
                self._deciders[trace] = self._pick(self._walk.path(trace))
        return np.array([self._deciders[t] for t in values.tolist()], np.int64)[inverse]

    def result(self) -> tuple[Passage, ...]:
        """The passages, sorted by zones, decision, place of the deciding rule and certainty."""
        for group in self._groups.values():
            group.first = ()
        return tuple(self._passage(k, g) for k, g in sorted(self._groups.items(), key=self._place))

    def _place(self, item: tuple[tuple[int, ...], _Group]) -> tuple[int, ...]:
        src, dst, decision, doubt, decider = item[0]
        return src, dst, decision, decider, doubt

    def _passage(self, key: tuple[int, ...], group: _Group) -> Passage:
        plan, zones = self._question.plan, self._question.zoned.names
        src, dst, decision, doubt, decider = key
        by = plan.refs[decider] if decider >= 0 else None
        return Passage(
            src_zone=zones[src],
            dst_zone=zones[dst],
            decision=decision,
            certain=not doubt,
            rule=by if isinstance(by, Rule) else None,
            policy=by if isinstance(by, BaseChain) else None,
            show=lambda: self._evidence(group, doubt=bool(doubt)),
            way=lambda: self._way(group),
        )

    def _evidence(self, group: _Group, *, doubt: bool) -> Evidence:
        space = self._question.space
        assert group.row is not None, "a group has a row"
        rows = np.concatenate(group.rows) if len(group.rows) > 1 else group.rows[0]
        before = original_boxes(rows)
        packets, exact = group.volume + int(sizes_of(space, before).sum()), group.elsewhere is not None and not doubt
        if not exact and group.total == len(rows) <= (_COUNTED_IF_UNCERTAIN if doubt else _KEPT_ROWS):
            counted = count_five_tuples(space, before)
            if counted is not None:
                packets, exact = counted, True
        # Rows of one block are in order already.
        order = np.lexsort(order_of(space, before).T[::-1]) if len(group.rows) > 1 else range(len(rows))
        return Evidence(
            trace=self._way(group),
            reasons=self._reasons(group) if doubt else (),
            packets=packets,
            packets_exact=exact,
            boxes=tuple(box_of(space, rows[i], before[i]) for i in order[:_SHOWN_BOXES]),
            boxes_total=group.total,
            witness=witness_of(box_of(space, group.row)),
        )

    def _way(self, group: _Group) -> tuple[Rule, ...]:
        assert group.row is not None, "a group has a row"
        refs = self._question.plan.refs
        return tuple(r for r in (refs[i] for i in self._walk.path(int(group.row[TRACE]))) if isinstance(r, Rule))

    def _reasons(self, group: _Group) -> tuple[Text, ...]:
        refs = sorted({r for d in group.doubts for r in self._walk.reasons(d)})
        texts = dict.fromkeys(t for r in refs for t in doubt_reasons(self._question.plan, r))
        return tuple(texts)[:_SHOWN_REASONS]

    def images(self, limit: int = 20_000) -> list[Ints] | None:
        """Certain rows whose destination was rewritten, or ``None`` when there are more than *limit* or some are lost."""
        out: list[Ints] = []
        for key, group in self._groups.items():
            rows = np.concatenate(group.rows)
            hits = rows[(rows[:, REWRITTEN] & 10) != 0]
            if key[3]:
                continue
            if len(hits) and group.total > len(rows):
                return None
            out.extend(hits)
        return out if len(out) <= limit else None


class Decider:
    """Picks, from the references on a trace, the one that decided at the hook asked about."""

    def __init__(self, plan: DevicePlan) -> None:
        self._plan = plan
        at_hook = [b for b in plan.stages if b.hook is plan.hook]
        self._bases = {id(b) for b in at_hook}
        self._last: tuple[BaseChain, set[int]] | None = None  # the last base chain that can stop anything, and its rules
        self._rules: set[int] = set()
        self._strict: set[int] = set()  # references in (or of) base chains that stop anything
        for base in at_hook:
            refs, strict = self._of(base)
            self._rules |= refs
            if strict:
                self._last = base, refs
                self._strict |= refs
                self._strict.add(plan.policy_refs[plan.stages.index(base)])

    def _of(self, base: BaseChain) -> tuple[set[int], bool]:
        """The references of the rules below a base chain, and whether anything there can stop a packet."""
        refs: set[int] = set()
        strict = base.policy.verb is Verb.DROP or bool(base.policy.uncertain)
        entry = self._plan.entry(base)
        seen, waiting = {entry}, [entry]
        while waiting:
            for step in self._plan.chains[waiting.pop()]:
                refs.add(step.ref)
                strict = strict or step.rule.action.verb is Verb.DROP or bool(step.rule.action.uncertain)
                if step.target is not None and step.target not in seen:
                    seen.add(step.target)
                    waiting.append(step.target)
        return refs, strict

    def last_strict(self) -> list[int] | None:
        """The references of the rules of the last base chain that can stop packets; ``None`` if others run them too."""
        if self._last is None:
            return None
        base, refs = self._last
        others = {r for b in self._plan.stages if b is not base for r in self._of(b)[0]}
        return None if others & refs else sorted(refs)

    def last_policy(self) -> int:
        """The reference of that base chain's policy; -1 without one."""
        return -1 if self._last is None else self._plan.policy_refs[self._plan.stages.index(self._last[0])]

    def __call__(self, path: tuple[int, ...]) -> int:
        """The last verdict in a base chain of the hook that can stop packets: a rule's before a policy's.

        A policy counts only when no rule of such a chain accepted.  -1 when nothing at the hook decided.
        """
        verdicts = [r for r in path if self._is_verdict(r)]
        for strict in (True, False):
            for kind in (Rule, BaseChain):
                for ref in reversed(verdicts):
                    if isinstance(self._plan.refs[ref], kind) and (ref in self._strict or not strict):
                        return ref
        return -1

    def _is_verdict(self, ref: int) -> bool:
        by = self._plan.refs[ref]
        if isinstance(by, BaseChain):
            return id(by) in self._bases
        return (
            isinstance(by, Rule)
            and ref in self._rules
            and (bool(by.action.uncertain) or by.action.verb not in (Verb.JUMP, Verb.GOTO))
        )
