"""One incident per cause: findings that come again and again become one entry with counts and times, and few notices.

Forty mails at night are a defect.  A finding opens an incident; the same cause later only raises its counts, is told again
after a set time, and the incident closes when nothing more was seen for a set time.  Pure: time is an argument.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from segmentation.model.finding import Finding, Severity, Where

_SECOND = 1_000_000_000


class NoticeKind(enum.StrEnum):
    """Why an incident is told."""

    OPENED = "opened"
    WORSENED = "worsened"  # a blocked attempt got through, or the severity rose
    REMINDED = "reminded"  # still going on
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A cause with everything seen of it so far; ``finding.count`` and ``finding.where`` span the whole incident.

    Times are nanoseconds since the epoch, UTC.
    """

    finding: Finding
    opened_ns: int
    last_ns: int
    told_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An incident that somebody should now hear of."""

    kind: NoticeKind
    incident: Incident
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentConfig:
    """How long an incident stays open without news, how often it is told again, and how many are kept open.

    Beyond ``capacity`` the incident that was longest without news is closed (and told as closed); its count is not lost,
    because the metrics count findings, not incidents.
    """

    quiet_seconds: int = 900
    remind_seconds: int = 3600
    capacity: int = 100_000


class IncidentBook:
    """The open incidents, by fingerprint, in the order of their last news."""

    def __init__(self, config: IncidentConfig | None = None) -> None:
        self.config = config or IncidentConfig()
        self.overflowed = 0  # incidents closed for want of room
        self._open: OrderedDict[str, Incident] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Incident]:
        """The open incidents, worst first, then by age."""
        return iter(sorted(self._open.values(), key=lambda i: (-i.finding.severity, i.opened_ns, i.finding.fingerprint)))

    def add(self, findings: Iterable[Finding], now_ns: int) -> list[Notice]:
        """Take in what was found since the last call; ``finding.count`` says how often since then."""
        notices: list[Notice] = []
        for finding in findings:
            key = finding.fingerprint
            before = self._open.pop(key, None)
            kind = NoticeKind.OPENED if before is None else _news(before, finding, now_ns, self.config)
            incident = _merged(before, finding, now_ns, told=kind is not None)
            self._open[key] = incident
            if kind is not None:
                notices.append(Notice(kind=kind, incident=incident, at_ns=now_ns))
            if len(self._open) > self.config.capacity:
                _, oldest = self._open.popitem(last=False)
                self.overflowed += 1
                notices.append(Notice(kind=NoticeKind.CLOSED, incident=oldest, at_ns=now_ns))
        return notices

    def tick(self, now_ns: int) -> list[Notice]:
        """Close what was quiet long enough."""
        limit = now_ns - self.config.quiet_seconds * _SECOND
        notices: list[Notice] = []
        while self._open:
            key, oldest = next(iter(self._open.items()))
            if oldest.last_ns > now_ns:  # the clock went back: news cannot lie in the future
                self._open = OrderedDict((k, replace(i, last_ns=min(i.last_ns, now_ns))) for k, i in self._open.items())
                continue
            if oldest.last_ns > limit:
                break
            del self._open[key]
            notices.append(Notice(kind=NoticeKind.CLOSED, incident=oldest, at_ns=now_ns))
        return notices

    def active(self) -> dict[tuple[str, Severity, str, str], int]:
        """How many incidents are open by rule, severity and zone pair; those under an exception are left out."""
        out: dict[tuple[str, Severity, str, str], int] = {}
        for incident in self._open.values():
            f = incident.finding
            if not f.silenced:
                key = (f.rule, f.severity, f.src_zone, f.dst_zone)
                out[key] = out.get(key, 0) + 1
        return out


def _news(before: Incident, finding: Finding, now_ns: int, config: IncidentConfig) -> NoticeKind | None:
    if finding.severity > before.finding.severity or _reach(finding) > _reach(before.finding):
        return NoticeKind.WORSENED
    if now_ns - before.told_ns >= config.remind_seconds * _SECOND:
        return NoticeKind.REMINDED
    return None


_STATES = ("", "attempted", "refused", "established", "data")


def _reach(finding: Finding) -> int:
    """How far the flows of a finding got; blocked or only tried count alike."""
    return max(_STATES.index(finding.state.value if finding.state else ""), 2)


def _merged(before: Incident | None, finding: Finding, now_ns: int, *, told: bool) -> Incident:
    if before is None:
        return Incident(finding=finding, opened_ns=now_ns, last_ns=now_ns, told_ns=now_ns)
    old = before.finding
    worse = finding.severity > old.severity or _reach(finding) > _reach(old)
    kept = finding if worse else old  # the text and witness that show the worst of it
    merged = replace(kept, count=old.count + finding.count, where=_span(old.where, finding.where), detail=_sums(old, finding))
    return Incident(
        finding=merged, opened_ns=before.opened_ns, last_ns=now_ns, told_ns=now_ns if told else before.told_ns
    )  # fmt: skip


def _span(a: Where, b: Where) -> Where:
    firsts = [w for w in (a, b) if w.first_ns]
    first = min(firsts, key=lambda w: w.first_ns, default=a)
    last = max((a, b), key=lambda w: w.last_ns)
    return replace(
        a, first_ns=first.first_ns, first_packet=first.first_packet, last_ns=last.last_ns, last_packet=last.last_packet
    )  # fmt: skip


#: Details that are amounts since the last look, to be added up; every other detail is the newest.
_AMOUNTS = ("packets", "bytes")


def _sums(old: Finding, new: Finding) -> tuple[tuple[str, str], ...]:
    values = dict(old.detail)
    for key, value in new.detail:
        number = values.get(key, "0")
        values[key] = str(int(number) + int(value)) if key in _AMOUNTS and (number + value).isdecimal() else value
    return tuple(values.items())
