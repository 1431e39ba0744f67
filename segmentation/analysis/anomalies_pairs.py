"""Rules that overlap with the opposite action: correlated and generalised, by the names of Al-Shaer and Hamed.

E. Al-Shaer, H. Hamed, "Discovery of Policy Anomalies in Distributed Firewalls", IEEE INFOCOM 2004, section III.  They define
the kinds over pairs of matches; here a pair counts only by what is left of the earlier rule behind all rules before it.  Both
are no faults by themselves (an exception before a general rule is how lists are written), so they are counted and grouped by
the later rule, with proved examples, and never listed pair by pair: a list of wildcards has hundreds of millions of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentation.analysis.anomalies_chain import boxes_of
from segmentation.analysis.program import Step, build
from segmentation.device.device import Device, Rule
from segmentation.model.addresses import Family
from segmentation.model.finding import Packet
from segmentation.packetset.decode import box_of, witness_of
from segmentation.packetset.program import Ints, Op
from segmentation.packetset.space import DIMS, Space, SpaceBuilder
from segmentation.packetset.walk import ROW

#: Chains of more boxes are not grouped: the work grows with the square.
MOST_ROWS = 60_000
#: Up to so many pairs each is proved; beyond it the numbers are upper bounds, and only the examples are proved.
MOST_PROVED = 20_000
EXAMPLES = 3
_KINDS = 2


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is done: boxes of a chain, pairs proved, examples kept of one rule."""

    rows: int = MOST_ROWS
    proved: int = MOST_PROVED
    examples: int = EXAMPLES


_BOUNDS = Bounds()


def _every(_: Rule) -> bool:
    return True


_STEPS, _STACK = 20_000, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """An earlier rule of the opposite action, and a packet that it takes from the later one."""

    rule: Rule
    packet: Packet
    generalised: bool  # the later rule holds all the earlier one matches; else each has packets of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """One rule with the earlier rules that take packets from it."""

    chain: str
    rule: Rule
    generalised: int
    correlated: int
    examples: tuple[Overlap, ...]


@dataclass(slots=True, kw_only=True)
class OverlapReport:
    """All chains of one device and family; ``exact`` is false where the numbers are upper bounds.

    ``undecided``: pairs about which the limit of work was reached; they are counted.  ``not_grouped``: chains too long to be
    grouped.
    """

    family: Family
    groups: list[Overlaps] = field(default_factory=list)
    generalised: int = 0
    correlated: int = 0
    exact: bool = True
    undecided: int = 0
    not_grouped: list[str] = field(default_factory=list)


def overlaps(
    device: Device,
    family: Family,
    *,
    dead: frozenset[int] = frozenset(),
    asked: Callable[[Rule], bool] = _every,
    bounds: Bounds = _BOUNDS,
) -> OverlapReport:
    """Count what overlaps in every chain of *device*; *dead* are the identities of rules that never act.

    Only rules that certainly accept or drop take part.  Pairs are made of rules that *asked* holds for; the others still
    take their packets from those behind them.
    """
    report = OverlapReport(family=family)
    seen: set[str] = set()
    for base in device.base_chains:
        if family not in base.families:
            continue
        plan = build(device, family, base.hook)
        builder = SpaceBuilder(family, plan.interfaces)
        plan.collect(builder)
        space = builder.build()
        for (name, _), steps in plan.chains.items():
            if name not in seen:
                seen.add(name)
                _chain(report, space, name, [(s, id(s.rule) not in dead, asked(s.rule)) for s in steps], bounds)
    return report


def _chain(
    report: OverlapReport, space: Space, name: str, steps: Sequence[tuple[Step, bool, bool]], bounds: Bounds
) -> None:  # fmt: skip
    from segmentation.packetset import pairs  # noqa: PLC0415 -- numba costs 0.4 s to import

    deciding = [(s, acts, ask) for s, acts, ask in steps if s.op in (Op.ACCEPT, Op.DROP) and not s.may]
    if len({s.op for s, acts, ask in deciding if acts and ask}) < 2:
        return
    if len(deciding) > bounds.rows:
        report.not_grouped.append(name)
        return
    found = [(s, boxes_of(space, s), acts, ask) for s, acts, ask in deciding]
    mine = [(s, b, acts, ask) for s, b, acts, ask in found if b is not None and len(b)]
    lengths = [len(b) for _, b, _, _ in mine]
    if sum(lengths) > bounds.rows:
        report.not_grouped.append(name)
        return
    work = _Work(
        np.concatenate([b for _, b, _, _ in mine]),
        np.cumsum([0, *lengths], dtype=np.int64),
        np.array([acts for _, _, acts, _ in mine], np.bool_),
    )
    asks = np.array([acts and ask for _, _, acts, ask in mine], np.bool_)
    counts = np.zeros((len(mine), _KINDS), np.int64)
    kept = np.zeros((bounds.proved, 3), np.int32)
    verbs = np.array([int(m[0].op) for m in mine], np.int32)
    total = pairs.count_pairs(work.rows, work.first, verbs, asks, counts, kept)
    examples: dict[int, list[Overlap]] = {}
    report.exact &= total <= bounds.proved
    for later, earlier, kind in kept[: min(total, bounds.proved)].tolist():
        some = examples.setdefault(later, [])
        if total > bounds.proved and len(some) == bounds.examples:
            continue
        part = work.taken(later, earlier)
        if part is None:
            report.undecided += 1
        elif not len(part):
            counts[later, kind] -= 1  # other rules before both take all they share
        elif len(some) < bounds.examples:
            packet = witness_of(box_of(space, part))
            some.append(Overlap(rule=mine[earlier][0].rule, packet=packet, generalised=kind == pairs.GENERALISED))
    for n, (step, *_) in enumerate(mine):
        generalised, correlated = counts[n].tolist()
        if generalised or correlated:
            report.generalised += generalised
            report.correlated += correlated
            report.groups.append(
                Overlaps(
                    chain=name, rule=step.rule, generalised=generalised, correlated=correlated,
                    examples=tuple(examples.get(n, ())),
                )
            )  # fmt: skip


class _Work:
    """The rows of one chain, and memory for asking about pairs."""

    def __init__(self, rows: Ints, first: npt.NDArray[np.int64], takes: npt.NDArray[np.bool_]) -> None:
        self.rows = rows
        self.first = first
        self.takes = takes
        self._row_takes = np.repeat(takes, np.diff(first))
        self._stack = np.empty((_STACK + 24, 2 * DIMS), np.int32)
        self._at = np.empty(_STACK + 24, np.int32)

    def taken(self, later: int, earlier: int) -> Ints | None:
        """A box (int32[40]) of packets both match and nothing before them takes; empty if none, ``None`` if not known."""
        from segmentation.packetset import pairs  # noqa: PLC0415 -- numba costs 0.4 s to import

        out = np.zeros(ROW, np.int32)
        part = np.empty(2 * DIMS, np.int32)
        unknown = False
        for i in range(self.first[later], self.first[later + 1]):
            for j in range(self.first[earlier], self.first[earlier + 1]):
                a, b = self.rows[i], self.rows[j]
                shared = a.copy()
                shared[0::2] = np.maximum(a[0::2], b[0::2])
                shared[1::2] = np.minimum(a[1::2], b[1::2])
                if (shared[0::2] > shared[1::2]).any():
                    continue
                answer = pairs.left_over(
                    self.rows, self._row_takes, int(self.first[earlier]), shared, _STEPS, self._stack, self._at, part
                )
                if answer == 1:
                    out[: 2 * DIMS] = part
                    return out
                unknown |= answer < 0
        return None if unknown else np.zeros(0, np.int32)
