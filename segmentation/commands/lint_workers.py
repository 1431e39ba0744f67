"""Devices examined side by side, each in a process of its own, so that a hostile file costs no answer but its own.

Workers are started afresh (spawn), never forked: the parent may have threads.  A worker gets the texts of one device and
gives back findings and matrix, not the device: the rules of a large rule base would cost more to send than to read.
A worker that dies, runs too long or runs out of memory is replaced; the device it had is not examined, and said so.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from segmentation.commands.basis import Basis
from segmentation.commands.lint_examine import NotExamined, Outcome, Work, examine, guarded, not_examined
from segmentation.commands.lint_inputs import Group
from segmentation.model.text import Text

_DIED = Text("処理が異常終了しました（{how}）。", "Its process died ({how}).")
_SIGNAL = Text("シグナル {number}", "signal {number}")
_STATUS = Text("終了コード {number}", "exit status {number}")
_TOO_LONG = Text("解析が制限時間（{seconds:.0f}秒）を超えました。", "The analysis took longer than {seconds:.0f} s.")
_TOLD_AFTER = 0.2  # seconds between two looks at the clock while workers are busy


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may use: ``seconds`` of wall time a device, ``memory`` in bytes; 0 is no limit."""

    seconds: float = 7200.0
    memory: int = 0


def workers() -> int:
    """How many processes this one may keep busy."""
    with contextlib.suppress(AttributeError, OSError):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def fair_limits(count: int) -> Limits:
    """The limits of one of *count* workers: together they leave a tenth of the machine's memory to others."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return Limits()
    # No rule base of 100,000 rules needs 2 GiB; a machine with less than that pages, which is better than refusing.
    return Limits(memory=max(2 << 30, memory * 9 // 10 // count))


def examine_in_workers(
    groups: Sequence[Group],
    basis: Basis,
    *,
    count: int | None = None,
    limits: Limits | None = None,
    done: Callable[[], None] = lambda: None,
    work: Work = examine,
) -> list[Outcome]:
    """What each group gave, in the order of *groups*; *done* is called as each ends.

    The largest are begun first, so that none is left to run alone at the end.  *work* must be importable by name.
    """
    count = min(count or workers(), len(groups))
    pool = _Pool(basis, limits or fair_limits(count), work)
    outcomes: dict[int, Outcome] = {}
    waiting = sorted(range(len(groups)), key=lambda i: (groups[i].size, -i))
    try:
        while len(outcomes) < len(groups):
            while waiting and len(pool.busy) < count:
                index = waiting.pop()
                pool.begin(index, groups[index])
            for index, outcome in pool.ended():
                outcomes[index] = outcome
                done()
    finally:
        pool.close()
    return [outcomes[i] for i in range(len(groups))]


@dataclass(slots=True)
class _Worker:
    process: Any  # multiprocessing's own type depends on the way of starting
    connection: Connection
    index: int = -1
    group: Group | None = None
    begun: float = 0.0


class _Pool:
    """Workers that are busy, and those that wait for the next device."""

    def __init__(self, basis: Basis, limits: Limits, work: Work) -> None:
        self.context = multiprocessing.get_context("spawn")
        self.basis, self.limits, self.work = basis, limits, work
        self.busy: list[_Worker] = []
        self.idle: list[_Worker] = []

    def begin(self, index: int, group: Group) -> None:
        """Hand a device to a worker."""
        worker = self.idle.pop() if self.idle else self._start()
        worker.index, worker.group, worker.begun = index, group, time.monotonic()
        self.busy.append(worker)
        with contextlib.suppress(OSError):  # one that has died is found by ended()
            worker.connection.send(group)

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        arguments = (theirs, self.basis, self.limits.memory, self.work)
        process = self.context.Process(target=_serve, args=arguments, name="sekisho lint", daemon=True)
        process.start()
        theirs.close()  # else the death of the worker would not end the connection
        return _Worker(process, ours)

    def ended(self) -> list[tuple[int, Outcome]]:
        """Wait a little; the devices whose examination has ended meanwhile, by answer, death or lack of time."""
        out: list[tuple[int, Outcome]] = []
        ready = wait([w.connection for w in self.busy], _TOLD_AFTER)
        for worker in list(self.busy):
            assert worker.group is not None
            if worker.connection in ready:
                outcome = self._answer(worker, worker.group)
            elif time.monotonic() - worker.begun > self.limits.seconds > 0:
                self._discard(worker)
                outcome = not_examined(worker.group, _TOO_LONG.format(seconds=self.limits.seconds))
            else:
                continue
            self.busy.remove(worker)
            out.append((worker.index, outcome))
        return out

    def _answer(self, worker: _Worker, group: Group) -> Outcome:
        try:
            outcome: Outcome = worker.connection.recv()
        except (EOFError, OSError):
            self._discard(worker)
            code = worker.process.exitcode or 0
            how = _SIGNAL.format(number=-code) if code < 0 else _STATUS.format(number=code)
            return not_examined(group, _DIED.format(how=how))
        if isinstance(outcome, NotExamined):
            self._discard(worker)  # its memory may be in any state
        else:
            worker.group = None
            self.idle.append(worker)
        return outcome

    def _discard(self, worker: _Worker) -> None:
        worker.connection.close()
        worker.process.join(1.0)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()

    def close(self) -> None:
        """End every worker, at once those still busy."""
        for worker in self.busy:
            worker.process.kill()
        for worker in (*self.busy, *self.idle):
            self._discard(worker)


def _serve(connection: Connection, basis: Basis, memory: int, work: Work) -> None:
    """The life of a worker: devices in, outcomes out, until the connection ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent, which is interrupted too, ends it
    # What a library prints as it dies would stand beside the one clear message.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    _bound(memory)
    with contextlib.suppress(EOFError, OSError):
        while True:
            group: Group = connection.recv()
            connection.send(guarded(group, basis, work))


def _bound(memory: int) -> None:
    """Let allocations beyond *memory* fail.

    setrlimit(2), RLIMIT_DATA: since Linux 4.7 it also counts private anonymous mappings, and unlike RLIMIT_AS not the
    address space that libraries only reserve.
    """
    if not memory:
        return
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
