"""``sekisho check`` and ``sekisho init`` as they are run."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from zonefile_samples import CASES, SOUND

from segmentation.cli import main
from segmentation.commands import init as init_command
from segmentation.commands.check_view import ZONE_WORDS
from segmentation.model.network import Settings
from segmentation.model.text import Lang
from segmentation.model.zones import ZoneKind
from segmentation.profiles.loader import load_policy
from segmentation.report.width import width
from segmentation.rules.registry import check_model
from segmentation.zonefile.reader import load, loads
from segmentation.zonefile.starter import TEMPLATES, starter

AT = ["--at", "2026-08-20"]
#: What a starter cannot say for an officer: approvals, dates and people.
TO_ENTER = {"NC-06", "NC-07", "NC-08", "AU-01", "AU-06", "LT-04", "LT-06", "ZM-06", "MN-21", "LG-07", "O-01"}
#: What comes of the policy itself, whatever is entered; a starter's header says so.
OF_THE_POLICY: dict[str, set[str]] = {
    "national": set(),
    "daisen": set(),
    "kumamoto": {"O-03"},
    "kadoma": {"O-03"},
    "sanbu": {"O-03"},
    "okayama": {"O-02", "O-03"},
}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "en")


def test_the_reference_city_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *AT]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Midorino City — model α, profile daisen" in out
    assert re.search(r"EX-2026-003 .* 2026-09-30 +41 +in force", out)
    assert "0 warning(s), 0 finding(s)" in out
    row = next(line for line in out.splitlines() if line.startswith("  lg  ") and "C20" in line)
    assert "C20 C23" in row
    assert next(line for line in out.splitlines() if line.startswith("  in  ") and "×" in line)


def test_the_same_day_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    for extra in ([], ["--format", "json"], ["--all-zones", "--lang", "ja"]):
        main(["check", *AT, *extra])
        first = capsys.readouterr().out
        main(["check", *AT, *extra])
        assert capsys.readouterr().out == first


def test_japanese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *AT, "--lang", "ja"]) == 0
    out = capsys.readouterr().out
    assert "みどり野市 — αモデル" in out
    assert "残り日数" in out
    lines = out.splitlines()
    begin = lines.index("ゾーン間の通信（行が接続を開始する側）") + 1
    cells = lines[begin : begin + 10]
    assert {width(line[: line.index("×")]) for line in cells if line.startswith("  mn ")} == {
        width(cells[0][: cells[0].index("in ")])
    }


def test_an_exception_that_has_ended_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--at", "2026-10-01"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"EX-2026-003 .* -1 +ended", out)
    assert "EX-04" in out
    main(["check", "--at", "2026-09-16"])
    assert re.search(r"EX-2026-003 .* 14 +ending soon", capsys.readouterr().out)


def test_by_sub_zones(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", *AT, "--all-zones"])
    out = capsys.readouterr().out
    assert re.search(r"^ +1 mn-srv +=", out, re.MULTILINE)
    assert re.search(r"^ +9 lg-term ", out, re.MULTILINE)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *AT, "--format", "json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["schema"] == "sekisho.check/1"
    assert tree["numbers"]["conduits"] == 31
    cells = {(c["src_zone"], c["dst_zone"]): c["conduits"] for c in tree["matrix"]["cells"]}
    assert cells["lg", "in"] == ["C20", "C23"]
    assert ("mn", "in") not in cells
    assert ["mn", "in"] in tree["matrix"]["never"]
    assert tree["exceptions"][0]["days_left"] == 41


def test_errors_are_exit_3_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "zones.toml"
    path.write_text(SOUND.replace('"lgwan"', '"lgwann"').replace('["zei"]', '["in"]'), encoding="utf-8")
    assert main(["check", str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "did you mean: lgwan" in err
    assert "can never be declared" not in err or "2 error(s)" in err
    assert main(["check", str(path), "--format", "json"]) == 3
    tree = json.loads(capsys.readouterr().out)
    assert tree["model"] is None
    assert tree["problems"][0]["suggestion"] == "lgwan"
    assert tree["problems"][0]["line"]


def test_warnings_are_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "zones.toml"
    path.write_text(SOUND.replace("10.30.0.0/16", "10.30.1.0/16"), encoding="utf-8")
    assert main(["check", str(path), *AT]) == 1
    assert "warning: The prefix '10.30.1.0/16'" in capsys.readouterr().out


def test_an_unknown_profile_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "zones.toml"
    path.write_text(SOUND.replace('profile = "daisen"', 'profile = "daisenn"'), encoding="utf-8")
    assert main(["check", str(path), *AT]) == 3
    assert "daisenn" in capsys.readouterr().err


@pytest.mark.parametrize("at", ["2026-02-30", "yesterday", ""])
def test_a_bad_day_is_a_usage_error(at: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--at", at]) == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "/nonexistent/zones.toml", "--lang", "ja"]) == 2
    assert "ファイルがありません" in capsys.readouterr().err


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "zones.toml"


def test_today_is_the_default() -> None:
    assert main(["check", str(CASES / "sanbu.toml")]) in {0, 1}


def test_every_kind_has_its_words() -> None:
    assert set(ZONE_WORDS) == set(ZoneKind)


@pytest.mark.parametrize("profile", TEMPLATES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_starter_passes_check(profile: str, lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--profile", profile, str(tmp_path / "new" / "city"), "--lang", lang]) == 0
    path = tmp_path / "new" / "city" / "zones.toml"
    closing = capsys.readouterr().out
    assert f"sekisho check {path}" in closing
    assert ("exit code 1" if lang == "en" else "終了コードは 1") in closing
    assert load(path).problems == ()
    assert main(["check", str(path), *AT, "--format", "json"]) == 1
    found = {f["rule"] for f in json.loads(capsys.readouterr().out)["findings"]}
    assert found <= TO_ENTER | OF_THE_POLICY[profile], found
    header = path.read_text(encoding="utf-8").partition("[organisation]")[0]
    assert ("exit code 1" if lang == "en" else "終了コードは 1") in header
    assert {rule for rule in ("O-02", "O-03") if rule in header} == OF_THE_POLICY[profile]


def test_starters_speak_one_language_and_differ() -> None:
    japanese, english = starter("daisen", "ja"), starter("daisen", "en")
    comments = [line for line in english.splitlines() if line.startswith("# ") and "=" not in line and line[2].isascii()]
    assert any("Conduits" in c for c in comments)
    assert "承認された通信 ----" not in english
    assert "Conduits ----" not in japanese
    assert not any(line.startswith("@") for p in TEMPLATES for line in starter(p, "ja").splitlines())
    assert len({starter(p, "ja") for p in TEMPLATES}) == len(TEMPLATES)
    assert "水道" in starter("kadoma", "ja")
    assert "水道" not in starter("daisen", "ja")
    assert "other_measure" in starter("kumamoto", "ja")
    assert "マイナンバー" not in starter("sanbu", "ja")
    assert "LGWAN" not in starter("okayama", "ja")


@pytest.mark.parametrize("profile", TEMPLATES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_examples_in_comments_answer_every_finding(profile: str, lang: Lang) -> None:
    """An officer takes each "#" away: no mistake, and nothing left to enter but the ledger that is not there."""
    text = re.sub(r"^# (?=[\[\]\w ]+(=|\]\]?$)|  \{|\]$)", "", starter(profile, lang), flags=re.MULTILINE)
    result = loads(text, "z.toml")
    assert ["ledger" in p.message.en for p in result.problems] == [True]
    model = result.model
    assert model is not None
    found = {f.rule for f in check_model(model, load_policy(profile), dt.date(2026, 4, 20))}
    assert found == OF_THE_POLICY[profile]
    for book in (model.devices, model.exceptions, model.wireless_networks, model.cloud_services, model.log_stores):
        assert book
    assert model.settings == Settings()


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "zones.toml"
    path.write_text("mine")
    assert main(["init", "--profile", "sanbu", str(tmp_path)]) == 2
    assert path.read_text() == "mine"
    assert "exists already" in capsys.readouterr().err
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    assert main(["init", "--profile", "sanbu", str(tmp_path), "--lang", "ja"]) == 2
    assert "既にある" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["zones.toml"]


def test_init_where_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert main(["init", "--profile", "sanbu", str(tmp_path / "file" / "below")]) == 2
    assert main(["init", "--profile", "sanbu", str(tmp_path / "file")]) == 2
    assert main(["init", "--profile", "nobody", str(tmp_path)]) == 2
    assert main(["init", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_init_is_whole_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(init_command.os, "fsync", full)
    assert main(["init", "--profile", "sanbu", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []


def test_check_by_another_profile_and_an_unknown_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--at", "2026-08-20"]) == 0
    assert main(["check", "--at", "2026-08-20", "--profile", "kadoma"]) == 1
    assert "M-01" in capsys.readouterr().out
    assert main(["check", "--profile", "nowhere"]) == 3
