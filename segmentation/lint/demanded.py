"""Asks the engine which packets of each demand a device lets through, and names the rules that do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segmentation.analysis.reach import Passage, passing
from segmentation.device.device import BaseChain, Rule
from segmentation.lint.condense import merged
from segmentation.lint.crossings import DeviceLint
from segmentation.lint.demands import Demand
from segmentation.lint.subject import Subject
from segmentation.lint.wording import (
    CROSSING,
    POSSIBLE,
    UNDECIDED,
    cause_of,
    device_rule,
    listed,
    services,
    witness_of,
    zone_name,
)
from segmentation.model.addresses import ALL_ADDRESSES, Family
from segmentation.model.crossings import ANY
from segmentation.model.decision import Decision
from segmentation.model.finding import Blame, Confidence, Finding, Step
from segmentation.model.flow import VerdictKind
from segmentation.model.location import Location
from segmentation.model.text import Text

_MORE_PAIRS = Text(
    "（ほかに{count}組のゾーン間でも通ります。）", " ({count} more pairs of zones are concerned.)"
)  # fmt: skip
#: Rules of the device that break one demand and are told one by one.
_LISTED = 200
_BLAMED = 64
_NONE = Text("", "")


def demanded(subject: Subject, crossing: DeviceLint, told: frozenset[tuple[str, str]]) -> tuple[list[Finding], list[Text]]:
    """One finding for each demand and rule of the device that lets its packets through; and what was not decided.

    *told* are the rules and causes that the comparison of zone pairs has named already.
    """
    undecided: dict[Text, None] = {}
    found: dict[tuple[str, str], list[tuple[Demand, Passage]]] = {}
    causes: dict[int, str] = {}  # identity of a rule of the device -> its cause
    crowded: dict[str, dict[str, Rule]] = {}  # rule -> cause -> rule of the device, of those that are not listed one by one
    every = crossing.demands
    for family, comparison in crossing.comparisons.items():
        passing_pairs = {
            (p.src_zone, p.dst_zone): False for p in comparison.passing.passages
        } | {
            (p.src_zone, p.dst_zone): True
            for p in comparison.passing.passages
            if p.decision < 0 or not crossing.decisions[p.decision].kind.allows
        }  # fmt: skip
        open_pairs = {pair for pair, forbidden in passing_pairs.items() if forbidden}
        for declared, pairs in ((False, open_pairs), (True, set(passing_pairs))):
            for sweep in _sweeps([d for d in every if d.declared is declared]):
                for demand, passage, members in _passing(subject, crossing, family, sweep, pairs, undecided):
                    others: dict[str, Rule] = {}
                    for m in members if not demand.exception else ():
                        if isinstance(m, Rule):
                            if id(m) not in causes:
                                causes[id(m)] = f"{subject.device.name}:{m.location}"
                            others[causes[id(m)]] = m
                    for rule in demand.rules:
                        found.setdefault((rule, cause_of(subject.device, passage)), []).append((demand, passage))
                        if others:
                            crowded.setdefault(rule, {}).update(others)
    within = _exception_rules(crossing)
    kept: dict[str, list[tuple[str, list[tuple[Demand, Passage]]]]] = {}
    for (rule, cause), items in found.items():
        own = [(d, p) for d, p in items if not d.exception or (d.exception, _place(p)) in within]
        if own and (rule, cause) not in told:
            kept.setdefault(rule, []).append((cause, own))
    findings = [f for rule, causes in kept.items() for f in _findings(subject, rule, causes, crowded.get(rule, {}))]
    return findings, list(undecided)


def _sweeps(every: Sequence[Demand]) -> Iterator[list[Demand]]:
    """The demands in as few lists as it takes for no packet to belong to two of one list."""
    waiting = list(every)
    while waiting:
        sweep: list[Demand] = []
        for demand in waiting:
            if not any(demand.overlaps(other) for other in sweep):
                sweep.append(demand)
        yield sweep
        chosen = {id(d) for d in sweep}
        waiting = [d for d in waiting if id(d) not in chosen]


def _passing(
    subject: Subject,
    crossing: DeviceLint,
    family: Family,
    sweep: list[Demand],
    pairs: set[tuple[str, str]],
    undecided: dict[Text, None],
) -> Iterator[tuple[Demand, Passage, tuple[Rule | BaseChain, ...]]]:
    """Each demand with a passage that breaks it; of a crowd, its leads with all its members."""
    assert subject.judge is not None
    split = subject.judge.zonemap.split
    wanted = [(d, set(split(d.src)), set(split(d.dst))) for d in sweep]
    asked = {(s, t) for s, t in pairs if any(s in src and t in dst for _, src, dst in wanted)}
    if not asked:
        return
    declared = any(d.declared for d in sweep)
    rows = [] if declared else [d for d in crossing.decisions if d.kind.allows and (d.src_zone, d.dst_zone) in asked]
    first = len(rows)
    rows += [d.decision() for d in sweep]
    rows.append(
        Decision(index=0, src=ALL_ADDRESSES, dst=ALL_ADDRESSES, terms=ANY, kind=VerdictKind.PERMITTED, reason=_NONE)
    )  # fmt: skip
    reach = passing(
        subject.device, rows, crossing.scope.zones, family=family, interfaces=crossing.scope.interfaces, pairs=asked,
        crowds=True, ground=crossing.grounds[family],
    )  # fmt: skip
    for src, dst in reach.undecided:
        names = {"src": zone_name(subject.judge.model, src), "dst": zone_name(subject.judge.model, dst)}
        undecided[UNDECIDED.format(device=subject.device.name, family=family, **names)] = None
    for passage in reach.listed:
        if first <= passage.decision < first + len(sweep):
            yield sweep[passage.decision - first], passage, ()
    for crowd in reach.crowds:
        if first <= crowd.decision < first + len(sweep):
            for n, lead in enumerate(crowd.leads):
                yield sweep[crowd.decision - first], lead, () if n else crowd.members


def _exception_rules(crossing: DeviceLint) -> set[tuple[str, Location]]:
    """Which rules of the device let packets of which exception through: those that were written for it."""
    return {
        (exception, _place(p))
        for comparison in crossing.comparisons.values()
        for p in comparison.passing.passages
        if p.rule is not None and p.decision >= 0 and (exception := crossing.decisions[p.decision].exception)
    }


def _place(passage: Passage) -> Location:
    return passage.rule.location if passage.rule is not None else Location("")


def _findings(
    subject: Subject, rule: str, causes: list[tuple[str, list[tuple[Demand, Passage]]]], crowded: dict[str, Rule]
) -> Iterator[Finding]:
    """One finding a rule of the device, or one for all of them where they are very many (*crowded*: those not listed)."""
    blame = _blame(causes, crowded)
    if len(causes) <= _LISTED and crowded.keys() <= {cause for cause, _ in causes}:
        for cause, items in causes:
            yield replace(_finding(subject, rule, cause, items), blame=blame)
        return
    cause, items = causes[0]
    rules = {c: p.rule for c, own in causes for _, p in own if p.rule is not None} | crowded
    count, lines = len(rules.keys() | {c for c, _ in causes}), [r.location.line for r in rules.values()]
    lead = replace(_finding(subject, rule, cause, items), blame=blame)
    yield merged(lead, count=count, lines=lines, identity={r.text for r in rules.values()})


def _blame(causes: list[tuple[str, list[tuple[Demand, Passage]]]], crowded: dict[str, Rule]) -> Blame | None:
    """All rules that let packets of one demand through now; what they hide was not asked, so: at least these."""
    rules = [p.rule for _, items in causes for _, p in items if p.rule is not None]
    steps = {Step(location=r.location, text=r.text) for r in (*rules, *crowded.values())}
    listed = sorted(steps, key=lambda s: (s.location, s.text))[:_BLAMED]
    return Blame(rules=tuple(listed), minimal=False) if listed else None


def _finding(subject: Subject, rule: str, cause: str, items: list[tuple[Demand, Passage]]) -> Finding:
    assert subject.judge is not None
    demand, passage = items[0]
    model, pairs = subject.judge.model, {(p.src_zone, p.dst_zone) for _, p in items}
    where, text = device_rule(subject.device, passage)
    message = CROSSING.format(
        where=text, src=zone_name(model, passage.src_zone), dst=zone_name(model, passage.dst_zone),
        service=services(passage), reason=demand.reason,
    )  # fmt: skip
    if len(pairs) > 1:
        more = _MORE_PAIRS.format(count=len(pairs) - 1)
        message = Text(message.ja + more.ja, message.en + more.en)
    certain = any(p.certain for _, p in items)
    return subject.finding(
        rule, message, where.location, rule_text=where.rule_text, key=f"{where.rule_text}|{demand.exception}|demand",
        src_zone=passage.src_zone, dst_zone=passage.dst_zone, witness=witness_of(passage), count=len(pairs),
        exception=demand.exception,
        confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
        confidence_reason=None if certain else POSSIBLE.format(parts=listed(passage.reasons)),
        detail=(
            ("packets", ("" if passage.packets_exact else "<=") + str(passage.packets)),
            *((f"set_{i}", str(box)) for i, box in enumerate(passage.boxes[:4], 1)),
        ),
        cause=cause,
    )  # fmt: skip
