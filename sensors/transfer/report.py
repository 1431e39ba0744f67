"""Content verdicts as a report: findings by rule, the JSON contract ``sekisho.inspect/1``, and what an officer reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.location import Location
from segmentation.model.policy import Policy
from segmentation.model.text import Lang, Text
from segmentation.report import json_document
from segmentation.report.run import Run
from segmentation.report.width import printable
from segmentation.rules import registry
from sensors.transfer.verdict import Content, ContentVerdict, MailText

Tree = dict[str, Any]

_FACTOR = Text("{file}: {factor}。{detail}{place}", "{file}: {factor}. {detail}{place}")
_BREACH = Text(
    "{file}: 文字だけのメールではありません。{detail}{place}", "{file}: this mail is more than plain text. {detail}{place}"
)
_PLACE = Text("（{where}）", " ({where})")
_UNSEEN = Text("{file}{place}: {reason}。", "{file}{place}: {reason}.")
_NONE_IS_NO_PROOF = Text(
    "「検出なし」は、読み取れたバイトに既知の危険因子が見つからなかったという意味です。安全の証明ではありません。",
    "“None found” means that no known risk factor was found in bytes that were all read. It proves no harmlessness.",
)
_HEAD = Text("{file}  種類 {type}  {size:,} バイト", "{file}  type {type}  {size:,} bytes")
_VERDICT = Text("判定: {content}", "verdict: {content}")
_LINE = Text("[{severity}] {factor}: {detail}{place}", "[{severity}] {factor}: {detail}{place}")
_NOT_SEEN = Text("確認できなかった箇所: {reason}{place}", "not seen: {reason}{place}")
_MAIL = {
    MailText.CONFORMS: Text("メールの文字化: 文字だけのメールです（LG-05）。", "mail as text: plain text only (LG-05)."),
    MailText.VIOLATES: Text(
        "メールの文字化: 文字だけのメールではありません（LG-05）。", "mail as text: more than plain text (LG-05)."
    ),
    MailText.UNVERIFIABLE: Text(
        "メールの文字化: 読み切れない部分があり、判定できません（LG-05）。",
        "mail as text: a part could not be read, so it cannot be told (LG-05).",
    ),
}
_CLAUSE = Text("根拠: {document} {number} {title}", "clause: {document} {number} {title}")
_TOTAL = Text(
    "合計 {files} ファイル: 危険因子あり {risk_found}、検出なし {none_found}、検証不能 {unverifiable}、検査未完了 {incomplete}",
    "{files} files: risk found {risk_found}, none found {none_found}, unverifiable {unverifiable}, incomplete {incomplete}",
)
_COLOURS: Final = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: "31",
    Severity.MEDIUM: "33",
    Severity.LOW: "36",
    Severity.INFO: "2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectRun(Run):
    """A run of ``sekisho inspect``: verdicts in the order of the command line."""

    schema: ClassVar[str] = "sekisho.inspect/1"

    files: tuple[ContentVerdict, ...] = ()
    unread: int = 0  # files and folders that could not be read at all

    @property
    def not_understood(self) -> int:
        """Files of which a part, or all, was not seen."""
        return sum(bool(v.gaps) for v in self.files) + self.unread


def findings(verdicts: Iterable[ContentVerdict], policy: Policy) -> Iterator[Finding]:
    """The findings of content: LG-09 for each factor, LG-05 for each way in which a mail is more than text."""
    for v in verdicts:
        where = Where(location=Location(v.name))
        for f in v.factors:
            message = _FACTOR.format(file=v.name, factor=f.factor.text, detail=f.text, place=_place(f.where))
            yield registry.finding(
                "LG-09", policy, message=message, where=where, cause=f"{v.sha256} {f.factor.value}", severity=f.factor.severity,
                key=f"{v.sha256} {f.factor.value} {f.detail} {f.where}",
                detail=(("factor", f.factor.value), ("sha256", v.sha256), ("type", v.type), ("where", f.where)),
            )  # fmt: skip
        for b in v.breaches:
            message = _BREACH.format(file=v.name, detail=b.text, place=_place(b.where))
            yield registry.finding(
                "LG-05", policy, message=message, where=where, cause=f"{v.sha256} mail-text",
                key=f"{v.sha256} {b.detail} {b.where}", detail=(("sha256", v.sha256), ("where", b.where)),
            )  # fmt: skip


def unseen(verdicts: Iterable[ContentVerdict]) -> Iterator[Text]:
    """A sentence for each part that was not seen."""
    for v in verdicts:
        for gap in v.gaps:
            yield _UNSEEN.format(file=v.name, place=_place(gap.where), reason=gap.reason.text)


def not_visible() -> tuple[Text, ...]:
    """What the report as a whole does not say."""
    return (_NONE_IS_NO_PROOF,)


def _place(where: str) -> Text:
    return _PLACE.format(where=where) if where else Text("", "")


def document(run: InspectRun) -> Tree:
    """The JSON report as a tree of plain values."""
    tree = json_document.document(run)
    head = {k: tree.pop(k) for k in ("schema", "tool", "policy")}
    return head | {"files": [file_tree(v) for v in run.files]} | tree


def file_tree(v: ContentVerdict) -> Tree:
    """One file; names, sizes and hashes, never content."""
    return {
        "file": v.name,
        "sha256": v.sha256,
        "size": v.size,
        "type": v.type,
        "content": v.content.value,
        "factors": [{"factor": f.factor.value, "where": f.where, "detail": json_document.both(f.text)} for f in v.factors],
        "reason": None if v.reason is None else json_document.both(v.reason),
        "not_seen": [{"reason": g.reason.value, "where": g.where} for g in v.gaps],
        "mail_text": v.mail_text.value,
        "breaches": [{"where": b.where, "detail": json_document.both(b.text)} for b in v.breaches],
        "members": v.members,
    }


def render_json(run: InspectRun) -> str:
    """The JSON report with a line feed at its end."""
    return json.dumps(document(run), ensure_ascii=False, indent=2) + "\n"


def render_text(run: InspectRun, lang: Lang, *, colour: bool = False) -> str:
    """The report for a terminal or a printer."""
    lines: list[str] = []
    for v in run.files:
        lines += [*_file_lines(v, run, lang, colour=colour), ""]
    if run.unread:
        lines += [*(printable(t.in_(lang)) for t in run.undecided[-run.unread :]), ""]
    counts = {c.value: sum(v.content is c for v in run.files) for c in Content}
    lines.append(_TOTAL.format(files=len(run.files), **counts).in_(lang))
    lines.append(_NONE_IS_NO_PROOF.in_(lang))
    return "\n".join(lines) + "\n"


def _file_lines(v: ContentVerdict, run: InspectRun, lang: Lang, *, colour: bool) -> Iterator[str]:
    yield printable(_HEAD.format(file=v.name, type=v.type, size=v.size).in_(lang))
    yield f"   sha256 {v.sha256}"
    yield "   " + _VERDICT.format(content=v.content.text).in_(lang)
    for f in sorted(v.factors, key=lambda f: (-f.factor.severity, f.factor, f.where)):
        line = _LINE.format(severity=f.factor.severity.text, factor=f.factor.text, detail=f.text, place=_place(f.where)).in_(
            lang
        )
        shown = printable(line)
        yield f"   \x1b[{_COLOURS[f.factor.severity]}m{shown}\x1b[0m" if colour else f"   {shown}"
    for g in v.gaps:
        yield "   " + printable(_NOT_SEEN.format(reason=g.reason.text, place=_place(g.where)).in_(lang))
    if v.mail_text in _MAIL:
        yield "   " + _MAIL[v.mail_text].in_(lang)
        for b in v.breaches:
            yield "     " + printable(b.text.in_(lang) + _place(b.where).in_(lang))
    clauses = {c for f in run.findings if f.where.location.file == v.name for c in f.clauses}
    for c in sorted(clauses, key=lambda c: (c.document, c.number)):
        yield "   " + printable(_CLAUSE.format(document=c.document, number=c.number, title=c.title_in(lang)).in_(lang)).rstrip()
