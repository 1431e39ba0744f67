"""Every transfer of a capture, without a zone model: all flows are read."""

from __future__ import annotations

from pathlib import Path

from sensors.capture.reader import open_capture
from sensors.kernels.taps import TapConfig, Tapped
from sensors.kernels.tracker import Tracker, TrackerConfig
from sensors.transfer.exchange import Exchange
from sensors.transfer.protocols.base import Transfer

READ_ALL = TrackerConfig(
    flows=1 << 10, bindings=1 << 8, fragments=1 << 8, events=16, drop_duplicates=False,
    taps=TapConfig(classes=Tapped.TRANSFER, transfer_decisions=frozenset({-1})),
)  # fmt: skip


def exchanged(path: Path) -> tuple[list[Transfer], Exchange]:
    """The transfers of the capture at *path* in the order in which they ended; readers that fail raise."""
    found: list[Transfer] = []
    exchange = Exchange(found.append, contain=False)
    tracker = Tracker(config=READ_ALL)
    for block in open_capture(path, name=path.name):
        tracker.feed(block)
        taps = tracker.taps()
        if len(taps):
            exchange.feed(block, taps, tracker)
    exchange.finish()
    return found, exchange
