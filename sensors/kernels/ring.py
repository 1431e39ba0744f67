"""A block of a TPACKET_V3 receive ring as columns of frames, without copying them.

Layout: ``struct tpacket_block_desc`` and ``struct tpacket3_hdr`` of ``linux/if_packet.h``; both are in the machine's byte
order.  The kernel writes them, but the walker trusts no length: a frame that would lie outside its block ends the walk.
"""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import kernel
from sensors.kernels.loads import Bytes, Ints, Small, be16, be32, le16, le32, memory_of

BIG = int(np.array([1], np.uint16).view(np.uint8)[0] == 0)
# struct tpacket_hdr_v1 behind version and offset_to_priv
BLOCK_STATUS, BLOCK_PACKETS, BLOCK_FIRST, BLOCK_LENGTH = 8, 12, 16, 20
# struct tpacket3_hdr
NEXT, SECONDS, NANOSECONDS, SNAPLEN, LENGTH, STATUS, MAC, TCI = 0, 4, 8, 12, 16, 20, 24, 32
HEADER = 48
TP_STATUS_KERNEL, TP_STATUS_USER = 0, 1
TP_STATUS_LOSING, TP_STATUS_CSUMNOTREADY, TP_STATUS_VLAN_VALID = 1 << 2, 1 << 3, 1 << 4
TP_STATUS_GSO_TCP = 1 << 8
#: Counters of :func:`walk_ring_block`: super-packets, checksums left to the card, tags restored, headers that cannot be.
GSO, CHECKSUM_NOT_READY, TAG_RESTORED, MALFORMED = range(4)
NS = 1_000_000_000


@kernel
def walk_ring_block(
    ring: Bytes, start: int, size: int, offsets: Ints, captured: Ints, wire: Ints, ts: Ints, vlan: Small, counters: Ints
) -> int:
    """Fill the columns from the block of *size* octets at *start*; how many frames, at most as many as the columns hold."""
    buffer, end = memory_of(ring), start + size
    if BIG:
        packets, p = be32(buffer, start + BLOCK_PACKETS), start + be32(buffer, start + BLOCK_FIRST)
    else:
        packets, p = le32(buffer, start + BLOCK_PACKETS), start + le32(buffer, start + BLOCK_FIRST)
    count = 0
    for _ in range(min(packets, offsets.shape[0])):
        if p < start + HEADER or p + HEADER > end:
            counters[MALFORMED] += 1
            break
        if BIG:
            following, seconds, rest = be32(buffer, p + NEXT), be32(buffer, p + SECONDS), be32(buffer, p + NANOSECONDS)
            snaplen, length = be32(buffer, p + SNAPLEN), be32(buffer, p + LENGTH)
            status, mac, tci = be32(buffer, p + STATUS), be16(buffer, p + MAC), be32(buffer, p + TCI)
        else:
            following, seconds, rest = le32(buffer, p + NEXT), le32(buffer, p + SECONDS), le32(buffer, p + NANOSECONDS)
            snaplen, length = le32(buffer, p + SNAPLEN), le32(buffer, p + LENGTH)
            status, mac, tci = le32(buffer, p + STATUS), le16(buffer, p + MAC), le32(buffer, p + TCI)
        if p + mac + snaplen > end:
            counters[MALFORMED] += 1
            break
        offsets[count], captured[count], wire[count] = p + mac, snaplen, max(length, snaplen)
        ts[count] = seconds * NS + rest
        vlan[count] = -1
        if status & TP_STATUS_VLAN_VALID:
            vlan[count] = tci & 0xFFF
            wire[count] += 4  # the tag stood on the wire
            counters[TAG_RESTORED] += 1
        if status & TP_STATUS_GSO_TCP:
            counters[GSO] += 1
        if status & TP_STATUS_CSUMNOTREADY:
            counters[CHECKSUM_NOT_READY] += 1
        count += 1
        if following == 0:
            break
        p += following
    return count


def block_columns(frames: int) -> tuple[Ints, Ints, Ints, Ints, Small]:
    """Columns for the walker: offsets, captured, wire, ts, vlan."""
    return (
        np.zeros(frames, np.int64), np.zeros(frames, np.int64), np.zeros(frames, np.int64), np.zeros(frames, np.int64),
        np.zeros(frames, np.int32),
    )  # fmt: skip
