"""The command as a user calls it: small city, real files, every format and every exit code."""

from __future__ import annotations

import json
import os
import stat
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from sarif_shape import SARIF, cross_references

from segmentation.cli import main

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-20"
ZONES = """
[organisation]
name = "試験市"
name_en = "Test City"
[model]
kind = "alpha"
profile = "daisen"
[[zones]]
id = "lg"
name = "LGWAN接続系"
kind = "lgwan"
networks = ["10.20.0.0/16"]
[[zones]]
id = "in"
name = "インターネット接続系"
kind = "internet"
networks = ["10.30.0.0/16"]
[[zones]]
id = "net"
name = "インターネット"
kind = "outside"
[[devices]]
id = "fw"
name = "中継"
vendor = "nftables"
config = "fw.nft"
interfaces = [{ interface = "eth0", zones = ["in"] }, { interface = "eth1", zones = ["lg"] }]
"""
CLOSED = """table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""
OPEN = CLOSED.replace(
    "policy drop;\n", 'policy drop;\n\t\tiifname "eth0" ip daddr 10.20.10.25 tcp dport 25 accept comment "secret hunter2"\n'
)
ODD = CLOSED.replace("policy drop;\n", "policy drop;\n\t\tfrobnicate 7 accept\n")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    (tmp_path / "zones.toml").write_text(ZONES)
    for name, text in (("fw.nft", CLOSED), ("open.nft", OPEN), ("odd.nft", ODD), ("memo.txt", "要確認\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Lint:
    """Calls the command in this process, from the city's folder."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture

    def __call__(self, *arguments: str, lang: str = "en") -> Done:
        self.capture.readouterr()
        code = main(["lint", "--zones", "zones.toml", "--at", DAY, "--lang", lang, *arguments])
        return Done(code, *self.capture.readouterr())


@pytest.fixture
def lint(city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    monkeypatch.chdir(city)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "SEKISHO_LANG", "SEKISHO_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Lint(capsys)


def _tree(done: Done) -> dict[str, Any]:
    tree = json.loads(done.stdout)
    schema = json.loads(resources.files("segmentation.report").joinpath("schemas", "lint-1.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(tree)
    assert isinstance(tree, dict)
    return tree


def test_a_closed_firewall_has_no_crossing(lint: Lint, city: Path) -> None:
    done = lint("fw.nft", "--format", "json", "--fail-on", "high")
    tree = _tree(done)
    assert done.returncode == 0, done.stderr
    assert {(c["src_zone"], c["dst_zone"]) for c in tree["matrix"]} >= {("in", "lg"), ("lg", "in")}
    assert {c["verdict"] for c in tree["matrix"]} == {"equal"}
    assert tree["inputs"][0] | {"sha256": ""} == {
        "file": "fw.nft", "sha256": "", "vendor": "nftables", "device": "fw", "filters": 1, "rules": 0, "lines": 5,
        "not_understood": [],
    }  # fmt: skip
    assert tree["policy"]["profile"] == "daisen"
    assert tree["tool"]["at"] == DAY


def test_an_open_rule_is_found_with_line_witness_and_clause(lint: Lint, city: Path) -> None:
    done = lint("open.nft", "--device", "fw", lang="ja")
    assert done.returncode == 1, done.stderr
    assert "[重大]" in done.stdout
    assert "open.nft:4" in done.stdout
    assert "証拠パケット: tcp 10.30." in done.stdout
    assert "→ 10.20.10.25:25" in done.stdout
    assert "3.4(2)①" in done.stdout
    assert "見えていない範囲" in done.stdout
    assert "hunter2" not in done.stdout


def test_the_same_in_english(lint: Lint, city: Path) -> None:
    done = lint("open.nft", "--device", "fw")
    assert "[critical]" in done.stdout
    assert "witness: tcp 10.30." in done.stdout
    assert "own policy" in done.stdout


def test_every_format_is_valid_and_says_the_same(lint: Lint, city: Path) -> None:
    tree = _tree(lint("open.nft", "--device", "fw", "--format", "json"))
    rules = [f["rule"] for f in tree["findings"]]
    assert rules
    log = json.loads(lint("open.nft", "--device", "fw", "--format", "sarif").stdout)
    jsonschema.Draft202012Validator(SARIF).validate(log)
    assert cross_references(log) == []
    assert [r["ruleId"] for r in log["runs"][0]["results"]] == rules
    suite = ET.fromstring(lint("open.nft", "--device", "fw", "--format", "junit").stdout.encode())[0]
    assert int(suite.attrib["failures"]) == len(rules)
    lines = lint("open.nft", "--device", "fw", "--format", "github").stdout.splitlines()
    assert sum("title=" + rule in line for line in lines for rule in set(rules)) >= len(rules)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
def test_the_same_inputs_give_the_same_bytes(lint: Lint, form: str, city: Path) -> None:
    first = lint("open.nft", "odd.nft", "--format", form)
    assert first.stdout
    assert lint("open.nft", "odd.nft", "--format", form).stdout == first.stdout


def test_a_line_not_understood_wins_over_findings(lint: Lint, city: Path) -> None:
    both = ["odd.nft", "open.nft"]
    done = lint(*both, "--format", "json")
    tree = _tree(done)
    assert done.returncode == 3
    assert tree["findings"]
    assert tree["inputs"][0]["not_understood"][0]["line"] == 4
    assert lint(*both, "--allow-not-understood").returncode == 1


def test_only_what_is_new_fails_with_a_baseline(lint: Lint, city: Path) -> None:
    assert lint("open.nft", "--device", "fw", "--format", "json", "--output", "old.json").returncode == 1
    again = lint("open.nft", "--device", "fw", "--baseline", "old.json")
    assert again.returncode == 0, again.stderr
    assert "known from the baseline" in again.stdout
    gone = _tree(lint("fw.nft", "--format", "json", "--baseline", "old.json"))
    assert gone["baseline"]["resolved"]


def test_output_is_private_and_leaves_stdout_empty(lint: Lint, city: Path) -> None:
    done = lint("open.nft", "--device", "fw", "--format", "sarif", "-o", "out.sarif")
    assert done.stdout == ""
    assert stat.S_IMODE((city / "out.sarif").stat().st_mode) == 0o600
    assert sorted(p.name for p in city.iterdir()) == ["fw.nft", "memo.txt", "odd.nft", "open.nft", "out.sarif", "zones.toml"]


def test_witnesses_become_a_capture(lint: Lint, city: Path) -> None:
    assert lint("open.nft", "--device", "fw", "--witness-pcap", "w.pcap").returncode == 1
    data = (city / "w.pcap").read_bytes()
    assert struct.unpack_from("<I", data) == (0xA1B2C3D4,)
    assert struct.unpack_from("<I", data, 20) == (101,)
    first = data[40:]
    assert (first[9], first[16:20], struct.unpack_from("!H", first, 22)) == (6, bytes([10, 20, 10, 25]), (25,))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["missing.nft"], 2, "does not exist"),
        ([], 2, "is required"),
        (["fw.nft", "--profile", "nowhere"], 2, "no profile"),
        (["fw.nft", "--format", "pdf"], 2, "pdf"),
        (["fw.nft", "--at", "tomorrow"], 2, "tomorrow"),
        (["fw.nft", "--baseline", "missing.json"], 2, "missing.json"),
        (["fw.nft", "--baseline", "fw.nft"], 3, "not JSON"),
        (["fw.nft", "--output", "no/such/folder/x"], 2, "no/such/folder"),
        (["memo.txt"], 3, "memo.txt"),
        (["fw.nft", "--zones", "missing.toml"], 2, "does not exist"),
        (["fw.nft", "--overlay", "missing.toml"], 2, "missing.toml"),
        (["fw.nft", "--profile", "missing.toml"], 2, "missing.toml"),
        (["fw.nft", "--zones", "fw.nft"], 3, "fw.nft:1"),
    ],
)
def test_a_wrong_call_is_told_in_words(lint: Lint, arguments: list[str], code: int, told: str, city: Path) -> None:
    for lang in ("en", "ja"):
        done = lint(*arguments, lang=lang)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
        if lang == "en":
            assert told in done.stderr
        else:
            assert any("\u3040" <= c <= "\u30ff" for c in done.stderr)


def test_a_device_that_the_model_lacks_is_judged_by_addresses_and_said_so(lint: Lint, city: Path) -> None:
    (city / "stranger.nft").write_text(OPEN.replace('iifname "eth0" ', "ip saddr 10.30.0.0/16 "))
    done = lint("stranger.nft")
    assert done.returncode == 1
    assert "stranger.nft is not a device of the zone model" in done.stdout


def test_japanese_encodings_are_read(lint: Lint, city: Path) -> None:
    commented = "# 中継サーバー　規則１２\n" + OPEN
    for encoding in ("cp932", "euc_jp", "utf-8-sig"):
        (city / "open.nft").write_bytes(commented.encode(encoding))
        done = lint("open.nft", "--device", "fw", "--format", "json")
        assert done.returncode == 1, done.stderr
        assert _tree(done)["findings"][0]["where"]["line"] == 5


def test_as_a_program_of_its_own(city: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SEKISHO_", "LC_", "LANG"))}
    environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "ja_JP.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "segmentation", "lint", "--zones", "zones.toml", "--at", DAY, "open.nft", "--device", "fw"],
        cwd=city, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("sekisho ")
    assert "指摘事項" in done.stdout
    assert done.stderr == ""
