"""Files made for tests of the content examination: containers written octet by octet, so that they can be wrong on purpose."""

from __future__ import annotations

import base64
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(57)
MACHO = b"\xcf\xfa\xed\xfe" + bytes(60)
LNK = b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46" + struct.pack("<I", 0x20) + bytes(52)
PNG = (
    b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1, 1, 8, 0, 0, 0, 0) + bytes(4)
    + struct.pack(">I4s", 0, b"IEND") + bytes(4)
)  # fmt: skip
GIF = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x55\x55\xff\xd9"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = 'xmlns="http://schemas.openxmlformats.org/package/2006/content-types"'
_RELATIONSHIPS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
Parts = Mapping[str, bytes | str]


def octets(data: bytes | str) -> bytes:
    """Text as UTF-8."""
    return data.encode() if isinstance(data, str) else data


def zipped(members: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of *members*."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in members.items():
            z.writestr(name, octets(data))
    return out.getvalue()


def locked(archive: bytes) -> bytes:
    """A ZIP whose members all say that they are encrypted (APPNOTE 4.4.4 bit 0); the bytes are none that inflate."""
    data = bytearray(archive)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def tarred(members: Parts) -> bytes:
    """A tar of *members*."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(octets(data))
            t.addfile(info, io.BytesIO(octets(data)))
    return out.getvalue()


def by_libarchive(form: str, members: Parts, filter_name: str | None = None) -> bytes:
    """An archive of a format that libarchive writes: ``7zip``, ``cpio_newc``, ``iso9660``, ``ar_bsd``."""
    import libarchive  # noqa: PLC0415 - needs the system library

    blocks: list[bytes] = []

    def keep(block: bytes) -> int:
        blocks.append(bytes(block))
        return len(block)

    with libarchive.custom_writer(keep, form, filter_name) as archive:
        for name, data in members.items():
            archive.add_file_from_memory(name, len(octets(data)), octets(data))
    return b"".join(blocks)


def lzh(level: int, name: bytes, data: bytes) -> bytes:
    """An LZH archive with one stored member (lha's header.doc, levels 0 to 3)."""
    crc = _crc16(data)
    common = b"-lh0-" + struct.pack("<II", len(data), len(data)) + struct.pack("<I", 0x5A6F0000 if level < 2 else 1_700_000_000)
    if level in {0, 1}:
        body = common + b"\x20" + bytes((level, len(name))) + name + struct.pack("<H", crc)
        body += b"M\0\0" if level == 1 else b""
        head = bytes((len(body), sum(body) & 0xFF)) + body
    else:
        wide, extra = (4, 28) if level == 3 else (2, 24)
        extension = (1 + len(name) + wide).to_bytes(wide, "little") + b"\x01" + name + bytes(wide)
        total = extra + len(extension)
        start = (
            struct.pack("<H", 4 if level == 3 else total) + common + b"\x20" + bytes((level,)) + struct.pack("<H", crc) + b"M"
        )
        head = start + (struct.pack("<I", total) if level == 3 else b"") + extension
    return head + data + b"\0"


def _crc16(data: bytes) -> int:
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def cabinet(name: bytes, data: bytes) -> bytes:
    """A cabinet with one stored member (MS-CAB 2.1 to 2.4)."""
    entry = struct.pack("<IIHHHH", len(data), 0, 0, 0x5A6F, 0, 0x20) + name + b"\0"
    block = struct.pack("<IHH", 0, len(data), len(data)) + data
    start = 36 + 8 + len(entry)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, start + len(block), 0, 44, 0, 3, 1, 1, 1, 0, 0, 0)
    return head + struct.pack("<IHH", start, 1, 0) + entry + block


def docx(body: str = "", rels: str = "", parts: Parts | None = None, main: str = "") -> bytes:
    """A Word document; *main*: another main content type."""
    main = main or "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return _package("word/document.xml", main, f"<w:document {W}><w:body>{body}</w:body></w:document>", rels, parts)


def xlsx(sheet: str = "", rels: str = "", parts: Parts | None = None, main: str = "", workbook: str = "") -> bytes:
    """A workbook with one sheet."""
    main = main or "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheets = {"xl/worksheets/sheet1.xml": f"<worksheet {ns}><sheetData>{sheet}</sheetData></worksheet>"}
    return _package("xl/workbook.xml", main, f"<workbook {ns}>{workbook}</workbook>", rels, {**sheets, **(parts or {})})


def pptx(slide: str = "", rels: str = "", parts: Parts | None = None) -> bytes:
    """A presentation with one slide; *rels* are the slide's."""
    ns = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    more = {
        "ppt/slides/slide1.xml": f'<p:sld {ns} xmlns:r="{RELS}">{slide}</p:sld>',
        "ppt/slides/_rels/slide1.xml.rels": f"<Relationships {_RELATIONSHIPS}>{rels}</Relationships>",
    }
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    return _package("ppt/presentation.xml", main, f"<p:presentation {ns}/>", "", {**more, **(parts or {})})


def _package(part: str, main: str, xml: str, rels: str, parts: Parts | None) -> bytes:
    folder, _, name = part.rpartition("/")
    types = (
        f'<Override PartName="/{part}" ContentType="{main}"/><Default Extension="bin" ContentType="application/octet-stream"/>'
    )
    return zipped({
        "[Content_Types].xml": f"<Types {_TYPES}>{types}</Types>",
        "_rels/.rels": f'<Relationships {_RELATIONSHIPS}>{relation("officeDocument", part, external=False)}</Relationships>',
        part: xml,
        f"{folder}/_rels/{name}.rels": f"<Relationships {_RELATIONSHIPS}>{rels}</Relationships>",
        **(parts or {}),
    })  # fmt: skip


def relation(kind: str, target: str, *, external: bool = True, number: int = 1) -> str:
    """One relationship."""
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="r{number}" Type="{RELS}/{kind}" Target="{target}"{mode}/>'


def field(*texts: str) -> str:
    """A Word field whose instruction is split over runs."""
    runs = "".join(f"<w:r><w:instrText>{t}</w:instrText></w:r>" for t in texts)
    return f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def opendocument(kind: str, content: str = "", parts: Parts | None = None) -> bytes:
    """An OpenDocument package; *kind* such as ``text`` or ``spreadsheet``."""
    ns = " ".join(
        f'xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for p, n in (
            ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("script", "script"), ("of", "of"),
        )
    )  # fmt: skip
    xml = f'<office:document-content {ns} xmlns:xlink="http://www.w3.org/1999/xlink">{content}</office:document-content>'
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped({
        "mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": xml, "META-INF/manifest.xml": manifest,
        **(parts or {}),
    })  # fmt: skip


def compound(streams: Parts, class_id: bytes = bytes(16)) -> bytes:
    """A compound file (MS-CFB, version 3); keys are paths with ``/`` between storages."""
    entries: list[list[Any]] = [["Root Entry", 5, -1, -1, b""]]
    index: dict[str, int] = {"": 0}
    for path, data in streams.items():
        steps = path.split("/")
        for depth in range(1, len(steps) + 1):
            key = "/".join(steps[:depth])
            if key not in index:
                parent = index["/".join(steps[: depth - 1])]
                index[key] = len(entries)
                # Siblings hang in a chain to the right, which is a legal though unbalanced tree (2.6.4).
                entries.append([steps[depth - 1], 2 if depth == len(steps) else 1, entries[parent][3], -1, b""])
                entries[parent][3] = index[key]
        entries[index[path]][4] = octets(data)
    return _sectors(entries, class_id)


def _sectors(entries: list[list[Any]], class_id: bytes) -> bytes:
    mini = bytearray()
    minifat: list[int] = []
    fat: list[int] = []
    body = bytearray()

    def put(data: bytes) -> int:
        count = -(-len(data) // 512)
        start = len(fat)
        body.extend(data.ljust(count * 512, b"\0"))
        fat.extend([*range(start + 1, start + count), 0xFFFFFFFE] if count else [])
        return start if count else 0xFFFFFFFE

    starts = [0xFFFFFFFE] * len(entries)
    for number, (_name, kind, _right, _child, data) in enumerate(entries):
        if kind == 2 and data:
            if len(data) >= 4096:
                starts[number] = put(data)
            else:
                count = -(-len(data) // 64)
                starts[number] = len(minifat)
                minifat.extend([*range(len(minifat) + 1, len(minifat) + count), 0xFFFFFFFE])
                mini.extend(data.ljust(count * 64, b"\0"))
    starts[0] = put(bytes(mini))
    tree = bytearray()
    for number, (name, kind, right, child, data) in enumerate(entries):
        spelled = name.encode("utf-16-le") + b"\0\0"
        size = len(mini) if kind == 5 else len(data)
        tree += spelled.ljust(64, b"\0") + struct.pack("<HBBiii", len(spelled), kind, 1, -1, right, child)
        tree += (class_id if kind == 5 else bytes(16)) + bytes(20) + struct.pack("<IQ", starts[number], size)
    first_directory = put(bytes(tree))
    mini_size = -(-len(minifat) // 128)
    first_mini = put(struct.pack(f"<{len(minifat)}I", *minifat).ljust(mini_size * 512, b"\xff")) if minifat else 0xFFFFFFFE
    tables = 1
    while (len(fat) + tables) > tables * 128:
        tables += 1
    where = list(range(len(fat), len(fat) + tables))
    fat += [0xFFFFFFFD] * tables
    body += struct.pack(f"<{len(fat)}I", *fat).ljust(tables * 512, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, first_directory, 0, 4096, first_mini, mini_size, 0xFFFFFFFE, 0)
    return head + struct.pack("<109I", *where, *([0xFFFFFFFF] * (109 - tables))) + bytes(body)


def record(kind: int, body: bytes) -> bytes:
    """One BIFF record (MS-XLS 2.1.4)."""
    return struct.pack("<HH", kind, len(body)) + body


def workbook97(*records: bytes) -> bytes:
    """An Excel 97 workbook of the given records between BOF and EOF."""
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    return compound({"Workbook": (begin + b"".join(records) + record(0x0A, b"")).ljust(4096, b"\0")})


def package_stream(name: bytes, data: bytes) -> bytes:
    """Native data of a package (the frame of MS-OLEDS 2.3.6)."""
    body = (
        b"\x02\0" + name + b"\0" + b"C:\\" + name + b"\0" + struct.pack("<II", 0x30000, len(name) + 4) + b"C:\\" + name + b"\0"
    )
    body += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(body)) + body


def pdf(objects: list[str | bytes], root: str = "", trailer: str = "") -> bytes:
    """A PDF whose catalogue is object 1 with *root* in it; *objects* are numbered from 4."""
    plain: list[bytes] = [
        f"<</Type/Catalog/Pages 2 0 R {root}>>".encode(), b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", *(octets(o) for o in objects),
    ]  # fmt: skip
    out, where = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, data in enumerate(plain, 1):
        where.append(len(out))
        out += f"{number} 0 obj\n".encode() + data + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(plain) + 1}\n0000000000 65535 f \n".encode() + b"".join(
        f"{a:010d} 00000 n \n".encode() for a in where
    )
    out += f"trailer\n<</Size {len(plain) + 1}/Root 1 0 R {trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def stream_object(data: bytes, more: str = "", *, deflated: bool = True) -> bytes:
    """The text of a PDF stream object."""
    body = zlib.compress(data) if deflated else data
    return (
        f"<<{more}/Length {len(body)}{'/Filter/FlateDecode' if deflated else ''}>>\nstream\n".encode() + body + b"\nendstream"
    )


def tnef(*attachments: tuple[bytes, bytes]) -> bytes:
    """A TNEF stream with attachments given by name and content (MS-OXTNEF 2.1.3)."""
    out = bytearray(struct.pack("<IH", 0x223E9F78, 1))

    def put(identifier: int, value: bytes) -> None:
        out.extend(struct.pack("<BII", 2, identifier, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF))

    for name, data in attachments:
        put(0x00069002, bytes(14))
        put(0x00018010, name + b"\0")
        put(0x0006800F, data)
    return bytes(out)


def outlook(attachments: Mapping[str, bytes], body: str = "text", more: Parts | None = None) -> bytes:
    """An Outlook message (MS-OXMSG)."""
    streams: dict[str, bytes | str] = {
        "__properties_version1.0": bytes(32), "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
    }  # fmt: skip
    for number, (name, data) in enumerate(attachments.items()):
        folder = f"__attach_version1.0_#{number:08X}"
        streams[f"{folder}/__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[f"{folder}/__substg1.0_37010102"] = data
    return compound({**streams, **(more or {})})


def notebook(*files: bytes) -> bytes:
    """A OneNote section with attached files (MS-ONESTORE 2.6.13)."""
    out = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1024)
    for data in files:
        out += bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + struct.pack("<Q", len(data)) + bytes(12) + data + bytes(16)
    return out


def mail(body: bytes | str = "text\r\n", *headers: str | bytes) -> bytes:
    """A mail with *headers* beside the usual ones."""
    first = [
        b"From: a@a.example",
        b"To: b@b.example",
        b"Subject: s",
        b"Message-ID: <1@a.example>",
        *(octets(h) for h in headers),
    ]
    return b"\r\n".join(first) + b"\r\n\r\n" + octets(body)


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "b1") -> bytes:
    """A mail of several parts, each given with its own header block."""
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + p + b"\r\n" for p in parts) + mark + b"--\r\n"
    return mail(body, "MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="{boundary}"')


TEXT_PART = b"Content-Type: text/plain; charset=utf-8\r\n\r\ntext\r\n"


def attached(
    data: bytes, disposition: bytes | str = "", kind: str = "application/octet-stream", encoding: str = "base64"
) -> bytes:
    """A part that carries a file."""
    import quopri  # noqa: PLC0415 - for one encoding

    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)(data)
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\nContent-Disposition: attachment".encode()
    return head + (b"; " + octets(disposition) if disposition else b"") + b"\r\n\r\n" + body
