"""Permits that are wide by what they really let through, whatever their text says (NC-02).

A rule base can permit everything between two zones without the word "any": half of the addresses in one rule, the other
half in the next.  And a rule that says "any" may, behind others, be left with little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segmentation.analysis.reach import Passage, passing
from segmentation.device.device import Device
from segmentation.lint.crossings import DeviceLint
from segmentation.lint.subject import Subject
from segmentation.lint.wording import cause_of, device_rule, witness_of, zone_name
from segmentation.model.addresses import ALL_ADDRESSES, Family
from segmentation.model.crossings import ANY
from segmentation.model.decision import Decision
from segmentation.model.finding import Finding, Severity
from segmentation.model.flow import VerdictKind
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind

_TOGETHER = Text(
    "{count}件の規則（{rules}）が合わさって、{src}から{dst}へのすべての通信を許可しています。「any」と書かれていなくても同じことです。"
    "必要な通信を依頼元に確認し、相手とサービスを個別に限定してください。",
    "{count} rules ({rules}) together permit everything from {src} to {dst}, without any of them saying “any”. Ask whoever "
    "requested them what is needed, and limit hosts and services one by one.",
)
#: Rules shown of those that are wide together.
_SHOWN = 5
#: Rules of one pair that are added up; what they let through is a finding of its own in any case.
_MOST = 256
_NONE = Text("", "")


def breadth_findings(subject: Subject, crossing: DeviceLint, said: Sequence[Finding]) -> Iterator[Finding]:
    """Pairs of zones that several rules open wholly, where no rule of them has been called wide in *said*."""
    if not subject.policy.applies("NC-02"):
        return
    named = {f.cause for f in said if f.rule == "NC-02"}
    told: set[tuple[str, ...]] = set()
    for family, comparison in crossing.comparisons.items():
        opened: dict[tuple[str, str], list[Passage]] = {}
        for passage in comparison.passing.passages:
            pair = (passage.src_zone, passage.dst_zone)
            if passage.rule is not None and passage.certain and all(pair) and _crosses(subject, pair):
                opened.setdefault(pair, []).append(passage)
        pairs = {
            pair: ps
            for pair, ps in opened.items()
            if 1 < len({cause_of(subject.device, p) for p in ps}) <= _MOST
            and any(not crossing.decisions[p.decision].kind.allows for p in ps)
            and not named & {cause_of(subject.device, p) for p in ps}
        }
        if not pairs:
            continue
        whole = _everything(crossing, family, set(pairs))
        for pair, passages in pairs.items():
            rules = tuple(dict.fromkeys(str(p.rule.location) for p in passages if p.rule is not None))
            if rules not in told and _covers(passages, whole.get(pair)):
                told.add(rules)
                yield _finding(subject, pair, passages, rules)


def _crosses(subject: Subject, pair: tuple[str, str]) -> bool:
    assert subject.judge is not None
    src, dst = (subject.judge.model.layer(z).id for z in pair)
    return src != dst


def _everything(crossing: DeviceLint, family: Family, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How many different packets each pair of zones has: what passes a device without rules."""
    rows = (Decision(index=0, src=ALL_ADDRESSES, dst=ALL_ADDRESSES, terms=ANY, kind=VerdictKind.FORBIDDEN, reason=_NONE),)
    bare: Device = replace(crossing.device, chains={}, base_chains=())
    reach = passing(
        bare, rows, crossing.scope.zones, family=family, interfaces=crossing.scope.interfaces, pairs=pairs
    )  # fmt: skip
    undecided = set(reach.undecided)
    return {
        (p.src_zone, p.dst_zone): p.packets
        for p in reach.passages
        if p.packets_exact and (p.src_zone, p.dst_zone) not in undecided
    }


def _covers(passages: Sequence[Passage], whole: int | None) -> bool:
    """Whether disjoint passages are together everything; each packet is in one, so their numbers add up."""
    return whole is not None and all(p.packets_exact for p in passages) and sum(p.packets for p in passages) == whole


def _finding(subject: Subject, pair: tuple[str, str], passages: Sequence[Passage], rules: tuple[str, ...]) -> Finding:
    assert subject.judge is not None
    model, first = subject.judge.model, passages[0]
    where, _ = device_rule(subject.device, first)
    shown = ", ".join(rules[:_SHOWN]) + (" …" if len(rules) > _SHOWN else "")
    names = {"src": zone_name(model, pair[0]), "dst": zone_name(model, pair[1])}
    kinds = {model.zones[z].kind for z in pair}
    return subject.finding(
        "NC-02", _TOGETHER.format(count=len(rules), rules=shown, **names), where.location, rule_text=where.rule_text,
        key=f"{where.rule_text}|together|{pair[0]}|{pair[1]}", src_zone=pair[0], dst_zone=pair[1],
        witness=witness_of(first), severity=Severity.CRITICAL if ZoneKind.MYNUMBER in kinds else None,
    )  # fmt: skip
