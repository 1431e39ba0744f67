"""Compressed streams, one layer at a time: peeling all of them at once never ends on a stream that holds itself."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Any, Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor, Reason

_STEP: Final = 256 << 10
_MEMBERS: Final = 10_000


def _engine(kind: str) -> Any | None:
    if kind == "gz":
        return zlib.decompressobj(-15)  # the checksum is left to nobody: readers differ about a wrong one, and show the data
    if kind == "bz2":
        return bz2.BZ2Decompressor()
    if kind in {"xz", "lzma"}:
        return lzma.LZMADecompressor(memlimit=256 << 20)
    if kind == "zst":
        import zstandard  # noqa: PLC0415 - only for Zstandard

        return zstandard.ZstdDecompressor(max_window_size=128 << 20).decompressobj()
    return None


def readable(kind: str) -> bool:
    """Whether this module reads the kind."""
    return kind in {"gz", "bz2", "xz", "lzma", "zst"}


def expand(item: Item, kind: str, notes: Notebook) -> bytes:
    """The content of one layer, all members of it joined; faults are noted.  Raises BoundHitError on a bomb."""
    out, rest = bytearray(), item.data
    try:
        for _ in range(_MEMBERS):
            engine = _engine(kind)
            if kind == "gz":
                rest = rest[_gzip_header(rest) :]
            rest = _one(engine, rest, kind, item, notes, out)
            rest = rest[8:] if kind == "gz" else rest  # CRC-32 and length, RFC 1952 2.3.1
            if not rest.strip(b"\0") or len(out) > notes.limits.file_bytes:
                break
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        # What follows the last whole member is padding to most readers.
        if not out or "trailing" not in str(error):
            _damaged(item, kind, notes)
    except MemoryError:
        notes.unseen(Reason.OUT_OF_MEMORY, item)
    except Exception as error:  # zstandard has an error type of its own, which is loaded only with it
        if type(error).__name__ != "ZstdError":
            raise
        _damaged(item, kind, notes)
    return bytes(out)


def _gzip_header(data: bytes) -> int:
    """The length of a member's header (RFC 1952 2.3).  Raises :class:`ValueError`."""
    if data[:3] != b"\x1f\x8b\x08" or len(data) < 18:
        raise ValueError("trailing data")
    flags, at = data[3], 10
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for bit in (8, 16):
        if flags & bit:
            end = data.find(b"\0", at)
            at = len(data) if end < 0 else end + 1
    return at + (2 if flags & 2 else 0)


def _one(engine: Any, data: bytes, kind: str, item: Item, notes: Notebook, out: bytearray) -> bytes:
    """Expand one member onto *out* in bounded steps; returns what follows it."""
    view, at = memoryview(data), 0
    step = 16 << 10 if kind == "gz" else 4 << 10  # 4 KiB of bzip2 or LZMA can be many megabytes
    while at < len(view):
        feed: bytes = bytes(view[at : at + step])
        at += len(feed)
        while feed:
            block = engine.decompress(feed, _STEP) if kind != "zst" else engine.decompress(feed)
            feed = engine.unconsumed_tail if kind == "gz" else b""
            _count(block, at, item, notes, out)
            while kind in {"bz2", "xz", "lzma"} and not engine.eof and not engine.needs_input:
                _count(engine.decompress(b"", _STEP), at, item, notes, out)
            if len(out) > notes.limits.file_bytes:
                notes.unseen(Reason.TOO_LARGE, item)
                return b""
        if engine.eof:
            return bytes(engine.unused_data) + bytes(view[at:])
    notes.unseen(Reason.MISSING_BYTES, item)
    return b""


def _count(block: bytes, fed: int, item: Item, notes: Notebook, out: bytearray) -> None:
    out += block
    notes.account.output(len(block))
    notes.account.ratio(len(out), len(item.data) if len(item.data) < (1 << 20) else fed)


def _damaged(item: Item, kind: str, notes: Notebook) -> None:
    notes.found(Factor.MALFORMED, item, "malformed", kind=kind)
    notes.unseen(Reason.DAMAGED, item)
