"""The JSON report: the versioned contract other programs read; see ``schemas/`` for its JSON Schemas."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from segmentation.model.addresses import format_address
from segmentation.model.finding import Blame, ClauseRef, Finding, Packet, Severity, Step, Witness
from segmentation.model.services import PROTOCOL_NAMES
from segmentation.model.text import Text
from segmentation.report.json_stream import pieces
from segmentation.report.run import CaptureInput, ConfigInput, LintRun, ReplayRun, Run
from segmentation.report.witness import packet_words
from segmentation.report.words import rfc3339
from segmentation.vendors.reading import mask

Tree = dict[str, Any]


#: Levels of the report that are indented: the report, its lists, and each entry of them.
_LEVELS = 3


def render(run: Run) -> str:
    """The report as JSON with a line feed at its end; keys in the order of the contract, never sorted by chance."""
    return "".join(stream(run))


def stream(run: Run) -> Iterator[str]:
    """The same in parts, of which only one finding at a time is in memory."""
    yield from pieces(_tree(run, (_finding_in(run, i, f) for i, f in enumerate(run.findings))), _LEVELS)
    yield "\n"


def document(run: Run) -> Tree:
    """The report as a tree of plain values."""
    return _tree(run, [_finding_in(run, i, f) for i, f in enumerate(run.findings)])


def _tree(run: Run, findings: Iterable[Tree]) -> Tree:
    out: Tree = {
        "schema": run.schema,
        "tool": {
            "name": run.tool.name,
            "version": run.tool.version,
            "at": None if run.tool.at is None else run.tool.at.isoformat(),
        },
        "policy": {
            "profile": run.policy.profile,
            "model": run.policy.model,
            "sha256": run.policy.sha256,
            "file": run.policy.file,
            "organisation": both(run.policy.organisation),
            "document": run.policy.document,
            "private": run.policy.private,
        },
    }
    out |= _inputs(run)
    out["findings"] = findings
    out["exceptions"] = {
        key: {
            "name": both(note.name),
            "expires_on": None if note.expires_on is None else note.expires_on.isoformat(),
            "days_left": note.days_left,
        }
        for key, note in run.exceptions.items()
    }
    out["undecided"] = [both(t) for t in run.undecided]
    out["not_visible"] = [both(t) for t in run.not_visible]
    out["baseline"] = _baseline(run)
    out["summary"] = summary(run)
    return out


def _inputs(run: Run) -> Tree:
    if isinstance(run, LintRun):
        cells = [
            {
                "src_zone": c.src_zone, "dst_zone": c.dst_zone, "verdict": c.verdict, "permitted_empty": c.permitted_empty,
                "device": c.device,
            }
            for c in run.matrix
        ]  # fmt: skip
        return {"inputs": [_config(i) for i in run.inputs], "matrix": cells}
    if isinstance(run, ReplayRun):
        traffic = [
            {
                "src_zone": c.src_zone, "dst_zone": c.dst_zone, "state": c.state, "verdict": c.verdict,
                "packets": c.packets, "bytes": c.bytes, "flows": c.flows,
            }
            for c in run.matrix
        ]  # fmt: skip
        return {
            "captures": [_capture(c) for c in run.captures],
            "flows": {"total": run.flows, "by_protocol": dict(sorted(run.by_protocol.items()))},
            "matrix": traffic,
            "transfers": {
                "summary": [dataclasses.asdict(t) for t in run.transfers],
                "files": [dataclasses.asdict(t) | {"factors": list(t.factors)} for t in run.files],
                "limits": dict(sorted(run.transfer_limits.items())),
            },
        }
    return {}


def _config(item: ConfigInput) -> Tree:
    return {
        "file": item.file,
        "sha256": item.sha256,
        "vendor": item.vendor,
        "device": item.device,
        "filters": item.filters,
        "rules": item.rules,
        "lines": item.lines,
        "not_understood": [
            {
                "line": n.line,
                "text": mask(n.text),
                "reason": mask(n.reason),
                "sentence": None if n.sentence is None else both(n.sentence),
            }
            for n in item.not_understood
        ],
    }


def _capture(item: CaptureInput) -> Tree:
    return {
        "file": item.file,
        "sha256": item.sha256,
        "format": item.format,
        "packets": item.packets,
        "bytes": item.bytes,
        "first": rfc3339(item.first_ns),
        "last": rfc3339(item.last_ns),
        "not_decoded": dict(sorted(item.not_decoded.items())),
        "damage": None if item.damage is None else {"offset": item.damage.offset, "reason": item.damage.reason},
    }


def summary(run: Run) -> Tree:
    """Findings that count by severity; then those that do not.  All values together are the number of findings."""
    counts = {s.key: 0 for s in sorted(Severity, reverse=True)} | {"silenced": 0, "known": 0}
    for i, finding in enumerate(run.findings):
        counts["silenced" if finding.silenced else "known" if i in run.known else finding.severity.key] += 1
    return counts


def _finding_in(run: Run, index: int, finding: Finding) -> Tree:
    tree = finding_tree(finding)
    if run.baseline is not None:
        tree["baseline"] = "known" if index in run.known else "new"
    return tree


def finding_tree(finding: Finding) -> Tree:
    """One finding in full, in both languages, secrets masked."""
    where = finding.where
    return {
        "rule": finding.rule,
        "severity": finding.severity.key,
        "message": both(finding.message),
        "clauses": [_clause(c) for c in finding.clauses],
        "where": {
            "file": where.location.file,
            "line": where.location.line or None,
            "column": where.location.column or None,
            "device": where.device,
            "rule_text": mask(where.rule_text),
            "interface": where.interface,
            "capture": where.capture,
            "first_packet": where.first_packet or None,
            "last_packet": where.last_packet or None,
            "first": rfc3339(where.first_ns),
            "last": rfc3339(where.last_ns),
        },
        "witness": None if finding.witness is None else _witness(finding.witness),
        "cause": finding.cause,
        "state": None if finding.state is None else finding.state.value,
        "confidence": finding.confidence.value,
        "confidence_reason": None if finding.confidence_reason is None else both(finding.confidence_reason),
        "src_zone": finding.src_zone,
        "dst_zone": finding.dst_zone,
        "conduit": finding.conduit,
        "exception": finding.exception,
        "silenced": finding.silenced,
        "related": list(finding.related),
        "count": finding.count,
        "detail": [{"key": k, "value": mask(v)} for k, v in finding.detail],
        "key": finding.key,
        "fingerprint": finding.fingerprint,
        "blame": None if finding.blame is None else _blame(finding.blame),
    }


def _blame(blame: Blame) -> Tree:
    return {"rules": [_step(s) for s in blame.rules], "minimal": blame.minimal}


def _clause(clause: ClauseRef) -> Tree:
    return {
        "origin": clause.origin.value,
        "document": clause.document,
        "number": clause.number,
        "title": clause.title,
        "note": None if clause.note is None else both(clause.note),
    }


def _witness(witness: Witness) -> Tree:
    return {
        "packet": _packet(witness.packet),
        "text": both(packet_words(witness.packet)),
        "path": [_step(s) for s in witness.path],
    }


def _packet(packet: Packet) -> Tree:
    translated = None
    if packet.translated is not None:
        translated = {"address": format_address(packet.family, packet.translated[0]), "port": packet.translated[1]}
    return {
        "family": packet.family,
        "src": format_address(packet.family, packet.src),
        "dst": format_address(packet.family, packet.dst),
        "protocol": packet.protocol,
        "protocol_name": PROTOCOL_NAMES.get(packet.protocol),
        "sport": packet.sport,
        "dport": packet.dport,
        "tcp_flags": packet.tcp_flags,
        "ct_state": packet.ct_state,
        "in_interface": packet.in_interface,
        "out_interface": packet.out_interface,
        "src_mac": None if packet.src_mac is None else str(packet.src_mac),
        "translated": translated,
    }


def _step(step: Step) -> Tree:
    return {
        "file": step.location.file,
        "line": step.location.line or None,
        "column": step.location.column or None,
        "text": mask(step.text),
        "note": None if step.note is None else both(step.note),
    }


def _baseline(run: Run) -> Tree | None:
    if run.baseline is None:
        return None
    resolved = [
        {"fingerprint": r.fingerprint, "rule": r.rule, "severity": r.severity, "message": both(r.message)}
        for r in run.baseline.resolved
    ]
    return {"file": run.baseline.file, "known": run.baseline.known, "resolved": resolved}


def both(text: Text) -> dict[str, str]:
    """A sentence in both languages."""
    return {"ja": text.ja, "en": text.en}
