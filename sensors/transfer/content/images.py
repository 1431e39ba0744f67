"""Where a file of a simple format ends, and what stands behind or beside it: appended files, polyglots, scripts in metadata."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.verdict import Factor, Reason

_SCRIPT: Final = re.compile(
    rb"<script|<\?php|javascript:|<svg[^>]{0,200}onload|eval\s*\(|<iframe|powershell(?:\.exe)?\s+-", re.IGNORECASE
)
#: Widths, lengths and sizes of the headers of GIF, BMP and JPEG whose octets are an assignment or open a comment.
_COMMENTED: Final = re.compile(rb"(?:GIF8[79]a|BM)(?:/\*|\s*=[^/]{0,16}/\*|=\s*[\d'\"]+\s*;)|\xff\xd8\xff[\xe0-\xef\xfe]/\*")
_METADATA: Final = 1 << 20
#: Unpackers forgive this much behind an archive.
_BEHIND: Final = 1024
#: Cameras pad with a few octets of their own; more than this is something.
_UNKNOWN: Final = 64
_END_OF_DIRECTORY: Final = b"PK\x05\x06"


def end_of(data: bytes, kind: str) -> int:
    """Where the image ends by its own structure; the length of the data when it does not say."""
    reader = {"png": _png_end, "jpg": _jpeg_end, "gif": _gif_end, "bmp": _bmp_end, "webp": _riff_end}.get(kind)
    return len(data) if reader is None else min(reader(data), len(data))


def _png_end(data: bytes) -> int:
    at = 8
    while at + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        at += 12 + int(size)
        if name == b"IEND":  # PNG 11.2.5
            return at
    return len(data)


def _jpeg_end(data: bytes) -> int:
    """Segments by their lengths, then coded data up to a marker that is neither a stuffed zero nor a restart (T.81 B.1.1)."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return len(data)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0xD9:
            return at + 2
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                match = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]").search(data, at)
                if match is None:
                    return len(data)
                at = match.start()
    return len(data)


def _gif_end(data: bytes) -> int:
    """GIF89a 17 to 27: screen, colour table, then blocks until the trailer."""
    if len(data) < 13:
        return len(data)
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    while at < len(data):
        block = data[at]
        if block == 0x3B:
            return at + 1
        if block == 0x21:
            at += 2
        elif block == 0x2C and at + 10 <= len(data):
            at += 10 + (3 << ((data[at + 9] & 7) + 1) if data[at + 9] & 0x80 else 0) + 1
        else:
            return at if any(data[at:]) else len(data)
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return len(data)


def _bmp_end(data: bytes) -> int:
    size = int(struct.unpack_from("<I", data, 2)[0])
    return size if size >= 26 else len(data)


def _riff_end(data: bytes) -> int:
    size = int(struct.unpack_from("<I", data, 4)[0])
    return size + 8 + (size & 1)


def examine_image(item: Item, kind: str, notes: Notebook) -> None:
    """Examine an image: its end, its metadata."""
    end = end_of(item.data, kind)
    rest = item.data[end:]
    if rest.strip(b"\0\r\n \x1a"):
        _trailing(rest, end, kind, item, notes)
    elif kind != "png":
        _appended_zip(item, kind, notes, Factor.EMBEDDED_OBJECT)
    if (match := _COMMENTED.match(item.data)) is not None and b"*/" in item.data[match.end() :]:
        # The header reads as the beginning of a script whose comment hides the picture.
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second="script")
        notes.found(Factor.JAVASCRIPT, item, "script_text", sign="/*")
    for place, text in _metadata(item.data[:end], kind):
        if _SCRIPT.search(text):
            notes.found(Factor.METADATA_PAYLOAD, item, "metadata_script", place)
            break


def _trailing(rest: bytes, end: int, kind: str, item: Item, notes: Notebook) -> None:
    stripped = rest.lstrip(b"\0\r\n ")
    inner = kinds.identify(stripped)
    place = f"@{end:#x}"
    if inner in kinds.EXECUTABLE:
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second=inner)
        notes.found(Factor.EMBEDDED_EXECUTABLE, item, "embedded_executable", place, kind=inner)
    elif inner in kinds.ARCHIVE or _END_OF_DIRECTORY in rest:
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second=inner if inner in kinds.ARCHIVE else "zip")
        notes.found(Factor.EMBEDDED_OBJECT, item, "appended_archive", place, kind=inner if inner in kinds.ARCHIVE else "zip")
        start = rest.find(b"PK\x03\x04")
        _look_into_appended(stripped if inner in kinds.ARCHIVE or start < 0 else rest[start:], place, item, notes)
    elif inner in {"pdf", "html", "rtf", "ole", "svg", "hta", "one", "tnef", "eml", "xml"}:
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second=inner)
        notes.inner(item, stripped, "", Inside.DOCUMENT, step=place, by_name=False)
    elif (match := _SCRIPT.search(rest)) is not None:
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second="script")
        notes.found(Factor.JAVASCRIPT, item, "script_text", place, sign=match.group()[:6].decode("latin-1"))
    elif inner in kinds.IMAGES:  # a preview, or the second view of a stereo picture
        notes.inner(item, stripped, "", Inside.DOCUMENT, step=place, by_name=False)
    elif (
        inner == "data"
        and len(stripped) > _UNKNOWN
        and not kinds.is_texty(stripped)
        and item.inside is not Inside.DOCUMENT  # office programs leave such tails behind their thumbnails
    ):
        notes.unseen(Reason.UNSUPPORTED, item, place)


def _look_into_appended(data: bytes, place: str, item: Item, notes: Notebook) -> None:
    kind = kinds.identify(data)
    if kind in kinds.ARCHIVE:
        notes.inner(item, data, "", Inside.DOCUMENT, step=place, by_name=False)


def _appended_zip(item: Item, kind: str, notes: Notebook, factor: Factor) -> None:
    """A ZIP is read from its end: its directory may stand inside the last segment of another format."""
    if item.data.rfind(_END_OF_DIRECTORY, max(0, len(item.data) - 65557)) >= 0 and b"PK\x01\x02" in item.data:
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second="zip")
        notes.found(factor, item, "appended_archive", kind="zip")


def _metadata(data: bytes, kind: str) -> Iterator[tuple[str, bytes]]:
    if kind == "png":
        yield from _png_texts(data)
    elif kind == "jpg":
        at = 2
        while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
            size = int.from_bytes(data[at + 2 : at + 4], "big")
            if data[at + 1] == 0xFE or 0xE1 <= data[at + 1] <= 0xEF:  # COM and APP1-15
                yield f"@{at:#x}", data[at + 4 : at + 2 + size]
            at += 2 + max(size, 2)
    elif kind == "gif":
        for match in re.finditer(rb"\x21\xfe([\x01-\xff])", data):
            yield f"@{match.start():#x}", data[match.end() : match.end() + match.group(1)[0]]
    elif kind in {"tif", "webp"}:
        yield "", data[:_METADATA]


def _png_texts(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + min(size, _METADATA)]
        if name in {b"tEXt", b"iTXt", b"eXIf"}:
            yield f"@{at:#x}", body
        if name in {b"zTXt", b"iTXt"}:
            start = body.find(b"\x78")
            try:
                yield f"@{at:#x}", zlib.decompressobj().decompress(body[start:], _METADATA) if start >= 0 else b""
            except zlib.error:
                yield f"@{at:#x}", body
        at += 12 + size


def examine_polyglot(item: Item, kind: str, notes: Notebook) -> None:
    """A second type in a document or program: a ZIP at its end, a document before its beginning."""
    data = item.data
    if kind == "pdf":
        start = data[:1024].find(b"%PDF-")
        first = kinds.identify(data[:start]) if start > 3 else ""
        if first in kinds.EXECUTABLE | kinds.IMAGES | {"html", "svg", "rtf", "zip"}:
            notes.found(Factor.POLYGLOT, item, "polyglot", first=first, second="pdf")
            notes.inner(item, data[:start], "", Inside.DOCUMENT, step="@0x0", by_name=False)
    elif (
        kind not in {"html", "svg", "xml", "txt", "eml", "ps", "p7m", "data", "csv", "tnef", "one"}
        and data[:1024].find(b"%PDF-1.") > 0
        and b"%%EOF" in data[-2048:]
    ):
        notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second="pdf")
        if kind not in {"ole", "zip"}:
            notes.inner(item, data[data.find(b"%PDF-1.") :], "", Inside.NOTHING, step="%PDF", by_name=False)
    if kind not in kinds.ARCHIVE | kinds.IMAGES | {"pe", "dos", "eml", "data", "txt", "empty", "tnef", "one", "p7m", "mso"}:
        _zip_behind(item, kind, notes)


def _zip_behind(item: Item, kind: str, notes: Notebook) -> None:
    at = item.data.rfind(_END_OF_DIRECTORY, max(0, len(item.data) - 65557))
    if at < 0 or at + 22 > len(item.data):
        return
    size, offset = struct.unpack_from("<II", item.data, at + 12)
    start = at - size - offset  # where the archive begins, by its own directory (APPNOTE 4.3.16)
    if (
        start < 0
        or item.data[at - size : at - size + 4] != b"PK\x01\x02"
        or item.data[start + offset - 0 : start + offset + 4] != b"PK\x01\x02"
    ):
        return
    # Where a document merely stores a ZIP (an attachment, an OLE stream), the directory is not at the end of the file.
    comment = int.from_bytes(item.data[at + 20 : at + 22], "little")
    behind = item.data[at + 22 + comment :]
    if len(behind) > 2 and (kind == "ole" or len(behind) > _BEHIND or b"endstream" in behind):
        return
    notes.found(Factor.POLYGLOT, item, "polyglot", first=kind, second="zip")
    whole = item.data[start:] if item.data[start : start + 2] == b"PK" else item.data[item.data.find(b"PK\x03\x04") :]
    notes.inner(item, whole, "", Inside.NOTHING, step="zip", by_name=False)


def examine_sfx(item: Item, notes: Notebook) -> None:
    """An archive behind the last section of a program: it unpacks itself."""
    data = item.data
    end = pe_end(data)
    for at in dict.fromkeys(
        (
            end,
            *(
                m.start()
                for m in re.finditer(
                    rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|MSCF\0\0\0\0|PK\x03\x04|.-lh[0-7]-", data[:4_000_000], re.DOTALL
                )
            ),
        )
    ):
        if at <= 64 or at >= len(data):
            continue
        kind = kinds.identify(data[at : at + (1 << 20)])
        if kind in kinds.ARCHIVE - {"gz", "z", "cpio", "lzma", "arj", "tar", "bz2"} and (at >= end or kind in {"7z", "rar"}):
            notes.found(Factor.EMBEDDED_OBJECT, item, "sfx", f"@{at:#x}")
            notes.inner(item, data[at:], "", Inside.NOTHING, step=f"{kind}@{at:#x}", by_name=False)
            return
    behind = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - 65557))
    if behind >= 0 and data[behind - _u32(data, behind + 12) :][:4] == b"PK\x01\x02":
        # A ZIP is found from its end, wherever it begins.
        at = max(behind - _u32(data, behind + 12) - _u32(data, behind + 16), 0)
        at = at if data[at : at + 2] == b"PK" else data.find(b"PK\x03\x04")
        if at > 0:
            notes.found(Factor.EMBEDDED_OBJECT, item, "sfx", f"@{at:#x}")
            notes.inner(item, data[at:], "", Inside.NOTHING, step=f"zip@{at:#x}", by_name=False)


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def pe_end(data: bytes) -> int:
    """Where the sections of a PE file end (PE format, section table); the length of the data when it has none."""
    if len(data) < 64:
        return len(data)
    at = struct.unpack_from("<I", data, 60)[0]
    if at + 24 > len(data) or data[at : at + 4] != b"PE\0\0":
        return len(data)
    count, optional = struct.unpack_from("<H", data, at + 6)[0], struct.unpack_from("<H", data, at + 20)[0]
    end = 0
    for number in range(min(count, 96)):
        row = at + 24 + optional + number * 40
        if row + 40 > len(data):
            break
        size, start = struct.unpack_from("<II", data, row + 16)
        end = max(end, size + start)
    return end or len(data)
