"""``sekisho inspect``: the contract of its reports, its exit codes, and what it never tells."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from sarif_shape import SARIF, cross_references

from segmentation.commands import exit_codes
from segmentation.report.formats import FORMATS
from sensors.inspect_cli import inspect

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads(resources.files("sensors.transfer").joinpath("schemas", "inspect-1.json").read_text("utf-8"))


def run(*arguments: str | Path, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(inspect, [*map(str, arguments), "--lang", "en"], input=stdin, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.stdout, result.stderr


def locked_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("a.txt", "x")
    data = bytearray(out.getvalue())
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "請求書.pdf.bat").write_bytes(b"@echo off\r\n")
    (tmp_path / "note.txt").write_bytes(b"hello\n")
    (tmp_path / "mail.eml").write_bytes(
        b"From: taro@city.example\nTo: b@c.example\nSubject: Secret matter\nContent-Type: text/html\n\n<p>private words</p>"
    )
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    return tmp_path


def test_the_report_obeys_its_schema_and_lists_every_regular_file(folder: Path) -> None:
    code, out, _ = run(folder, "--format", "json")
    tree: Any = json.loads(out)
    jsonschema.validate(tree, SCHEMA)
    assert code == exit_codes.FINDINGS
    assert [(Path(f["file"]).name, f["type"], f["content"]) for f in tree["files"]] == [
        ("mail.eml", "eml", "risk_found"),
        ("note.txt", "txt", "none_found"),
        ("請求書.pdf.bat", "bat", "risk_found"),
    ]
    assert {f["factor"] for f in tree["files"][2]["factors"]} == {"executable", "ext_mismatch"}
    assert tree["files"][0]["mail_text"] == "violates"
    assert sum(tree["summary"].values()) == len(tree["findings"])


@pytest.mark.parametrize("form", FORMATS)
def test_no_report_tells_content_subject_or_people(folder: Path, form: str) -> None:
    code, out, _ = run(folder, "--format", form)
    assert code == exit_codes.FINDINGS
    for secret in ("private words", "Secret matter", "taro@", "city.example"):
        assert secret not in out
    if form == "sarif":
        jsonschema.validate(json.loads(out), SARIF)
        assert cross_references(json.loads(out)) == []


def test_exit_codes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello\n")
    (tmp_path / "a.zip").write_bytes(locked_zip())
    assert run(tmp_path / "a.txt")[0] == exit_codes.CLEAN
    assert run(tmp_path / "a.zip")[0] == exit_codes.NOT_UNDERSTOOD
    assert run(tmp_path / "a.zip", "--allow-not-understood")[0] == exit_codes.FINDINGS
    assert run(tmp_path / "a.zip", "--allow-not-understood", "--fail-on", "critical")[0] == exit_codes.CLEAN
    assert run(tmp_path / "absent")[0] == exit_codes.USAGE


def test_a_pipe_named_on_the_command_line_does_not_hang(folder: Path) -> None:
    code, _, err = run(folder / "pipe")
    assert code == exit_codes.NOT_UNDERSTOOD
    assert "not a regular file" in err


def test_standard_input_has_the_name_that_is_given(tmp_path: Path) -> None:
    code, out, _ = run("-", "--name", "photo.jpg", "--format", "json", stdin=b"MZ" + bytes(100))
    (file,) = json.loads(out)["files"]
    assert code == exit_codes.FINDINGS
    assert file["file"] == "photo.jpg"
    assert {f["factor"] for f in file["factors"]} == {"executable", "ext_mismatch"}


def test_a_mail_is_judged_with_the_clause_of_the_profile(folder: Path) -> None:
    _, out, _ = run(folder / "mail.eml", "--profile", "daisen", "--format", "json")
    tree = json.loads(out)
    mail = [f for f in tree["findings"] if f["rule"] == "LG-05"]
    assert mail
    assert mail[0]["clauses"]
    _, plain, _ = run(folder / "mail.eml", "--format", "json")
    assert all(not f["clauses"] for f in json.loads(plain)["findings"])


def test_what_was_known_does_not_count_again(folder: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    assert run(folder / "sub", "--format", "json", "--output", before)[0] == exit_codes.FINDINGS
    assert before.stat().st_mode & 0o777 == 0o600
    assert run(folder / "sub", "--baseline", before)[0] == exit_codes.CLEAN


def test_rules_of_ones_own(tmp_path: Path) -> None:
    pytest.importorskip("yara_x")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "city.yar").write_text('rule marked { strings: $a = "TOP-MARK" condition: $a }', "utf-8")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("b.txt", "TOP-MARK " * 20)
    code, out, _ = run(tmp_path / "a.zip", "--rules", rules, "--format", "json")
    factors = json.loads(out)["files"][0]["factors"]
    assert code == exit_codes.FINDINGS
    assert [(f["factor"], f["where"]) for f in factors] == [("signature", "b.txt")]
    (rules / "bad.yar").write_text("rule {", "utf-8")
    assert run(tmp_path / "a.zip", "--rules", rules)[0] == exit_codes.USAGE


def test_a_second_opinion_that_does_not_answer_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello\n")
    code, out, _ = run(tmp_path / "a.txt", "--clamd", tmp_path / "no.sock", "--format", "json")
    assert code == exit_codes.NOT_UNDERSTOOD
    assert json.loads(out)["files"][0]["not_seen"] == [{"reason": "tool_missing", "where": "clamd"}]


def test_what_cannot_be_read_is_in_the_report_and_the_rest_is_still_examined(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello\n")
    os.mkfifo(tmp_path / "pipe")
    code, out, _ = run(tmp_path / "pipe", tmp_path / "a.txt", "/dev/zero", "--format", "json")
    tree = json.loads(out)
    jsonschema.validate(tree, SCHEMA)
    assert code == exit_codes.NOT_UNDERSTOOD
    assert [Path(f["file"]).name for f in tree["files"]] == ["a.txt"]
    assert len(tree["undecided"]) == 2
    code, text, _ = run(tmp_path / "pipe", tmp_path / "a.txt")
    assert "pipe is not a regular file" in text
    assert "hello" not in text


def test_links_and_pipes_of_a_folder_are_named(folder: Path) -> None:
    (folder / "round").symlink_to("..")
    code, _, err = run(folder)
    assert code == exit_codes.FINDINGS
    assert [n for n in ("link", "pipe", "round") if f"{n} is not a regular file" not in err] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up what only root has")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_root_without_capabilities_still_examines_and_reports_folders_that_are_closed(tmp_path: Path) -> None:
    """As in a container that has lost all capabilities: no other user, no namespaces, and file modes count."""
    (tmp_path / "a.bat").write_bytes(b"@echo off\r\n")
    (tmp_path / "closed").mkdir(mode=0)
    command = [
        "setpriv",
        "--bounding-set=-all",
        "--inh-caps=-all",
        sys.executable,
        "-c",
        "import sys; from segmentation.cli import main; sys.exit(main())",
        "inspect",
    ]
    done = subprocess.run(
        [*command, str(tmp_path), "--lang", "ja"], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert done.returncode == exit_codes.NOT_UNDERSTOOD, done.stderr
    assert "実行形式またはスクリプト" in done.stdout
    assert "closed を読めません" in done.stdout
    assert "別の利用者での実行" in done.stderr
