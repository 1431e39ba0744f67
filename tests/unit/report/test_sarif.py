from __future__ import annotations

import dataclasses
import json
from typing import Any

import jsonschema
import pytest
from sarif_shape import SARIF, cross_references

from segmentation.model.text import Lang
from segmentation.report.baseline import compare, read_baseline
from segmentation.report.json_document import render as render_json
from segmentation.report.run import LintRun, ReplayRun, Run
from segmentation.report.sarif import render, uri


def _valid(run: Run, lang: Lang) -> dict[str, Any]:
    log = json.loads(render(run, lang))
    jsonschema.Draft202012Validator.check_schema(SARIF)
    jsonschema.Draft202012Validator(SARIF).validate(log)
    assert cross_references(log) == []
    assert isinstance(log, dict)
    return log


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_lint_and_replay_are_valid(lang: Lang, lint_run: LintRun, replay_run: ReplayRun) -> None:
    _valid(lint_run, lang)
    _valid(replay_run, lang)
    _valid(dataclasses.replace(lint_run, findings=(), inputs=(), matrix=()), lang)


def test_rules_carry_their_pages(lint_run: LintRun) -> None:
    driver = _valid(lint_run, "ja")["runs"][0]["tool"]["driver"]
    rule = next(r for r in driver["rules"] if r["id"] == "LG-02")
    assert rule["properties"]["security-severity"] == "9.5"
    assert "### なぜ問題か" in rule["help"]["markdown"]
    assert "3.4(2)①「LGWAN接続系の分割」（自市の規程）" in rule["help"]["markdown"]
    assert rule["helpUri"] == "urn:sekisho:rule:LG-02"
    english = _valid(lint_run, "en")["runs"][0]["tool"]["driver"]["rules"][driver["rules"].index(rule)]
    assert "### Why it matters" in english["help"]["markdown"]


def test_results_point_at_the_line_and_the_path(lint_run: LintRun) -> None:
    result = _valid(lint_run, "en")["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "cdr.nft"
    assert place["region"]["startLine"] == 14
    assert place["region"]["startColumn"] == 3
    assert "hunter2" not in place["region"]["snippet"]["text"]
    assert "tcp 10.30.10.53:1024 → 10.20.10.25:25" in result["message"]["text"]
    assert result["partialFingerprints"] == {"sekisho/v1": lint_run.findings[0].fingerprint}
    (step,) = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert step["location"]["message"]["text"] == "passes here"


def test_an_exception_is_a_suppression_and_a_line_not_understood_a_notification(lint_run: LintRun) -> None:
    run = _valid(lint_run, "en")["runs"][0]
    suppressed = [r for r in run["results"] if "suppressions" in r]
    assert [r["ruleId"] for r in suppressed] == ["NC-19"]
    assert suppressed[0]["suppressions"][0]["status"] == "accepted"
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["locations"][0]["physicalLocation"]["region"]["startLine"] == 7


def test_a_baseline_gives_baseline_states(lint_run: LintRun) -> None:
    earlier = read_baseline(render_json(lint_run), "old.json", lint_run.schema)
    assert isinstance(earlier, tuple)
    gone = compare(dataclasses.replace(lint_run, findings=lint_run.findings[1:3]), earlier, "old.json")
    states = [(r["ruleId"], r["baselineState"]) for r in _valid(gone, "en")["runs"][0]["results"]]
    assert states == [
        ("NC-02", "unchanged"), ("MN-01", "unchanged"), ("LG-02", "absent"), ("NC-19", "absent"), ("EX-04", "absent"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("fw core.nft", "fw%20core.nft"),
        ("設定/中継.nft", "%E8%A8%AD%E5%AE%9A/%E4%B8%AD%E7%B6%99.nft"),
        ("/etc/nftables.conf", "file:///etc/nftables.conf"),
        ("a:b#c?d%.nft", "a%3Ab%23c%3Fd%25.nft"),
        ("caf\udce9.nft", "caf%E9.nft"),
    ],
)
def test_file_names_become_uri_references(file: str, expected: str) -> None:
    assert uri(file) == expected


def test_the_shape_refuses_what_the_standard_does(lint_run: LintRun) -> None:
    log = json.loads(render(lint_run, "en"))
    validator = jsonschema.Draft202012Validator(SARIF)
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(log)
    log["runs"][0]["results"][0]["level"] = "error"
    assert validator.is_valid(log)
    log["runs"][0]["results"][0]["ruleIndex"] = 0  # rules are sorted: EX-04 comes first
    assert cross_references(log) == ["LG-02: ruleIndex names EX-04"]
