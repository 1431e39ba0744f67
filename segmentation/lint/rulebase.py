"""Findings inside one rule base, which need no zone model: default deny, anomalies, a permit of everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from segmentation.analysis.anomalies import Anomaly, AnomalyKind, find
from segmentation.analysis.reach import Passage, passing
from segmentation.device.device import BaseChain, Device, Hook, Rule, Verb
from segmentation.device.management import Aspect
from segmentation.lint.overlaps import overlap_findings
from segmentation.lint.wording import NO_FILTER, device_rule, steps, witness_of
from segmentation.model.addresses import ALL_ADDRESSES, FAMILIES, SPECIAL, AddressSet, Family
from segmentation.model.crossings import ANY
from segmentation.model.decision import Decision
from segmentation.model.finding import Finding, Severity, Where, Witness
from segmentation.model.flow import VerdictKind
from segmentation.model.location import Location
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.rules import registry

_OPEN_DEFAULT = Text(
    "{device}の転送では、どの規則にも一致しないIPv{family}の通信が許可されます（{where}）。",
    "On {device}, forwarded IPv{family} traffic that no rule matches is accepted ({where}).",
)
_SILENT_DENY = Text(
    "{device}の転送では、最後に拒否したIPv{family}の通信がログに残りません（{where}）。",
    "On {device}, forwarded IPv{family} traffic that is denied in the end leaves no log entry ({where}).",
)
#: Chains that lead to chains; more is a loop.
_DEPTH = 16
_UNDECIDED = Text(
    "{device}: {count}件の規則について、計算量の上限に達したため冗長かどうかを判定できませんでした。",
    "{device}: whether {count} rules are redundant was not decided: the limit of work was reached.",
)
_ANOMALY = {
    AnomalyKind.EMPTY: Text("条件に一致するパケットが存在しない規則です。", "No packet can match this rule."),
    AnomalyKind.SHADOWED: Text(
        "前の規則がすべてのパケットを先に処理するため、この規則は働きません。",
        "An earlier rule takes every packet this rule matches, so it never acts.",
    ),
    AnomalyKind.SHADOWED_UNION: Text(
        "前の複数の規則が合わせてすべてのパケットを先に処理するため、この規則は働きません。",
        "Several earlier rules together take every packet this rule matches, so it never acts.",
    ),
    AnomalyKind.UNREACHED: Text(
        "この規則に届くパケットがありません。呼び出し元の条件または前の規則のためです。",
        "No packet it matches ever arrives at this rule, because of earlier rules or of how its chain is called.",
    ),
    AnomalyKind.UNREFERENCED: Text(
        "どこからも呼び出されないチェインの規則です。", "The rule is in a chain that nothing calls."
    ),
    AnomalyKind.REDUNDANT: Text(
        "この規則を消しても結果は変わりません。", "Without this rule every packet would fare the same."
    ),
}
_CONFLICT = Text(
    "動作が逆の規則に隠れているため、意図した効果がありません。",
    "What hides it does the opposite, so its intent has no effect.",
)
_LOGS_ELSEWHERE = frozenset({"aws", "azure"})
_CULPRITS = Text("該当する規則: {rules}", "Rules concerned: {rules}")


@dataclass(slots=True)
class RuleBase:
    """Findings and open questions of one rule base."""

    findings: list[Finding] = field(default_factory=list)
    undecided: list[Text] = field(default_factory=list)


def rulebase_findings(device: Device, policy: Policy) -> RuleBase:
    """NC-01 and NC-03 of one device, for each address family it has rules for."""
    out = RuleBase()
    dead: dict[Family, frozenset[int]] = {}  # rules that never act, by identity
    anomalies: dict[Family, Sequence[Anomaly]] = {}
    for family in FAMILIES:
        forward = [b for b in device.base_chains if b.hook is Hook.FORWARD and family in b.families]
        if not any(family in b.families for b in device.base_chains):
            continue
        if policy.applies("NC-01"):
            out.findings.extend(_default_deny(device, family, forward, policy))
        if policy.applies("NC-03"):
            report = find(device, family)
            dead[family] = frozenset(id(a.rule) for a in report.anomalies if a.kind is not AnomalyKind.REDUNDANT)
            anomalies[family] = report.anomalies
            if report.undecided:
                out.undecided.append(_UNDECIDED.format(device=device.name, count=len(report.undecided)))
    out.findings.extend(_anomaly(device, a, policy, only) for a, only in _whole_lines(device, anomalies))
    findings, undecided = overlap_findings(device, dead, policy)
    out.findings += findings
    out.undecided += undecided
    out.findings = list({(f.rule, f.where.location, f.key): f for f in out.findings}.values())  # a rule of both families once
    return out


_ONE_FAMILY = Text(
    "これはIPv{family}についてのみで、IPv{other}では働いています。",
    "This is so for IPv{family} only; for IPv{other} the rule acts.",
)
#: Every address that two hosts of different networks can have.
_HOSTS = ALL_ADDRESSES - AddressSet(SPECIAL[4], SPECIAL[6])
_EVERYTHING = (
    Decision(
        index=0, src=_HOSTS, dst=_HOSTS, terms=ANY, kind=VerdictKind.FORBIDDEN, reason=Text("", "")
    ),
)  # fmt: skip


def _default_deny(device: Device, family: Family, forward: list[BaseChain], policy: Policy) -> Iterator[Finding]:
    """Whether what no rule speaks of is denied, and whether that denial is logged (NC-01)."""
    if forward and all(_never_by_default(device, b) for b in forward):
        yield from _silent_deny(device, family, forward, policy)
        return
    reach = passing(device, _EVERYTHING, {}, family=family)
    # The pseudo-zone of "no zone" holds all addresses here: what passes by a policy passes by default.
    by_default = [p for p in reach.passages if p.rule is None and p.decision == 0]
    if by_default or not reach.filtered:
        passage = by_default[0] if by_default else None
        where, text = _where(device, passage)
        yield registry.finding(
            "NC-01", policy, message=_OPEN_DEFAULT.format(device=device.name, family=family, where=text), where=where,
            cause=f"{device.name}:{where.location}", key=f"open|{family}",
            witness=witness_of(passage) if passage else None,
        )  # fmt: skip
        return
    yield from _silent_deny(device, family, forward, policy)


def _never_by_default(device: Device, base: BaseChain) -> bool:
    """Whether the policy of a base chain certainly accepts nothing: it drops, or a rule before it drops everything."""
    if base.policy.verb is Verb.DROP:
        return True
    rules = device.chains[base.chain].rules
    return any(r.action.verb is Verb.DROP and _whole_rest(r) and not r.match.may for r in rules)


def _silent_deny(device: Device, family: Family, forward: list[BaseChain], policy: Policy) -> Iterator[Finding]:
    # What is read of a cloud's groups does not say whether flows are logged beside them.
    if device.vendor in _LOGS_ELSEWHERE and Aspect.LOGGING not in device.aspects:
        return
    # A chain without rules before all others, with the policy to drop, says that the device does not route this family.
    if any(b.policy.verb is Verb.DROP and b.priority < 0 and not device.chains[b.chain].rules for b in forward):
        return
    if forward and not any(_denies_with_log(device, b.chain) for b in forward):
        base = forward[-1]
        where = Where(location=base.location, device=device.name, rule_text=f"policy {base.policy.verb.value}")
        yield registry.finding(
            "NC-01", policy, message=_SILENT_DENY.format(device=device.name, family=family, where=base.location), where=where,
            cause=f"{device.name}:{base.location}", key=f"silent|{family}", severity=Severity.MEDIUM,
        )  # fmt: skip


def _where(device: Device, passage: Passage | None) -> tuple[Where, Text]:
    if passage is not None:
        return device_rule(device, passage)
    file = device.inputs[0].file if device.inputs else device.name
    return Where(location=Location(file), device=device.name), NO_FILTER


def _denies_with_log(device: Device, chain: str, depth: int = 0) -> bool:
    """Whether the last effective denial of a chain writes a log entry.

    That is itself, a log rule just before it, or the lists its last rules lead to where one is bound to each interface.
    """
    bound: list[bool] = []
    for rule in reversed(device.chains[chain].rules):
        jumps = rule.action.verb in (Verb.JUMP, Verb.GOTO) and rule.action.target in device.chains and depth < _DEPTH
        if _whole_rest(rule):
            if rule.log or jumps:
                return rule.log or _denies_with_log(device, rule.action.target, depth + 1)
        elif jumps and not rule.match.fields and not rule.match.uncertain:
            bound.append(_denies_with_log(device, rule.action.target, depth + 1))
        else:
            break
    return bool(bound) and all(bound)


def _whole_rest(rule: Rule) -> bool:
    """Whether a rule speaks of every packet that gets to it; a rate limit on a log rule does not count against it."""
    match = rule.match
    others = [u for u in match.uncertain if "limit" not in u]
    return not (match.fields or others or match.in_interface or match.out_interface)


def _whole_lines(device: Device, anomalies: Mapping[Family, Sequence[Anomaly]]) -> Iterator[tuple[Anomaly, Family | None]]:
    """Anomalies of lines that are without effect as a whole: a line may be several rules (verdict maps, several sets).

    A line of both families is without effect if it is in both.  One that is in one family only, because of a rule that does
    the opposite, is given with that family: there its intent has no effect.
    """
    parts: dict[Family, Counter[tuple[str, Location]]] = {}
    without: dict[Family, Counter[tuple[str, Location]]] = {}
    for family, found in anomalies.items():
        chains = [device.chains[name] for name in _reached(device, family) | {a.chain for a in found}]
        parts[family] = Counter((c.name, r.location) for c in chains for r in c.rules if family in r.families)
        without[family] = Counter((a.chain, a.rule.location) for a in found)
    told: set[tuple[str, Location]] = set()
    # Where the families differ, the weaker statement is true of the line: that it changes nothing.
    for family, anomaly in sorted(
        ((f, a) for f, found in anomalies.items() for a in found), key=lambda fa: fa[1].kind is not AnomalyKind.REDUNDANT
    ):
        line = (anomaly.chain, anomaly.rule.location)
        # Nobody wrote an implicit rule and nobody can delete it: a default of the device, or what a binding stands for.
        if without[family][line] != parts[family][line] or line in told or anomaly.rule.text.startswith("implicit"):
            continue
        acts = [f for f in parts if without[f][line] != parts[f][line]]
        if not acts or anomaly.conflict:
            told.add(line)
            yield anomaly, family if acts else None


def _reached(device: Device, family: Family) -> set[str]:
    """The chains that packets of a family can get to."""
    waiting = [b.chain for b in device.base_chains if family in b.families]
    seen = set(waiting)
    while waiting:
        for rule in device.chains[waiting.pop()].rules:
            target = rule.action.target
            if family in rule.families and target in device.chains and target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _anomaly(device: Device, anomaly: Anomaly, policy: Policy, only: Family | None = None) -> Finding:
    parts = [_ANOMALY[anomaly.kind]]
    if anomaly.conflict:
        parts.append(_CONFLICT)
    if only is not None:
        parts.append(_ONE_FAMILY.format(family=only, other=10 - only))
    if anomaly.culprits:
        parts.append(_CULPRITS.format(rules=", ".join(str(r.location) for r in anomaly.culprits[:8])))
    message = Text("".join(p.ja for p in parts), " ".join(p.en for p in parts))
    rule = anomaly.rule
    # A deny that never acts leaves open what somebody meant to close.
    ineffective_deny = anomaly.conflict and rule.action.verb is Verb.DROP
    harmless = anomaly.kind in (AnomalyKind.REDUNDANT, AnomalyKind.UNREFERENCED) and not anomaly.conflict
    return registry.finding(
        "NC-03", policy, message=message,
        where=Where(location=rule.location, device=device.name, rule_text=rule.text),
        cause=f"{device.name}:{rule.location}", key=f"{anomaly.chain}|{rule.text}|{anomaly.kind}",
        severity=Severity.HIGH if ineffective_deny else Severity.LOW if harmless else None,
        witness=Witness(
            packet=anomaly.example, path=steps(anomaly.culprits[:8])
        ) if anomaly.example is not None else None,
        detail=(("kind", anomaly.kind.value),),
    )  # fmt: skip
