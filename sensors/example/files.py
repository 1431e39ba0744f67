"""Capture files: pcap in both byte orders and resolutions, pcapng with several interfaces."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ETHERNET = 1  # LINKTYPE_ETHERNET
_SNAPLEN = 262144


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with its time (nanoseconds since the epoch, UTC) and the position of its interface."""

    at: int
    data: bytes
    interface: int = 0


def pcap(frames: Iterable[Frame], *, nano: bool = False, big: bool = False) -> bytes:
    """A classic capture file (draft-ietf-opsawg-pcap 4, 5); the interfaces of frames are not recorded."""
    order = ">" if big else "<"
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, _SNAPLEN, _ETHERNET)]
    unit = 1 if nano else 1000
    for f in frames:
        seconds, rest = divmod(f.at, 1_000_000_000)
        out += (struct.pack(order + "IIII", seconds, rest // unit, len(f.data), len(f.data)), f.data)
    return b"".join(out)


def pcapng(frames: Iterable[Frame], interfaces: Sequence[tuple[str, int]], *, big: bool = False) -> bytes:
    """A pcapng file (draft-ietf-opsawg-pcapng 4): one section; *interfaces* are (name, power of ten of a second's parts)."""
    order = ">" if big else "<"
    out = [_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for name, digits in interfaces:
        options = _option(order, 2, name.encode()) + _option(order, 9, bytes((digits,))) + struct.pack(order + "HH", 0, 0)
        out.append(_block(order, 1, struct.pack(order + "HHI", _ETHERNET, 0, _SNAPLEN) + options))
    units = [10 ** (9 - digits) for _name, digits in interfaces]
    for f in frames:
        ticks = f.at // units[f.interface]
        head = struct.pack(order + "IIIII", f.interface, ticks >> 32, ticks & 0xFFFFFFFF, len(f.data), len(f.data))
        out.append(_block(order, 6, head + _padded(f.data)))
    return b"".join(out)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + _padded(value)


def _block(order: str, kind: int, body: bytes) -> bytes:
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length
