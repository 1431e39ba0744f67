"""Mutated and cut frames, each placed so that it ends at a page that may not be read."""

from __future__ import annotations

import ctypes
import json
import mmap
import random

import numpy as np
import pytest
from frame_blocks import SMALL
from shared_data import needs_shared

from sensors.capture.reader import open_capture
from sensors.kernels.block import Block
from sensors.kernels.tracker import Tracker

PAGE = mmap.PAGESIZE
FRAMES = 40_000
#: Values that lengths, types and flags turn on.
MARKS = (*range(9), 17, 20, 41, 43, 44, 47, 50, 51, 60, 0x45, 0x46, 0x4F, 0x60, 0x81, 0x88, 0x86, 0xDD, 254, 255)
LINKS = (0, 1, 9, 101, 105, 107, 113, 127, 239, 276)


def guarded(octets: int) -> tuple[mmap.mmap, np.ndarray[tuple[int], np.dtype[np.uint8]], int]:
    """A buffer that ends at an unreadable page; buffer without that page, and its size."""
    size = -(-octets // PAGE) * PAGE
    memory = mmap.mmap(-1, size + PAGE)
    whole = np.frombuffer(memory, np.uint8)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mprotect(ctypes.c_void_p(whole.ctypes.data + size), ctypes.c_size_t(PAGE), 0) == 0
    return memory, whole[:size], size


def seeds() -> list[tuple[bytes, int]]:
    """Frames of the public captures, some of each, with their link type."""
    out: list[tuple[bytes, int]] = []
    folder = needs_shared("data", "pcaps")
    for file in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(file.read_text())
        if not truth["packets"] > 0 or truth["size"] > 300_000:
            continue
        for block in open_capture(folder / "captures" / truth["file"]):
            out += [(block.frame(i), int(block.link[i])) for i in range(min(len(block), 12)) if block.captured[i] > 0]
            break
    return out


def mutated(rnd: random.Random, frame: bytes) -> bytes:
    octets = bytearray(frame[:1600])
    for _ in range(rnd.choice((0, 1, 1, 2, 4, 8))):
        octets[rnd.randrange(min(len(octets), 140))] = rnd.choice(MARKS) if rnd.random() < 0.7 else rnd.randrange(256)
    return bytes(octets[: rnd.randrange(1, min(len(octets), 170) + 1)] if rnd.random() < 0.6 else octets)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_frame_makes_the_kernels_read_beyond_its_end(seed: int) -> None:
    frames = seeds()
    assert len(frames) > 4000
    rnd = random.Random(seed)
    memory, buffer, size = guarded(2048)
    tracker = Tracker(config=SMALL)
    fed = 0
    zero32, no_vlan = np.zeros(1, np.int32), np.full(1, -1, np.int32)
    for _ in range(FRAMES):
        frame, link = frames[rnd.randrange(len(frames))]
        octets = mutated(rnd, frame)
        start = size - len(octets)
        buffer[start:] = np.frombuffer(octets, np.uint8)
        length = np.array([len(octets)], np.int64)
        wire = length + rnd.choice((0, 0, 1, 1400, -5))
        fed += 1
        tracker.feed(
            Block(
                buffer=buffer, offsets=np.array([start], np.int64), captured=length, wire=wire, ts=np.array([fed], np.int64),
                link=np.array([link if rnd.random() < 0.9 else rnd.choice(LINKS)], np.int32),
                interface=zero32, vlan=no_vlan, first_number=fed,
            )
        )  # fmt: skip
    assert tracker.in_flows() + sum(tracker.not_counted().values()) == fed
    assert len(tracker.not_counted()) > 8
    assert len(tracker.notes()) > 20
    del memory
