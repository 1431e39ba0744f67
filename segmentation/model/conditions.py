"""Conditions of conduits and exceptions that depend on when a flow happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from segmentation.model.conduits import Conduit, ConduitKind, TimeWindow
from segmentation.model.registers import PolicyException
from segmentation.model.text import Text


@dataclass(frozen=True, slots=True)
class Moment:
    """A local day, weekday (0 = Monday) and minute of the day."""

    day: dt.date
    weekday: int
    minute: int

    @classmethod
    def of(cls, at: float, utc_offset_minutes: int) -> Moment:
        """The local moment of *at* (seconds since the epoch, UTC), clamped to what the calendar can hold."""
        zone = dt.timezone(dt.timedelta(minutes=utc_offset_minutes))
        try:
            local = dt.datetime.fromtimestamp(at, tz=zone)
        except (OverflowError, OSError, ValueError):  # a capture may claim any time
            local = dt.datetime(1970, 1, 1, tzinfo=zone)
        return cls(local.date(), local.weekday(), local.hour * 60 + local.minute)

    def within(self, window: TimeWindow) -> bool:
        """Whether the moment lies in a time window."""
        return window.holds(self.weekday, self.minute)


def exception_reason(exception: PolicyException, day: dt.date) -> Text | None:
    """Why an exception does not cover *day*, or ``None`` if it does."""
    if exception.in_force(day):
        return None
    if exception.decided_on is None or day < exception.decided_on:
        return Text(f"例外 {exception.id} はまだ承認されていません。", f"Exception {exception.id} has not been approved yet.")
    return Text(
        f"例外 {exception.id} は {exception.expires_on} に終了しています。",
        f"Exception {exception.id} ended on {exception.expires_on}.",
    )


def window_rules(holder: Conduit | PolicyException) -> tuple[str, ...]:
    """The rules broken by a flow outside the window of a conduit or exception."""
    if isinstance(holder, Conduit) and holder.kind is ConduitKind.MAINTENANCE:
        return ("NC-19", "EX-03") if holder.exception else ("NC-19",)
    return ("EX-03",)
