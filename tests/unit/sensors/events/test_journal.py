"""Event files: complete lines, rotation, full disks."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sensors.events.journal import Journal


def test_lines_are_on_the_file_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "eve.json")
    journal.append(["一", "two\nlines"])
    assert (tmp_path / "deep" / "eve.json").read_text("utf-8") == "一\ntwo lines\n"
    assert (journal.written, journal.lost) == (2, {})


def test_rotation_keeps_the_number_of_files_and_no_line_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    journal = Journal(path, max_bytes=100, keep=3)
    journal.append(f"line {n:04d} " + "x" * 20 for n in range(40))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["eve.json", "eve.json.1", "eve.json.2", "eve.json.3"]
    kept = [line for n in (".3", ".2", ".1", "") for line in (tmp_path / f"eve.json{n}").read_text().splitlines()]
    assert [line[5:9] for line in kept] == [f"{n:04d}" for n in range(40 - len(kept), 40)]
    assert journal.written == 40


def test_a_torn_last_line_of_an_earlier_run_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.write_bytes(b'{"a": 1}\n{"b')
    Journal(path).append(['{"c": 2}'])
    assert path.read_text().splitlines() == ['{"a": 1}', '{"b', '{"c": 2}']


def test_a_full_disk_loses_counted_lines_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "eve.json"
    journal = Journal(path)
    journal.append(["first"])
    real, room = os.write, 3

    def full(fd: int, data: bytes) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = real(fd, data[:room])
        room -= done
        return done

    monkeypatch.setattr("os.write", full)
    journal.append(["second", "third"])
    assert (journal.written, journal.lost) == (1, {"disk_full": 2})
    monkeypatch.setattr("os.write", real)
    journal.append(["fourth"])
    assert path.read_text().splitlines() == ["first", "sec", "fourth"]


def test_a_real_size_limit_of_the_system_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "from pathlib import Path; from sensors.events.journal import Journal\n"
        f"j = Journal(Path({str(path)!r})); j.append(['0123456789', '0123456789', 'x']); print(j.written, j.lost)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout == "1 {'other': 2}\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 20
    assert signal.getsignal(signal.SIGXFSZ) is not None


def test_a_file_moved_by_somebody_else_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    journal = Journal(path)
    journal.append(["a"])
    path.rename(tmp_path / "moved")
    journal.reopen()
    journal.append(["b"])
    assert (path.read_text(), (tmp_path / "moved").read_text()) == ("b\n", "a\n")
