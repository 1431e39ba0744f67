"""The rules to blame for a forbidden crossing: those whose removal closes it, and none that is not needed for that.

A packet that one rule lets through may be let through by a later one when that rule is gone.  So the rules are taken out
of the device, the engine is asked again, and what it then finds is added, until nothing passes.  After that each rule is
put back alone: where the crossing stays closed, it was not to blame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from segmentation.analysis.reach import passing
from segmentation.device.device import DROP, BaseChain, Device, Hook, Rule, Verb
from segmentation.lint.crossings import DeviceLint
from segmentation.model.addresses import Family
from segmentation.model.decision import Decision
from segmentation.model.finding import Blame, Finding, Step
from segmentation.model.location import Location
from segmentation.model.text import Text

#: Questions to the engine for one device, by the size of its rule base: each is a compilation of all its rules.
_QUESTIONS, _WORK = 64, 20_000
_BASE_COST = 100  # what a question costs however few rules there are, in rules
_ROUNDS = 8
_MOST = 64  # rules named
_PUT_BACK = 6  # sets up to this size are tried rule by rule
_DEFAULT = Text("既定の動作（許可）を拒否に変更する", "change the default action from accept to drop")


@dataclass(frozen=True, slots=True, order=True)
class Culprit:
    """A line of the configuration: a permit, or (``policy``) the default action of a base chain."""

    location: Location
    text: str
    policy: bool = False
    chain: str = ""

    def step(self) -> Step:
        """The line as it is shown."""
        return Step(location=self.location, text=self.text, note=_DEFAULT if self.policy else None)


#: Pairs that were not decided; and pair, decision and culprit of what passes.
_Passing = tuple[int, "Rule | None", "BaseChain | None"]
_Answer = tuple[frozenset[tuple[str, str]], tuple[tuple[tuple[str, str], int, "Culprit | None"], ...]]


@dataclass(slots=True)
class _Question:
    """One crossing: which packets, of which pair, are forbidden."""

    family: Family
    pair: tuple[str, str]
    rows: tuple[Decision, ...]
    forbidden: frozenset[int]


@dataclass(slots=True)
class Culprits:
    """Finds the culprits of one device's crossings; every answer of the engine is kept.

    One rule often opens many pairs of zones: then one question is put about all of them.
    """

    crossing: DeviceLint
    left: int = field(init=False)
    _pairs: dict[tuple[Family, frozenset[Culprit | None]], set[tuple[str, str]]] = field(default_factory=dict)
    _index: dict[Family, dict[tuple[str, str], list[_Passing]]] = field(default_factory=dict)
    _answers: dict[tuple[object, ...], _Answer] = field(default_factory=dict)
    _sets: dict[tuple[object, ...], Blame | None] = field(default_factory=dict)
    _rows: dict[tuple[str, str], tuple[Decision, ...]] = field(default_factory=dict)
    _culprits: dict[int, Culprit] = field(default_factory=dict)
    _questions: dict[tuple[object, ...], _Question | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set the limit of work by the size of the rule base."""
        for d in self.crossing.decisions:
            self._rows[d.src_zone, d.dst_zone] = (*self._rows.get((d.src_zone, d.dst_zone), ()), d)
        self.left = min(_QUESTIONS, _WORK // (self.crossing.device.rules + _BASE_COST))

    def blamed(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings, those about a crossing of a zone pair with the rules to blame."""
        for question in filter(None, map(self._question, findings)):
            first = self._first(question)
            if first:
                self._pairs.setdefault((question.family, first), set()).add(question.pair)
        return [replace(f, blame=blame) if (blame := self._of(f)) is not None else f for f in findings]

    def _of(self, finding: Finding) -> Blame | None:
        question = self._question(finding)
        if question is None:
            return None
        key = (question.family, question.pair, question.forbidden)
        if key not in self._sets:
            self._sets[key] = self._solve(question)
        return self._sets[key]

    def _question(self, finding: Finding) -> _Question | None:
        """What a finding asks: the decisions of its pair that name its rule (a sanitizer that forwards: all of them)."""
        if finding.witness is None or finding.key.endswith("|ack") or not (finding.src_zone or finding.dst_zone):
            return None
        pair, family = (finding.src_zone, finding.dst_zone), finding.witness.packet.family
        key = (family, pair, finding.conduit, finding.rule)
        if key not in self._questions:
            rows = self._rows.get(pair, ())
            forbidden = frozenset(
                i
                for i, d in enumerate(rows)
                if not d.kind.allows and d.conduit == finding.conduit and (finding.rule in d.rules or finding.rule == "LG-04")
            )
            self._questions[key] = _Question(family, pair, rows, forbidden) if forbidden else None
        return self._questions[key]

    def _solve(self, question: _Question) -> Blame | None:
        first = self._first(question)
        if not first or None in first:
            return None  # nothing filters here: there is no rule to blame
        found = {c for c in first if c is not None}
        closed = False
        for _ in range(_ROUNDS if len(found) <= _MOST else 0):
            more = self._asked(question, frozenset(found))
            if more is None or None in more:
                break
            if not more:
                closed = True
                break
            found |= {c for c in more if c is not None}
        proven = closed and (len(found) == 1 or self._put_back(question, found))
        return Blame(rules=tuple(c.step() for c in sorted(found)[:_MOST]), minimal=proven and len(found) <= _MOST)

    def _put_back(self, question: _Question, found: set[Culprit]) -> bool:
        """Take out of *found* whatever is not needed; whether every one that stays was tried."""
        if len(found) > _PUT_BACK:
            return False
        for culprit in sorted(found):
            rest = self._asked(question, frozenset(found - {culprit}))
            if rest is None:
                return False
            if not rest:
                found.discard(culprit)
        return True

    def _first(self, question: _Question) -> frozenset[Culprit | None]:
        """Who lets the crossing through in the device as it is: the comparison knows that already."""
        numbers = {question.rows[i].index for i in question.forbidden}
        comparison = self.crossing.comparisons.get(question.family)
        if comparison is None:
            return frozenset()
        members = self._by_pair(question.family).get(question.pair, ())
        return frozenset(self._known(rule, policy) for number, rule, policy in members if number in numbers)

    def _known(self, rule: Rule | None, policy: BaseChain | None) -> Culprit | None:
        """The culprit of a rule of the device; one object for each, because a crowd's are asked for a thousand times."""
        if rule is None:
            return _culprit(rule, policy)
        found = self._culprits.get(id(rule))
        if found is None:
            found = self._culprits[id(rule)] = Culprit(rule.location, rule.text)
        return found

    def _by_pair(self, family: Family) -> dict[tuple[str, str], list[_Passing]]:
        """Decision and deciding rule or policy of everything that passes, by pair of zones."""
        if family not in self._index:
            index = self._index[family] = {}
            reach = self.crossing.comparisons[family].passing
            for p in reach.listed:
                index.setdefault((p.src_zone, p.dst_zone), []).append((p.decision, p.rule, p.policy))
            for crowd in reach.crowds:
                pair = (crowd.src_zone, crowd.dst_zone)
                index.setdefault(pair, []).extend(
                    (crowd.decision, m, None) if isinstance(m, Rule) else (crowd.decision, None, m) for m in crowd.members
                )
        return self._index[family]

    def _asked(self, question: _Question, removed: frozenset[Culprit]) -> frozenset[Culprit | None] | None:
        """Who lets the crossing through without *removed*; ``None`` when the engine cannot be asked or did not decide."""
        together = self._pairs.get((question.family, removed), {question.pair})
        pairs = together if question.pair in together else {question.pair}
        key = (question.family, removed, *sorted(pairs))
        if key not in self._answers:
            if self.left <= 0:
                return None
            self.left -= 1
            self._answers[key] = self._ask(question.family, removed, pairs)
        undecided, passages = self._answers[key]
        if question.pair in undecided:
            return None
        numbers = {question.rows[i].index for i in question.forbidden}
        return frozenset(by for pair, number, by in passages if pair == question.pair and number in numbers)

    def _ask(self, family: Family, removed: frozenset[Culprit], pairs: set[tuple[str, str]]) -> _Answer:
        """Which decisions of these pairs still meet packets in the device without *removed*, and who lets them through."""
        rows = [d for d in self.crossing.decisions if (d.src_zone, d.dst_zone) in pairs]
        scope, ground = self.crossing.scope, self.crossing.grounds[family]
        removable = not any(c.policy for c in removed)
        refs = ground.references({(c.location, c.text) for c in removed}) if removable else None
        if refs is None:
            device = without(self.crossing.device, removed)
            reach = passing(device, rows, scope.zones, family=family, interfaces=scope.interfaces, pairs=pairs)
        else:
            reach = passing(
                self.crossing.device, rows, scope.zones, family=family, interfaces=scope.interfaces, pairs=pairs, ground=ground,
                removed=refs,
            )  # fmt: skip
        return frozenset(reach.undecided), tuple(
            ((p.src_zone, p.dst_zone), rows[p.decision].index, _culprit(p.rule, p.policy))
            for p in reach.passages
            if p.decision >= 0
        )


def _culprit(rule: Rule | None, policy: BaseChain | None) -> Culprit | None:
    if rule is not None:
        return Culprit(rule.location, rule.text)
    if policy is not None:
        return Culprit(policy.location, f"policy {policy.policy.verb.value}", policy=True, chain=policy.chain)
    return None


def without(device: Device, removed: frozenset[Culprit]) -> Device:
    """The device without some permits, and with some default actions changed to drop."""
    lines = {(c.location, c.text) for c in removed if not c.policy}
    chains = {
        name: replace(
            chain, rules=tuple(
                r for r in chain.rules if r.action.verb is Verb.DROP or (r.location, r.text) not in lines
            )
        ) if any((r.location, r.text) in lines for r in chain.rules) else chain
        for name, chain in device.chains.items()
    }  # fmt: skip
    closed = {c.chain for c in removed if c.policy}
    bases = tuple(
        replace(b, policy=DROP) if b.chain in closed and b.hook is Hook.FORWARD else b for b in device.base_chains
    )  # fmt: skip
    return replace(device, chains=chains, base_chains=bases)
