"""``sekisho demo`` as a newcomer runs it, and what it does when its promises do not hold."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from segmentation import cli
from segmentation.commands import demo as demo_command
from sensors.example import demo as packets
from sensors.example import faults
from sensors.example.city import City
from sensors.example.files import Frame
from sensors.example.month import clean_month
from sensors.example.wire import Wire

ROOT = Path(__file__).resolve().parents[2]
PLANTED = {
    "V08": "LG-04", "V09": "LG-02", "V11": "LG-06", "V12": "MN-05", "V13": "NC-11", "V15": "MN-18", "V24": "LG-08",
}  # fmt: skip


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _demo(folder: Path, lang: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if k not in {"SEKISHO_LANG", "SEKISHO_DEBUG"}}
    return subprocess.run(
        [sys.executable, "-m", "segmentation", "demo", "--lang", lang], cwd=folder, check=False, capture_output=True, text=True,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def japanese(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo") / "ja"
    return folder / "demo-output", _demo(folder, "ja")


def test_finds_what_is_planted_and_nothing_else(japanese: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = japanese
    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("  V") and line.endswith("一致")]
    assert {row[0] for row in rows} == {*PLANTED, "V12r", "V26"}
    for number, rule in PLANTED.items():
        assert rule in next(" ".join(row) for row in rows if row[0] == number)
    assert "不一致" not in done.stdout
    assert "次に試すこと" in done.stdout
    # Witness and clause in Japanese, the headline in English as well.
    assert "証拠パケット: tcp 10.30.10.53:49152 → 10.20.10.25:25" in done.stdout
    assert "根拠: " in done.stdout
    assert "(en) [critical] LG-02  " in done.stdout
    assert str(ROOT) not in done.stdout
    replayed = json.loads((folder / "reports" / "replay.json").read_text("utf-8"))
    assert sorted(f["rule"] for f in replayed["findings"]) == ["LG-06", "LG-08", "MN-05", "MN-18", "NC-11"]
    assert next(f for f in replayed["findings"] if f["rule"] == "MN-18")["state"] == "refused"
    inferred = next(f for f in replayed["findings"] if f["rule"] == "LG-08")
    assert (inferred["confidence"], inferred["severity"]) == ("inferred", "high")
    month = json.loads((folder / "reports" / "month.json").read_text("utf-8"))
    assert (month["findings"], month["captures"][0]["damage"]) == ([], None)
    assert month["flows"]["total"] > 5000
    assert (month["captures"][0]["first"] or "").startswith("2026-07-31T")  # UTC; 06:00 of 1 August in Japan


def test_events_and_metrics_agree_with_the_report(japanese: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = japanese
    events = [json.loads(line) for line in (folder / "reports" / "eve.json").read_text("utf-8").splitlines()]
    assert {e["alert"]["metadata"]["rule"][0] for e in events} == {"LG-06", "LG-08", "MN-05", "MN-18", "NC-11"}
    assert [e["timestamp"] for e in events] == sorted(e["timestamp"] for e in events)
    lines = (folder / "reports" / "metrics.prom").read_text("utf-8").splitlines()
    violations = {x.rpartition(" ")[0]: float(x.rpartition(" ")[2]) for x in lines if x.startswith("sekisho_violations_total")}
    assert sum(violations.values()) == 5
    assert (
        violations['sekisho_violations_total{dst_zone="net",rule="MN-18",severity="critical",src_zone="mn",state="refused"}']
        == 1
    )
    # A pair that nobody crossed stands there at 0, so that its first crossing raises an alert.
    assert (
        violations['sekisho_violations_total{dst_zone="net",rule="MN-18",severity="critical",src_zone="mn",state="data"}'] == 0
    )
    if shutil.which("promtool") is not None:
        text = (folder / "reports" / "metrics.prom").read_bytes()
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def _table(text: str) -> list[str]:
    """The table of expected and found, in a page or in what the demonstration prints."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("4. "))
    return [line.rstrip() for line in lines[first : lines.index("", first)]]


def test_the_readme_shows_what_is_printed(japanese: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert _table((ROOT / "README.ja.md").read_text("utf-8")) == _table(japanese[1].stdout)


def test_outputs_are_private(japanese: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = japanese
    assert {oct(p.stat().st_mode & 0o777) for p in folder.rglob("*") if p.is_file()} == {"0o600"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Four days instead of a month, in this process."""
    monkeypatch.setattr(packets, "clean_month", functools.partial(clean_month, days=4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEKISHO_LANG", "en")
    return tmp_path


def test_english_and_byte_identical_again(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--keep", "out"]) == 0
    first, said = _tree(quick / "out"), capsys.readouterr().out
    shutil.rmtree(quick / "out")
    assert cli.main(["demo", "--keep", "out"]) == 0
    assert _tree(quick / "out") == first
    assert capsys.readouterr().out == said
    assert "Every planted fault was found, and nothing else." in said
    assert "(ja) [重大] LG-02  " in said
    assert _table((ROOT / "README.md").read_text("utf-8")) == _table(said)
    # Over its own output it does the same.
    assert cli.main(["demo", "--keep", "out"]) == 0
    assert _tree(quick / "out") == first


def test_a_missing_finding_fails(quick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def nothing(wire: Wire, when: int) -> None:
        del wire, when

    tame = tuple(dataclasses.replace(s, build=nothing) if s.id == "V15" else s for s in faults.DEMONSTRATED)
    monkeypatch.setattr(packets, "DEMONSTRATED", tame)
    assert cli.main(["demo", "--keep", "out"]) == 1
    said = capsys.readouterr().out
    assert "! expected but not found: rule=MN-18" in said
    assert "Every planted fault was found" not in said


def test_a_fault_in_the_clean_month_fails(
    quick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stained(city: City) -> tuple[list[Frame], list[tuple[str, int]]]:
        frames, interfaces = clean_month(city, days=4)
        wire = Wire(city)
        faults.refused_outward(wire, frames[-1].at)
        return [*frames, *wire.in_order()], interfaces

    monkeypatch.setattr(packets, "clean_month", stained)
    assert cli.main(["demo", "--keep", "out"]) == 1
    assert "! found but not expected: rule=MN-18" in capsys.readouterr().out


def test_a_repaired_gateway_fails(quick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """V09 is gone from the configuration: the demonstration must miss it."""
    city = demo_command.embedded_city()
    copy = quick / "city"
    shutil.copytree(city, copy)
    (copy / "relay-gw.nft").write_bytes((copy / "clean" / "relay-gw.nft").read_bytes())
    monkeypatch.setattr(demo_command, "embedded_city", lambda: copy)
    assert cli.main(["demo", "--keep", "out"]) == 1
    assert "! LG-02 is missing" in capsys.readouterr().out


def test_another_hole_in_a_gateway_fails(
    quick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = quick / "city"
    shutil.copytree(demo_command.embedded_city(), copy)
    rules = (copy / "relay-gw.nft").read_text("utf-8")
    hole = "chain in_to_lg {\n\t\tip saddr 10.30.16.0/22 tcp dport 3389 accept\n"
    (copy / "relay-gw.nft").write_text(rules.replace("chain in_to_lg {\n", hole), encoding="utf-8")
    monkeypatch.setattr(demo_command, "embedded_city", lambda: copy)
    assert cli.main(["demo", "--keep", "out"]) == 1
    assert "DIFFERENT" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("a file")
    assert cli.main(["demo", "--lang", "en", "--keep", str(tmp_path / "out" / "below")]) == 2
    assert "Cannot write to" in capsys.readouterr().err
