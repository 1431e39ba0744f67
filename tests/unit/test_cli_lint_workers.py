"""Devices examined in processes of their own: the same answers in the same order, and a dying worker costs only its own."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from pathlib import Path

import pytest

from segmentation.cli import main
from segmentation.commands import lint as module
from segmentation.commands.basis import Basis, load_basis
from segmentation.commands.lint_examine import Examined, NotExamined, Outcome, examine, guarded
from segmentation.commands.lint_inputs import Group, read_groups
from segmentation.commands.lint_workers import Limits, examine_in_workers, fair_limits
from segmentation.report.json_document import render

_NFT = """table inet filter {{
	chain forward {{
		type filter hook forward priority filter; policy drop;
		ip saddr 10.{n}.0.0/16 ip daddr 10.20.0.0/16 tcp dport 22 accept
		ip saddr 10.{n}.1.0/24 ip daddr 10.20.0.0/16 tcp dport 22 accept
	}}
}}
"""
#: Far more than a worker needs to start, far less than :func:`hostile` asks for.
_MEMORY = 3 << 30


def hostile(group: Group, basis: Basis) -> Examined:
    """What a configuration could at worst do to the process that reads it, by the name of its file."""
    kind = group.files[0].path.stem
    if kind == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "leaves":
        os._exit(7)
    elif kind == "hangs":
        time.sleep(600)
    elif kind == "swells":
        bytearray(1 << 40)
    elif kind == "raises":
        raise KeyError(group.name)
    elif kind == "prints":
        os.write(1, b"noise")
        os.write(2, b"noise")
    return Examined((group.name,), (), (), (), ())


@pytest.fixture(scope="module")
def basis() -> Basis:
    found = load_basis(None, None, (), dt.datetime(2026, 11, 21, tzinfo=dt.UTC))
    assert isinstance(found, Basis)
    return found


def _groups(folder: Path, *names: str) -> list[Group]:
    paths = []
    for n, name in enumerate(names, 1):
        paths.append(folder / f"{name}.nft")
        paths[-1].write_text(_NFT.format(n=n))
    found = read_groups(paths, None)
    return [g for g in found if isinstance(g, Group)]


def _said(outcomes: list[Outcome]) -> list[str]:
    return [o.message.en.partition(" The other")[0] if isinstance(o, NotExamined) else o.devices[0] for o in outcomes]


def test_each_way_to_fail_is_told_and_costs_nobody_else(
    tmp_path: Path, basis: Basis, capfd: pytest.CaptureFixture[str]
) -> None:
    groups = _groups(tmp_path, "a", "dies", "leaves", "swells", "raises", "prints", "b")
    limits = Limits(seconds=300, memory=_MEMORY)
    ended: list[int] = []
    outcomes = examine_in_workers(groups, basis, count=2, limits=limits, done=lambda: ended.append(1), work=hostile)
    at = str(tmp_path)
    assert [s.replace(at, "") for s in _said(outcomes)] == [
        "a.nft",
        "/dies.nft: not examined. Its process died (signal 9).",
        "/leaves.nft: not examined. Its process died (exit status 7).",
        "/swells.nft: not examined. The analysis needed more memory than it may have.",
        "/raises.nft: not examined. The analysis met an internal error (KeyError).",
        "prints.nft",
        "b.nft",
    ]
    assert len(ended) == len(groups)
    assert capfd.readouterr() == ("", "")
    died = outcomes[1]
    assert isinstance(died, NotExamined)
    assert "シグナル 9" in died.message.ja
    ((line,),) = [i.not_understood for i in died.inputs]
    assert (line.line, line.sentence) == (1, died.message)


def test_one_that_does_not_end_is_ended(tmp_path: Path, basis: Basis) -> None:
    groups = _groups(tmp_path, "hangs", "a")
    begun = time.monotonic()
    outcomes = examine_in_workers(groups, basis, count=2, limits=Limits(seconds=4), work=hostile)
    assert time.monotonic() - begun < 120
    assert [isinstance(o, NotExamined) for o in outcomes] == [True, False]
    assert "longer than 4 s" in _said(outcomes)[0]


def test_the_report_is_the_same_to_the_byte(tmp_path: Path, basis: Basis, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = _groups(tmp_path, "a", "b", "c")
    together, complete = module.examine_all(groups, [], basis)
    assert complete
    assert together.findings
    monkeypatch.setattr(module, "SIDE_BY_SIDE", 0)
    apart, complete = module.examine_all(groups, [], basis)
    assert complete
    assert render(apart) == render(together)


def test_the_others_are_reported_and_the_exit_code_says_that_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "en")
    paths = [str(f.path) for g in _groups(tmp_path, "good", "raises") for f in g.files]

    def breaks(group: Group, basis: Basis) -> Examined:
        return hostile(group, basis) if group.files[0].path.stem == "raises" else examine(group, basis)

    monkeypatch.setattr(module, "guarded", lambda group, basis: guarded(group, basis, breaks))
    code = main(["lint", *paths, "--allow-not-understood"])  # a whole file is more than what that may allow
    said = capsys.readouterr()
    assert code == 3
    assert f"{tmp_path / 'raises.nft'}: not examined." in said.err
    assert "good.nft:4" in said.out
    assert "raises.nft" in said.out


def test_workers_share_the_memory_of_the_machine() -> None:
    assert fair_limits(1).memory >= fair_limits(4).memory >= 2 << 30
