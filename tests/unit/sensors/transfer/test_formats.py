"""Factors of each format, on files made here, beside the innocent neighbours that must stay without any."""

# ruff: noqa: E501 - rows of tables with bytes of whole files

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

import pytest

from sensors.transfer.content import external, kinds, lzh, pdfraw, vba
from sensors.transfer.content.examine import examine
from sensors.transfer.content.limits import Limits
from sensors.transfer.verdict import Content, ContentVerdict, Factor, Reason

PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1, 1, 8, 0, 0, 0, 0)
    + bytes(4)
    + struct.pack(">I4s", 0, b"IEND")
    + bytes(4)
)


def names(data: bytes, name: str = "", declared: str = "") -> set[str]:
    return {f.value for f in examine(data, name, declared).names}


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members.items():
            z.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return out.getvalue()


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members.items():
            z.writestr(name, data)
    return out.getvalue()


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def docx(body: str = "", rels: str = "", **parts: bytes) -> bytes:
    types = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="{WORD}"/></Types>'
    members = {
        "[Content_Types].xml": types.encode(),
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>".encode(),
        "word/_rels/document.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rels}</Relationships>'.encode(),
    }
    return archive(members | {k.replace("__", "/").replace("_dot_", "."): v for k, v in parts.items()})


def relation(kind: str, target: str) -> str:
    return f'<Relationship Id="r1" Type="{RELS}/{kind}" Target="{target}" TargetMode="External"/>'


def field(*texts: str) -> str:
    runs = "".join(f"<w:r><w:instrText>{t}</w:instrText></w:r>" for t in texts)
    return f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="end"/></w:r>'


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (docx(), set()),
        (docx("<w:p><w:r><w:t>DDE and DDEAUTO, the pesticide</w:t></w:r></w:p>"), set()),
        (docx(field(" DDEA", 'UTO c:\\\\x "a" ')), {"dde"}),
        (docx(field("QUOTE 68 68 69 65 85 84 79 32 99 58")), {"dde"}),
        (docx('<w:fldSimple w:instr="DDE a b"/>'), {"dde"}),
        (docx(field(' INCLUDEPICTURE "http://h.example/a.png" ')), {"external_link"}),
        (docx(field(' HYPERLINK "http://h.example/" ')), {"uri"}),
        (docx(rels=relation("attachedTemplate", "http://h.example/t.dotm")), {"template_injection"}),
        (docx(rels=relation("attachedTemplate", "file:///C:/Users/a/Normal.dotm")), set()),
        (docx(rels=relation("attachedTemplate", r"\\h.example\s\t.dotm")), {"template_injection"}),
        (docx(rels=relation("image", r"\\192.0.2.1\s\a.png")), {"external_link"}),
        (docx(rels=relation("frame", "http://h.example/f")), {"external_link"}),
        (docx(rels=relation("hyperlink", "https://h.example/")), {"uri"}),
        (docx(word__vbaProject_dot_bin=b"damaged"), {"macro"}),
        (docx(word__activeX__activeX1_dot_xml=b"<a/>"), {"activex"}),
        (docx(word__embeddings__a_dot_bin=PE), {"embedded_object", "embedded_executable"}),
        (docx(word__x_dot_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'), {"archive_bomb"}),
    ],
)  # fmt: skip
def test_word(data: bytes, want: set[str]) -> None:
    assert names(data, "a.docx") == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("名前,-1,+2.5,=A1+B1,@,-", set()),
        ("a,=cmd|'/c calc'!A0", {"dde"}),
        ("=cmd|' /C calc'!A0;b", {"dde"}),
        ("x,\"@SUM(1)+cmd|'/c calc'!A0\"", {"dde"}),
        ("日本語\t+MSEXCEL|'..\\x'!''", {"dde"}),
        ('=WEBSERVICE("http://h.example/"&A1)', {"external_link"}),
        ("本文 | 表 | 一覧!", set()),
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "cp932"])
def test_csv(line: str, want: set[str], codec: str) -> None:
    assert names((line + "\r\n").encode(codec), "a.csv") == want


@pytest.mark.parametrize(
    ("data", "name", "want"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><title>onload</title></svg>", "a.svg", set()),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "a.svg", {"javascript"}),
        (b"<html><a href=' java\tscript:x()'>y</a></html>", "a.html", {"javascript"}),
        (b"<html><script type='application/json'>{}</script></html>", "a.html", set()),
        (b"<html><iframe src='//h.example/'></iframe></html>", "a.html", {"external_link"}),
        (b"<html><body>the word javascript: in prose</body></html>", "a.html", set()),
        (b"@echo off\r\ndir\r\n", "a.txt", {"executable", "ext_mismatch"}),
        (b"prose about @echo off\n", "a.txt", set()),
        (b"dir\r\n", "a.bat", {"executable"}),
        (PE, "a.exe", {"executable"}),
        (PE, "invoice.pdf.exe", {"executable", "ext_mismatch"}),
        (PE, "invoice\u202efdp.exe", {"executable", "ext_mismatch"}),
        (PE, "a.pdf" + " " * 40 + ".scr", {"executable", "ext_mismatch"}),
        (PNG, "a.png", set()),
        (PNG + PE, "a.png", {"polyglot", "embedded_executable"}),
        (PNG + archive({"a.txt": b"x"}), "a.png", {"polyglot", "embedded_object"}),
        (PNG, "a.txt", {"ext_mismatch"}),
        (rb"{\rtf1 {\object\objemb{\*\objdata 0105 00 00}}}", "a.rtf", {"embedded_object"}),
        (rb'{\rtf1 {\field{\*\fldinst{ DDEAUTO c:\\\\x "a"}}}}', "a.rtf", {"dde"}),
        (rb"{\rtf1{\*\template http://h.example/a.dot}}", "a.rtf", {"template_injection"}),
        (b"ID;P\nO;L;E\nNN;NAuto_open;ER1C1\nE\n", "a.slk", {"macro", "auto_exec"}),
        (b"WEB\n1\nhttp://h.example/q\n", "a.iqy", {"external_link"}),
        (b"hello\n", "a.txt", set()),
        ("こんにちは、世界。".encode("cp932"), "メモ.txt", set()),
        ("こんにちは、世界。".encode("utf-16"), "メモ.txt", set()),
    ],
)  # fmt: skip
def test_small_formats(data: bytes, name: str, want: set[str]) -> None:
    assert names(data, name) == want


def _pdf(*objects: bytes) -> bytes:
    out = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


@pytest.mark.parametrize(
    ("root", "want"),
    [
        (b"", set()),
        (b"/OpenAction[3 0 R/Fit]", set()),
        (b"/OpenAction<</S/GoTo/D[3 0 R/Fit]>>", set()),
        (b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", {"javascript", "open_action"}),
        (b"/OpenAction<</S/#4AavaScript/J#53(x)>>", {"javascript", "open_action"}),
        (b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next<</S/Launch/F(a.exe)>>>>", {"launch", "open_action"}),
        (b"/AA<</WC<</S/URI/URI(http://h.example/)>>>>", {"open_action", "uri"}),
        (b"/Lang(/JavaScript /Launch)", set()),
        (b"/AcroForm<</XFA(x)/Fields[]>>", {"xfa"}),
    ],
)
def test_pdf(root: bytes, want: set[str]) -> None:
    assert names(_pdf(b"<</Type/Catalog/Pages 2 0 R" + root + b">>", PAGES, PAGE), "a.pdf") == want


def test_names_are_read_outside_of_strings_only() -> None:
    assert list(pdfraw.names(rb"<</A (a \) /JS (b) ) /#4aS<4a>%/X" + b"\n/B>>")) == ["/A", "/JS", "/B"]


def test_a_bomb_is_stopped_by_its_output_and_not_by_its_own_figures() -> None:
    limits = Limits(ratio_floor=1 << 20)
    for data, name in (
        (gzip.compress(bytes(30 << 20)), "a.gz"),
        (bz2.compress(bytes(30 << 20)), "a.bz2"),
        (lzma.compress(bytes(30 << 20)), "a.xz"),
        (archive({"a": bytes(30 << 20)}), "a.zip"),
    ):
        verdict = examine(data, name, limits=limits)
        assert Factor.ARCHIVE_BOMB in verdict.names, name
        assert verdict.gaps, name


def test_bounds_give_incomplete_and_never_none_found() -> None:
    many = archive({f"{n}.txt": b"x" for n in range(30)})
    verdict = examine(many, "a.zip", limits=Limits(members=10))
    assert verdict.content is Content.INCOMPLETE
    assert {g.reason for g in verdict.gaps} == {Reason.TOO_MANY_MEMBERS}
    data = b"text"
    for _ in range(7):
        data = archive({"a.zip": data})
    assert Reason.TOO_DEEP in {g.reason for g in examine(data, "a.zip").gaps}


def test_five_archives_deep_is_still_looked_into() -> None:
    data = PE
    for number in range(5):
        data = archive({f"{number}.exe" if not number else f"{number}.zip": data})
    verdict = examine(data, "a.zip")
    assert {Factor.EXECUTABLE, Factor.NESTED_ARCHIVE} <= verdict.names
    assert verdict.gaps == ()


def test_a_tar_in_a_gz_is_one_archive_and_its_links_are_judged() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.SYMTYPE, "../../etc/passwd"
        tar.addfile(link)
        member = tarfile.TarInfo("b/c.exe")
        member.size = len(PE)
        tar.addfile(member, io.BytesIO(PE))
    assert names(out.getvalue(), "a.tar.gz") == {"path_traversal", "executable"}


def test_names_in_a_locked_archive_still_tell_what_they_can() -> None:
    data = bytearray(archive({"請求書.pdf.exe": b"x"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + at] |= 1
    verdict = examine(bytes(data), "a.zip")
    assert verdict.names == {Factor.ENCRYPTED, Factor.EXECUTABLE}
    assert Reason.ENCRYPTED in {g.reason for g in verdict.gaps}


def _lzh(name: bytes, data: bytes) -> bytes:
    body = (
        b"-lh0-"
        + struct.pack("<IIIBB", len(data), len(data), 0, 0x20, 0)
        + bytes([len(name)])
        + name
        + struct.pack("<H", _crc16(data))
    )
    return bytes([len(body), sum(body) & 0xFF]) + body + data + b"\0"


def _crc16(data: bytes) -> int:
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


@pytest.mark.skipif(lzh.liblhasa() is None, reason="liblhasa is not installed")
def test_lzh_with_a_raw_name() -> None:
    verdict = examine(_lzh("工事表.exe".encode("cp932"), PE), "a.lzh")
    assert [(f.factor, f.where) for f in verdict.factors] == [(Factor.EXECUTABLE, "工事表.exe")]
    assert verdict.gaps == ()


def test_a_missing_library_is_said_and_never_taken_for_nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lzh, "liblhasa", lambda: None)
    verdict = examine(_lzh(b"a.txt", b"hello"), "a.lzh")
    assert verdict.content is Content.UNVERIFIABLE
    assert {g.reason for g in verdict.gaps} == {Reason.TOOL_MISSING}


def test_lzh_headers_that_lead_nowhere_end_the_walk() -> None:
    whole = _lzh(b"a", b"data")
    assert lzh.header_count(whole) == (1, True)
    assert lzh.header_count(whole[:-3]) == (0, False)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://user:pw@h.example:8080/taro?x", "http://h.example"), (r"\\h.example\share\a", r"\\h.example"), ("//h.example/a", r"\\h.example"),
        ("file://h.example/a", "file://h.example"), ("file:///C:/a", ""), ("C:\\a", ""), ("a/b.png", ""), ("#top", ""), ("mailto:a@b", ""),
        (r"\\?\UNC\h.example\a", r"\\h.example"), ("data:image/png;base64,AA", ""), ("HTTPS://H.example", "https://H.example"),
    ],
)  # fmt: skip
def test_of_an_address_only_scheme_and_host_are_told(address: str, shown: str) -> None:
    assert external.destination(address) == shown


def test_the_source_of_a_module_is_found_without_its_offset() -> None:
    source = b'Attribute VB_Name = "A"\r\nSub AutoOpen()\r\nEnd Sub\r\n'
    chunk = b"".join(b"\0" + source[i : i + 8] for i in range(0, len(source), 8))
    stream = b"cache" + b"\x01" + struct.pack("<H", (len(chunk) + 2 - 3) | 0xB000) + chunk
    assert vba.module_source(stream) == source.decode()


def test_a_verdict_of_a_half_read_container_is_not_overruled() -> None:
    verdict = ContentVerdict(name="", size=0, sha256="", type="zip")
    assert verdict.content is Content.NONE_FOUND
    assert verdict.reason is None


def test_types_are_told_by_bytes() -> None:
    assert kinds.identify(zlib.compress(b"x")) == "data"
    assert kinds.identify(b"\x50\x4b\x03\x04" + bytes(40)) == "zip"
    assert kinds.identify(b"Subject: a\r\nFrom: b@c\r\n\r\nx") == "eml"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]><svg xmlns="&ns;"/>', set()),
        ('<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>', {"archive_bomb"}),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "http://h.example/x">]><a>&b;</a>', {"external_link"}),
        ('<!DOCTYPE a [<!ENTITY b "' + "x" * 9000 + '">]><a>' + "&b;" * 900 + "</a>", {"archive_bomb"}),
    ],
)
def test_entities_that_grow_are_bombs_and_name_spaces_are_not(text: str, want: set[str]) -> None:
    assert names(b"<?xml version='1.0'?>" + text.encode(), "a.xml") == want


def test_every_message_of_a_mailbox_is_examined() -> None:
    message = b"From a@b.example Sat Nov 21 00:00:00 2026\nFrom: a@b.example\nTo: c\nSubject: d\n\n"
    box = message + b"text\n\n" + message.replace(b"\n\n", b"\nContent-Type: application/x; name=a.exe\n\n") + b"MZ\n"
    assert {"attachment", "executable"} <= names(box, "inbox.mbox")


def test_bytes_of_no_known_type_are_not_vouched_for() -> None:
    assert examine(bytes(5000), "a.bin").content is Content.UNVERIFIABLE
    assert examine(b"\x8f\x01\xfe\x02" * 500, "a.dat").content is Content.UNVERIFIABLE


def test_a_package_that_is_cut_off_is_damaged_and_not_misnamed() -> None:
    verdict = examine(docx("<w:p/>" * 50)[:400], "a.docx")
    assert verdict.names == {Factor.MALFORMED}
    assert Reason.DAMAGED in {g.reason for g in verdict.gaps}


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xml"])
def test_what_stands_deeper_than_the_parser_goes_is_said_to_be_unseen(name: str) -> None:
    start = {"a.html": "<html>", "a.svg": "<svg xmlns='http://www.w3.org/2000/svg'>", "a.xml": "<?xml version='1.0'?><r>"}[name]
    verdict = examine((start + "<g>" * 3000 + "<script>x</script>").encode(), name)
    assert verdict.content in {Content.INCOMPLETE, Content.RISK_FOUND}
    assert Reason.TOO_DEEP in {g.reason for g in verdict.gaps}
    if name != "a.xml":
        assert Factor.JAVASCRIPT in verdict.names


@pytest.mark.parametrize("before", [b"\x01\x02\x03 padding ", b"some words\n", b"ID3" + bytes(50), b"{\\rtf1 x}"])
def test_a_zip_is_found_by_its_end_whatever_stands_before_it(before: bytes) -> None:
    verdict = examine(before + archive({"a.exe": PE}), "a.bin")
    assert {Factor.EXECUTABLE, Factor.EMBEDDED_EXECUTABLE} & verdict.names
