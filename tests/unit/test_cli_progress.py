"""The line about long work: on a terminal only, after two seconds only, and gone at the end."""

from __future__ import annotations

import io
import threading

import pytest

from segmentation.commands import progress as module
from segmentation.commands.progress import Steps, progress
from segmentation.model.text import Text


class Terminal(io.StringIO):
    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self.tty = tty
        self.told = threading.Event()

    def isatty(self) -> bool:
        return self.tty

    def write(self, text: str) -> int:
        if "working" in text:
            self.told.set()
        return super().write(text)


def run(monkeypatch: pytest.MonkeyPatch, *, tty: bool, quiet: float) -> Terminal:
    stderr = Terminal(tty=tty)
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("SEKISHO_LANG", "en")
    monkeypatch.setattr(module, "_QUIET_SECONDS", quiet)
    with progress(Text("作業中", "working")):
        if tty and quiet < 1:
            assert stderr.told.wait(30)
    return stderr


def test_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, tty=True, quiet=600).getvalue() == ""


def test_long_work_on_a_terminal_is_told_and_the_line_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    text = run(monkeypatch, tty=True, quiet=0.01).getvalue()
    assert "working" in text
    assert text.endswith("\r\x1b[K")


def test_nothing_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, tty=False, quiet=0.0).getvalue() == ""


def test_of_several_files_a_bar_shows_how_many_are_done() -> None:
    steps = Steps(Text("解析", "analysing"), 4)
    steps.advance(3)
    assert steps.line(12.3) == Text("解析 [###############-----] 3/4 12秒", "analysing [###############-----] 3/4 12 s")


def test_of_one_file_there_is_only_the_time() -> None:
    assert Steps(Text("解析", "analysing"), 1).line(3.0) == Text("解析 3秒", "analysing 3 s")
