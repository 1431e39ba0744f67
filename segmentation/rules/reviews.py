"""Dated checks and statements: which is the latest, and what it covers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.registers import Review
from segmentation.model.text import Text
from segmentation.rules.rule import RuleContext
from segmentation.rules.subjects import age_days, on_place

#: Checks of the network by people, as opposed to a run of lint or a look at logs.
CHECKS = frozenset({"inspection", "audit", "external_audit"})


def covers(review: Review, device: str) -> bool:
    """Whether a review had a device in its scope; an empty scope means all devices."""
    return not review.scope or device in review.scope


def latest(context: RuleContext, kinds: frozenset[str]) -> Review | None:
    """The latest review of these kinds up to the day of the check."""
    done = [r for r in context.model.reviews if r.kind in kinds and r.done_on is not None and r.done_on <= context.at]
    return max(done, key=lambda r: r.done_on or dt.date.min, default=None)


_ABSENT = Text(
    "ネットワークからは確認できない事項（{title}）について、申告が登録されていません。確認した人・内容・日付を登録してください。",
    "No statement is entered on a matter the network does not show ({title}). Enter who looked, at what, and when.",
)
_UNDATED = Text(
    "{by}による申告（{title}）に日付がありません。確認した日を登録してください。",
    "The statement by {by} ({title}) has no date. Enter the day on which it was checked.",
)
_OLD = Text(
    "{by}による申告（{title}）は{days}日前のものです。{limit}日以内に確認し直してください。",
    "The statement by {by} ({title}) is {days} days old; look again within {limit} days.",
)


def attested(context: RuleContext, rule_id: str, title: Text, severity: Severity) -> Iterator[Finding]:
    """What is wrong with the recorded statement on a matter that only people can see: absent, undated or old."""
    statements = [a for a in context.model.attestations if a.rule == rule_id]
    limit = context.model.settings.review_max_age_days
    if not statements:
        cause = f"attestation:{rule_id}"
        yield on_place(context, rule_id, cause, context.model_location, _ABSENT.format(title=title), severity=severity)
        return
    newest = max(statements, key=lambda a: a.on or dt.date.min)
    cause = f"attestation:{rule_id}"
    age = age_days(newest.on, context.at)
    if age is None:
        message = _UNDATED.format(by=newest.by, title=title)
    elif age > limit:
        message = _OLD.format(by=newest.by, title=title, days=age, limit=limit)
    else:
        return
    yield on_place(context, rule_id, cause, newest.location, message, severity=severity)
