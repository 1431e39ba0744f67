"""Rules that an earlier rule of the opposite action cuts into: correlated and generalised (NC-03).

Why these and no others are told, and how grave: ``docs/adr/0008-overlapping-rules.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from segmentation.analysis.anomalies_pairs import Bounds, Overlap, OverlapReport, overlaps
from segmentation.device.device import Device, Rule, Verb
from segmentation.device.match import CtState, Field
from segmentation.lint.condense import ranges
from segmentation.lint.wording import is_whole, steps
from segmentation.model.addresses import Family
from segmentation.model.finding import Finding, Severity, Where, Witness
from segmentation.model.location import Location
from segmentation.model.policy import Policy
from segmentation.model.text import Text
from segmentation.rules import registry

#: Less than for a fix plan: these are remarks beside the findings.
_BOUNDS = Bounds(rows=20_000, proved=4_000, examples=32)
#: Rules of one device that are told one by one; the others are one finding.
_TOLD = 100
_SHOWN = 8
_EXCEPTIONS = Text(
    "前にある動作が逆の規則（{rules}）が、この規則に一致するパケットの一部を先に処理します。例外として意図したものかを確認してください。",
    "Earlier rules of the opposite action ({rules}) are exceptions to this rule: they take part of its packets first. Check "
    "that they are meant.",
)
_CUT = Text(
    "前にある動作が逆の規則（{rules}）と一致範囲の一部が重なっており、重なる部分は並び順だけで結果が決まります。"
    "どちらが意図したものかを確認し、重ならないように範囲を分けてください。",
    "Earlier rules of the opposite action ({rules}) overlap this rule in part, and there the order alone decides. Find out "
    "which was meant, and give the rules ranges that do not overlap.",
)
_ALSO = Text("ほかに、例外となる前の規則: {rules}。", "Exceptions before it, besides: {rules}.")
_FURTHER = Text(
    "{device}: このほか{count:,}件の規則が、前にある動作が逆の規則と重なっています（行: {lines}）。",
    "{device}: {count:,} further rules overlap earlier rules of the opposite action (lines: {lines}).",
)
_NOT_COUNTED = Text(
    "{device}: 規則が多いため、動作が逆の規則どうしの重なりを調べていないリスト: {chains}。",
    "{device}: lists too long for overlaps of opposite rules to be looked for: {chains}.",
)
_NOT_ALL = Text(
    "{device}: 動作が逆の規則どうしの重なりが多いため、IPv{family}では先頭の{proved:,}組だけを調べました。",
    "{device}: there are many overlaps of opposite rules; for IPv{family} the first {proved:,} pairs were looked at.",
)
_MORE = Text("{shown}ほか", "{shown} and more")


@dataclass(slots=True)
class _Group:
    """A line that is cut into, with the lines that do so."""

    rule: Rule
    correlated: dict[Location, Overlap] = field(default_factory=dict)
    generalised: dict[Location, Overlap] = field(default_factory=dict)
    more: bool = False

    def add(self, found: Sequence[Overlap]) -> None:
        """Take in the pairs of one rule of the line."""
        for each in found:
            (self.generalised if each.generalised else self.correlated).setdefault(each.rule.location, each)

    @property
    def severity(self) -> Severity:
        """A deny with a hole in it is a fault more likely than a permit that a deny cuts."""
        return Severity.LOW if self.correlated and self.rule.action.verb is Verb.DROP else Severity.INFO


def overlap_findings(device: Device, dead: Mapping[Family, frozenset[int]], policy: Policy) -> tuple[list[Finding], list[Text]]:
    """The lines of *device* that rules of the opposite action cut into, and what was not looked at.

    *dead* has, for each family to examine, the identities of rules that never act; what hides them is another finding.
    """
    groups: dict[tuple[str, Location], _Group] = {}
    undecided: list[Text] = []
    for family, never in dead.items():
        report = overlaps(device, family, dead=never, asked=_asked, bounds=_BOUNDS)
        for each in report.groups:
            if each.examples:
                group = groups.setdefault((each.chain, each.rule.location), _Group(each.rule))
                group.add(each.examples)
                group.more |= len(each.examples) == _BOUNDS.examples
        undecided += [t for t in _not_looked_at(device, report) if t not in undecided]
    ordered = [(chain, groups[chain, where]) for chain, where in sorted(groups)]
    findings = [_finding(device, chain, group, policy) for chain, group in ordered[:_TOLD]]
    if len(ordered) > _TOLD:
        findings.append(_rest(device, [g for _, g in ordered[_TOLD:]], policy))
    return findings, undecided


def _asked(rule: Rule) -> bool:
    """Whether a rule says something about particular traffic that opens sessions, and somebody wrote it."""
    fields = rule.match.fields
    if rule.text.startswith("implicit") or CtState.NEW not in fields.get(Field.STATE, _OPENING):
        return False
    return any(f is not Field.STATE and not is_whole(f, rule) for f in fields)


_OPENING = (CtState.NEW,)


def _finding(device: Device, chain: str, group: _Group, policy: Policy) -> Finding:
    first = group.correlated or group.generalised
    message = (_CUT if group.correlated else _EXCEPTIONS).format(rules=_listed(first, more=group.more))
    if group.correlated and group.generalised:
        also = _ALSO.format(rules=_listed(group.generalised, more=False))
        message = Text(message.ja + also.ja, f"{message.en} {also.en}")
    where = min(first)
    return registry.finding(
        "NC-03", policy, message=message,
        where=Where(location=group.rule.location, device=device.name, rule_text=group.rule.text),
        cause=f"{device.name}:{group.rule.location}", key=f"{chain}|{group.rule.text}|{_kind(group)}",
        severity=group.severity,
        witness=Witness(packet=first[where].packet, path=steps([first[where].rule])),
        detail=(
            ("kind", _kind(group)), ("correlated", str(len(group.correlated))), ("generalised", str(len(group.generalised))),
            *(("earlier", str(location)) for location in sorted({*group.correlated, *group.generalised})),
        ),
    )  # fmt: skip


def _kind(group: _Group) -> str:
    return "correlated" if group.correlated else "generalised"


def _rest(device: Device, groups: Sequence[_Group], policy: Policy) -> Finding:
    """What is beyond the limit, as one finding."""
    first = groups[0]
    lines = ranges(g.rule.location.line for g in groups)
    return registry.finding(
        "NC-03", policy, message=_FURTHER.format(device=device.name, count=len(groups), lines=lines),
        where=Where(location=first.rule.location, device=device.name, rule_text=first.rule.text),
        cause=f"{device.name}:overlaps", key="overlaps", severity=max(g.severity for g in groups), count=len(groups),
        detail=(("kind", "overlaps"), ("lines", lines)),
    )  # fmt: skip


def _listed(found: dict[Location, Overlap], *, more: bool) -> Text:
    words = ", ".join(str(location) for location in sorted(found)[:_SHOWN])
    text = Text(words, words)
    return _MORE.format(shown=text) if more or len(found) > _SHOWN else text


def _not_looked_at(device: Device, report: OverlapReport) -> Iterator[Text]:
    if report.not_grouped:
        yield _NOT_COUNTED.format(device=device.name, chains=", ".join(report.not_grouped[:_SHOWN]))
    if not report.exact:
        yield _NOT_ALL.format(device=device.name, family=report.family, proved=_BOUNDS.proved)
