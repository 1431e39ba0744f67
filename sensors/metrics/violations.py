"""Violations by rule, layers and state, with a zero for every combination that the judge can forbid.

A series that is born at 1 gives ``increase() == 0``: the first crossing would raise no alert.
"""

from __future__ import annotations

from collections.abc import Iterable

from segmentation.model.finding import Finding, FlowState, Severity
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry
from sensors.metrics.snapshot import NO_ZONE

#: (rule, severity key, layer of the initiator, layer of the responder, state)
Key = tuple[str, str, str, str, str]


def forbidden_pairs(judge: Judge) -> dict[Key, int]:
    """Every combination the judge can forbid, at 0."""
    layer = {z: judge.model.layer(z).id for z in judge.model.zones} | {"": NO_ZONE}
    counts: dict[Key, int] = {}
    for decision in judge.decisions:
        if decision.kind in (VerdictKind.FORBIDDEN, VerdictKind.NOT_DECIDABLE) and decision.rules:
            rule = next((r for r in decision.rules if registry.SENSOR in registry.get(r).sides), decision.rules[0])
            severity = judge.policy.severities.get(rule, registry.get(rule).severity)
            for state in FlowState:
                counts[rule, severity.key, layer[decision.src_zone], layer[decision.dst_zone], state.value] = 0
    return counts


def watched_pairs(judge: Judge) -> dict[Key, int]:
    """What else a running sensor may report, at 0: detectors' findings, and flows whose direction is inferred.

    Any scraper may ask at any time, so only a series that stands there before its first event is sure to be seen growing.
    """
    outside = {judge.model.layer(z).id for z, zone in judge.model.zones.items() if zone.kind is ZoneKind.OUTSIDE}
    layers = {judge.model.layer(z).id for z in judge.model.zones}
    counts: dict[Key, int] = {}
    for rule, severity, src, dst, state in forbidden_pairs(judge):
        lowered = Severity(max(Severity.of(severity) - 1, Severity.INFO))
        counts[rule, lowered.key, src, dst, state] = 0
    for known in registry.all_rules():
        if registry.SENSOR not in known.implemented or not judge.policy.applies(known.id):
            continue
        severity_ = judge.policy.severities.get(known.id, known.severity)
        for layer in layers:
            for dst in {layer, NO_ZONE} | outside:
                for state in ("", *(s.value for s in FlowState)):
                    counts[known.id, severity_.key, layer, dst, state] = 0
        mynumber = {judge.model.layer(z).id for z, zone in judge.model.zones.items() if zone.kind is ZoneKind.MYNUMBER}
        for layer in mynumber if known.severity is not Severity.CRITICAL else ():
            counts[known.id, Severity.CRITICAL.key, layer, layer, ""] = 0
    return counts


def violations(judge: Judge, findings: Iterable[Finding]) -> dict[Key, int]:
    """Findings, one for each cause; what an approved exception covers is left out."""
    counts = forbidden_pairs(judge)
    add_violations(counts, judge, findings)
    return counts


def add_violations(counts: dict[Key, int], judge: Judge, findings: Iterable[Finding]) -> None:
    """Add *findings* to running totals in place.

    The running sensor hands over one finding for each cause that was seen since it last looked: a sweep of a million
    packets adds one a second, and what goes on keeps growing, so that its alert stays.
    """
    layer = {z: judge.model.layer(z).id for z in judge.model.zones}
    for f in findings:
        if not f.silenced:
            key = (
                f.rule, f.severity.key, layer.get(f.src_zone, NO_ZONE), layer.get(f.dst_zone, NO_ZONE),
                f.state.value if f.state else "",
            )  # fmt: skip
            counts[key] = counts.get(key, 0) + 1
