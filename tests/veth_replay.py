"""A capture sent over a veth pair and judged live, beside the same capture judged from its file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from frame_blocks import block_of
from veth_pair import CAPTURE, ip, send

from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from sensors.capture.reader import CaptureError, open_capture
from sensors.capture.ring import Ring, RingConfig
from sensors.incidents import IncidentBook, IncidentConfig
from sensors.live import LIVE_TRACKER, LiveConfig, LivePipeline
from sensors.pipeline import Pipeline

LIVE = LiveConfig(tracker=replace(LIVE_TRACKER.sized(1 << 13), drop_duplicates=False), groups=(1 << 20, 1 << 20), contain=False)
#: Frames sent between two looks at the ring, so that nothing is lost.
BURST = 64
LONGEST = 65535


@dataclass(frozen=True)
class Compared:
    """Findings by fingerprint and state; frames that did not arrive."""

    file: frozenset[tuple[str, str]]
    live: frozenset[tuple[str, str]]
    missing: int


def told(findings: list[Finding]) -> frozenset[tuple[str, str]]:
    return frozenset((f.fingerprint, f.state.value if f.state else "") for f in findings)


def frames_of(capture: Path) -> list[bytes] | None:
    """The frames if all of them can be sent as they are: whole, Ethernet, of a length that a veth takes."""
    frames = []
    try:
        for block in open_capture(capture):
            for i in range(len(block)):
                size = int(block.captured[i])
                if block.link[i] != 1 or not 14 <= size <= LONGEST or size != block.wire[i]:
                    return None
                frames.append(block.frame(i))
    except CaptureError:
        return None
    return frames


def compare(judge: Judge, capture: Path, frames: list[bytes], ring: Ring) -> Compared:
    """Judge the file, and its frames as they come over the wire."""
    pipeline = Pipeline(judge, config=replace(LIVE.tracker, flows=1 << 10, max_flows=1 << 16))
    from_file = pipeline.findings([pipeline.run("", open_capture(capture))])
    live = LivePipeline(judge, config=LIVE, tables=pipeline.tables)
    arrived = 0
    for start in range(0, len(frames), BURST):
        burst = frames[start : start + BURST]
        send(burst)
        end = arrived + len(burst)
        for _ in range(50):
            ring.wait(10)
            for block in ring.blocks():
                live.feed(block)
                arrived += len(block)
            if arrived >= end:
                break
    book = IncidentBook(IncidentConfig(quiet_seconds=1 << 33, remind_seconds=1 << 33))
    for now in (1, 2):  # flows whose initiator is a guess wait for the second tick
        book.add(live.tick(now).findings, now)
    return Compared(told(from_file), told([i.finding for i in book]), len(frames) - arrived)


def open_ring() -> Ring:
    for name in (CAPTURE, "snd0"):
        ip("link", "set", name, "mtu", "65535")
    ring = Ring(CAPTURE, RingConfig(block=1 << 18, blocks=32, timeout_ms=2))
    ring.open()
    return ring


def mutated(frames: list[bytes], count: int, seed: int) -> Iterator[list[bytes]]:
    """Batches of cut, bent and spliced frames."""
    source = random.Random(seed)
    for _ in range(count // 1000):
        batch = []
        for _ in range(1000):
            frame = bytearray(source.choice(frames))
            for _ in range(source.randrange(1, 6)):
                if frame:
                    frame[source.randrange(len(frame))] = source.randrange(256)
            batch.append(bytes(frame[: source.randrange(0, len(frame) + 1)]) if source.random() < 0.5 else bytes(frame))
        yield batch


def malformed(judge: Judge, frames: list[bytes], count: int, seed: int = 1) -> LivePipeline:
    """Feed *count* malformed frames; the pipeline afterwards.  Raises whatever a frame provokes."""
    live = LivePipeline(judge, config=replace(LIVE, groups=(64, 512)))
    number = 1
    for n, batch in enumerate(mutated(frames, count, seed)):
        live.feed(block_of(batch, ts=[n * 10_000_000] * len(batch), first_number=number))
        number += len(batch)
        if n % 50 == 49:
            live.tick(n * 10_000_000)
    live.tick(number)
    return live
