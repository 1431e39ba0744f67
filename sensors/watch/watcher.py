"""What a stateful detector is to the pipeline: it asks for packets and flows, and tells findings at each tick.

``replay`` and the live service drive watchers alike, so a capture gives the same findings live and from a file.  To make
that so, a watcher measures time by ``ts_ns`` of the taps and the flows' own times; ``now_ns`` of a tick only says that this
much time has passed.  A watcher bounds its memory itself and counts what it could not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from segmentation.model.finding import Finding
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from sensors.kernels.block import Block
from sensors.kernels.taps import Tapped, Taps
from sensors.kernels.view import Parties

#: Verdict kinds by the number in a column of verdicts.
VERDICTS: tuple[VerdictKind, ...] = tuple(VerdictKind)


class FlowTable(Protocol):
    """The flow table as a watcher sees it."""

    def rows(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
        """The flows (:data:`sensors.kernels.view.FLOW`) with these row numbers, in that order."""

    def parties(self, numbers: npt.NDArray[np.int64]) -> Parties:
        """The little of these rows that tells whether a packet is of interest at all; much cheaper than :meth:`rows`."""

    def mark(self, numbers: npt.NDArray[np.int64], classes: int) -> None:
        """From now on tap every packet of these rows as *classes* (bits of :class:`Tapped`), too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowChanges:
    """Flows that are new, have had packets or have ended since the last tick; columns of equal length.

    - ``rows``: row numbers, valid until the flow has ended; -1 for a flow that found the table full
    - ``flows``: :data:`sensors.kernels.view.FLOW`; carriers (outsides of tunnels) and later fragments included
    - ``verdicts``: uint8, positions in :data:`VERDICTS`
    - ``new``, ``ended``: bool; a flow that is neither had more packets
    - ``packets``, ``octets``: int64, since the flow was last told
    """

    rows: npt.NDArray[np.int64]
    flows: npt.NDArray[np.void]
    verdicts: npt.NDArray[np.uint8]
    new: npt.NDArray[np.bool_]
    ended: npt.NDArray[np.bool_]
    packets: npt.NDArray[np.int64]
    octets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """The number of flows."""
        return len(self.rows)


class Watcher(Protocol):
    """A stateful detector.

    Between two ticks: :meth:`on_taps` for each block that has taps of ``classes``, in packet order; then at the tick
    :meth:`on_flows` any number of times (each flow once) and :meth:`tick` once.
    """

    @property
    def name(self) -> str:
        """Of the detector; a label of its counters."""

    @property
    def classes(self) -> Tapped:
        """The taps it wants; ``Tapped(0)`` for none."""

    def decisions(self, judge: Judge) -> Iterable[int]:
        """Positions in ``judge.decisions`` whose flows are to be tapped as :attr:`Tapped.TRANSFER`; often none."""

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:
        """Read packets: *taps* has only rows with at least one of ``classes``.  Nothing of *block* may be kept."""

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at flows, in slices."""

    def tick(self, now_ns: int) -> Iterable[Finding]:
        """What was found since the last tick; counts in it are those since then (``finding.count``)."""

    def counters(self) -> Mapping[str, int]:
        """Totals since the start, by a closed set of reasons; never falling."""

    def reload(self, judge: Judge) -> None:
        """Go on with another zone model or policy.  Row numbers stay valid."""
