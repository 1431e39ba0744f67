"""Files that cannot be read as a zone file give one clear message."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from zonefile_samples import SOUND

from segmentation.zonefile import source
from segmentation.zonefile.problem import Problem
from segmentation.zonefile.reader import load

TEXT = SOUND.replace("試験市", "みどり野市の情報政策課")


def _only(path: Path) -> Problem:
    result = load(path, "z.toml")
    assert result.model is None
    assert len(result.problems) == 1
    return result.problems[0]


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "zones.toml"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("codec", "label"), [("cp932", "Shift_JIS"), ("euc_jp", "EUC-JP"), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16")]
)
def test_other_encodings_are_named(tmp_path: Path, codec: str, label: str) -> None:
    found = _only(_write(tmp_path, TEXT.encode(codec)))
    assert label in found.message.en
    assert label in found.message.ja
    assert "UTF-8" in found.expected.ja


def test_the_line_of_the_first_bad_byte_is_given(tmp_path: Path) -> None:
    found = _only(_write(tmp_path, TEXT.encode("cp932")))
    assert found.location.line == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_byte_order_mark_is_accepted(tmp_path: Path, newline: str) -> None:
    result = load(_write(tmp_path, codecs.BOM_UTF8 + TEXT.replace("\n", newline).encode()), "z.toml")
    assert result.problems == ()
    assert result.model is not None
    assert result.model.organisation.ja == "みどり野市の情報政策課"
    assert result.model.conduits["C1"].location.line == 47


def test_binary_and_empty(tmp_path: Path) -> None:
    assert "binary" in _only(_write(tmp_path, b"\x7fELF" + b"a" * 80 + b"\0\1\2")).message.en
    assert "empty" in _only(_write(tmp_path, b"")).message.en
    assert "sekisho init" in _only(_write(tmp_path, b"\xef\xbb\xbf \r\n")).expected.en


def test_missing_folder_and_strange_names(tmp_path: Path) -> None:
    assert "does not exist" in _only(tmp_path / "none.toml").message.en
    assert "folder" in _only(tmp_path).message.en
    assert _only(tmp_path / "a\0b").severity == "error"
    assert "too long" in _only(tmp_path / ("x" * 4000)).message.en
    assert "folder" in _only(_write(tmp_path, b"x") / "zones.toml").message.en


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path: Path) -> None:
    path = _write(tmp_path, b"x")
    path.chmod(0)
    assert "permission" in _only(path).message.en


def test_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    assert "too large" in _only(_write(tmp_path, b"#" * 1001)).message.en
    assert (
        load(_write(tmp_path, b"#" * 1000), "z.toml").problems[0].message.en != _only(_write(tmp_path, b"#" * 1001)).message.en
    )


def test_an_endless_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 1 << 16)
    assert "too large" in _only(Path("/dev/zero")).message.en
