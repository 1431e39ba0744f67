"""``sekisho profiles`` as an officer runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from segmentation.cli import main
from segmentation.profiles.difference import differences, setting_values
from segmentation.profiles.loader import NAMES, load_policy, rule_ids
from segmentation.profiles.settings import SETTINGS
from segmentation.report.width import width

ROOT = Path(__file__).resolve().parents[3]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["profiles", *arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    _, out, _ = run(capsys, *arguments, "--format", "json")
    document = json.loads(out)
    assert isinstance(document, dict)
    return document


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list", "--lang", "ja")
    assert code == 0
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(NAMES)
    sanbu = next(line for line in lines if line.startswith("sanbu"))
    assert "クラウド型UTM" in sanbu
    assert "LGWAN" not in sanbu
    assert "2026-03-19" in next(line for line in lines if line.startswith("kadoma"))
    column = width(lines[0].split("団体")[0])
    assert all(width(line) > column for line in lines)


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    document = run_json(capsys, "list")
    assert document["schema"] == "sekisho.profiles/1"
    by_name = {each["name"]: each for each in document["profiles"]}
    assert by_name["kumamoto"]["document"]["revised_on"] == "2026-03"
    assert by_name["okayama"]["egress"] == "none"
    assert by_name["daisen"]["organisation"]["en"] == "Daisen City"


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_show_names_every_rule_once_in_force_or_not(capsys: pytest.CaptureFixture[str], name: str, lang: str) -> None:
    code, out, _ = run(capsys, "show", name, "--lang", lang)
    assert code == 0
    shown = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    policy = load_policy(name)
    for rule in rule_ids():
        assert shown.count(rule) == max(1, len(policy.clauses.get(rule, ())))


def test_show_says_where_a_rule_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "show", "kadoma", "--lang", "ja")
    assert "MN-03  国ガイドライン由来: 総務省ガイドライン 対策基準 3(1)" in out
    assert "EX-04  製品規則" in out
    assert "LG-01  条項: 門真市情報セキュリティ基本方針 5(2)②" in out
    assert "366日（条項に数値は無い。製品の初期値）" in out
    _, out, _ = run(capsys, "show", "daisen", "--lang", "en")
    assert "[The fifth item; the document prints it as ①.]" in out
    assert "MN-03  clause: " in out


def test_a_two_network_profile_has_no_words_that_do_not_apply(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "show", "sanbu", "--lang", "ja")
    demands = out[out.index("求める内容") : out.index("公開文に定めが無く")]
    assert "マイナンバー" not in demands
    assert "LGWAN" not in demands


def test_show_with_a_private_overlay(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "standards.toml"
    path.write_text('private = true\ncouncil = "okayama"\n[logs]\nretention_days = 1095\n', encoding="utf-8")
    code, out, _ = run(capsys, "show", "kadoma", "--overlay", str(path), "--lang", "ja")
    assert code == 0
    assert "非公開の上書きファイルを含みます" in out
    assert "1095日" in out
    assert "「okayama」の方針が優先" in out
    document = run_json(capsys, "show", "kadoma", "--overlay", str(path))
    assert document["private"]
    assert document["settings"]["logs.retention_days"] == 1095
    assert document["shared"]["rules"]["O-01"]["in_force"]
    assert document["shared"]["rules"]["AU-01"]["clauses"][0]["origin"] == "council"


def test_a_bad_overlay_is_reported_with_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "bad\x1b[31m.toml"
    path.write_text("[sanitize]\nscop = 1\n", encoding="utf-8")
    code, out, err = run(capsys, "show", "daisen", "--overlay", str(path), "--lang", "ja")
    assert code == 3
    assert not out
    assert ".toml:2:1: 知らないキー「scop」です。「scope」ではありませんか。" in err
    assert "\x1b" not in err


def test_an_unknown_profile_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("show", "akita"), ("diff", "daisen", "akita")):
        code, _, err = run(capsys, *arguments, "--lang", "en")
        assert code == 2
        assert 'There is no profile "akita"' in err


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "diff", "daisen", "kadoma", "--lang", "ja")
    assert code == 1
    assert "無害化の範囲\n  大仙市  取り込む場合\n  門真市  双方向（通信する場合すべて）\n" in out
    assert "規則: LG-12 M-01" in out
    code, out, _ = run(capsys, "diff", "kadoma", "kadoma", "--lang", "en")
    assert (code, out) == (0, "The two profiles do not differ.\n")
    document = run_json(capsys, "diff", "daisen", "kumamoto")
    assert document["schema"] == "sekisho.profile-diff/1"
    keys = {each["key"] for each in document["differences"]}
    assert {"document", "sanitize.scope", "sanitize.allow_other_with_reason", "mynumber.in_principle", "egress.kind"} <= keys


@pytest.mark.parametrize("left", NAMES)
@pytest.mark.parametrize("right", NAMES)
def test_diff_is_empty_only_for_the_same_profile_and_mirrors(left: str, right: str) -> None:
    forth = differences(load_policy(left), load_policy(right))
    back = differences(load_policy(right), load_policy(left))
    assert (not forth) == (left == right)
    sides = {(each.key, each.left, each.right) for each in forth if "_" not in each.key.partition(".")[2] or each.meaning}
    assert {
        (each.key, each.right, each.left) for each in back if "_" not in each.key.partition(".")[2] or each.meaning
    } == sides


def test_diff_of_every_demand_says_what_follows() -> None:
    """Each setting by which the five policies differ in a verdict has its meaning and its rules."""
    for right in NAMES[2:]:
        for each in differences(load_policy("daisen"), load_policy(right)):
            if each.key.startswith(("sanitize.", "mynumber.in", "mynumber.re", "egress.kind", "models.")):
                assert each.meaning, each.key
                assert each.rules, each.key
                assert set(each.rules) <= set(rule_ids())


def test_settings_in_force_are_settings_of_the_table() -> None:
    for name in NAMES:
        values = setting_values(load_policy(name))
        assert set(values) <= set(SETTINGS)
        for key, value in values.items():
            shown = SETTINGS[key].show(value)
            assert shown.ja
            assert shown.en


def test_output_does_not_depend_on_the_hash_seed() -> None:
    outputs = set()
    for seed in ("1", "2"):
        code = "import sys; from segmentation.cli import main; sys.exit(main(sys.argv[1:]))"
        arguments = [sys.executable, "-c", code, "profiles", "show", "daisen", "--format", "json"]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        outputs.add(subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, check=True).stdout)
    assert len(outputs) == 1
