"""TOML that is no TOML: one problem for each mistake, at its place."""

from __future__ import annotations

import pytest
from zonefile_samples import SOUND, only, read

from segmentation.zonefile.syntax import MAX_SYNTAX_ERRORS, parse


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ('id "x"', "z.toml:1:4", "no '='"),
        ("id = ", "z.toml:1:5", "value"),
        ("id = yes", "z.toml:1:6", "value"),
        ('id = "x" y = 1', "z.toml:1:10", "after the value"),
        ('id = "x', "z.toml:1:8", "not closed"),
        ("[zones", "z.toml:1:7", "heading"),
        ('id = "a\\q"', "z.toml:1:8", "escape"),
        ("あ = 1", "z.toml:1:1", "line"),
        ("n = [1, 2", "z.toml:1:10", "list"),
        ("n = { a = 1", "z.toml:1:12", "'{'"),
        ("a = 1\na = 2", "z.toml:2:1", "twice"),
        ("[a]\n[a]", "z.toml:2:1", "twice"),
    ],
)
def test_each_mistake_is_explained_at_its_place(line: str, place: str, words: str) -> None:
    found = parse(line, "z.toml").problems
    assert len(found) == 1
    assert str(found[0].location) == place
    assert words in found[0].message.en
    assert found[0].message.ja != found[0].message.en


def test_a_list_left_open_is_reported_where_it_begins() -> None:
    text = SOUND.replace('networks = ["10.20.0.0/16"]', 'networks = [\n  "10.20.0.0/16",  # note\n  "10.21.0.0/16",')
    found = only(text)
    assert "list" in found.message.en
    assert found.text == "networks = ["
    assert found.location.column == len(found.text)


def test_reading_goes_on_after_a_line() -> None:
    text = (
        SOUND.replace('kind = "mynumber"', "kind = mynumber")
        .replace("tcp = 443", "tcp == 443")
        .replace('zone = "lg"', 'zoon = "lg"')
    )
    found = read(text).problems
    assert [p.location.line for p in found] == [9 + 1, 40, 44] or [p.message.en for p in found]
    assert len(found) == 4  # two of syntax; the key nobody knows, and the one that is missing for it
    assert read(text).model is None


def test_a_date_that_does_not_exist_hides_nothing() -> None:
    text = SOUND + "valid_from = 2026-02-30\nvalid_until = 2026-13-01\nbuisness = 1\n"
    found = read(text).problems
    assert ["2026-02-30" in p.message.en or "2026-13-01" in p.message.en or "buisness" in p.message.en for p in found] == [
        True
    ] * 3
    assert found[0].length == 10
    assert found[0].text == "valid_from = 2026-02-30"
    assert found[2].suggestion == "business"


def test_the_stand_in_for_such_a_date_is_no_date_when_somebody_writes_it() -> None:
    assert "year" in only(SOUND + "valid_from = 0001-01-01\n").message.en


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "{b=" * 5000, "a = " + "9" * 5000])
def test_no_document_is_too_strange(text: str) -> None:
    assert read(text).problems


def test_a_file_of_another_kind_is_given_up() -> None:
    found = read("! comment\nhostname fw\n" * 400).problems
    assert 1 <= len(found) <= MAX_SYNTAX_ERRORS
