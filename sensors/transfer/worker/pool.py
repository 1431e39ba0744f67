"""Files -> verdicts through workers: one process a file, ended and counted when it misbehaves, whatever the file does."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sensors.transfer.content.limits import Limits
from sensors.transfer.sink import FileSink, Spooled
from sensors.transfer.verdict import ContentVerdict, Gap, Reason
from sensors.transfer.worker.messages import ANSWER_LIMIT, BadAnswerError, decode

_START_SECONDS: Final = 60.0
_RESTARTS: Final = 1000


class WorkerUnavailableError(RuntimeError):
    """The worker cannot be started on this machine."""


class Inspector:
    """Examines files in unprivileged processes; safe to use from several threads at once.

    ``counts``: how they ended: ``done``, ``died``, ``killed`` (over the wall-clock limit), ``bad_answer``; ``restarted``.
    ``missing``: the steps of isolation that this machine does not allow.
    """

    def __init__(self, limits: Limits | None = None, *, workers: int = 2, rules: Path | None = None) -> None:
        self.limits = limits or Limits()
        self.counts: Counter[str] = Counter()
        self.missing: tuple[str, ...] = ()
        self.rules_problem = ""
        self._rules = rules
        self._slots = threading.BoundedSemaphore(max(workers, 1))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def __enter__(self) -> Self:
        """Start the process that workers are forked from.  Raises :class:`WorkerUnavailableError`."""
        with self._lock:
            self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """End it."""
        self.close()

    def close(self) -> None:
        """End the worker; an examination that is still running gives ``unverifiable``."""
        with self._lock:
            self._stop()

    def inspect_bytes(self, data: bytes, name: str = "", declared: str = "", context: str = "") -> ContentVerdict:
        """The verdict about *data*.

        ``name``: as the receiver sees it; ``declared``: the Content-Type it came with; ``context``: ``mail`` when the
        bytes are a whole message as SMTP carried it, so that it is read as one whatever it looks like.
        """
        sink = FileSink(limit=self.limits.file_bytes)
        sink.write(data)
        return self.inspect_sink(sink, name, declared, context)

    def inspect_file(self, path: Path, name: str | None = None, declared: str = "", context: str = "") -> ContentVerdict:
        """The verdict about the file at *path*, which is read as a stream.  Raises :class:`OSError`."""
        sink = FileSink(limit=self.limits.file_bytes)
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                sink.write(block)
        return self.inspect_sink(sink, path.name if name is None else name, declared, context)

    def inspect_sink(self, sink: FileSink, name: str = "", declared: str = "", context: str = "") -> ContentVerdict:
        """The verdict about what was written to *sink*, which is closed."""
        with contextlib.closing(sink):
            spooled = sink.spooled()
            verdict = self._examine(spooled, name, "message/rfc822" if context == "mail" else declared)
        if sink.missing:
            gaps = tuple(sorted({*verdict.gaps, Gap(Reason.MISSING_BYTES)}))
            verdict = dataclasses.replace(verdict, gaps=gaps)
        return verdict

    def _examine(self, spooled: Spooled, name: str, declared: str) -> ContentVerdict:
        request = {
            "name": name[:1000].encode("utf-8", "backslashreplace").decode(), "declared": declared[:200], "size": spooled.size,
            "limits": dataclasses.asdict(self.limits),
        }  # fmt: skip
        failed = Reason.WORKER_DIED
        with self._slots:
            answer, why = self._ask(json.dumps(request).encode(), spooled.handle)
        if why is None:
            try:
                verdict = decode(answer, name=name, size=spooled.size, sha256=spooled.sha256)
            except BadAnswerError:
                self.counts["bad_answer" if answer else "died"] += 1
            else:
                self.counts["done"] += 1
                return verdict
        else:
            failed = why
        return ContentVerdict(name=name, size=spooled.size, sha256=spooled.sha256, type="unknown", gaps=(Gap(failed),))

    def _ask(self, request: bytes, handle: int) -> tuple[bytes, Reason | None]:
        """Send one request and wait for its answer, at most the wall-clock limit."""
        reading, writing = os.pipe2(os.O_CLOEXEC)
        process: int | None = None
        try:
            with self._lock:
                process = self._submit(request, handle, writing)
            os.close(writing)
            writing = -1
            answer, in_time = _receive(reading, self.limits.wall_seconds)
        except WorkerUnavailableError:
            self.counts["died"] += 1
            return b"", Reason.WORKER_DIED
        else:
            if not in_time:
                self.counts["killed"] += 1
            return (answer, None) if in_time else (b"", Reason.OUT_OF_TIME)
        finally:
            if process is not None:
                # It has ended, or it is to end now: a process that answered has no more to do.
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                os.close(process)
            os.close(reading)
            if writing >= 0:
                os.close(writing)

    def _submit(self, request: bytes, handle: int, writing: int) -> int | None:
        """Hand a request over; returns the descriptor of the process that works on it.  The lock is held."""
        for attempt in (0, 1):
            if self._channel is None or self._process is None or self._process.poll() is not None:
                if self._process is not None:
                    self.counts["restarted"] += 1
                self._start()
            assert self._channel is not None
            try:
                socket.send_fds(self._channel, [request], [handle, writing])
                message, descriptors, _flags, _address = socket.recv_fds(self._channel, 16, 1)
            except OSError:
                message, descriptors = b"", []
            if message:
                return descriptors[0] if descriptors else None
            self._stop()
            if attempt:
                break
        raise WorkerUnavailableError("the worker does not answer")

    def _start(self) -> None:
        self._stop()
        if self.counts["restarted"] > _RESTARTS:
            raise WorkerUnavailableError("the worker was restarted too often")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = Path(__file__).resolve().parents[3]
        # A clean environment: nothing of the sensor's own reaches the worker.  UTF-8 is what libarchive decodes names by.
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [
            sys.executable,
            "-P",
            "-m",
            "sensors.transfer.worker.zygote",
            *([str(self._rules.resolve())] if self._rules else []),
        ]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                close_fds=True,
            )
        except OSError as error:
            ours.close()
            raise WorkerUnavailableError(str(error)) from error
        finally:
            theirs.close()
        ours.settimeout(_START_SECONDS)
        try:
            ready = json.loads(ours.recv(64 << 10) or b"null")
        except (OSError, ValueError):
            ready = None
        if not isinstance(ready, dict) or ready.get("ready") is not True:
            ours.close()
            self._stop()
            raise WorkerUnavailableError("the worker did not start")
        self.missing = tuple(str(m) for m in ready.get("missing", ()))
        self.rules_problem = str(ready.get("rules", ""))
        self._channel = ours

    def _stop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _receive(reading: int, seconds: float) -> tuple[bytes, bool]:
    """Everything up to the end of the pipe; whether it came in time."""
    deadline = time.monotonic() + seconds
    out = bytearray()
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return b"", False
        block = os.read(reading, 64 << 10)
        if not block:
            return bytes(out), True
        out += block
        if len(out) > ANSWER_LIMIT:
            return b"{", True
