"""The network is checked every year and after each change.

年次と変更のつど点検している。

## What it finds

No check or audit within the period of the policy, and changes after which nobody ran a check on the devices they touched.

## Why it matters

A network is a different one after each change. A check from before says nothing of it.

## Example

FW-CORE was changed on 3 August, its last check is of 20 July.

## What to do instead

Run lint after each change and enter the date; put the yearly check into the calendar of the section that does it.

## 何を見つけるか

規程の定める期間内に点検や監査がないこと、変更の後に対象の機器を点検していないことを見つけます。

## なぜ問題か

変更のたびに、ネットワークは別のものになります。変更前の点検は、変更後について何も語りません。

## 例

FW-COREを8月3日に変更したのに、最後の点検が7月20日の場合です。

## どうすればよいか

変更のつど lint を実行して日付を登録し、年次の点検は実施する課の予定に入れてください。
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.reviews import CHECKS, covers, latest
from segmentation.rules.subjects import age_days, label, on_place

_NEVER = Text(
    "点検や監査の記録がありません（{days}日以内に一度は必要です）。",
    "No check or audit is on record; one is needed every {days} days.",
)
_OLD = Text(
    "最後の点検・監査（{day}）から{age}日が過ぎています（{days}日以内に一度は必要です）。",
    "The last check or audit ({day}) was {age} days ago; one is needed every {days} days.",
)
_AFTER_CHANGE = Text(
    "機器 {device}は{day}に変更されています（{what}）が、その後に点検されていません。",
    "The device {device} was changed on {day} ({what}) and not checked since.",
)
#: A run of lint over the changed configuration counts as the check after a change.
_AFTER = CHECKS | {"lint"}


def _check(context: RuleContext) -> Iterator[Finding]:
    model, period = context.model, context.policy.audit_period_days
    last = latest(context, CHECKS)
    if last is None:
        yield on_place(context, "AU-01", "review", context.model_location, _NEVER.format(days=period))
    elif (age := age_days(last.done_on, context.at)) is not None and age > period:
        yield on_place(context, "AU-01", "review", last.location, _OLD.format(day=last.done_on, age=age, days=period))
    changed: dict[str, tuple[dt.date, str]] = {}
    for change in model.changes:
        for device in change.devices:
            if change.changed_on is not None and change.changed_on <= context.at:
                changed[device] = max(changed.get(device, (dt.date.min, "")), (change.changed_on, change.id))
    for entry in model.devices.values():  # a change that nobody recorded needs a check too
        moved = entry.changed_on
        newer = moved is not None and changed.get(entry.id, (dt.date.min, ""))[0] < moved <= context.at
        if moved is not None and newer and entry.managed:
            changed[entry.id] = (moved, "—")
    for device_id, (day, what) in changed.items():
        checked = any(
            r.kind in _AFTER and r.done_on is not None and day <= r.done_on <= context.at and covers(r, device_id)
            for r in model.reviews
        )
        if not checked:
            record = model.devices.get(device_id)
            name = label(record) if record is not None else Text(device_id, device_id)
            message = _AFTER_CHANGE.format(device=name, day=day, what=what)
            place = record.location if record is not None else context.model_location
            yield on_place(context, "AU-01", f"device:{device_id}", place, message, key=f"{device_id}:{what}")


RULE = rule(
    __doc__,
    "AU-01",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
