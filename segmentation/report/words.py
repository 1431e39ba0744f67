"""The words that reports share, in both languages."""

from __future__ import annotations

import datetime as dt

from segmentation.model.finding import ClauseOrigin, ClauseRef, Confidence
from segmentation.model.text import Text

ORIGINS = {
    ClauseOrigin.POLICY: Text("自市の規程", "own policy"),
    ClauseOrigin.COUNCIL: Text("県・協議会の規程", "prefecture's or council's policy"),
    ClauseOrigin.NATIONAL: Text("国ガイドライン由来", "national guideline"),
    ClauseOrigin.STATUTE: Text("法令・監督機関の指針", "law or regulator's guideline"),
    ClauseOrigin.PRODUCT: Text("製品規則", "product rule, not a clause"),
}
CONFIDENCES = {
    Confidence.CERTAIN: Text("確実", "certain"),
    Confidence.INFERRED: Text("推定", "inferred"),
    Confidence.POSSIBLE: Text("可能性あり", "possible"),
}
CELLS = {
    "equal": Text("一致", "equal"),
    "wider": Text("許可より広い", "wider than permitted"),
    "narrower": Text("許可より狭い", "narrower than permitted"),
    "both": Text("過不足あり", "wider and narrower"),
    "not_decidable": Text("判定不能", "not decidable"),
}
VERDICTS = {
    "permitted": Text("許可", "permitted"),
    "permitted_if_sanitized": Text("無害化を条件に許可", "permitted if sanitized"),
    "excepted": Text("例外承認", "excepted"),
    "forbidden": Text("禁止", "forbidden"),
    "not_decidable": Text("判定不能", "not decidable"),
}
STATES = {
    "attempted": Text("試行のみ", "attempted"),
    "refused": Text("拒否された", "refused"),
    "established": Text("接続成立", "established"),
    "data": Text("データ転送あり", "data moved"),
}
CT_STATES = {
    "new": Text("新規接続", "new connection"),
    "established": Text("確立済み接続", "established connection"),
    "related": Text("関連接続", "related connection"),
    "invalid": Text("追跡不能", "invalid to connection tracking"),
    "untracked": Text("追跡対象外", "untracked"),
}
_CLAUSE = Text("{number}「{title}」", "{number} “{title}”")


def clause_words(clause: ClauseRef) -> Text:
    """Document, number, title and origin of a clause in one line."""
    title = _CLAUSE if clause.number and clause.title else Text("{number}{title}", "{number}{title}")
    name = title.format(number=clause.number, title=Text(clause.title, clause.title_in("en")))
    origin = ORIGINS[clause.origin]
    lead = clause.document + " " if clause.document else ""
    return Text(f"{lead}{name.ja}（{origin.ja}）", f"{lead}{name.en} ({origin.en})")


def rfc3339(ns: int) -> str | None:
    """Nanoseconds since the epoch as an RFC 3339 time in UTC with nine decimals; ``None`` for 0 (unknown)."""
    if not ns:
        return None
    return _moment(ns, 0) + f".{ns % 1_000_000_000:09d}Z"


def local_time(ns: int, utc_offset_minutes: int) -> str:
    """Nanoseconds since the epoch as local time with its offset, to the microsecond."""
    sign, minutes = ("-" if utc_offset_minutes < 0 else "+"), abs(utc_offset_minutes)
    offset = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    return _moment(ns, utc_offset_minutes).replace("T", " ") + f".{ns % 1_000_000_000 // 1000:06d} {offset}"


def _moment(ns: int, offset_minutes: int) -> str:
    seconds = ns // 1_000_000_000 + offset_minutes * 60
    try:
        # Not fromtimestamp(): it depends on the platform for times before 1970 and after 2038.
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:  # a capture may claim any 64-bit time
        return f"epoch{seconds:+d}s"
