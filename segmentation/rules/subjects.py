"""Findings about the entries of a zone model: the same place, cause and names wherever an entry is at fault."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.rules.ends import Ends
from segmentation.rules.registry import finding
from segmentation.rules.rule import RuleContext


class Entry(Protocol):
    """An entry of the zone model with an ID, a name in both languages and a place in the file."""

    @property
    def id(self) -> str:
        """Its ID."""

    @property
    def name(self) -> Text:
        """Its name."""

    @property
    def location(self) -> Location:
        """Where it stands."""


def label(entry: Entry) -> Text:
    """The entry as an officer knows it: ID and name."""
    return Text(f"{entry.id}（{entry.name.ja}）", f"{entry.id} ({entry.name.en})")


def listing(items: tuple[Text, ...]) -> Text:
    """Several terms in a row."""
    return Text("、".join(i.ja for i in items), ", ".join(i.en for i in items))


def on_conduit(
    context: RuleContext,
    rule_id: str,
    ends: Ends,
    message: Text,
    *,
    severity: Severity | None = None,
    key: str = "",
    values: dict[str, object] | None = None,
    **fields: Any,
) -> Finding:
    """A finding about a declared conduit; ``{conduit}`` in *message* becomes its ID and name."""
    conduit = ends.conduit
    return finding(
        rule_id,
        context.policy,
        message=message.format(conduit=label(conduit), **(values or {})),
        where=Where(location=conduit.location),
        cause=f"conduit:{conduit.id}",
        severity=severity,
        key=f"{conduit.id}:{key}",
        conduit=conduit.id,
        src_zone=ends.initiator.zone_id,
        dst_zone=ends.responder.zone_id,
        **fields,
    )


def on_entry(
    context: RuleContext,
    rule_id: str,
    register: str,
    entry: Entry,
    message: Text,
    *,
    severity: Severity | None = None,
    key: str = "",
    values: dict[str, object] | None = None,
    **fields: Any,
) -> Finding:
    """A finding about an entry of *register* (``device``, ``exception`` …); ``{entry}`` becomes its ID and name."""
    return finding(
        rule_id,
        context.policy,
        message=message.format(entry=label(entry), **(values or {})),
        where=Where(location=entry.location),
        cause=f"{register}:{entry.id}",
        severity=severity,
        key=f"{entry.id}:{key}",
        **fields,
    )


def on_place(
    context: RuleContext,
    rule_id: str,
    cause: str,
    location: Location,
    message: Text,
    *,
    severity: Severity | None = None,
    key: str = "",
    **fields: Any,
) -> Finding:
    """A finding about a place in the file that is no named entry, or about something that is absent from it."""
    return finding(
        rule_id,
        context.policy,
        message=message,
        where=Where(location=location if location.file else Location(context.model.file)),
        cause=cause,
        severity=severity,
        key=key or cause,
        **fields,
    )


def same_person(a: str, b: str) -> bool:
    """Whether two names are one: spaces and width do not matter."""
    return bool(fold(a)) and fold(a) == fold(b)


def fold(name: str) -> str:
    """A name without spaces, with compatibility forms (full width, half-width kana) and case folded."""
    import unicodedata  # noqa: PLC0415 - only names need it

    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 in hexadecimal (FIPS 180-4: 256 bits, 64 digits)."""
    return len(text) == 64 and all(c in "0123456789abcdefABCDEF" for c in text)


def age_days(day: dt.date | None, at: dt.date) -> int | None:
    """Days from *day* to *at*; ``None`` without a day."""
    return None if day is None else (at - day).days
