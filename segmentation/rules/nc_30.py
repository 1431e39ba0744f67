"""No device is beyond its end of support.

サポートの切れた機器を使わない。

## What it finds

Devices past the end of their vendor's support, those that reach it soon, and dates from a vendor table that was looked at
long ago.

A configuration names its software version. It is compared with a table of end dates that comes with the tool; every
finding shows the day the table was made, and a date in the register goes before it.

## Why it matters

Without updates every weakness found from then on stays.

## Example

The branch router's support ended in March.

## What to do instead

Plan the replacement in the budget before the date. Ask the contractor for the vendor's notice and enter the day you
looked.

## 何を見つけるか

製造元のサポートが終了した機器、まもなく終了する機器、終了日の確認が古いものを見つけます。

設定に書かれたソフトウェアの版を、本ツールに付属する終了日の表と比べます。表の作成日を必ず示し、台帳に登録した終了日があれば、
そちらを優先します。

## なぜ問題か

更新がなければ、それ以降に見つかる弱点は全て残ります。

## 例

支所のルータのサポートが三月に終了している場合です。

## どうすればよいか

期限より前に予算で更新を計画します。製造元の通知を業者に確認し、確認した日を登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import age_days, on_entry

#: A replacement must be in the next budget: half a year of notice.
_NOTICE_DAYS = 183
_ENDED = Text(
    "機器 {entry}のサポートは{day}に終了しています。更新してください。",
    "The support of the device {entry} ended on {day}. Replace it.",
)
_ENDING = Text(
    "機器 {entry}のサポートは{day}に終了します（残り{days}日）。更新を計画してください。",
    "The support of the device {entry} ends on {day} ({days} days left). Plan its replacement.",
)
_STALE = Text(
    "機器 {entry}のサポート終了日は、{days}日前に確認したものです。製造元の情報を確認し直してください。",
    "The end of support of the device {entry} was looked up {days} days ago. Look at the vendor's notice again.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    limit = context.model.settings.review_max_age_days
    for device in context.model.devices.values():
        day = device.support_ends_on
        if day is None:
            continue
        left = (day - context.at).days
        if left < 0:
            yield on_entry(context, "NC-30", "device", device, _ENDED, key="ended", values={"day": day})
        elif left <= _NOTICE_DAYS:
            values: dict[str, object] = {"day": day, "days": left}
            yield on_entry(context, "NC-30", "device", device, _ENDING, severity=Severity.LOW, key="ending", values=values)
        age = age_days(device.support_checked_on, context.at)
        if age is not None and age > limit and left >= 0:
            yield on_entry(
                context, "NC-30", "device", device, _STALE, severity=Severity.INFO, key="stale", values={"days": age}
            )


RULE = rule(
    __doc__,
    "NC-30",
    severity=Severity.MEDIUM,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
