"""Acceptance of archives, names, images and polyglots, with clean twins."""

# ruff: noqa: E501 - rows of tables with the text of whole files

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import random
import struct
import zipfile
from collections.abc import Callable

import forged_files as made
import pytest
import zstandard
from forged_files import ELF, GIF, JPEG, LNK, MACHO, PE, PNG, by_libarchive, docx, lzh, pdf, tarred, zipped

from sensors.transfer.content.examine import examine
from sensors.transfer.content.limits import Limits
from sensors.transfer.verdict import Content, Reason

VBA = made.docx(main="application/vnd.ms-word.document.macroEnabled.main+xml", parts={"word/vbaProject.bin": b"x"})
LOCKED_7Z = base64.b64decode(
    "N3q8ryccAASuQCbmEAAAAAAAAABiAAAAAAAAAElVbU7LmguNDHEONVtxdjY9qc8zAQQGAAEJEAAHCwEAAiQG8QcBElMPXntpgpcO6fqcTnN7XXyemiEhAQAB"
    "AAwJBQAICgGGphA2AAAFARkBABENAHQALgB0AHgAdAAAABQKAQBgrA2iW3ndARUGAQAggKSBAAA="
)
LOCKED_7Z_NAMES = base64.b64decode(
    "N3q8ryccAAR/IgOugAAAAAAAAAAuAAAAAAAAAI4QR8gaI9l19p+zXunuIUf1NxG4YLQqIPggssOg7fp4USGO/r9ASZt+W+M4XIwmYSWYZxbFIXRBZ2I6/WIy"
    "IYsGXIerOzdn/PHrNylkc4YsT4Bh/Z7o5IDF2OTXlLrlrdNvgtNacCX0mnc4Xm8lyE9AlL7Pl6BuWATKwLvnWjKR65XYWxcGEAEJcAAHCwEAASQG8QcBElMP"
    "6m0n51u99e1s1ZznIyojigxiCgEpP7F7AAA="
)


def factors(data: bytes, name: str) -> set[str]:
    return {f.value for f in examine(data, name).names}


INNER: dict[str, Callable[[str, bytes], bytes]] = {
    "zip": lambda n, d: zipped({n: d}), "7z": lambda n, d: by_libarchive("7zip", {n: d}), "tar": lambda n, d: tarred({n: d}),
    "lzh": lambda n, d: lzh(1, n.encode("cp932"), d), "cab": lambda n, d: made.cabinet(n.encode("cp932"), d),
    "iso": lambda n, d: by_libarchive("iso9660", {n: d}), "cpio": lambda n, d: by_libarchive("cpio_newc", {n: d}),
    "ar": lambda n, d: by_libarchive("ar_bsd", {n: d}), "tar.gz": lambda n, d: gzip.compress(tarred({n: d})),
    "tar.bz2": lambda n, d: bz2.compress(tarred({n: d})), "tar.xz": lambda n, d: lzma.compress(tarred({n: d})),
    "tar.zst": lambda n, d: zstandard.compress(tarred({n: d})), "tgz": lambda n, d: gzip.compress(tarred({n: d})),
}  # fmt: skip


@pytest.mark.parametrize("form", INNER)
def test_every_archive_shows_what_is_in_it_and_nothing_where_there_is_nothing(form: str) -> None:
    build = INNER[form]
    name = "a.docx" if form in {"ar", "iso"} else "申請書.docx"
    bad = examine(build(name, VBA), f"x.{form}")
    assert {f.value for f in bad.names} == {"macro", "ext_mismatch"}
    assert not bad.gaps
    clean = examine(build(name, docx()), f"x.{form}")
    assert clean.content is Content.NONE_FOUND
    assert clean.members > 0


@pytest.mark.parametrize("level", range(4))
def test_lzh_of_every_level_with_a_japanese_name(level: int) -> None:
    verdict = examine(lzh(level, "表計算.exe".encode("cp932"), PE), "書庫.lzh")
    assert {f.value for f in verdict.names} == {"executable"}
    assert {f.where for f in verdict.factors} == {"表計算.exe"}
    assert examine(lzh(level, "議事録.txt".encode("cp932"), b"text\r\n"), "書庫.lzh").content is Content.NONE_FOUND


def wrapped(times: int, core: bytes, name: str) -> bytes:
    for step in range(times):
        core = zipped({name if not step else f"{step}.zip": core})
    return core


@pytest.mark.parametrize("times", range(2, 8))
def test_depth(times: int) -> None:
    verdict = examine(wrapped(times, VBA, "a.docm"), "a.zip")
    if times <= 5:
        assert {f.value for f in verdict.names} == {"macro", "nested_archive"}
        assert verdict.content is Content.RISK_FOUND
        assert not verdict.gaps
    else:
        assert {g.reason for g in verdict.gaps} == {Reason.TOO_DEEP}
    clean = examine(wrapped(times, b"text", "a.txt"), "a.zip")
    assert clean.content is Content.RISK_FOUND  # an archive in an archive is a factor of its own


LOCKS = {
    "zip": made.locked(zipped({"見積.docx": docx()})), "7z": LOCKED_7Z, "7z with names": LOCKED_7Z_NAMES,
    "zip in tar": tarred({"a.zip": made.locked(zipped({"a": b"x"}))}), "7z in zip": zipped({"a.7z": LOCKED_7Z_NAMES}),
    "zip in lzh": lzh(2, b"a.zip", made.locked(zipped({"a": b"x"}))), "mail": made.multipart(made.TEXT_PART, made.attached(LOCKED_7Z, 'filename="a.7z"')),
    "zip in cab": made.cabinet(b"a.zip", made.locked(zipped({"a": b"x"}))),
}  # fmt: skip


@pytest.mark.parametrize("case", LOCKS)
def test_a_lock_is_a_gap_wherever_it_is(case: str) -> None:
    verdict = examine(LOCKS[case], "a")
    assert "encrypted" in verdict.names
    assert {g.reason for g in verdict.gaps} == {Reason.ENCRYPTED}
    assert not verdict.names - {"encrypted", "nested_archive", "attachment"}


def test_a_locked_program_is_known_by_its_name() -> None:
    assert factors(made.locked(zipped({"請求書.pdf.exe": PE})), "a.zip") >= {"encrypted", "executable"}


def overlapping() -> bytes:
    data = bytearray(zipped({"a.txt": b"x" * 50}, zipfile.ZIP_STORED))
    directory = data.find(b"PK\x01\x02")
    entry = bytes(data[directory : data.find(b"PK\x05\x06")])
    end = data.find(b"PK\x05\x06")
    return (
        bytes(data[:directory])
        + entry * 3
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 3, 3, len(entry) * 3, directory, 0)
        + bytes(data[end + 22 :])
    )


BOMBS = {
    "ratio": zipped({"a.bin": bytes(40 << 20)}), "overlap": overlapping(), "gz": gzip.compress(bytes(40 << 20)), "bz2": bz2.compress(bytes(40 << 20)),
    "gz of gz": gzip.compress(gzip.compress(bytes(40 << 20))), "in 7z": by_libarchive("7zip", {"a": bytes(60 << 20)}),
}  # fmt: skip


@pytest.mark.parametrize("case", BOMBS)
def test_bombs_are_stopped_and_said(case: str) -> None:
    verdict = examine(BOMBS[case], "a")
    assert "archive_bomb" in verdict.names
    assert verdict.content is Content.RISK_FOUND


def test_large_and_compressible_but_ordinary_files_are_no_bombs() -> None:
    text = "".join(f"{n},市役所,{n % 7}\r\n" for n in range(60_000)).encode()
    for data in (zipped({"a.csv": text}), gzip.compress(text), by_libarchive("7zip", {"a.csv": text})):
        assert examine(data, "a").content is Content.NONE_FOUND


def test_bounds_never_end_as_none_found() -> None:
    many = zipped({f"{n}.txt": b"x" for n in range(60)})
    assert examine(many, "a.zip", limits=Limits(members=50)).content is Content.INCOMPLETE
    assert examine(b"x" * 100, "a.txt", limits=Limits(file_bytes=50)).content is Content.INCOMPLETE
    assert examine(b"x" * 100, "a.txt", size=200, sha256="0").content is Content.INCOMPLETE
    assert examine(gzip.compress(b"text" * 99)[:-20], "a.gz").content in {Content.INCOMPLETE, Content.UNVERIFIABLE}
    whole = zipped({"a.txt": random.Random(3).randbytes(900), "b.txt": b"y"})
    assert examine(whole[:500], "a.zip").content is not Content.NONE_FOUND
    assert examine(made.cabinet(b"a.txt", b"text" * 30)[:-40], "a.cab").content is not Content.NONE_FOUND
    assert examine(lzh(2, b"a.txt", b"text" * 30)[:-40], "a.lzh").content is not Content.NONE_FOUND
    assert examine(tarred({"a.txt": b"x" * 3000})[:1500], "a.tar").content is not Content.NONE_FOUND


PATHS = {
    "parent": (zipped({"../../a.txt": b"x"}), {"path_traversal"}),
    "drive": (zipped({"C:\\a.txt": b"x"}), {"path_traversal"}),
    "absolute": (tarred({"/etc/a.txt": b"x"}), {"path_traversal"}),
    "lzh": (lzh(0, b"..\\..\\a.txt", b"x"), {"path_traversal"}),
    "dots in names": (zipped({"a..b/c...txt": b"x", "資料/..a.txt": b"x"}), set()),
}  # fmt: skip


@pytest.mark.parametrize("case", PATHS)
def test_paths(case: str) -> None:
    data, want = PATHS[case]
    assert factors(data, "a") == want


NAMES = {
    "請求書.pdf.exe": (PE, {"executable", "ext_mismatch"}), "請求書.pdf　　　　　　　　　　　　　　　　　　　　　　.exe": (PE, {"executable", "ext_mismatch"}),
    "請求書．ｅｘｅ": (PE, {"executable", "ext_mismatch"}), "\u202efdp.exe": (PE, {"executable", "ext_mismatch"}), "見積\u202excod.scr": (PE, {"executable", "ext_mismatch"}),
    "memo.txt.lnk": (LNK, {"executable", "ext_mismatch"}), "setup.exe": (PE, {"executable"}), "run": (ELF, {"executable"}), "tool": (MACHO, {"executable"}),
    "写真.jpg": (PE, {"executable", "ext_mismatch"}), "a.pdf": (docx(), {"ext_mismatch"}), "a.docx": (zipped({"a.txt": b"x"}), {"ext_mismatch"}),
    "report.v1.2.docx": (docx(), set()), "2026.11.21.pdf": (pdf([]), set()), "令和8年度.資料.txt": (b"text", set()), "README": (b"text", set()),
    "a.JPG": (JPEG, set()), "a.jpeg": (JPEG, set()), "a.csv": (b"070701,1\r\n070702,2\r\n", set()), "b.csv": (b"MZ001,name\r\n" * 20, set()),
    "c.csv": (b"BZh001,name\r\n" * 20, set()), "d.txt": (b"FWS is a survey.\r\n" * 20, set()), "e.csv": (b"CWS,FWS\r\n" * 20, set()), "f.txt": ("MZ世代の調査です。" * 20).encode(),
    "g.txt": ("PDFは%PDF-1.7で始まります。\r\n" * 9).encode(), "h.txt": ("入力欄に<script>と書かないでください。\r\n" * 9).encode(), "i.txt": ("javascript:で始まるリンクは避けます。" * 9).encode(),
    "j.csv": (b"ID;a\r\n1;2\r\n", set()), "k.log": (b"II*\0".replace(b"\0", b" ") + b"x" * 60, set()), "l.txt": (b"OggS ID3 fLaC 7z Rar!\r\n", set()),
    "m.bat": (b"@echo off\r\n", {"executable"}), "n.txt": (b"@echo off\r\nstart x\r\n", {"executable", "ext_mismatch"}), "o.ps1": (b"Get-Date\r\n", {"executable"}),
    "p.md": (b"# use\r\n\r\n```\r\npowershell -enc AAAA\r\n```\r\n", set()), "q.url": (b"[InternetShortcut]\r\nURL=https://h.example/\r\n", {"executable", "external_link"}),
    "r.txt": (b"!BDN is the mark. ITSF, too.\r\n" * 4, set()), "s.one": (made.notebook(PE), {"embedded_object", "embedded_executable"}), "t.one": (made.notebook(PNG), set()),
    "u.chm": (b"ITSF\x03\0\0\0" + bytes(200), {"executable"}), "v.jar": (zipped({"META-INF/MANIFEST.MF": b"x", "a.class": b"\xca\xfe\xba\xbe\0\0\0\x34"}), {"executable"}),
    "w.txt": ("RE: 特急\r\n経由: 大山\r\n".encode("cp932"), set()), "x.reg": (b"Windows Registry Editor Version 5.00\r\n", {"executable"}), "y.hta": (b"<script>x</script>", {"executable", "javascript"}),
    "z.tar.gz": (gzip.compress(tarred({"a.txt": b"x"})), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_and_types(name: str) -> None:
    entry = NAMES[name]
    data, want = entry if isinstance(entry, tuple) else (entry, set())
    assert factors(data, name) == want


PADDED = {
    "csv": (b"a,b\r\n=cmd|'/c calc'!A0\r\n" + bytes(20), "x.csv", {"dde"}),
    "csv without a name": (b"a,b\r\n=cmd|'/c calc'!A0\r\n", "", {"dde"}),
    "a formula in prose": ("式の例は =cmd|'/c calc'!A0 です。\r\n".encode(), "x.txt", set()),
    "sylk as text": (b"ID;P\r\nO;E\r\nE\r\n", "x.txt", {"macro"}),
    "html": (b"<html>\0<scr\0ipt>x()</script></html>" + bytes(9), "x.html", {"javascript"}),
    "html as text": (b"junk <html><script>x()</script></html>", "x.txt", {"javascript"}),
    "mail": (made.mail("<p>x</p>", "Content-Type: text/html") + bytes(40), "x.eml", {"html_body"}),
    "text": ("議事録\r\n".encode("cp932") * 9 + bytes(30), "x.txt", set()),
    "polyglot": (pdf([]) + zipped({"a.exe": PE}) + b"tail", "a.pdf", {"polyglot", "executable"}),
}  # fmt: skip


@pytest.mark.parametrize("case", PADDED)
def test_padding_and_names_hide_nothing(case: str) -> None:
    data, name, want = PADDED[case]
    verdict = examine(data, name)
    assert {f.value for f in verdict.names} == want
    assert not verdict.gaps


TWO = {
    "png zip": (PNG + zipped({"a.exe": PE}), "a.png", {"polyglot", "embedded_object", "executable"}),
    "png junk zip": (PNG + b"junk" + zipped({"a.txt": b"x"}), "a.png", {"polyglot", "embedded_object"}),
    "jpg html": (JPEG + b"<html><script>x()</script></html>", "a.jpg", {"polyglot", "javascript"}),
    "jpg script": (JPEG + b"<script>x()</script>", "a.jpg", {"polyglot", "javascript"}),
    "jpg php": (JPEG + b"<?php system($_GET[0]); ?>", "a.jpg", {"polyglot", "javascript"}),
    "gif pe": (GIF + PE, "a.gif", {"polyglot", "embedded_executable"}),
    "gif js": (b"GIF89a=1;/*" + bytes(20) + b"*/;alert(document.cookie);//;", "a.gif", {"polyglot", "javascript"}),
    "pdf zip": (pdf([]) + zipped({"a.exe": PE}), "a.pdf", {"polyglot", "executable"}),
    "zip pdf": (zipped({"a.txt": pdf([], "/OpenAction<</S/JavaScript/JS(x)>>")}, zipfile.ZIP_STORED), "a.zip", {"ext_mismatch", "javascript", "open_action"}),
    "html pdf": (b"<html><script>x()</script></html>\n" + pdf([]), "a.pdf", {"polyglot", "javascript"}),
    "pe zip": (PE + zipped({"a.txt": b"x"}), "a.exe", {"executable", "embedded_object"}),
    "png with thumbnail": (PNG + b"\0\0\0\0\r\n", "a.png", set()),
    "jpg with zeros": (JPEG + bytes(64), "a.jpg", set()),
    "jpg exif": (JPEG[:2] + b"\xff\xe1\0\x10Exif\0\0MM\0*\0\0\0\x08" + JPEG[2:], "a.jpg", set()),
    "jpg comment script": (JPEG[:2] + b"\xff\xfe\0\x1c<script>alert(1)</script>" + JPEG[2:], "a.jpg", {"metadata_payload"}),
}  # fmt: skip


@pytest.mark.parametrize("case", TWO)
def test_files_of_two_types(case: str) -> None:
    data, name, want = TWO[case]
    assert factors(data, name) == want


def test_unknown_bytes_behind_a_picture_are_a_gap_and_the_tail_of_a_thumbnail_is_none() -> None:
    tailed = JPEG + random.Random(5).randbytes(900)
    verdict = examine(tailed, "a.jpg")
    assert {g.reason for g in verdict.gaps} == {Reason.UNSUPPORTED}
    assert verdict.content is Content.UNVERIFIABLE
    assert examine(docx(parts={"docProps/thumbnail.jpeg": tailed}), "a.docx").content is Content.NONE_FOUND
