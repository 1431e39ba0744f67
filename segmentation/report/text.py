"""The text report: what an officer reads on a terminal or prints.

Grouped by cause, worst first; it always ends with what was not understood and what could not be seen.
"""

from __future__ import annotations

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Lang, Text
from segmentation.report.finding_lines import consequence_lines, finding_lines, place, zone_pair
from segmentation.report.grouping import Block, blocks
from segmentation.report.json_document import summary
from segmentation.report.limits import limits
from segmentation.report.matrix import lint_matrix, replay_matrix
from segmentation.report.run import LintRun, ReplayRun, Run
from segmentation.report.width import printable
from segmentation.report.words import local_time

#: How many consequences of one cause (by rule and zone pair) are written out; the JSON report always has all.
CONSEQUENCES = 20

# ECMA-48 8.3.117 (SGR).  Colour repeats what the severity word says.
_COLOURS = {Severity.CRITICAL: "1;31", Severity.HIGH: "31", Severity.MEDIUM: "33", Severity.LOW: "36", Severity.INFO: "2"}

_HEAD = Text("{organisation}  プロファイル {profile}", "{organisation}  profile {profile}")
_AT = Text("基準日 {at}", "as of {at}")
_CONFIG = Text(
    "{file}（{vendor}、装置 {device}）: フィルタ {filters}、規則 {rules}、{lines}行",
    "{file} ({vendor}, device {device}): {filters} filters, {rules} rules, {lines} lines",
)
_CAPTURE = Text(
    "{file}（{format}）: {packets:,} パケット、{bytes:,} バイト、{first} から {last} まで",
    "{file} ({format}): {packets:,} packets, {bytes:,} bytes, from {first} to {last}",
)
_MATRIX = Text("ゾーン間通信マトリクス（行: 開始側、列: 応答側）", "Zone matrix (row: initiator, column: responder)")
_TRAFFIC = Text("ゾーン間の通信実績", "Traffic between zones")
_FINDINGS = Text("指摘事項", "Findings")
_NO_FINDINGS = Text("指摘事項はありません。", "There are no findings.")
_SILENCED = Text("例外承認により警報対象外", "silenced by an approved exception")
_KNOWN = Text("前回から継続", "known from the baseline")
_MORE = Text("この原因による結果（ほか{n}件）:", "further consequences of this cause ({n}):")
_TIMES = Text("{n:,}件", "{n:,} findings")
_HIDDEN = Text(
    "ほか{n}件は JSON 形式（--format json）に全件あります。", "{n} more; the JSON report (--format json) has them all."
)
_RESOLVED = Text("前回から解消した指摘（{n}件）", "Resolved since the baseline ({n})")
_TOTAL = Text("合計: {counts}", "Total: {counts}")
_COUNTED_SILENCED = Text("例外承認済み {n}", "silenced {n}")
_COUNTED_KNOWN = Text("前回から継続 {n}", "known {n}")


def render(run: Run, lang: Lang, *, colour: bool = False) -> str:
    """The report in one language, with a line feed at its end; *colour* only for a terminal."""
    return _Writer(run, lang, colour=colour).report()


class _Writer:
    def __init__(self, run: Run, lang: Lang, *, colour: bool) -> None:
        self.run = run
        self.lang: Lang = lang
        self.colour = colour
        self.lines: list[str] = []

    def report(self) -> str:
        self.head()
        self.matrix()
        self.findings()
        self.resolved()
        self.limits()
        self.line(0, _TOTAL.format(counts=self.counts()))
        return "\n".join(self.lines) + "\n"

    def line(self, indent: int, text: Text | str) -> None:
        written = text if isinstance(text, str) else text.in_(self.lang)
        self.lines.append(" " * indent + printable(written))

    def heading(self, text: Text) -> None:
        written = text.in_(self.lang)
        self.lines += ["", f"\x1b[1m{written}\x1b[0m" if self.colour else written]

    def head(self) -> None:
        run = self.run
        at = "" if run.tool.at is None else "  " + _AT.format(at=run.tool.at.isoformat()).in_(self.lang)
        self.line(0, f"{run.tool.name} {run.tool.version}{at}")
        self.line(0, _HEAD.format(organisation=run.policy.organisation, profile=run.policy.profile))
        if run.policy.document:
            self.line(0, run.policy.document)
        if isinstance(run, LintRun):
            for item in run.inputs:
                self.line(
                    0,
                    _CONFIG.format(**{f: getattr(item, f) for f in ("file", "vendor", "device", "filters", "rules", "lines")}),
                )
        elif isinstance(run, ReplayRun):
            for c in run.captures:
                first, last = (local_time(t, run.utc_offset_minutes) if t else "-" for t in (c.first_ns, c.last_ns))
                facts = {
                    "file": c.file,
                    "format": c.format,
                    "packets": c.packets,
                    "bytes": c.bytes,
                    "first": first,
                    "last": last,
                }
                self.line(0, _CAPTURE.format(**facts))

    def matrix(self) -> None:
        if isinstance(self.run, LintRun) and self.run.matrix:
            self.heading(_MATRIX)
            self.lines += lint_matrix(self.run, self.lang)
        elif isinstance(self.run, ReplayRun) and self.run.matrix:
            self.heading(_TRAFFIC)
            self.lines += replay_matrix(self.run, self.lang)

    def findings(self) -> None:
        self.heading(_FINDINGS)
        if not self.run.findings:
            self.line(0, _NO_FINDINGS)
        for number, block in enumerate(blocks(self.run.findings), 1):
            if number > 1:
                self.lines.append("")
            self.block(number, block)

    def block(self, number: int, block: Block) -> None:
        index, lead = block.members[0]
        self.title(f"{number}. ", index, lead, place(lead))
        for text in finding_lines(self.run, lead):
            self.line(3, text)
        if len(block.members) > 1:
            self.line(3, _MORE.format(n=len(block.members) - 1))
        told = {lead.rule}
        groups = block.consequences(self.run.known)
        for group in groups[:CONSEQUENCES]:
            at, finding = group[0]
            pair = zone_pair(self.run, finding).in_(self.lang)
            self.title("   - ", at, finding, pair, "" if len(group) == 1 else _TIMES.format(n=len(group)).in_(self.lang))
            for text in consequence_lines(self.run, finding, lead, first=finding.rule not in told):
                self.line(5, text)
            told.add(finding.rule)
        hidden = sum(map(len, groups[CONSEQUENCES:]))
        if hidden:
            self.line(5, _HIDDEN.format(n=hidden))

    def title(self, lead: str, index: int, finding: Finding, *what: str) -> None:
        parts = [self.severity(finding), *map(printable, filter(None, (finding.rule, *what))), *self.marks(index)]
        self.lines.append(lead + "  ".join(parts))

    def severity(self, finding: Finding) -> str:
        word = f"[{finding.severity.text.in_(self.lang)}]"
        return f"\x1b[{_COLOURS[finding.severity]}m{word}\x1b[0m" if self.colour and not finding.silenced else word

    def marks(self, index: int) -> list[str]:
        marks = ((_SILENCED, self.run.findings[index].silenced), (_KNOWN, index in self.run.known))
        return [f"<{text.in_(self.lang)}>" for text, holds in marks if holds]

    def resolved(self) -> None:
        if self.run.baseline is None or not self.run.baseline.resolved:
            return
        self.heading(_RESOLVED.format(n=len(self.run.baseline.resolved)))
        for gone in self.run.baseline.resolved:
            self.line(0, Text(f"- {gone.rule}  {gone.message.ja}", f"- {gone.rule}  {gone.message.en}"))

    def limits(self) -> None:
        for title, lines in limits(self.run):
            self.heading(title)
            for text in lines:
                self.line(0, text)
        self.lines.append("")

    def counts(self) -> Text:
        counted = summary(self.run)
        parts = [Text(f"{s.text.ja} {counted[s.key]}", f"{s.text.en} {counted[s.key]}") for s in sorted(Severity, reverse=True)]
        parts += [t.format(n=counted[k]) for k, t in (("silenced", _COUNTED_SILENCED), ("known", _COUNTED_KNOWN)) if counted[k]]
        return Text("、".join(p.ja for p in parts), ", ".join(p.en for p in parts))
