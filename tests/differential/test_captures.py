"""All captures with a known truth: read without a crash, counted as tshark counts, or different for a known reason."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from capture_truth import EXPLAINED, Comparison, comparisons
from shared_data import needs_shared

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def compared() -> list[Comparison]:
    return list(comparisons(needs_shared("data", "pcaps")))


def test_every_capture_is_read_and_every_frame_has_its_place(compared: list[Comparison]) -> None:
    assert len(compared) >= 1086
    assert [c.name for c in compared if c.counted != c.packets] == []
    assert [c.name for c in compared if c.summary and c.summary.packets != c.packets] == []
    assert [c.name for c in compared if c.summary and c.summary.sha256 != c.truth["sha256"]] == []


def test_what_is_no_capture_is_no_capture_for_tshark_either(compared: list[Comparison]) -> None:
    assert [c.name for c in compared if c.summary is None and c.truth["packets"]] == []


def test_98_percent_of_the_ethernet_captures_have_equal_packets_and_conversations(compared: list[Comparison]) -> None:
    ethernet = [c for c in compared if c.ethernet]
    assert len(ethernet) > 900
    assert sum(c.equal for c in ethernet) / len(ethernet) >= 0.98


def test_every_difference_is_explained_and_every_explanation_is_of_a_difference(compared: list[Comparison]) -> None:
    assert {c.name for c in compared if not c.equal} == set(EXPLAINED)


def test_the_initiator_is_the_sender_of_the_syn(compared: list[Comparison]) -> None:
    pairs = [(c.name, ours, theirs) for c in compared for ours, theirs in c.initiators]
    wrong = [p for p in pairs if p[1] != p[2]]
    assert len(pairs) > 500
    assert wrong == []


def test_the_table_of_differences_in_the_docs_is_current(tmp_path: Path) -> None:
    needs_shared("data", "pcaps")
    out = tmp_path / "captures.md"
    subprocess.run([sys.executable, ROOT / "bench" / "captures.py", "--output", out], check=True, cwd=ROOT)
    assert hashlib.sha256(out.read_bytes()).digest() == hashlib.sha256((ROOT / "docs" / "captures.md").read_bytes()).digest()
