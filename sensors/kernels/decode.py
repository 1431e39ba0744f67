"""Frames to decoded words, a batch at a time: stateless, no bounds but the captured end of each frame.

A frame is counted by its *innermost* IP packet; every IP packet around it becomes a carrier row.
"""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import kernel
from sensors.kernels.layout import (
    D_FACTS,
    D_IDENT,
    D_INDEX,
    D_KEY,
    D_NETWORK,
    D_PAYLOAD,
    D_WHERE,
    D_WORDS,
    E_INDEX,
    E_REFUSES,
    E_WORDS,
    F_REVERSE,
    SEEN_ND_ADVERT,
    SEEN_ND_ROUTER,
    SEEN_ND_SOLICIT,
    WHERE_LENGTH_SHIFT,
)
from sensors.kernels.link import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, link_header, mac
from sensors.kernels.loads import Bytes, Ints, Memory, Small, Words, be64, bump, get, memory_of, put, u8
from sensors.kernels.network import LATER_FRAGMENT, ipv4, ipv6
from sensors.kernels.reasons import NotCounted, Note
from sensors.kernels.shims import bindings_of_arp, put_binding, shims
from sensors.kernels.tunnels import N_ERSPAN, N_ERSPAN_I, N_ERSPAN_III, NOT_A_TUNNEL, inside
from sensors.kernels.words import ICMP, ICMPV6, flow_words

U = np.uint64
MAX_DEPTH = 4
QUOTATION = 4  # row of the scratch words, behind 64 counters, where a quoted packet is decoded
R_ARP = int(NotCounted.ARP)
N_V4, N_V6, N_CUT = int(Note.IPV4), int(Note.IPV6), int(Note.CUT_BY_SNAPLEN)
N_FIRST, N_LATER = int(Note.FRAGMENT_FIRST), int(Note.FRAGMENT_LATER)
N_DEEP, N_INNER, N_ERROR = int(Note.TUNNEL_TOO_DEEP), int(Note.INNER_NOT_DECODED), int(Note.ICMP_ERROR)


@kernel
def quoted_packet(
    buffer: Memory, v6: bool, q: int, e: int, seed: np.uint64, scratch: Memory, notes: Memory, side: Memory, at: int,  # noqa: FBT001
    room: int, index: int,
) -> int:  # fmt: skip
    """The flow that an ICMP error at *q* quotes (RFC 792, RFC 4443 2.4); side rows in use afterwards.

    *scratch* holds one decoded packet and, from word 64, notes that nobody reads: those of a quotation.
    """
    kind = u8(buffer, q)
    error = kind in (1, 2, 3, 4) if v6 else kind in (3, 4, 5, 11, 12)
    if not error:
        return at
    bump(notes, N_ERROR)
    p = q + 8
    if v6:
        reason, protocol, r, end, left, fragment, identification = ipv6(buffer, p, e, e - p, scratch)
    else:
        reason, protocol, r, end, left, fragment, identification = ipv4(buffer, p, e, e - p, scratch)
    if reason or at >= room:
        return at
    flow_words(
        buffer, v6, p, protocol, r, end, left, fragment, identification, -1, 0, 0, seed, 0, 0, scratch, QUOTATION, scratch
    )
    for word in range(E_REFUSES):
        put(side, at * E_WORDS + word, get(scratch, QUOTATION * D_WORDS + word))
    # Unreachable refuses; "fragmentation needed" (RFC 1191) does not.
    refuses = kind == 1 if v6 else kind == 3 and u8(buffer, q + 1) != 4
    reverse = get(scratch, QUOTATION * D_WORDS + D_FACTS) & U(F_REVERSE)
    put(side, at * E_WORDS + E_REFUSES, (U(1) + reverse) if refuses else U(0))
    put(side, at * E_WORDS + E_INDEX, U(index))
    return at + 1


@kernel
def bindings_of_nd(buffer: Memory, p: int, q: int, e: int, vlan: int, index: int, out: Memory, at: int, room: int) -> int:
    """Neighbour discovery (RFC 4861 4): the link-layer address options of solicitations and advertisements."""
    if q + 8 > e or at >= room:
        return at
    kind = u8(buffer, q)
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
        if r + 8 > e or u8(buffer, r + 1) == 0:
            break
        if u8(buffer, r) == option and u8(buffer, r + 1) == 1:
            put_binding(out, at, hi, lo, mac(buffer, r + 2), vlan, 1, how, index)
            return at + 1
        r += u8(buffer, r + 1) * 8
    return at


@kernel
def decode_batch(
    frames: Bytes, offsets: Ints, captured: Ints, wire: Ints, link: Small, nic_vlan: Small, start: int, count: int,
    key_vlan: int, seed: np.uint64, words: Words, outsides: Words, errors: Words, found: Words, spare: Words,
    counters: Ints, used: Ints,
) -> None:  # fmt: skip
    """Decode frames ``start`` to ``start + count``; row i of *words* is frame ``start + i``.

    ``used[0:3]`` becomes the number of rows in *outsides* (carriers), *errors* and *found* (bindings).
    """
    n_carriers = n_errors = n_bindings = 0
    buffer, notes, scratch = memory_of(frames), memory_of(counters), memory_of(spare)
    out, carriers, side, bindings = memory_of(words), memory_of(outsides), memory_of(errors), memory_of(found)
    carrier_room, error_room, binding_room = outsides.shape[0], errors.shape[0], found.shape[0]
    for i in range(count):
        j = start + i
        p = offsets[j]
        captured_end = p + captured[j]
        beyond = wire[j] - captured[j]  # octets of the frame behind the captured end
        if nic_vlan[j] >= 0:
            beyond -= 4  # the tag that the card took out
        beyond = max(beyond, 0)
        if beyond:
            bump(notes, N_CUT)
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
                n_bindings = bindings_of_arp(buffer, p, e, vlan, i, bindings, n_bindings, binding_room)
            else:
                reason = -kind
            if reason:
                break
            if have and n_carriers < carrier_room:
                flow_words(
                    buffer, v6, at, protocol, q, end, left, fragment, identification, svlan, key_vlan, 1, seed,
                    smac, tmac, carriers, n_carriers, notes,
                )  # fmt: skip
                put(carriers, n_carriers * D_WORDS + D_INDEX, U(i))
                n_carriers += 1
            have = True
            v6, at, protocol, q, end, left, fragment, identification = kind == ETHERTYPE_IPV6, p, a, b, c, d, f, g
            smac, tmac, svlan = source, target, vlan
            if fragment:
                bump(notes, N_LATER if fragment == LATER_FRAGMENT else N_FIRST)
                if fragment == LATER_FRAGMENT:
                    break
            inner, r, note = inside(buffer, protocol, q, end)
            if inner == NOT_A_TUNNEL:
                break
            if depth == MAX_DEPTH:
                bump(notes, N_DEEP)
                break
            depth += 1
            inner, r, source, target, vlan = shims(buffer, r, end, inner, 0, 0, -1, notes)
            kind, p, e = inner, r, end
            if kind > 0:
                bump(notes, note)
                if N_ERSPAN_I <= note <= N_ERSPAN_III:  # all types together have a counter, too
                    bump(notes, N_ERSPAN)
        if not have:
            put(out, i * D_WORDS + D_KEY, U(0))
            put(out, i * D_WORDS + D_IDENT, U(reason))
            put(out, i * D_WORDS + D_FACTS, U(0))
            put(out, i * D_WORDS + D_NETWORK, U(p))
            put(out, i * D_WORDS + D_WHERE, U(p | (max(e - p, 0) << WHERE_LENGTH_SHIFT)))
            put(out, i * D_WORDS + D_PAYLOAD, U(vlan + 1))
            continue
        if reason:
            bump(notes, N_INNER)
        bump(notes, N_V6 if v6 else N_V4)
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
            n_errors = quoted_packet(buffer, v6, q, end, seed, scratch, notes, side, n_errors, error_room, i)
            if v6:
                n_bindings = bindings_of_nd(buffer, at, q, end, svlan, i, bindings, n_bindings, binding_room)
    used[0], used[1], used[2] = n_carriers, n_errors, n_bindings
