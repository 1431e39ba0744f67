"""Compile or load every kernel before the first packet, so that a ring never fills up meanwhile."""

from __future__ import annotations

import numpy as np

from segmentation.model.judge import Judge
from sensors.kernels.block import Block
from sensors.kernels.clocks import KINDS, ntp_packets
from sensors.kernels.groups import number_groups
from sensors.kernels.layout import TAP_FIELDS
from sensors.kernels.lookup import Tables
from sensors.kernels.ring import block_columns, walk_ring_block
from sensors.kernels.senders import unseen_senders
from sensors.live import LIVE_TRACKER, LiveConfig, LivePipeline
from sensors.suite import detectors


def prepare(judge: Judge, tables: Tables | None = None) -> None:
    """Run every kernel once.  What is compiled is kept in the cache folder; a minute the first time, then a second."""
    nothing = np.zeros(64, np.uint8)
    walk_ring_block(nothing, 0, 64, *block_columns(1), np.zeros(4, np.int64))
    one, zero = np.zeros(1, np.int64), np.zeros(1, np.int32)
    frame = Block(
        buffer=nothing, offsets=one, captured=one, wire=one, ts=one, link=zero, interface=zero, vlan=zero - 1, first_number=0
    )
    probe = LivePipeline(
        judge, tables=tables, config=LiveConfig(tracker=LIVE_TRACKER.sized(1), evidence=True), watchers=detectors(judge)
    )
    probe.feed(frame)
    probe.tick(0)
    probe.reload(judge)
    probe.tracker.judge_ahead(probe.tracker.tables, 0, 1, np.zeros((1, 2), np.uint64))
    # What only some packets and flows come to.
    number_groups(one)
    tap = np.full((1, len(TAP_FIELDS)), -1, np.int64)
    ntp_packets(nothing, tap, 1.0, np.zeros(KINDS, np.int64), one.copy(), one.copy(), np.zeros(1))
    unseen_senders(nothing, tap, 0, zero, np.zeros(4097, np.bool_), one, np.zeros(2, np.uint64), one.copy())
