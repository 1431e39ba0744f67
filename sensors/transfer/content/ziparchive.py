"""ZIP: the directory as the standard library reads it, members within bounds, and the tricks of directories."""

from __future__ import annotations

import io
import itertools
import zipfile
import zlib
from typing import Final

from sensors.transfer.content import kinds, unpack
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.limits import BoundHitError
from sensors.transfer.mail.charsets import member_name
from sensors.transfer.verdict import Factor, Reason

#: What zipfile and its decompressors raise on hostile input.
ERRORS: Final = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError, IndexError,
    UnicodeError,
)  # fmt: skip
_STEP: Final = 256 << 10


def open_zip(data: bytes) -> zipfile.ZipFile | None:
    """The archive, or ``None`` when it has no directory that can be read."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except ERRORS:
        return None


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, item: Item, notes: Notebook) -> bytes | None:
    """The content of a member; ``None``, noted, where it cannot be had.

    Raises :class:`BoundHitError` when it expands beyond the bounds; the directory's own sizes are not believed.
    """
    name = shown_name(info)
    if info.flag_bits & 0x1:  # APPNOTE 4.4.4 bit 0
        notes.found(Factor.ENCRYPTED, item, "encrypted_member", name)
        notes.unseen(Reason.ENCRYPTED, item, name)
        return None
    out = bytearray()
    packed = info.compress_size or len(item.data)
    try:
        with archive.open(info) as stream:
            while block := stream.read(_STEP):
                out += block
                notes.account.output(len(block))
                notes.account.ratio(len(out), min(packed, len(item.data)))
                if len(out) > notes.limits.file_bytes:
                    notes.unseen(Reason.TOO_LARGE, item, name)
                    return bytes(out)
    except ERRORS as error:
        return _otherwise(info, item, notes, error, bytes(out))
    return bytes(out)


def _otherwise(info: zipfile.ZipInfo, item: Item, notes: Notebook, error: Exception, partial: bytes) -> bytes | None:
    """Methods that the standard library does not know (PPMd, zstd, deflate64, implode) are left to libarchive."""
    name = shown_name(info)
    if isinstance(error, NotImplementedError) or info.compress_type not in {0, 8, 12, 14}:
        found = unpack.one_member(item, notes, info.filename)
        if found is not None:
            return found
        notes.unseen(Reason.UNSUPPORTED, item, name)
        return None
    # Entries that share their bytes are noted as what they are.
    if not any(f.detail == "bomb_overlap" and f.where == item.place() for f in notes.factors):
        notes.found(Factor.MALFORMED, item, "malformed", name, kind="zip")
    notes.unseen(Reason.DAMAGED, item, name)
    return partial or None


def shown_name(info: zipfile.ZipInfo) -> str:
    """The member's name: bit 11 says UTF-8 (APPNOTE 4.4.4), else the bytes are in the maker's code page, in Japan CP932."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return member_name(raw)


def examine_zip(archive: zipfile.ZipFile, item: Item, notes: Notebook) -> None:
    """Examine the members of a plain ZIP."""
    infos = archive.infolist()
    _overlaps(infos, item, notes)
    _hidden(archive, item, notes)
    for info in infos:
        name = shown_name(info)
        unpack.examine_path(name, item, notes)
        if info.is_dir():
            continue
        if info.external_attr >> 28 == 0xA and info.file_size < 4096:  # a symbolic link: S_IFLNK in the upper half
            target = read_member(archive, info, item, notes)
            unpack.examine_link(name, (target or b"").decode("utf-8", "replace"), item, notes)
            continue
        try:
            data = read_member(archive, info, item, notes)
        except BoundHitError as error:
            notes.bound(error, item)
            if error.what != "ratio":
                return
            continue
        if data is None:
            notes.account.member()
            unpack.examine_unread_name(name, item, notes)
        else:
            unpack.examine_member(data, name, item, notes)


def _overlaps(infos: list[zipfile.ZipInfo], item: Item, notes: Notebook) -> None:
    """Entries that share stored bytes: the trick by which a small archive expands without bound or quine."""
    spans = sorted((i.header_offset, i.header_offset + 30 + i.compress_size) for i in infos if not i.is_dir())
    if any(b[0] < a[1] for a, b in itertools.pairwise(spans)):
        notes.found(Factor.ARCHIVE_BOMB, item, "bomb_overlap")


def _hidden(archive: zipfile.ZipFile, item: Item, notes: Notebook) -> None:
    """Local headers that the directory does not list: some programs unpack them, others never see them."""
    listed = {i.header_offset for i in archive.infolist()}
    first = min(listed, default=0)
    at, hidden = item.data.find(b"PK\x03\x04", 0, max(first, 0)), 0
    while 0 <= at < first and hidden < 8:
        if at not in listed:
            hidden += 1
        at = item.data.find(b"PK\x03\x04", at + 4, first)
    if hidden and first:
        inner = item.data[:first]
        if kinds.identify(inner) == "zip" and open_zip(inner) is not None:
            notes.found(Factor.POLYGLOT, item, "polyglot", first="zip", second="zip")
            notes.inner(item, inner, "PK", Inside.ARCHIVE, by_name=False)


def examine_directory(archive: zipfile.ZipFile, item: Item, notes: Notebook) -> None:
    """The tricks of the directory alone, for packages whose members are examined as parts."""
    _overlaps(archive.infolist(), item, notes)
    for info in archive.infolist():
        unpack.examine_path(shown_name(info), item, notes)


def prefix(data: bytes, archive: zipfile.ZipFile) -> int:
    """How many bytes stand before the first member."""
    first = min((i.header_offset for i in archive.infolist()), default=0)
    return first if data[first : first + 2] == b"PK" else 0


def locked(data: bytes) -> bool:
    """Whether the first member is encrypted, for archives whose directory is encrypted too (APPNOTE 7.3, bits 0 and 13)."""
    return data[:4] == b"PK\x03\x04" and len(data) > 8 and bool(data[6] & 1)


def ends_as_zip(data: bytes) -> bool:
    """Whether a ZIP directory stands at the end: programs that unpack look there, whatever the beginning is (APPNOTE 4.3.1)."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    return at >= 0 and b"PK\x01\x02" in data and open_zip(data) is not None
