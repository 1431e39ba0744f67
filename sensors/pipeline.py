"""The whole sensor as one pure object: blocks of frames in, judged flows, findings and counters out.

No file, clock or thread here: ``replay`` and the live service drive it alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from segmentation.model.finding import Finding
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from sensors.detect import Detector, Judged
from sensors.incidents import IncidentBook, IncidentConfig
from sensors.kernels.block import Block
from sensors.kernels.lookup import Tables
from sensors.kernels.tables import compile_tables
from sensors.kernels.tracker import Tracker, TrackerConfig
from sensors.kernels.view import STATES
from sensors.live import LiveConfig, LivePipeline
from sensors.records import Sighting
from sensors.rows import NUMBER, VerdictColumns, grouped, record, sightings
from sensors.watch.basis import Watch
from sensors.watch.watcher import VERDICTS, Watcher

_NEVER = 1 << 33  # seconds: longer than any capture
#: (src zone, dst zone, state, verdict) -> packets, bytes, flows
Matrix = dict[tuple[str, str, str, str], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one capture (or one stretch of live traffic) gave.

    ``flows`` is the kernels' structured array (:data:`sensors.kernels.view.FLOW`); ``verdicts`` holds for each row the
    position in :data:`VERDICTS`.  ``judged`` are the flows, grouped by hosts and service, that need telling.
    """

    capture: str
    flows: npt.NDArray[np.void]
    verdicts: npt.NDArray[np.uint8]
    judged: tuple[Judged, ...]
    sightings: tuple[Sighting, ...]
    not_decoded: dict[str, int]
    notes: dict[str, int]
    untracked: Matrix = field(default_factory=dict)
    watched: tuple[Finding, ...] = ()  # of the watchers

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Rows that are flows of their own: neither the outside of a tunnel nor later fragments."""
        kept: npt.NDArray[np.bool_] = ~(self.flows["carrier"] | self.flows["later_fragment"])
        return kept


class Pipeline:
    """Judges captures by one zone model under one policy.

    *native* names the zones on whose segment untagged captures were taken (their MACs can then be believed); *watchers*
    makes fresh detectors for each capture.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        native: frozenset[str] = frozenset(),
        config: TrackerConfig | None = None,
        watchers: Callable[[], Sequence[Watcher]] = tuple,
    ) -> None:
        self.judge = judge
        self.detector = Detector.of(judge, native)
        self.native = native
        self.config = config or TrackerConfig()
        self.watchers = watchers
        self.tables: Tables = compile_tables(judge.zonemap, judge.decisions)
        self._columns = VerdictColumns(judge)

    def tracker(self) -> Tracker:
        """A fresh tracker over the compiled tables; feed it blocks, then hand it to :meth:`outcome`."""
        return Tracker(self.tables, self.config)

    def run(self, capture: str, blocks: Iterable[Block]) -> Outcome:
        """Track and judge one capture."""
        watchers = self.watchers()
        if watchers:
            return self._watch(capture, blocks, watchers)
        tracker = self.tracker()
        for block in blocks:
            tracker.feed(block)
        return self.outcome(capture, tracker)

    def _watch(self, capture: str, blocks: Iterable[Block], watchers: Sequence[Watcher]) -> Outcome:
        """Track and judge one capture while watchers look on, as in a live sensor; flows are judged at the end as ever."""
        config = LiveConfig(tracker=self.config, idle_seconds=(_NEVER,) * 4, groups=(0, 0), contain=False)
        live = LivePipeline(self.judge, native=self.native, config=config, watchers=watchers, tables=self.tables)
        found = IncidentBook(IncidentConfig(quiet_seconds=_NEVER, remind_seconds=_NEVER))
        now = 0
        for stretch in live.drive(blocks):
            now = stretch.now_ns
            found.add(stretch.watched, now)
        for watcher in watchers:
            if isinstance(watcher, Watch):
                found.add(tuple(watcher.finish()), now)
        watched = (replace(f, where=replace(f.where, capture=f.where.capture or capture)) for f in (i.finding for i in found))
        return replace(self.outcome(capture, live.tracker), watched=tuple(watched))

    def outcome(self, capture: str, tracker: Tracker) -> Outcome:
        """Judge everything a tracker holds."""
        flows = tracker.flows()
        verdicts, plain, asked = self._columns.split(flows)
        judged = [*self.detector.judged(grouped(capture, flows, np.flatnonzero(plain)))]
        for row, each in zip(asked_rows := np.flatnonzero(asked), self._ask(capture, flows, asked_rows), strict=True):
            verdicts[row] = NUMBER[each.verdict.kind]
            if each.verdict.kind not in (VerdictKind.PERMITTED, VerdictKind.SANITIZED_ONLY):
                judged.append(each)
        return Outcome(
            capture, flows, verdicts, tuple(judged), tuple(sightings(capture, flows, tracker.bindings())),
            tracker.not_counted(), tracker.notes(), self._untracked(tracker),
        )  # fmt: skip

    def findings(self, outcomes: Iterable[Outcome]) -> list[Finding]:
        """The findings of several captures together, one per cause, worst first."""
        held = list(outcomes)
        found = self.detector.findings((j for o in held for j in o.judged), (s for o in held for s in o.sightings))
        return sorted([*found, *(f for o in held for f in o.watched)], key=lambda f: f.sort_key)

    def matrix(self, outcome: Outcome) -> Matrix:
        """Packets, octets and flows by zone pair, state and verdict; the outsides of tunnels are left out."""
        zones = self.judge.zonemap.zones
        kept = ~outcome.flows["carrier"]
        flows, verdicts = outcome.flows[kept], outcome.verdicts[kept]
        out: Matrix = dict(outcome.untracked)
        if not len(flows):
            return out
        columns = [flows[n].astype(np.int64) for n in ("src_zone", "dst_zone", "state")] + [verdicts.astype(np.int64)]
        groups, where = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        totals = np.zeros((len(groups), 3), np.int64)
        for column, values in enumerate((
            flows["packets_ab"] + flows["packets_ba"], flows["bytes_ab"] + flows["bytes_ba"], ~flows["later_fragment"],
        )):  # fmt: skip
            np.add.at(totals[:, column], where.reshape(-1), values.astype(np.int64))
        for (src, dst, state, verdict), row in zip(groups.tolist(), totals.tolist(), strict=True):
            key = (zones[src], zones[dst], STATES[state].value, VERDICTS[verdict].value)
            before = out.get(key, (0, 0, 0))
            out[key] = (before[0] + row[0], before[1] + row[1], before[2] + row[2])
        return out

    def _ask(self, capture: str, flows: npt.NDArray[np.void], rows: npt.NDArray[np.int64]) -> Iterator[Judged]:
        return self.detector.judged(record(capture, flows[row]) for row in rows)

    def _untracked(self, tracker: Tracker) -> Matrix:
        """Packets of flows that found no room in the table, as attempts with the pair's own verdict unknown."""
        zones = self.judge.zonemap.zones
        counts = tracker.untracked()
        return {
            (zones[s], zones[d], "untracked", VerdictKind.NOT_DECIDABLE.value): (int(counts[s, d, 0]), int(counts[s, d, 1]), 0)
            for s, d in np.argwhere(counts[:, :, 0] > 0)
        }
