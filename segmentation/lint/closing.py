"""The lines whose removal closes what a finding is about, beside crossings: bare ACKs, own services, wide permits.

The search is that of :mod:`segmentation.lint.blame`: take out who lets packets through, ask again, put each back alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from segmentation.analysis.reach import Passage, Relation, passing
from segmentation.device.device import DROP, Device, Hook
from segmentation.lint.blame import Culprit, without
from segmentation.lint.crossings import DeviceLint
from segmentation.lint.management import own_decisions, own_reach
from segmentation.model.finding import Blame, Finding, Step
from segmentation.model.flow import VerdictKind

#: Questions for one device, by the size of its rule base; see :mod:`segmentation.lint.blame`.
_QUESTIONS, _WORK, _BASE_COST = 48, 20_000, 100
_ROUNDS, _MOST, _PUT_BACK = 8, 64, 6

#: Who lets packets through without some lines: ``None`` in it for "nobody, nothing filters"; ``None`` when it is not known.
Answer = frozenset["Culprit | None"] | None


@dataclass(slots=True)
class Questions:
    """How often the engine may still be asked about one device."""

    device: Device
    left: int = field(init=False)

    def __post_init__(self) -> None:
        """Set the limit by the size of the rule base."""
        self.left = min(_QUESTIONS, _WORK // (self.device.rules + _BASE_COST))

    def solve(self, first: Answer, ask: Callable[[Device], Answer], hook: Hook = Hook.FORWARD) -> Blame | None:
        """The lines to blame, beginning with those of *first*; *ask* tells who lets packets through a changed device."""
        if not first or None in first:
            return None

        def asked(removed: set[Culprit]) -> Answer:
            if self.left <= 0:
                return None
            self.left -= 1
            return ask(_closed(self.device, frozenset(removed), hook))

        found = {c for c in first if c is not None}
        closed = False
        for _ in range(_ROUNDS if len(found) <= _MOST else 0):
            more = asked(found)
            if more is None or None in more:
                break
            if not more:
                closed = True
                break
            found |= {c for c in more if c is not None}
        minimal = closed and len(found) <= (_PUT_BACK if len(found) > 1 else _MOST)
        for culprit in sorted(found) if minimal and len(found) > 1 else ():
            rest = asked(found - {culprit})
            if rest is None:
                minimal = False
                break
            if not rest:
                found.discard(culprit)
        return Blame(rules=tuple(c.step() for c in sorted(found)[:_MOST]), minimal=minimal)


def _closed(device: Device, removed: frozenset[Culprit], hook: Hook) -> Device:
    """The device without some permits, and with the default actions of *hook* that are among them changed to drop."""
    chains = {c.chain for c in removed if c.policy}
    rest = without(device, frozenset(c for c in removed if not c.policy))
    bases = tuple(replace(b, policy=DROP) if b.chain in chains and b.hook is hook else b for b in rest.base_chains)
    return replace(rest, base_chains=bases)


def culprit(passage: Passage) -> Culprit | None:
    """The line that lets a passage through; ``None`` where nothing filters."""
    if passage.rule is not None:
        return Culprit(passage.rule.location, passage.rule.text)
    if passage.policy is not None:
        base = passage.policy
        return Culprit(base.location, f"policy {base.policy.verb.value}", policy=True, chain=base.chain)
    return None


def beside_blamed(crossing: DeviceLint, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with the lines to blame where a finding is about packets of no session, own services or a wide permit."""
    questions = Questions(crossing.device)
    known: dict[tuple[object, ...], Blame | None] = {}
    out: list[Finding] = []
    for finding in findings:
        solve = next((s for end, s in _KINDS.items() if finding.key.endswith(end)), None)
        if solve is None or finding.blame is not None:
            out.append(finding)
            continue
        packet = finding.witness.packet if finding.witness is not None else None
        line = finding.where.location if solve is _of_permit else None
        key = (solve, packet and packet.family, finding.src_zone, finding.dst_zone, finding.rule, finding.conduit, line)
        if key not in known:
            known[key] = solve(questions, crossing, finding)
        out.append(replace(finding, blame=known[key]))
    return out


def _of_permit(_: Questions, __: DeviceLint, finding: Finding) -> Blame | None:
    """A permit that limits too little is a fault of this one line, whatever else passes."""
    return Blame(rules=(Step(location=finding.where.location, text=finding.where.rule_text),), minimal=True)


def _of_services(questions: Questions, crossing: DeviceLint, finding: Finding) -> Blame | None:
    """Who lets a zone reach the management services of the device."""
    if finding.witness is None:
        return None
    device, scope, judge, zone = crossing.device, crossing.scope, crossing.judge, finding.src_zone
    family = finding.witness.packet.family
    decisions = own_decisions(device, scope, judge)

    def ask(changed: Device) -> Answer:
        reach = own_reach(changed, scope, judge, decisions, family, (zone,))
        if reach.undecided:
            return None
        forbidden = (p for p in reach.passages if decisions[p.decision].kind is VerdictKind.FORBIDDEN)
        return frozenset(culprit(p) for p in forbidden if p.src_zone == zone)

    return questions.solve(ask(device), ask, Hook.INPUT) if questions.left > 0 else None


def _of_ack(questions: Questions, crossing: DeviceLint, finding: Finding) -> Blame | None:
    if finding.witness is None:
        return None
    pair, family, scope = (finding.src_zone, finding.dst_zone), finding.witness.packet.family, crossing.scope
    rows = tuple(d for d in crossing.decisions if (d.src_zone, d.dst_zone) == pair)
    forbidden = frozenset(
        i
        for i, d in enumerate(rows)
        if not d.kind.allows and d.conduit == finding.conduit and (finding.rule in d.rules or finding.rule == "LG-04")
    )

    def ask(device: Device) -> Answer:
        reach = passing(
            device, rows, scope.zones, family=family, relation=Relation.UNSOLICITED, interfaces=scope.interfaces, pairs={pair}
        )
        return None if pair in reach.undecided else culprits(reach.passages, pair, forbidden)

    return questions.solve(ask(crossing.device), ask) if forbidden and questions.left > 0 else None


def culprits(passages: Iterable[Passage], pair: tuple[str, str], decisions: frozenset[int]) -> frozenset[Culprit | None]:
    """Who lets through what is between a pair of zones and meets one of *decisions*."""
    return frozenset(culprit(p) for p in passages if (p.src_zone, p.dst_zone) == pair and p.decision in decisions)


#: How the keys of findings end, and who is asked about them.
_KINDS: dict[str, Callable[[Questions, DeviceLint, Finding], Blame | None]] = {
    "|ack": _of_ack, "|manage": _of_services, "|any": _of_permit,
}  # fmt: skip
