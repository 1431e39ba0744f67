"""An exception ends.

例外措置に終わりがある。

## What it finds

Exceptions past their end, whose flows count as violations from the next day; exceptions without an end; those longer than
the policy allows; and reminders as the end comes near, by default 30, 14 and 7 days before.

## Why it matters

An exception without an end becomes the rule. Whether the policy itself asks for an end differs; where it does not, the
finding says that the demand is this product's.

## Example

EX-2026-003 ends on 30 September; on 1 October the maintenance session is a violation again.

## What to do instead

Renew it by a new decision, or remove the conduit and the firewall rule. Nothing is renewed by itself.

## 何を見つけるか

期限を過ぎた例外措置（翌日から通信は違反として扱います）、期限のない例外措置、規程の上限より長い例外措置を見つけ、期限が近
づくと知らせます（既定では30日・14日・7日前）。

## なぜ問題か

終わりのない例外は、やがて原則になります。期限を求めるかどうかは規程により異なり、定めがない場合は本製品の規則であることを
明示します。

## 例

EX-2026-003の期限が9月30日であれば、10月1日からは同じ保守の接続が再び違反になります。

## どうすればよいか

改めて決定を受けて更新するか、通信経路とファイアウォールの規則を削除します。自動で更新されることはありません。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.registers import PolicyException
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.ends import resolve
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import label, listing, on_entry

_ENDED = Text(
    "例外措置 {entry}は{day}に期限が切れています（{days}日前）。対象の通信（{conduits}）は違反として扱われます。",
    "The exception {entry} ended on {day}, {days} days ago. Its flows ({conduits}) count as violations.",
)
_NO_END = Text(
    "例外措置 {entry}に期限がありません。{why}",
    "The exception {entry} has no end. {why}",
)
_BY_CLAUSE = Text("この規程は期限を求めています。", "The policy asks for one.")
_BY_PRODUCT = Text(
    "規程に期限の定めはなく、本製品の規則によるものです。", "The policy does not ask for one; this is a rule of this product."
)
_LONG = Text(
    "例外措置 {entry}の期間（{days}日）は、規程の上限（{limit}日）を超えています。",
    "The exception {entry} runs for {days} days; the policy allows {limit}.",
)
_SOON = Text(
    "例外措置 {entry}は{day}に終了します（残り{days}日）。更新の申請か、終了の準備をしてください。",
    "The exception {entry} ends on {day} ({days} days left). Apply for renewal or prepare to remove it.",
)
_NOTHING = Text("該当する通信経路なし", "no conduit rests on it")


def _check(context: RuleContext) -> Iterator[Finding]:
    for entry in context.model.exceptions.values():
        yield from _length(context, entry)
        left = entry.days_left(context.at)
        if left is None:
            continue
        if left < 0:
            yield _ended(context, entry, -left)
            continue
        warning = next((d for d in sorted(context.model.settings.exception_warning_days) if left <= d), None)
        if warning is not None and entry.decided_on is not None:
            values: dict[str, object] = {"day": entry.expires_on, "days": left}
            # The last and nearest reminder weighs more than the first.
            severity = Severity.MEDIUM if warning == min(context.model.settings.exception_warning_days) else Severity.LOW
            key = f"soon:{warning}"
            yield on_entry(
                context, "EX-04", "exception", entry, _SOON, severity=severity, key=key, values=values, exception=entry.id
            )


def _ended(context: RuleContext, entry: PolicyException, days: int) -> Finding:
    resting = [e for e in context.conduits if e.conduit.exception == entry.id]
    parties = [resolve(context.model, context.zone_map, p) for p in (entry.initiator, entry.responder)]
    kinds = {k for end in (*parties, *(x for e in resting for x in (e.initiator, e.responder))) for k in end.kinds}
    conduits = listing(tuple(label(e.conduit) for e in resting)) if resting else _NOTHING
    values: dict[str, object] = {"day": entry.expires_on, "days": days, "conduits": conduits}
    severity = Severity.CRITICAL if ZoneKind.MYNUMBER in kinds and resting else None
    return on_entry(
        context, "EX-04", "exception", entry, _ENDED, severity=severity, key="ended", values=values, exception=entry.id
    )


def _length(context: RuleContext, entry: PolicyException) -> Iterator[Finding]:
    rules = context.policy.exceptions
    if entry.expires_on is None:
        severity = Severity.HIGH if rules.expiry_required_by_clause else Severity.MEDIUM
        values: dict[str, object] = {"why": _BY_CLAUSE if rules.expiry_required_by_clause else _BY_PRODUCT}
        yield on_entry(
            context, "EX-04", "exception", entry, _NO_END, severity=severity, key="endless", values=values, exception=entry.id
        )
    elif rules.max_days is not None and entry.decided_on is not None:
        days = (entry.expires_on - entry.decided_on).days
        if days > rules.max_days:
            values = {"days": days, "limit": rules.max_days}
            severity = Severity.MEDIUM
            yield on_entry(
                context, "EX-04", "exception", entry, _LONG, severity=severity, key="long", values=values, exception=entry.id
            )


RULE = rule(
    __doc__,
    "EX-04",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
