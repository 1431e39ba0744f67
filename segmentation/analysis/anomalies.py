"""Faults inside a rule base: rules that are never reached or do nothing, proved over exact packet sets."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass

import numpy as np

from segmentation.analysis.anomalies_chain import ChainAnswer, boxes_of, examine_chain, is_linear
from segmentation.analysis.anomalies_flow import FlowAnswer, examine_flow
from segmentation.analysis.program import DevicePlan, Key, Step, build
from segmentation.device.device import BaseChain, Device, Rule, Verb
from segmentation.model.addresses import Family
from segmentation.model.finding import Packet
from segmentation.packetset.box import Limits
from segmentation.packetset.decode import box_of, witness_of
from segmentation.packetset.program import Op
from segmentation.packetset.space import Space, SpaceBuilder
from segmentation.packetset.walk import ROW

#: Anomalies are many small questions: each gets less than a zone pair.
DEFAULT_LIMITS = Limits(steps=500_000, stack=100_000)


class AnomalyKind(enum.StrEnum):
    """What is wrong with a rule."""

    EMPTY = "empty"  # its own match holds for no packet
    SHADOWED = "shadowed"  # one earlier rule of the chain takes every packet it matches
    SHADOWED_UNION = "shadowed_union"  # several earlier rules together take every packet it matches
    UNREACHED = "unreached"  # no packet it matches arrives there: through the jumps that lead to its chain
    UNREFERENCED = "unreferenced"  # nothing leads to its chain
    REDUNDANT = "redundant"  # it is reached, but without it every packet would fare the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One rule and what makes it so.

    ``culprits``: for shadowing, a minimal covering set of earlier rules; for redundancy, later rules that do the same
    (none named where the policy or several together do).  ``conflict`` says whether a culprit does something else than
    the rule: then the rule's intent has no effect (an ineffective deny is the grave case).
    """

    kind: AnomalyKind
    chain: str
    position: int  # of the rule in the chain, from 0
    rule: Rule
    culprits: tuple[Rule, ...] = ()
    conflict: bool = False
    example: Packet | None = None  # a packet that the rule matches; None when it matches none


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyReport:
    """All anomalies of one device and family, in the order of the configuration.

    ``correlated`` counts pairs of rules of one chain with different actions that overlap without one holding the
    other.  ``undecided`` holds the rules about which a limit was reached: (chain, position).
    """

    device: str
    family: Family
    anomalies: tuple[Anomaly, ...]
    rules: int  # examined
    correlated: int = 0
    undecided: tuple[tuple[str, int], ...] = ()


def find(device: Device, family: Family, *, limits: Limits = DEFAULT_LIMITS) -> AnomalyReport:
    """Examine every rule of *device* that exists for *family* and does something to packets.

    Rules whose match is uncertain never count as culprits, and are reported only when certainly without effect.  A rule
    that logs is never called redundant.  A chain called from several base chains is examined for each; its rules are
    reported only when all of them agree.
    """
    survey = _Survey(device, family, limits)
    verdicts = survey.verdicts()
    anomalies: list[Anomaly] = []
    undecided: list[tuple[str, int]] = []
    examined = 0
    for name, chain in device.chains.items():
        for position, rule in enumerate(chain.rules):
            if family not in rule.families or (rule.action.verb is Verb.CONTINUE and not rule.action.uncertain):
                continue
            examined += 1
            if name not in survey.reached_chains:
                kind = AnomalyKind.EMPTY if rule.match.empty else AnomalyKind.UNREFERENCED
                anomalies.append(Anomaly(kind=kind, chain=name, position=position, rule=rule))
                continue
            found = verdicts.get(id(rule))
            if found is None:  # planned nowhere: no packet of the family matches
                anomalies.append(Anomaly(kind=AnomalyKind.EMPTY, chain=name, position=position, rule=rule))
            elif any(v.undecided for v in found):
                undecided.append((name, position))
            elif all(v.kind is not None for v in found):
                anomalies.append(survey.anomaly(name, position, rule, found[0]))
    return AnomalyReport(
        device=device.name,
        family=family,
        anomalies=tuple(anomalies),
        rules=examined,
        correlated=survey.correlated,
        undecided=tuple(undecided),
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one examination says of a rule; ``kind`` is ``None`` when it has an effect there."""

    kind: AnomalyKind | None
    step: Step
    culprits: tuple[Rule, ...] = ()
    undecided: bool = False


class _Survey:
    """All base chains of one device and family in one space."""

    def __init__(self, device: Device, family: Family, limits: Limits) -> None:
        self._limits = limits
        self._plans: list[tuple[BaseChain, DevicePlan]] = []
        for base in device.base_chains:
            if family in base.families:
                alone = dataclasses.replace(device, base_chains=(base,))
                self._plans.append((base, build(alone, family, base.hook)))
        names = self._plans[0][1].interfaces if self._plans else ("",)
        builder = SpaceBuilder(family, names)
        for _, plan in self._plans:
            plan.collect(builder)
        self._space: Space = builder.build()
        self.reached_chains = {key[0] for _, plan in self._plans for key in plan.chains}
        self.correlated = 0
        self._known: dict[tuple[Key, Op | None], ChainAnswer] = {}

    def verdicts(self) -> dict[int, list[_Verdict]]:
        """What every examination says, by the identity of the rule."""
        out: dict[int, list[_Verdict]] = {}
        for base, plan in self._plans:
            flow = None if is_linear(plan.chains[plan.entry(base)]) else examine_flow(self._space, plan, base, self._limits)
            for key, steps in plan.chains.items():
                own = key == plan.entry(base)
                policy = (Op.DROP if base.policy.verb is Verb.DROP else Op.ACCEPT) if own else None
                chain = self._chain(key, steps, policy)
                for position, step in enumerate(steps):
                    out.setdefault(id(step.rule), []).append(self._verdict(steps, position, chain, flow))
        return out

    def _chain(self, key: Key, steps: list[Step], policy: Op | None) -> ChainAnswer:
        known = self._known.get((key, policy))
        if known is None:
            known = self._known[key, policy] = examine_chain(self._space, steps, policy, self._limits)
            self.correlated += known.correlated
        return known

    @staticmethod
    def _verdict(steps: list[Step], position: int, chain: ChainAnswer, flow: FlowAnswer | None) -> _Verdict:
        step = steps[position]
        if position in chain.covered:
            culprits = tuple(steps[p].rule for p in chain.covered[position])
            kind = AnomalyKind.SHADOWED if len(culprits) == 1 else AnomalyKind.SHADOWED_UNION
            return _Verdict(kind, step, culprits)
        if position in chain.redundant and not step.rule.log:
            return _Verdict(AnomalyKind.REDUNDANT, step, tuple(steps[p].rule for p in chain.redundant[position]))
        if flow is not None:
            if step.ref in flow.unreached:
                return _Verdict(AnomalyKind.UNREACHED, step)
            if step.ref in flow.redundant and not step.rule.log:
                return _Verdict(AnomalyKind.REDUNDANT, step)
            return _Verdict(None, step, undecided=step.ref in flow.undecided)
        return _Verdict(None, step, undecided=position in chain.undecided)

    def anomaly(self, name: str, position: int, rule: Rule, verdict: _Verdict) -> Anomaly:
        """The verdict as an anomaly, with the lowest packet the rule matches."""
        assert verdict.kind is not None, "only rules without effect are anomalies"
        boxes = boxes_of(self._space, verdict.step)
        example = None
        if boxes is not None and len(boxes):
            row = np.zeros(ROW, np.int32)
            row[: boxes.shape[1]] = boxes[0]
            example = witness_of(box_of(self._space, row))
        conflict = any(c.action.verb is not rule.action.verb for c in verdict.culprits)
        return Anomaly(
            kind=verdict.kind, chain=name, position=position, rule=rule, culprits=verdict.culprits, conflict=conflict,
            example=example,
        )  # fmt: skip
