from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET

from segmentation.model.text import Text
from segmentation.report.baseline import compare, read_baseline
from segmentation.report.json_document import render as render_json
from segmentation.report.junit import render
from segmentation.report.run import LintRun, ReplayRun, Run


def _suite(run: Run) -> ET.Element:
    root = ET.fromstring(render(run, "ja").encode())
    (suite,) = root
    cases = suite.findall("testcase")
    for tag, counter in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert sum(c.find(tag) is not None for c in cases) == int(suite.attrib[counter]) == int(root.attrib[counter])
    assert len(cases) == int(suite.attrib["tests"])
    return suite


def test_findings_fail_exceptions_are_skipped_and_gaps_are_errors(lint_run: LintRun) -> None:
    suite = _suite(lint_run)
    failures = [(c.attrib["classname"], f.attrib["type"]) for c in suite for f in c.findall("failure")]
    assert failures == [
        ("sekisho.lint.LG-02", "critical"), ("sekisho.lint.NC-02", "high"), ("sekisho.lint.MN-01", "critical"),
        ("sekisho.lint.EX-04", "medium"),
    ]  # fmt: skip
    assert [c.attrib["classname"] for c in suite if c.find("skipped") is not None] == ["sekisho.lint.NC-19"]
    (error,) = suite.iter("error")
    assert "cdr.nft" in error.attrib["message"]
    body = next(suite.iter("failure")).text
    assert body is not None
    assert "証拠パケット: tcp 10.30.10.53:1024 → 10.20.10.25:25" in body
    closing = suite.findtext("system-out")
    assert closing is not None
    assert "装置 FW-LG の設定がありません。" in closing


def test_a_damaged_capture_is_an_error(replay_run: ReplayRun) -> None:
    assert _suite(replay_run).attrib["errors"] == "1"


def test_what_the_baseline_knows_is_skipped(lint_run: LintRun) -> None:
    earlier = read_baseline(render_json(lint_run), "old.json", lint_run.schema)
    assert isinstance(earlier, tuple)
    assert _suite(compare(lint_run, earlier, "old.json")).attrib["failures"] == "0"


def test_hostile_text_stays_text(lint_run: LintRun) -> None:
    nasty = 'x" onclick=\x00\x1b]]>\ufffe\ud800<b>&\n'
    finding = dataclasses.replace(lint_run.findings[0], message=Text(nasty, nasty))
    where = dataclasses.replace(finding.where, rule_text=nasty, device=nasty)
    suite = _suite(dataclasses.replace(lint_run, findings=(dataclasses.replace(finding, where=where),)))
    failure = next(suite.iter("failure"))
    assert failure.attrib["message"] == 'x" onclick=\\x00\\x1b]]>\ufffd\\ud800<b>&\\x0a'
