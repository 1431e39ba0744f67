"""A block of frames: what every source of packets yields and every kernel takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Frames in one buffer, by columns of equal length n.

    The buffer and the columns belong to the source and are valid until the next block is taken
    from it; a consumer that keeps anything copies it.

    - ``buffer``: uint8; frame i is ``buffer[offsets[i] : offsets[i] + captured[i]]``
    - ``offsets``, ``captured``, ``wire``: int64; start, octets captured, octets on the wire
    - ``ts``: int64; nanoseconds since the epoch, UTC (0 where the capture has no time)
    - ``link``: int32; the pcap LINKTYPE of each frame
    - ``interface``: int32; index of the capture's interface
    - ``vlan``: int32; VLAN ID that the network card took out of the frame, -1 where none
    - ``first_number``: number of the block's first frame in its capture, counting from 1
    """

    buffer: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    captured: npt.NDArray[np.int64]
    wire: npt.NDArray[np.int64]
    ts: npt.NDArray[np.int64]
    link: npt.NDArray[np.int32]
    interface: npt.NDArray[np.int32]
    vlan: npt.NDArray[np.int32]
    first_number: int

    def __len__(self) -> int:
        """The number of frames."""
        return len(self.offsets)

    def frame(self, index: int) -> bytes:
        """A copy of the captured octets of frame *index*.  Raises :class:`IndexError`."""
        start = int(self.offsets[index])
        return self.buffer[start : start + int(self.captured[index])].tobytes()
