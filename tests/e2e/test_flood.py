"""A flood beside one real violation: memory stays within its bound, every packet is counted, the violation is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FLOOD = Path(__file__).resolve().parents[1] / "syn_flood.py"


def flood(packets: int, flows: int) -> dict[str, Any]:
    done = subprocess.run([sys.executable, str(FLOOD), str(packets), str(flows)], capture_output=True, text=True, check=True)
    out: dict[str, Any] = json.loads(done.stdout)
    return out


@pytest.mark.parametrize(
    ("packets", "flows"), [(1_300_000, 1 << 20), (600_000, 1 << 14)], ids=["a-million-flows", "small-table"]
)
def test_a_flood_is_bounded_and_hides_nothing(packets: int, flows: int) -> None:
    got = flood(packets, flows)
    assert got["found"] >= 1
    assert got["counted"] == got["packets"] == packets
    assert got["live"] <= flows
    assert got["not_tracked"] > 0
    assert got["rss_mib"] <= 500  # the ring of 64 MiB aside, which is the kernel's
