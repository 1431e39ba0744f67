"""How the demonstration shows its steps: headings, findings in both languages, and the table of expected and found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segmentation.model.finding import Finding
from segmentation.model.text import Lang, Text
from segmentation.report.finding_lines import finding_lines
from segmentation.report.run import Run
from segmentation.report.width import pad, printable, width

_OK, _WRONG = Text("一致", "as expected"), Text("不一致", "DIFFERENT")
_COLUMNS = (Text("番号", "no."), Text("内容", "what"), Text("期待", "expected"), Text("結果", "found"), Text("判定", "verdict"))
_AND_MORE = Text("{rules} ほか", "{rules} and more")
NOTHING = Text("指摘なし", "no finding")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the demonstration's own test; *differences* is empty when everything expected was found and no more."""

    id: str
    title: Text
    expected: Text
    found: Text
    differences: tuple[Text, ...] = ()


def rules_text(rules: Iterable[str]) -> Text:
    """Rules by name, or the words for none."""
    joined = ", ".join(dict.fromkeys(rules))
    return Text(joined, joined) if joined else NOTHING


def with_consequences(expected: Iterable[str], found: Iterable[str]) -> Text:
    """The expected rules that were found, and whether the same cause broke more of them."""
    wanted, had = list(expected), set(found)
    text = rules_text(r for r in wanted if r in had)
    return _AND_MORE.format(rules=text) if had - set(wanted) else text


def other(lang: Lang) -> Lang:
    """The other language."""
    return "en" if lang == "ja" else "ja"


def shown_finding(run: Run, finding: Finding, lang: Lang) -> list[str]:
    """A finding in full in one language, with its headline in the other."""
    head = f"[{finding.severity.text.in_(lang)}] {finding.rule}"
    lines = [f"  {head}  {finding.where.location}"]
    lines += ["    " + printable(text.in_(lang)) for text in finding_lines(run, finding)]
    second = other(lang)
    headline = f"[{finding.severity.text.in_(second)}] {finding.rule}  {finding.message.in_(second)}"
    return [*lines, f"    ({second}) {printable(headline)}"]


def table(checks: Sequence[Check], lang: Lang) -> list[str]:
    """The checks in columns; what differs follows under its line."""
    rows = [[c.in_(lang) for c in _COLUMNS]]
    rows += [[c.id, *(t.in_(lang) for t in (c.title, c.expected, c.found, _WRONG if c.differences else _OK))] for c in checks]
    widths = [max(width(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = ["  " + "  ".join(pad(cell, w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    out = lines[:1]
    for check, line in zip(checks, lines[1:], strict=True):
        out += [line, *(f"      ! {printable(d.in_(lang))}" for d in check.differences)]
    return out
