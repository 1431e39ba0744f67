"""Writing reports: whole or not at all, and readable by their owner only.

A report quotes a city's firewall rules, so its file mode is 0600.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write *data*, whole or in parts, so that *path* never holds half of it.  Raises :class:`OSError`.

    The temporary file is in the same directory, because rename(2) is atomic only within one file system.
    A device or pipe (``/dev/stdout``) is written directly.
    """
    parts = (data,) if isinstance(data, bytes) else data
    if _is_special(path):
        with path.open("wb") as special:
            special.writelines(parts)
        return
    target = Path(os.path.realpath(path))  # write through a symbolic link instead of replacing it
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, target)  # noqa: PTH105 - the name is a string from mkstemp
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - the same
        raise
    _sync_directory(target.parent)


def encode(text: str) -> bytes:
    """UTF-8; a byte of an input that was no text becomes an escape, which is also valid inside JSON strings."""
    return text.encode("utf-8", "backslashreplace")


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _sync_directory(directory: Path) -> None:
    """Make the rename itself durable; some file systems refuse to sync a directory, and then there is nothing to do."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
