"""The kernel that picks, among first packets with payload, those of devices that nobody looked at of late."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sensors.kernels.compiled import kernel
from sensors.kernels.layout import TAP_FIELDS
from sensors.kernels.loads import Bytes, Ints, Small, Words, be16, be32, memory_of, signed, u8

U = np.uint64
TS, TTL, VLAN, CLASSES, FRAME, FRAME_CAPTURED, NETWORK, INDEX = (
    TAP_FIELDS.index(n) for n in ("ts_ns", "ttl", "vlan", "classes", "frame", "frame_captured", "network", "index")
)
_DAY = 86_400_000_000_000
_ETHERNET = 1  # LINKTYPE_ETHERNET


@kernel
def unseen_senders(
    buffer: Bytes, taps: Ints, wanted: int, link: Small, vlans: npt.NDArray[np.bool_], known: Ints, cache: Words, out: Ints
) -> int:
    """Fill *out* with the rows of *taps* whose sender, segment, TTL and day are not in *cache*; how many.

    *taps*: (n, len(TAP_FIELDS)); *wanted*: class bits; *vlans*: (4097,), by VLAN + 1, which are looked at; *known*: MACs
    that are not, ascending; *cache*: a power of two of keys, the newest of each slot.
    """
    memory, count, room = memory_of(buffer), 0, buffer.shape[0]
    for i in range(taps.shape[0]):
        network, frame, vlan = signed(taps[i, NETWORK]), signed(taps[i, FRAME]), signed(taps[i, VLAN])
        if taps[i, CLASSES] & wanted == 0 or network < 0 or taps[i, FRAME_CAPTURED] < 14 or not vlans[vlan + 1]:
            continue
        if link[taps[i, INDEX]] != _ETHERNET:
            continue
        mac = signed(be16(memory, frame + 6) << 32 | be32(memory, frame + 8))
        at = np.searchsorted(known, mac)
        if at < known.shape[0] and known[at] == mac:
            continue
        # The source address stands at 12 of an IPv4 header and at 8 to 24 of an IPv6 one; four octets tell hosts apart here.
        place = network + (20 if u8(memory, network) >> 4 == 6 else 12)
        source = signed(be32(memory, place)) if place + 4 <= room else 0
        h = U(mac) * U(0x9E3779B97F4A7C15) ^ U(source << 13 | vlan + 1)
        h = (h ^ h >> U(31)) * U(0xBF58476D1CE4E5B9) ^ U(taps[i, TTL])
        h = (h ^ h >> U(30)) * U(0x94D049BB133111EB) ^ U(taps[i, TS] // _DAY)
        h = (h ^ h >> U(29)) * U(0x9E3779B97F4A7C15) | U(1)
        slot = signed(h >> U(40)) & (cache.shape[0] - 1)
        if cache[slot] != h:
            cache[slot] = h
            out[count] = i
            count += 1
    return count
