"""Anomalies within one chain: what earlier and later rules of the same list make of a rule."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentation.analysis.program import Step
from segmentation.packetset.box import Limits
from segmentation.packetset.program import Ints, Op
from segmentation.packetset.space import DIMS, Dim, Space

#: A rule of more boxes than this is not examined, and counted as undecided.
MOST_BOXES = 4096
_MOST_CULPRITS = 64
_LEAVING = frozenset({Op.ACCEPT, Op.DROP, Op.GOTO, Op.RETURN, Op.NAT, Op.STOP})
#: Operations that only decide; a base chain of nothing else is decided completely by :func:`examine_chain`.
_DECIDING = frozenset({Op.ACCEPT, Op.DROP, Op.RETURN})


@dataclass(slots=True)
class ChainAnswer:
    """What was found about the steps of a chain, by position."""

    covered: dict[int, tuple[int, ...]] = field(default_factory=dict)  # position -> positions that cover it, if known
    redundant: dict[int, tuple[int, ...]] = field(default_factory=dict)
    undecided: set[int] = field(default_factory=set)  # nothing is known
    half_decided: set[int] = field(default_factory=set)  # reached, but whether it is redundant is not known
    correlated: int = 0
    complete: bool = False  # the chain is linear: redundancy was decided as well


def boxes_of(space: Space, step: Step) -> Ints | None:
    """The boxes of a step's match, int32[k, 20]; ``None`` when there are more than :data:`MOST_BOXES`."""
    encoded = [(d, space.encode(d, s)) for d, s in step.sets.items()]
    if math.prod(len(s) for _, s in encoded) > MOST_BOXES:
        return None
    full = space.full()
    out = []
    for choice in itertools.product(*(s for _, s in encoded)):
        box = full.copy()
        for (d, _), (lo, hi) in zip(encoded, choice, strict=True):
            box[2 * d], box[2 * d + 1] = lo, hi
        out.append(box)
    return np.array(out, np.int32).reshape(-1, 2 * DIMS)


def is_linear(steps: Sequence[Step]) -> bool:
    """Whether every rule certainly decides."""
    return all(s.op in _DECIDING and not s.may for s in steps)


def examine_chain(space: Space, steps: Sequence[Step], policy: Op | None, limits: Limits) -> ChainAnswer:
    """Covered and, in a linear base chain with this *policy*, redundant rules.  ``None``: not a base chain."""
    from segmentation.packetset import cover  # noqa: PLC0415 -- numba costs 0.4 s to import

    answer = ChainAnswer(complete=policy is not None and is_linear(steps))
    found = [boxes_of(space, s) for s in steps]
    answer.undecided = {p for p, b in enumerate(found) if b is None}
    if answer.undecided:
        answer.complete = False
    boxes = [b for b in found if b is not None]
    if not boxes:
        return answer
    lengths = [0 if b is None else len(b) for b in found]
    rows = np.concatenate(boxes)
    rule = np.repeat(np.arange(len(steps), dtype=np.int32), lengths)
    ops = np.array([_action(s, policy) for s in steps], np.int32)[rule]
    # In a chain that may not be run at all, whoever passes a certain match either left there or never was there.
    leaves = np.array([s.op in _LEAVING and not s.rule.match.may for s in steps], np.bool_)[rule]
    answers, singles = np.empty(len(rows), np.int32), np.empty(len(rows), np.int32)
    counts = np.zeros(3, np.int64)
    work = _Work(space, rows, rule, leaves, limits)
    cover.examine_all(
        rows, rule, ops, leaves, int(policy if policy is not None else -1), answer.complete, limits.steps, len(steps),
        limits.stack, answers, singles, counts, *work.indexes[1:],
    )  # fmt: skip
    answer.correlated = int(counts[0])
    ends = np.cumsum(lengths)
    for position, (end, length) in enumerate(zip(ends.tolist(), lengths, strict=True)):
        of_rule = answers[end - length : end]
        if not length or (of_rule == cover.EFFECTIVE).any():
            continue
        if (of_rule == cover.UNDECIDED).any():
            answer.undecided.add(position)
        elif (of_rule == cover.REDUNDANT).any():
            answer.redundant[position] = work.same_later(ops, range(end - length, end))
        else:
            answer.covered[position] = work.culprits(range(end - length, end), singles)
    return answer


def _action(step: Step, policy: Op | None) -> int:
    """A number that two steps share when they do the same."""
    if step.op is Op.RETURN and policy is not None:
        return int(policy)
    if step.op in (Op.ACCEPT, Op.DROP, Op.RETURN, Op.STOP):
        return int(step.op)
    return 100 + step.ref  # every jump and every translation counts as an action of its own


class _Work:
    """The rows of one chain with their indexes, and memory for finding culprits, allocated once."""

    def __init__(self, space: Space, rows: Ints, rule: Ints, leaves: npt.NDArray[np.bool_], limits: Limits) -> None:
        from segmentation.packetset import cover  # noqa: PLC0415 -- numba costs 0.4 s to import

        self._arrays = rows, rule, leaves
        self.indexes = cover.indexes(rows, space.counts[Dim.SRC], space.counts[Dim.DST])
        self._limits = limits
        self._stack = np.empty((limits.stack + 24, 2 * DIMS), np.int32)
        self._at = np.empty(limits.stack + 24, np.int32)
        self._by = np.empty(len(rows), np.int32)
        self._used = np.zeros(len(rows), np.bool_)

    def culprits(self, mine: range, singles: Ints) -> tuple[int, ...]:
        """The rules that cover the rows *mine*; a minimal set for each row."""
        from segmentation.packetset import cover  # noqa: PLC0415 -- numba costs 0.4 s to import

        rows, rule, leaves = self._arrays
        columns, src, dst = self.indexes
        out: dict[int, None] = {}
        for i in mine:
            if singles[i] >= 0:
                out[int(rule[singles[i]])] = None
                continue
            n = cover.culprits(
                rows, columns, rule, leaves, i, self._limits.steps, self._stack, self._at, self._by, self._used, src, dst
            )
            for k in range(max(n, 0)):
                out[int(rule[self._by[k]])] = None
        return tuple(sorted(out))[:_MOST_CULPRITS]

    def same_later(self, ops: Ints, mine: range) -> tuple[int, ...]:
        """The first later rule of the same action that holds each box, where one rule does; ``()`` where it takes several."""
        from segmentation.packetset import cover  # noqa: PLC0415 -- numba costs 0.4 s to import

        rows, rule, leaves = self._arrays
        columns, src, dst = self.indexes
        found = [cover.later_alike(rows, columns, ops, leaves, i, mine.stop, self._by, src, dst) for i in mine]
        return () if min(found) < 0 else tuple(dict.fromkeys(int(rule[j]) for j in found))
