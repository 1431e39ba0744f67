"""A gateway's own log beside the wire (LG-10): entries out of syslog lines or CSV, and which transfers they account for."""

from __future__ import annotations

import csv
import datetime as dt
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WINDOW_NS: Final = 5 * 60 * 1_000_000_000
_SKEW_NS: Final = 3600 * 1_000_000_000  # clocks farther apart than this are not put right, but told
_SECOND: Final = 1_000_000_000
_SHA256: Final = re.compile(r"\b[0-9a-fA-F]{64}\b")
_SIZE: Final = re.compile(r"\b(?:size|bytes|filesize|length)\s*[=:]\s*\"?(\d{1,15})\b", re.IGNORECASE)
#: RFC 5424 6.2.3, with the T or a space; else RFC 3164 4.1.2, which has neither year nor zone.
_ISO: Final = re.compile(r"\b(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?")
_BSD: Final = re.compile(r"(?:\A|>|\s)(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2})")
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_TIME_COLUMNS: Final = ("time", "timestamp", "date", "datetime", "日時", "処理日時", "時刻", "完了日時")
_HASH_COLUMNS: Final = ("sha256", "sha-256", "hash", "sanitized_sha256", "ハッシュ", "ハッシュ値")
_SIZE_COLUMNS: Final = ("size", "bytes", "filesize", "サイズ", "ファイルサイズ", "容量")


@dataclass(frozen=True, slots=True, order=True)
class LogEntry:
    """One line that accounts for a delivery: ns since the epoch; SHA-256 and size where the line has them; its number."""

    at_ns: int
    sha256: str = ""
    size: int = -1
    line: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Delivery:
    """One transfer out of the gateway's LGWAN face, as seen on the wire."""

    at_ns: int
    sha256: str
    size: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result: ``skew_ns`` is the log's clock minus the wire's.

    ``proven``: deliveries whose hash the log has; ``weak``: that an entry fits by time (and size where it has one);
    ``unlogged``: without an entry; ``unseen``: entries that no transfer on the wire fits.
    """

    skew_ns: int
    proven: tuple[Delivery, ...]
    weak: tuple[Delivery, ...]
    unlogged: tuple[Delivery, ...]
    unseen: tuple[LogEntry, ...]


def read_log(text: str, *, year: int, utc_offset_minutes: int = 540) -> tuple[list[LogEntry], list[int]]:
    """Entries of a log, and the numbers of lines without a time; CSV where the first line names a time column.

    *year*: for times that have none; *utc_offset_minutes*: for times without a zone.
    """
    lines = text.splitlines()
    head = [c.strip().lower().lstrip("\ufeff") for c in next(csv.reader(lines[:1]), [])]
    when = _column(head, _TIME_COLUMNS)
    entries: list[LogEntry] = []
    bad: list[int] = []
    if when is not None and len(head) > 1:
        hashed, sized = _column(head, _HASH_COLUMNS), _column(head, _SIZE_COLUMNS)
        reader = csv.reader(lines[1:])
        for row in reader:
            at = _time(row[when], year, utc_offset_minutes) if when < len(row) else None
            if at is None:
                bad.append(reader.line_num + 1)
                continue
            digest = row[hashed].strip().lower() if hashed is not None and hashed < len(row) else ""
            size = row[sized].replace(",", "").strip() if sized is not None and sized < len(row) else ""
            entries.append(
                LogEntry(
                    at, digest if _SHA256.fullmatch(digest) else "", int(size) if size.isdecimal() else -1, reader.line_num + 1
                )
            )
        return sorted(entries), bad
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        at = _time(line, year, utc_offset_minutes)
        if at is None:
            bad.append(number)
            continue
        digest_found, size_found = _SHA256.search(line), _SIZE.search(line)
        entries.append(
            LogEntry(at, digest_found[0].lower() if digest_found else "", int(size_found[1]) if size_found else -1, number)
        )
    return sorted(entries), bad


def _column(head: Sequence[str], names: Iterable[str]) -> int | None:
    return next((head.index(n) for n in names if n in head), None)


def _time(text: str, year: int, offset: int) -> int | None:
    zone = dt.timezone(dt.timedelta(minutes=offset))
    try:
        if (found := _ISO.search(text)) is not None:
            y, mo, d, h, mi, s = (int(x) for x in found.groups()[:6])
            fraction = int((found[7] or "0").ljust(9, "0"))
            if found[8] and found[8] != "Z":
                minutes = int(found[8][1:3]) * 60 + int(found[8][-2:])
                zone = dt.timezone(dt.timedelta(minutes=minutes if found[8][0] == "+" else -minutes))
            elif found[8]:
                zone = dt.UTC
            return int(dt.datetime(y, mo, d, h, mi, s, tzinfo=zone).timestamp()) * _SECOND + fraction
        if (found := _BSD.search(text)) is not None:
            month = _MONTHS.index(found[1]) // 3 + 1
            day, h, mi, s = (int(x) for x in found.groups()[1:])
            return int(dt.datetime(year, month, day, h, mi, s, tzinfo=zone).timestamp()) * _SECOND
    except (ValueError, OverflowError):
        return None
    return None


def reconcile(entries: Iterable[LogEntry], deliveries: Iterable[Delivery]) -> Reconciled:
    """Account for each delivery by at most one entry: first by hash, then by size, then by time alone.

    The clocks' difference is the median over the pairs that hash or size make certain; without any, it is taken as none.
    """
    left, waiting = sorted(entries), sorted(deliveries)
    proven: list[Delivery] = []
    pairs: list[tuple[Delivery, LogEntry]] = []
    by_hash: dict[str, list[LogEntry]] = {}
    for entry in left:
        if entry.sha256:
            by_hash.setdefault(entry.sha256, []).append(entry)
    used: set[LogEntry] = set()
    rest = []
    for delivery in waiting:
        near = [
            e
            for e in by_hash.get(delivery.sha256, ())
            if e not in used and abs(e.at_ns - delivery.at_ns) <= _SKEW_NS + WINDOW_NS
        ]
        if near:
            entry = min(near, key=lambda e: (abs(e.at_ns - delivery.at_ns), e))
            used.add(entry)
            proven.append(delivery)
            pairs.append((delivery, entry))
        else:
            rest.append(delivery)
    if not pairs:
        pairs = _unique_sizes(rest, [e for e in left if e not in used])
    skew = int(statistics.median(e.at_ns - d.at_ns for d, e in pairs)) if pairs else 0
    # Where no hash ever fits, the log keeps those of what went in: then its hashes say nothing about what came out.
    by_output = bool(proven)
    weak: list[Delivery] = []
    for sized in (True, False):
        remaining = []
        for delivery in rest:
            # An entry that names another hash or size is about another file.
            near = [
                e for e in left
                if e not in used and abs(e.at_ns - skew - delivery.at_ns) <= WINDOW_NS
                and not (by_output and e.sha256)
                and (e.size == delivery.size if sized else e.size < 0)
            ]  # fmt: skip
            if near:
                entry = min(near, key=lambda e: (abs(e.at_ns - skew - delivery.at_ns), e))
                used.add(entry)
                weak.append(delivery)
            else:
                remaining.append(delivery)
        rest = remaining
    unseen = tuple(e for e in left if e not in used)
    return Reconciled(skew, tuple(sorted(proven)), tuple(sorted(weak)), tuple(sorted(rest)), unseen)


def _unique_sizes(deliveries: Sequence[Delivery], entries: Sequence[LogEntry]) -> list[tuple[Delivery, LogEntry]]:
    """Pairs that are the only ones of their size within the clocks' largest difference."""
    out = []
    for delivery in deliveries:
        same = [e for e in entries if e.size == delivery.size and abs(e.at_ns - delivery.at_ns) <= _SKEW_NS]
        if len(same) == 1 and sum(d.size == delivery.size for d in deliveries) == 1:
            out.append((delivery, same[0]))
    return out
