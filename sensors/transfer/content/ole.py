"""Compound files (MS-CFB): Word, Excel, PowerPoint, Visio, MSI, Ichitaro, and OLE objects inside other documents."""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import Any, Final

from sensors.transfer.content import biff, kinds
from sensors.transfer.content.executables import examine_executable
from sensors.transfer.content.fields import examine_field
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.officecrypt import examine_encryption
from sensors.transfer.content.vba import examine_project
from sensors.transfer.mail import msg
from sensors.transfer.mail.charsets import member_name
from sensors.transfer.verdict import Factor, Reason

_ERRORS: Final = (
    OSError,
    ValueError,
    IndexError,
    struct.error,
    KeyError,
    TypeError,
    AttributeError,
    UnicodeError,
    OverflowError,
)
_MSI_CLASS: Final = "000C1084-0000-0000-C000-000000000046"
_STREAM_LIMIT: Final = 100 << 20
# MS-DOC 2.9.86: 0x13 begins a field, 0x14 parts code and result, 0x15 ends it; text is CP1252 or UTF-16.
_FIELD8: Final = re.compile(rb"\x13([^\x13\x14\x15]{2,4000})[\x13\x14\x15]")
_FIELD16: Final = re.compile(rb"\x13\x00((?:(?![\x13-\x15]\x00)[\s\S]{2}){2,2000})[\x13\x14\x15]\x00")


def open_ole(data: bytes) -> Any | None:
    """The compound file, or ``None`` when its structure cannot be read."""
    import olefile  # noqa: PLC0415 - loaded in the worker only

    try:
        return olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL)
    except _ERRORS:
        return None
    except RecursionError:
        return None


def ole_type(ole: Any) -> str:
    """The type of document a compound file is, by its streams."""
    names = {tuple(p) for p in ole.listdir(streams=True, storages=True)}
    top = {p[0].lower() for p in names}
    if "encryptedpackage" in top:
        return "ole-encrypted"
    if "__properties_version1.0" in top or any(t.startswith("__recip_version1.0") for t in top):
        return "msg"
    root = str(getattr(ole.root, "clsid", "") or "").upper()
    if root == _MSI_CLASS:
        return "msi"
    for stream, kind in (
        ("worddocument", "doc"),
        ("workbook", "xls"),
        ("book", "xls"),
        ("powerpoint document", "ppt"),
        ("visiodocument", "vsd"),
    ):
        if stream in top:
            return kind
    if any(t.startswith(("jsrv_", "\x05jsrv_", "documentviewstyles", "documenteditstyles")) for t in top):
        return "jtd"
    return "ole"


def examine_ole(item: Item, notes: Notebook) -> str:
    """Examine a compound file; returns its type."""
    ole = open_ole(item.data)
    if ole is None:
        notes.found(Factor.MALFORMED, item, "malformed", kind="ole")
        notes.unseen(Reason.DAMAGED, item)
        return "ole"
    try:
        kind = ole_type(ole)
        if kind == "msg":
            msg.examine_msg(ole, item, notes)
        elif kind == "msi":
            examine_executable(item, kind, notes)
        elif not examine_encryption(item, kind, notes):
            _examine_streams(ole, kind, item, notes)
    except _ERRORS:
        notes.found(Factor.MALFORMED, item, "malformed", kind="ole")
        notes.unseen(Reason.DAMAGED, item)
        kind = "ole"
    finally:
        ole.close()
    return kind


def _examine_streams(ole: Any, kind: str, item: Item, notes: Notebook) -> None:
    paths = [tuple(p) for p in ole.listdir(streams=True, storages=False)]
    for storage in _projects(paths):
        examine_project(ole, storage, item, notes)
    _objects(ole, paths, item, notes)
    for path in paths:
        last = path[-1].lower()
        if last in {"workbook", "book"}:
            biff.examine_workbook(_read(ole, path, item, notes), item, notes, "/".join(path))
        elif last == "worddocument":
            _word(_read(ole, path, item, notes), item, notes, "/".join(path))
        elif last == "powerpoint document":
            _powerpoint(_read(ole, path, item, notes), item, notes, "/".join(path))
    if kind == "jtd":
        # Its own text is in a format that nobody published; objects and macros in it were looked for.
        notes.unseen(Reason.UNSUPPORTED, item)


def _projects(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Storages that hold a VBA project (MS-OVBA 2.2.1): a storage VBA with the stream dir or _VBA_PROJECT."""
    found = {p[:-1]: None for p in paths if len(p) >= 1 and p[-1].lower() == "_vba_project"}
    found |= {p[:-1]: None for p in paths if len(p) >= 2 and p[-1].lower() == "dir" and p[-2].lower() == "vba"}
    return sorted(found)


def _read(ole: Any, path: tuple[str, ...], item: Item, notes: Notebook) -> bytes:
    if ole.get_size(list(path)) > _STREAM_LIMIT:
        notes.unseen(Reason.TOO_LARGE, item, "/".join(path))
        return b""
    return bytes(ole.openstream(list(path)).read())


def _objects(ole: Any, paths: list[tuple[str, ...]], item: Item, notes: Notebook) -> None:
    """Embedded objects: ObjectPool of Word, MBD storages of Excel, native data of packages, controls."""
    for path in paths:
        low = [p.lower() for p in path]
        place = "/".join(p.strip("\x01\x03") for p in path)
        if low[-1] == "\x01ole10native":
            notes.found(Factor.EMBEDDED_OBJECT, item, "ole_object", place)
            name, payload = native_package(_read(ole, path, item, notes))
            if payload:
                notes.inner(item, payload, name, Inside.DOCUMENT, step=place, by_name=bool(name))
        elif low[-1] in {"\x03ocxname", "\x03ocxdata"}:
            notes.found(Factor.ACTIVEX, item, "activex", place)
        elif (low[-1] == "package" and len(path) == 1) or (
            low[-1] in {"contents", "embeddedodf"} and len(path) == 1 and item.depth
        ):
            payload = _read(ole, path, item, notes)
            notes.found(Factor.EMBEDDED_OBJECT, item, "package", place, kind=kinds.identify(payload))
            notes.inner(item, payload, "", Inside.DOCUMENT, step=place, by_name=False)
        elif len(low) > 1 and (low[0] == "objectpool" or re.match(r"mbd[0-9a-f]{6,}", low[0])):
            if "\x03ocxname" in {p[-1].lower() for p in paths if p[: len(path) - 1] == path[:-1]}:
                continue
            notes.found(Factor.EMBEDDED_OBJECT, item, "ole_object", "/".join(path[: 2 if low[0] == "objectpool" else 1]))
        elif re.match(r"lnk[0-9a-f]{6,}", low[0]):
            notes.found(Factor.EXTERNAL_LINK, item, "ole_link", path[0])


def native_package(data: bytes) -> tuple[str, bytes]:
    """Name and content of OLE native data; a package has label, path, temporary path and size (MS-OLEDS 2.3.6: the frame).

    Lengths are checked; data that are no package are given whole.
    """
    if len(data) < 6:
        return "", b""
    body = data[4 : 4 + struct.unpack_from("<I", data)[0]] or data[4:]
    if body[:2] != b"\x02\x00":
        return "", body
    label, _, rest = body[2:].partition(b"\0")
    source, _, rest = rest.partition(b"\0")
    if len(rest) < 8 or len(label) > 1024:
        return "", body
    path_size = struct.unpack_from("<I", rest, 4)[0]
    at = 8 + path_size
    if path_size > 4096 or at + 4 > len(rest):
        return "", body
    size = struct.unpack_from("<I", rest, at)[0]
    return member_name(label or source), rest[at + 4 : at + 4 + size]


def _word(data: bytes, item: Item, notes: Notebook, place: str) -> None:
    if len(data) >= 12 and struct.unpack_from("<H", data, 10)[0] & 0x0100:  # MS-DOC 2.5.2 fEncrypted
        return
    for pattern, codec in ((_FIELD8, "cp1252"), (_FIELD16, "utf-16-le")):
        for count, match in enumerate(pattern.finditer(data)):
            if count > 20_000:
                notes.unseen(Reason.TOO_MANY_MEMBERS, item, place)
                break
            examine_field(match.group(1).decode(codec, "replace"), item, notes, place, f"@{match.start():#x}")


def _powerpoint(data: bytes, item: Item, notes: Notebook, place: str) -> None:
    """MS-PPT 2.10.34: ExOleObjStg, plain or deflated, is where objects and the VBA project are."""
    controls = b"\x00\x00\xee\x0f" in data  # RT_ExternalOleControl, 2.10.10
    links = b"\xce\x0f" in data
    at = 0
    while (at := data.find(b"\x11\x10", at)) >= 0:
        start = at - 2
        at += 2
        if start < 0 or start + 12 > len(data):
            continue
        version, _kind, size = struct.unpack_from("<HHI", data, start)
        if version not in {0x0000, 0x0010} or size > len(data) - start - 8 or size < 8:
            continue
        body = data[start + 8 : start + 8 + size]
        if version == 0x0010:
            body = _inflate(body[4:], item, notes)
        if body[:4] != b"\xd0\xcf\x11\xe0":
            continue
        inner = open_ole(body)
        is_project = inner is not None and bool(_projects([tuple(p) for p in inner.listdir()]))
        if inner is not None:
            inner.close()
        if not is_project:
            notes.found(
                Factor.ACTIVEX if controls and not links else Factor.EMBEDDED_OBJECT,
                item,
                "activex" if controls and not links else "ole_object",
                place,
                f"@{start:#x}",
            )
        notes.inner(item, body, "", Inside.DOCUMENT, step=f"{place}@{start:#x}", by_name=False)


def _inflate(data: bytes, item: Item, notes: Notebook) -> bytes:
    engine, out = zlib.decompressobj(), bytearray()
    try:
        while data and len(out) <= notes.limits.file_bytes:
            block = engine.decompress(data, 256 << 10)
            if not block:
                break
            out += block
            notes.account.output(len(block))
            data = engine.unconsumed_tail
    except zlib.error:
        notes.unseen(Reason.DAMAGED, item)
    return bytes(out)
