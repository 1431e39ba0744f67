"""The flow tracker: owns the kernels' arrays, feeds blocks, grows the table, hands out rows and counters.

Not a kernel itself and without I/O, clock or randomness: the caller gives the hash seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sensors.kernels.block import Block
from sensors.kernels.changes import forget_rows, judge_again, judge_ahead
from sensors.kernels.feed import (
    BATCH_ROWS,
    O_DROP_DUPLICATES,
    O_JOIN_FRAGMENTS,
    O_KEY_VLAN,
    O_MAY_GROW,
    O_STRAYS,
    O_TAP,
    Bench,
    Store,
    feed,
)
from sensors.kernels.layout import (
    B_LAST_NO,
    B_WORDS,
    BATCH,
    D_WORDS,
    E_WORDS,
    N_WORDS,
    P_WORDS,
    R_SPARE,
    R_WORDS,
    SPARE_CLASSES_SHIFT,
)
from sensors.kernels.lookup import Tables
from sensors.kernels.reasons import NotCounted, Note
from sensors.kernels.table import T_BINDINGS, T_EVENTS, T_LIVE, T_STRAYS, T_USED, T_WORDS, rebuild, sweep
from sensors.kernels.tables import compile_tables
from sensors.kernels.taps import TAP, TapConfig, Taps, tap_tables
from sensors.kernels.view import Parties, flow_view, parties_view

_LINE = 64  # octets of a cache line: rows are three of them and must not straddle four


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """Bounds and habits of a tracker.

    - ``flows``: rows to begin with; ``max_flows``: rows it may grow to (192 octets each, and 16 to 32 of index);
      equal values make a table of fixed size (live capture)
    - ``key_by_vlan``: equal addresses in different VLANs are different hosts (overlapping address spaces only)
    - ``join_fragments``: count later fragments in the row of their first fragment; otherwise they have rows of
      their own, marked ``later_fragment``, with the same ports and initiator
    - ``drop_duplicates``: do not add packets that look like a mirror's second copy (they are always noted)
    - ``events``: rows that the event list holds between two calls of :meth:`Tracker.take_events`
    - ``bindings``, ``fragments``: address-to-MAC pairs and datagrams remembered, powers of two
    - ``taps``: which packets :meth:`Tracker.taps` gives; None for none
    - ``strays``: forbidden flows beyond a full table that are kept for :meth:`Tracker.take_strays`, and how many of them
      one decision may have
    - ``seed``: of the hash; live capture gives a secret one
    """

    flows: int = 1 << 16
    max_flows: int = 1 << 22
    key_by_vlan: bool = False
    join_fragments: bool = False
    drop_duplicates: bool = False
    events: int = 1 << 16
    bindings: int = 1 << 16
    fragments: int = 1 << 15
    taps: TapConfig | None = None
    strays: int = 0
    strays_each: int = 64
    seed: int = 0x5E_C1_50

    def sized(self, flows: int, **changes: Any) -> TrackerConfig:
        """The same with a table of fixed size for so many flows."""
        return replace(self, flows=flows, max_flows=flows, **changes)


def _rows(count: int) -> npt.NDArray[np.uint64]:
    """A zeroed (count, R_WORDS) array that begins at a cache line; pages are the kernel's until touched."""
    raw = np.zeros(count * R_WORDS + _LINE // 8, np.uint64)
    skip = -raw.ctypes.data % _LINE // 8
    return raw[skip : skip + count * R_WORDS].reshape(count, R_WORDS)


def _index(rows: int) -> npt.NDArray[np.uint64]:
    """An empty index for so many rows: the power of two from twice as many slots."""
    return np.zeros(1 << (2 * rows - 1).bit_length(), np.uint64)


class Tracker:
    """Flows of the packets fed so far."""

    def __init__(self, tables: Tables | None = None, config: TrackerConfig | None = None) -> None:
        self.config = config or TrackerConfig()
        self.tables = tables if tables is not None else compile_tables()
        self.packets = 0
        self.octets = 0
        c = self.config
        zones = round((len(self.tables.pairs) // 2) ** 0.5)
        first = max(c.flows, 2 * BATCH_ROWS)
        self._taps = tap_tables(c.taps, len(self.tables.watch) - 1, zones)
        options = np.zeros(8, np.int64)
        options[O_TAP], options[O_STRAYS] = c.taps is not None, c.strays > 0
        options[O_KEY_VLAN], options[O_JOIN_FRAGMENTS] = c.key_by_vlan, c.join_fragments
        options[O_DROP_DUPLICATES], options[O_MAY_GROW] = c.drop_duplicates, first < c.max_flows
        if not options[O_MAY_GROW]:
            first = c.max_flows
        self._store = Store(
            slots=_index(first),
            rows=_rows(first),
            state=np.zeros(T_WORDS, np.int64),
            events=np.zeros(c.events, np.int64),
            bindings=np.zeros((c.bindings, B_WORDS), np.uint64),
            fragments=np.zeros((c.fragments, P_WORDS), np.uint64),
            reasons=np.zeros(64, np.int64),
            notes=np.zeros(64, np.int64),
            untracked=np.zeros((zones * zones, 2), np.int64),
            unjudged=np.zeros(len(self.tables.watch), np.int64),
            options=options,
            strays=np.zeros((max(c.strays, 1), R_WORDS), np.uint64),
            stray_quota=np.zeros(len(self.tables.watch), np.int64),
        )
        self._bench = Bench(
            words=np.zeros((BATCH, D_WORDS), np.uint64),
            carriers=np.zeros((4 * BATCH, D_WORDS), np.uint64),
            errors=np.zeros((BATCH, E_WORDS), np.uint64),
            found=np.zeros((2 * BATCH, N_WORDS), np.uint64),
            scratch=np.zeros((2, 64), np.uint64),
            used=np.zeros(4, np.int64),
            row_of=np.zeros(BATCH, np.int64),
            todo=np.zeros(2 * BATCH_ROWS, np.int64),
        )

    def feed(self, block: Block) -> None:
        """Decode and count every frame of a block; grows the table up to ``max_flows`` on the way."""
        at = 0
        if len(self._taps.out) < len(block) and self.config.taps is not None:  # every frame may be tapped
            self._taps = self._taps._replace(out=np.zeros((len(block), len(TAP.names or ())), np.int64))
        self._taps.used[0] = 0
        seed = np.uint64(self.config.seed)
        while True:
            at = feed(
                block.buffer, block.offsets, block.captured, block.wire, block.ts, block.link, block.vlan,
                block.first_number, at, self._bench, self._store, self.tables, self._taps, seed,
            )  # fmt: skip
            if at >= len(block):
                break
            self._grow()
        self.packets += len(block)
        self.octets += int(block.wire.sum())

    def _grow(self) -> None:
        """Twice as many rows, at most ``max_flows``."""
        old = self._store
        wanted = min(2 * len(old.rows), self.config.max_flows)
        rows = _rows(wanted)
        used = int(old.state[T_USED])
        rows[:used] = old.rows[:used]
        index = _index(wanted)
        rebuild(index, rows, used)
        old.options[O_MAY_GROW] = wanted < self.config.max_flows
        self._store = old._replace(rows=rows, slots=index)

    def flows(self) -> npt.NDArray[np.void]:
        """Every flow in the table as a structured array (:data:`sensors.kernels.view.FLOW`), by first packet.

        The rows are copied.  Live tables have holes, which are left out.
        """
        return flow_view(self._store.rows[: int(self._store.state[T_USED])])

    def rows(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
        """The flows with these row numbers (as :meth:`take_events` gives them), in that order."""
        return flow_view(self._store.rows[numbers])

    def parties(self, numbers: npt.NDArray[np.int64]) -> Parties:
        """Decision, zones and direction alone of the flows with these row numbers."""
        return parties_view(self._store.rows[numbers])

    def taps(self) -> Taps:
        """The taps of the block fed last, as a structured array (:data:`sensors.kernels.taps.TAP`), in packet order.

        The array and the octets it points to are valid until the next :meth:`feed`.
        """
        return self._taps.out[: int(self._taps.used[0])].view(TAP).reshape(-1)

    def mark(self, numbers: npt.NDArray[np.int64], classes: int) -> None:
        """From now on tap every packet of these rows as *classes* (:class:`sensors.kernels.taps.Tapped`), too."""
        self._store.rows[numbers, R_SPARE] |= np.uint64(int(classes) << SPARE_CLASSES_SHIFT)

    def take_strays(self, decisions: npt.NDArray[np.bool_]) -> npt.NDArray[np.void]:
        """Packets since the last call that found the table full and whose decision may have strays, as flows of one packet.

        *decisions*: (nd + 1,), by decision index + 1: which may have strays from now on, ``strays_each`` of each.
        """
        count = int(self._store.state[T_STRAYS])
        self._store.state[T_STRAYS] = 0
        self._store.stray_quota[:] = np.where(decisions, self.config.strays_each, 0)
        return flow_view(self._store.strays[:count])

    @property
    def table(self) -> npt.NDArray[np.uint64]:
        """The rows ever used, (n, R_WORDS); those not in use have key 0.  A view: for the kernels of :mod:`.changes`."""
        return self._store.rows[: int(self._store.state[T_USED])]

    @property
    def live(self) -> int:
        """Flows in the table now."""
        return int(self._store.state[T_LIVE])

    @property
    def capacity(self) -> int:
        """Rows there is room for now."""
        return len(self._store.rows)

    def forget(self, numbers: npt.NDArray[np.int64], marks: npt.NDArray[np.int64]) -> None:
        """Evict rows, and clear their *marks* (:mod:`.changes`)."""
        forget_rows(self._store.slots, self._store.rows, self._store.state, marks, numbers)
        self._store.notes[Note.EVICTED] += len(numbers)

    def judge_ahead(self, tables: Tables, start: int, stop: int, ahead: npt.NDArray[np.uint64]) -> None:
        """Work out, for :meth:`reload`, what *tables* say of some rows; *ahead*: (capacity, 2)."""
        judge_ahead(tables, self._store.rows, start, stop, ahead)

    def reload(
        self, tables: Tables, taps: TapConfig | None, marks: npt.NDArray[np.int64],
        ahead: npt.NDArray[np.uint64] | None = None, done: int = 0, since: int = 0,
    ) -> None:  # fmt: skip
        """Judge every flow by other tables from now on.

        *ahead*: what :meth:`judge_ahead` gave for the first *done* rows, begun when *since* was the next packet's number.
        What :meth:`untracked`, :meth:`untracked_decisions` and :meth:`take_strays` hold is by the old tables and must
        have been taken before.
        """
        zones, old = round((len(tables.pairs) // 2) ** 0.5), self._store
        self.tables = tables
        self._taps = tap_tables(taps, len(tables.watch) - 1, zones)
        self.config = replace(self.config, taps=taps)
        old.options[O_TAP] = taps is not None
        old.state[T_STRAYS] = old.state[T_EVENTS] = 0
        self._store = old._replace(
            untracked=np.zeros((zones * zones, 2), np.int64),
            unjudged=np.zeros(len(tables.watch), np.int64),
            stray_quota=np.zeros(len(tables.watch), np.int64),
        )
        ahead = np.zeros((1, 2), np.uint64) if ahead is None else ahead
        judge_again(tables, old.rows, int(old.state[T_USED]), marks, ahead, done, since)

    def take_events(self) -> npt.NDArray[np.int64]:
        """Row numbers of flows that are new or were judged anew since the last call, and whose decision is watched."""
        count = int(self._store.state[T_EVENTS])
        self._store.state[T_EVENTS] = 0
        return self._store.events[:count].copy()

    def sweep(self, now_ns: int, budget: int, idle_ns: tuple[int, int, int]) -> npt.NDArray[np.void]:
        """Live capture: evict flows idle at *now_ns*, looking at *budget* rows; returns them.

        *idle_ns*: limits for TCP, for everything else, for TCP after FIN or RST.
        """
        out = _rows(max(1, min(budget, 4096)))
        moved = sweep(self._store.slots, self._store.rows, self._store.state, budget, now_ns, np.array(idle_ns, np.int64), out)
        self._store.notes[Note.EVICTED] += moved
        return flow_view(out[:moved])

    def not_counted(self) -> dict[str, int]:
        """Frames in no flow by :class:`~sensors.kernels.reasons.NotCounted` key; reasons that occurred, in enum order."""
        return {r.key: int(self._store.reasons[r]) for r in NotCounted if r and self._store.reasons[r]}

    def in_flows(self) -> int:
        """Frames counted in flows."""
        return int(self._store.reasons[NotCounted.IN_A_FLOW])

    def notes(self) -> dict[str, int]:
        """Frames by :class:`~sensors.kernels.reasons.Note` key; notes that occurred, in enum order."""
        return {n.key: int(self._store.notes[n]) for n in Note if self._store.notes[n]}

    def untracked(self) -> npt.NDArray[np.int64]:
        """(nz, nz, 2): packets and octets of flows that found no room, by zone of initiator and responder."""
        zones = round(len(self._store.untracked) ** 0.5)
        return self._store.untracked.reshape(zones, zones, 2).copy()

    def untracked_decisions(self) -> npt.NDArray[np.int64]:
        """(nd + 1,): packets of flows that found no room, by decision index + 1."""
        return self._store.unjudged.copy()

    def bindings(self) -> npt.NDArray[np.uint64]:
        """(n, B_WORDS): address-to-MAC bindings seen in ARP and neighbour discovery, by first packet."""
        used = self._store.bindings[self._store.bindings[:, B_WORDS - 1] > 0]
        order = np.lexsort((used[:, 2], used[:, 1], used[:, 0], used[:, 5]))
        return used[order]

    def bindings_since(self, number: int) -> npt.NDArray[np.uint64]:
        """The bindings seen in packets of this number or later, as :meth:`bindings`.

        A table that is half full begins anew after the call: what still speaks is learnt again.
        """
        table = self._store.bindings
        found = self.bindings()
        found = found[found[:, B_LAST_NO].astype(np.int64) >= number]
        if 4 * int(self._store.state[T_BINDINGS]) >= len(table):
            table[:] = 0
            self._store.state[T_BINDINGS] = 0
        return found
