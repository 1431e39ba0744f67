"""The newest frames in memory, so that evidence also shows what went before a violation.

Rings of copied frames, bounded in octets.  What belongs to a finding is looked up by the octets of its addresses: that finds
the hosts' packets in plain frames, in ARP and inside every tunnel alike, without decoding anything again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sensors.evidence.pcapng import Frame
from sensors.kernels.block import Block

_ETHERNET = 1


@dataclass(frozen=True, slots=True)
class _Held:
    """Frames of one block: frame i is ``octets[starts[i] : starts[i] + lengths[i]]``."""

    octets: bytes
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    wire: npt.NDArray[np.int64]
    ts: npt.NDArray[np.int64]
    link: npt.NDArray[np.int32]
    vlan: npt.NDArray[np.int32]


@dataclass(slots=True)
class RecentFrames:
    """The newest frames, at most *room* octets of them."""

    room: int = 32 << 20
    _blocks: deque[_Held] = field(default_factory=deque)
    _octets: int = 0

    def add(self, block: Block, rows: npt.NDArray[np.int64] | None = None) -> None:
        """Keep copies of a block's frames (those with the indices *rows*, int64, or all); the oldest go for room."""
        if rows is None and len(block):
            low = int(block.offsets[0])
            octets = block.buffer[low : int(block.offsets[-1]) + int(block.captured[-1])].tobytes()
            starts, rows = block.offsets - low, np.arange(len(block))
        elif rows is not None and len(rows):
            octets = b"".join(block.frame(int(r)) for r in rows)
            starts = np.concatenate(([0], np.cumsum(block.captured[rows])[:-1])).astype(np.int64)
        else:
            return
        if len(octets) > self.room:  # one block alone would push out everything else and still not fit
            return
        columns = (block.captured[rows], block.wire[rows], block.ts[rows], block.link[rows], block.vlan[rows])
        self._blocks.append(_Held(octets, starts, *columns))
        self._octets += len(octets)
        while self._octets > self.room:
            self._octets -= len(self._blocks.popleft().octets)

    def find(self, patterns: Sequence[bytes], *, limit: int, snap: int, since_ns: int = 0) -> list[tuple[int, Frame]]:
        """The newest *limit* frames that hold **all** of *patterns* (addresses in network order), oldest first.

        Each with its LINKTYPE; frames are cut to *snap* octets, and those before *since_ns* are left out.
        """
        found: list[tuple[int, Frame]] = []
        for held in reversed(self._blocks):
            sets = [set(_rows(held, p)) for p in patterns if p]
            for row in sorted(set.intersection(*sets) if sets else (), reverse=True):
                if held.ts[row] >= since_ns:
                    found.append((int(held.link[row]), _frame(held, row, snap)))
                if len(found) >= limit:
                    return found[::-1]
        return found[::-1]


def _frame(held: _Held, row: int, snap: int) -> Frame:
    start, length = int(held.starts[row]), int(held.lengths[row])
    data, wire = held.octets[start : start + min(length, snap)], int(held.wire[row])
    if (vlan := int(held.vlan[row])) >= 0 and held.link[row] == _ETHERNET and len(data) >= 12:
        # The card took the tag out of the frame (IEEE 802.1Q 9.6); a file without it would show another segment.
        data, wire = data[:12] + b"\x81\x00" + vlan.to_bytes(2, "big") + data[12:], wire + 4
    return Frame(data=data, wire=wire, at_ns=int(held.ts[row]))


def _rows(held: _Held, pattern: bytes) -> Iterator[int]:
    """Rows whose octets hold the pattern.  An occurrence that straddles two frames belongs to none."""
    at = held.octets.find(pattern)
    while at >= 0:
        row = int(np.searchsorted(held.starts, at, side="right")) - 1
        end = int(held.starts[row] + held.lengths[row]) if row >= 0 else 0
        if row >= 0 and at + len(pattern) <= end:
            yield row
            at = held.octets.find(pattern, end)  # one occurrence is enough for a frame
        else:
            at = held.octets.find(pattern, at + 1)
