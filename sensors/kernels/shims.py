"""What stands between the link header and IP: VLAN tags, MPLS, PPPoE and other shims."""

from __future__ import annotations

import numpy as np

from sensors.kernels.compiled import inlined, kernel
from sensors.kernels.layout import (
    N_INDEX,
    N_IP_HI,
    N_IP_LO,
    N_MAC,
    N_WORDS,
    SEEN_ARP_REPLY,
    SEEN_ARP_REQUEST,
    SEEN_ARP_TARGET,
)
from sensors.kernels.link import (
    ENCRYPTED,
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_PPP,
    ETHERTYPE_TEB,
    MAX_LENGTH_FIELD,
    NO_IP,
    TRUNCATED,
    ethernet,
    llc,
    mac,
    ppp,
)
from sensors.kernels.loads import Memory, be16, be32, bump, put, u8
from sensors.kernels.reasons import NotCounted, Note

U = np.uint64
TOO_MANY = -int(NotCounted.TOO_MANY_TAGS)
MPLS_NO_IP = -int(NotCounted.MPLS_PAYLOAD)
MAX_TAGS = 4
#: All shims of one frame together; a frame of nothing but shims ends here.
MAX_SHIMS = 12
VLAN_NOTE, QINQ_NOTE, MPLS_NOTE = int(Note.VLAN), int(Note.QINQ), int(Note.MPLS)
PPPOE_NOTE, SHIM_NOTE = int(Note.PPPOE), int(Note.ENCAPSULATED_LINK)


@kernel
def mpls(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """Pop labels to the bottom of the stack (RFC 3032 2.1) and look at the nibble that follows (RFC 4928 2)."""
    for _ in range(MAX_SHIMS):
        if p + 4 > e:
            return TRUNCATED, p
        label = be32(buffer, p)
        p += 4
        if label & 0x100:
            if p >= e:
                return TRUNCATED, p
            nibble = u8(buffer, p) >> 4
            if nibble == 4:
                return ETHERTYPE_IPV4, p
            if nibble == 6:
                return ETHERTYPE_IPV6, p
            # RFC 4448 4.6: a control word of 0 before an Ethernet frame.
            if p + 18 <= e and be32(buffer, p) == 0:
                return ETHERTYPE_TEB, p + 4
            return MPLS_NO_IP, p
    return TOO_MANY, p


@kernel
def macsec(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """IEEE 802.1AE-2018 9.3: behind an integrity-only SecTAG the frame goes on in clear."""
    if p + 6 > e:
        return TRUNCATED, p
    if u8(buffer, p) & 0x0C:  # E or C: encrypted, or changed by the cipher
        return ENCRYPTED, p
    p += 14 if u8(buffer, p) & 0x20 else 6
    if p + 2 > e:
        return TRUNCATED, p
    return be16(buffer, p), p + 2


@kernel
def nsh(buffer: Memory, p: int, e: int) -> tuple[int, int]:
    """RFC 8300 2.2: length in words of four octets, next protocol."""
    if p + 8 > e:
        return TRUNCATED, p
    following = u8(buffer, p + 3)
    p += (be16(buffer, p) & 0x3F) * 4
    if following == 1:
        return ETHERTYPE_IPV4, p
    if following == 2:
        return ETHERTYPE_IPV6, p
    if following == 3:
        return ETHERTYPE_TEB, p
    if following == 5:
        return 0x8847, p
    return NO_IP, p


@kernel
def fixed_shim(buffer: Memory, p: int, e: int, kind: int) -> tuple[int, int]:
    """Shims of fixed size with an EtherType at their end; ``(0, p)`` if *kind* is none of them."""
    if kind == 0x893F:  # IEEE 802.1BR E-TAG
        size = 8
    elif kind == 0x8926:  # VN-Tag
        size = 6
    elif kind == 0x88E7:  # IEEE 802.1ah I-TAG: service identifier, customer MACs
        size = 18
    elif kind == 0x8909:  # Cisco metadata: version, length, option, security group tag
        size = 8
    elif kind == 0xD28B:  # Arista time stamp: subtype, version (0x1.: 64 bits, 0x2.: 48 bits), time
        if p + 4 > e:
            return TRUNCATED, p
        size = 14 if be16(buffer, p + 2) & 0xF0 == 0x10 else 12
    else:
        return 0, p
    if p + size > e:
        return TRUNCATED, p
    return be16(buffer, p + size - 2), p + size


@inlined
def shims(
    buffer: Memory, p: int, e: int, kind: int, source: int, target: int, vlan: int, notes: Memory
) -> tuple[int, int, int, int, int]:
    """Remove every shim.  EtherType of IP or ARP or minus a reason, next octet, MACs, innermost VLAN ID (-1: none)."""
    tags = 1 if vlan >= 0 else 0
    for _ in range(MAX_SHIMS):
        if kind in (ETHERTYPE_IPV4, ETHERTYPE_IPV6) or kind <= 0:
            break
        if kind in (0x8100, 0x88A8, 0x9100, 0x9200):  # IEEE 802.1Q-2018 9.6 and the older QinQ types
            if p + 4 > e:
                kind = TRUNCATED
                break
            tags += 1
            if tags > MAX_TAGS:
                kind = TOO_MANY
                break
            vlan = be16(buffer, p) & 0xFFF
            kind = be16(buffer, p + 2)
            p += 4
            if kind <= MAX_LENGTH_FIELD:
                kind, p = llc(buffer, p, e)
        elif kind in (0x8847, 0x8848):
            bump(notes, MPLS_NOTE)
            kind, p = mpls(buffer, p, e)
            source = target = 0  # the MACs are the label switches'
        elif kind == 0x8864:  # PPPoE session (RFC 2516 4): version, code, session, length
            bump(notes, PPPOE_NOTE)
            p += 6
            kind, p = ppp(buffer, p, e)
        elif kind == ETHERTYPE_PPP:
            kind, p = ppp(buffer, p, e)
        elif kind == ETHERTYPE_TEB:
            bump(notes, SHIM_NOTE)
            kind, p, source, target = ethernet(buffer, p, e)
        elif kind == 0x88E5:
            bump(notes, SHIM_NOTE)
            kind, p = macsec(buffer, p, e)
        elif kind == 0x894F:
            bump(notes, SHIM_NOTE)
            kind, p = nsh(buffer, p, e)
        elif kind == 0x8903:  # Cisco FabricPath: tag, then the customer's Ethernet frame
            bump(notes, SHIM_NOTE)
            kind, p, source, target = ethernet(buffer, p + 2, e)
        elif kind == ETHERTYPE_ARP:
            break
        else:
            was, start = kind, p
            kind, p = fixed_shim(buffer, p, e, was)
            if kind == 0:
                kind = NO_IP
                break
            bump(notes, SHIM_NOTE)
            if was == 0x88E7 and kind >= 0:
                target, source = mac(buffer, start + 4), mac(buffer, start + 10)
    if kind > 0 and kind not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP):
        kind = TOO_MANY
    if tags:
        bump(notes, VLAN_NOTE)
        if tags > 1:
            bump(notes, QINQ_NOTE)
    return kind, p, source, target, vlan


@kernel
def put_binding(
    out: Memory, at: int, hi: np.uint64, lo: np.uint64, hardware: int, vlan: int, v6: int, how: int, index: int
) -> None:
    """Write one binding row; VLAN 0 is a priority tag, no VLAN (IEEE 802.1Q-2018 9.6)."""
    put(out, at * N_WORDS + N_IP_HI, hi)
    put(out, at * N_WORDS + N_IP_LO, lo)
    put(out, at * N_WORDS + N_MAC, U(hardware | (max(vlan, 0) << 48) | (v6 << 60)) | (U(how) << U(61)))
    put(out, at * N_WORDS + N_INDEX, U(index))


@kernel
def bindings_of_arp(buffer: Memory, p: int, e: int, vlan: int, index: int, out: Memory, at: int, room: int) -> int:
    """ARP for IPv4 over six-octet hardware addresses (RFC 826): sender and, in a reply, target; rows in use afterwards."""
    if p + 28 > e or be32(buffer, p + 2) != 0x08000604:
        return at
    operation = be16(buffer, p + 6)
    sender, target = be32(buffer, p + 14), be32(buffer, p + 24)
    # RFC 5227 1.1: a sender address of 0 is a probe and binds nothing.
    if sender and at < room:
        how = SEEN_ARP_REPLY if operation == 2 else SEEN_ARP_REQUEST
        put_binding(out, at, U(0), U(sender), mac(buffer, p + 8), vlan, 0, how, index)
        at += 1
    hardware = mac(buffer, p + 18)
    if operation == 2 and target and hardware and at < room:
        put_binding(out, at, U(0), U(target), hardware, vlan, 0, SEEN_ARP_TARGET, index)
        at += 1
    return at
