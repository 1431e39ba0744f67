"""The folder of packet slices: written whole or not at all, bounded in octets and age, frozen on order (LT-07, LT-08)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sensors.evidence import manifest

SLICES = "slices"
FREEZE = "freeze.json"
_DAY = 86_400 * 1_000_000_000
_REASONS = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EACCES: "no_permission", errno.EROFS: "read_only"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """Bounds of the store: octets of all slices, age in days, and octets of one slice."""

    max_bytes: int = 2 << 30
    max_days: int = 366
    max_slice_bytes: int = 4 << 20


@dataclass(slots=True)
class EvidenceStore:
    """Slices with their custody record in one folder.

    ``lost`` counts slices that could not be kept, by reason: disk_full, no_permission, read_only, frozen_full, too_large,
    other.  A freeze order stops the expiry; when the room is used up meanwhile, new slices are refused, never old ones
    removed.
    """

    folder: Path
    config: StoreConfig = field(default_factory=StoreConfig)
    lost: dict[str, int] = field(default_factory=dict)
    slices: int = 0
    octets: int = 0
    head: str = ""  # hash of the newest entry this process made or found
    _held: deque[tuple[str, int, int]] = field(default_factory=deque)  # file, octets, at_ns; oldest first

    def open(self) -> None:
        """Make the folder and take stock of what an earlier run left.  Raises :class:`OSError`."""
        (self.folder / SLICES).mkdir(parents=True, exist_ok=True, mode=0o750)
        found = []
        for path in (self.folder / SLICES).iterdir():
            if path.suffix == ".part":  # a slice whose writing was cut short
                path.unlink(missing_ok=True)
            elif path.suffix == ".pcapng":
                stat = path.stat()
                found.append((stat.st_mtime_ns, path.name, stat.st_size))
        self._held = deque((name, size, at) for at, name, size in sorted(found))
        self.slices, self.octets = len(found), sum(size for _, _, size in found)
        self.head = manifest.head(self.folder)

    @property
    def frozen(self) -> bool:
        """Whether a freeze order is in force."""
        return (self.folder / FREEZE).exists()

    def add(self, data: bytes, *, at_ns: int, label: str, values: dict[str, Any]) -> manifest.Entry | None:
        """Keep one slice; ``None`` where it could not be kept (counted).  *label*: part of the file's name."""
        if len(data) > min(self.config.max_slice_bytes, self.config.max_bytes):
            self._lose("too_large")
            return None
        try:
            self.expire(at_ns, room_for=len(data))
            if self.octets + len(data) > self.config.max_bytes:
                self._lose("frozen_full")
                return None
            name = self._write(data, at_ns, label)
            entry = manifest.append(
                self.folder, "slice", at_ns,
                {"file": f"{SLICES}/{name}", "sha256": hashlib.sha256(data).hexdigest(), "octets": len(data), **values},
            )  # fmt: skip
        except OSError as e:
            self._lose(_REASONS.get(e.errno or 0, "other"))
            return None
        self.head = entry.hash
        self._held.append((name, len(data), at_ns))
        self.slices += 1
        self.octets += len(data)
        return entry

    def expire(self, now_ns: int, *, room_for: int = 0) -> int:
        """Remove what is too old, and the oldest for *room_for* octets more, each with an entry; how many went.

        Does nothing while frozen.  Raises :class:`OSError`.
        """
        gone = 0
        while self._held and not self.frozen:
            name, size, at = self._held[0]
            too_old = now_ns - at > self.config.max_days * _DAY
            if not too_old and self.octets + room_for <= self.config.max_bytes:
                break
            entry = manifest.append(
                self.folder, "expired", now_ns, {"file": f"{SLICES}/{name}", "reason": "age" if too_old else "room"}
            )  # fmt: skip
            self.head = entry.hash
            (self.folder / SLICES / name).unlink(missing_ok=True)
            self._held.popleft()
            self.slices -= 1
            self.octets -= size
            gone += 1
        return gone

    def _write(self, data: bytes, at_ns: int, label: str) -> str:
        stamp = re.sub(r"[^0-9TZ]", "", manifest.utc(at_ns))
        stem = f"{stamp}-{re.sub(r'[^A-Za-z0-9_-]', '', label)[:64]}"
        name, n = f"{stem}.pcapng", 1
        while (self.folder / SLICES / name).exists():
            n += 1
            name = f"{stem}-{n}.pcapng"
        part = self.folder / SLICES / f"{name}.part"
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o440)
            part.rename(part.with_suffix(""))
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        return name

    def _lose(self, reason: str) -> None:
        self.lost[reason] = self.lost.get(reason, 0) + 1


def freeze(folder: Path, *, by: str, reason: str, at_ns: int) -> manifest.Entry:
    """Stop the expiry; recorded with who ordered it and why.  Raises :class:`FileExistsError` while one is in force."""
    order = json.dumps({"by": by, "reason": reason, "at": manifest.utc(at_ns)}, ensure_ascii=False)
    with (folder / FREEZE).open("x", encoding="utf-8") as file:
        file.write(order + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        return manifest.append(folder, "freeze", at_ns, {"by": by, "reason": reason})
    except OSError:
        (folder / FREEZE).unlink(missing_ok=True)
        raise


def unfreeze(folder: Path, *, by: str, reason: str, at_ns: int) -> manifest.Entry:
    """End the freeze order.  Raises :class:`FileNotFoundError` where none is in force."""
    (folder / FREEZE).stat()
    entry = manifest.append(folder, "unfreeze", at_ns, {"by": by, "reason": reason})
    (folder / FREEZE).unlink()
    return entry
