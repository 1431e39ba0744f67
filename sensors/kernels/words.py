"""From a parsed IP packet to decoded words: the flow's key, its hash, TCP facts, duplicate signature."""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import inlined
from sensors.kernels.layout import (
    D_A_HI,
    D_A_LO,
    D_B_HI,
    D_B_LO,
    D_FACTS,
    D_FRAGMENT,
    D_HASH,
    D_IDENT,
    D_KEY,
    D_MAC_DST,
    D_MAC_SRC,
    D_NETWORK,
    D_PAYLOAD,
    D_SIGN,
    D_WHERE,
    D_WORDS,
    F_FIRST_FRAGMENT,
    F_LATER_FRAGMENT,
    F_PURE_SYN,
    F_REVERSE,
    F_SENDER_ANSWERS,
    F_SENDER_ASKS,
    F_STRONG_SIGN,
    F_SYN_ACK,
    F_VLAN,
    KEY_CARRIER,
    KEY_ICMP_FROM_B,
    KEY_LATER_FRAGMENT,
    KEY_PORTS_UNKNOWN,
    KEY_USED,
    KEY_V6,
    WHERE_LENGTH_SHIFT,
)
from sensors.kernels.loads import Memory, be16, be32, be64, bump, fold, put, u8
from sensors.kernels.network import FIRST_FRAGMENT, LATER_FRAGMENT
from sensors.kernels.reasons import Note

U = np.uint64
TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
#: Protocols with ports in their first four octets: TCP, UDP, DCCP, SCTP, UDP-Lite.
DCCP, SCTP, UDP_LITE = 33, 132, 136
PORTS_CUT_NOTE, ERROR_NOTE = int(Note.PORTS_NOT_CAPTURED), int(Note.ICMP_ERROR)
# Odd constants for the mixing (fractional digits of pi); collisions cost time, never correctness.
K0, K1, K2, K3, K4 = (
    U(0x243F6A8885A308D3),
    U(0x13198A2E03707345),
    U(0xA4093822299F31D1),
    U(0x082EFA98EC4E6C89),
    U(0x452821E638D01377),
)


@inlined
def hash_key(a_hi: np.uint64, a_lo: np.uint64, b_hi: np.uint64, b_lo: np.uint64, key: np.uint64, seed: np.uint64) -> np.uint64:
    """The 64-bit hash of a flow; *seed* keeps an outsider from choosing collisions."""
    low = fold(a_lo ^ K0 ^ seed, b_lo ^ K1)
    high = fold(a_hi ^ K2, b_hi ^ K3 ^ seed)
    return fold(low ^ key ^ (high << U(1)), K4 ^ seed ^ high)


@inlined
def icmp_request(kind: int, v6: bool) -> tuple[int, int]:  # noqa: FBT001 -- compiled code takes positions
    """The request's type and 1 for a request, 2 for an answer, 0 for neither (RFC 792, RFC 950, RFC 4443 4)."""
    if v6:
        if kind == 128:
            return kind, 1
        return (128, 2) if kind == 129 else (kind, 0)
    if kind in (8, 13, 15, 17):
        return kind, 1
    if kind == 0:
        return 8, 2
    if kind in (14, 16, 18):
        return kind - 1, 2
    return kind, 0


@inlined
def signature(buffer: Memory, q: int, e: int, protocol: int, payload: int, identification: int) -> tuple[np.uint64, bool]:
    """What two copies of one datagram share and two datagrams do not; 0 where nothing tells them apart.

    The TTL and the MACs are left out: a mirror of both sides of a router sees them change.
    """
    if protocol == TCP and q + 20 <= e:
        # sequence and acknowledgment; offset, flags, window, checksum, urgent pointer
        sign = fold(be64(buffer, q + 4) ^ K0, be64(buffer, q + 12) ^ U(identification << 20) ^ K1)
    elif protocol == UDP and q + 16 <= e and be16(buffer, q + 6) != 0:
        sign = fold(be64(buffer, q + 8) ^ K0, U(be32(buffer, q + 4) | (identification << 40)) ^ K1)
    else:
        return U(0), False
    # A repeated UDP datagram may be the application's own; a bare acknowledgment without identification says nothing.
    if identification == 0 and payload == 0:
        return U(0), False
    return (sign & U(0xFFFFFFFF)) | U(1), protocol == TCP or identification != 0


@inlined
def flow_words(
    buffer: Memory, v6: bool, p: int, protocol: int, q: int, e: int, left: int,  # noqa: FBT001 -- compiled code takes positions
    fragment: int, identification: int, vlan: int, key_vlan: int, carrier: int, seed: np.uint64,
    source_mac: int, target_mac: int, out: Memory, row: int, notes: Memory,
) -> None:  # fmt: skip
    """Write the decoded words of the packet whose IP header is at *p* and payload at *q* into row *row* of *out*."""
    if v6:
        s_hi, s_lo = be64(buffer, p + 8), be64(buffer, p + 16)
        d_hi, d_lo = be64(buffer, p + 24), be64(buffer, p + 32)
        flags = KEY_USED | KEY_V6
    else:
        s_hi = d_hi = U(0)
        s_lo, d_lo = U(be32(buffer, p + 12)), U(be32(buffer, p + 16))
        flags = KEY_USED
    sport = dport = kind = code = tcp = 0
    type_and_code = u8(buffer, p + 6) << 8 if v6 else 0  # not ICMP: the base header's next header
    facts = F_FIRST_FRAGMENT if fragment == FIRST_FRAGMENT else 0
    payload, sign, answers, icmp = left, U(0), 0, False
    if fragment == LATER_FRAGMENT:
        facts |= F_LATER_FRAGMENT
        flags |= KEY_LATER_FRAGMENT
    elif protocol in (TCP, UDP, SCTP, DCCP, UDP_LITE):
        # RFC 9260 3.1: the common header of SCTP has 12 octets; the others are useful from their ports on.
        if q + (12 if protocol == SCTP else 4) <= e:
            sport, dport = be16(buffer, q), be16(buffer, q + 2)
        else:
            bump(notes, PORTS_CUT_NOTE)
            flags |= KEY_PORTS_UNKNOWN
        payload = max(left - 8, 0) if protocol != SCTP else max(left - 12, 0)
        if protocol == TCP and q + 14 <= e:
            tcp = u8(buffer, q + 13)
            payload = max(left - (u8(buffer, q + 12) >> 4) * 4, 0)
            # RFC 9293 3.1: SYN without ACK, RST or FIN opens; SYN with ACK answers.
            if tcp & 0x17 == 0x02:
                facts |= F_SENDER_ASKS | F_PURE_SYN
            elif tcp & 0x17 == 0x12:
                facts |= F_SENDER_ANSWERS | F_SYN_ACK
        elif protocol == TCP:
            payload = max(left - 20, 0)
        sign, strong = signature(buffer, q, e, protocol, payload, identification)
        if strong:
            facts |= F_STRONG_SIGN
    elif protocol == ICMPV6 if v6 else protocol == ICMP:
        payload = max(left - 8, 0)
        icmp = True
        if q + 2 <= e:
            kind, code = u8(buffer, q), u8(buffer, q + 1)
            type_and_code = (kind << 8) | code
            kind, answers = icmp_request(kind, v6)
            if answers == 1:
                facts |= F_SENDER_ASKS
            elif answers == 2:
                facts |= F_SENDER_ANSWERS
        else:
            bump(notes, PORTS_CUT_NOTE)
            flags |= KEY_PORTS_UNKNOWN
            type_and_code = 0
    swap = s_hi > d_hi or (s_hi == d_hi and (s_lo > d_lo or (s_lo == d_lo and sport > dport)))
    if swap:
        s_hi, s_lo, d_hi, d_lo, sport, dport = d_hi, d_lo, s_hi, s_lo, dport, sport
        facts |= F_REVERSE
    if icmp:
        sport, dport = kind, code
        if swap != (answers == 2):
            flags |= KEY_ICMP_FROM_B
    if carrier:
        flags |= KEY_CARRIER
    if vlan >= 0:
        facts |= F_VLAN | (vlan << 32)
        if key_vlan:
            flags |= vlan << 12
    key = U((dport << 32) | (protocol << 24) | flags) | (U(sport) << U(48))
    at = row * D_WORDS
    put(out, at + D_A_HI, s_hi)
    put(out, at + D_A_LO, s_lo)
    put(out, at + D_B_HI, d_hi)
    put(out, at + D_B_LO, d_lo)
    put(out, at + D_KEY, key)
    put(out, at + D_HASH, hash_key(s_hi, s_lo, d_hi, d_lo, key, seed))
    put(out, at + D_FACTS, U(facts | (tcp << 8)) | (U(type_and_code) << U(48)))
    put(out, at + D_PAYLOAD, U(payload))
    put(out, at + D_SIGN, sign)
    put(out, at + D_MAC_SRC, U(source_mac))
    put(out, at + D_MAC_DST, U(target_mac))
    put(out, at + D_IDENT, U(identification))
    put(out, at + D_WHERE, U(q | (max(e - q, 0) << WHERE_LENGTH_SHIFT)))
    put(out, at + D_NETWORK, U(p))
    if fragment:
        # IPv4: RFC 791 3.1.  IPv6: the fragment header is the last one before what it cuts (RFC 8200 4.5).
        offset = 0
        if fragment == LATER_FRAGMENT:
            offset = be16(buffer, q - 6) & 0xFFF8 if v6 else (be16(buffer, p + 6) & 0x1FFF) * 8
        put(out, at + D_FRAGMENT, U(offset | (min(left, 0xFFFF) << 16)))
