from __future__ import annotations

import dataclasses

import pytest

from segmentation.model.finding import Severity
from segmentation.model.text import Text
from segmentation.report.baseline import Known, compare, counted, read_baseline
from segmentation.report.json_document import render
from segmentation.report.run import LintRun

SCHEMA = "sekisho.lint/1"


def _earlier(run: LintRun) -> tuple[Known, ...]:
    found = read_baseline(render(run), "old.json", SCHEMA)
    assert isinstance(found, tuple)
    return found


def test_the_same_run_has_nothing_new(lint_run: LintRun) -> None:
    again = compare(lint_run, _earlier(lint_run), "old.json")
    assert again.open == ()
    assert counted(again, Severity.INFO) == ()
    assert again.baseline is not None
    assert again.baseline.resolved == ()
    assert again.baseline.known == 4


def test_only_what_is_new_counts(lint_run: LintRun) -> None:
    before = dataclasses.replace(lint_run, findings=lint_run.findings[2:])
    now = compare(lint_run, _earlier(before), "old.json")
    assert [f.rule for f in now.open] == ["LG-02", "NC-02"]


def test_moved_lines_and_other_times_are_not_new(lint_run: LintRun) -> None:
    moved = tuple(
        dataclasses.replace(f, where=dataclasses.replace(f.where, location=dataclasses.replace(f.where.location, line=999)))
        for f in lint_run.findings
    )
    assert compare(dataclasses.replace(lint_run, findings=moved), _earlier(lint_run), "old.json").open == ()


def test_a_second_finding_of_one_fingerprint_is_new(lint_run: LintRun) -> None:
    twice = dataclasses.replace(lint_run, findings=(*lint_run.findings, lint_run.findings[0]))
    assert [f.rule for f in compare(twice, _earlier(lint_run), "old.json").open] == ["LG-02"]


def test_an_exception_that_ended_makes_its_finding_new(lint_run: LintRun) -> None:
    silenced = lint_run.findings[-1]
    assert silenced.silenced
    loud = dataclasses.replace(lint_run, findings=(dataclasses.replace(silenced, silenced=False),))
    assert [f.rule for f in compare(loud, _earlier(lint_run), "old.json").open] == ["NC-19"]


def test_a_severity_that_rose_is_new(lint_run: LintRun) -> None:
    worse = dataclasses.replace(lint_run, findings=(dataclasses.replace(lint_run.findings[1], severity=Severity.CRITICAL),))
    assert [f.rule for f in compare(worse, _earlier(lint_run), "old.json").open] == ["NC-02"]
    milder = dataclasses.replace(lint_run, findings=(dataclasses.replace(lint_run.findings[1], severity=Severity.LOW),))
    assert compare(milder, _earlier(lint_run), "old.json").open == ()


def test_what_is_gone_is_named(lint_run: LintRun) -> None:
    now = compare(dataclasses.replace(lint_run, findings=()), _earlier(lint_run), "old.json")
    assert now.baseline is not None
    assert [r.rule for r in now.baseline.resolved] == ["LG-02", "MN-01", "NC-02", "NC-19", "EX-04"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a report of the format"),
        ('{"schema": "sekisho.replay/1", "findings": []}', "sekisho.replay/1"),
        ('{"schema": 7, "findings": []}', "not a report"),
        ('{"schema": "sekisho.lint/1"}', "not a report"),
        ('{"schema": "sekisho.lint/1", "findings": [7]}', "findings[0]"),
        ('{"schema": "sekisho.lint/1", "findings": [{"rule": "X"}]}', "findings[0]"),
    ],
)
def test_a_file_that_is_no_baseline_gets_one_sentence(text: str, sentence: str) -> None:
    found = read_baseline(text, "old.json", SCHEMA)
    assert isinstance(found, Text)
    assert sentence in found.en
    assert "old.json" in found.ja


def test_fail_on_counts_from_a_severity_up(lint_run: LintRun) -> None:
    assert len(counted(lint_run, Severity.INFO)) == 4
    assert [f.rule for f in counted(lint_run, Severity.CRITICAL)] == ["LG-02", "MN-01"]
