"""IP headers: from the first octet of an IPv4 or IPv6 header to its payload.

Behaviour on impossible lengths follows what a receiver can still know: an IPv4 total length of 0
is a frame captured before segmentation offload (Linux ``Documentation/networking/segmentation-offloads``)
and means *to the end of the frame*; a header longer than the total length is not a packet.
"""

from __future__ import annotations

from sensors.kernels.compiled import inlined, kernel
from sensors.kernels.loads import Memory, be16, be32, bump, u8
from sensors.kernels.reasons import NotCounted, Note

TRUNCATED_IP = int(NotCounted.TRUNCATED_IP)
BAD_VERSION = int(NotCounted.BAD_IP_VERSION)
BAD_LENGTH = int(NotCounted.BAD_IP_LENGTH)
EXTENSION_NOTE, TOO_MANY_NOTE = int(Note.IPV6_EXTENSION), int(Note.IPV6_EXTENSIONS_TOO_MANY)
ZERO_NOTE, BEYOND_NOTE = int(Note.TOTAL_LENGTH_ZERO), int(Note.TOTAL_LENGTH_BEYOND_FRAME)
WHOLE, FIRST_FRAGMENT, LATER_FRAGMENT = 0, 1, 2
AH = 51
MAX_EXTENSIONS = 8

#: reason or 0, protocol, payload start, captured end of the packet, payload octets on the wire, fragment, identification
Packet = tuple[int, int, int, int, int, int, int]


@kernel
def authentication_header(buffer: Memory, q: int, e: int, left: int) -> tuple[int, int, int]:
    """Step over AH (RFC 4302 2): next protocol, next octet, octets left on the wire; protocol 51 if it is cut."""
    if q + 2 > e:
        return AH, q, left
    size = (u8(buffer, q + 1) + 2) * 4
    if size > left or q + size > e:
        return AH, q, left
    return u8(buffer, q), q + size, left - size


@inlined
def ipv4(buffer: Memory, p: int, e: int, wire: int, notes: Memory) -> Packet:
    """An IPv4 header at *p* (RFC 791 3.1); *wire* octets of the frame stood here on the wire."""
    if p + 20 > e:
        return TRUNCATED_IP, 0, p, e, 0, 0, 0
    if u8(buffer, p) >> 4 != 4:
        return BAD_VERSION, 0, p, e, 0, 0, 0
    header = (u8(buffer, p) & 15) * 4
    total = be16(buffer, p + 2)
    if total == 0:
        bump(notes, ZERO_NOTE)
        total = max(wire, header)
    if header < 20 or total < header:
        return BAD_LENGTH, 0, p, e, 0, 0, 0
    if total > wire:
        bump(notes, BEYOND_NOTE)
    e = min(e, p + total)
    offset = be16(buffer, p + 6)
    fragment = WHOLE
    if offset & 0x1FFF:
        fragment = LATER_FRAGMENT
    elif offset & 0x2000:
        fragment = FIRST_FRAGMENT
    protocol, q, left = u8(buffer, p + 9), p + header, total - header
    if protocol == AH and fragment != LATER_FRAGMENT:
        protocol, q, left = authentication_header(buffer, q, e, left)
    return 0, protocol, q, e, left, fragment, be16(buffer, p + 4)


@inlined
def ipv6(buffer: Memory, p: int, e: int, wire: int, notes: Memory) -> Packet:
    """An IPv6 header at *p* and its extension headers (RFC 8200 3 and 4)."""
    if p + 40 > e:
        return TRUNCATED_IP, 0, p, e, 0, 0, 0
    if u8(buffer, p) >> 4 != 6:
        return BAD_VERSION, 0, p, e, 0, 0, 0
    left = be16(buffer, p + 4)
    protocol, q = u8(buffer, p + 6), p + 40
    if left == 0:  # a jumbogram (RFC 2675 2) or offload: to the end of the frame
        left = max(wire - 40, 0)
    elif left + 40 > wire:
        bump(notes, BEYOND_NOTE)
    e = min(e, q + left)
    fragment, identification, count = WHOLE, 0, 0
    # Hop-by-hop, routing, fragment, destination options, AH (RFC 8200 4.1, RFC 4302), shim6 and HIP (RFC 5533, RFC 7401).
    while protocol in (0, 43, 44, 60, AH, 139, 140):
        if count == MAX_EXTENSIONS:
            bump(notes, TOO_MANY_NOTE)
            break
        if q + 8 > e:
            break
        if protocol == 44:
            size = 8
            if be16(buffer, q + 2) & 0xFFF8:
                fragment = LATER_FRAGMENT
            elif be16(buffer, q + 2) & 1:
                fragment = FIRST_FRAGMENT
            identification = be32(buffer, q + 4)
        elif protocol == AH:
            size = (u8(buffer, q + 1) + 2) * 4
        else:
            size = (u8(buffer, q + 1) + 1) * 8
        if size > left:
            break
        protocol = u8(buffer, q)
        q += size
        left -= size
        count += 1
        if fragment == LATER_FRAGMENT:
            break
    if count:
        bump(notes, EXTENSION_NOTE)
    return 0, protocol, q, e, left, fragment, identification
