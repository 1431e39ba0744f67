"""Files while they arrive: in order, or in pieces anywhere; bounded in memory, on disk and in number."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from bisect import insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final

from sensors.transfer.sink import FileSink

_SMALL: Final = 64 << 10
_BLOCK: Final = 1 << 20
_PIECES: Final = 1 << 16


@dataclass(slots=True, kw_only=True)
class Quota:
    """What all open files together may take.

    ``file_bytes``: of one file that are kept (more is hashed and counted); ``open_files``: files larger than 64 KiB at one
    time; ``sparse_bytes``: of one file that comes in pieces; ``counts``: ``file_limit``, ``open_files_limit``,
    ``sparse_limit``.
    """

    file_bytes: int = 100 << 20
    open_files: int = 256
    sparse_bytes: int = 1 << 30
    counts: Counter[str] = field(default_factory=Counter)
    spooled: int = 0  # files open now


class Body:
    """A file in order.  ``missing``: octets did not arrive; ``sha256`` and ``size`` are of those that did."""

    __slots__ = ("_hash", "_quota", "_sink", "_small", "missing", "over", "size")

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._small = bytearray()
        self._sink: FileSink | None = None
        self._hash: hashlib._Hash | None = None
        self.missing = False
        self.over = False  # hashed only: there was no room to keep it
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append."""
        self.size += len(data)
        if self._sink is not None:
            if self.size > self._quota.file_bytes and not self.over:
                self.over = True
                self._quota.counts["file_limit"] += 1
            self._sink.write(data)
        elif self._hash is not None:
            self._hash.update(data)
        else:
            self._small += data
            if len(self._small) > _SMALL:
                self._spool()

    def gap(self, length: int) -> None:
        """*length* octets are missing here (0: unknown)."""
        assert length >= 0
        self.missing = True

    @property
    def sha256(self) -> str:
        """Hex, of all octets so far."""
        if self._sink is not None:
            return self._sink.sha256
        return (self._hash or hashlib.sha256(self._small)).hexdigest()

    @property
    def head(self) -> bytes:
        """The first octets."""
        return self._sink.head if self._sink is not None else bytes(self._small[:4096])

    def small(self) -> bytes | None:
        """The whole, if it is small."""
        return bytes(self._small) if self._sink is None and self._hash is None else None

    def blocks(self, size: int) -> Iterator[bytes]:
        """The octets that are kept, in blocks."""
        if self._sink is None:
            if self._small:
                yield bytes(self._small)
            return
        handle, at = self._sink.spooled().handle, 0
        while data := os.pread(handle, size, at):
            yield data
            at += len(data)

    def like(self) -> Body:
        """An empty one under the same quota."""
        return Body(self._quota)

    def take(self) -> FileSink | None:
        """The file as a sink for the inspector, who closes it; ``None`` if it could not be kept.  Ends this body."""
        if self._hash is not None:
            return None
        sink = self._sink
        if sink is None:
            sink = FileSink(limit=self._quota.file_bytes)
            sink.write(self._small)
        else:
            self._quota.spooled -= 1
        if self.missing:
            sink.gap(0)
        self._sink, self._small = None, bytearray()
        return sink

    def drop(self) -> None:
        """Give the room back."""
        if self._sink is not None:
            self._quota.spooled -= 1
            self._sink.close()
            self._sink = None
        self._small = bytearray()

    def _spool(self) -> None:
        if self._quota.spooled >= self._quota.open_files:
            self._quota.counts["open_files_limit"] += 1
            self.over = True
            self._hash = hashlib.sha256(self._small)
        else:
            self._quota.spooled += 1
            self._sink = FileSink(limit=self._quota.file_bytes)
            self._sink.write(self._small)
        self._small = bytearray()


class Sparse:
    """A file in pieces: later pieces win, as they do in the receiver's file."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._spool: IO[bytes] = io.BytesIO()
        self._on_disk = False
        self._spans: list[tuple[int, int]] = []  # disjoint, in order: begin, end
        self.missing = False
        self.received = 0

    @property
    def end(self) -> int:
        """Behind the last octet."""
        return self._spans[-1][1] if self._spans else 0

    def put(self, at: int, data: bytes) -> None:
        """*data* stands at offset *at*."""
        end = at + len(data)
        if not data:
            return
        if at < 0 or end > self._quota.sparse_bytes or len(self._spans) > _PIECES:
            if not self.missing:
                self._quota.counts["sparse_limit"] += 1
            self.missing = True
            return
        if end > _BLOCK and not self._on_disk:
            kept = self._spool
            self._spool, self._on_disk = tempfile.TemporaryFile(prefix="sekisho-"), True  # noqa: SIM115 - closed by drop()
            self._spool.write(kept.read() if kept.seek(0) == 0 else b"")
        self._spool.seek(at)
        self._spool.write(data)
        self.received += len(data)
        spans = self._spans
        if spans and spans[-1][0] <= at <= spans[-1][1]:  # the usual case: it goes on at the end
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            return
        low, high = at, end
        apart = []
        for begin, stop in spans:
            if stop < low or begin > high:
                apart.append((begin, stop))
            else:
                low, high = min(low, begin), max(high, stop)
        insort(apart, (low, high))
        self._spans = apart

    def whole(self, size: int) -> bool:
        """Whether everything before *size* is there."""
        return bool(self._spans) and self._spans[0][0] == 0 and self._spans[0][1] >= size

    def body(self, size: int | None = None) -> Body:
        """What is there as a file in order (cut at *size*), with its gaps; gives the room back."""
        out = Body(self._quota)
        out.missing = self.missing
        at, size = 0, self.end if size is None else size
        for first, last in self._spans:
            begin, stop = first, min(last, size)
            if begin >= stop:
                continue
            if begin > at:
                out.gap(begin - at)
            self._spool.seek(begin)
            while begin < stop and (data := self._spool.read(min(_BLOCK, stop - begin))):
                out.write(data)
                begin += len(data)
            at = stop
        if at < size:
            out.gap(size - at)
        self.drop()
        return out

    def drop(self) -> None:
        """Give the room back."""
        self._spool.close()
        self._spans = []
