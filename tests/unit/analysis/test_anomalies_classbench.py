"""Shadowed rules of the ClassBench sets, against the exact lists of an independent engine."""

from __future__ import annotations

import json

import pytest
from rule_bases import classbench
from shared_data import needs_shared

from segmentation.analysis.anomalies import AnomalyKind, find


@pytest.mark.parametrize("name", ["acl1_1k", "acl2_1k", "fw1_1k", "fw2_1k", "ipc1_1k"])
def test_shadowed_rules(name: str) -> None:
    text = needs_shared("data", "firewalls", "classbench", "classbench", name).read_text()
    truth = json.loads(needs_shared("data", "firewalls", "truth", "classbench_shadow.json").read_text())[name]
    report = find(classbench(text), 4)
    shadowed = [a for a in report.anomalies if a.kind in (AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION)]
    assert report.rules == truth["rules"]
    assert [a.rule.location.line for a in shadowed] == truth["shadowed"]
    single = {str(a.rule.location.line) for a in shadowed if a.kind is AnomalyKind.SHADOWED}
    assert single >= set(truth["single_cover"])
