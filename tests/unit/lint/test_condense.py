"""Very many findings of one kind become one, and nothing is lost that a baseline or an officer needs."""

from __future__ import annotations

import dataclasses

from segmentation.lint.condense import LISTED, PAIRS_LISTED, REACHED_LISTED, condensed, ranges
from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.location import Location
from segmentation.model.text import Text


def finding(line: int, dst: str = "lg", rule: str = "MN-01", device: str = "fw") -> Finding:
    return Finding(
        rule=rule, severity=Severity.CRITICAL, message=Text("規則", "A rule."), cause=f"{device}:{line}",
        where=Where(location=Location("fw.conf", line), device=device, rule_text=f"permit {line}"),
        src_zone="mn", dst_zone=dst, key=f"permit {line}||4|",
    )  # fmt: skip


def between(src: str, dst: str) -> Finding:
    return dataclasses.replace(finding(3, dst=dst), src_zone=src)


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


def test_one_cause_between_many_zones_is_one_with_all_its_pairs() -> None:
    few = [finding(3, dst=f"z{n:03}") for n in range(PAIRS_LISTED - 1)] + [between("", "z900")]
    assert condensed(few) == few
    more = [*few, between("in", "z900")]
    other = [finding(4, dst="lg"), finding(3, rule="LG-01"), finding(3, device="other")]
    merged, *alone = condensed([*more, *other])
    assert alone == other  # another line, demand or device is another cause
    details = dict(merged.detail)
    assert merged.count == len(more)
    assert details["pairs"] == str(len(more))
    assert details["zone_pairs"] == f"? -> z900; in -> z900; mn -> {', '.join(f.dst_zone for f in few[:-1])}"
    assert f"{len(more)} pairs of zones" in merged.message.en
    assert f"{len(more)}組" in merged.message.ja
    assert condensed([*reversed(more)]) == [merged]


def test_a_pair_that_is_added_is_never_hidden_by_a_baseline() -> None:
    many = [finding(3, dst=f"z{n:03}") for n in range(REACHED_LISTED + 1)]
    assert condensed(many)[0].fingerprint != condensed([*many, finding(3, dst="z900")])[0].fingerprint


def test_what_one_rule_opens_is_told_apart_by_severity_and_exception() -> None:
    many = [finding(3, dst=f"z{n:03}") for n in range(REACHED_LISTED + 1)]
    lower = [dataclasses.replace(f, severity=Severity.LOW) for f in many]
    excused = [dataclasses.replace(f, exception="EX-1", silenced=True) for f in many]
    assert {(f.severity, f.silenced, f.count) for f in condensed([*many, *lower, *excused])} == {
        (Severity.CRITICAL, False, len(many)), (Severity.LOW, False, len(many)), (Severity.CRITICAL, True, len(many)),
    }  # fmt: skip


def test_the_zones_that_one_zone_reaches_are_named_one_by_one() -> None:
    reached = [finding(3, dst=f"z{n:03}") for n in range(REACHED_LISTED)]
    assert condensed(reached) == reached
    assert [f.count for f in condensed([*reached, finding(3, dst="z900")])] == [REACHED_LISTED + 1]
