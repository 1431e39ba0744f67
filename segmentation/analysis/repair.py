"""A plan that makes a rule base smaller without changing what it does to any packet.

Candidates come from the anomaly analysis and from neighbouring rules that can be one.  None is believed: each step is
applied to the device, and only what :mod:`segmentation.analysis.equivalence` proves to change nothing enters the plan.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmentation.analysis.anomalies import DEFAULT_LIMITS, AnomalyKind, AnomalyReport, find
from segmentation.analysis.anomalies_pairs import OverlapReport, overlaps
from segmentation.analysis.equivalence import DEFAULT_NODES, Comparison, Verdict, equivalence
from segmentation.analysis.repair_merge import Merge, merges
from segmentation.device.device import Chain, Device, Rule, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.finding import Packet
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.packetset.box import Limits

Prove = Callable[[Device, Device], Sequence[Comparison]]

#: Rounds of looking again after a step was applied; what one round removes may leave the next one more to do.
_ROUNDS = 8
#: Proofs tried for one step: a refused batch is halved until the culprit is alone.
_MOST_PROOFS = 96
_MOST_PROOFS_LARGE = 12
_LARGE = 20_000  # rules
#: Formats whose rules do nothing beside their verdict (and a log entry).  Elsewhere a permit may also inspect, translate,
#: shape or open a way back, so that "the next rule permits it as well" says nothing about the rest.
VERDICT_ONLY = frozenset({"iptables", "nftables", "ios", "asa", "nxos", "eos", "aws", "azure"})
#: Formats in which a list that no filter uses cannot be used by anything else either.
_LISTS_ARE_FILTERS = frozenset({"iptables", "nftables"})
#: Formats whose lists are named and may be used by something that is not read here: a list is judged by itself alone.
_NAMED_LISTS = frozenset({"ios", "asa", "nxos", "eos", "awplus", "ix", "rtx"})
#: Words of permits that open a way back or look into the packets: more than a verdict even in an access list.
_MORE_THAN_A_VERDICT = ("reflect", "evaluate", "inspect", "capture")
#: Words of rules that speak of a set which something else may fill while the device runs.
_FILLED_AT_RUN_TIME = ("@", "--match-set")


class ChangeKind(enum.StrEnum):
    """What to do with a rule."""

    DELETE = "delete"
    MERGE = "merge"  # several rules become one, in the place of the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change to one line of the configuration.

    ``why`` is the anomaly for which a line is deleted (``None`` for merges), ``culprits`` are the rules that make it so.
    ``conflict``: the line was meant to do the opposite of what happens; deleting it changes nothing, but the intent may be
    worth a look.  A merge names in ``merged`` the lines that go, and in ``field`` and ``values`` what the first becomes.
    """

    kind: ChangeKind
    chain: str
    rule: Rule
    why: AnomalyKind | None = None
    culprits: tuple[Rule, ...] = ()
    conflict: bool = False
    merged: tuple[Rule, ...] = ()
    field: Field | None = None
    values: IntervalSet | None = None
    family: Family | None = None  # of the addresses in ``values``


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Changes that were proved together: applied as one, they change nothing.  Within a step, last line first."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole plan.

    ``after`` is the device with all steps applied.  ``refused`` counts lines that were candidates and for which the proof
    found a packet that would fare otherwise, or no answer within its limits; ``kept`` lines that could go as far as packets
    are concerned but do more than a verdict, or may be used elsewhere; ``undecided`` rules the analysis did not decide about.
    ``overlaps`` is about the device as planned: no change, but what a reader of the list should know.
    """

    device: Device
    after: Device
    steps: tuple[Step, ...]
    rules: int
    refused: int = 0
    kept: int = 0
    undecided: int = 0
    overlaps: tuple[OverlapReport, ...] = ()  # per family: rules that take packets from a later one of the opposite action

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes in the order of application."""
        return tuple(c for s in self.steps for c in s.changes)


def plan(
    device: Device,
    *,
    limits: Limits = DEFAULT_LIMITS,
    nodes: int = DEFAULT_NODES,
    prove: Prove | None = None,
    suggest: Callable[[Device], list[Change]] | None = None,
) -> Plan:
    """The changes to *device* that are proved to leave the fate of every packet as it is.

    *prove* and *suggest* are for tests: another proof, further candidates (which the proof must refuse where they matter).
    """
    return _Planner(device, limits, prove or (lambda a, b: equivalence(a, b, nodes=nodes)), suggest).plan()


def apply(device: Device, changes: Sequence[Change]) -> Device:
    """The device after *changes*."""
    lines = {c.rule.location for c in changes if c.kind is ChangeKind.DELETE}
    gone = {id(r) for c in device.chains.values() for r in c.rules if r.location in lines}
    replaced: dict[int, Rule] = {}
    for change in changes:
        if change.kind is ChangeKind.DELETE:
            gone.add(id(change.rule))
        else:
            assert change.field is not None and change.values is not None, "a merge says what it makes"  # noqa: PT018
            fields = {**change.rule.match.fields, change.field: change.values}
            match = dataclasses.replace(change.rule.match, fields=fields)
            replaced[id(change.rule)] = dataclasses.replace(change.rule, match=match)
            gone.update(id(r) for r in change.merged)
    chains: dict[str, Chain] = {}
    for name, chain in device.chains.items():
        if not any(id(r) in gone or id(r) in replaced for r in chain.rules):
            chains[name] = chain
            continue
        rules = tuple(replaced.get(id(r), r) for r in chain.rules if id(r) not in gone)
        chains[name] = dataclasses.replace(chain, rules=rules)
    return dataclasses.replace(device, chains=chains)


class _Planner:
    def __init__(self, device: Device, limits: Limits, prove: Prove, suggest: Callable[[Device], list[Change]] | None) -> None:
        self._original = device
        self._now = device
        self._limits = limits
        self._prove = prove
        self._suggest = suggest
        self._steps: list[Step] = []
        self._refused: set[Location] = set()
        self._kept: set[Location] = set()
        self._undecided = 0

    def plan(self) -> Plan:
        """Dead lines first: they never act, whatever else goes.  Then redundant ones, then merges, until nothing is left."""
        if self._suggest is not None:
            self._take(self._suggest(self._now))
        for _ in range(_ROUNDS):
            reports = self._reports()
            self._undecided = sum(len(r.undecided) for r in reports)
            dead, redundant = self._candidates(reports)
            if not (self._take(dead) or self._take(redundant) or self._take(self._merges())):
                break
        return Plan(
            device=self._original, after=self._now, steps=tuple(self._steps), rules=self._original.rules,
            refused=len(self._refused), kept=len(self._kept), undecided=self._undecided,
            overlaps=tuple(overlaps(self._now, f) for f in self._families()),
        )  # fmt: skip

    def _reports(self) -> list[AnomalyReport]:
        return [find(self._now, f, limits=self._limits) for f in self._families()]

    def _families(self) -> list[Family]:
        return [f for f in FAMILIES if any(f in b.families for b in self._now.base_chains)]

    def _candidates(self, reports: Sequence[AnomalyReport]) -> tuple[list[Change], list[Change]]:
        """Lines all of whose rules are without effect in every family: those that never act, and those that only repeat."""
        examined = {r.family for r in reports}
        found: dict[int, dict[Family, Change]] = {}
        kinds: dict[int, list[AnomalyKind]] = {}
        for report in reports:
            for a in report.anomalies:
                change = Change(
                    kind=ChangeKind.DELETE, chain=a.chain, rule=a.rule, why=a.kind, culprits=a.culprits, conflict=a.conflict
                )
                found.setdefault(id(a.rule), {})[report.family] = change
                kinds.setdefault(id(a.rule), []).append(a.kind)
        lines: dict[Location, list[Rule]] = {}
        for chain in self._now.chains.values():
            for rule in chain.rules:
                lines.setdefault(rule.location, []).append(rule)
        dead: list[Change] = []
        redundant: list[Change] = []
        for location, rules in lines.items():
            if location in self._refused or not all(
                set(found.get(id(r), ())) >= (r.families & examined) and r.families & examined for r in rules
            ):
                continue
            whys = [k for r in rules for k in kinds[id(r)]]
            change = next(iter(found[id(rules[0])].values()))
            if not self._is_line(rules):
                continue
            if not self._only_a_verdict(rules, whys):
                self._kept.add(location)
            elif AnomalyKind.REDUNDANT in whys:
                redundant.append(change)
            else:
                dead.append(change)
        return dead, redundant

    def _is_line(self, rules: Sequence[Rule]) -> bool:
        """Whether the rules are a line somebody wrote as a rule: no implicit rule, no binding of a list to an interface."""
        jumps = self._now.vendor not in _LISTS_ARE_FILTERS and any(r.action.verb in (Verb.JUMP, Verb.GOTO) for r in rules)
        return not jumps and all(_written(r) for r in rules)

    def _only_a_verdict(self, rules: Sequence[Rule], whys: Sequence[AnomalyKind]) -> bool:
        """Whether nothing but the packets' verdicts depends on the line, as far as the format tells."""
        if AnomalyKind.EMPTY in whys and any(w in r.text for r in rules for w in _FILLED_AT_RUN_TIME):
            return False
        if AnomalyKind.UNREFERENCED in whys and self._now.vendor not in _LISTS_ARE_FILTERS:
            return False
        if AnomalyKind.UNREACHED in whys and self._now.vendor in _NAMED_LISTS:
            return False
        if AnomalyKind.REDUNDANT not in whys and any(r.hits for r in rules):
            return False  # a counter that is not zero says that packets came here: the order may have been another then
        if AnomalyKind.REDUNDANT in whys and any(r.action.verb is Verb.DROP and not r.match.fields for r in rules):
            return False  # a final deny that somebody wrote says what the default only implies, and an audit asks for it
        if AnomalyKind.REDUNDANT not in whys or all(r.action.verb is Verb.DROP for r in rules):
            return True
        if any(word in r.text.split() for r in rules for word in _MORE_THAN_A_VERDICT):
            return False
        return self._now.vendor in VERDICT_ONLY

    def _merges(self) -> list[Change]:
        if self._now.vendor not in VERDICT_ONLY:
            return []
        return [_merge_change(m) for m in merges(self._now) if m.first.location not in self._refused]

    def _take(self, candidates: list[Change]) -> bool:
        """Add what is proved of *candidates* as a step; whether anything was."""
        taken: list[Change] = []
        candidates = self._leaving_lists(candidates)
        waiting = [candidates] if candidates else []
        most = _MOST_PROOFS if self._original.rules < _LARGE else _MOST_PROOFS_LARGE
        proofs = 0
        while waiting:
            batch = waiting.pop()
            proofs += 1
            if proofs > most:
                self._refused.update(c.rule.location for c in batch)
                continue
            after = apply(self._now, batch)
            answers = self._prove(self._now, after)
            if all(a.verdict is Verdict.EQUAL for a in answers):
                self._now = after
                taken += batch
            elif len(batch) == 1:
                self._refused.add(batch[0].rule.location)
            else:
                waiting += _divided(batch, [p for a in answers for p in (a.example, *a.further) if p is not None])
        if taken:
            self._steps.append(Step(changes=tuple(sorted(taken, key=_last_first))))
        return bool(taken)

    def _leaving_lists(self, candidates: list[Change]) -> list[Change]:
        """*candidates* without those that would leave a list with no line.

        An access list without entries is no list on IOS and ASA: what it is bound to is then open (Cisco IOS Security
        Configuration Guide, "IP Access List Overview": an undefined list permits everything), whatever its implicit end was.
        """
        if self._now.vendor in _LISTS_ARE_FILTERS:
            return candidates
        after = apply(self._now, candidates)
        emptied = {
            name for name, chain in self._now.chains.items()
            if any(_written(r) for r in chain.rules) and not any(_written(r) for r in after.chains[name].rules)
        }  # fmt: skip
        held = {r.location for name in emptied for r in self._now.chains[name].rules}
        self._kept.update(c.rule.location for c in candidates if c.rule.location in held)
        return [c for c in candidates if c.rule.location not in held]


def _divided(batch: list[Change], examples: Sequence[Packet]) -> list[list[Change]]:
    """The parts of a refused batch, to be tried from the last on.

    A packet that fares otherwise meets a changed rule: those it meets are set aside and halved, the others tried together.
    """
    met = [c for c in batch if any(_meets(r, p) for r in (c.rule, *c.merged) for p in examples)]
    if not met or len(met) == len(batch):
        half = len(batch) // 2
        return [batch[half:], batch[:half]]
    aside = {id(c) for c in met}
    return [met, [c for c in batch if id(c) not in aside]]


def _meets(rule: Rule, packet: Packet) -> bool:
    """Whether a packet lies in the addresses, protocol and ports of a rule."""
    values = {
        Field.SRC: packet.src, Field.DST: packet.dst, Field.PROTO: packet.protocol, Field.SPORT: packet.sport,
        Field.DPORT: packet.dport,
    }  # fmt: skip
    return packet.family in rule.families and all(
        v in rule.match.fields[f] for f, v in values.items() if f in rule.match.fields
    )


def _written(rule: Rule) -> bool:
    """Whether somebody wrote the rule, and the format does not imply it."""
    return bool(rule.location.line) and not rule.text.startswith("implicit")


def _last_first(change: Change) -> tuple[str, int, int]:
    """Within a file from the last line up, so that numbers of rules and lines stay right while the changes are applied."""
    at = change.rule.location
    return at.file, -at.line, -at.column


def _merge_change(merge: Merge) -> Change:
    return Change(
        kind=ChangeKind.MERGE, chain=merge.chain, rule=merge.first, merged=merge.others, field=merge.field,
        values=merge.values, family=merge.family,
    )  # fmt: skip
