"""What one device lets through, split by the decisions of the model: exact, never a sample."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from segmentation.analysis.reach_crowds import Crowds
from segmentation.analysis.reach_fallback import Fallback
from segmentation.analysis.reach_groups import Passages
from segmentation.analysis.reach_question import Ground, Question, Scope
from segmentation.analysis.reach_results import (
    Comparison,
    Crowd,
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
    "Comparison", "Crowd", "Ground", "PairComparison", "PairVerdict", "Passage", "Reach", "Relation", "compare", "missing",
    "passing",
]  # fmt: skip

DEFAULT_LIMITS = Limits()
#: Instructions of all diagrams that are made before rules are asked one by one: small questions get the exact answer.
_SMALL = 20_000
#: Rows a zone pair may give where its rules cannot be asked one by one, and where they can; then all pairs share less, too.
_LEAST_LISTED, _LEAST, _SHARE = 600, 128, 4


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
    crowds: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    ground: Ground | None = None,
    removed: frozenset[int] = frozenset(),
) -> Reach:
    """All packets of *relation* that *device* lets through at *hook*, split by the first decision that matches them.

    *zones* gives every zone's own addresses (disjoint: an address belongs to the deepest zone); addresses in none are
    zone ``""``.  *interfaces* maps interface names to the zones behind them; a packet from (to) a zone that is mapped
    must come in (go out) by one of its interfaces, a zone that is mapped nowhere leaves the interface free.  *pairs*
    restricts the ordered zone pairs, after DNAT; ``None`` asks for all, ``("", z)`` for addresses of no zone.
    The destination after DNAT and the source before SNAT are judged.  With *crowds*, a pair between which too much passes
    is answered rule by rule (:class:`Crowd`) before it is given up.

    *ground* is what several questions about one device share: made of the same device, zones and interfaces, and of
    decisions among which are all of these.  *removed* (of :meth:`Ground.references`) leaves rules out.
    """
    question = Question(Scope(device, decisions, zones, family, hook, relation, interfaces, pairs), ground, removed)
    return _passing(question, limits, crowds=crowds)[0]


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
    return _missing(question, _passing(question, limits, crowds=False)[1], limits)


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
    crowds: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    ground: Ground | None = None,
) -> Comparison:
    """:func:`passing` and :func:`missing`, and the verdict of every ordered pair of different zones.

    ``wider``: something passes that no decision permits; ``narrower``: something is permitted and stopped; ``both``;
    ``equal``; ``not_decidable``: a limit was reached, or the difference rests on uncertain matches only.
    """
    question = Question(Scope(device, decisions, zones, family, hook, relation, interfaces, pairs), ground)
    passed, groups = _passing(question, limits, crowds=crowds)
    missed = _missing(question, groups, limits)
    permitted = _permitted_pairs(question, limits)
    asked = pairs if pairs is not None else [(s, d) for s in zones for d in zones if s != d]
    through, stopped = _by_pair(passed.passages), _by_pair(missed.passages)
    open_questions = {*passed.undecided, *missed.undecided}
    ordered = [*dict.fromkeys([*asked, *sorted({*through, *stopped} - set(asked))])]
    return Comparison(
        passing=passed,
        missing=missed,
        pairs=tuple(
            _cell(
                pair,
                through.get(pair, ()),
                stopped.get(pair, ()),
                undecided=pair in open_questions,
                permitted=pair in permitted,
                decisions=decisions,
            )
            for pair in ordered
        ),
    )


def _passing(question: Question, limits: Limits, *, crowds: bool) -> tuple[Reach, Passages]:
    queries = question.queries(any_destination=question.plan.rewrites_destination)
    return _run(question, question.passing_program(), Op.ACCEPT, limits, queries, crowds=crowds)


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
    question: Question,
    program: Program,
    wanted: Op,
    limits: Limits,
    asked: tuple[list[Query], list[tuple[int, int]]],
    *,
    crowds: bool = False,
) -> tuple[Reach, Passages]:
    queries, pairs = asked
    asking = Crowds(question, program, limits) if crowds else None
    if asking is not None and not asking.available:
        asking = None
    # Pairs of which it can be seen at once that they are crowds are not walked at all.
    many = _crowded(program, queries, pairs) if asking is not None else set()
    kept = [i for i, pair in enumerate(pairs) if pair not in many]
    # Where rules can be asked one by one, little is lost by giving a pair up early.
    given = replace(limits, all_pieces=limits.all_pieces // _SHARE) if asking is not None else limits
    walk = Walk(
        program, [queries[i] for i in kept], wanted, given, least_pieces=_LEAST if asking is not None else _LEAST_LISTED
    )
    groups = Passages(question, walk)
    for rows in walk:
        groups.add(rows if asking is None else rows[~walk.failed(rows)])
    names, scope = question.zoned.names, question.scope
    passages = groups.result()
    undecided = {pairs[kept[i]] for i in walk.undecided} | many
    crowded: list[Crowd] = []
    if question.plan.rewrites_destination:
        # The destination is not known before DNAT: any zone's answer may be incomplete.
        undecided = {(s, d) for s, _ in undecided for d in range(len(names))}
    elif undecided:
        of_pair: dict[tuple[int, int], list[Query]] = {pair: [] for pair in sorted(undecided)}
        for query, pair in zip(queries, pairs, strict=True):
            if pair in of_pair:
                of_pair[pair].append(query)
        if len(of_pair) * len(program.rows) <= _SMALL:
            passages = _second_layer(question, program, wanted, limits, of_pair, passages, undecided)
            of_pair = {pair: boxes for pair, boxes in of_pair.items() if pair in undecided}
        asked_by_rule = {question.named(pair) for pair in of_pair} if asking is not None else set()
        if asking is not None and of_pair:
            for pair, found, complete in asking.of(of_pair):
                crowded += found
                if complete:
                    undecided.discard(pair)
        leads = (lead for crowd in crowded for lead in crowd.leads)
        passages = (*(p for p in passages if (p.src_zone, p.dst_zone) not in asked_by_rule), *leads)
        # Of what is stopped a certain packet settles the pair's verdict; only the others are worth a diagram.
        known = {(p.src_zone, p.dst_zone) for p in passages if p.certain} if wanted is Op.DROP else set()
        left = {p: boxes for p, boxes in of_pair.items() if p in undecided and question.named(p) not in known}
        passages = _second_layer(question, program, wanted, limits, left, passages, undecided)
        decided = {question.named(pair) for pair in left if pair not in undecided}
        crowded = [c for c in crowded if (c.src_zone, c.dst_zone) not in decided]
    return Reach(
        device=scope.device.name,
        family=scope.family,
        hook=scope.hook,
        relation=scope.relation,
        passages=passages,
        crowds=tuple(crowded),
        undecided=tuple((names[s], names[d]) for s, d in sorted(undecided)),
        problems=tuple(question.plan.problems),
        filtered=question.plan.filtered,
    ), groups


def _crowded(program: Program, queries: Sequence[Query], pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The zone pairs between which so many rules overlap that what passes is too much to be listed as boxes."""
    from segmentation.packetset import ask  # noqa: PLC0415 -- numba costs 0.4 s to import

    if len(program.rows) < ask.CROWD_RULES:
        return set()
    acts = np.isin(program.ops, (Op.ACCEPT, Op.STOP, Op.UNSURE, Op.DROP)) & (program.refs >= 0)
    boxes = np.array([q.box for q in queries], np.int32)
    found = ask.crowded(program.rows, np.ascontiguousarray(program.rows.T), acts, boxes)
    return {pair for pair, many in zip(pairs, found.tolist(), strict=True) if many}


def _second_layer(
    question: Question,
    program: Program,
    wanted: Op,
    limits: Limits,
    of_pair: Mapping[tuple[int, int], Sequence[Query]],
    passages: tuple[Passage, ...],
    undecided: set[tuple[int, int]],
) -> tuple[Passage, ...]:
    """*passages* with the exact ones of pairs that diagrams decide; those are taken from *undecided*."""
    fallback = Fallback(question, program, wanted, limits)
    # Each pair is a diagram of the whole program: with a large one, only as many pairs as the limit lets.
    for pair in list(of_pair)[: max(1, limits.second_layer // max(1, len(program.rows)))]:
        found = fallback.difference(of_pair[pair])
        if found is not None:
            undecided.discard(pair)
            named = question.named(pair)
            kept = (p for p in passages if not question.differs(p, wanted) or (p.src_zone, p.dst_zone) != named)
            passages = (*kept, *found)
    return passages


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


def _by_pair(found: Iterable[Passage]) -> dict[tuple[str, str], list[Passage]]:
    out: dict[tuple[str, str], list[Passage]] = {}
    for passage in found:
        out.setdefault((passage.src_zone, passage.dst_zone), []).append(passage)
    return out
