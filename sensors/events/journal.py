"""A file of event lines that is rotated, flushed at once, and survives a full disk.

A line that cannot be written is counted with its reason and given up: the sensor goes on, and the metrics tell how many
events the file does not have.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

#: Reasons for the metrics, by error number; a closed set.
_REASONS = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EACCES: "no_permission", errno.EROFS: "read_only"}


@dataclass(slots=True)
class Journal:
    """Appends lines to *path*; at *max_bytes* it becomes ``path.1``, the older ones move on, the *keep*-th goes.

    ``lost`` counts lines by reason (disk_full, no_permission, read_only, other), ``written`` those that are on the file.
    """

    path: Path
    max_bytes: int = 64 << 20
    keep: int = 9
    sync: bool = True
    written: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    _fd: int = -1
    _size: int = 0
    _torn: bool = False  # the last write ended inside a line

    def append(self, lines: Iterable[str]) -> None:
        """Write complete lines (without line feeds); each is on the file, or counted as lost, when this returns."""
        done = 0
        for line in lines:
            octets = line.replace("\n", " ").encode("utf-8", "backslashreplace") + b"\n"
            if self._write(octets):
                done += 1
        if done and self.sync and self._fd >= 0:
            with contextlib.suppress(OSError):  # a pipe or a character device cannot be synchronised
                os.fdatasync(self._fd)
        self.written += done

    def reopen(self) -> None:
        """After somebody else (logrotate) has moved the file."""
        self.close()

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, octets: bytes) -> bool:
        try:
            if self._fd < 0:
                self._open()
            elif self._size + len(octets) > self.max_bytes and self._size:
                self._rotate()
            if self._torn:  # end the torn line, so that only it is lost
                octets = b"\n" + octets
            done = 0
            while done < len(octets):
                count = os.write(self._fd, octets[done:])
                self._size += count
                done += count
                self._torn = done < len(octets)
        except OSError as e:
            reason = _REASONS.get(e.errno or 0, "other")
            self.lost[reason] = self.lost.get(reason, 0) + 1
            if e.errno not in (errno.ENOSPC, errno.EDQUOT):
                self.close()  # the next line tries from the beginning
            return False
        return True

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Readable by the group: a log collector reads it, other users do not.
        self._fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._size = os.fstat(self._fd).st_size
        self._torn = bool(self._size) and os.pread(self._fd, 1, self._size - 1) != b"\n"

    def _rotate(self) -> None:
        self.close()
        for n in range(self.keep, 0, -1):
            older = self._numbered(n)
            if n == self.keep:
                older.unlink(missing_ok=True)
            else:
                with contextlib.suppress(FileNotFoundError):
                    older.rename(self._numbered(n + 1))
        if self.keep:
            self.path.rename(self._numbered(1))
        else:
            self.path.unlink()
        self._open()

    def _numbered(self, n: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{n}")
