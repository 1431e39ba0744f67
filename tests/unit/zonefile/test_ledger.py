"""Terminal ledgers as spreadsheets write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from zonefile_samples import SOUND, read

from segmentation.model.addresses import AddressSet, Mac
from segmentation.model.network import ZoneModel
from segmentation.zonefile.problem import LoadResult
from segmentation.zonefile.reader import load

HEAD = "id,name,zone,address,mac,tags,valid_from,valid_until\n"
ROW = "pc-1,端末 1,lg,10.20.16.1,00:00:5e:00:53:01,人事;庶務,2026-04-01,2027-03-31\n"


def _load(folder: Path, data: bytes | str) -> LoadResult:
    (folder / "zones.toml").write_text(SOUND + '\n[ledger]\nfiles = "a.csv"\n', encoding="utf-8")
    (folder / "a.csv").write_bytes(data.encode() if isinstance(data, str) else data)
    return load(folder / "zones.toml", "city/zones.toml")


def _model(folder: Path, data: bytes | str) -> ZoneModel:
    result = _load(folder, data)
    assert result.model is not None, [p.message.en for p in result.problems]
    return result.model


def test_a_row_becomes_an_endpoint(tmp_path: Path) -> None:
    got = _model(tmp_path, HEAD + "\n# 注釈\n" + ROW).endpoints["pc-1"]
    assert got.name.ja == "端末 1"
    assert got.zone == "lg"
    assert got.addresses == AddressSet.parse("10.20.16.1")
    assert got.macs == (Mac.parse("00:00:5e:00:53:01"),)
    assert got.tags == {"人事", "庶務"}
    assert (got.valid_from, got.valid_until) == (dt.date(2026, 4, 1), dt.date(2027, 3, 31))
    assert str(got.location) == "city/a.csv:4:1"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_japanese_headings(tmp_path: Path, codec: str, newline: str) -> None:
    text = "管理番号,端末名,ゾーン,ＩＰアドレス,MAC アドレス,利用開始日\n"
    text += "pc-1,総務課,lg,10.20.16.1,00-00-5E-00-53-01,2026年4月1日\n"
    got = _model(tmp_path, text.replace("\n", newline).encode(codec)).endpoints["pc-1"]
    assert got.name.ja == "総務課"
    assert got.valid_from == dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("pc 1,x,lg,10.20.16.1,,,,", 1, "cannot be an ID"),
        ("10.0.0.1,x,lg,10.20.16.1,,,,", 1, "cannot be an ID"),
        ("pc-1,x,lgg,10.20.16.1,,,,", 8, "no zone 'lgg'"),
        ("pc-1,x,lg,10.20.16.300,,,,", 11, "not an address"),
        ("pc-1,x,lg,10.20.16.1,zz,,,", 22, "not a MAC"),
        ("pc-1,x,lg,10.20.16.1,ff:ff:ff:ff:ff:ff,,,", 22, "multicast"),
        ("pc-1,x,lg,10.20.16.1,,,2026-02-30,", 24, "no date"),
        ("pc-1,x,lg,10.20.16.1,,,2026-02-20,2026-02-19", 35, "before"),
        ("pc-1,x,lg,,,,,", 1, "'address' is empty"),
        ("zei,x,lg,10.20.16.1,,,,", 1, "already used at city/zones.toml:32"),
        ("lg,x,lg,10.20.16.1,,,,", 1, "already used"),
        ("pc-1,x,lg", 1, "3 fields"),
        ("pc-1,x,lg,10.30.16.1,,,,", 1, "not in the networks of zone 'lg'"),
        ("pc-1,x,lg,10.20.10.12,,,,", 1, "has the address 10.20.10.12 of 'zaimu'"),
    ],
)
def test_problems_have_file_line_and_column(tmp_path: Path, row: str, column: int, words: str) -> None:
    result = _load(tmp_path, HEAD + row + "\n")
    assert len(result.problems) == 1, [p.message.en for p in result.problems]
    found = result.problems[0]
    assert found.severity == "error"
    assert words in found.message.en
    assert found.text == row
    assert (found.location.file, found.location.line, found.location.column) == ("city/a.csv", 2, column)
    assert result.model is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no row of column names"),
        ("id,zone,adress\n", "no column 'adress'"),
        ("id,id,zone,address\n", "there twice"),
        ("id,zone\n", "lacks the column 'address'"),
        ('id,zone,address\n"pc,lg,10.20.0.1\n', "not valid CSV"),
    ],
)
def test_broken_ledgers(tmp_path: Path, text: str, words: str) -> None:
    assert words in _load(tmp_path, text).problems[0].message.en


def test_every_row_is_reported(tmp_path: Path) -> None:
    rows = "".join(f"pc-{n},x,lg,10.20.16.{n + 250},zz,,,\n" for n in range(10))
    found = _load(tmp_path, HEAD + rows).problems
    assert sum("MAC" in p.message.en for p in found) == 10
    assert sum("not an address" in p.message.en for p in found) == 4


def test_replaced_terminals_overlap(tmp_path: Path) -> None:
    rows = "old,x,lg,10.20.16.1,00:00:5e:00:53:01,,,2026-12-31\nnew,x,lg,10.20.16.1,00:00:5e:00:53:02,,2026-12-01,\n"
    got = _model(tmp_path, HEAD + rows)
    day = dt.date(2026, 12, 15)
    assert got.endpoints["old"].valid_on(day)
    assert got.endpoints["new"].valid_on(day)
    assert not got.endpoints["old"].valid_on(dt.date(2027, 1, 1))
    without = rows.replace(",,,2026-12-31", ",,,")
    assert "of 'old'" in _load(tmp_path, HEAD + without).problems[0].message.en


def test_a_missing_ledger_is_a_warning(tmp_path: Path) -> None:
    text = SOUND + '\n[ledger]\nfiles = ["none.csv", "a\\u0000b"]\n'
    (tmp_path / "zones.toml").write_text(text, encoding="utf-8")
    result = load(tmp_path / "zones.toml")
    assert [p.severity for p in result.problems] == ["warning", "warning"]
    assert result.model is not None
    assert [p.severity for p in read(text).problems] == ["warning", "warning"]  # without a folder they cannot be looked for


def test_binary_ledgers_and_other_encodings(tmp_path: Path) -> None:
    assert "binary" in _load(tmp_path, b"id,zone,address\n" + b"a" * 99 + b"\0").problems[0].message.en
    assert "EUC-JP" in _load(tmp_path, "管理番号,ゾーン,IPアドレス\n".encode("euc_jp")).problems[0].message.en


@pytest.mark.parametrize("odd", ["\u2028", "\x0b", "\x85", "\x1e"])
def test_lines_are_counted_as_spreadsheets_count_them(tmp_path: Path, odd: str) -> None:
    found = _load(tmp_path, HEAD + f"pc-1,a{odd}b,lg,10.20.16.1,,,,\npc-2,x,lg,10.30.16.1,,,,\n").problems
    assert [p.location.line for p in found] == [3]
    assert found[0].text.startswith("pc-2")
