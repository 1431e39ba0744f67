"""Frames as a pcapng file whose packets carry the finding's ID as a comment.

Only what evidence needs of the format (draft-ietf-opsawg-pcapng): one section, one interface, enhanced packet blocks in
order, nanosecond stamps.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_END, _COMMENT, _APPLICATION, _NAME, _RESOLUTION = 0, 1, 4, 2, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A captured frame: octets as captured, its length on the wire, nanoseconds since the epoch."""

    data: bytes
    wire: int
    at_ns: int


def pcapng(frames: Iterable[Frame], *, link: int, interface: str, comment: str, application: str) -> bytes:
    """The file as octets; *comment* stands in the section and at every packet.  *link*: LINKTYPE number."""
    options = _option(_COMMENT, comment) + _option(_APPLICATION, application) + _option(_END, "")
    out = [_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)]
    options = _option(_NAME, interface) + struct.pack("<HHB3x", _RESOLUTION, 1, 9) + _option(_END, "")
    out.append(_block(_INTERFACE, struct.pack("<HHI", link, 0, 0) + options))
    options = _option(_COMMENT, comment) + _option(_END, "")
    for frame in frames:
        stamp = max(frame.at_ns, 0)
        head = struct.pack(
            "<IIIII", 0, stamp >> 32 & 0xFFFFFFFF, stamp & 0xFFFFFFFF, len(frame.data), max(frame.wire, len(frame.data))
        )
        out.append(_block(_PACKET, head + _padded(frame.data) + options))
    return b"".join(out)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: str) -> bytes:
    octets = value.encode("utf-8", "replace")[:65535]
    return struct.pack("<HH", code, len(octets)) + _padded(octets)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)
