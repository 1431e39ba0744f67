from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from segmentation.commands import exit_codes
from segmentation.commands.rules import canonical, rules
from segmentation.rules.registry import RULE_IDS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(rules, arguments, standalone_mode=False)


def test_list_names_every_rule_in_both_languages() -> None:
    for lang, heading in (("ja", "マイナンバー利用事務系"), ("en", "My Number zone")):
        output = run("list", "--lang", lang).output
        assert heading in output
        assert all(f"\n{i} " in output for i in RULE_IDS)


def test_list_shows_what_is_not_implemented_and_what_does_not_apply() -> None:
    lines = run("list", "--lang", "en", "--profile", "daisen").output.splitlines()
    line = {row.split()[0]: row for row in lines if row[:2].isupper()}
    assert "(traffic" not in line["NC-27"]
    assert "(lint)" in line["NC-27"]
    assert " — " in line["Y-01"]
    assert "critical" in line["MN-01"]


def test_list_as_json() -> None:
    tree = json.loads(run("list", "--format", "json", "--profile", "kadoma").output)
    assert tree["schema"] == "sekisho.rules/1"
    assert [r["id"] for r in tree["rules"]] == list(RULE_IDS)
    by_id = {r["id"]: r for r in tree["rules"]}
    assert by_id["M-01"]["applies"] is True
    assert by_id["MN-02"]["implemented"] == ["lint", "sensor", "registry"]


def test_show_has_the_page_and_the_clause_of_the_profile() -> None:
    daisen, kadoma = (run("show", "MN-01", "--lang", "ja", "--profile", p).output for p in ("daisen", "kadoma"))
    for part in ("何を見つけるか", "なぜ問題か", "例", "どうすればよいか", "根拠条項"):
        assert f"\n{part}\n" in daisen
    assert "3.4(1)①" in daisen
    assert "3.4(1)①" not in kadoma
    assert "5(2)①" in kadoma


def test_show_says_what_is_not_implemented() -> None:
    assert "まだ実装していません" in run("show", "NC-27", "--lang", "ja").output
    english = run("show", "NC-27", "--lang", "en").output
    assert "not implemented yet" in english
    assert "not implemented yet" not in run("show", "EX-02", "--lang", "en").output


def test_show_says_why_a_rule_does_not_apply() -> None:
    assert "Does not apply" in run("show", "Y-01", "--lang", "en", "--profile", "daisen").output


def test_show_as_json() -> None:
    tree = json.loads(run("show", "EX-04", "--format", "json", "--profile", "daisen").output)
    assert tree["schema"] == "sekisho.rule/1"
    assert tree["page"]["why"]["ja"]
    assert tree["page"]["why"]["en"]
    assert tree["clauses"][0]["origin"] == "product"


@pytest.mark.parametrize(
    ("written", "rule"),
    [("mn-01", "MN-01"), ("MN1", "MN-01"), ("nc_7", "NC-07"), (" o-03 ", "O-03"), ("../x", "../x"), ("", "")],
)
def test_ids_are_read_generously(written: str, rule: str) -> None:
    assert canonical(written) == rule


def test_an_unknown_rule_is_a_usage_error_with_a_guess() -> None:
    result = CliRunner().invoke(rules, ["show", "MN-41", "--lang", "en"])
    assert result.exit_code == exit_codes.USAGE
    assert "There is no rule MN-41" in result.output
    assert "Did you mean: MN-" in result.output
    assert "sekisho rules list" in CliRunner().invoke(rules, ["show", "zzz", "--lang", "en"]).output


def test_an_unknown_profile() -> None:
    assert run("show", "MN-01", "--profile", "nowhere").return_value == exit_codes.USAGE
    assert run("list", "--profile", "nowhere.toml").return_value == exit_codes.NOT_UNDERSTOOD
