"""What a device lets through between zones, beside what the model permits: one finding per rule, demand and zone pair."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from segmentation.analysis.reach import Comparison, Crowd, Ground, PairVerdict, Passage, Reach, Relation, compare, passing
from segmentation.device.device import BaseChain, Device, NotUnderstood, Rule
from segmentation.lint.condense import merged
from segmentation.lint.demands import Demand, demands
from segmentation.lint.doubt import opening, sentence
from segmentation.lint.management import management_findings, management_gaps
from segmentation.lint.result import MatrixCell
from segmentation.lint.scope import Scope
from segmentation.lint.subject import Subject
from segmentation.lint.wording import (
    ACK_ONLY,
    ANY_MATCH,
    CROSSING,
    ELSEWHERE,
    IPV6_OPEN,
    LAPSED,
    NO_FILTER,
    NOT_ROUTING,
    POSSIBLE,
    UNDECIDED,
    UNLOGGED,
    UNMENTIONED,
    UNREAD_FAMILY,
    device_rule,
    listed,
    rule_at,
    services,
    wide_fields,
    witness_of,
    zone_name,
)  # fmt: skip
from segmentation.model.addresses import Family
from segmentation.model.conditions import exception_reason
from segmentation.model.decision import Decision
from segmentation.model.finding import Confidence, Finding, Severity, Where
from segmentation.model.flow import VerdictKind
from segmentation.model.gateways import GatewayKind
from segmentation.model.judge import Judge
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry

_SANITIZERS = frozenset({GatewayKind.FILE_SANITIZER, GatewayKind.MAIL_SANITIZER})


@dataclass(slots=True)
class DeviceLint:
    """The comparison of one device with the model.  Build it with :meth:`of`, which does the work."""

    device: Device
    judge: Judge
    scope: Scope
    decisions: tuple[Decision, ...]
    comparisons: dict[Family, Comparison]
    unsolicited: dict[Family, Reach]
    grounds: dict[Family, Ground]  # for all further questions about the forwarded packets of a family
    demands: tuple[Demand, ...]
    doubts: tuple[NotUnderstood, ...] = ()  # lines that could open more than what was read
    _places: dict[int, tuple[str, int]] = field(init=False)  # rule (by identity) -> chain, position
    _logging: dict[str, list[tuple[int, Rule]]] = field(init=False)  # chain -> rules that log, with their positions

    def __post_init__(self) -> None:
        """Index the rules once: there may be a hundred thousand."""
        numbered = [(c.name, i, r) for c in self.device.chains.values() for i, r in enumerate(c.rules)]
        self._places = {id(r): (chain, i) for chain, i, r in numbered}
        self._logging = {}
        for chain, i, r in numbered:
            if r.log:
                self._logging.setdefault(chain, []).append((i, r))

    @classmethod
    def of(cls, device: Device, judge: Judge, at: dt.date) -> DeviceLint:
        """Compute what passes, for every address family the configuration speaks of."""
        scope = Scope.of(device, judge)
        decisions = tuple(_on_day(d, judge, at) for d in judge.decisions)
        every = tuple(demands(Subject(device, judge.policy, at, judge, scope), decisions))
        comparisons: dict[Family, Comparison] = {}
        unsolicited: dict[Family, Reach] = {}
        grounds: dict[Family, Ground] = {}
        for family in scope.families:
            ground = grounds[family] = Ground(
                device, (*decisions, *(d.decision() for d in every)), scope.zones, family=family, interfaces=scope.interfaces
            )
            compared = compare(
                device,
                decisions,
                scope.zones,
                family=family,
                interfaces=scope.interfaces,
                pairs=scope.pairs,
                crowds=True,
                ground=ground,
            )
            # What is missing settled the verdicts; nothing is told of it.
            comparisons[family] = replace(compared, missing=replace(compared.missing, passages=()))
            if compared.passing.filtered:
                unsolicited[family] = passing(
                    device, decisions, scope.zones, family=family, relation=Relation.UNSOLICITED,
                    interfaces=scope.interfaces, pairs=scope.pairs, crowds=True, ground=ground,
                )  # fmt: skip
        return cls(device, judge, scope, decisions, comparisons, unsolicited, grounds, every, opening(device))

    def findings(self) -> Iterator[Finding]:
        """Every crossing that the model does not permit, with what follows from it."""
        wider: dict[Family, set[tuple[str, str]]] = {}
        opened: set[tuple[Location, str, str]] = set()
        for family, comparison in self.comparisons.items():
            for passage in comparison.passing.listed:
                decision = self.decisions[passage.decision]
                if decision.kind.allows:
                    continue
                wider.setdefault(family, set()).add((passage.src_zone, passage.dst_zone))
                opened.add((_location(passage), passage.src_zone, passage.dst_zone))
                yield from self._crossing(passage, decision, CROSSING, lowered=False)
            for crowd in comparison.passing.crowds:
                if not self.decisions[crowd.decision].kind.allows:
                    wider.setdefault(family, set()).add((crowd.src_zone, crowd.dst_zone))
                    opened.update((by.location, crowd.src_zone, crowd.dst_zone) for by in crowd.members)
                    yield from self._crowd(crowd, crowd.members, CROSSING, lowered=False)
        for reach in self.unsolicited.values():
            for passage in reach.listed:
                decision = self.decisions[passage.decision]
                if decision.kind.allows or (_location(passage), passage.src_zone, passage.dst_zone) in opened:
                    continue
                yield from self._crossing(passage, decision, ACK_ONLY, lowered=True)
            for crowd in reach.crowds:
                pair = (crowd.src_zone, crowd.dst_zone)
                members = tuple(by for by in crowd.members if (by.location, *pair) not in opened)
                if members and not self.decisions[crowd.decision].kind.allows:
                    yield from self._crowd(crowd, members, ACK_ONLY, lowered=True)
        yield from self._any_matches()
        yield from self._ipv6_open(wider)
        yield from self._unlogged()
        yield from management_findings(self.device, self.scope, self.judge)

    def matrix(self) -> Iterator[MatrixCell]:
        """One cell for each ordered pair of assigned zones the device stands between.

        That nothing more passes than is permitted is said only where every line that could open more has a meaning.
        """
        cells: dict[tuple[str, str], list[tuple[PairVerdict, bool]]] = {}
        for comparison in self.comparisons.values():
            for pair in comparison.pairs:
                cells.setdefault((pair.src_zone, pair.dst_zone), []).append((pair.verdict, pair.passing_empty))
        for (src, dst), parts in cells.items():
            if src and dst:
                verdict = _together({v for v, _ in parts})
                if self.doubts and verdict in (PairVerdict.EQUAL, PairVerdict.NARROWER):
                    verdict = PairVerdict.NOT_DECIDABLE
                empty = not self.doubts and all(empty for _, empty in parts)
                yield MatrixCell(src, dst, verdict, empty, self.device.name)

    @property
    def unproven(self) -> int:
        """Ordered pairs, addresses of no zone included, about which it is not known that nothing else passes."""
        asked = {(p.src_zone, p.dst_zone) for c in self.comparisons.values() for p in c.pairs}
        return len(asked if self.doubts else {pair for c in self.comparisons.values() for pair in c.passing.undecided})

    def undecided(self) -> Iterator[Text]:
        """What was not decided, and what was not looked at."""
        if self.doubts:
            yield sentence(self.device, self.doubts)
        for comparison in self.comparisons.values():
            reach = comparison.passing
            for src, dst in reach.undecided:
                yield UNDECIDED.format(
                    device=self.device.name, family=reach.family, src=self._zone(src), dst=self._zone(dst)
                )  # fmt: skip
        for family in self.scope.unread_families:
            yield UNREAD_FAMILY.format(device=self.device.name, family=family)
        yield from management_gaps(self.scope, self.judge, self.device)
        away = self.scope.elsewhere(self.device)
        if away:
            listed = ", ".join(dict.fromkeys(str(at) for at in sorted(r.location for r in away)[:8]))
            yield ELSEWHERE.format(device=self.device.name, count=len(away), rules=listed)
        for name in self.scope.unmentioned(self.device):
            yield UNMENTIONED.format(device=self.device.name, interface=name)

    def _zone(self, zone: str) -> Text:
        return zone_name(self.judge.model, zone)

    def _rules(self, decision: Decision) -> tuple[str, ...]:
        """The demands a configuration can break, the primary one first."""
        gateway = self.judge.model.gateways.get(self.scope.record.gateway) if self.scope.record else None
        sanitizer = (gateway is not None and gateway.kind in _SANITIZERS) or (
            self.scope.record is not None and self.scope.record.role == "sanitizer"
        )
        kept = tuple(r for r in decision.rules if registry.LINT in registry.get(r).sides) or decision.rules
        # A sanitizing host takes content apart and builds it anew; if its kernel forwards at all, content passes untouched.
        between_zones = bool(decision.src_zone and decision.dst_zone)
        return ("LG-04", *kept) if sanitizer and between_zones and self.judge.policy.applies("LG-04") else kept

    def _crossing(self, passage: Passage, decision: Decision, wording: Text, *, lowered: bool) -> Iterator[Finding]:
        rules = self._rules(decision)
        # The way around the gateway is a demand of its own, beside the kind of crossing (LG-03).
        told = tuple(r for i, r in enumerate(rules) if i == 0 or (r == "LG-03" and rules[0] != "LG-04"))
        where, text = device_rule(self.device, passage)
        reason = NOT_ROUTING if rules[0] == "LG-04" else decision.reason
        message = wording.format(
            where=text, src=self._zone(passage.src_zone), dst=self._zone(passage.dst_zone),
            service=services(passage), reason=reason,
        )  # fmt: skip
        for rule in told:
            severity = self.judge.policy.severities.get(rule, registry.get(rule).severity)
            if lowered:
                severity = Severity(max(severity - 2, Severity.LOW))
            yield registry.finding(
                rule, self.judge.policy, message=message, where=where, cause=_cause(self.device, passage), severity=severity,
                key=f"{where.rule_text}|{decision.conduit}|{passage.witness.family}|{'ack' if lowered else ''}",
                src_zone=passage.src_zone, dst_zone=passage.dst_zone, conduit=decision.conduit, exception=decision.exception,
                related=tuple(r for r in rules if r not in told), witness=witness_of(passage),
                confidence=Confidence.CERTAIN if passage.certain else Confidence.POSSIBLE,
                confidence_reason=None if passage.certain else POSSIBLE.format(parts=listed(passage.reasons)),
                detail=(
                    ("packets", ("" if passage.packets_exact else "<=") + str(passage.packets)),
                    *((f"set_{i}", str(box)) for i, box in enumerate(passage.boxes[:4], 1)),
                ),
            )  # fmt: skip

    def _crowd(self, crowd: Crowd, members: Sequence[Rule | BaseChain], wording: Text, *, lowered: bool) -> Iterator[Finding]:
        """All rules of a crowd as one finding for each demand, or one for each rule where they are few."""
        decision = self.decisions[crowd.decision]
        leads = [p for p in crowd.leads if (p.rule or p.policy) in members]
        if len(leads) == len(members):
            for passage in leads:
                yield from self._crossing(passage, decision, wording, lowered=lowered)
            return
        # Where all leads are told already, the first packet still shows what passes between these zones.
        for finding in self._crossing((leads or crowd.leads)[0], decision, wording, lowered=lowered):
            texts = [f"{by.text if isinstance(by, Rule) else by.chain}|{finding.key}" for by in members]
            yield merged(finding, count=len(members), lines=[by.location.line for by in members], identity=texts)

    def _any_matches(self) -> Iterator[Finding]:
        """Permits between zones that leave source, destination or service open (NC-02): one finding a rule."""
        seen: set[tuple[Location, str]] = set()
        for passage, rule, trace in self._deciding(forbidden=True):
            if not self._crosses(passage):
                continue
            fields = wide_fields(rule, trace)
            if fields is None or (rule.location, rule.text) in seen:
                continue
            seen.add((rule.location, rule.text))
            own = passage.rule is rule
            where = Where(location=rule.location, device=self.device.name, rule_text=rule.text)
            kinds = {self.judge.model.zones[z].kind for z in (passage.src_zone, passage.dst_zone) if z}
            yield registry.finding(
                "NC-02", self.judge.policy, message=ANY_MATCH.format(where=rule_at(rule), fields=fields), where=where,
                cause=f"{self.device.name}:{rule.location}", key=f"{rule.text}|any",
                witness=witness_of(passage) if own else None,
                severity=Severity.CRITICAL if ZoneKind.MYNUMBER in kinds else None,
            )  # fmt: skip

    def _deciding(self, *, forbidden: bool) -> Iterator[tuple[Passage, Rule, tuple[Rule, ...]]]:
        """Every rule that lets something through between two zones, with a passage of those zones and the rules before it."""
        for comparison in self.comparisons.values():
            for passage in comparison.passing.listed:
                if passage.rule is not None and not (forbidden and self.decisions[passage.decision].kind.allows):
                    yield passage, passage.rule, passage.trace
            for crowd in comparison.passing.crowds:
                if forbidden and self.decisions[crowd.decision].kind.allows:
                    continue
                for n, by in enumerate(crowd.members):
                    if isinstance(by, Rule):
                        lead = crowd.leads[n] if n < len(crowd.leads) else crowd.leads[0]
                        yield lead, by, crowd.traces[n] if crowd.traces else (by,)

    def _ipv6_open(self, wider: dict[Family, set[tuple[str, str]]]) -> Iterator[Finding]:
        """Zone pairs that are open over IPv6 and closed over IPv4 (ZM-05)."""
        if 6 not in self.comparisons or not self.judge.policy.applies("ZM-05"):
            return
        only6 = wider.get(6, set()) - wider.get(4, set()) if 4 in self.comparisons else set()
        told: set[str] = set()
        for passage in self.comparisons[6].passing.passages:
            pair = (passage.src_zone, passage.dst_zone)
            if pair not in only6 or self.decisions[passage.decision].kind.allows or "" in pair:
                continue
            where, text = device_rule(self.device, passage)
            cause = _cause(self.device, passage)
            if cause not in told:
                told.add(cause)
                message = IPV6_OPEN.format(where=text, src=self._zone(pair[0]), dst=self._zone(pair[1]))
                yield registry.finding(
                    "ZM-05", self.judge.policy, message=message, where=where, cause=cause, key=f"{where.rule_text}|v6",
                    src_zone=pair[0], dst_zone=pair[1], witness=witness_of(passage),
                )  # fmt: skip

    def _crosses(self, passage: Passage) -> bool:
        src, dst = passage.src_zone, passage.dst_zone
        return not (src and dst) or self.judge.model.layer(src).id != self.judge.model.layer(dst).id

    def _unlogged(self) -> Iterator[Finding]:
        """Rules that let packets cross between layers without a log entry (LT-01): one finding a device."""
        rules: dict[tuple[Location, str], Rule] = {}
        for passage, rule, trace in self._deciding(forbidden=False):
            if self._crosses(passage) and not any(r.log for r in (*trace, rule)):
                rules[rule.location, rule.text] = rule
        # A LOG rule of its own, before the permit in the same chain, writes the entry too.
        unlogged = [rule for rule in rules.values() if not self._logged_before(rule)]
        if unlogged:
            first = min(unlogged, key=lambda r: r.location)
            lines = ", ".join(str(loc.line) for loc in sorted({r.location for r in unlogged})[:20])
            where = Where(location=first.location, device=self.device.name, rule_text=first.text)
            yield registry.finding(
                "LT-01", self.judge.policy, message=UNLOGGED.format(device=self.device.name, count=len(unlogged), lines=lines),
                where=where, cause=f"{self.device.name}:unlogged", key="unlogged", count=len(unlogged),
            )  # fmt: skip

    def _logged_before(self, deciding: Rule) -> bool:
        """Whether a rule that logs stands before the deciding one in its chain and matches at least as much."""
        chain, position = self._places.get(id(deciding), ("", 0))
        fields = deciding.match.fields.items()
        return any(at < position and rule.match.fields.items() <= fields for at, rule in self._logging.get(chain, ()))


def _on_day(decision: Decision, judge: Judge, at: dt.date) -> Decision:
    """A decision as it stands on one day: what an exception that has ended, or a conduit not valid then, no longer permits."""
    if not decision.conditional:
        return decision
    exception = judge.model.exceptions.get(decision.exception)
    if exception is not None and (lapse := exception_reason(exception, at)) is not None:
        return replace(decision, kind=VerdictKind.FORBIDDEN, rules=("EX-04",), reason=lapse)
    conduit = judge.model.conduits.get(decision.conduit)
    if conduit is not None and not conduit.valid_on(at):
        return replace(decision, kind=VerdictKind.FORBIDDEN, rules=("ZM-02",), reason=LAPSED.format(conduit=conduit.id))
    return decision


def _together(verdicts: set[PairVerdict]) -> PairVerdict:
    """The verdict over both families: the worst thing first."""
    if verdicts >= {PairVerdict.WIDER, PairVerdict.NARROWER} or PairVerdict.BOTH in verdicts:
        return PairVerdict.BOTH
    for verdict in (PairVerdict.WIDER, PairVerdict.NOT_DECIDABLE, PairVerdict.NARROWER):
        if verdict in verdicts:
            return verdict
    return PairVerdict.EQUAL


def _location(passage: Passage) -> Location:
    if passage.rule is not None:
        return passage.rule.location
    return passage.policy.location if passage.policy is not None else Location("")


def _cause(device: Device, passage: Passage) -> str:
    """What to repair: the deciding rule, the policy of a chain, or the absence of a filter."""
    location = _location(passage)
    return f"{device.name}:{location}" if location.file else f"{device.name}:{NO_FILTER.en}"
