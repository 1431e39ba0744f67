"""Rules as lines and as JSON trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segmentation.model.finding import ClauseRef
from segmentation.model.policy import Policy
from segmentation.model.text import Lang, Text
from segmentation.report.width import table
from segmentation.report.words import clause_words
from segmentation.rules.registry import FAMILIES, Rule, Side, all_rules

_HEAD = (Text("番号", "ID"), Text("重大度", "severity"), Text("検査", "checked by"), Text("規則", "rule"))
_SHORT = {
    Side.LINT: Text("設定", "lint"),
    Side.SENSOR: Text("通信", "sensor"),
    Side.REGISTRY: Text("台帳", "registry"),
    Side.ATTESTATION: Text("申告", "statement"),
}
_PENDING = Text("（{sides}）", "({sides})")
_LEGEND = Text(
    "括弧の中は、まだ実装していない検査です。「—」は、この規程で適用されない規則です。",
    "In brackets: checks that are not implemented yet. A dash marks rules that do not apply under this policy.",
)
_PROFILE = Text("規程プロファイル：{name}（{organisation}）", "Policy profile: {name} ({organisation})")
_SEVERITY = Text("重大度：{severity}", "Severity: {severity}")
_OVERRIDDEN = Text(
    "重大度：{severity}（この規程による。既定は{default}）", "Severity: {severity} (set by this policy; {default} by default)"
)
_CHECKED = Text("検査の方法", "Checked by")
_DONE, _NOT_YET = Text("実装済み", "implemented"), Text("未実装", "not implemented yet")
_NOTHING_YET = Text(
    "この規則はまだ実装していません。頁は説明のためのものであり、違反がないことを示すものではありません。",
    "This rule is not implemented yet. Its page explains it; no finding of it means nothing.",
)
_GROUNDS = Text("根拠条項", "Clauses")
_INAPPLICABLE = Text("この規程では適用されません：{why}", "Does not apply under this policy: {why}")
_SILENT = Text(
    "この規程には定めがなく、基になる規程から適用しています。",
    "This policy says nothing about it; it is taken from the layer below.",
)
_NO_CLAUSE = Text("条項の登録がありません。", "No clause is recorded.")


def sides_text(rule: Rule, lang: Lang) -> str:
    """The sides of a rule in short; those not implemented yet in brackets."""
    done = [_SHORT[s].in_(lang) for s in Side if s in rule.implemented]
    pending = [_SHORT[s].in_(lang) for s in Side if s in rule.sides and s not in rule.implemented]
    bracketed = [_PENDING.format(sides="・".join(pending) if lang == "ja" else ", ".join(pending)).in_(lang)] if pending else []
    return " ".join([("・" if lang == "ja" else ", ").join(done), *bracketed]).strip()


def list_lines(policy: Policy, lang: Lang) -> Iterator[str]:
    """The table of all rules, family by family."""
    yield _PROFILE.format(name=policy.profile, organisation=policy.organisation).in_(lang)
    yield _LEGEND.in_(lang)
    rows = [[text.in_(lang) for text in _HEAD]]
    titles: dict[int, str] = {}
    for family, _, title in FAMILIES:
        titles[len(rows)] = title.in_(lang)
        rows += [
            [rule.id, _severity(rule, policy, lang), sides_text(rule, lang), rule.title.in_(lang)]
            for rule in all_rules()
            if rule.id.rpartition("-")[0] == family
        ]
    for number, line in enumerate(table(rows)):
        if number in titles:
            yield ""
            yield f"# {titles[number]}"
        yield line


def rule_lines(rule: Rule, policy: Policy, lang: Lang) -> Iterator[str]:
    """The page of one rule with its clause."""
    yield f"{rule.id}  {rule.title.in_(lang)}"
    severity = policy.severities.get(rule.id, rule.severity)
    pattern = _SEVERITY if severity is rule.severity else _OVERRIDDEN
    yield pattern.format(severity=severity.text, default=rule.severity.text).in_(lang)
    if not rule.implemented:
        yield _NOTHING_YET.in_(lang)
    yield ""
    yield _CHECKED.in_(lang)
    for side in (s for s in Side if s in rule.sides):
        yield f"  - {side.text.in_(lang)}: {(_DONE if side in rule.implemented else _NOT_YET).in_(lang)}"
    for heading, text in rule.page.sections(lang):
        yield ""
        yield heading
        for line in text.split("\n"):
            yield f"  {line}" if line else ""
    yield ""
    yield _GROUNDS.in_(lang)
    yield "  " + _PROFILE.format(name=policy.profile, organisation=policy.organisation).in_(lang)
    for line in _ground_lines(rule, policy, lang):
        yield f"  {line}"


def _ground_lines(rule: Rule, policy: Policy, lang: Lang) -> Iterator[str]:
    if rule.id in policy.inapplicable:
        yield _INAPPLICABLE.format(why=policy.inapplicable[rule.id]).in_(lang)
        return
    if rule.id in policy.silent_on:
        yield _SILENT.in_(lang)
    clauses = policy.clauses.get(rule.id, ())
    for clause in clauses:
        yield f"- {clause_words(clause).in_(lang)}"
        if clause.note is not None:
            yield f"  {clause.note.in_(lang)}"
    if not clauses:
        yield _NO_CLAUSE.in_(lang)


def summary_json(rule: Rule, policy: Policy) -> dict[str, Any]:
    """One rule without its page."""
    return {
        "id": rule.id,
        "title": _both(rule.title),
        "severity": policy.severities.get(rule.id, rule.severity).key,
        "sides": [s.value for s in Side if s in rule.sides],
        "implemented": [s.value for s in Side if s in rule.implemented],
        "applies": policy.applies(rule.id),
    }


def rule_json(rule: Rule, policy: Policy) -> dict[str, Any]:
    """One rule with its page in both languages and its clauses."""
    page = rule.page
    return summary_json(rule, policy) | {
        "page": {
            "what": _both(page.what),
            "why": _both(page.why),
            "example": _both(page.example),
            "instead": _both(page.instead),
        },
        "inapplicable_because": _both(policy.inapplicable[rule.id]) if rule.id in policy.inapplicable else None,
        "silent": rule.id in policy.silent_on,
        "clauses": [_clause_json(c) for c in policy.clauses.get(rule.id, ())],
    }


def _clause_json(clause: ClauseRef) -> dict[str, Any]:
    return {
        "origin": clause.origin.value,
        "document": clause.document,
        "number": clause.number,
        "title": {"ja": clause.title, "en": clause.title_in("en")},
        "note": None if clause.note is None else _both(clause.note),
    }


def _severity(rule: Rule, policy: Policy, lang: Lang) -> str:
    return policy.severities.get(rule.id, rule.severity).text.in_(lang) if policy.applies(rule.id) else "—"


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}
