"""How ``sekisho profiles`` shows policies and their differences, as text and as JSON."""

from __future__ import annotations

from typing import Any

from segmentation.model.finding import ClauseOrigin, ClauseRef
from segmentation.model.policy import Policy
from segmentation.model.text import Lang, Text
from segmentation.model.zones import ZoneKind
from segmentation.profiles.difference import Difference, setting_values
from segmentation.profiles.loader import ProfileInfo, rule_ids
from segmentation.profiles.settings import SETTINGS
from segmentation.report.width import table

_ORIGINS = {
    ClauseOrigin.POLICY: Text("条項", "clause"),
    ClauseOrigin.COUNCIL: Text("上位団体の条項", "clause of the council or prefecture"),
    ClauseOrigin.NATIONAL: Text("国ガイドライン由来", "national guideline"),
    ClauseOrigin.STATUTE: Text("法令・指針", "statute or regulator"),
    ClauseOrigin.PRODUCT: Text("製品規則", "product rule"),
}
_PRIVATE = Text(
    "注意: 非公開の上書きファイルを含みます。取扱いに注意してください。", "Note: a private overlay took part; handle with care."
)

# -- list -------------------------------------------------------------------------------------------------------------

LIST_HEAD = (
    Text("名前", "name"),
    Text("団体", "organisation"),
    Text("改定日", "revised"),
    Text("公開範囲", "published"),
    Text("網", "networks"),
    Text("出口", "way out"),
    Text("無害化", "sanitizing"),
    Text("文書", "document"),
)
_UNDATED = Text("記載なし", "not stated")
_BASIC = Text("基本方針", "basic policy")
_FULL = Text("対策基準まで", "with standards")
_NO_CROSSING = Text("対象外（通信禁止）", "n/a (no crossing)")
_NOT_ASKED = Text("定めなし", "not stated")
_SHORT_NETWORKS = {
    "mynumber": Text("マイナンバー", "My Number"),
    "lgwan": Text("LGWAN", "LGWAN"),
    "internet": Text("インターネット", "Internet"),
}
_SHORT_SCOPES = {
    "import": Text("取込み時", "on import"),
    "both": Text("双方向", "both ways"),
    "other": Text("双方向（等の対策を含む）", "both ways, or another measure"),
}


def _sanitize_text(policy: Policy) -> Text:
    if policy.sanitize.crossing_forbidden:
        return _NO_CROSSING
    if not policy.sanitize.required:
        return _NOT_ASKED
    return _SHORT_SCOPES["other" if policy.sanitize.allow_other_with_reason else policy.sanitize.scope]


def info_row(info: ProfileInfo, lang: Lang) -> list[str]:
    """One profile as a row under :data:`LIST_HEAD`."""
    document = info.document
    layered = any(network.kind is ZoneKind.LGWAN for network in info.networks)
    short = _SHORT_NETWORKS if layered else {}  # other schemes are shown in their own words
    names = [short.get(network.kind.value, network.name).in_(lang) for network in info.networks]
    return [
        info.name,
        info.organisation.in_(lang),
        document.revised or _UNDATED.in_(lang),
        (_BASIC if document.only_basic else _FULL).in_(lang),
        " / ".join(names),
        SETTINGS["egress.kind"].show(info.policy.egress).in_(lang),
        _sanitize_text(info.policy).in_(lang),
        document.title if lang == "ja" else document.title_en or document.title,
    ]


def info_json(info: ProfileInfo) -> dict[str, Any]:
    """One profile of the list as a JSON object."""
    return {
        "name": info.name,
        "kind": info.kind.value,
        "organisation": _both(info.organisation),
        "document": _document_json(info.policy),
        "networks": _networks_json(info.policy),
        "egress": info.policy.egress,
        "sanitize": {"required": info.policy.sanitize.required, "scope": info.policy.sanitize.scope},
    }


# -- show -------------------------------------------------------------------------------------------------------------

_SECTIONS = {
    "document": Text("文書", "Document"),
    "networks": Text("網の構成", "Networks"),
    "settings": Text("求める内容", "What it demands"),
    "terms": Text("用語", "Terms"),
    "rules": Text("規則と根拠", "Rules and what they rest on"),
    "silent": Text(
        "公開文に定めが無く、国ガイドライン由来とする規則", "Rules the text does not hold, taken from the national guideline"
    ),
    "inapplicable": Text("適用しない規則", "Rules not in force"),
    "conflicts": Text("層の間の食い違いと採ったもの", "Where texts disagree, and which is in force"),
    "notes": Text("注意", "Notes"),
}
_PRODUCT_VALUE = Text("{value}（条項に数値は無い。製品の初期値）", "{value} (no clause gives a number; the product's default)")
_LAYERS = Text("重なり: {layers}", "Layers: {layers}")
_COUNCIL = Text(
    "会員共通の資産には「{council}」の方針が優先します。", 'For assets held in common the policy of "{council}" precedes.'
)


def policy_lines(policy: Policy, lang: Lang) -> list[str]:
    """One policy as lines of text."""
    lines = [f"{policy.profile}: {policy.organisation.in_(lang)}"]
    if policy.private:
        lines.append(_PRIVATE.in_(lang))
    document = policy.document
    lines += ["", _SECTIONS["document"].in_(lang), f"  {document.title}"]
    parts = [document.version, document.revised or _UNDATED.in_(lang), (_BASIC if document.only_basic else _FULL).in_(lang)]
    lines.append("  " + " / ".join(part for part in parts if part))
    lines.append("  " + _LAYERS.format(layers=" → ".join(policy.layers)).in_(lang))
    if policy.shared is not None:
        lines.append("  " + _COUNCIL.format(council=policy.council).in_(lang))
    lines += ["", _SECTIONS["networks"].in_(lang)]
    lines += [f"  {network.name.in_(lang)} ({network.kind.value})" for network in policy.networks]
    lines += ["", _SECTIONS["settings"].in_(lang)]
    lines += table([[f"  {label.in_(lang)}", value.in_(lang)] for label, value in _shown_settings(policy)])
    lines += ["", _SECTIONS["terms"].in_(lang)]
    lines += [f"  {key}: {term.in_(lang)}" for key, term in policy.terms.items()]
    lines += ["", _SECTIONS["rules"].in_(lang)]
    for rule in rule_ids():
        if rule in policy.clauses and rule not in policy.silent_on:
            lines += [f"  {rule}  {line}" for line in _clause_lines(policy.clauses[rule], lang)]
    if policy.silent_on:
        lines += ["", _SECTIONS["silent"].in_(lang)]
        for rule in rule_ids():
            if rule in policy.silent_on:
                lines += [f"  {rule}  {line}" for line in _clause_lines(policy.clauses[rule], lang)]
    lines += ["", _SECTIONS["inapplicable"].in_(lang)]
    lines += [f"  {rule}  {policy.inapplicable[rule].in_(lang)}" for rule in rule_ids() if rule in policy.inapplicable]
    for key, texts in (("conflicts", policy.conflicts), ("notes", policy.notes)):
        if texts:
            lines += ["", _SECTIONS[key].in_(lang), *(f"  - {text.in_(lang)}" for text in texts)]
    return lines


def _shown_settings(policy: Policy) -> list[tuple[Text, Text]]:
    values = setting_values(policy)
    rows = []
    for key, setting in SETTINGS.items():
        if key not in values or (key.startswith("scope.") and not values[key]):
            continue
        shown = setting.show(values[key])
        if key in policy.product_values:
            shown = _PRODUCT_VALUE.format(value=shown)
        rows.append((setting.label, shown))
    return rows


def _clause_lines(clauses: tuple[ClauseRef, ...], lang: Lang) -> list[str]:
    lines = []
    for ref in clauses:
        if ref.origin is ClauseOrigin.PRODUCT:
            lines.append(_ORIGINS[ref.origin].in_(lang))
            continue
        note = f" [{ref.note.in_(lang)}]" if ref.note and ref.origin is not ClauseOrigin.NATIONAL else ""
        lines.append(f"{_ORIGINS[ref.origin].in_(lang)}: {ref.document} {ref.number} {ref.title_in(lang)}{note}")
    return lines


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}


def _clause_json(ref: ClauseRef) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "origin": ref.origin.value,
        "document": ref.document,
        "number": ref.number,
        "title": {"ja": ref.title, "en": ref.title_in("en")},
    }
    return fields | ({"note": _both(ref.note)} if ref.note else {})


def _document_json(policy: Policy) -> dict[str, Any]:
    document = policy.document
    return {
        "title": document.title,
        "title_en": document.title_en,
        "version": document.version,
        "revised_on": document.revised or None,
        "published": document.published,
        "only_basic": document.only_basic,
    }


def _networks_json(policy: Policy) -> list[dict[str, Any]]:
    return [{"name": _both(network.name), "kind": network.kind.value, "level": network.level} for network in policy.networks]


def policy_json(policy: Policy) -> dict[str, Any]:
    """One policy as a JSON object; the policy for assets held in common hangs below ``shared``."""
    values = {
        key: sorted(value) if isinstance(value, frozenset) else _both(value) if isinstance(value, Text) else value
        for key, value in setting_values(policy).items()
    }
    rules: dict[str, Any] = {}
    for rule in rule_ids():
        if rule in policy.inapplicable:
            rules[rule] = {"in_force": False, "reason": _both(policy.inapplicable[rule])}
        else:
            clauses = [_clause_json(ref) for ref in policy.clauses[rule]]
            rules[rule] = {"in_force": True, "silent": rule in policy.silent_on, "clauses": clauses}
        if rule in policy.severities:
            rules[rule]["severity"] = policy.severities[rule].key
    return {
        "profile": policy.profile,
        "organisation": _both(policy.organisation),
        "private": policy.private,
        "document": _document_json(policy),
        "layers": list(policy.layers),
        "networks": _networks_json(policy),
        "settings": values,
        "product_values": sorted(policy.product_values),
        "terms": {key: _both(term) for key, term in policy.terms.items()},
        "rules": rules,
        "conflicts": [_both(text) for text in policy.conflicts],
        "notes": [_both(text) for text in policy.notes],
        "shared": None if policy.shared is None else policy_json(policy.shared),
    }


# -- diff -------------------------------------------------------------------------------------------------------------

_SAME = Text("二つのプロファイルに違いはありません。", "The two profiles do not differ.")
_RULES_AFFECTED = Text("規則: {rules}", "Rules: {rules}")


def difference_lines(left: Policy, right: Policy, found: tuple[Difference, ...], lang: Lang) -> list[str]:
    """What separates two policies as lines of text."""
    if not found:
        return [_SAME.in_(lang)]
    names = left.organisation.in_(lang), right.organisation.in_(lang)
    lines: list[str] = []
    for each in found:
        lines.append(each.topic.in_(lang))
        lines += table([[f"  {names[0]}", each.left.in_(lang)], [f"  {names[1]}", each.right.in_(lang)]])
        if each.meaning:
            lines.append(f"  → {each.meaning.in_(lang)}")
        if each.rules:
            lines.append("  " + _RULES_AFFECTED.format(rules=" ".join(each.rules)).in_(lang))
        lines.append("")
    return lines[:-1]


def difference_json(each: Difference) -> dict[str, Any]:
    """One difference as a JSON object."""
    return {
        "key": each.key,
        "topic": _both(each.topic),
        "left": _both(each.left),
        "right": _both(each.right),
        "meaning": _both(each.meaning) if each.meaning else None,
        "rules": list(each.rules),
    }
