"""Comparing a run with an earlier JSON report, so that only what is new counts."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.report.run import Baseline, ResolvedFinding, Run

_NOT_JSON = Text(
    "基準ファイル {file} は JSON として読めません。--format json で出力したレポートを指定してください。",
    "The baseline {file} is not JSON. Give a report written with --format json.",
)
_NOT_OURS = Text(
    "基準ファイル {file} は {expected} 形式のレポートではありません（読み取った形式: {read}）。",
    "The baseline {file} is not a report of the format {expected} (its format: {read}).",
)
_BAD_FINDING = Text(
    "基準ファイル {file} の findings[{n}] に必要な項目がありません。レポートが編集されていないか確認してください。",
    "In the baseline {file}, findings[{n}] lacks what a finding must have. Check that the report was not edited.",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier report says about one finding."""

    fingerprint: str
    rule: str
    severity: Severity
    message: Text
    silenced: bool


def read_baseline(text: str, file: str, schema: str) -> tuple[Known, ...] | Text:
    """The findings of an earlier report of *schema*, or the sentence that says what is wrong with the file."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):  # RecursionError: thousands of nested brackets
        return _NOT_JSON.format(file=file)
    read = tree.get("schema") if isinstance(tree, dict) else None
    findings = tree.get("findings") if isinstance(tree, dict) else None
    if read != schema or not isinstance(findings, list):
        return _NOT_OURS.format(file=file, expected=schema, read=read if isinstance(read, str) else "-")
    known: list[Known] = []
    for n, item in enumerate(findings):
        one = _known(item)
        if one is None:
            return _BAD_FINDING.format(file=file, n=n)
        known.append(one)
    return tuple(known)


def _known(item: Any) -> Known | None:
    try:
        message = Text(str(item["message"]["ja"]), str(item["message"]["en"]))
        severity = Severity.of(item["severity"])
        return Known(str(item["fingerprint"]), str(item["rule"]), severity, message, item["silenced"] is True)
    except (KeyError, TypeError, AttributeError):
        return None


def compare(run: Run, earlier: tuple[Known, ...], file: str) -> Run:
    """*run* with what *earlier* contains marked as known, and what is gone listed as resolved.

    A finding is known only if the earlier one was as bad: one that an exception silenced then and no longer does,
    or whose severity rose, is new.  Of several findings with one fingerprint, as many are known as there were.
    """
    left = Counter(k.fingerprint for k in earlier)
    loudest = _loudest(earlier)
    known: set[int] = set()
    order = sorted(range(len(run.findings)), key=lambda i: run.findings[i].sort_key)
    for i in order:
        finding = run.findings[i]
        if left[finding.fingerprint] and _loudness(finding.severity, silenced=finding.silenced) <= loudest[finding.fingerprint]:
            known.add(i)
            left[finding.fingerprint] -= 1
    present = Counter(f.fingerprint for f in run.findings)
    resolved: list[ResolvedFinding] = []
    for k in sorted(earlier, key=lambda k: (-k.severity, k.rule, k.fingerprint)):
        if present[k.fingerprint]:
            present[k.fingerprint] -= 1
        else:
            resolved.append(ResolvedFinding(k.fingerprint, k.rule, k.severity.key, k.message))
    silent = frozenset(i for i in known if not run.findings[i].silenced)
    return dataclasses.replace(run, known=silent, baseline=Baseline(file=file, known=len(silent), resolved=tuple(resolved)))


def _loudest(earlier: tuple[Known, ...]) -> dict[str, int]:
    out: dict[str, int] = {}
    for k in earlier:
        out[k.fingerprint] = max(out.get(k.fingerprint, -1), _loudness(k.severity, silenced=k.silenced))
    return out


def _loudness(severity: Severity, *, silenced: bool) -> int:
    return -1 if silenced else int(severity)


def counted(run: Run, fail_on: Severity) -> tuple[Finding, ...]:
    """The findings that make a run fail: open ones of at least the severity *fail_on*."""
    return tuple(f for f in run.open if f.severity >= fail_on)
