"""The corpus that fuzzing left: every text is read without an exception, in bounded steps and memory, and stays readable.

The texts are small mutations of our own snippets, each kept because it reached lines of a reader that no other did, or because
it once ended a reader (``corpus/<vendor>/``).  Steps are counted instead of seconds: a loop that does not end fails the same
on every machine.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from segmentation.device.device import Device
from segmentation.vendors.detect import NotRecognised, Recognised, detect
from segmentation.vendors.reading import SourceText

CORPUS = Path(__file__).parent / "corpus"
VENDORS = ("asa", "awplus", "fortios", "ios", "iptables", "ix", "junos", "nftables", "panos", "rtx")
#: Lines of code a reader may run for a text of at most 2,000 characters; the most that any takes is about 12,000.
STEPS = 300_000


class TooManyStepsError(Exception):
    """A reader goes on and on."""


def counted(vendor: str, text: str) -> tuple[Device, int]:
    """The device and how many lines of the readers ran."""
    parse = importlib.import_module(f"segmentation.vendors.{vendor}").parse
    steps = 0

    def inside(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal steps
        if event == "line":
            steps += 1
            if steps > STEPS:
                raise TooManyStepsError(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return inside

    def entered(frame: FrameType, event: str, arg: Any) -> Any:
        return inside if "segmentation" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        device = parse([SourceText("fuzz", text, "")])
    finally:
        sys.settrace(before)
    return device, steps


def texts(vendor: str) -> list[tuple[str, str]]:
    return [(p.name, p.read_text(encoding="utf-8")) for p in sorted((CORPUS / vendor).glob("*.txt"))]


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_text_is_read(vendor: str) -> None:
    found = texts(vendor)
    assert len(found) >= 5
    for name, text in found:
        device, _ = counted(vendor, text)
        last = text.count("\n") + 1
        for chain in device.chains.values():
            assert all(1 <= r.location.line <= last for r in chain.rules), name
        assert all(n.reason for n in device.not_understood), name


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_wrong_reader_survives_it_too(vendor: str) -> None:
    """A file is given to the reader of another vendor with ``--vendor``; recognising it never fails either."""
    other = VENDORS[(VENDORS.index(vendor) + 3) % len(VENDORS)]
    for _, text in texts(vendor):
        counted(other, text)
        assert isinstance(detect(text), Recognised | NotRecognised)


def test_memory_is_bounded() -> None:
    """All texts of all vendors in one process that may have 1 GiB of address space (RLIMIT_AS, setrlimit(2))."""
    code = (
        "import resource, importlib, sys, pathlib\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from segmentation.vendors.reading import SourceText\n"
        "for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    parse = importlib.import_module('segmentation.vendors.' + folder.name).parse\n"
        "    for text in sorted(folder.glob('*.txt')):\n"
        "        parse([SourceText('fuzz', text.read_text(encoding='utf-8'), '')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(CORPUS)], capture_output=True, text=True, check=False, cwd=CORPUS.parents[2]
    )
    assert done.returncode == 0, done.stderr[-800:]


def test_the_step_bound_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "STEPS", 10)
    with pytest.raises(TooManyStepsError):
        counted("ios", texts("ios")[0][1])
