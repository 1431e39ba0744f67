"""The octets of a capture file in large pieces, decompressed if need be, hashed on the way.

A second thread hashes.  It reads what the caller's thread has just read once more from the page cache into a
small buffer of its own: handing over the buffer itself moves every cache line between two cores, which took
four times as long as reading again.  Reading and hashing release the interpreter's lock.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import numpy.typing as npt

from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text
from sensors.capture.summary import BAD_GZIP, READ_ERROR
from sensors.kernels.records import MAX_FRAME

#: Octets read at once: 1 to 4 MiB is fastest, it stays in the cache between reading and decoding.
CHUNK = 2 << 20
#: Room in front of each piece for the unfinished record of the piece before.
CARRY = 2 * MAX_FRAME + (1 << 20) + 64
GZIP_MAGIC = b"\x1f\x8b"
_COMPRESSED = 1 << 18
#: Pieces up to this are hashed at once: handing them over costs more.
_HASH_ASIDE = 1 << 16


class _File:
    """The file as it is stored; what has been read of it is hashed, at once or by the second thread."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._again = stat.S_ISREG(os.fstat(file.fileno()).st_mode)  # a pipe cannot be read twice
        self._scratch = bytearray(_COMPRESSED)
        self._worker: ThreadPoolExecutor | None = None
        self._hashing: Future[None] | None = None
        self.size = 0
        self.problem: Text | None = None

    def fill(self, view: memoryview) -> int:
        """Read until *view* is full or the file ends; octets read.  A read error is kept in ``problem``."""
        done = 0
        while done < len(view):
            try:
                got = self._file.readinto(view[done:])  # type: ignore[attr-defined]
            except OSError as error:
                self.problem = READ_ERROR.format(reason=os_reason(error))
                break
            if not got:
                break
            done += got
        start = self.size
        self.size += done
        if self._again and done > _HASH_ASIDE:
            if self._worker is None:
                self._worker = ThreadPoolExecutor(1, thread_name_prefix="capture-hash")
            self._hashing = self._worker.submit(self._hash, start, done)  # one worker: in order
        elif done:
            self._settle()
            self._digest.update(view[:done])
        return done

    def _hash(self, start: int, size: int) -> None:
        """Read a range again and hash it.  Raises :class:`OSError` if it cannot be had any more."""
        scratch = memoryview(self._scratch)
        while size:
            got = os.preadv(self._file.fileno(), [scratch[: min(size, len(scratch))]], start)
            if not got:
                raise OSError(errno.EIO, "the file became shorter while it was read")
            self._digest.update(scratch[:got])
            start += got
            size -= got

    def _settle(self) -> None:
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None

    @property
    def busy(self) -> bool:
        """Whether the second thread has something left to hash."""
        return self._hashing is not None and not self._hashing.done()

    def drain(self) -> None:
        """Read the rest, only to hash it."""
        scratch = memoryview(bytearray(_COMPRESSED))
        while self.problem is None and self.fill(scratch):
            pass

    def hexdigest(self) -> str:
        """SHA-256 of what has been read; empty if the file changed under the reader."""
        try:
            self._settle()
        except OSError as error:
            self.problem = READ_ERROR.format(reason=os_reason(error))
            return ""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Stop hashing and close the file; a second call does nothing."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown(wait=True, cancel_futures=True)
        self._file.close()


class _Gzip:
    """The members of a gzip file (RFC 1952 2.2) one after the other, never more than the piece asked for."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._input = bytearray(_COMPRESSED)
        self._pending = b""
        self._inflate = zlib.decompressobj(wbits=31)
        self._ended = False
        self.problem: Text | None = None

    def fill(self, view: memoryview) -> int:
        """Decompress until *view* is full or the data ends or is corrupt."""
        done = 0
        while done < len(view) and not self._ended:
            if not self._pending:
                got = self._file.fill(memoryview(self._input))
                self._pending = bytes(self._input[:got])
            if not self._pending:
                self._ended = True
                if not self._inflate.eof:
                    self.problem = self._file.problem or BAD_GZIP.format(reason="unexpected end of data")
                break
            try:
                if self._inflate.eof:  # zero padding may follow the last member
                    if not self._pending.startswith(GZIP_MAGIC):
                        self._ended = True
                        break
                    self._inflate = zlib.decompressobj(wbits=31)
                before = self._inflate.copy()  # a failing call loses what it had decompressed
                piece = self._inflate.decompress(self._pending, len(view) - done)
            except zlib.error as error:
                self._ended = True
                self.problem = BAD_GZIP.format(reason=str(error))
                done += _until_damage(before, self._pending, view[done:])
                break
            self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            view[done : done + len(piece)] = piece
            done += len(piece)
        return done


def _until_damage(inflate: zlib._Decompress, damaged: bytes, view: memoryview) -> int:
    """Decompress the octets that come out of *damaged* before it fails, by single octets; how many."""
    done = 0
    with contextlib.suppress(zlib.error):
        for at in range(len(damaged)):
            if done == len(view):
                break
            piece = inflate.decompress(damaged[at : at + 1], len(view) - done)
            view[done : done + len(piece)] = piece
            done += len(piece)
    return done


class Source:
    """Pieces of a capture, each with room in front for what the last one left over."""

    def __init__(self, path: Path, chunk: int = CHUNK) -> None:
        """Open *path*.  Raises :class:`OSError`."""
        file = path.open("rb", buffering=0)
        head = file.read(2)
        file.seek(0)
        self._file = _File(file)
        self.gzip = head == GZIP_MAGIC
        self._stream: _File | _Gzip = _Gzip(self._file) if self.gzip else self._file
        self._chunk = chunk
        self._buffers = [np.zeros(CARRY + chunk, np.uint8) for _ in range(2)]
        self._turn = 0
        self.ended = False

    def piece(self, rest: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], int, int]:
        """The next piece behind *rest*: buffer, start, end.  The buffer is valid until the call after the next."""
        buffer = self._buffers[self._turn]
        self._turn = 1 - self._turn
        start = CARRY - len(rest)
        buffer[start:CARRY] = rest
        got = self._stream.fill(buffer.data[CARRY:])
        self.ended = got < self._chunk
        return buffer, start, CARRY + got

    @property
    def problem(self) -> Text | None:
        """What stopped the stream before its end, if anything."""
        return self._stream.problem or self._file.problem

    @property
    def busy(self) -> bool:
        """Whether the second thread has something left to hash."""
        return self._file.busy

    def finish(self) -> tuple[int, str]:
        """Read what is left only to hash it; size and SHA-256 of the file as stored."""
        self._file.drain()
        return self._file.size, self._file.hexdigest()

    def close(self) -> None:
        """Stop hashing and close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """Close."""
        self.close()
