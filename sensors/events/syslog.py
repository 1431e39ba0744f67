"""Findings as RFC 5424 syslog messages, and a sender over TCP or TLS that never blocks the sensor.

The message is the officer's sentence; rule, severity, zones and fingerprint stand in structured data.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Lang

#: Facility 13, log audit (RFC 5424 6.2.1, table 1).
_FACILITY = 13
#: RFC 5424 6.2.1, table 2: 2 critical, 3 error, 4 warning, 5 notice, 6 informational.
_SEVERITY = {Severity.CRITICAL: 2, Severity.HIGH: 3, Severity.MEDIUM: 4, Severity.LOW: 5, Severity.INFO: 6}
#: Private enterprise number for documentation, RFC 5612.
_SD_ID = "sekisho@32473"


def message(finding: Finding, *, kind: str, host: str, at_ns: int, lang: Lang) -> str:
    """One message without framing.  *kind*: opened, worsened, reminded, closed.  *at_ns*: since the epoch, UTC."""
    priority = _FACILITY * 8 + _SEVERITY[finding.severity]
    values = {
        "rule": finding.rule,
        "severity": finding.severity.key,
        "kind": kind,
        "src_zone": finding.src_zone,
        "dst_zone": finding.dst_zone,
        "state": finding.state.value if finding.state else "",
        "count": str(finding.count),
        "clause": " / ".join(c.number for c in finding.clauses),
        "fingerprint": finding.fingerprint,
    }
    data = "".join(f' {k}="{_escaped(v)}"' for k, v in values.items() if v)
    # RFC 5424 6.4: a message in UTF-8 begins with the byte order mark.
    text = "\ufeff" + " ".join(finding.message.in_(lang).split())
    return f"<{priority}>1 {_timestamp(at_ns)} {_name(host, 255)} sekisho - {finding.rule} [{_SD_ID}{data}] {text}"


def framed(text: str) -> bytes:
    """The message with its length before it: octet counting, RFC 6587 3.4.1 and RFC 5425 4.3.1."""
    octets = text.encode("utf-8", "replace")
    return b"%d %s" % (len(octets), octets)


def _escaped(value: str) -> str:
    """RFC 5424 6.3.3: quotation mark, backslash and closing bracket take a backslash."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _name(value: str, length: int) -> str:
    """Printable ASCII without spaces (RFC 5424 6, PRINTUSASCII), or the nil value."""
    return "".join(c for c in value if "!" <= c <= "~")[:length] or "-"


def _timestamp(ns: int) -> str:
    try:
        at = dt.datetime.fromtimestamp(ns // 1_000_000_000, tz=dt.UTC)
    except (OverflowError, OSError, ValueError):  # a capture may claim any time
        return "-"
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000 // 1000:06d}Z"


@dataclass(slots=True)
class SyslogSender:
    """Sends messages from a thread of its own; a queue of *room* messages bridges an outage, then the oldest are lost.

    *context* with a TLS configuration makes it RFC 5425.  ``sent`` and ``lost`` (by reason: queue_full, not_reached) count.
    """

    host: str
    port: int
    context: ssl.SSLContext | None = None
    room: int = 10_000
    timeout: float = 5.0
    retry_seconds: float = 5.0
    connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection
    sent: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    _queue: deque[bytes] = field(default_factory=deque)
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _stop: bool = False

    def send(self, text: str) -> None:
        """Queue one message; returns at once."""
        with self._wake:
            if len(self._queue) >= self.room:
                self._queue.popleft()
                self.lost["queue_full"] = self.lost.get("queue_full", 0) + 1
            self._queue.append(framed(text))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="syslog", daemon=True)
                self._thread.start()
            self._wake.notify()

    def close(self, wait: float = 2.0) -> None:
        """Give the queue *wait* seconds to empty, then stop; what is left counts as not reached."""
        with self._wake:
            self._stop = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(wait)
        with self._wake:
            if self._queue:
                self.lost["not_reached"] = self.lost.get("not_reached", 0) + len(self._queue)
                self._queue.clear()

    def _run(self) -> None:
        sock: socket.socket | None = None
        while True:
            with self._wake:
                while not self._queue and not self._stop:
                    self._wake.wait()
                if not self._queue:
                    break
                head = self._queue[0]
            try:
                if sock is None:
                    sock = self._connected()
                sock.sendall(head)
            except OSError:  # refused, reset, certificate not accepted, timed out
                if sock is not None:
                    sock.close()
                sock = None
                with self._wake:
                    if self._stop:
                        break
                    self._wake.wait(self.retry_seconds)
                continue
            with self._wake:
                self.sent += 1
                if self._queue and self._queue[0] is head:
                    self._queue.popleft()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.close()

    def _connected(self) -> socket.socket:
        sock = self.connect((self.host, self.port), self.timeout)
        sock.settimeout(self.timeout)
        return sock if self.context is None else self.context.wrap_socket(sock, server_hostname=self.host)
