from __future__ import annotations

import dataclasses

from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.report.github import command, render
from segmentation.report.run import LintRun, ReplayRun


def test_escaping_is_that_of_the_runner() -> None:
    assert command("error", "50% a\r\nb:c,d", file="a,b:c%.nft", line=3) == (
        "::error file=a%2Cb%3Ac%25.nft,line=3::50%25 a%0D%0Ab:c,d"
    )
    assert command("notice", "x", file="", line=0) == "::notice::x"


def test_findings_are_annotations_at_their_lines(lint_run: LintRun) -> None:
    lines = render(lint_run, "en").splitlines()
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    assert lines[0].startswith("::error file=cdr.nft,line=14,col=3,title=LG-02 [critical]::rule%3A"[:56])
    assert "%0Awitness: tcp 10.30.10.53:1024 → 10.20.10.25:25" in lines[0]
    assert lines[3].startswith("::warning file=zones.toml,line=99,title=EX-04 [medium]::")
    assert lines[4].startswith("::notice file=cdr.nft,line=20,title=NC-19 [high] <excepted>::")
    assert lines[5] == "::warning file=cdr.nft,line=7,title=Line not understood::match osf"
    assert lines[-1] == ("::notice title=sekisho::critical 2, high 1, medium 1, low 0, info 0, silenced 1, known 0")


def test_an_input_cannot_write_its_own_command(lint_run: LintRun) -> None:
    evil = "x\n::stop-commands::t\r::error::y"
    finding = dataclasses.replace(lint_run.findings[0], message=Text(evil, evil), rule=evil)
    where = dataclasses.replace(finding.where, rule_text=evil, location=Location(evil, 1))
    written = render(dataclasses.replace(lint_run, findings=(dataclasses.replace(finding, where=where),)), "en")
    starts = [line.split(" ", 1)[0] for line in written.splitlines()]
    assert set(starts) == {"::error", "::warning", "::notice"}
    assert starts.count("::error") == 1


def test_a_finding_without_a_file_has_no_file(replay_run: ReplayRun) -> None:
    assert render(replay_run, "ja").startswith("::error title=MN-18 [重大]::")
