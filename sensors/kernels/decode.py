"""Frames to decoded words, a batch at a time: stateless, no bounds but the captured end of each frame.

A frame is counted by its *innermost* IP packet; every IP packet around it becomes a carrier row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sensors.kernels.layout import (
    D_A_HI,
    D_A_LO,
    D_B_HI,
    D_B_LO,
    D_FACTS,
    D_HASH,
    D_IDENT,
    D_INDEX,
    D_KEY,
    D_MAC_SRC,
    E_INDEX,
    E_REFUSES,
    F_FIRST_FRAGMENT,
    F_LATER_FRAGMENT,
    N_INDEX,
    N_IP_HI,
    N_IP_LO,
    N_MAC,
    SEEN_ND_ADVERT,
    SEEN_ND_ROUTER,
    SEEN_ND_SOLICIT,
)
from sensors.kernels.link import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, link_header, mac
from sensors.kernels.loads import Bytes, Ints, Small, Words, be64
from sensors.kernels.network import FIRST_FRAGMENT, LATER_FRAGMENT, ipv4, ipv6
from sensors.kernels.reasons import Note, NotCounted
from sensors.kernels.shims import bindings_of_arp, shims
from sensors.kernels.tunnels import NOT_A_TUNNEL, inside
from sensors.kernels.words import ICMP, ICMPV6, flow_words

U = np.uint64
MAX_DEPTH = 4
R_ARP = int(NotCounted.ARP)
N_V4, N_V6, N_CUT = int(Note.IPV4), int(Note.IPV6), int(Note.CUT_BY_SNAPLEN)
N_FIRST, N_LATER = int(Note.FRAGMENT_FIRST), int(Note.FRAGMENT_LATER)
N_DEEP, N_INNER, N_ERROR = int(Note.TUNNEL_TOO_DEEP), int(Note.INNER_NOT_DECODED), int(Note.ICMP_ERROR)


@njit(cache=True, nogil=True)
def quoted_packet(
    buffer: Bytes, v6: bool, q: int, e: int, seed: np.uint64, scratch: Words, notes: Ints, side: Words, at: int, index: int,  # noqa: FBT001
) -> int:  # fmt: skip
    """The flow that an ICMP error at *q* quotes (RFC 792, RFC 4443 2.4); side rows in use afterwards."""
    kind = int(buffer[q])
    error = kind in (1, 2, 3, 4) if v6 else kind in (3, 4, 5, 11, 12)
    if not error:
        return at
    notes[N_ERROR] += 1
    p = q + 8
    ignored = scratch[1].view(np.int64)  # lengths inside a quotation are not this frame's notes
    if v6:
        reason, protocol, r, end, left, fragment, identification = ipv6(buffer, p, e, e - p, ignored)
    else:
        reason, protocol, r, end, left, fragment, identification = ipv4(buffer, p, e, e - p, ignored)
    if reason or at >= side.shape[0]:
        return at
    flow_words(
        buffer, v6, p, protocol, r, end, left, fragment, identification, -1, 0, 0, seed, 0, 0, scratch, 0, ignored
    )  # fmt: skip
    side[at, :6] = scratch[0, :6]
    # Unreachable refuses; "fragmentation needed" (RFC 1191) does not.
    refuses = kind == 1 if v6 else kind == 3 and buffer[q + 1] != 4
    reverse = int(scratch[0, D_FACTS]) & 1
    side[at, E_REFUSES] = U((1 + reverse) if refuses else 0)
    side[at, E_INDEX] = U(index)
    return at + 1


@njit(cache=True, nogil=True)
def bindings_of_nd(buffer: Bytes, p: int, q: int, e: int, vlan: int, index: int, out: Words, at: int) -> int:
    """Neighbour discovery (RFC 4861 4): the link-layer address options of solicitations and advertisements."""
    if q + 8 > e or at >= out.shape[0]:
        return at
    kind = int(buffer[q])
    if kind == 136:  # the target address is bound to the target link-layer address, option 2
        r, hi_at, option, how = q + 24, q + 8, 2, SEEN_ND_ADVERT
    elif kind == 135:
        r, hi_at, option, how = q + 24, p + 8, 1, SEEN_ND_SOLICIT
    elif kind == 134:
        r, hi_at, option, how = q + 16, p + 8, 1, SEEN_ND_ROUTER
    elif kind == 133:
        r, hi_at, option, how = q + 8, p + 8, 1, SEEN_ND_SOLICIT
    else:
        return at
    if hi_at + 16 > e:
        return at
    hi, lo = be64(buffer, hi_at), be64(buffer, hi_at + 8)
    if hi == U(0) and lo == U(0):  # duplicate address detection (RFC 4862 5.4.2) binds nothing
        return at
    for _ in range(16):
        if r + 8 > e or buffer[r + 1] == 0:
            break
        if buffer[r] == option and buffer[r + 1] == 1:
            tag = (max(vlan, 0) << 48) | (1 << 60)
            out[at, N_IP_HI] = hi
            out[at, N_IP_LO] = lo
            out[at, N_MAC] = U(mac(buffer, r + 2) | tag) | (U(how) << U(61))
            out[at, N_INDEX] = U(index)
            return at + 1
        r += int(buffer[r + 1]) * 8
    return at


@njit(cache=True, nogil=True)
def decode_batch(
    buffer: Bytes, offsets: Ints, captured: Ints, wire: Ints, link: Small, nic_vlan: Small, start: int, count: int,
    key_vlan: int, seed: np.uint64, out: Words, carriers: Words, errors: Words, bindings: Words, scratch: Words,
    notes: Ints, used: Ints,
) -> None:  # fmt: skip
    """Decode frames ``start`` to ``start + count``; row i of *out* is frame ``start + i``.

    ``used[0:3]`` becomes the number of rows in *carriers*, *errors* and *bindings*.
    """
    n_carriers = n_errors = n_bindings = 0
    for i in range(count):
        j = start + i
        p = offsets[j]
        captured_end = p + captured[j]
        beyond = max(wire[j] - captured[j], 0)  # octets of the frame behind the captured end
        if beyond:
            notes[N_CUT] += 1
        kind, p, e, source, target = link_header(buffer, p, captured_end, link[j])
        kind, p, source, target, vlan = shims(buffer, p, e, kind, source, target, nic_vlan[j], notes)
        reason, depth, have = 0, 0, False
        v6, at, protocol, q, end, left, fragment, identification = False, p, 0, p, e, 0, 0, 0
        smac, tmac, svlan = source, target, vlan
        while True:
            if kind == ETHERTYPE_IPV4:
                reason, a, b, c, d, f, g = ipv4(buffer, p, e, e - p + beyond, notes)
            elif kind == ETHERTYPE_IPV6:
                reason, a, b, c, d, f, g = ipv6(buffer, p, e, e - p + beyond, notes)
            elif kind == ETHERTYPE_ARP:
                reason = R_ARP
                n_bindings = bindings_of_arp(buffer, p, e, vlan, i, bindings, n_bindings)
            else:
                reason = -kind
            if reason:
                break
            if have and n_carriers < carriers.shape[0]:
                flow_words(
                    buffer, v6, at, protocol, q, end, left, fragment, identification, svlan, key_vlan, 1, seed,
                    smac, tmac, carriers, n_carriers, notes,
                )  # fmt: skip
                carriers[n_carriers, D_INDEX] = U(i)
                n_carriers += 1
            have = True
            v6, at, protocol, q, end, left, fragment, identification = kind == ETHERTYPE_IPV6, p, a, b, c, d, f, g
            smac, tmac, svlan = source, target, vlan
            if fragment:
                notes[N_LATER if fragment == LATER_FRAGMENT else N_FIRST] += 1
                if fragment == LATER_FRAGMENT:
                    break
            inner, r, note = inside(buffer, protocol, q, end)
            if inner == NOT_A_TUNNEL:
                break
            if depth == MAX_DEPTH:
                notes[N_DEEP] += 1
                break
            depth += 1
            inner, r, source, target, vlan = shims(buffer, r, end, inner, 0, 0, -1, notes)
            kind, p, e = inner, r, end
            if kind > 0:
                notes[note] += 1
        if not have:
            out[i, D_KEY] = U(0)
            out[i, D_IDENT] = U(reason)
            continue
        if reason:
            notes[N_INNER] += 1
        notes[N_V6 if v6 else N_V4] += 1
        flow_words(
            buffer,
            v6,
            at,
            protocol,
            q,
            end,
            left,
            fragment,
            identification,
            svlan,
            key_vlan,
            0,
            seed,
            smac,
            tmac,
            out,
            i,
            notes,
        )
        if fragment != LATER_FRAGMENT and protocol == (ICMPV6 if v6 else ICMP) and q + 8 <= end:
            n_errors = quoted_packet(buffer, v6, q, end, seed, scratch, notes, errors, n_errors, i)
            if v6:
                n_bindings = bindings_of_nd(buffer, at, q, end, svlan, i, bindings, n_bindings)
    used[0], used[1], used[2] = n_carriers, n_errors, n_bindings


__all__ = [
    "D_A_HI",
    "D_A_LO",
    "D_B_HI",
    "D_B_LO",
    "D_HASH",
    "D_MAC_SRC",
    "FIRST_FRAGMENT",
    "F_FIRST_FRAGMENT",
    "F_LATER_FRAGMENT",
    "decode_batch",
]
