"""Fragments of IP datagrams put together (RFC 791 3.2, RFC 8200 4.5), bounded in number and size."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

_OPEN = 256  # datagrams waiting for fragments
_PIECES = 64
_TCP, _UDP = 6, 17


@dataclass(slots=True)
class _Open:
    pieces: dict[int, bytes] = field(default_factory=dict)
    total: int = -1
    lead: int = 8  # octets of the transport header
    begin: tuple[int, int, int] = (0, 0, 0)  # of a TCP segment: sequence number, acknowledgement, flags


class Fragments:
    """Joins datagrams of UDP and TCP.  Counts ``fragments_lost``: datagrams given up, or with pieces that disagree."""

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts
        self._open: OrderedDict[bytes, _Open] = OrderedDict()

    def take(
        self, header: bytes, octets: bytes, fragment: int, protocol: int, lead: int, begin: tuple[int, int, int]
    ) -> tuple[bytes, tuple[int, int, int]] | None:  # fmt: skip
        """One fragment; the transport payload of the whole and its *begin* once it is there.

        *header*: from the IP header on; *octets*: what follows the transport header of *lead* octets in a first fragment
        (1), the whole fragment in a later one (2); *begin*: of a first fragment.
        """
        place = _place(header) if len(header) >= 40 else None
        if place is None or protocol not in (_UDP, _TCP):
            return None
        key, offset, more = place
        entry = self._open.get(key)
        if entry is None:
            entry = self._open[key] = _Open()
            if len(self._open) > _OPEN:
                self._open.popitem(last=False)
                self.counts["fragments_lost"] += 1
        at = offset if fragment == 2 else lead
        if fragment == 1:
            entry.lead, entry.begin = lead, begin
        if len(entry.pieces) >= _PIECES or (at in entry.pieces and entry.pieces[at] != octets):
            self.counts["fragments_lost"] += 1
            self._open.pop(key, None)
            return None
        entry.pieces[at] = octets
        if not more:
            entry.total = at + len(octets)
        if entry.total < 0:
            return None
        out, end = bytearray(), entry.lead
        for start in sorted(entry.pieces):
            if start != end:
                return None
            out += entry.pieces[start]
            end = start + len(entry.pieces[start])
        if end != entry.total:
            return None
        del self._open[key]
        return bytes(out), entry.begin


def _place(header: bytes) -> tuple[bytes, int, bool] | None:
    """Identity, offset in octets and more-fragments flag out of an IP header."""
    if header[0] >> 4 == 4:
        flags = int.from_bytes(header[6:8], "big")
        return header[4:6] + header[12:20], (flags & 0x1FFF) * 8, bool(flags & 0x2000)
    if header[0] >> 4 == 6:
        kind, at = header[6], 40
        for _ in range(4):
            if at + 8 > len(header):
                return None
            if kind == 44:
                flags = int.from_bytes(header[at + 2 : at + 4], "big")
                return header[8:40] + header[at + 4 : at + 8], flags & 0xFFF8, bool(flags & 1)
            if kind not in (0, 43, 60):
                return None
            kind, at = header[at], at + 8 + header[at + 1] * 8
    return None
