"""Read a capture file as blocks of frames."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text
from sensors.capture.formats import Classic, Format, PcapNg, recognise
from sensors.capture.source import CHUNK, Source
from sensors.capture.summary import (
    TRUNCATED_RECORD,
    UNREADABLE,
    CaptureError,
    CaptureSummary,
    Damage,
)
from sensors.kernels.block import Block

#: Frames in a block at most; the columns of a block are allocated once.
BLOCK_FRAMES = 1 << 14
_NOTHING = np.zeros(0, np.uint8)


class Columns:
    """The columns that the walkers fill."""

    def __init__(self, size: int = BLOCK_FRAMES) -> None:
        self.offsets = np.zeros(size, np.int64)
        self.captured = np.zeros(size, np.int64)
        self.wire = np.zeros(size, np.int64)
        self.ts = np.zeros(size, np.int64)
        self.interface = np.zeros(size, np.int32)
        self.no_vlan = np.full(size, -1, np.int32)


class CaptureReader:
    """Iterate once over the blocks of one capture file; then ask for :meth:`summary`."""

    def __init__(self, path: Path, *, name: str | None = None, chunk: int = CHUNK) -> None:
        """Open and recognise the file.

        *name* is what messages call it (default: as given).  Raises :class:`CaptureError`.
        """
        self.name = str(path) if name is None else name
        try:
            self._source = Source(path, chunk)
        except OSError as error:
            raise CaptureError(UNREADABLE.format(file=self.name, reason=os_reason(error)), usage=True) from None
        try:
            self._buffer, self._at, self._end = self._source.piece(_NOTHING)
            self.format: Format = recognise(self._buffer[self._at : self._end], self.name, self._source.problem)
        except BaseException:
            self._source.close()
            raise
        self._position = -self._at  # offset in the stream of buffer[0]
        self._packets = self._octets = self._captured = self._beyond = 0
        self._first: int | None = None
        self._last: int | None = None
        self._damage: Damage | None = None
        self._done = False
        weakref.finalize(self, self._source.close)  # where nobody asks for the summary
        self._digest: tuple[int, str] | None = None
        if self._source.ended:  # a small file is held no longer: thousands may be opened before the first is walked
            self._finish()

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks; each is valid until the next is asked for."""
        try:
            yield from self._blocks(Columns())
            self._done = True
            if not self._source.busy:  # else hashing goes on while the caller looks at what was read
                self._finish()
        finally:
            if not self._done:
                self._source.close()

    def _finish(self) -> tuple[int, str]:
        """Size and SHA-256 of the file; closes it."""
        if self._digest is None:
            self._digest = self._source.finish()
            self._source.close()
        return self._digest

    def _blocks(self, columns: Columns) -> Iterator[Block]:
        at = self._at + self.format.header
        begun = 0  # offset in the stream of the record that is not finished
        while True:
            step = self.format.walk(self._buffer, at, self._end, columns)
            if step.count:
                yield self._block(columns, step.count)
            at = step.at
            if step.damage is not None:
                self._damage = Damage(self._position + at, step.damage)
                return
            if step.again:
                continue
            left = self._end - at
            if step.passed >= 0 or left >= 0:
                begun = self._position + (step.passed if step.passed >= 0 else at)
            if self._source.ended:
                problem: Text | None = self._source.problem
                unfinished = self._position + self._end - begun
                if problem is None and unfinished:
                    problem = TRUNCATED_RECORD.format(left=unfinished)
                if problem is not None:
                    self._damage = Damage(begun, problem)
                return
            rest = self._buffer[at : self._end] if left > 0 else _NOTHING
            skip = max(-left, 0)
            passed = self._position + at
            self._buffer, at, self._end = self._source.piece(rest)
            self._position = passed - at + (0 if left >= 0 else -skip)
            at += skip

    def _block(self, columns: Columns, count: int) -> Block:
        """The first *count* frames of the columns as a block; adds them to the totals."""
        ts, wire, captured = columns.ts[:count], columns.wire[:count], columns.captured[:count]
        links, snaplens = self.format.interface_columns()
        interface = columns.interface[:count]
        block = Block(
            buffer=self._buffer,
            offsets=columns.offsets[:count],
            captured=captured,
            wire=wire,
            ts=ts,
            link=links[interface],
            interface=interface,
            vlan=columns.no_vlan[:count],
            first_number=self._packets + 1,
        )
        self._packets += count
        self._octets += int(wire.sum())
        self._captured += int(captured.sum())
        self._beyond += _longer(captured, snaplens, interface)
        low, high = int(ts.min()), int(ts.max())
        self._first = low if self._first is None else min(self._first, low)
        self._last = high if self._last is None else max(self._last, high)
        return block

    def summary(self) -> CaptureSummary:
        """Totals of the file; waits for its hash.  Raises :class:`RuntimeError` before the last block was taken."""
        if not self._done:
            raise RuntimeError("the capture has not been read to its end")
        size, digest = self._finish()
        return CaptureSummary(
            file=self.name,
            format=self.format.name,
            gzip=self._source.gzip,
            size=size,
            sha256=digest,
            packets=self._packets,
            octets=self._octets,
            captured=self._captured,
            first=self._first,
            last=self._last,
            interfaces=self.format.interfaces(),
            sections=self.format.sections,
            damage=self._damage,
            beyond_snaplen=self._beyond,
        )


def _longer(captured: npt.NDArray[np.int64], snaplens: npt.NDArray[np.int64], interface: npt.NDArray[np.int32]) -> int:
    """Frames longer than their interface's declared capture length (0 declares none)."""
    limit = snaplens[interface]
    return int(((captured > limit) & (limit > 0)).sum())


def open_capture(path: Path | str, *, name: str | None = None, chunk: int = CHUNK) -> CaptureReader:
    """Open a pcap or pcapng file, plain or gzip.  Raises :class:`CaptureError`, whose message is for the user."""
    return CaptureReader(Path(path), name=name, chunk=chunk)


__all__ = ["CaptureError", "CaptureReader", "CaptureSummary", "Classic", "Damage", "PcapNg", "open_capture"]
