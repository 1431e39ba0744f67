"""Where the bytes of a transfer go while it runs: hash, size, beginning, and a bounded spool that nobody else can read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from typing import Final

#: Up to here a file stays in memory (a memfd, which swap aside never reaches a disk).
IN_MEMORY: Final = 1 << 20
HEAD: Final = 4096


@dataclass(frozen=True, slots=True)
class Spooled:
    """What a sink has: ``handle``, a descriptor to read at offset 0; ``size`` of the whole transfer; ``sha256`` in hex."""

    handle: int
    size: int
    sha256: str


class FileSink:
    """Takes a file in order, as it arrives.

    ``head``: the first 4 KiB; ``limit``: how many bytes are spooled, the rest is only hashed and counted; ``missing``: set by
    :meth:`gap`.  The spool is an unlinked file (O_TMPFILE, or its equal) in *directory* or the system's temporary folder.
    """

    def __init__(self, *, limit: int, directory: str | None = None) -> None:
        self.limit = limit
        self.size = 0
        self.head = b""
        self.missing = False
        self._directory = directory
        self._hash = hashlib.sha256()
        self._spooled = 0
        self._handle = os.memfd_create("sekisho", os.MFD_CLOEXEC)
        self._on_disk = False
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append *data*."""
        assert not self._closed
        self._hash.update(data)
        if len(self.head) < HEAD:
            self.head += bytes(data[: HEAD - len(self.head)])
        self.size += len(data)
        room = self.limit - self._spooled
        if room <= 0:
            return
        kept = bytes(data[:room])
        if not self._on_disk and self._spooled + len(kept) > IN_MEMORY:
            self._move_to_disk()
        at = 0
        while at < len(kept):
            at += os.pwrite(self._handle, kept[at:], self._spooled + at)
        self._spooled += len(kept)

    def gap(self, length: int) -> None:
        """Note that *length* bytes did not arrive (0: unknown); the file is then incomplete, and its hash is of what did."""
        assert length >= 0
        self.missing = True

    @property
    def sha256(self) -> str:
        """The SHA-256 of all bytes so far, in hex."""
        return self._hash.hexdigest()

    def spooled(self) -> Spooled:
        """What was written; the descriptor stays the sink's and is closed with it."""
        return Spooled(self._handle, self.size, self.sha256)

    def close(self) -> None:
        """Give the spool back; twice does no harm."""
        if not self._closed:
            self._closed = True
            os.close(self._handle)

    def _move_to_disk(self) -> None:
        """Large files go to disk: a hundred uploads at once must not fill the memory."""
        with tempfile.TemporaryFile(prefix="sekisho-", dir=self._directory) as stream:  # mode 0600, unlinked at once
            handle = os.dup(stream.fileno())
        at = 0
        while block := os.pread(self._handle, 1 << 20, at):
            at += os.pwrite(handle, block, at)
        os.close(self._handle)
        self._handle = handle
        self._on_disk = True
