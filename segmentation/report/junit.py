"""JUnit XML: one test case an input and one a finding, for build servers that show test results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from segmentation.model.finding import Finding
from segmentation.model.text import Lang, Text
from segmentation.report.finding_lines import finding_lines, place
from segmentation.report.limits import limits
from segmentation.report.run import LintRun, ReplayRun, Run
from segmentation.report.width import printable

_READ = Text("読み取り {file}", "read {file}")
_SILENCED = Text("例外承認により警報対象外", "silenced by an approved exception")
_KNOWN = Text("前回から継続", "known from the baseline")
_INCOMPLETE = Text("{file} に理解できない箇所が{n}か所あります。", "{n} places of {file} were not understood.")

# XML 1.0 (Fifth Edition) 2.2 Char, as far as printable() leaves anything: noncharacters at the end of the BMP.
_NOT_XML = re.compile("[\ufffe\uffff]")


def render(run: Run, lang: Lang) -> str:
    """The report as one test suite, with a line feed at its end."""
    return "".join(stream(run, lang))


def stream(run: Run, lang: Lang) -> Iterator[str]:
    """The same in parts, of which only one finding at a time is in memory."""
    for line in _lines(run, lang):
        yield line + "\n"


def _lines(run: Run, lang: Lang) -> Iterator[str]:
    total = len(_inputs(run)) + len(run.findings)
    failures = len(run.open)
    errors = sum(bool(n) for _, n in _inputs(run))
    skipped = len(run.findings) - failures
    name = run.schema.partition("/")[0]
    counts = f'tests="{total}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites {counts}>"
    yield f'<testsuite name="{_attribute(name)}" {counts}>'
    for item in _inputs(run):
        yield from _case_of_input(run, *item, lang)
    for position, finding in enumerate(run.findings):
        yield from _case(run, position, finding, lang)
    yield from ("<system-out>" + _content(_closing(run, lang)) + "</system-out>", "</testsuite>", "</testsuites>")


def _inputs(run: Run) -> list[tuple[str, int]]:
    if isinstance(run, LintRun):
        return [(i.file, len(i.not_understood)) for i in run.inputs]
    if isinstance(run, ReplayRun):
        return [(c.file, int(c.damage is not None)) for c in run.captures]
    return []


def _case_of_input(run: Run, file: str, not_understood: int, lang: Lang) -> list[str]:
    opening = f'<testcase classname="{_attribute(run.schema)}" name="{_attribute(_READ.format(file=file).in_(lang))}"'
    if not not_understood:
        return [opening + "/>"]
    message = _INCOMPLETE.format(file=file, n=not_understood).in_(lang)
    return [opening + ">", f'<error type="not_understood" message="{_attribute(message)}"/>', "</testcase>"]


def _case(run: Run, index: int, finding: Finding, lang: Lang) -> list[str]:
    where = place(finding) or finding.where.capture
    classname = f"{run.schema.partition('/')[0]}.{finding.rule}"
    name = f"{finding.rule} {where} [{finding.fingerprint}]"
    message = _attribute(finding.message.in_(lang))
    body = _content("\n".join(printable(t.in_(lang)) for t in finding_lines(run, finding)))
    if finding.silenced or index in run.known:
        why = (_SILENCED if finding.silenced else _KNOWN).in_(lang)
        result = [f'<skipped message="{_attribute(why)}"/>', f"<system-out>{body}</system-out>"]
    else:
        result = [f'<failure type="{finding.severity.key}" message="{message}">{body}</failure>']
    return [f'<testcase classname="{_attribute(classname)}" name="{_attribute(name)}">', *result, "</testcase>"]


def _closing(run: Run, lang: Lang) -> str:
    parts = (title.in_(lang) + ":\n" + "\n".join(printable(t.in_(lang)) for t in lines) for title, lines in limits(run))
    return "\n".join(parts)


def _attribute(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", printable(text)), quote=True)


def _content(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), quote=False)
