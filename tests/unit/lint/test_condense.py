"""Very many findings of one kind become one, and nothing is lost that a baseline or an officer needs."""

from __future__ import annotations

import dataclasses

from segmentation.lint.condense import LISTED, condensed, ranges
from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.location import Location
from segmentation.model.text import Text


def finding(line: int, dst: str = "lg", rule: str = "MN-01", device: str = "fw") -> Finding:
    return Finding(
        rule=rule, severity=Severity.CRITICAL, message=Text("規則", "A rule."), cause=f"{device}:{line}",
        where=Where(location=Location("fw.conf", line), device=device, rule_text=f"permit {line}"),
        src_zone="mn", dst_zone=dst, key=f"permit {line}||4|",
    )  # fmt: skip


def test_few_findings_stay_as_they_are() -> None:
    few = [finding(n) for n in range(1, LISTED + 1)]
    assert condensed(few) == few
    other = [finding(n, device="other") for n in range(1, LISTED + 1)]
    assert condensed([*few, *other]) == [*few, *other]  # each device by itself


def test_many_of_one_kind_are_one_with_all_their_lines() -> None:
    many = [finding(n) for n in range(1, LISTED + 1)]
    others = [finding(7, dst="in"), finding(8, rule="MN-09")]
    merged, *alone = condensed([*many, *others])
    assert alone == others
    assert merged.count == LISTED
    assert dict(merged.detail)["lines"] == f"1-{LISTED}"
    assert f"{LISTED:,}" in merged.message.en
    assert f"{LISTED:,}" in merged.message.ja
    assert merged.where.location.line == 1


def test_a_rule_that_is_added_is_never_hidden_by_a_baseline() -> None:
    many = [finding(n) for n in range(1, LISTED + 2)]
    before, after = condensed(many), condensed([*many, finding(LISTED + 9)])
    assert len(before) == len(after) == 1
    assert before[0].fingerprint != after[0].fingerprint
    moved = [dataclasses.replace(f, where=dataclasses.replace(f.where, location=Location("fw.conf", 5))) for f in many[:1]]
    assert condensed([*moved, *many[1:]])[0].fingerprint == before[0].fingerprint  # lines may move


def test_lines_in_short() -> None:
    assert ranges([9, 5, 6, 7, 9]) == "5-7, 9"
    assert ranges(range(1, 1000, 2)).endswith(" …")
