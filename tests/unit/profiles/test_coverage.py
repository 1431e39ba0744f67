"""Every rule has an origin in every profile, and what is unverified says so."""

from __future__ import annotations

import re

import pytest
from shared_data import needs_shared

from segmentation.model.finding import ClauseOrigin
from segmentation.profiles.loader import NAMES, load_policy, rule_ids

RULE_ROW = re.compile(r"^\| ((?:ZM|MN|LG|IN|ML|NC|LT|EX|AU|Y|K|M|O)-\d\d) \|", re.MULTILINE)


def test_the_rules_are_those_of_the_requirements() -> None:
    rows = RULE_ROW.findall(needs_shared("domain", "requirements.md").read_text(encoding="utf-8"))
    assert list(rule_ids()) == rows
    assert len(rows) == 128


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_a_clause_an_origin_or_a_reason(name: str) -> None:
    policy = load_policy(name)
    for rule in rule_ids():
        if rule in policy.inapplicable:
            assert rule not in policy.clauses, rule
            assert policy.inapplicable[rule].ja.endswith("。"), rule
            assert policy.inapplicable[rule].en.endswith("."), rule
            continue
        origins = {ref.origin for ref in policy.clauses[rule]}
        assert origins, rule
        if rule in policy.silent_on:
            assert origins <= {ClauseOrigin.NATIONAL, ClauseOrigin.STATUTE}, rule
        elif name != "national":
            assert origins & {ClauseOrigin.POLICY, ClauseOrigin.PRODUCT}, rule
            assert ClauseOrigin.NATIONAL not in origins, rule
    assert policy.silent_on <= set(policy.clauses)
    assert policy.silent_on.isdisjoint(policy.inapplicable)


@pytest.mark.parametrize("name", NAMES)
def test_national_clauses_say_that_they_must_be_checked(name: str) -> None:
    refs = [ref for refs in load_policy(name).clauses.values() for ref in refs if ref.origin is ClauseOrigin.NATIONAL]
    assert all(ref.note and "確認" in ref.note.ja and "check" in ref.note.en for ref in refs)
    assert refs


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_is_named_in_both_languages(name: str) -> None:
    for refs in load_policy(name).clauses.values():
        for ref in refs:
            assert ref.document
            assert ref.number
            assert 0 < len(ref.title) < 20
            assert ref.title_en.isascii() or set(ref.title_en) - set(map(chr, range(128))) <= set("αβ′")
            assert ref.title_in("en") == ref.title_en
            assert ref.title_in("ja") == ref.title


def test_product_rules_are_labelled_as_ours() -> None:
    for name in NAMES:
        policy = load_policy(name)
        for rule in ("EX-04", "EX-07", "EX-08"):
            (ref,) = policy.clauses[rule]
            assert ref.origin is ClauseOrigin.PRODUCT
            assert ref.title == "製品規則"
            assert rule not in policy.silent_on


def test_statutes_stand_beside_the_citys_own_clause() -> None:
    policy = load_policy("daisen")
    origins = [(ref.origin, ref.number) for ref in policy.clauses["MN-18"]]
    assert origins == [
        (ClauseOrigin.POLICY, "3.4(1)①"),
        (ClauseOrigin.POLICY, "3.7.5(7)"),
        (ClauseOrigin.STATUTE, "別添2 3A ※2"),
    ]


def test_broken_numbering_is_kept_with_a_note() -> None:
    (fifth,) = [ref for ref in load_policy("daisen").clauses["NC-09"] if ref.number == "3.5.3⑤"]
    assert fifth.note
    assert "①" in fifth.note.ja
    assert "①" in fifth.note.en
    (misprint,) = [ref for ref in load_policy("kadoma").clauses["ZM-03"] if ref.number == "3(10)"]
    assert misprint.note
    assert "マインナー" in misprint.note.ja
