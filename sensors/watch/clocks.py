"""Clocks that NTP packets show to be wrong (LT-05).

A server's reply and a symmetric peer's packet carry the time they were sent (RFC 5905 7.3); compared with the sensor's own
stamp of the packet that is the offset between both clocks, give or take the way.  Requests of clients are not believed:
modern ones fill the field with a random number (draft-ietf-ntp-data-minimization), older ones tell by the same field only
when it lies within a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmentation.model.addresses import Family
from segmentation.model.finding import Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from sensors.kernels.block import Block
from sensors.kernels.taps import Tapped, Taps
from sensors.watch.basis import DAY, MINUTE, Bounded, Watch, text_of
from sensors.watch.infrastructure import octets_of, source_of
from sensors.watch.watcher import FlowTable

#: Seconds from the NTP era 0 (1900) to the epoch (RFC 5905 6).
_ERA = 2_208_988_800
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
        self.offset_seconds: float | None = None  # of the newest believable server against the sensor

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:  # noqa: ARG002
        """Read the packets of this block."""
        for tap in taps:
            self._read(block, tap)

    def _read(self, block: Block, tap: np.void) -> None:
        octets, address = octets_of(block, tap), source_of(block, tap)
        self.count("ntp_packets")
        if len(octets) < 48 or address is None or not 1 <= octets[0] >> 3 & 7 <= 4:
            self.count("ntp_not_readable")
            return
        mode = _MODES.get(octets[0] & 7)
        if mode is None:  # control and private messages carry no time
            return
        at = int(tap["ts_ns"])
        if mode == "server" and octets[0] >> 6 == 3:  # leap indicator 3: RFC 5905 figure 9
            self._tell(tap, address, "unsynchronised", _UNSYNCHRONISED, 0.0)
            return
        sent = int.from_bytes(octets[40:44], "big") - _ERA + int.from_bytes(octets[44:48], "big") / (1 << 32)
        # RFC 5905 6: seconds wrap in 2036; the nearest era to the packet's own time is meant.
        offset = (sent - at / 1e9 + (1 << 31)) % (1 << 32) - (1 << 31)
        if not any(octets[40:48]) or (mode == "client" and abs(offset) * 1e9 > DAY):
            self.count("ntp_without_time")
            return
        if mode == "server":
            self.offset_seconds = -offset
        clock = self._clocks.touch((*address, mode), _Clock)
        if abs(offset) * 1000 <= self.judge.model.settings.clock_offset_ms:
            clock.wrong = 0
            return
        clock.wrong += 1
        # One packet may have been held up on the way, and one random number may look like a time.
        if clock.wrong >= (3 if mode == "client" else 2) and (at - clock.told_ns >= MINUTE or at < clock.told_ns):
            clock.told_ns = at
            self._tell(tap, address, "offset", _OFFSET, offset)

    def _tell(self, tap: np.void, address: tuple[Family, int], what: str, text: Text, offset: float) -> None:
        zone, shown, number, at = self.judge.zonemap.zone_of(*address), text_of(*address), int(tap["number"]), int(tap["ts_ns"])
        self.find(
            "LT-05", message=text.format(zone=self.zone_name(zone), address=shown, offset=offset), cause=f"{what}/{shown}",
            key=f"{what}/{shown}", src_zone=zone, dst_zone=zone,
            where=Where(first_packet=number, last_packet=number, first_ns=at, last_ns=at),
            detail=(("address", shown), ("offset_seconds", f"{offset:.3f}")),
        )  # fmt: skip
