"""The linter: devices and a zone model in, findings and the zone matrix out.

It stands above ``rules`` (findings are built by the registry) and ``analysis`` (packet sets), below the reports.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from segmentation.device.device import Device
from segmentation.lint.blame import Culprits
from segmentation.lint.breadth import breadth_findings
from segmentation.lint.closing import beside_blamed
from segmentation.lint.condense import condensed
from segmentation.lint.crossings import DeviceLint
from segmentation.lint.demanded import demanded
from segmentation.lint.pins import pin_findings, pin_gaps
from segmentation.lint.result import LintResult, MatrixCell
from segmentation.lint.rulebase import rulebase_findings
from segmentation.lint.settings import setting_findings
from segmentation.lint.subject import Subject
from segmentation.lint.unexamined import unexamined
from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.text import Text

__all__ = ["LintResult", "MatrixCell", "lint"]


def lint(devices: Sequence[Device], model: ZoneModel | None, policy: Policy, at: dt.date) -> LintResult:
    """Compare what each device lets through with what the model permits, and examine its rule base.

    Without a model, or with one that has no zones, only the findings inside the rule base remain.  *at* is the day of
    the verdicts (exceptions end).  Pure; the result is sorted and the same for the same input.
    """
    findings: list[Finding] = []
    matrix: list[MatrixCell] = []
    undecided: list[Text] = []
    unproven = 0
    judge = Judge.of(model, policy) if model is not None and model.zones else None
    for device in devices:
        base = rulebase_findings(device, policy)
        findings.extend(base.findings)
        undecided.extend(base.undecided)
        subject = Subject(device, policy, at)
        if judge is not None:
            crossing = DeviceLint.of(device, judge, at)
            crossed = list(crossing.findings())
            findings.extend(beside_blamed(crossing, Culprits(crossing).blamed(crossed)))
            matrix.extend(crossing.matrix())
            undecided.extend(crossing.undecided())
            unproven += crossing.unproven
            subject = Subject(device, policy, at, judge, crossing.scope)
            asked, open_questions = demanded(subject, crossing, frozenset((f.rule, f.cause) for f in crossed))
            findings.extend(asked)
            findings.extend(breadth_findings(subject, crossing, crossed))
            findings.extend(pin_findings(subject, crossing))
            undecided.extend(t for t in open_questions if t not in undecided)
            undecided.extend(pin_gaps(subject))
        findings.extend(setting_findings(subject))
        undecided.extend(unexamined(subject))
    ordered = sorted(condensed(findings), key=lambda f: f.sort_key)
    return LintResult(tuple(ordered), tuple(matrix), tuple(undecided), unproven)
