"""The fix plan on paper: for an administrator in text, for programs in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from segmentation.analysis.anomalies import AnomalyKind
from segmentation.analysis.anomalies_pairs import OverlapReport, Overlaps
from segmentation.analysis.repair import Change, ChangeKind, Plan
from segmentation.device.match import Field
from segmentation.lint.repair_syntax import Removal, written_values
from segmentation.model.text import Lang, Text
from segmentation.report.run import ToolInfo
from segmentation.report.width import clip, printable
from segmentation.report.witness import packet_words
from segmentation.vendors.reading import mask

SCHEMA = "sekisho.fix-plan/1"
_TEXT_COLUMNS = 160
_MOST_CULPRITS = 8
_MOST_GROUPS = 10
_MOST_GROUPS_JSON = 1000

_TITLE = Text("規則の整理案", "Fix plan")
_DEVICE = Text(
    "装置 {device}（{vendor}）: 規則 {rules} 件 → {after} 件",
    "Device {device} ({vendor}): {rules} rules → {after} rules",
)
_PROVEN = Text(
    "以下の手順をそのとおりに行っても、通過するパケット、拒否されるパケット、アドレス変換、ログの対象は"
    "変わらないことを証明済みです（IPv4・IPv6、すべてのインターフェースと接続状態）。",
    "It is proved that these steps, applied as written, change neither what passes, nor what is denied, translated or "
    "logged (IPv4 and IPv6, every interface and connection state).",
)
_ORDER = Text(
    "手順は番号順に、一つの手順の中は下の行から行ってください。行番号は元のファイルのものです。",
    "Take the steps in their order; within a step start from the last line. Line numbers are those of the original file.",
)
_NOTHING = Text("安全に削除または統合できる規則はありません。", "There is no rule that can safely be deleted or merged.")
_STEP = Text("手順 {n}", "Step {n}")
_DELETE = Text("{where} を削除", "Delete {where}")
_MERGE = Text(
    "{where} の{field}を {values} に変え、{others} を削除", "Change the {field} of {where} to {values}; delete {others}"
)
_TYPE = Text("入力例:", "Type:")
_EDIT = Text(
    "設定ファイルのこの行を取り除き、全体を読み込み直してください。",
    "Take the line out of the file and load the whole file again.",
)
_INTENT = Text(
    "注意: 前の規則が逆の動作をするため、この規則は一度も働いていません。意図した制限であれば、削除せず順序を見直してください"
    "（その場合は通信が変わります）。",
    "Note: rules before it do the opposite, so this rule has never acted. If it was meant, do not delete it but move it up "
    "(which changes what passes).",
)
_BECAUSE = Text("理由: {why}{culprits}", "Why: {why}{culprits}")
_BY = Text("（該当: {rules}）", " ({rules})")
_WHY = {
    AnomalyKind.EMPTY: Text("一致するパケットが存在しない", "no packet can match it"),
    AnomalyKind.SHADOWED: Text("前の規則にすべて隠れている", "an earlier rule takes all its packets"),
    AnomalyKind.SHADOWED_UNION: Text(
        "前の複数の規則に合わせて隠れている", "several earlier rules together take all its packets"
    ),
    AnomalyKind.UNREACHED: Text("届くパケットがない", "no packet arrives at it"),
    AnomalyKind.UNREFERENCED: Text("どこからも呼び出されない", "nothing calls its chain"),
    AnomalyKind.REDUNDANT: Text("消しても結果が変わらない", "without it every packet fares the same"),
}
_FIELD = {
    Field.SRC: Text("送信元アドレス", "source"),
    Field.DST: Text("宛先アドレス", "destination"),
    Field.SPORT: Text("送信元ポート", "source ports"),
    Field.DPORT: Text("宛先ポート", "destination ports"),
}
_REFUSED = Text(
    "{n} 行は候補でしたが、変わらないことを証明できなかったため載せていません。",
    "{n} lines were candidates and are left out, because it could not be proved that nothing changes.",
)
_KEPT = Text(
    "{n} 行は通過の可否だけなら不要ですが、ほかの働き（検査、変換、戻り通信、他からの参照など）がありうるため残します。",
    "{n} lines are not needed for what passes, but may do more (inspection, translation, replies, use elsewhere) and stay.",
)
_UNDECIDED = Text(
    "{n} 件の規則は、計算量の上限のため不要かどうか判定できていません。",
    "{n} rules were not decided: the limit of work was reached.",
)
_NOT_UNDERSTOOD = Text(
    "理解できなかった行が {n} 行あります。証明は読み取れた部分についてのものです。",
    "{n} lines were not understood; the proof is about what was read.",
)
_OVERLAPS = Text(
    "動作が逆の規則との重なり（IPv{family}、整理後の規則について）: 後の規則に含まれる例外 {generalised} 組、"
    "一部だけが重なる組 {correlated} 組{bound}。",
    "Overlaps with the opposite action (IPv{family}, rules as planned): {generalised} exceptions inside a later rule, "
    "{correlated} pairs that overlap in part{bound}.",
)
_UPPER = Text("（上限値。例だけを確認済み）", " (upper bounds; the examples are proved)")
_GROUP = Text(
    "{where}: 含まれる例外 {generalised}、一部重なり {correlated}", "{where}: {generalised} exceptions, {correlated} in part"
)
_EXAMPLE = Text("例: {where} が先に処理する {packet}", "e.g. {where} takes {packet} first")
_NOT_GROUPED = Text("規則が多いため重なりを数えていないリスト: {chains}", "Lists too long for overlaps to be counted: {chains}")
_OPEN_PAIRS = Text("確認しきれなかった組: {n}", "Pairs not decided, and counted: {n}")
_LIST = Text("、", ", ")


def render_text(plans: Sequence[Plan], tool: ToolInfo, lang: Lang) -> str:
    """The plans in one language, with a line feed at the end."""
    lines = [f"{tool.name} {tool.version}  {_TITLE.in_(lang)}"]
    for plan in plans:
        lines.append("")
        lines += (printable(line) for line in _plan_lines(plan, lang))
    return "\n".join(lines) + "\n"


def _plan_lines(plan: Plan, lang: Lang) -> Iterator[str]:
    device = plan.device
    yield _DEVICE.format(device=device.name, vendor=device.vendor, rules=plan.rules, after=plan.after.rules).in_(lang)
    if plan.steps:
        yield _PROVEN.in_(lang)
        yield _ORDER.in_(lang)
    else:
        yield _NOTHING.in_(lang)
    removal = Removal(device)
    for n, step in enumerate(plan.steps, 1):
        yield _STEP.format(n=n).in_(lang)
        for change in step.changes:
            yield from ("  " + line for line in _change_lines(change, removal, lang))
    for report in plan.overlaps:
        yield from _overlap_lines(report, lang)
    yield from (text.format(n=n).in_(lang) for n, text in _open_ends(plan) if n)


def _overlap_lines(report: OverlapReport, lang: Lang) -> Iterator[str]:
    """The counts, and the rules that overlap most in part: those where the order decides and no reader sees it at once."""
    if report.groups:
        bound = Text("", "") if report.exact else _UPPER
        yield _OVERLAPS.format(
            family=report.family, generalised=report.generalised, correlated=report.correlated, bound=bound
        ).in_(lang)
    for group in _most(report)[:_MOST_GROUPS]:
        if not group.correlated:
            break
        text = _GROUP.format(where=group.rule.location, generalised=group.generalised, correlated=group.correlated)
        yield "  - " + text.in_(lang)
        for example in group.examples[:1]:
            packet = packet_words(example.packet).in_(lang)
            yield "      " + _EXAMPLE.format(where=example.rule.location, packet=packet).in_(lang)
    if report.not_grouped:
        yield _NOT_GROUPED.format(chains=_LIST.in_(lang).join(report.not_grouped)).in_(lang)
    if report.undecided:
        yield _OPEN_PAIRS.format(n=report.undecided).in_(lang)


def _most(report: OverlapReport) -> list[Overlaps]:
    """Groups with most partial overlaps first; ties in the order of the configuration."""
    return sorted(report.groups, key=lambda g: -g.correlated)


def _open_ends(plan: Plan) -> tuple[tuple[int, Text], ...]:
    return (
        (plan.refused, _REFUSED), (plan.kept, _KEPT), (plan.undecided, _UNDECIDED),
        (len(plan.device.not_understood), _NOT_UNDERSTOOD),
    )  # fmt: skip


def _change_lines(change: Change, removal: Removal, lang: Lang) -> Iterator[str]:
    where = str(change.rule.location)
    if change.kind is ChangeKind.DELETE:
        yield "- " + _DELETE.format(where=where).in_(lang)
    else:
        others = _LIST.in_(lang).join(str(r.location) for r in change.merged)
        assert change.field is not None, "a merge has a field"
        text = _MERGE.format(where=where, field=_FIELD[change.field], values=written_values(change), others=others)
        yield "- " + text.in_(lang)
    for rule in (change.rule, *change.merged):
        yield "    " + clip(mask(rule.text), _TEXT_COLUMNS)
    if change.why is not None:
        named = _LIST.in_(lang).join(str(r.location) for r in change.culprits[:_MOST_CULPRITS])
        more = "…" if len(change.culprits) > _MOST_CULPRITS else ""
        by = _BY.format(rules=named + more) if named else Text("", "")
        yield "    " + _BECAUSE.format(why=_WHY[change.why], culprits=by).in_(lang)
    if change.conflict:
        yield "    " + _INTENT.in_(lang)
    commands = removal.commands(change)
    if not commands:
        yield "    " + _EDIT.in_(lang)
    for n, command in enumerate(commands):
        lead = _TYPE.in_(lang) if n == 0 else " " * len(_TYPE.en)
        yield f"    {lead} {mask(command)}"


def render_json(plans: Sequence[Plan], tool: ToolInfo) -> str:
    """The plans for programs; keys in a fixed order."""
    tree = {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "devices": [_device(p) for p in plans],
        "summary": {
            "deletions": sum(c.kind is ChangeKind.DELETE for p in plans for c in p.changes),
            "merges": sum(c.kind is ChangeKind.MERGE for p in plans for c in p.changes),
            "refused": sum(p.refused for p in plans),
            "kept": sum(p.kept for p in plans),
            "undecided": sum(p.undecided for p in plans),
        },
    }
    return json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


def _device(plan: Plan) -> dict[str, Any]:
    removal = Removal(plan.device)
    return {
        "device": plan.device.name,
        "vendor": plan.device.vendor,
        "rules": plan.rules,
        "rules_after": plan.after.rules,
        "proved_unchanged": True,  # a plan holds nothing else
        "steps": [{"changes": [_change(c, removal) for c in s.changes]} for s in plan.steps],
        "refused": plan.refused,
        "kept": plan.kept,
        "undecided": plan.undecided,
        "not_understood": len(plan.device.not_understood),
        "overlaps": [_overlaps(r) for r in plan.overlaps],
    }


def _overlaps(report: OverlapReport) -> dict[str, Any]:
    groups = _most(report)
    return {
        "family": report.family,
        "generalised": report.generalised,
        "correlated": report.correlated,
        "exact": report.exact,
        "undecided": report.undecided,
        "not_grouped": report.not_grouped,
        "left_off": max(0, len(groups) - _MOST_GROUPS_JSON),
        "rules": [
            {
                "chain": g.chain, "file": g.rule.location.file, "line": g.rule.location.line, "generalised": g.generalised,
                "correlated": g.correlated,
                "examples": [
                    {
                        "file": e.rule.location.file, "line": e.rule.location.line, "generalised": e.generalised,
                        "packet": packet_words(e.packet).en,
                    }
                    for e in g.examples
                ],
            }
            for g in groups[:_MOST_GROUPS_JSON]
        ],
    }  # fmt: skip


def _change(change: Change, removal: Removal) -> dict[str, Any]:
    at = change.rule.location
    return {
        "change": change.kind.value,
        "chain": change.chain,
        "file": at.file,
        "line": at.line,
        "text": mask(change.rule.text),
        "why": None if change.why is None else change.why.value,
        "because_of": [{"file": r.location.file, "line": r.location.line} for r in change.culprits],
        "conflict": change.conflict,
        "merged": [{"file": r.location.file, "line": r.location.line, "text": mask(r.text)} for r in change.merged],
        "field": None if change.field is None else change.field.value,
        "becomes": None if change.values is None else written_values(change),
        "commands": [mask(c) for c in removal.commands(change)],
    }
