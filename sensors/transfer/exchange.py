"""From tapped packets to records of transfers: streams put together, protocols recognised and read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from sensors.kernels.block import Block
from sensors.kernels.taps import Taps
from sensors.streams.table import Connection, Reader, StreamLimits, Streams
from sensors.transfer.protocols.base import Shared, Transfer, Unseen
from sensors.transfer.protocols.bodies import Quota
from sensors.transfer.protocols.nfs import Nfs
from sensors.transfer.protocols.opaque import Opaque
from sensors.transfer.protocols.payload import give_up
from sensors.transfer.protocols.recognise import reader_of
from sensors.transfer.protocols.screens import Screen
from sensors.transfer.protocols.tftp import TftpData, TftpPlan, TftpRequest
from sensors.watch.basis import value
from sensors.watch.watcher import FlowTable

_UDP = 17
#: UDP ports of screen protocols: RDP (MS-RDPEUDP), EDT of ICA, Blast, PCoIP.
_SCREENS = {3389: "rdp", 2598: "ica", 1494: "ica", 8443: "blast", 22443: "blast", 4172: "pcoip"}
Ends = tuple[tuple[int, int], tuple[int, int]]


class Exchange:
    """Reads every flow whose packets it is given and that is *wanted*; *emit* takes the records.

    ``counts``: limits and losses of streams and readers.  ``flow(connection)`` is the row of the flow table as it was when the
    connection began.
    """

    def __init__(
        self, emit: Callable[[Transfer], None], *, limits: StreamLimits | None = None, quota: Quota | None = None,
        contain: bool = True, wanted: Callable[[np.void], bool] | None = None,
    ) -> None:  # fmt: skip
        self._wanted = wanted
        self.counts: Counter[str] = Counter()
        quota = quota or Quota()
        quota.counts = self.counts
        self.shared = Shared(quota, emit, self.counts, self._ends_of)
        self.streams = Streams(self._open, limits=limits, contain=contain)
        self.streams.counts = self.counts
        self._flows: dict[int, np.void] = {}
        self._ends: dict[int, Ends] = {}
        self._table: FlowTable | None = None

    def feed(self, block: Block, taps: Taps, table: FlowTable) -> None:
        """Take tapped packets of *block*."""
        self._table = table
        self.streams.feed(block, taps)

    def end(self, row: int) -> None:
        """A flow is over."""
        self.streams.end(row)
        self._flows.pop(row, None)
        self._ends.pop(row, None)

    def finish(self) -> None:
        """The capture is over: everything unfinished is told as it is."""
        self.streams.finish()
        for join in list(self.shared.ranges.values()):
            give_up(join)
        self.shared.ranges.clear()
        for sparse in self.shared.resumable.values():
            sparse.drop()
        self.shared.resumable.clear()

    def flow(self, connection: Connection) -> np.void:
        """The flow of a connection as it is known by now: who began may have become certain since."""
        known = self._flows[connection.row]
        if self._table is not None:
            now = self._table.rows(np.array([connection.row], np.int64))
            if len(now) and all(now[0][c] == known[c] for c in ("first_ns", "a_lo", "b_lo", "a_port", "b_port")):
                known = now[0]
        return known

    def _ends_of(self, connection: Connection) -> Ends:
        return self._ends[connection.row]

    def _open(self, connection: Connection) -> Reader | None:
        assert self._table is not None
        flow = self._table.rows(np.array([connection.row], np.int64))[0]
        if self._wanted is not None and not self._wanted(flow):
            return None
        self._flows[connection.row] = flow
        ends = (
            (value(flow["a_hi"], flow["a_lo"]), int(flow["a_port"])),
            (value(flow["b_hi"], flow["b_lo"]), int(flow["b_port"])),
        )
        self._ends[connection.row] = ends
        initiator = connection.initiator if connection.initiator >= 0 else int(flow["initiator_b"])
        connection.initiator = initiator
        if connection.protocol != _UDP:
            return reader_of(self.shared, connection, initiator)
        return self._udp(connection, ends, initiator)

    def _udp(self, connection: Connection, ends: Ends, initiator: int) -> Reader | None:
        for side, end in enumerate(ends):
            plan = self.shared.expected.pop((*end, _UDP), None)  # type: ignore[arg-type]
            if isinstance(plan, TftpPlan):
                return TftpData(self.shared, connection, side, plan)
        server = ends[1 - initiator][1]
        if server == 69:
            return TftpRequest(self.shared, connection, initiator)
        if server == 2049:
            return Nfs(self.shared, connection, initiator)
        if server in _SCREENS:
            return Screen(self.shared, connection, initiator, protocol=_SCREENS[server])
        quic = server == 443
        return Opaque(
            self.shared, connection, initiator, protocol="quic" if quic else "udp",
            unseen=Unseen.QUIC if quic else Unseen.UNKNOWN,
        )  # fmt: skip
