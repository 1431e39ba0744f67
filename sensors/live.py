"""Live traffic through the judge: blocks in; at each tick the flows that changed, judged, and findings out.

As pure as the pipeline of ``replay``: no file, clock or thread; time is an argument.  Memory is fixed by the tracker's
configuration, totals are integers that survive eviction and reload, and everything a tick did not get to is counted or
done at the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from segmentation.model.finding import Finding
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from sensors.detect import Detector, Judged
from sensors.kernels.block import Block
from sensors.kernels.changes import (
    AGAIN,
    ENDED,
    M_AT,
    M_KNOWN,
    M_OCTETS,
    M_PACKETS,
    M_WORDS,
    SIGNATURE_SHIFT,
    TOLD,
    VERDICT_SHIFT,
    changed,
)
from sensors.kernels.layout import ANSWERED
from sensors.kernels.lookup import Tables
from sensors.kernels.reasons import Note
from sensors.kernels.tables import compile_tables
from sensors.kernels.taps import TapConfig, Tapped
from sensors.kernels.tracker import Tracker, TrackerConfig
from sensors.kernels.view import STATES
from sensors.rows import NUMBER, VerdictColumns, group_numbers, grouped
from sensors.sighted import SightingFilter
from sensors.watch.watcher import VERDICTS, FlowChanges, Watcher

SECOND = 1_000_000_000
#: Rows of the table looked at in one step: a few milliseconds, so that the ring is never left alone for long.
SLICE = 1 << 12
#: Packets of a capture between two ticks at least, when it is replayed.
DRIVE_PACKETS = 1 << 14
#: A table of fixed size; a mirror's second copies are counted once.
LIVE_TRACKER = TrackerConfig(flows=1 << 17, max_flows=1 << 17, drop_duplicates=True, strays=4096)
_TOLD = (VerdictKind.PERMITTED, VerdictKind.SANITIZED_ONLY)
_FINE = np.array([kind in _TOLD for kind in VERDICTS])


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """Bounds of a live pipeline.

    - ``tracker``: sizes of the tables; live capture gives equal ``flows`` and ``max_flows``
    - ``idle_seconds``: TCP, everything else, TCP after FIN or RST, TCP of which only one side spoke
    - ``groups``: groups of equal hosts and service that one tick judges by name for one decision, and for all together
      (none: flows are not judged by name at all);
      what is beyond is counted (:attr:`Totals.not_named`) with its pair and verdict, and told once more of it comes
    - ``evidence``: tap every packet of forbidden flows as :attr:`Tapped.VIOLATION`
    - ``contain``: count a watcher's failure and go on; otherwise raise it
    """

    tracker: TrackerConfig = LIVE_TRACKER
    idle_seconds: tuple[int, int, int, int] = (3600, 60, 5, 30)
    groups: tuple[int, int] = (128, 1024)
    evidence: bool = False
    contain: bool = True


@dataclass(slots=True)
class Totals:
    """What has been counted since the start; never falls, whatever is evicted or reloaded.

    ``matrix``: (src zone, dst zone, state, verdict) -> packets, octets, flows.  A flow is counted in every state it
    was seen in, its packets in the state it had when they were told.
    """

    matrix: dict[tuple[str, str, str, str], list[int]]
    new: int = 0
    ended: int = 0
    not_named: int = 0  # forbidden flows beyond the bound of one tick: counted in the matrix, not judged by name
    watcher_failures: int = 0
    taps_shed: int = 0  # packets that no watcher read because capture was about to fall behind

    def add(self, key: tuple[str, str, str, str], packets: int, octets: int, flows: int) -> None:
        """Add to one cell."""
        cell = self.matrix.setdefault(key, [0, 0, 0])
        cell[0] += packets
        cell[1] += octets
        cell[2] += flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one tick found; counts are since the tick before."""

    now_ns: int
    findings: tuple[Finding, ...]  # of flows and watchers, worst first
    watched: tuple[Finding, ...]  # the watchers' alone
    new: int
    changed: int
    ended: int
    live: int
    not_named: int


class LivePipeline:
    """Judges a stream of blocks.

    *interface* stands in the findings; *native* as for :class:`sensors.pipeline.Pipeline`; *tables* if they were compiled
    from the same judge already.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        interface: str = "",
        native: frozenset[str] = frozenset(),
        config: LiveConfig | None = None,
        watchers: Sequence[Watcher] = (),
        tables: Tables | None = None,
    ) -> None:
        self.config = config or LiveConfig()
        self.interface, self._native, self.watchers = interface, native, tuple(watchers)
        self._readers = tuple(w for w in self.watchers if w.classes)
        self.totals = Totals({})
        self._adopt(judge, tables)
        self.tracker = Tracker(self._tables, replace(self.config.tracker, taps=self._taps()))
        self._marks = np.zeros((self.tracker.capacity, M_WORDS), np.int64)
        self._numbers, self._kinds = np.zeros(SLICE, np.int64), np.zeros(SLICE, np.int64)
        self._idle = np.array(self.config.idle_seconds, np.int64) * SECOND
        self._since = 0  # number of the first packet of this stretch
        self._next = 1
        self._untracked = self.tracker.untracked()
        self._unjudged = self.tracker.untracked_decisions()
        self._stretch: Stretch | None = None
        self.vlans: dict[int, int] = {}  # VLAN ID (-1: untagged) -> ns of its last packet
        self.spoke: dict[str, int] = {}  # zone -> ns of its last packet
        self.failure = ""  # of a watcher, the last one
        self.tracker.take_strays(~self._columns.allows)

    def _adopt(self, judge: Judge, tables: Tables | None = None) -> None:
        self.judge = judge
        self.detector = Detector.of(judge, self._native)
        self.sightings = SightingFilter()
        self._tables = tables if tables is not None else compile_tables(judge.zonemap, judge.decisions)
        self._columns = VerdictColumns(judge)

    def _taps(self) -> TapConfig | None:
        classes = Tapped(0)
        for watcher in self.watchers:
            classes |= watcher.classes
        if self.config.evidence:
            classes |= Tapped.VIOLATION
        if not classes:
            return None
        return TapConfig(
            classes=classes,
            transfer_decisions=frozenset(d for w in self.watchers for d in w.decisions(self.judge)),
            violation_decisions=frozenset(i - 1 for i in np.flatnonzero(~self._columns.allows).tolist()),
        )

    def feed(self, block: Block, *, shed: bool = False) -> None:
        """Take one block in; watchers read their packets at once.

        *shed*: capture is about to fall behind: count the block's packets and flows, which goes first, and let watchers
        read none of them; how many they would have read is counted in :attr:`Totals.taps_shed`.
        """
        self.tracker.feed(block)
        self._next = block.first_number + len(block)
        taps = self.tracker.taps()
        if shed:
            self.totals.taps_shed += len(taps)
        elif len(taps):
            classes = np.ascontiguousarray(taps["classes"])
            for watcher in self._readers:
                chosen = (classes & int(watcher.classes)) != 0
                if chosen.any():
                    wanted = taps[chosen]
                    self._guarded(lambda w=watcher, t=wanted: w.on_taps(block, t, self.tracker))  # type: ignore[misc]

    def tick(self, now_ns: int, forward_ns: int | None = None) -> Stretch:
        """Judge what changed since the last tick.

        *now_ns*: the time of day, since the epoch; *forward_ns*: of a clock that only goes forward, by which flows
        become idle (default: the same, for replays).
        """
        for _ in self.steps(now_ns, forward_ns):
            pass
        return self.taken()

    def taken(self) -> Stretch:
        """What the last tick found.  Raises :class:`AssertionError` before the first has ended."""
        assert self._stretch is not None, "no tick has ended"
        return self._stretch

    def drive(self, blocks: Iterable[Block]) -> Iterator[Stretch]:
        """Feed a whole capture, with a tick whenever a second of its own time and enough packets have passed, and at its end.

        Ticks follow the packets' times alone, so the same capture gives the same stretches.
        """
        at = latest = packets = 0
        for block in blocks:
            for part in _parts(block):
                self.feed(part)
                packets += len(part)
                latest = max(latest, int(part.ts.max()))
                if packets >= DRIVE_PACKETS and latest - at >= SECOND:
                    at, packets = latest, 0
                    yield self.tick(at)
        for _ in range(2):  # flows whose initiator is a guess wait for one tick more
            yield self.tick(latest)

    def steps(self, now_ns: int, forward_ns: int | None = None) -> Iterator[None]:
        """A tick in steps of a few milliseconds; blocks may be fed between two of them.  Then ask :meth:`taken`."""
        forward = now_ns if forward_ns is None else forward_ns
        since, self._since = self._since, self._next
        tick = _Tick(forward, [], {}, new=0, changed=0, ended=0, not_named_before=self.totals.not_named)
        if self.tracker.capacity > len(self._marks):
            grown = np.zeros((self.tracker.capacity, M_WORDS), np.int64)
            grown[: len(self._marks)] = self._marks
            self._marks = grown
        for start in range(0, used := len(self.tracker.table), SLICE):
            rows = self.tracker.table
            count = changed(
                rows, start, min(start + SLICE, used), since, forward, self._idle, self._marks, self._numbers, self._kinds
            )
            if count:
                self._slice(tick, self._numbers[:count].copy(), self._kinds[:count].copy())
            yield
        self._strays(tick)
        self._uncounted()
        yield
        sighted = self.sightings.take(self.tracker.bindings_since(since), forward) if self.config.groups[1] else ()
        watched: list[Finding] = []
        for watcher in self.watchers:
            self._guarded(lambda w=watcher: watched.extend(w.tick(now_ns)))  # type: ignore[misc]
            yield
        flows = self.detector.findings(tick.judged)
        yield
        for some in range(0, len(sighted), 256):
            flows += self.detector.findings((), sighted[some : some + 256])
            yield
        flows, watched = self._placed(flows), self._placed(watched)
        self.totals.new += tick.new
        self.totals.ended += tick.ended
        self._stretch = Stretch(
            now_ns=now_ns,
            findings=tuple(sorted([*flows, *watched], key=lambda f: f.sort_key)),
            watched=tuple(watched),
            new=tick.new,
            changed=tick.changed,
            ended=tick.ended,
            live=self.tracker.live,
            not_named=self.totals.not_named - tick.not_named_before,
        )

    def reload(self, judge: Judge, tables: Tables | None = None) -> None:
        """Go on under another model or policy: live flows are judged anew and told at the next tick; nothing is lost."""
        for _ in self.reload_steps(judge, tables):
            pass

    def reload_steps(self, judge: Judge, tables: Tables | None = None) -> Iterator[None]:
        """:meth:`reload` in steps of a few milliseconds; blocks may be fed between two of them, but no tick may begin.

        Until the last step everything goes by the old model; what the new one says of each row is worked out meanwhile.
        """
        tables = tables if tables is not None else compile_tables(judge.zonemap, judge.decisions)
        ahead, since = np.zeros((self.tracker.capacity, 2), np.uint64), self._next
        for start in range(0, used := len(self.tracker.table), SLICE):
            self.tracker.judge_ahead(tables, start, min(start + SLICE, used), ahead)
            yield
        self._uncounted()
        self._adopt(judge, tables)
        for watcher in self.watchers:
            self._guarded(lambda w=watcher: w.reload(judge))  # type: ignore[misc]
        self._readers = tuple(w for w in self.watchers if w.classes)
        self.tracker.reload(self._tables, self._taps(), self._marks, ahead, used, since)
        self._untracked, self._unjudged = self.tracker.untracked(), self.tracker.untracked_decisions()
        self.tracker.take_strays(~self._columns.allows)

    def not_counted(self) -> dict[str, int]:
        """Frames in no flow, by reason, since the start."""
        return self.tracker.not_counted()

    def notes(self) -> dict[str, int]:
        """What was noticed about frames, since the start."""
        return self.tracker.notes()

    @property
    def flows_not_tracked(self) -> int:
        """Beginnings of flows that found the table full."""
        return self.tracker.notes().get(Note.NOT_TRACKED_FLOWS.key, 0)

    def _slice(self, tick: _Tick, numbers: npt.NDArray[np.int64], kinds: npt.NDArray[np.int64]) -> None:
        """Judge, count, tell and mark some rows."""
        flows, marks = self.tracker.rows(numbers), self._marks[numbers]
        known, signature = marks[:, M_KNOWN], _signature(flows)
        new, ended = (known & TOLD) == 0, kinds == ENDED
        same = ~new & (known >> SIGNATURE_SHIFT == signature)
        verdicts, plain, asked = self._columns.split(flows)
        for vlan in np.unique(flows["vlan"]).tolist():
            self.vlans[vlan] = max(self.vlans.get(vlan, 0), int(flows["last_ns"][flows["vlan"] == vlan].max()))
        packets = flows["packets_ab"] + flows["packets_ba"] - marks[:, M_PACKETS]
        octets = flows["bytes_ab"] + flows["bytes_ba"] - marks[:, M_OCTETS]
        before = (known >> VERDICT_SHIFT & 0xFF).astype(np.uint8)
        verdicts = np.where(asked & same, before, verdicts)
        # Who began is a guess still: wait one tick for a better fact before saying that it must not.
        doubtful = (flows["evidence"] < ANSWERED) & ~self._columns.allows[flows["decision"] + 1]
        waiting = asked & new & doubtful & (known & AGAIN == 0)
        tell = plain | (asked & (~same | ~_FINE[verdicts]))
        tell &= ~waiting & ~ended
        later = waiting | self._name(tick, flows, np.flatnonzero(tell), verdicts, packets, octets, new)
        kept = ~later
        self._mark(numbers, flows, signature, verdicts, kept, forward=tick.forward, ended=ended)
        self._marks[numbers[later], M_KNOWN] |= AGAIN
        state_new = new | (known >> SIGNATURE_SHIFT & 3 != signature & 3)
        self._count(flows[kept], verdicts[kept], packets[kept], octets[kept], state_new[kept])
        tick.new += int((new & kept & ~flows["later_fragment"]).sum())
        tick.changed += int((kept & ~ended).sum())
        tick.ended += int(ended.sum())
        if self.config.groups[1]:
            self.sightings.collect(flows[new & kept], tick.forward)
        if self.watchers:
            told = FlowChanges(
                rows=numbers[kept], flows=flows[kept], verdicts=verdicts[kept], new=new[kept], ended=ended[kept],
                packets=packets[kept], octets=octets[kept],
            )  # fmt: skip
            for watcher in self.watchers:
                self._guarded(lambda w=watcher: w.on_flows(told))  # type: ignore[misc]
        self.tracker.forget(numbers[ended], self._marks)

    def _mark(
        self, numbers: npt.NDArray[np.int64], flows: npt.NDArray[np.void], signature: npt.NDArray[np.int64],
        verdicts: npt.NDArray[np.uint8], kept: npt.NDArray[np.bool_], *, forward: int, ended: npt.NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Remember what was told."""
        told = np.empty((len(numbers), M_WORDS), np.int64)
        told[:, M_PACKETS] = flows["packets_ab"] + flows["packets_ba"]
        told[:, M_OCTETS] = flows["bytes_ab"] + flows["bytes_ba"]
        told[:, M_AT] = forward
        told[:, M_KNOWN] = signature << SIGNATURE_SHIFT | verdicts.astype(np.int64) << VERDICT_SHIFT | TOLD
        kept = kept & ~ended
        self._marks[numbers[kept]] = told[kept]

    def _name(
        self, tick: _Tick, flows: npt.NDArray[np.void], rows: npt.NDArray[np.int64], verdicts: npt.NDArray[np.uint8],
        packets: npt.NDArray[np.int64], octets: npt.NDArray[np.int64], new: npt.NDArray[np.bool_],
    ) -> npt.NDArray[np.bool_]:  # fmt: skip
        """Ask the judge about groups of *rows*, within the tick's bounds; writes *verdicts*; the rows left for later."""
        later = np.zeros(len(flows), np.bool_)
        if not len(rows):
            return later
        each, all_together = self.config.groups
        if not all_together:  # somebody else judges the flows: watchers see them with the verdict of their decision
            return later
        group, first = group_numbers(flows, rows, macs=True)
        decisions = flows["decision"][rows[first]].astype(np.int64) + 1
        order = np.zeros(len(first), np.int64)  # how many groups of the same decision came before
        for decision in np.unique(decisions).tolist():
            of_it = decisions == decision
            order[of_it] = tick.named.get(decision, 0) + np.arange(int(of_it.sum()))
            tick.named[decision] = tick.named.get(decision, 0) + int(of_it.sum())
        chosen = np.flatnonzero((order < each) & (len(tick.judged) + np.arange(len(first)) < all_together))
        named = np.isin(group, chosen)
        beyond = rows[~named]
        plainly = ~self._columns.conditional[flows["decision"][beyond] + 1]
        later[beyond[~plainly]] = True
        self.totals.not_named += int((new[beyond] & plainly).sum())
        part = flows[rows[named]]
        part["packets_ab"], part["packets_ba"] = packets[rows[named]], 0
        part["bytes_ab"], part["bytes_ba"] = octets[rows[named]], 0
        weights = new[rows[named]].astype(np.int64)
        records = [*grouped("", part, np.arange(len(part)), weights=weights, macs=True)]
        members, _ = group_numbers(part, np.arange(len(part)), macs=True)
        for number, judged in enumerate(self.detector.judged(records)):
            verdicts[rows[named][members == number]] = NUMBER[judged.verdict.kind]
            if judged.verdict.kind not in _TOLD:
                tick.judged.append(judged)
        return later

    def _strays(self, tick: _Tick) -> None:
        """Forbidden packets that found the table full."""
        flows = self.tracker.take_strays(~self._columns.allows)
        if not len(flows):
            return
        verdicts, plain, asked = self._columns.split(flows)
        new = np.ones(len(flows), np.bool_)
        packets, octets = flows["packets_ab"] + flows["packets_ba"], flows["bytes_ab"] + flows["bytes_ba"]
        self._name(tick, flows, np.flatnonzero(plain | asked), verdicts, packets, octets, new)
        told = FlowChanges(
            rows=np.full(len(flows), -1, np.int64), flows=flows, verdicts=verdicts, new=new, ended=new, packets=packets,
            octets=octets,
        )  # fmt: skip
        for watcher in self.watchers:
            self._guarded(lambda w=watcher: w.on_flows(told))  # type: ignore[misc]

    def _uncounted(self) -> None:
        """Add what found the table full since the last time to the matrix."""
        counts, zones = self.tracker.untracked(), self.judge.zonemap.zones
        for s, d in np.argwhere(counts[:, :, 0] > self._untracked[:, :, 0]).tolist():
            packets, octets = (counts[s, d] - self._untracked[s, d]).tolist()
            self.totals.add((zones[s], zones[d], "untracked", VerdictKind.NOT_DECIDABLE.value), packets, octets, 0)
        self._untracked = counts

    def _count(
        self, flows: npt.NDArray[np.void], verdicts: npt.NDArray[np.uint8], packets: npt.NDArray[np.int64],
        octets: npt.NDArray[np.int64], first: npt.NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Add to the matrix what these rows had since they were told; note zones that spoke."""
        own = ~flows["carrier"]
        flows, verdicts, packets, octets = flows[own], verdicts[own], packets[own], octets[own]
        first = first[own] & ~flows["later_fragment"]
        if not len(flows):
            return
        # 15 bits of zone each, 2 of state, 8 of verdict: one sortable number
        packed = flows["src_zone"].astype(np.int64) << 32 | flows["dst_zone"].astype(np.int64) << 16
        packed |= flows["state"].astype(np.int64) << 8 | verdicts.astype(np.int64)
        groups, where = np.unique(packed, return_inverse=True)
        sums = np.zeros((len(groups), 3), np.int64)
        for column, values in enumerate((packets, octets, first.astype(np.int64))):
            np.add.at(sums[:, column], where.reshape(-1), values)
        zones = self.judge.zonemap.zones
        last = int(flows["last_ns"].max())
        for group, (p, o, f) in zip(groups.tolist(), sums.tolist(), strict=True):
            src, dst = zones[group >> 32], zones[group >> 16 & 0xFFFF]
            self.totals.add((src, dst, STATES[group >> 8 & 0xFF].value, VERDICTS[group & 0xFF].value), p, o, f)
            self.spoke[src] = max(self.spoke.get(src, 0), last)

    def _placed(self, findings: list[Finding]) -> list[Finding]:
        """The findings with the interface they were made on."""
        if not self.interface:
            return findings
        return [f if f.where.interface else replace(f, where=replace(f.where, interface=self.interface)) for f in findings]

    def _guarded(self, call: Callable[[], object]) -> None:
        """A watcher's failure must not blind the sensor: it is counted, unless the configuration wants it raised."""
        if not self.config.contain:
            call()
            return
        try:
            call()
        except Exception as error:  # noqa: BLE001  # whatever it is, capture goes on
            self.totals.watcher_failures += 1
            self.failure = f"{type(error).__name__}: {error}"


def _parts(block: Block) -> Iterator[Block]:
    """A block in parts of at most :data:`DRIVE_PACKETS` frames."""
    for start in range(0, len(block), DRIVE_PACKETS):
        part = slice(start, start + DRIVE_PACKETS)
        yield Block(
            buffer=block.buffer, offsets=block.offsets[part], captured=block.captured[part], wire=block.wire[part],
            ts=block.ts[part], link=block.link[part], interface=block.interface[part], vlan=block.vlan[part],
            first_number=block.first_number + start,
        )  # fmt: skip


@dataclass(slots=True)
class _Tick:
    """What a tick gathers on its way."""

    forward: int
    judged: list[Judged]
    named: dict[int, int]  # decision + 1 -> groups judged by name
    new: int
    changed: int
    ended: int
    not_named_before: int


def _signature(flows: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
    """What a verdict rests on: decision, evidence, initiator; and the state in the lowest two bits."""
    out: npt.NDArray[np.int64] = (
        (flows["decision"].astype(np.int64) + 1) << 5
        | flows["initiator_b"].astype(np.int64) << 4
        | flows["evidence"].astype(np.int64) << 2
        | flows["state"].astype(np.int64)
    )
    return out


__all__ = ["LiveConfig", "LivePipeline", "Stretch", "Totals"]
