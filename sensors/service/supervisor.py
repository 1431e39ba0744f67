"""The supervising process: starts and restarts workers, adds up, reloads, and hands every second to the outputs."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import select
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from sensors.capture.ring import RingConfig
from sensors.incidents import IncidentBook, IncidentConfig, Notice, NoticeKind
from sensors.kernels.lookup import Tables
from sensors.kernels.reasons import NotCounted, Note
from sensors.kernels.tables import compile_tables
from sensors.metrics import Health, InterfaceHealth, Snapshot, add_violations
from sensors.metrics.violations import forbidden_pairs, watched_pairs
from sensors.service import memory
from sensors.service.blindness import BlindWatch
from sensors.service.channel import Channel
from sensors.service.coverage import coverage, unseen_vlans
from sensors.service.ledger import Account, Sum, total
from sensors.service.links import Link, links, softnet_dropped
from sensors.service.messages import NewModel, Report, Stop, WorkerConfig
from sensors.service.outputs import Moment, Output

SECOND = 1_000_000_000
#: A worker that dies at once again waits this long (seconds), doubled each time up to the second value.
_RESTART_WAIT, _RESTART_LONGEST = 0.1, 10.0
_RESTARTED = Text(
    "取得プロセス（{interface}）が終了したため再起動しました（終了コード {code}）。",
    "The capture process of {interface} ended (exit code {code}) and was started again.",
)
_NOT_OPEN = Text("{interface} から取得できません（{why}）。", "Cannot capture from {interface}: {why}.")
_CLOCK = Text("時計が{seconds}秒動きました。", "The clock was set by {seconds} s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorConfig:
    """The sensor as a whole.

    - ``interfaces``: capture interfaces; ``workers``: processes for each of them, sharing its flows by hash
    - ``flows``: rows of all tables of one interface together, fixed at start (about 270 octets each)
    - ``silent_seconds``: an interface that is up and gave no packet for so long is reported as silent; none: as the
      zone model's settings say
    - ``detectors``: whether the stateful detectors look on; without them flows and addresses are judged alone
    - ``tick_ms``: how often everything is judged and reported
    """

    interfaces: tuple[str, ...]
    workers: int = 1
    ring: RingConfig = field(default_factory=RingConfig)
    flows: int = 1 << 18
    native: frozenset[str] = frozenset()
    evidence: Path | None = None
    silent_seconds: int | None = None
    drop_duplicates: bool = True
    detectors: bool = True
    tick_ms: int = 1000
    memory: Path | None = None  # file in which the detectors' memory survives a restart


@dataclass(slots=True)
class _Seat:
    """A worker's place: its process may change, its account stays."""

    config: WorkerConfig
    account: Account
    name: str  # under which its detectors' memory is kept
    process: subprocess.Popen[bytes] | None = None
    channel: Channel | None = None
    started: float = 0.0
    heard: float = 0.0  # when it reported last, or was started first
    wait: float = _RESTART_WAIT
    not_before: float = 0.0
    done: bool = False


@dataclass(slots=True)
class State:
    """What the supervisor knows now, for outputs and for the terminal view."""

    judge: Judge
    book: IncidentBook = field(default_factory=IncidentBook)
    violations: dict[tuple[str, str, str, str, str], int] = field(default_factory=dict)
    restarts: int = 0
    reloads: int = 0
    reload_failures: int = 0
    reload_ok: bool = True
    clock_steps: int = 0
    unknown_devices: dict[str, int] = field(default_factory=dict)  # by layer
    memory_lost: int = 0  # times the detectors' memory could not be written
    notices: list[Notice] = field(default_factory=list)  # the newest, for the view


def _patience(judge: Judge) -> IncidentConfig:
    settings = judge.model.settings
    return IncidentConfig(quiet_seconds=settings.incident_quiet_seconds, remind_seconds=settings.incident_remind_seconds)


def _youngest(ages: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Of each conduit the newest traffic that any worker saw."""
    out: dict[str, float] = {}
    for one in ages:
        for conduit, age in one.items():
            out[conduit] = min(age, out.get(conduit, age))
    return out


class Supervisor:
    """Runs the workers.  *say* is told, in both languages, what an operator should read in the log."""

    def __init__(self, config: SensorConfig, judge: Judge, say: Callable[[Text], object]) -> None:
        self.config, self.say = config, say
        self.tables: Tables = compile_tables(judge.zonemap, judge.decisions)
        self.state = State(
            judge, violations={**watched_pairs(judge), **forbidden_pairs(judge)}, book=IncidentBook(_patience(judge))
        )
        self.outputs: list[Output] = []
        self.started_ns = time.time_ns()
        self._blindness = BlindWatch(self.started_ns)
        self._clock = (time.time_ns(), time.monotonic_ns())
        self._findings: list[Finding] = []
        self._links: Mapping[str, Link] = {}
        self._softnet = softnet_dropped()
        self._told_errors: dict[str, str] = {}
        self._memories: dict[str, str] = {} if config.memory is None else memory.read(config.memory)
        self._seats = [self._seat(name, n) for name in config.interfaces for n in range(config.workers)]

    def _seat(self, interface: str, number: int) -> _Seat:
        c = self.config
        # A group of its own for each interface, which another sensor on this machine is not likely to have.
        group = 1 + zlib.crc32(f"{interface} {os.getpid()}".encode()) % 65535
        fanout = group if c.workers > 1 else 0
        settings = WorkerConfig(
            interface=interface, ring=replace(c.ring, fanout=fanout), judge=self.state.judge, tables=self.tables,
            native=c.native, flows=max(1024, c.flows // c.workers), evidence=c.evidence, seed=secrets.randbits(63),
            drop_duplicates=c.drop_duplicates, detectors=c.detectors, tick_ms=c.tick_ms,
        )  # fmt: skip
        return _Seat(settings, Account(interface), f"{interface}/{number}")

    def pids(self) -> list[int]:
        """Process numbers of the workers that run now."""
        return [s.process.pid for s in self._seats if s.process is not None]

    def capturing(self) -> int:
        """How many workers have their ring open, by their last reports."""
        return sum(s.account.last is not None and s.account.last.ring_open for s in self._seats)

    def start(self) -> None:
        """Start every worker; they open their rings as soon as they can."""
        for seat in self._seats:
            self._start(seat)

    def _start(self, seat: _Seat) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "sensors.service.worker", str(theirs.fileno())]
        seat.process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL)
        theirs.close()
        seat.channel, seat.started = Channel(ours), time.monotonic()
        seat.heard = seat.heard or seat.started
        seat.config = replace(seat.config, judge=self.state.judge, tables=self.tables, memory=self._memories.get(seat.name, ""))
        seat.channel.send(seat.config)

    def poll(self, timeout: float) -> None:
        """Take in what workers report within *timeout* seconds, and restart those that ended."""
        channels = {s.channel.fileno(): s for s in self._seats if s.channel is not None and not s.channel.closed}
        ready, _, _ = select.select(list(channels), [], [], timeout)
        for descriptor in ready:
            self._take(channels[descriptor])
        for seat in self._seats:
            self._look_after(seat)

    def _take(self, seat: _Seat) -> None:
        assert seat.channel is not None
        for message in seat.channel.receive():
            if isinstance(message, Report):
                seat.account.last, seat.heard = message, time.monotonic()
                self._findings += message.findings
                seat.done = message.final
                if message.memory:
                    self._memories[seat.name] = message.memory
                    self._remember()
                self._complain(seat.config.interface, "" if message.ring_open else message.ring_error)

    def _remember(self) -> None:
        """Keep the detectors' memory on disk; where that fails, the next time may succeed."""
        if self.config.memory is not None and (why := memory.write(self.config.memory, self._memories)):
            self.state.memory_lost += 1
            self._complain("memory", why)

    def _complain(self, interface: str, why: str) -> None:
        """Say once that an interface cannot be captured from, and again when the reason changes."""
        if why and self._told_errors.get(interface) != why:
            self.say(_NOT_OPEN.format(interface=interface, why=why))
        self._told_errors[interface] = why

    def _look_after(self, seat: _Seat) -> None:
        now = time.monotonic()
        if seat.process is not None and seat.process.poll() is not None:
            if seat.channel is not None:
                self._take(seat)
                seat.channel.close()
            if seat.done:
                return
            code = seat.process.returncode
            seat.process = seat.channel = None
            seat.account.restarted()
            self.state.restarts += 1
            seat.wait = _RESTART_WAIT if now - seat.started > 60 else min(seat.wait * 2, _RESTART_LONGEST)
            seat.not_before = now + seat.wait
            self.say(_RESTARTED.format(interface=seat.config.interface, code=code))
        if seat.process is None and not seat.done and now >= seat.not_before:
            self._start(seat)

    def reload(self, judge: Judge) -> None:
        """Hand a new model or policy to every worker; packets go on being taken in meanwhile."""
        self.tables = compile_tables(judge.zonemap, judge.decisions)
        s = self.state
        s.judge, s.reload_ok = judge, True
        s.reloads += 1
        s.violations = {**watched_pairs(judge), **forbidden_pairs(judge), **s.violations}
        s.book.config = _patience(judge)
        for seat in self._seats:
            if seat.channel is not None:
                seat.channel.send(NewModel(judge=judge, tables=self.tables))

    def refused(self) -> None:
        """A new model could not be read: the old one stays in force."""
        self.state.reload_ok = False
        self.state.reload_failures += 1

    def tick(self, now_ns: int) -> Moment:
        """Add up, and hand everything to the outputs."""
        self._watch_clock()
        self._links = links(self.config.interfaces)
        findings, self._findings = (*self._findings, *self._blind(now_ns)), []
        add_violations(self.state.violations, self.state.judge, findings)
        for finding in findings:
            if finding.rule == "NC-11" and (zone := finding.src_zone) in self.state.judge.model.zones:
                layer = self.state.judge.model.layer(zone).id
                self.state.unknown_devices[layer] = self.state.unknown_devices.get(layer, 0) + 1
        notices = [*self.state.book.add(findings, now_ns), *self.state.book.tick(now_ns)]
        opened = [n for n in notices if n.kind is not NoticeKind.CLOSED]
        self.state.notices = [*self.state.notices, *opened][-50:]
        moment = Moment(now_ns=now_ns, findings=findings, notices=tuple(notices), snapshot=self.snapshot(now_ns))
        for output in self.outputs:
            output.take(moment)
        return moment

    def _blind(self, now_ns: int) -> list[Finding]:
        """What the sensor itself does not see or could not write."""
        added, now = self.sum(), time.monotonic()
        unheard: dict[str, float] = {}
        for seat in self._seats:
            if not seat.done and seat.heard:
                unheard[seat.config.interface] = max(unheard.get(seat.config.interface, 0.0), now - seat.heard)
        return self._blindness.look(
            self.state.judge, self._health(added, now_ns), now_ns, vlans=added.vlans, spoke=added.spoke, unheard=unheard
        )

    def _watch_clock(self) -> None:
        wall, forward = time.time_ns(), time.monotonic_ns()
        moved = (wall - self._clock[0]) - (forward - self._clock[1])
        self._clock = (wall, forward)
        if abs(moved) > SECOND:
            self.state.clock_steps += 1
            self.say(_CLOCK.format(seconds=round(moved / SECOND)))

    def sum(self) -> Sum:
        """Totals of all workers."""
        return total(s.account for s in self._seats)

    def snapshot(self, now_ns: int) -> Snapshot:
        """All counters now."""
        added, judge, s = self.sum(), self.state.judge, self.state
        reasons = {r.key: 0 for r in NotCounted if r is not NotCounted.IN_A_FLOW}
        day = dt.datetime.fromtimestamp(now_ns / SECOND, dt.UTC) + dt.timedelta(minutes=judge.model.utc_offset_minutes)
        return Snapshot(
            judge=judge, violations=dict(s.violations), traffic=added.matrix, packets=added.packets, bytes=added.octets,
            not_decoded={**reasons, **added.not_counted}, flows_not_tracked=added.notes.get(Note.NOT_TRACKED_FLOWS.key, 0),
            at=day.date(), unknown_devices=dict(s.unknown_devices), health=self._health(added, now_ns),
        )  # fmt: skip

    def _health(self, added: Sum, now_ns: int) -> Health:
        s, reports = self.state, [seat.account.last for seat in self._seats if seat.account.last is not None]
        watched = {
            **added.watchers,
            "not_named": added.not_named,
            "watcher_failures": added.watcher_failures,
            "taps_shed": added.taps_shed,
        }
        return Health(
            interfaces=tuple(self._interface(name, added, now_ns) for name in self.config.interfaces),
            coverage=coverage(s.judge, added.spoke),
            flows_active=added.live, flows_capacity=added.capacity, flows_evicted=added.notes.get(Note.EVICTED.key, 0),
            notes={**self._ring_notes(added), **added.notes}, duplicates=added.notes.get(Note.DUPLICATE.key, 0),
            worker_restarts=s.restarts, reloads=s.reloads, reload_failures=s.reload_failures, reload_ok=s.reload_ok,
            started_ns=self.started_ns,
            events_written={o.name: o.written for o in self.outputs},
            events_lost={(o.name, why): n for o in self.outputs for why, n in o.lost.items()}
            | {("evidence", why): n for why, n in added.evidence_lost.items()}
            | ({("memory", "not_written"): s.memory_lost} if s.memory_lost else {}),
            evidence_slices=max((r.evidence_slices for r in reports), default=0),
            evidence_bytes=max((r.evidence_bytes for r in reports), default=0),
            evidence_frozen=any(r.evidence_frozen for r in reports),
            evidence_head=next((r.evidence_head for r in reversed(reports) if r.evidence_head), ""),
            incidents=s.book.active(),
            must_flow_age_seconds=_youngest(r.must_flow_ages for r in reports),
            clock_offset_seconds=next((r.clock_offset for r in reports if r.clock_offset is not None), None),
            watch_events={k: v for k, v in watched.items() if v or k in added.watchers},
        )  # fmt: skip

    def _ring_notes(self, added: Sum) -> dict[str, int]:
        names = ("gso", "checksum_not_ready", "tags_restored", "malformed")
        return {f"ring_{n}": sum(getattr(ring, n) for ring in added.rings.values()) for n in names} | {
            "clock_steps": self.state.clock_steps
        }

    def _interface(self, name: str, added: Sum, now_ns: int) -> InterfaceHealth:
        ring, link = added.rings[name], self._links.get(name) or Link(name=name)
        last = added.last_packet_ns.get(name, 0)
        limit = self.config.silent_seconds
        limit = 60 * self.state.judge.model.settings.silence_minutes if limit is None else limit
        quiet = now_ns - max(last, self.started_ns) > limit * SECOND
        octets = 0
        if len(self.config.interfaces) == 1:
            octets = added.octets
        else:
            octets = sum(s.account.counts.get("octets", 0) for s in self._seats if s.config.interface == name)
            octets += sum(s.account.last.octets for s in self._seats if s.config.interface == name and s.account.last)
        return InterfaceHealth(
            interface=name, up=link.up and link.carrier, speed_bits=link.speed_bits, packets=ring.received - ring.dropped,
            bytes=octets, dropped=ring.dropped, freezes=ring.freezes, nic_dropped=link.lost,
            softnet_dropped=max(0, softnet_dropped() - self._softnet), last_packet_ns=last, silent=link.up and quiet,
            unseen_vlans=len(unseen_vlans(self.state.judge, added.vlans.get(name, {}))),
        )  # fmt: skip

    def stop(self, seconds: float = 10.0) -> Moment:
        """Let every worker drain its ring and report, then end; what does not end in time is killed."""
        for seat in self._seats:
            if seat.channel is not None:
                seat.channel.send(Stop())
        until = time.monotonic() + seconds
        while time.monotonic() < until and not all(s.done or s.process is None for s in self._seats):
            channels = {s.channel.fileno(): s for s in self._seats if s.channel is not None and not s.channel.closed}
            if not channels:
                break
            for descriptor in select.select(list(channels), [], [], 0.2)[0]:
                self._take(channels[descriptor])
        for seat in self._seats:
            seat.done = True
            if seat.process is not None:
                try:
                    seat.process.wait(max(0.1, until - time.monotonic()))
                except subprocess.TimeoutExpired:
                    seat.process.kill()
                    seat.process.wait()
            if seat.channel is not None:
                seat.channel.close()
        last = self.tick(time.time_ns())
        for output in self.outputs:
            output.close()
        return last
