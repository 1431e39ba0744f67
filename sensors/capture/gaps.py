"""Times at which a dense capture says nothing: what passed then was not captured (IN-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.model.text import Text
from sensors.kernels.block import Block

SECOND = 1_000_000_000
_KEPT = 1000
_SILENT = Text(
    "{capture}: 途切れなく届いていたパケットが急にまったくなくなる時間が{count}回（最長{minutes}分）あります。"
    "通信がなかったのか、取得が止まっていたのかは区別できません（IN-04）。",
    "{capture}: {count} times packets came steadily and then not one (for {minutes} minutes at most): no traffic and no "
    "capturing cannot be told apart (IN-04).",
)


@dataclass(frozen=True, slots=True)
class Gap:
    """No packet between two; numbers of both, and their times (ns since the epoch)."""

    before: int
    after: int
    begin_ns: int
    end_ns: int


class GapFinder:
    """Finds silences of *seconds* or more where at least one packet a second came in as long a time before.

    A capture of a few exchanges over days is quiet by nature; that nothing was captured can only be told where something
    came steadily.  At most 1000 gaps are kept.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.gaps: list[Gap] = []
        self._carried = np.zeros(0, np.int64)  # times of the newest packets, as many as make a dense stretch

    def see(self, block: Block) -> None:
        """Take in a block, in the order of the capture."""
        if not len(block):
            return
        # A packet may be older than the one before it: what counts is the latest time so far.
        times = np.maximum.accumulate(np.concatenate((self._carried, block.ts)))
        number = block.first_number - len(self._carried)
        for before in np.flatnonzero(np.diff(times) >= self.seconds * SECOND).tolist():
            first = before - self.seconds + 1
            if before >= len(self._carried) - 1 and first >= 0 and times[before] - times[first] <= self.seconds * SECOND:
                if len(self.gaps) >= _KEPT:
                    break
                begin, end = int(times[before]), int(times[before + 1])
                self.gaps.append(Gap(number + before, number + before + 1, begin, end))
        self._carried = times[-self.seconds :]


def silence_text(capture: str, gaps: Sequence[Gap]) -> Text | None:
    """The gaps of a capture in one sentence for the report's part on what was not visible; nothing without any.

    No finding: from the capture alone, no traffic and no capturing look alike.
    """
    if not gaps:
        return None
    longest = max(g.end_ns - g.begin_ns for g in gaps)
    return _SILENT.format(capture=capture, count=len(gaps), minutes=longest // (60 * SECOND))
