"""Workflow commands of GitHub Actions: findings become annotations at the line of the configuration.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions; the escaping is that of
actions/toolkit ``packages/core/src/command.ts``.
"""

from __future__ import annotations

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Lang, Text
from segmentation.report.finding_lines import finding_lines
from segmentation.report.json_document import summary
from segmentation.report.limits import limits
from segmentation.report.run import LintRun, Run
from segmentation.report.width import printable

_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_NOT_UNDERSTOOD = Text("理解できない行", "Line not understood")
_SILENCED = Text("例外承認済み", "excepted")
_KNOWN = Text("前回から継続", "known")


def render(run: Run, lang: Lang) -> str:
    """One workflow command a line, with a line feed at the end."""
    lines = [_annotation(run, i, f, lang) for i, f in enumerate(run.findings)]
    if isinstance(run, LintRun):
        for item in run.inputs:
            for n in item.not_understood:
                reason = printable(n.reason if n.sentence is None else n.sentence.in_(lang))
                lines.append(command("warning", reason, file=item.file, line=n.line, title=_NOT_UNDERSTOOD.in_(lang)))
    lines += [
        command("notice", "\n".join(printable(t.in_(lang)) for t in texts), title=f"{run.tool.name}: {title.in_(lang)}")
        for title, texts in limits(run)
    ]
    counts = ", ".join(f"{key} {n}" for key, n in summary(run).items())
    lines.append(command("notice", counts, title=run.tool.name))
    return "\n".join(lines) + "\n"


def _annotation(run: Run, index: int, finding: Finding, lang: Lang) -> str:
    # What does not count is shown, but never as a failure.
    off = _SILENCED if finding.silenced else _KNOWN if index in run.known else None
    name = "notice" if off is not None else _COMMANDS[finding.severity]
    title = f"{finding.rule} [{finding.severity.text.in_(lang)}]" + ("" if off is None else f" <{off.in_(lang)}>")
    text = "\n".join(printable(t.in_(lang)) for t in finding_lines(run, finding))
    where = finding.where.location
    return command(name, text, file=where.file, line=where.line, col=where.column, title=title)


def command(name: str, text: str, **properties: str | int) -> str:
    """One workflow command; empty properties are left out."""
    written = ",".join(f"{k}={_property(str(v))}" for k, v in properties.items() if v)
    return f"::{name}{' ' if written else ''}{written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
