"""Where each second's findings and counters go: one small interface, and the outputs of the project behind it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from segmentation.model.finding import Finding
from segmentation.model.text import Lang
from sensors.events import eve
from sensors.events.cef import line as cef_line
from sensors.events.journal import Journal
from sensors.events.syslog import SyslogSender, message
from sensors.incidents import Notice, NoticeKind
from sensors.metrics import Snapshot

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

SECOND = 1_000_000_000
_STATS_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What an output is handed at each tick: the findings since the last one, what somebody should now hear, all counters."""

    now_ns: int
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...]
    snapshot: Snapshot


class Output(Protocol):
    """Something that wants to know.  It never raises: what it cannot write it counts."""

    @property
    def name(self) -> str:
        """The label of its counters."""

    @property
    def written(self) -> int:
        """Events written since the start."""

    @property
    def lost(self) -> Mapping[str, int]:
        """Events not written, by reason."""

    def take(self, moment: Moment) -> None:
        """Take in a tick."""

    def close(self) -> None:
        """Write what is left and let go."""


@dataclass(slots=True)
class _ToJournal:
    """What every output that appends lines to a file has in common."""

    journal: Journal

    @property
    def written(self) -> int:
        """Lines on the file."""
        return self.journal.written

    @property
    def lost(self) -> Mapping[str, int]:
        """Lines that the file does not have."""
        return self.journal.lost

    def close(self) -> None:
        """Close the file."""
        self.journal.close()


@dataclass(slots=True)
class EveOutput(_ToJournal):
    """Suricata EVE JSON lines of every incident that opens, worsens or goes on for an hour; on the file at once."""

    lang: Lang
    utc_offset_minutes: int
    name: str = "eve"
    _stated_ns: int = 0

    def take(self, moment: Moment) -> None:
        """Write the notices, and every hour what the sensor itself has to say."""
        if moment.now_ns - self._stated_ns >= _STATS_SECONDS * SECOND or moment.now_ns < self._stated_ns:
            self._stated_ns = moment.now_ns
            self.journal.append([json.dumps(eve.statistics(moment.snapshot, moment.now_ns, self.utc_offset_minutes))])
        told = [n.incident.finding for n in moment.notices if n.kind is not NoticeKind.CLOSED]
        if told:
            self.journal.append(self._lines(told))

    def _lines(self, findings: Iterable[Finding]) -> list[str]:
        offset = self.utc_offset_minutes
        return [json.dumps(eve.event(f, lang=self.lang, utc_offset_minutes=offset), ensure_ascii=False) for f in findings]


@dataclass(slots=True)
class MetricsOutput:
    """``/metrics`` for Prometheus: the newest snapshot, whenever it is asked for."""

    server: WSGIServer | None
    name: str = "metrics"
    written: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    _newest: list[Snapshot] = field(default_factory=list)

    @classmethod
    def listen(cls, address: str, port: int, first: Snapshot, clock: Callable[[], float] = time.perf_counter) -> MetricsOutput:
        """Answer on *address*.  Raises :class:`OSError` where the port cannot be had."""
        from sensors.metrics import serve  # noqa: PLC0415  # only who exports metrics pays for the library

        out = cls(None)
        out._newest.append(first)
        out.server = serve(address, port, lambda: out._newest[-1], clock)
        return out

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.server.server_port) if self.server is not None else 0

    def take(self, moment: Moment) -> None:
        """Keep the snapshot for the next scrape."""
        self._newest[:] = [moment.snapshot]

    def close(self) -> None:
        """Stop listening."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()


@dataclass(slots=True)
class SyslogOutput:
    """RFC 5424 messages of every notice, the end of an incident included."""

    sender: SyslogSender
    host: str  # of this sensor
    lang: Lang
    name: str = "syslog"

    @property
    def written(self) -> int:
        """Messages handed over to the server's connection."""
        return self.sender.sent

    @property
    def lost(self) -> Mapping[str, int]:
        """Messages that could not be."""
        return self.sender.lost

    def take(self, moment: Moment) -> None:
        """Queue the notices."""
        for n in moment.notices:
            self.sender.send(message(n.incident.finding, kind=n.kind.value, host=self.host, at_ns=n.at_ns, lang=self.lang))

    def close(self) -> None:
        """Send what is left."""
        self.sender.close()


@dataclass(slots=True)
class CefOutput(_ToJournal):
    """CEF lines of every notice."""

    version: str
    lang: Lang
    name: str = "cef"

    def take(self, moment: Moment) -> None:
        """Write the notices."""
        told = moment.notices
        if told:
            self.journal.append(
                cef_line(n.incident.finding, version=self.version, kind=n.kind.value, lang=self.lang) for n in told
            )  # fmt: skip
