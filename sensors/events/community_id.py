"""Community ID v1: one hash for one flow in every tool (github.com/corelight/community-id-spec)."""

from __future__ import annotations

import base64
import hashlib
import struct

from segmentation.model.addresses import Family
from segmentation.model.services import ICMP, ICMPV6, SCTP, TCP, UDP

_WITH_PORTS = frozenset({TCP, UDP, SCTP})
#: Types that ask and answer each other: RFC 792, RFC 950, RFC 1256; RFC 4443, RFC 2710, RFC 4861, RFC 4620.
_ICMP_PAIRS = ((8, 0), (13, 14), (15, 16), (17, 18), (10, 9))
_ICMPV6_PAIRS = ((128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145))
_COUNTERPART: dict[int, dict[int, int]] = {
    ICMP: {a: b for pair in _ICMP_PAIRS for a, b in (pair, pair[::-1])},
    ICMPV6: {a: b for pair in _ICMPV6_PAIRS for a, b in (pair, pair[::-1])},
}


def community_id(family: Family, src: int, dst: int, protocol: int, sport: int, dport: int, *, seed: int = 0) -> str:
    """The Community ID of a flow.  For ICMP, *sport* is the type and *dport* the code; the direction does not matter."""
    size = 4 if family == 4 else 16
    one_way = False
    ports: tuple[int, int] | None = (sport, dport) if protocol in _WITH_PORTS else None
    if protocol in _COUNTERPART:
        answer = _COUNTERPART[protocol].get(sport)
        one_way = answer is None
        ports = (sport, dport if answer is None else answer)
    a, b = src.to_bytes(size, "big"), dst.to_bytes(size, "big")
    if not one_way and (a, ports[0] if ports else 0) > (b, ports[1] if ports else 0):
        a, b = b, a
        ports = ports[::-1] if ports else None
    message = struct.pack("!H", seed) + a + b + struct.pack("!BB", protocol, 0)
    if ports:
        message += struct.pack("!HH", *ports)
    # The specification fixes SHA-1; it is a name here, not a protection.
    return "1:" + base64.b64encode(hashlib.sha1(message, usedforsecurity=False).digest()).decode("ascii")
