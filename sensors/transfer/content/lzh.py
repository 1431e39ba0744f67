"""LZH (LHA) archives through liblhasa: the format Japanese offices still receive, which libarchive reads only in part."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import os
import struct
from typing import Any, Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.content.limits import BoundHitError
from sensors.transfer.mail.charsets import member_name
from sensors.transfer.verdict import Factor, Reason

_STEP: Final = 64 << 10


class _Header(ctypes.Structure):
    """The beginning of LHAFileHeader (lhasa 0.3, lib/public/lha_file_header.h)."""

    _fields_ = (
        ("refcount", ctypes.c_uint),
        ("next", ctypes.c_void_p),
        ("path", ctypes.c_char_p),
        ("filename", ctypes.c_char_p),
        ("symlink_target", ctypes.c_char_p),
        ("method", ctypes.c_char * 6),
        ("compressed_length", ctypes.c_size_t),
        ("length", ctypes.c_size_t),
    )


@functools.cache
def liblhasa() -> Any | None:
    """The library with its signatures set, or ``None`` where it is missing."""
    for name in ("liblhasa.so.0", ctypes.util.find_library("lhasa")):
        if name is None:
            continue
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.lha_input_stream_from.restype = ctypes.c_void_p
        library.lha_input_stream_from.argtypes = (ctypes.c_char_p,)
        library.lha_input_stream_free.argtypes = (ctypes.c_void_p,)
        library.lha_reader_new.restype = ctypes.c_void_p
        library.lha_reader_new.argtypes = (ctypes.c_void_p,)
        library.lha_reader_free.argtypes = (ctypes.c_void_p,)
        library.lha_reader_next_file.restype = ctypes.POINTER(_Header)
        library.lha_reader_next_file.argtypes = (ctypes.c_void_p,)
        library.lha_reader_read.restype = ctypes.c_size_t
        library.lha_reader_read.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
        return library
    return None


def examine_lzh(item: Item, notes: Notebook) -> None:
    """Examine the members of an LZH archive; its headers are walked by our own code too, and both must agree on the count."""
    library = liblhasa()
    if library is None:
        notes.unseen(Reason.TOOL_MISSING, item)
        return
    handle = os.memfd_create("lzh", os.MFD_CLOEXEC)
    try:
        with os.fdopen(handle, "wb", closefd=False) as stream:
            stream.write(item.data)
        listed, whole = headers(item.data)
        names = [name for method, name in listed if method != b"-lhd-"]
        seen, broken = _walk(library, f"/proc/self/fd/{handle}".encode(), names, item, notes)
    except BoundHitError as error:
        notes.bound(error, item)
        return
    finally:
        os.close(handle)
    if broken or seen < len(names) or not whole:
        notes.found(Factor.MALFORMED, item, "malformed", kind="lzh")
        notes.unseen(Reason.DAMAGED, item)


def _walk(library: Any, path: bytes, names: list[bytes], item: Item, notes: Notebook) -> tuple[int, bool]:
    from sensors.transfer.content import unpack  # noqa: PLC0415 - which calls this module

    stream = library.lha_input_stream_from(path)
    if not stream:
        return 0, True
    reader = library.lha_reader_new(stream)
    buffer = ctypes.create_string_buffer(_STEP)
    seen, broken = 0, False
    try:
        while header := library.lha_reader_next_file(reader):
            entry = header.contents
            is_file = bool(entry.filename) and not entry.symlink_target
            name = member_name(names[seen] if is_file and seen < len(names) else (entry.path or b"") + (entry.filename or b""))
            seen += is_file
            unpack.examine_path(name, item, notes)
            if entry.symlink_target:
                unpack.examine_link(name, member_name(entry.symlink_target), item, notes)
                continue
            if not is_file:
                continue
            out = bytearray()
            while count := library.lha_reader_read(reader, buffer, _STEP):
                out += buffer.raw[:count]
                notes.account.output(count)
                notes.account.ratio(len(out), len(item.data))
                if len(out) > notes.limits.file_bytes:
                    notes.unseen(Reason.TOO_LARGE, item, name)
                    break
            if len(out) < entry.length:
                broken = True
            unpack.examine_member(bytes(out), name, item, notes)
    finally:
        library.lha_reader_free(reader)
        library.lha_input_stream_free(stream)
    return seen, broken


def header_count(data: bytes) -> tuple[int, bool]:
    """How many headers a chain of LZH headers has, and whether it ends where it should."""
    names, whole = headers(data)
    return len(names), whole


def headers(data: bytes) -> tuple[list[tuple[bytes, bytes]], bool]:
    """Method and raw name of each member, and whether the chain ends where it should (lha's header.doc, levels 0 to 3).

    A header that says nothing about its length, or leads outside the data, ends the walk as broken.
    """
    at = 0
    found: list[tuple[bytes, bytes]] = []
    while at < len(data):
        if data[at] == 0 and not (len(data) > at + 20 and data[at + 20] == 2):
            return found, True  # the end mark
        if len(data) < at + 22 or data[at + 2 : at + 3] != b"-" or data[at + 6 : at + 7] != b"-":
            return found, bool(found)  # padding or a signature after the last member
        level = data[at + 20]
        packed = struct.unpack_from("<I", data, at + 7)[0]
        if level in {0, 1}:
            size = data[at] + 2
        elif level == 2:
            size = struct.unpack_from("<H", data, at)[0]
        elif level == 3 and len(data) >= at + 28:
            size = struct.unpack_from("<I", data, at + 24)[0]
        else:
            return found, False
        if size < 22 or at + size + packed > len(data):
            return found, False
        found.append((data[at + 2 : at + 7], _raw_name(data, at, level)))
        at += size + packed
    return found, True


def _raw_name(data: bytes, at: int, level: int) -> bytes:
    """The name with its folder, as bytes: liblhasa takes the second octet of many CP932 characters for a separator."""
    name = folder = b""
    start, width = {2: (24, 2), 3: (28, 4)}.get(level, (22, 2))
    where = at + start
    if level in {0, 1}:
        length = data[at + 21]
        name = data[where : where + length]
        where += length + 3  # CRC-16 and the system's letter
        if level == 0:
            return name
    for _ in range(64):
        size = int.from_bytes(data[where : where + width], "little")
        where += width
        if size <= width or where + size > len(data):
            break
        kind, body = data[where], data[where + 1 : where + size - width]
        if kind == 1:
            name = body
        elif kind == 2:
            folder = body.replace(b"\xff", b"/")  # header.doc: 0xFF parts folders
        where += size - width
    return folder + name
