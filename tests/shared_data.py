"""Where the real configurations, captures and documents with ground truth are; they are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SEKISHO_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def needs_shared(*parts: str) -> Path:
    """The path below the shared data folder; skips the test when it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"shared test data not found: {Path('shared').joinpath(*parts)} (set SEKISHO_SHARED to its folder)")
    return path
