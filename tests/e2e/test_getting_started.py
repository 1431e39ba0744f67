"""The pages for newcomers: every command on them is run, and what they print is what the pages say."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from segmentation import cli

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^ *```(\w+)(?: file=(\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def _blocks(page: Path) -> list[tuple[str, str, str]]:
    return [(m[1], m[2] or "", m[3]) for m in BLOCK.finditer(page.read_text("utf-8"))]


def _holds(wanted: list[str], printed: list[str]) -> None:
    """Whether *wanted* stands in *printed*: consecutive lines, an ellipsis standing for any number of others."""
    at, free = 0, True
    for line in wanted:
        if line.strip() == "…":
            free = True
            continue
        found = next((i for i in range(at, len(printed)) if printed[i].rstrip() == line.rstrip()), None)
        assert found is not None, f"not printed (any more): {line!r}"
        assert free or found == at, f"not printed right there: {line!r}"
        at, free = found + 1, False


@pytest.mark.parametrize("page", ["getting-started.md", "getting-started.ja.md"])
def test_every_command_prints_what_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran, code = 0, 0
    for language, file, body in _blocks(ROOT / "docs" / page):
        if file:
            (tmp_path / file).write_text(body, encoding="utf-8")
        if language != "console":
            continue
        for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            command, _, rest = part.partition("\n")
            capfd.readouterr()
            if command.startswith("sekisho "):
                code = cli.main(shlex.split(command)[1:])
                printed = capfd.readouterr().out
            else:
                script = command.replace("$?", str(code))
                printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
            _holds(rest.splitlines(), printed.splitlines())
            ran += 1
    assert ran == 7


@pytest.mark.parametrize(("readme", "lang"), [("README.md", "en"), ("README.ja.md", "ja")])
def test_the_finding_in_the_readme(
    readme: str, lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    shown = next(body for _, _, body in _blocks(ROOT / readme) if body.startswith("1. ["))
    assert cli.main(["lint", "city/relay-gw.nft", "--at", "2026-10-01", "--lang", lang]) == 1
    _holds(shown.splitlines(), capsys.readouterr().out.splitlines())


def test_links_of_the_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests" / "cases").rglob("*.md")]
    assert len(pages) > 10
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target).exists(), f"{page.name}: {target}"
