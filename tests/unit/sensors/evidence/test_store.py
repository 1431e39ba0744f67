"""Evidence: slices, the chained record, expiry and freeze orders, damage."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sensors.evidence import manifest
from sensors.evidence.store import EvidenceStore, StoreConfig, freeze, unfreeze
from sensors.evidence.verify import verify
from sensors.evidence_cli import evidence

DAY = 86_400 * 1_000_000_000
T0 = 1_763_000_000 * 1_000_000_000


def store(folder: Path, **config: int) -> EvidenceStore:
    made = EvidenceStore(folder, StoreConfig(**config))
    made.open()
    return made


def filled(folder: Path, count: int, size: int = 100, **config: int) -> EvidenceStore:
    made = store(folder, **config)
    for n in range(count):
        assert made.add(bytes([n]) * size, at_ns=T0 + n * 1000, label="MN-18-x", values={"rule": "MN-18"}) is not None
    return made


def test_slices_and_record_agree(tmp_path: Path) -> None:
    kept = filled(tmp_path, 3)
    result = verify(tmp_path)
    assert (result.entries, result.slices, result.problems) == (3, 3, ())
    assert (kept.slices, kept.octets) == (3, 300)
    assert verify(tmp_path, result.head).problems == ()
    assert not list(tmp_path.glob("slices/*.part"))


@pytest.mark.parametrize("line", [0, 1, 2])
def test_any_changed_line_is_found(tmp_path: Path, line: int) -> None:
    filled(tmp_path, 3)
    path = tmp_path / manifest.MANIFEST
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:line], lines[line].replace(b"MN-18", b"MN-17"), *lines[line + 1 :]]))
    assert any(f"Line {line + 1}" in p.en for p in verify(tmp_path).problems)


@pytest.mark.parametrize("order", [(0, 2), (1, 2), (0, 2, 1), (0, 1, 1, 2)])
def test_removed_moved_and_repeated_lines_are_found(tmp_path: Path, order: tuple[int, ...]) -> None:
    filled(tmp_path, 3)
    path = tmp_path / manifest.MANIFEST
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[i] for i in order))
    assert any("does not follow" in p.en for p in verify(tmp_path).problems)


def test_a_line_rewritten_with_its_own_hash_still_breaks_the_chain(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    path = tmp_path / manifest.MANIFEST
    lines = path.read_bytes().splitlines(keepends=True)
    body = json.loads(lines[1]) | {"sha256": "0" * 64}
    body["hash"] = manifest.entry_hash(body)
    path.write_bytes(lines[0] + json.dumps(body).encode() + b"\n" + lines[2])
    assert any("Line 3 does not follow" in p.en for p in verify(tmp_path).problems)


def test_a_cut_end_is_found_only_with_a_head_noted_elsewhere(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    head = verify(tmp_path).head
    path = tmp_path / manifest.MANIFEST
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    (tmp_path / "slices" / max(p.name for p in (tmp_path / "slices").iterdir())).unlink()
    assert verify(tmp_path).problems == ()
    assert len(verify(tmp_path, head).problems) == 1


def test_changed_missing_and_foreign_slices_are_found(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    first, second, _ = sorted((tmp_path / "slices").iterdir())
    first.chmod(0o600)
    first.write_bytes(b"x")
    second.unlink()
    (tmp_path / "slices" / "own.pcapng").write_bytes(b"y")
    problems = [p.en for p in verify(tmp_path).problems]
    assert [sum(word in p for p in problems) for word in ("is not what", "is missing", "not in the record")] == [1, 1, 1]


def test_expiry_by_room_and_age_is_recorded(tmp_path: Path) -> None:
    kept = filled(tmp_path, 5, max_bytes=300, max_days=10)
    assert (kept.slices, kept.octets) == (3, 300)
    assert kept.expire(T0 + 11 * DAY) == 3
    result = verify(tmp_path)
    assert (result.slices, result.expired, result.problems) == (0, 5, ())


def test_a_freeze_order_stops_expiry_and_refuses_rather_than_removes(tmp_path: Path) -> None:
    kept = filled(tmp_path, 3, max_bytes=300, max_days=10)
    freeze(tmp_path, by="情報政策課", reason="調査", at_ns=T0)
    with pytest.raises(FileExistsError):
        freeze(tmp_path, by="x", reason="y", at_ns=T0)
    assert kept.expire(T0 + 99 * DAY) == 0
    assert kept.add(b"z" * 10, at_ns=T0, label="l", values={}) is None
    assert kept.lost == {"frozen_full": 1}
    assert verify(tmp_path).frozen
    unfreeze(tmp_path, by="情報政策課", reason="調査終了", at_ns=T0)
    assert kept.add(b"z" * 10, at_ns=T0, label="l", values={}) is not None
    assert verify(tmp_path).problems == ()


def test_a_removal_in_spite_of_a_freeze_is_found(tmp_path: Path) -> None:
    kept = filled(tmp_path, 2, max_days=10)
    freeze(tmp_path, by="a", reason="b", at_ns=T0)
    (tmp_path / "freeze.json").unlink()
    kept.expire(T0 + 99 * DAY)
    problems = [p.en for p in verify(tmp_path).problems]
    assert sum("was removed while" in p for p in problems) == 2
    assert sum("freeze.json" in p for p in problems) == 1


def test_a_torn_last_line_is_cut_off_and_recorded(tmp_path: Path) -> None:
    kept = filled(tmp_path, 2)
    with (tmp_path / manifest.MANIFEST).open("ab") as file:
        file.write(b'{"kind": "sli')
    assert kept.add(b"x", at_ns=T0, label="l", values={}) is not None
    kinds = [e.kind for _, e in manifest.entries(tmp_path) if e]
    assert kinds == ["slice", "slice", "repaired", "slice"]
    assert verify(tmp_path).problems == ()


def test_a_full_disk_costs_the_slice_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = filled(tmp_path, 1)
    real = os.write

    def full(fd: int, data: bytes) -> int:
        real(fd, data[:5])
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.write", full)
    assert kept.add(b"x", at_ns=T0, label="l", values={}) is None
    monkeypatch.setattr("os.write", real)
    assert kept.lost == {"disk_full": 1}
    assert kept.add(b"y", at_ns=T0 + 9, label="l", values={}) is not None
    # The slice whose entry could not be written is in no record: said, not hidden.
    assert [p.en for p in verify(tmp_path).problems if "not in the record" not in p.en] == []


def test_what_an_earlier_run_left_is_taken_over(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    (tmp_path / "slices" / "half.pcapng.part").write_bytes(b"x")
    again = store(tmp_path, max_bytes=250)
    assert (again.slices, again.octets) == (3, 300)
    again.expire(T0)
    assert again.slices == 2
    assert verify(tmp_path).problems == ()


@pytest.mark.parametrize(
    "line",
    [
        b"[1]\n",
        b"{}\n",
        b"\xff\xfe\n",
        b'{"n": "x", "kind": 1, "hash": 1}\n',
        b"[" * 70_000 + b"\n",
        b'{"n": 1' + b" " * 70_000,
    ],
)
def test_a_record_full_of_rubbish_is_reported_not_raised(tmp_path: Path, line: bytes) -> None:
    kept = filled(tmp_path, 1)
    with (tmp_path / manifest.MANIFEST).open("ab") as file:
        file.write(line)
    assert verify(tmp_path).problems
    assert kept.add(b"x", at_ns=T0, label="l", values={}) is not None
    assert verify(tmp_path).problems


def test_the_commands(tmp_path: Path) -> None:
    def run(*args: Any) -> tuple[int, str]:
        done = CliRunner().invoke(evidence, [*map(str, args), "--lang", "ja"], standalone_mode=False)
        return (done.return_value if done.return_value is not None else done.exit_code), done.output

    code, out = run("verify", tmp_path)
    assert (code, "manifest.jsonl" in out) == (3, True)
    filled(tmp_path, 2)
    code, out = run("verify", tmp_path)
    assert (code, "改変は見つかりませんでした" in out) == (0, True)
    assert run("freeze", tmp_path, "--reason", "調査", "--by", "総務課")[0] == 0
    assert run("freeze", tmp_path, "--reason", "調査")[0] == 2
    assert "保全命令中" in run("verify", tmp_path)[1]
    assert run("unfreeze", tmp_path, "--reason", "終了")[0] == 0
    assert run("list", tmp_path)[1].count("MN-18") == 4  # rule and file name, twice
    next((tmp_path / "slices").iterdir()).unlink()
    code, out = run("verify", tmp_path, "--format", "json")
    assert code == 1
    assert json.loads(out)["problems"][0]["ja"].endswith("がありません（記録1）。") or "記録2" in out
