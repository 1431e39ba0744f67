"""Frames made by hand as a block for the kernels, and capture files made by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sensors.kernels.block import Block
from sensors.kernels.lookup import Tables
from sensors.kernels.tracker import Tracker, TrackerConfig

SECOND = 1_000_000_000
SMALL = TrackerConfig(flows=1 << 11, bindings=1 << 8, fragments=1 << 8, events=64)


def block_of(
    frames: Sequence[bytes],
    *,
    ts: Sequence[int] | None = None,
    wire: Sequence[int] | None = None,
    link: int = 1,
    vlan: int = -1,
    first_number: int = 1,
) -> Block:
    """A block of these frames; times in ns, one second apart by default."""
    sizes = np.array([len(f) for f in frames], np.int64)
    return Block(
        buffer=np.frombuffer(b"".join(frames) or b"\0", np.uint8),
        offsets=np.concatenate(([0], np.cumsum(sizes)))[: len(frames)].astype(np.int64),
        captured=sizes,
        wire=sizes.copy() if wire is None else np.array(wire, np.int64),
        ts=np.array(ts if ts is not None else [(i + 1) * SECOND for i in range(len(frames))], np.int64),
        link=np.full(len(frames), link, np.int32),
        interface=np.zeros(len(frames), np.int32),
        vlan=np.full(len(frames), vlan, np.int32),
        first_number=first_number,
    )


def track(
    frames: Sequence[bytes], *, config: TrackerConfig = SMALL, tables: Tables | None = None, **columns: object
) -> tuple[npt.NDArray[np.void], Tracker]:
    """The flows of these frames, and their tracker."""
    tracker = Tracker(tables, config)
    tracker.feed(block_of(frames, **columns))  # type: ignore[arg-type]
    return tracker.flows(), tracker


def classic(
    frames: Sequence[bytes], *, order: str = "<", magic: int = 0xA1B2C3D4, link: int = 1, snaplen: int = 65535
) -> bytes:
    """A pcap file: frame i at i + 1 seconds and 5 units."""
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)]
    for i, frame in enumerate(frames):
        out.append(struct.pack(order + "IIII", i + 1, 5, len(frame), len(frame)) + frame)
    return b"".join(out)


def ng_block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block, padded."""
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def ng_section(order: str = "<") -> bytes:
    """A section header block."""
    return ng_block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def ng_interface(order: str = "<", *, link: int = 1, snaplen: int = 0, options: Sequence[tuple[int, bytes]] = ()) -> bytes:
    """An interface description block."""
    body = struct.pack(order + "HHI", link, 0, snaplen)
    for code, value in options:
        body += struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
    return ng_block(1, body, order)


def ng_packet(frame: bytes, order: str = "<", *, interface: int = 0, time: int = 0) -> bytes:
    """An enhanced packet block; *time* in the interface's units."""
    head = struct.pack(order + "IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
    return ng_block(6, head + frame, order)
