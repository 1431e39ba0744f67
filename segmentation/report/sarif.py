"""SARIF 2.1.0 (OASIS Standard, 27 March 2020): for code review systems and security dashboards.

Section numbers in comments are those of the standard.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from segmentation.model.finding import Finding, Severity, Step, Where
from segmentation.model.location import Location
from segmentation.model.text import Lang, Text
from segmentation.report.json_stream import pieces
from segmentation.report.pages import RulePage, rule_pages
from segmentation.report.run import HELP_URI, LintRun, ReplayRun, Run
from segmentation.report.width import printable
from segmentation.report.witness import packet_words
from segmentation.vendors.reading import mask

Tree = dict[str, Any]

SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
#: 3.27.10: error, warning, note.
LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
#: GitHub's bands: over 9.0 critical, from 7.0 high, from 4.0 medium, below low.
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.0",
}
#: Names our identity of a finding and its version (3.27.17).
FINGERPRINT = "sekisho/v1"

_EXCEPTED = Text("例外 {id}「{name}」が承認されています。", "The approved exception {id} (“{name}”) covers it.")
_EXCEPTED_PLAIN = Text("承認された例外の対象です。", "An approved exception covers it.")
_WITNESS = Text("{message} 証拠パケット: {packet}", "{message} Witness: {packet}")
_NOT_UNDERSTOOD = Text("この行は理解できませんでした: {reason}", "This line was not understood: {reason}")
_DAMAGED = Text("{offset}バイト目から先を読めません: {reason}", "Cannot be read from byte {offset} on: {reason}")


#: Levels of the log that are indented: log, runs, run, its lists, and each entry of them.
_LEVELS = 5


def render(run: Run, lang: Lang) -> str:
    """The report as one SARIF log with one run, with a line feed at its end."""
    return "".join(stream(run, lang))


def stream(run: Run, lang: Lang) -> Iterator[str]:
    """The same in parts, of which only one result at a time is in memory."""
    yield from pieces({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [_run(run, lang)]}, _LEVELS)
    yield "\n"


def document(run: Run, lang: Lang) -> Tree:
    """The SARIF log as a tree of plain values."""
    tree = _run(run, lang)
    return {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [tree | {"results": list(tree["results"])}]}


def _run(run: Run, lang: Lang) -> Tree:
    pages = rule_pages(run, lang)
    index = {p.id: i for i, p in enumerate(pages)}
    results = (_result(run, i, f, index[f.rule], lang) for i, f in enumerate(run.findings))
    return {
        "tool": {
            "driver": {
                "name": run.tool.name,
                "version": run.tool.version,
                "rules": [_rule(p) for p in pages],
            }
        },
        "language": {"ja": "ja-JP", "en": "en-US"}[lang],  # 3.14.7
        # 3.17.3: results of different profiles are different sets and do not replace each other.
        "automationDetails": {"id": f"{run.schema}/{run.policy.profile}/"},
        "invocations": [_invocation(run, lang)],
        "artifacts": _artifacts(run),
        "columnKind": "unicodeCodePoints",
        "results": itertools.chain(results, _absent(run, lang)),
        "properties": {
            "policy": {"profile": run.policy.profile, "model": run.policy.model, "sha256": run.policy.sha256},
            "at": None if run.tool.at is None else run.tool.at.isoformat(),
            "undecided": [t.in_(lang) for t in run.undecided],
            "notVisible": [t.in_(lang) for t in run.not_visible],
        },
    }


def _rule(page: RulePage) -> Tree:
    return {
        "id": page.id,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.what},
        "helpUri": HELP_URI.format(rule=page.id),
        "help": {"text": page.what, "markdown": page.markdown},
        "defaultConfiguration": {"level": LEVELS[page.worst]},
        "properties": {
            "tags": ["security", "network-segmentation"],
            "security-severity": SECURITY_SEVERITY[page.worst],
        },
    }


def _result(run: Run, position: int, finding: Finding, rule_index: int, lang: Lang) -> Tree:
    message = finding.message
    if finding.witness is not None:
        message = _WITNESS.format(message=message, packet=packet_words(finding.witness.packet))
    result: Tree = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "message": {"text": printable(message.in_(lang))},
        "locations": [_location(finding.where)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": _properties(finding, lang),
    }
    if finding.witness is not None and finding.witness.path:
        steps = [{"location": _step(s, lang)} for s in finding.witness.path]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.silenced:
        result["suppressions"] = [_suppression(run, finding, lang)]
    if run.baseline is not None:
        result["baselineState"] = "unchanged" if position in run.known else "new"
    return result


def _step(step: Step, lang: Lang) -> Tree:
    words = printable(mask(step.text)) if step.note is None else printable(step.note.in_(lang))
    # 3.28.3: a step that stands in no file (an implicit rule of the system) has no physical location.
    place = _physical(step.location, step.text) if step.location.file else {}
    return place | {"message": {"text": words or "-"}}


def _properties(finding: Finding, lang: Lang) -> Tree:
    facts: Tree = {
        "severity": finding.severity.key,
        "security-severity": SECURITY_SEVERITY[finding.severity],
        "cause": finding.cause,
        "confidence": finding.confidence.value,
        "clauses": [f"{c.origin.value}: {c.document} {c.number} {c.title}".rstrip() for c in finding.clauses],
        "count": finding.count,
    }
    optional: Tree = {
        "confidenceReason": finding.confidence_reason and finding.confidence_reason.in_(lang),
        "srcZone": finding.src_zone,
        "dstZone": finding.dst_zone,
        "conduit": finding.conduit,
        "exception": finding.exception,
        "state": finding.state and finding.state.value,
        "related": list(finding.related),
        "firstPacket": finding.where.first_packet,
        "lastPacket": finding.where.last_packet,
    }
    return facts | {k: v for k, v in optional.items() if v}


def _suppression(run: Run, finding: Finding, lang: Lang) -> Tree:
    # 3.35: kind external, because it is recorded in the zone model and not in the configuration.
    note = run.exceptions.get(finding.exception)
    words = _EXCEPTED_PLAIN if note is None else _EXCEPTED.format(id=finding.exception, name=note.name)
    return {"kind": "external", "status": "accepted", "justification": words.in_(lang)}


def _absent(run: Run, lang: Lang) -> list[Tree]:
    """3.27.24: what a baseline had and this run has not."""
    if run.baseline is None:
        return []
    return [
        {
            "ruleId": r.rule,
            "kind": "pass",
            "level": "none",
            "message": {"text": printable(r.message.in_(lang))},
            "partialFingerprints": {FINGERPRINT: r.fingerprint},
            "baselineState": "absent",
        }
        for r in run.baseline.resolved
    ]


def _location(where: Where) -> Tree:
    place = where.location if where.location.file else Location(where.capture or where.device or "unknown")
    out = _physical(place, where.rule_text)
    logical = [{"name": n, "kind": k} for n, k in ((where.device, "device"), (where.interface, "interface")) if n]
    if logical:
        out["logicalLocations"] = logical
    return out


def _physical(location: Location, text: str) -> Tree:
    physical: Tree = {"artifactLocation": {"uri": uri(location.file)}}
    if location.line:
        region: Tree = {"startLine": location.line}
        if location.column:
            region["startColumn"] = location.column
        if text:
            region["snippet"] = {"text": printable(mask(text))}
        physical["region"] = region
    return {"physicalLocation": physical}


def uri(file: str) -> str:
    """3.4.3: a file name as a URI reference; names with other characters are percent-encoded as UTF-8 (RFC 3986 2.1)."""
    try:
        octets = file.encode("utf-8", "surrogateescape")  # PEP 383: the very bytes of a name that is not UTF-8
    except UnicodeEncodeError:
        octets = file.encode("utf-8", "backslashreplace")
    encoded = quote(octets)
    if file.startswith("/"):
        return "file://" + encoded
    # RFC 3986 4.2: a first segment with a colon would be read as a scheme; quote() has encoded the colon.
    return encoded


def _artifacts(run: Run) -> list[Tree]:
    if isinstance(run, LintRun):
        files = [(i.file, i.sha256) for i in run.inputs]
    elif isinstance(run, ReplayRun):
        files = [(c.file, c.sha256) for c in run.captures]
    else:
        files = []
    if run.policy.file and run.policy.sha256:
        files.append((run.policy.file, run.policy.sha256))
    unique = dict.fromkeys(files)
    return [{"location": {"uri": uri(f)}, "roles": ["analysisTarget"], "hashes": {"sha-256": digest}} for f, digest in unique]


def _invocation(run: Run, lang: Lang) -> Tree:
    notes: list[Tree] = []
    if isinstance(run, LintRun):
        for item in run.inputs:
            for n in item.not_understood:
                reason = n.sentence or Text(mask(n.reason), mask(n.reason))
                notes.append(_notification(_NOT_UNDERSTOOD.format(reason=reason), Location(item.file, n.line), n.text, lang))
    elif isinstance(run, ReplayRun):
        for c in run.captures:
            if c.damage is not None:
                words = _DAMAGED.format(offset=c.damage.offset, reason=c.damage.sentence or c.damage.reason)
                notes.append(_notification(words, Location(c.file), "", lang))
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}


def _notification(words: Text, location: Location, text: str, lang: Lang) -> Tree:
    return {"level": "warning", "message": {"text": printable(words.in_(lang))}, "locations": [_physical(location, text)]}
