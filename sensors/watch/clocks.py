"""Clocks that NTP packets show to be wrong (LT-05).

A server's reply and a symmetric peer's packet carry the time they were sent (RFC 5905 7.3); compared with the sensor's own
stamp of the packet that is the offset between both clocks, give or take the way.  Requests of clients are not believed:
modern ones fill the field with a random number (draft-ietf-ntp-data-minimization), older ones tell by the same field only
when it lies within a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmentation.model.addresses import Family, format_address
from segmentation.model.finding import Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from sensors.kernels.block import Block
from sensors.kernels.clocks import CLIENT, EMPTY, KINDS, RIGHT, SERVER, UNREADABLE, UNSYNCHRONISED, WRONG, ntp_packets
from sensors.kernels.taps import Tapped, Taps, words_of
from sensors.watch.basis import MINUTE, Bounded, Watch
from sensors.watch.infrastructure import source_of
from sensors.watch.watcher import FlowTable

_MODES = {1: "peer", 2: "peer", 3: "client", 4: "server", 5: "broadcast"}
_ROOM = 4096
_OFFSET = Text(
    "{zone}の{address}の時計が{offset:+.1f}秒ずれています（センサーの時計と比べた値）。ログの時刻が証拠として使えません。",
    "The clock of {address} in {zone} is off by {offset:+.1f} s against the sensor's: the times in its logs prove nothing.",
)
_UNSYNCHRONISED = Text(
    "{zone}の時刻サーバー{address}が、自分の時刻は同期していないと答えています。",
    "The time server {address} in {zone} answers that it is not synchronised itself.",
)


@dataclass(slots=True)
class _Clock:
    """How often a clock was found wrong in a row, and when it was told last."""

    wrong: int = 0
    told_ns: int = 0


class ClockWatch(Watch):
    """Reads NTP packets.  Counters: ``ntp_packets``, ``ntp_not_readable``, ``ntp_without_time``, ``ntp_table_full``."""

    name = "clocks"
    classes = Tapped.NTP

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)
        self._clocks: Bounded[tuple[Family, int, str], _Clock] = Bounded(_ROOM, lambda: self.count("ntp_table_full"))
        self._suspects: set[tuple[Family, int, str]] = set()  # clocks that were wrong the last time
        self.offset_seconds: float | None = None  # of the newest believable server against the sensor

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:  # noqa: ARG002
        """Read the packets of this block."""
        count = len(taps)
        kinds, modes, offsets = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.float64)
        counts = np.empty(KINDS, np.int64)
        ntp_packets(
            block.buffer, words_of(taps), self.judge.model.settings.clock_offset_ms / 1000, counts, kinds, modes, offsets
        )
        self.count("ntp_packets", count)
        for kind, reason in ((UNREADABLE, "ntp_not_readable"), (EMPTY, "ntp_without_time")):
            if counts[kind]:
                self.count(reason, int(counts[kind]))
        if counts[RIGHT] + counts[WRONG]:
            served = np.flatnonzero((kinds >= RIGHT) & (modes == SERVER))
            if len(served):
                self.offset_seconds = -float(offsets[served[-1]])
        if not (counts[WRONG] or counts[UNSYNCHRONISED] or (counts[RIGHT] and self._suspects)):
            return
        # A right clock is news only where one was wrong before.
        for i in np.flatnonzero((kinds >= UNSYNCHRONISED) & ((kinds != RIGHT) | bool(self._suspects))).tolist():
            self._read(block, taps[i], int(kinds[i]), int(modes[i]), float(offsets[i]))

    def _read(self, block: Block, tap: np.void, kind: int, mode: int, offset: float) -> None:
        address, at = source_of(block, tap), int(tap["ts_ns"])
        if address is None:
            self.count("ntp_not_readable")
            return
        if kind == UNSYNCHRONISED:
            told = self._clocks.touch((*address, "unsynchronised"), _Clock)
            if at - told.told_ns >= MINUTE or at < told.told_ns:
                told.told_ns = at
                self._tell(tap, address, "unsynchronised", _UNSYNCHRONISED, 0.0)
            return
        key = (*address, _MODES[mode])
        if kind == RIGHT:
            if key in self._suspects:
                self._suspects.discard(key)
                if key in self._clocks:
                    self._clocks[key].wrong = 0
            return
        clock = self._clocks.touch(key, _Clock)
        clock.wrong += 1
        self._suspects = {k for k in self._suspects if k in self._clocks} if len(self._suspects) >= _ROOM else self._suspects
        self._suspects.add(key)
        # One packet may have been held up on the way, and one random number may look like a time.
        if clock.wrong >= (3 if mode == CLIENT else 2) and (at - clock.told_ns >= MINUTE or at < clock.told_ns):
            clock.told_ns = at
            self._tell(tap, address, "offset", _OFFSET, offset)

    def _tell(self, tap: np.void, address: tuple[Family, int], what: str, text: Text, offset: float) -> None:
        zone, shown = self.judge.zonemap.zone_of(*address), format_address(*address)
        number, at = int(tap["number"]), int(tap["ts_ns"])
        self.find(
            "LT-05", message=text.format(zone=self.zone_name(zone), address=shown, offset=offset), cause=f"{what}/{shown}",
            key=f"{what}/{shown}", src_zone=zone, dst_zone=zone,
            where=Where(first_packet=number, last_packet=number, first_ns=at, last_ns=at),
            detail=(("address", shown), ("offset_seconds", f"{offset:.3f}")),
        )  # fmt: skip
