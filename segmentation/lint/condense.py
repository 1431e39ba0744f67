"""Very many findings of one kind as one: a rule base in which ten thousand rules break the same demand is one task.

Each merged finding keeps the place, the witness and the sentence of the first, the number of all and their lines; and its
identity depends on every one of them, so that a baseline never hides a rule that was added to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from segmentation.model.finding import Finding
from segmentation.model.text import Text

#: Findings of one device that are told one by one.
LISTED = 2_000
#: Findings of one kind and zone pair that are told one by one beyond that.
_ALONE = 1
_MOST_RANGES = 100
_MANY = Text(
    "{first}同じ指摘に当たる規則は、これを含めて{count:,}件あります（行: {lines}）。",
    "{first} {count:,} rules, this one included, do the same (lines: {lines}).",
)


def merged(lead: Finding, *, count: int, lines: Iterable[int], identity: Iterable[str]) -> Finding:
    """*lead* as the finding of *count* rules at *lines*; *identity* are the texts or fingerprints that tell them apart."""
    listed = ranges(lines)
    digest = hashlib.sha256("\x1f".join(sorted(identity)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return replace(
        lead,
        message=_MANY.format(first=lead.message, count=count, lines=listed),
        cause=f"{lead.where.device}:{lead.rule}:many",
        key=f"many|{digest}|{lead.key.rpartition('|')[2]}",  # the end of a key says what kind of finding it is
        count=count,
        detail=(("rules", str(count)), ("lines", listed), *lead.detail),
    )


def ranges(lines: Iterable[int]) -> str:
    """Line numbers in short: ``5-9, 12``; the first hundred ranges."""
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:_MOST_RANGES])
    return shown if len(runs) <= _MOST_RANGES else shown + " …"


def condensed(findings: Iterable[Finding]) -> list[Finding]:
    """*findings* with those of one kind merged where one device has more than :data:`LISTED` in all."""
    devices: dict[str, list[Finding]] = {}
    for finding in findings:
        devices.setdefault(finding.where.device, []).append(finding)
    return [f for members in devices.values() for f in (_of_one(members) if len(members) > LISTED else members)]


def _of_one(findings: Sequence[Finding]) -> list[Finding]:
    kinds: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(_kind(finding), []).append(finding)
    out: list[Finding] = []
    for members in kinds.values():
        lines = [f.where.location.line for f in members]
        if len(set(lines)) <= _ALONE or not all(lines):
            out += members
            continue
        lead = min(members, key=lambda f: f.sort_key)
        identity = [f.fingerprint for f in members]
        out.append(merged(lead, count=sum(f.count for f in members), lines=lines, identity=identity))
    return out


def _kind(finding: Finding) -> tuple[object, ...]:
    details = dict(finding.detail)
    family = finding.witness.packet.family if finding.witness is not None else 0
    return (
        finding.rule, finding.severity, finding.where.location.file, finding.src_zone, finding.dst_zone, finding.confidence,
        finding.conduit, finding.exception, finding.silenced, finding.related, details.get("kind"), family,
        "lines" in details, finding.key.rpartition("|")[2],
    )  # fmt: skip
