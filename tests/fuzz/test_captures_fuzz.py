"""Mutated capture files: never a crash, always an answer, and the frames before the first change untouched."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from frame_blocks import SMALL, classic, ng_block, ng_interface, ng_packet, ng_section

from sensors.capture.reader import open_capture
from sensors.capture.summary import CaptureError
from sensors.kernels.tracker import Tracker

FRAMES = [bytes([i]) * (20 + 7 * i) for i in range(12)]
SAMPLES = {
    "pcap": classic(FRAMES),
    "pcap-big": classic(FRAMES, order=">", magic=0xA1B23C4D),
    "pcapng": ng_section() + ng_interface(options=((9, b"\x09"), (2, b"eth0"))) + ng_block(4, b"names")
    + b"".join(ng_packet(f, time=i) for i, f in enumerate(FRAMES[:6]))
    + ng_section(">") + ng_interface(">", link=113) + b"".join(ng_packet(f, ">") for f in FRAMES[6:]),
}  # fmt: skip


def outcome(path: Path, chunk: int) -> tuple[list[tuple[bytes, int, int, int]], str]:
    """Frames and damage (or refusal) of a file."""
    frames: list[tuple[bytes, int, int, int]] = []
    tracker = Tracker(config=SMALL)
    try:
        reader = open_capture(path, chunk=chunk)
        for block in reader:
            frames += [(block.frame(i), int(block.wire[i]), int(block.ts[i]), int(block.link[i])) for i in range(len(block))]
            tracker.feed(block)
    except CaptureError as error:
        return frames, f"refused {error.message.ja}" if error.message.en else "no message"
    summary = reader.summary()
    assert summary.packets == len(frames) == tracker.packets
    assert tracker.in_flows() + sum(tracker.not_counted().values()) == len(frames)
    if summary.damage is None:
        return frames, ""
    assert 0 <= summary.damage.offset <= path.stat().st_size
    assert summary.damage.reason.ja
    return frames, f"{summary.damage.offset} {summary.damage.reason.en}"


@pytest.mark.parametrize("name", SAMPLES)
def test_mutated_files(tmp_path: Path, name: str) -> None:
    rnd = random.Random(name)
    path = tmp_path / "x"
    sample = SAMPLES[name]
    kinds = set()
    for _ in range(250):
        data = bytearray(sample)
        for _ in range(rnd.choice((1, 1, 2, 5))):
            at = rnd.randrange(len(data))
            data[at] = rnd.choice((0, 1, 0x7F, 0x80, 0xFF, rnd.randrange(256)))
        if rnd.random() < 0.3:
            del data[rnd.randrange(len(data)) :]
        path.write_bytes(data)
        first = outcome(path, 1 << 16)
        assert outcome(path, 333) == first  # the piece size plays no part, not even in damage
        kinds.add(first[1].split(" ", 1)[-1])
    assert len(kinds) > 3


@pytest.mark.parametrize("name", SAMPLES)
def test_every_cut(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x"
    sample = SAMPLES[name]
    path.write_bytes(sample)
    whole = outcome(path, 1 << 16)[0]
    for size in range(len(sample)):
        path.write_bytes(sample[:size])
        frames, damage = outcome(path, 1 << 16)
        assert frames == whole[: len(frames)]
        assert len(frames) < len(whole) or not damage
