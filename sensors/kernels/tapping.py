"""The kernel that writes taps; see :mod:`sensors.kernels.taps` for what they are."""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import kernel
from sensors.kernels.layout import (
    D_FACTS,
    D_IDENT,
    D_KEY,
    D_NETWORK,
    D_PAYLOAD,
    D_WHERE,
    F_FIRST_FRAGMENT,
    F_LATER_FRAGMENT,
    F_REVERSE,
    F_VLAN,
    G_INITIATOR_B,
    KEY_PORTS_UNKNOWN,
    KEY_V6,
    R_FACTS,
    R_SPARE,
    R_VERDICT,
    SPARE_CLASSES_SHIFT,
    TAP_FIELDS,
    WHERE_LENGTH_SHIFT,
)
from sensors.kernels.loads import Bytes, Ints, Words, be32, memory_of, signed, u8
from sensors.kernels.reasons import NotCounted
from sensors.kernels.taps import Tapped, TapTables
from sensors.kernels.words import ICMPV6, SCTP, TCP, UDP

U = np.uint64
R_ARP = int(NotCounted.ARP)
C_NDP, C_ARP, C_FIRST = int(Tapped.NDP), int(Tapped.ARP), int(Tapped.FIRST_DATA)
(
    ROW, DIRECTION, NUMBER, TS, PAYLOAD, CAPTURED, LENGTH, SEQ, ACK, FLAGS, TTL, VLAN, CLASSES, FRAME, FRAME_CAPTURED,
    NETWORK, PROTOCOL, FRAGMENT, INDEX,
) = range(len(TAP_FIELDS))  # fmt: skip
QUIC_PORT = 443  # RFC 9114 3.1: HTTP/3 on the port of HTTPS
#: row_of entries: see sensors.kernels.feed
NO_FLOW, COPY, AT = 0, 1, 3


@kernel
def first_data(rows: Words, row: int, direction: int, protocol: int, port_a: int, port_b: int, payload: int, limit: int) -> int:
    """The FIRST_DATA bit if this packet is among the first *limit* with payload of its direction; counts it."""
    if payload == 0 or not (protocol == TCP or (protocol == UDP and QUIC_PORT in (port_a, port_b))):
        return 0
    shift = U(8 * direction)
    seen = signed((rows[row, R_SPARE] >> shift) & U(0xFF))
    if seen >= limit:
        return 0
    rows[row, R_SPARE] += U(1) << shift
    return C_FIRST


@kernel
def classify(words: Words, i: int, row: int, rows: Words, taps: TapTables, kind: int) -> int:
    """The class bits of decoded packet *i*; *kind*: its ICMPv6 type, else -1."""
    key, facts = words[i, D_KEY], words[i, D_FACTS]
    protocol = signed((key >> U(24)) & U(0xFF))
    port_a, port_b = signed(key >> U(48)), signed((key >> U(32)) & U(0xFFFF))
    wanted, classes = signed(taps.limits[0]), 0
    if protocol in (TCP, UDP) and not key & U(KEY_PORTS_UNKNOWN):
        which = 0 if protocol == TCP else 1
        classes = signed(taps.ports[which, port_a] | taps.ports[which, port_b])
    elif 133 <= kind <= 137:
        classes = C_NDP & wanted
    if row < 0:
        return classes
    verdict = rows[row, R_VERDICT]
    zone_a, zone_b = signed((verdict >> U(32)) & U(0xFFFF)), signed(verdict >> U(48))
    if rows[row, R_FACTS] & U(G_INITIATOR_B):
        zone_a, zone_b = zone_b, zone_a
    classes |= signed(taps.by_decision[signed(verdict & U(0xFFFFFFFF))])
    classes |= signed(taps.by_pair[zone_a * signed(np.sqrt(taps.by_pair.shape[0])) + zone_b])
    classes |= signed((rows[row, R_SPARE] >> U(SPARE_CLASSES_SHIFT)) & U(0xFFFF))
    if wanted & C_FIRST and not facts & U(F_LATER_FRAGMENT):
        direction = signed(facts & U(F_REVERSE))
        classes |= first_data(rows, row, direction, protocol, port_a, port_b, signed(words[i, D_PAYLOAD]), taps.limits[1])
    return classes


@kernel
def write_tap(frames: Bytes, words: Words, i: int, taps: TapTables, t: int, end: int) -> None:
    """The columns of tap *t* that come from the decoded words and the transport header; *end* of the captured packet."""
    buffer, out = memory_of(frames), taps.out
    key, facts = words[i, D_KEY], words[i, D_FACTS]
    p, q = signed(words[i, D_NETWORK]), signed(words[i, D_WHERE] & U((1 << WHERE_LENGTH_SHIFT) - 1))
    protocol = signed((key >> U(24)) & U(0xFF))
    payload, fragment = q, 0
    length = signed(words[i, D_PAYLOAD])
    out[t, SEQ] = out[t, ACK] = -1
    out[t, FLAGS] = 0
    if facts & U(F_LATER_FRAGMENT):
        fragment = 2
    else:
        fragment = 1 if facts & U(F_FIRST_FRAGMENT) else 0
        if protocol == TCP:
            if q + 20 <= end:
                payload = q + (u8(buffer, q + 12) >> 4) * 4
                out[t, SEQ], out[t, ACK], out[t, FLAGS] = be32(buffer, q + 4), be32(buffer, q + 8), u8(buffer, q + 13)
            else:
                payload = end
        elif protocol == UDP:
            payload = q + 8
        elif protocol == SCTP:
            payload = q + 12
        else:
            length = max(length, end - q)
    out[t, PAYLOAD], out[t, CAPTURED], out[t, LENGTH] = min(payload, end), max(end - payload, 0), length
    out[t, TTL] = u8(buffer, p + 7) if key & U(KEY_V6) else u8(buffer, p + 8)  # the decoder has checked the IP header
    out[t, DIRECTION] = signed(facts & U(F_REVERSE))
    out[t, VLAN] = signed((facts >> U(32)) & U(0xFFF)) if facts & U(F_VLAN) else -1
    out[t, NETWORK], out[t, PROTOCOL], out[t, FRAGMENT] = p, protocol, fragment


@kernel
def write_arp(words: Words, i: int, taps: TapTables, t: int, end: int) -> None:
    """The columns of an ARP message's tap."""
    out = taps.out
    out[t, :] = -1
    p = signed(words[i, D_NETWORK])
    out[t, PAYLOAD], out[t, CAPTURED], out[t, LENGTH], out[t, NETWORK] = p, end - p, end - p, p
    out[t, DIRECTION] = out[t, FLAGS] = out[t, FRAGMENT] = 0
    vlan = signed(words[i, D_PAYLOAD])
    out[t, VLAN] = vlan - 1


@kernel
def tap_batch(
    frames: Bytes, offsets: Ints, captured: Ints, ts: Ints, start: int, count: int, first_number: int, words: Words,
    row_of: Ints, rows: Words, taps: TapTables,
) -> None:  # fmt: skip
    """Write the taps of one batch: after its packets were counted and judged, in their order."""
    buffer, wanted, out = memory_of(frames), taps.limits[0], taps.out
    for i in range(count):
        if row_of[i] == COPY:
            continue
        j = start + i
        key = words[i, D_KEY]
        q = signed(words[i, D_WHERE] & U((1 << WHERE_LENGTH_SHIFT) - 1))
        end = q + signed(words[i, D_WHERE] >> U(WHERE_LENGTH_SHIFT))
        row, arp = -1, False
        if key == U(0):
            arp = wanted & C_ARP != 0 and words[i, D_IDENT] == U(R_ARP)
            classes = C_ARP if arp else 0
        else:
            row = row_of[i] - AT if row_of[i] >= AT else -1
            kind = -1
            if (
                key & U(KEY_V6)
                and signed((key >> U(24)) & U(0xFF)) == ICMPV6
                and not words[i, D_FACTS] & U(F_LATER_FRAGMENT)
                and q < end
            ):
                kind = u8(buffer, q)
            classes = classify(words, i, row, rows, taps, kind)
        if classes == 0:
            continue
        t = taps.used[0]
        if arp:
            write_arp(words, i, taps, t, end)
        else:
            write_tap(frames, words, i, taps, t, end)
        out[t, ROW], out[t, NUMBER], out[t, TS], out[t, CLASSES] = row, first_number + j, ts[j], classes
        out[t, FRAME], out[t, FRAME_CAPTURED], out[t, INDEX] = offsets[j], captured[j], j
        taps.used[0] = t + 1
