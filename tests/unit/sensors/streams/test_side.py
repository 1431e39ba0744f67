"""Segments in any order, repeated, overlapping and missing: what comes out is the stream, or says where it is not."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.streams.side import Piece, Side, SideLimits

DATA = bytes(random.Random(1).randbytes(5000))


def _side(start: int = 0, **limits: int) -> tuple[Side, Counter[str]]:
    counts: Counter[str] = Counter()
    side = Side(SideLimits(**limits), counts)
    side.start(start)
    return side, counts


def _joined(pieces: list[Piece]) -> bytes:
    assert all(isinstance(p, bytes) for p in pieces)
    return b"".join(p for p in pieces if isinstance(p, bytes))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4990), st.integers(1, 700)), max_size=40),
    st.randoms(use_true_random=False),
    st.integers(0, 0xFFFFFFFF),
)
def test_any_order_with_repeats_gives_the_stream(extra: list[tuple[int, int]], order: random.Random, start: int) -> None:
    side, counts = _side(start)
    parts = [(at, 250) for at in range(0, len(DATA), 250)] + extra
    order.shuffle(parts)
    out: list[Piece] = []
    for at, length in parts:
        out += side.segment((start + at) & 0xFFFFFFFF, DATA[at : at + length], 0)
    assert _joined(out) == DATA
    assert not counts["conflicts"]
    assert (side.held, side.held_bytes) == ([], 0)


@settings(deadline=None, max_examples=60)
@given(st.sets(st.integers(0, 19), max_size=19), st.randoms(use_true_random=False))
def test_what_never_came_is_a_gap_of_its_length(lost: set[int], order: random.Random) -> None:
    side, _ = _side()
    parts = [n for n in range(20) if n not in lost]
    order.shuffle(parts)
    side.fin = len(DATA)
    out: list[Piece] = []
    for n in parts:
        out += side.segment(n * 250, DATA[n * 250 : n * 250 + 250], 0)
    out += side.rest()
    rebuilt = b"".join(bytes(p) if isinstance(p, int) else p for p in out)
    wanted = b"".join(bytes(250) if n in lost else DATA[n * 250 : n * 250 + 250] for n in range(20))
    assert rebuilt == wanted


def test_two_readings_are_both_kept_and_the_first_goes_on() -> None:
    for held_first in (False, True):
        side, counts = _side()
        out: list[Piece] = []
        if held_first:
            out += side.segment(4, b"EFGH", 0)
            out += side.segment(0, b"abcdXX", 0)
        else:
            out += side.segment(0, b"abcdef", 0)
            out += side.segment(4, b"XXgh", 0)
        assert counts["conflicts"] == 1
        (conflict,) = side.conflicts
        assert (conflict.offset, conflict.first, conflict.second) == (4, b"EF" if held_first else b"ef", b"XX")
        assert _joined(out) == (b"abcdEFGH" if held_first else b"abcdefgh")


def test_a_keep_alive_is_no_second_reading() -> None:
    side, counts = _side()
    side.segment(0, b"abc", 0)
    assert side.segment(2, b"\0", 0) == []
    assert not counts["conflicts"]


@pytest.mark.parametrize("acked", [False, True])
def test_a_hole_is_given_up_sooner_once_the_receiver_has_what_is_behind_it(acked: bool) -> None:
    side, counts = _side()
    side.segment(0, b"ab", 0)
    side.segment(10, b"kl", 0)
    if acked:
        side.acknowledge(12)
    assert side.waited(2_000_000_000) == ([8, b"kl"] if acked else [])
    assert side.waited(11_000_000_000) == ([] if acked else [8, b"kl"])
    assert counts["gaps"] == 1


def test_what_is_held_is_bounded_and_goes_on() -> None:
    side, counts = _side(held_bytes=1000, held_segments=50)
    out: list[Piece] = []
    for n in range(1, 200):
        out += side.segment(n * 20, bytes(10), 0)
    assert counts["held_limit"] > 0
    assert side.held_bytes <= 1000
    assert len(side.held) <= 50
    assert side.delivered > 0


def test_far_away_is_dropped_unless_the_stream_goes_on_there() -> None:
    side, counts = _side()
    side.segment(0, b"ab", 0)
    assert side.segment(1 << 29, b"stray", 0) == []
    assert side.segment(2, b"cd", 0) == [b"cd"]
    assert side.segment(1 << 30, b"x", 0) == []
    assert side.segment((1 << 30) + 1, b"y", 0) == [0, b"y"]
    assert counts["out_of_window"] == 3


def test_captured_short() -> None:
    side, _ = _side()
    assert side.segment(0, b"ab", 0) == [b"ab"]
    assert side.missing(8) == [8]
    assert side.segment(10, b"kl", 0) == [b"kl"]
