"""The kernel that reads NTP headers: what each packet says of its sender's clock."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sensors.kernels.compiled import kernel
from sensors.kernels.layout import TAP_FIELDS
from sensors.kernels.loads import Bytes, Ints, be32, memory_of, signed, u8

#: Seconds from the NTP era 0 (1900) to the epoch (RFC 5905 6).
ERA = 2_208_988_800
#: What a packet is good for; the last two bear an offset.
UNREADABLE, TIMELESS, EMPTY, UNSYNCHRONISED, RIGHT, WRONG = range(6)
KINDS = 6
#: Modes of RFC 5905 figure 10 that carry a time, and who speaks in them.
CLIENT, SERVER = 3, 4
TS, PAYLOAD, CAPTURED = (TAP_FIELDS.index(n) for n in ("ts_ns", "payload", "captured"))
_SHORTEST = 48  # RFC 5905 7.3: the header
_DAY = 86_400.0
Floats = npt.NDArray[np.float64]


@kernel
def ntp_packets(buffer: Bytes, taps: Ints, limit: float, counts: Ints, kinds: Ints, modes: Ints, offsets: Floats) -> None:
    """Fill *kinds*, *modes* and *offsets* (seconds, the sender's clock less the packet's own time) for each packet.

    *taps*: (n, len(TAP_FIELDS)); *limit*: seconds from which an offset is wrong; *counts*: how many of each kind.
    """
    memory = memory_of(buffer)
    counts[:] = 0
    for i in range(taps.shape[0]):
        if i:
            counts[kinds[i - 1]] += 1
        kinds[i], modes[i], offsets[i] = UNREADABLE, 0, 0.0
        at = signed(taps[i, PAYLOAD])
        if at < 0 or taps[i, CAPTURED] < _SHORTEST:
            continue
        first = u8(memory, at)
        version, mode = first >> 3 & 7, first & 7
        modes[i] = mode
        if version < 1 or version > 4:
            continue
        if mode < 1 or mode > 5:  # control and private messages carry no time
            kinds[i] = TIMELESS
            continue
        if mode == SERVER and first >> 6 == 3:  # leap indicator 3: RFC 5905 figure 9
            kinds[i] = UNSYNCHRONISED
            continue
        seconds, fraction = be32(memory, at + 40), be32(memory, at + 44)
        # RFC 5905 6: seconds wrap in 2036; the nearest era to the packet's own time is meant.
        offset = (seconds - ERA + fraction / 4294967296.0 - taps[i, TS] / 1e9 + 2147483648.0) % 4294967296.0 - 2147483648.0
        offsets[i] = offset
        if (seconds == 0 and fraction == 0) or (mode == CLIENT and abs(offset) > _DAY):
            kinds[i] = EMPTY
        else:
            kinds[i] = RIGHT if abs(offset) <= limit else WRONG
    if taps.shape[0]:
        counts[kinds[taps.shape[0] - 1]] += 1
