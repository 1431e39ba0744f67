"""Taps: which packets somebody must read, and where in the block they stand.

A tracker with a :class:`TapConfig` writes one row of :data:`TAP` for each packet of a block that falls into one of the
:class:`Tapped` classes.  The row says where the packet's octets are in ``block.buffer``; nothing is copied::

    tracker = Tracker(tables, TrackerConfig(taps=TapConfig(classes=Tapped.DNS | Tapped.FIRST_DATA)))
    tracker.feed(block)
    for tap in tracker.taps():                      # valid until the next feed()
        octets = block.buffer[tap["payload"] : tap["payload"] + tap["captured"]]

There is room for every frame of the block, so no tap is ever lost.  Without a configuration nothing is written and the
packet path costs what it cost before.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensors.kernels.layout import TAP_FIELDS

#: One packet; every column int64, -1 where there is none.
#:
#: ``row``: number in the flow table (-1: none, as for ARP or when the table is full); ``direction``: 0 from a to b, 1
#: from b to a; ``number``: of the packet in its capture; ``ts_ns``; ``payload``: offset in ``block.buffer`` of the
#: transport's payload (ICMP, ARP, other protocols and later fragments: of the whole message); ``captured``: octets of it
#: that are there; ``length``: octets of it on the wire; ``seq``, ``ack``, ``flags`` of TCP (flags 0 elsewhere);
#: ``ttl``: TTL or hop limit; ``vlan``: innermost VLAN ID; ``classes``: bits of :class:`Tapped`; ``frame``,
#: ``frame_captured``: the whole frame in the buffer; ``network``: offset of the (innermost) IP header, of the ARP
#: message; ``protocol``: IP protocol; ``fragment``: 0 whole, 1 first, 2 later; ``index``: of the frame in the block.
TAP = np.dtype([(name, np.int64) for name in TAP_FIELDS])
Taps = npt.NDArray[np.void]


def words_of(taps: Taps) -> npt.NDArray[np.int64]:
    """The same rows as (n, len(TAP_FIELDS)) int64, for kernels."""
    return np.ascontiguousarray(taps).view(np.int64).reshape(len(taps), len(TAP_FIELDS))


class Tapped(enum.IntFlag):
    """Why a packet is to be read.  The bits are fixed."""

    TRANSFER = 1 << 0  # a flow whose decision or zone pair is watched, on any port
    DNS = 1 << 1  # TCP or UDP port 53 or 5353 (RFC 1035 4.2, RFC 6762 5)
    DHCP = 1 << 2  # UDP 67, 68 (RFC 2131 4.1), 546, 547 (RFC 8415 7.2)
    NTP = 1 << 3  # UDP 123 (RFC 5905 7.2)
    NDP = 1 << 4  # ICMPv6 types 133 to 137 (RFC 4861 4)
    ARP = 1 << 5
    FIRST_DATA = 1 << 6  # the first segments with payload of each direction of a TCP flow, or of UDP with port 443 (QUIC)
    VIOLATION = 1 << 7  # every packet of a flow whose decision forbids it, or that was marked


@dataclass(frozen=True, slots=True, kw_only=True)
class TapConfig:
    """What to tap.

    - ``classes``: the classes wanted at all
    - ``transfer_decisions``, ``violation_decisions``: positions in the judge's decisions, -1 for flows without one
    - ``transfer_pairs``: (zone index of the initiator, of the responder)
    - ``first_segments``: how many packets with payload of a direction make FIRST_DATA
    """

    classes: Tapped
    transfer_decisions: frozenset[int] = frozenset()
    transfer_pairs: frozenset[tuple[int, int]] = frozenset()
    violation_decisions: frozenset[int] = frozenset()
    first_segments: int = 6


class TapTables(NamedTuple):
    """A :class:`TapConfig` as arrays, and the rows it fills."""

    out: npt.NDArray[np.int64]  # (n, len(TAP_FIELDS))
    used: npt.NDArray[np.int64]  # (1,): rows filled
    by_decision: npt.NDArray[np.int64]  # (nd + 1,): class bits
    by_pair: npt.NDArray[np.int64]  # (nz * nz,): class bits
    ports: npt.NDArray[np.int64]  # (2, 65536): class bits of a TCP, of a UDP port
    limits: npt.NDArray[np.int64]  # (4,): classes, first segments


def _bits(size: int, positions: Iterable[int], bit: Tapped, out: npt.NDArray[np.int64]) -> None:
    for position in positions:
        assert 0 <= position < size, "a tap names a decision or zone that the tables do not have"
        out[position] |= int(bit)


def tap_tables(config: TapConfig | None, decisions: int, zones: int) -> TapTables:
    """Compile *config* for tables of so many decisions and zones; ``None`` gives arrays that tap nothing."""
    c = config or TapConfig(classes=Tapped(0))
    by_decision, by_pair = np.zeros(decisions + 1, np.int64), np.zeros(zones * zones, np.int64)
    if Tapped.TRANSFER in c.classes:
        _bits(len(by_decision), (d + 1 for d in c.transfer_decisions), Tapped.TRANSFER, by_decision)
        _bits(len(by_pair), (s * zones + d for s, d in c.transfer_pairs), Tapped.TRANSFER, by_pair)
    if Tapped.VIOLATION in c.classes:
        _bits(len(by_decision), (d + 1 for d in c.violation_decisions), Tapped.VIOLATION, by_decision)
    ports = np.zeros((2, 65536), np.int64)
    ports[:, [53, 5353]] = int(Tapped.DNS & c.classes)
    ports[1, [67, 68, 546, 547]] = int(Tapped.DHCP & c.classes)
    ports[1, 123] = int(Tapped.NTP & c.classes)
    return TapTables(
        out=np.zeros((1 if config is None else 1 << 14, len(TAP_FIELDS)), np.int64),
        used=np.zeros(1, np.int64),
        by_decision=by_decision,
        by_pair=by_pair,
        ports=ports,
        limits=np.array([int(c.classes), c.first_segments, 0, 0], np.int64),
    )
