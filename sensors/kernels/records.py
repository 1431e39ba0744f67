"""Record headers of capture files: where each frame lies in a buffer.

Formats: draft-ietf-opsawg-pcap (classic) and draft-ietf-opsawg-pcapng.  The walkers stop in front of
anything they do not fully hold, so the caller can move the rest to the front and read on; a record that
cannot be right stops them with a status.
"""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import kernel
from sensors.kernels.loads import Bytes, Ints, Memory, Small, be16, be32, le16, le32, memory_of, signed

MORE, FULL, BAD_LENGTH, OTHER_BLOCK, BAD_INTERFACE, BAD_BLOCK = range(6)
#: Wireshark and libpcap refuse larger frames (WTAP_MAX_PACKET_SIZE_STANDARD, MAXIMUM_SNAPLEN).
MAX_FRAME = 262144
NS = 1_000_000_000
LAST_SECOND = (1 << 63) // NS - 1
SHB, IDB, PB, SPB, EPB = 0x0A0D0D0A, 1, 2, 3, 6
# Interface columns
I_LINK, I_SNAPLEN, I_BASE2, I_EXPONENT, I_OFFSET = range(5)
I_WORDS = 8


@kernel
def u16(buffer: Memory, p: int, big: int) -> int:
    """16 bits in the writer's byte order."""
    return be16(buffer, p) if big else le16(buffer, p)


@kernel
def u32(buffer: Memory, p: int, big: int) -> int:
    """32 bits in the writer's byte order."""
    return be32(buffer, p) if big else le32(buffer, p)


@kernel
def walk_classic(
    octets: Bytes, start: int, end: int, big: int, nano: int, header: int, swapped: int,
    offsets: Ints, captured: Ints, wire: Ints, ts: Ints, status: Ints,
) -> int:  # fmt: skip
    """Records of a classic capture in ``octets[start:end]``; returns how many.

    *header*: octets of a record header; *swapped*: 1 if the lengths stand the other way round, 2 if perhaps
    (libpcap sf-pcap.c: versions before 2.3, and 2.3).  ``status[0]`` becomes the reason to stop, ``status[1]``
    the offset of the next record.
    """
    buffer = memory_of(octets)
    count = 0
    p = start
    status[0] = MORE
    while p + header <= end:
        if count == offsets.shape[0]:
            status[0] = FULL
            break
        seconds, fraction = u32(buffer, p, big), u32(buffer, p + 4, big)
        size, length = u32(buffer, p + 8, big), u32(buffer, p + 12, big)
        if swapped == 1 or (swapped == 2 and size > length):
            size, length = length, size
        if size > MAX_FRAME:
            status[0] = BAD_LENGTH
            break
        if p + header + size > end:
            break
        offsets[count] = p + header
        captured[count] = size
        wire[count] = max(size, length)
        ts[count] = seconds * NS + (fraction if nano else fraction * 1000)
        count += 1
        p += header + size
    status[1] = p
    return count


@kernel
def nanoseconds(high: int, low: int, base2: int, exponent: int, offset: int) -> int:
    """A pcapng timestamp in ns since the epoch: units of 10**-exponent or 2**-exponent s, plus *offset* s; clamped."""
    value = (np.uint64(high) << np.uint64(32)) | np.uint64(low)
    if base2:
        bits = np.uint64(exponent)
        seconds = value >> bits if exponent < 64 else np.uint64(0)
        part = value & ((np.uint64(1) << bits) - np.uint64(1)) if exponent < 64 else value
        if exponent > 34:  # 34 bits of fraction times 10**9 still fit into 64
            part >>= np.uint64(exponent - 34)
            bits = np.uint64(34)
        rest = signed((part * np.uint64(NS)) >> bits)
    else:
        unit = np.uint64(1)
        for _ in range(min(exponent, 19)):
            unit *= np.uint64(10)
        seconds = value // unit
        part = value % unit
        rest = signed(part * (np.uint64(NS) // unit)) if exponent <= 9 else signed(part // (unit // np.uint64(NS)))
    whole = (signed(seconds) if seconds < np.uint64(LAST_SECOND) else LAST_SECOND) + offset
    return min(max(whole, 0), LAST_SECOND) * NS + rest


@kernel
def walk_pcapng(
    octets: Bytes, start: int, end: int, big: int, interfaces: Ints, known: int, first: int,
    offsets: Ints, captured: Ints, wire: Ints, ts: Ints, interface: Small, status: Ints,
) -> int:  # fmt: skip
    """Packet blocks of one section in ``octets[start:end]``; returns how many.

    Stops (``OTHER_BLOCK``) in front of section and interface blocks, which the caller reads; unknown blocks are
    stepped over.  *interfaces* has one row for each of *known* interfaces of the section, the first of which is
    number *first* of the file.
    """
    buffer = memory_of(octets)
    count = 0
    p = start
    status[0] = MORE
    while p + 12 <= end:
        if count == offsets.shape[0]:
            status[0] = FULL
            break
        kind, size = u32(buffer, p, big), u32(buffer, p + 4, big)
        if kind in (SHB, IDB):
            status[0] = OTHER_BLOCK
            break
        if size < 12 or size & 3 or size > 2 * MAX_FRAME + (1 << 20):
            status[0] = BAD_BLOCK
            break
        if p + size > end:
            break
        if u32(buffer, p + size - 4, big) != size:
            status[0] = BAD_BLOCK
            break
        if kind in (EPB, PB):
            which = u32(buffer, p + 8, big) if kind == EPB else u16(buffer, p + 8, big)
            data, caplen, length = p + 28, 0, 0
            if size >= 32:
                caplen, length = u32(buffer, p + 20, big), u32(buffer, p + 24, big)
            if size < 32 or caplen > size - 32 or caplen > MAX_FRAME:
                status[0] = BAD_LENGTH
                break
            if which >= known:
                status[0] = BAD_INTERFACE
                break
            ts[count] = nanoseconds(
                u32(buffer, p + 12, big), u32(buffer, p + 16, big), interfaces[which, I_BASE2],
                interfaces[which, I_EXPONENT], interfaces[which, I_OFFSET],
            )  # fmt: skip
        elif kind == SPB:
            which, data = 0, p + 12
            if known == 0:
                status[0] = BAD_INTERFACE
                break
            if size < 16:
                status[0] = BAD_LENGTH
                break
            length = u32(buffer, p + 8, big)
            caplen = min(length, size - 16)
            if interfaces[0, I_SNAPLEN]:
                caplen = min(caplen, interfaces[0, I_SNAPLEN])
            if caplen > MAX_FRAME:
                status[0] = BAD_LENGTH
                break
            ts[count] = 0
        else:
            p += size
            continue
        offsets[count] = data
        captured[count] = caplen
        wire[count] = max(caplen, length)
        interface[count] = first + which
        count += 1
        p += size
    status[1] = p
    return count
