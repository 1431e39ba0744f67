"""What one device lets through, split by the decisions of the model: exact, never a sample."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from segmentation.analysis.reach_fallback import Fallback
from segmentation.analysis.reach_groups import Passages
from segmentation.analysis.reach_question import Question, Scope
from segmentation.analysis.reach_results import (
    Comparison,
    PairComparison,
    PairVerdict,
    Passage,
    Reach,
    Relation,
)
from segmentation.device.device import Device, Hook
from segmentation.model.addresses import AddressSet, Family
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.packetset.box import Limits
from segmentation.packetset.program import Ints, Op, Program
from segmentation.packetset.space import FIVE_TUPLE, Dim
from segmentation.packetset.walk import SLOT1, TAG, Query, Walk

__all__ = [
    "Comparison", "PairComparison", "PairVerdict", "Passage", "Reach", "Relation", "compare", "missing", "passing",
]  # fmt: skip

DEFAULT_LIMITS = Limits()


def passing(
    device: Device,
    decisions: Sequence[Decision],
    zones: Mapping[str, AddressSet],
    *,
    family: Family,
    hook: Hook = Hook.FORWARD,
    relation: Relation = Relation.INITIATE,
    interfaces: Mapping[str, Collection[str]] | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reach:
    """All packets of *relation* that *device* lets through at *hook*, split by the first decision that matches them.

    *zones* gives every zone's own addresses (disjoint: an address belongs to the deepest zone); addresses in none are
    zone ``""``.  *interfaces* maps interface names to the zones behind them; a packet from (to) a zone that is mapped
    must come in (go out) by one of its interfaces, a zone that is mapped nowhere leaves the interface free.  *pairs*
    restricts the ordered zone pairs, after DNAT; ``None`` asks for all, ``("", z)`` for addresses of no zone.
    The destination after DNAT and the source before SNAT are judged.
    """
    question = Question(Scope(device, decisions, zones, family, hook, relation, interfaces, pairs))
    return _passing(question, limits)[0]


def missing(
    device: Device,
    decisions: Sequence[Decision],
    zones: Mapping[str, AddressSet],
    *,
    family: Family,
    hook: Hook = Hook.FORWARD,
    relation: Relation = Relation.INITIATE,
    interfaces: Mapping[str, Collection[str]] | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reach:
    """All packets that the decisions permit and *device* stops; ``rule`` or ``policy`` is what stops them.

    Arguments as for :func:`passing`.  A packet that reaches the same destination through DNAT is not missing.
    """
    question = Question(Scope(device, decisions, zones, family, hook, relation, interfaces, pairs))
    return _missing(question, _passing(question, limits)[1], limits)


def compare(
    device: Device,
    decisions: Sequence[Decision],
    zones: Mapping[str, AddressSet],
    *,
    family: Family,
    hook: Hook = Hook.FORWARD,
    relation: Relation = Relation.INITIATE,
    interfaces: Mapping[str, Collection[str]] | None = None,
    pairs: Collection[tuple[str, str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Comparison:
    """:func:`passing` and :func:`missing`, and the verdict of every ordered pair of different zones.

    ``wider``: something passes that no decision permits; ``narrower``: something is permitted and stopped; ``both``;
    ``equal``; ``not_decidable``: a limit was reached, or the difference rests on uncertain matches only.
    """
    question = Question(Scope(device, decisions, zones, family, hook, relation, interfaces, pairs))
    passed, groups = _passing(question, limits)
    missed = _missing(question, groups, limits)
    permitted = _permitted_pairs(question, limits)
    asked = pairs if pairs is not None else [(s, d) for s in zones for d in zones if s != d]
    through, stopped = _by_pair(passed), _by_pair(missed)
    open_questions = {*passed.undecided, *missed.undecided}
    ordered = [*dict.fromkeys([*asked, *sorted({*through, *stopped} - set(asked))])]
    return Comparison(
        passing=passed,
        missing=missed,
        pairs=tuple(
            _cell(
                pair, through.get(pair, ()), stopped.get(pair, ()),
                undecided=pair in open_questions, permitted=pair in permitted, decisions=decisions,
            )
            for pair in ordered
        ),
    )


def _passing(question: Question, limits: Limits) -> tuple[Reach, Passages]:
    anywhere = question.plan.rewrites_destination
    return _run(question, question.passing_program(), Op.ACCEPT, limits, question.queries(any_destination=anywhere))


def _missing(question: Question, passed: Passages, limits: Limits) -> Reach:
    """What is permitted and stopped, without what reaches the same place through DNAT."""
    images = passed.images()
    reached = [] if images is None else [_image(row) for row in images]
    queries, asked = question.queries(any_destination=False)
    keep = [i for i, pair in enumerate(asked) if question.crosses(*pair)]
    chosen = ([queries[i] for i in keep], [asked[i] for i in keep])
    return _run(question, question.missing_program(reached), Op.DROP, limits, chosen)[0]


def _image(row: Ints) -> dict[Dim, tuple[int, int]]:
    """Where a rewritten box arrives: the fields the decisions judge."""
    return {d: (int(row[2 * d]), int(row[2 * d + 1])) for d in FIVE_TUPLE}


def _run(
    question: Question, program: Program, wanted: Op, limits: Limits, asked: tuple[list[Query], list[tuple[int, int]]]
) -> tuple[Reach, Passages]:
    queries, pairs = asked
    walk = Walk(program, queries, wanted, limits)
    groups = Passages(question, walk)
    for rows in walk:
        groups.add(rows)
    names, scope = question.zoned.names, question.scope
    passages = groups.result()
    undecided = {pairs[i] for i in walk.undecided}
    if question.plan.rewrites_destination:
        # The destination is not known before DNAT: any zone's answer may be incomplete.
        undecided = {(s, d) for s, _ in undecided for d in range(len(names))}
    else:
        fallback = Fallback(question, program, wanted, limits)
        # Each pair is a diagram of the whole program: with a large one, only as many pairs as the limit lets.
        for pair in sorted(undecided)[: max(1, limits.second_layer // max(1, len(program.rows)))]:
            found = fallback.difference([q for q, p in zip(queries, pairs, strict=True) if p == pair])
            if found is not None:
                undecided.discard(pair)
                kept = (
                    p for p in passages if not question.differs(p, wanted) or (p.src_zone, p.dst_zone) != question.named(pair)
                )
                passages = (*kept, *found)
    return Reach(
        device=scope.device.name,
        family=scope.family,
        hook=scope.hook,
        relation=scope.relation,
        passages=passages,
        undecided=tuple((names[s], names[d]) for s, d in sorted(undecided)),
        problems=tuple(question.plan.problems),
        filtered=question.plan.filtered,
    ), groups


def _permitted_pairs(question: Question, limits: Limits) -> set[tuple[str, str]]:
    """The zone pairs for which the decisions permit anything."""
    queries, _ = question.queries(any_destination=False)
    names = question.zoned.names
    out: set[tuple[str, str]] = set()
    walk = Walk(question.permitted_program(), queries, Op.ACCEPT, limits)
    for rows in walk:
        out.update((names[s], names[d]) for s, d in np.unique(rows[:, [TAG, SLOT1]], axis=0).tolist())
    return out


def _cell(
    pair: tuple[str, str],
    passages: Sequence[Passage],
    narrower: Sequence[Passage],
    *,
    undecided: bool,
    permitted: bool,
    decisions: Sequence[Decision],
) -> PairComparison:
    wider = [p for p in passages if p.decision < 0 or not decisions[p.decision].kind.allows]
    kinds = {p.decision: decisions[p.decision].kind if p.decision >= 0 else VerdictKind.FORBIDDEN for p in wider}
    is_wider = any(p.certain and kinds[p.decision] is VerdictKind.FORBIDDEN for p in wider)
    is_narrower = any(p.certain for p in narrower)
    if is_wider or is_narrower:
        verdict = PairVerdict.BOTH if is_wider and is_narrower else PairVerdict.WIDER if is_wider else PairVerdict.NARROWER
    elif wider or narrower or undecided:
        verdict = PairVerdict.NOT_DECIDABLE
    else:
        verdict = PairVerdict.EQUAL
    return PairComparison(
        src_zone=pair[0], dst_zone=pair[1], verdict=verdict, passing_empty=not passages, permitted_empty=not permitted
    )


def _by_pair(reach: Reach) -> dict[tuple[str, str], list[Passage]]:
    out: dict[tuple[str, str], list[Passage]] = {}
    for passage in reach.passages:
        out.setdefault((passage.src_zone, passage.dst_zone), []).append(passage)
    return out
