"""Very many findings of one kind as one: a rule base in which ten thousand rules break the same demand is one task.

So is one rule that breaks a demand between very many zones: an any/any permit between thirty zones opens 870 pairs.

Each merged finding keeps the place, the witness and the sentence of the first, the number of all and their lines or zone
pairs; and its identity depends on every one of them, so that a baseline never hides a rule or a pair that was added to them.
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
#: Zone pairs between which one rule breaks one demand that are told one by one.
PAIRS_LISTED = 8
#: The same where all these pairs have one end in common: the zones that a single zone reaches are named one by one.
REACHED_LISTED = 32
_PAIRS_SHOWN = 6
_MANY_PAIRS = Text(
    "{first}同じ原因で同じ指摘に当たるゾーンの組は、これを含めて{count:,}組あります（{pairs}）。",
    "{first} The same cause does this between {count:,} pairs of zones, this one included ({pairs}).",
)
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
    """*findings* with many pairs of one cause merged, and of a device with more than :data:`LISTED` those of one kind."""
    devices: dict[str, list[Finding]] = {}
    for finding in _by_pairs(findings):
        devices.setdefault(finding.where.device, []).append(finding)
    return [f for members in devices.values() for f in (_of_one(members) if len(members) > LISTED else members)]


def _by_pairs(findings: Iterable[Finding]) -> list[Finding]:
    """*findings* with those that differ only in their zones merged where these are many."""
    causes: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        causes.setdefault(_one_cause(finding), []).append(finding)
    out: list[Finding] = []
    for members in causes.values():
        pairs = sorted({(f.src_zone, f.dst_zone) for f in members})
        one_end = min(len({src for src, _ in pairs}), len({dst for _, dst in pairs})) == 1
        few = len(pairs) <= (REACHED_LISTED if one_end else PAIRS_LISTED)
        out += members if few else [_over_pairs(members, pairs)]
    return out


def _over_pairs(members: Sequence[Finding], pairs: Sequence[tuple[str, str]]) -> Finding:
    """The findings of one cause as that of the first, with every pair in its details."""
    lead = min(members, key=lambda f: f.sort_key)
    digest = hashlib.sha256("\x1f".join(sorted(f.fingerprint for f in members)).encode()).hexdigest()[:16]
    shown = ", ".join(f"{src or '?'} → {dst or '?'}" for src, dst in pairs[:_PAIRS_SHOWN])
    return replace(
        lead,
        message=_MANY_PAIRS.format(
            first=lead.message, count=len(pairs), pairs=shown + (" …" if len(pairs) > _PAIRS_SHOWN else "")
        ),
        key=f"pairs|{digest}|{lead.key.rpartition('|')[2]}",
        count=sum(f.count for f in members),
        related=tuple(sorted({r for f in members for r in f.related})),
        detail=(("pairs", str(len(pairs))), ("zone_pairs", _by_source(pairs)), *lead.detail),
    )


def _by_source(pairs: Iterable[tuple[str, str]]) -> str:
    """All pairs, in short: ``a -> b, c; d -> a``; ``?`` is an address of no zone."""
    sources: dict[str, list[str]] = {}
    for src, dst in pairs:
        sources.setdefault(src or "?", []).append(dst or "?")
    return "; ".join(f"{src} -> {', '.join(to)}" for src, to in sources.items())


def _one_cause(finding: Finding) -> tuple[object, ...]:
    """What findings have in common that differ only in their zones: the same rules let all of them through."""
    details = dict(finding.detail)
    family = finding.witness.packet.family if finding.witness is not None else 0
    return (
        finding.rule, finding.severity, finding.where.device, finding.where.location, finding.where.rule_text, finding.cause,
        finding.confidence, finding.conduit, finding.exception, finding.silenced, finding.blame, details.get("kind"),
        family, details.get("lines"), finding.key.rpartition("|")[2],
    )  # fmt: skip


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
