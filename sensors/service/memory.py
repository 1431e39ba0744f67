"""What the detectors remember from one run to the next: one JSON file, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

#: A larger file is not one of ours.
_ROOM = 256 << 20


def read(path: Path) -> dict[str, str]:
    """The memories by worker, as JSON texts; nothing where there is no file, or one that cannot be read."""
    try:
        with path.open("rb") as file:
            held = json.loads(file.read(_ROOM))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): v for k, v in held.items() if isinstance(v, str)} if isinstance(held, dict) else {}


def write(path: Path, memories: Mapping[str, str]) -> str:
    """Replace the file; why it could not be, or nothing."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(dict(memories), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        return str(error)
    return ""
