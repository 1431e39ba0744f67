"""Exit codes of ``sekisho lint``: 3 only where an answer about isolation is missing, whatever is not decided beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation import cli

CASES = Path(__file__).resolve().parents[2] / "cases"
CLOSED = "table inet fw {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy drop;\n\t\tlog drop\n\t}\n}\n"


def lint(*arguments: object) -> int:
    return cli.main(["--lang", "en", "lint", "--at", "2026-08-20", *map(str, arguments)])


def test_what_is_permitted_at_times_is_not_decided_and_is_no_3(capsys: pytest.CaptureFixture[str]) -> None:
    """Schedules make cells undecidable, because what is permitted may be stopped; nothing more can pass."""
    assert lint(CASES / "fortios-core" / "fw-core.conf") == 0
    out = capsys.readouterr().out
    assert "? not decidable" in out
    assert "There are no findings." in out


@pytest.mark.parametrize(("name", "code"), [("panos.set", 0), ("asa.cfg", 0)])
def test_clean_twins(name: str, code: int) -> None:
    assert lint(CASES / "planted-faults" / name) == code


def test_a_line_that_could_open_gives_3_and_no_closed_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gw.nft"
    config.write_text('include "more.nft"\n' + CLOSED)
    assert lint(config) == 3
    out = capsys.readouterr().out
    assert "nothing permitted, nothing passes" not in out
    assert "what was not understood (1) could let more through" in out
    assert lint("--allow-not-understood", config) == 0
    assert "nothing permitted, nothing passes" not in capsys.readouterr().out


def test_report_and_witnesses_to_one_file_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, out = tmp_path / "gw.nft", tmp_path / "out"
    config.write_text(CLOSED)
    assert lint("-o", out, "--witness-pcap", tmp_path / "." / "out", config) == 2
    assert not out.exists()
    assert "different names" in capsys.readouterr().err


def test_a_file_that_ends_too_early_says_so_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gw.nft"
    config.write_text(CLOSED[: CLOSED.index("log drop")])
    assert lint(config) == 3
    assert capsys.readouterr().out.count("The file ends inside a block") == 2  # the line itself, and why nothing is proved
