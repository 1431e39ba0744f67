"""A capture process: one ring, one live pipeline, one report a second.

Started by the supervisor as ``python -m sensors.service.worker FD``; its settings are the first message.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections.abc import Iterator

import numpy as np

from sensors.capture.ring import Ring
from sensors.evidence.collector import EvidenceCollector
from sensors.evidence.store import EvidenceStore
from sensors.incidents import IncidentBook
from sensors.kernels.taps import Tapped
from sensors.live import LIVE_TRACKER, LiveConfig, LivePipeline, Stretch
from sensors.service.channel import Channel
from sensors.service.messages import NewModel, Report, Stop, WorkerConfig
from sensors.service.prepare import prepare
from sensors.service.privileges import die_with_parent
from sensors.suite import detectors
from sensors.watch.basis import Watch
from sensors.watch.clocks import ClockWatch
from sensors.watch.conduits import ConduitWatch

_MS = 1_000_000
#: Longest wait for packets, so that orders are heard.
_PATIENCE_MS = 100
#: Reports between two that carry the detectors' memory.
_REMEMBER = 300


class Worker:
    """Reads, judges, reports."""

    def __init__(self, channel: Channel, config: WorkerConfig) -> None:
        self.channel, self.config = channel, config
        tracker = LIVE_TRACKER.sized(config.flows, seed=config.seed, drop_duplicates=config.drop_duplicates)
        self.pipeline = LivePipeline(
            config.judge, interface=config.interface, native=config.native, tables=config.tables,
            config=LiveConfig(tracker=tracker, evidence=config.evidence is not None),
            watchers=detectors(config.judge, config.native) if config.detectors else (),
        )  # fmt: skip
        self.ring = Ring(config.interface, config.ring)
        self.error = ""
        self.last_packet_ns = 0
        self.stopping = False
        self.evidence: EvidenceCollector | None = None
        self._adopting: Iterator[None] | None = None  # a reload under way
        self._book = IncidentBook()
        self._reports = 0
        self._recall(config.memory)
        if config.evidence is not None:
            store = EvidenceStore(config.evidence)
            store.open()
            self.evidence = EvidenceCollector(store, "sekisho")
        prepare(config.judge, config.tables)

    def _recall(self, memory: str) -> None:
        """Let the detectors take up what an earlier run remembered."""
        try:
            held = json.loads(memory) if memory else {}
        except (ValueError, RecursionError):  # a file that somebody damaged
            return
        for watcher in self.pipeline.watchers:
            if isinstance(watcher, Watch) and isinstance(held, dict) and isinstance(held.get(watcher.name), dict):
                watcher.recall(held[watcher.name])

    def _remembered(self) -> str:
        held = {w.name: m for w in self.pipeline.watchers if isinstance(w, Watch) and (m := w.memory())}
        return json.dumps(held, separators=(",", ":"))

    def run(self) -> None:
        """Until told to stop, or until nobody listens any more."""
        steps: Iterator[None] | None = None
        due = time.monotonic_ns()
        self._open()
        while not self.stopping and not self.channel.closed:
            left = max(0, (due - time.monotonic_ns()) // _MS)
            self._read(0 if steps is not None or self._adopting is not None else min(left, _PATIENCE_MS))
            self.channel.flush()
            if steps is not None:
                if next(steps, steps) is steps:
                    steps = None
                    self._report(self.pipeline.taken())
            elif self._adopting is not None:
                if next(self._adopting, self._adopting) is self._adopting:
                    self._adopting = None
            elif time.monotonic_ns() >= due:
                due = max(due + self.config.tick_ms * _MS, time.monotonic_ns())
                self._open()
                steps = self.pipeline.steps(time.time_ns(), time.monotonic_ns())
                self._hear()
        self._finish(steps)

    def stop(self, *_: object) -> None:
        """Take up no more packets, report and end; a signal handler."""
        self.stopping = True

    def _open(self) -> None:
        """Open the ring if the interface is there; look whether it still is."""
        if self.ring.is_open and not self.ring.present():
            self.ring.close()
        if not self.ring.is_open:
            try:
                self.ring.open()
                self.error = ""
            except OSError as error:
                self.error = str(error)
                time.sleep(0.05)

    def _read(self, timeout_ms: int) -> None:
        if not self.ring.is_open:
            time.sleep(timeout_ms / 1000)
            return
        if not self.ring.wait(timeout_ms):
            return
        for block in self.ring.blocks():
            shed = self.ring.behind()
            self.pipeline.feed(block, shed=shed)
            self.last_packet_ns = int(block.ts[-1])
            if self.evidence is not None and not shed:
                taps = self.pipeline.tracker.taps()
                self.evidence.see(block, taps["index"][(taps["classes"] & int(Tapped.VIOLATION)) != 0].astype(np.int64))

    def _hear(self) -> None:
        for message in self.channel.receive():
            if isinstance(message, NewModel):
                self._adopting = self.pipeline.reload_steps(message.judge, message.tables)
                self._book = IncidentBook()
            elif isinstance(message, Stop):
                self.stopping = True

    def _finish(self, steps: Iterator[None] | None) -> None:
        for _ in steps or ():
            pass
        for _ in self._adopting or ():
            pass
        if steps is not None:
            self._report(self.pipeline.taken())
        self._read(0)
        self.ring.close()
        self._report(self.pipeline.tick(time.time_ns(), time.monotonic_ns()))
        self._report(self.pipeline.tick(time.time_ns(), time.monotonic_ns()), final=True)

    def _report(self, stretch: Stretch, *, final: bool = False) -> None:
        p = self.pipeline
        evidence: dict[str, object] = {}
        if (collector := self.evidence) is not None:
            notices = [*self._book.add(stretch.findings, stretch.now_ns), *self._book.tick(stretch.now_ns)]
            collector.collect(notices, stretch.now_ns)
            store = collector.store
            evidence = {
                "evidence_slices": store.slices, "evidence_bytes": store.octets, "evidence_frozen": store.frozen,
                "evidence_head": store.head,
                "evidence_lost": dict(store.lost),
            }  # fmt: skip
        counted = {f"{w.name}_{k}": v for w in p.watchers for k, v in w.counters().items()}
        ages: dict[str, float] = {}
        offset: float | None = None
        for watcher in p.watchers:
            if isinstance(watcher, ConduitWatch):
                ages = watcher.must_flow_ages(stretch.now_ns)
            elif isinstance(watcher, ClockWatch):
                offset = watcher.offset_seconds
        self._reports += 1
        memory = self._remembered() if final or self._reports % _REMEMBER == 0 else ""
        tell = self.channel.send if final else self.channel.post
        tell(
            Report(
                now_ns=stretch.now_ns,
                findings=stretch.findings,
                matrix={k: (v[0], v[1], v[2]) for k, v in p.totals.matrix.items()},
                packets=p.tracker.packets,
                octets=p.tracker.octets,
                not_counted=p.not_counted(),
                notes=p.notes(),
                ring=self.ring.statistics(),
                ring_open=self.ring.is_open,
                ring_error=self.error or self.ring.last_error,
                last_packet_ns=self.last_packet_ns,
                vlans=dict(p.vlans),
                spoke=dict(p.spoke),
                live=stretch.live,
                capacity=p.tracker.capacity,
                new=p.totals.new,
                not_named=p.totals.not_named,
                watchers=counted,
                watcher_failures=p.totals.watcher_failures,
                taps_shed=p.totals.taps_shed,
                must_flow_ages=ages,
                clock_offset=offset,
                memory=memory,
                cpu_seconds=time.process_time(),
                model=p.judge.model.sha256,
                final=final,
                **evidence,  # type: ignore[arg-type]
            )
        )


def main() -> None:
    """Read the settings from the channel whose file descriptor is the only argument, then work."""
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the supervisor decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    while not channel.closed:
        for message in channel.receive(1.0):
            if isinstance(message, WorkerConfig):
                worker = Worker(channel, message)
                signal.signal(signal.SIGTERM, worker.stop)
                worker.run()
                return


if __name__ == "__main__":
    main()
