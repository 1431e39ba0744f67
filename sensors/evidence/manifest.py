"""The custody record of evidence: JSON lines, each with the SHA-256 of the one before it.

Whoever changes, removes or inserts a line or a slice breaks the chain from there on.  A chain cut at its end is whole in
itself: that is why its newest hash also goes into the events, which leave the machine, and ``verify`` can be given one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.jsonl"
#: What the first entry names as its predecessor.
GENESIS = "0" * 64
#: Longest line read back; a longer one is a damaged file.
_LINE_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record, with its number from 1."""

    number: int
    kind: str  # slice | expired | freeze | unfreeze | lost | repaired
    at: str  # RFC 3339, UTC
    values: dict[str, Any]
    previous: str
    hash: str


def entry_hash(body: dict[str, Any]) -> str:
    """SHA-256 over the entry without its own hash: keys sorted, no spaces, UTF-8 (hex)."""
    return hashlib.sha256(_canonical({k: v for k, v in body.items() if k != "hash"})).hexdigest()


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "backslashreplace")


def utc(ns: int) -> str:
    """Nanoseconds since the epoch as RFC 3339 with microseconds; a time outside the calendar is the epoch itself."""
    try:
        at = dt.datetime.fromtimestamp(ns // 1_000_000_000, tz=dt.UTC)
    except (OverflowError, OSError, ValueError):
        return "1970-01-01T00:00:00.000000Z"
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000 // 1000:06d}Z"


def append(folder: Path, kind: str, at_ns: int, values: dict[str, Any]) -> Entry:
    """Add an entry; sensor and command line may both write, so the file is locked meanwhile.

    A torn last line (power failure) is cut off and recorded as ``repaired``.  Raises :class:`OSError`.
    """
    fd = os.open(folder / MANIFEST, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        number, previous, torn = _tail(fd)
        if torn:
            number, previous = _write(fd, number + 1, "repaired", at_ns, {"octets": torn}, previous)
        number, hashed = _write(fd, number + 1, kind, at_ns, values, previous)
        os.fsync(fd)
    finally:
        os.close(fd)
    return Entry(number, kind, utc(at_ns), values, previous, hashed)


def head(folder: Path) -> str:
    """The hash of the newest whole entry, :data:`GENESIS` where there is none.  Raises :class:`OSError`."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LINE_ROOM))
            lines = [entry for line in file.readlines() if (entry := _parsed(line)) is not None]
    except FileNotFoundError:
        return GENESIS
    return lines[-1].hash if lines else GENESIS


def _write(fd: int, number: int, kind: str, at_ns: int, values: dict[str, Any], previous: str) -> tuple[int, str]:
    body: dict[str, Any] = {"n": number, "kind": kind, "at": utc(at_ns), **values, "previous": previous}
    hashed = entry_hash(body)
    octets = _canonical(body | {"hash": hashed}) + b"\n"
    size = os.fstat(fd).st_size
    done = 0
    try:
        while done < len(octets):
            done += os.write(fd, octets[done:])
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(fd, size)  # nothing is left half-written
        raise
    return number, hashed


def _tail(fd: int) -> tuple[int, str, int]:
    """Number and hash of the last whole entry, and how many octets of a torn line were cut off."""
    size = os.fstat(fd).st_size
    chunk = os.pread(fd, _LINE_ROOM, max(0, size - _LINE_ROOM))
    whole, feed, rest = chunk.rpartition(b"\n")
    if rest:
        os.ftruncate(fd, size - len(rest))
    if not feed:
        return 0, GENESIS, len(rest)
    last = whole.rpartition(b"\n")[2]
    try:
        body = json.loads(last)
        return int(body["n"]), str(body["hash"]), len(rest)
    except (
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ):  # damaged by another hand: the chain breaks here, and verify says so
        return 0, hashlib.sha256(last).hexdigest(), len(rest)


def entries(folder: Path) -> Iterator[tuple[int, Entry | None]]:
    """Every line with its number; ``None`` for a line that is no entry.  Raises :class:`OSError`."""
    with (folder / MANIFEST).open("rb") as file:
        number = 0
        while line := file.readline(_LINE_ROOM):
            number += 1
            yield number, _parsed(line)


def _parsed(line: bytes) -> Entry | None:
    try:
        body = json.loads(line)
        if not isinstance(body, dict) or not line.endswith(b"\n") or body["hash"] != entry_hash(body):
            return None
        kept = {k: v for k, v in body.items() if k not in {"n", "kind", "at", "previous", "hash"}}
        return Entry(int(body["n"]), str(body["kind"]), str(body["at"]), kept, str(body["previous"]), str(body["hash"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
