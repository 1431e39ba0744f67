"""The closed network has access control and review.

閉じたネットワークの利用を管理し点検する。

## What it finds

Devices of the closed network without logging, and a closed network whose logs nobody reviewed within the period.

## Why it matters

A wall without a guard is climbed unseen, from the inside too.

## Example

The closed network's switch is in no log review.

## What to do instead

Include its devices in the periodic log review and record who may use which system.

## 何を見つけるか

閉じたネットワークの機器でログを取っていないもの、期間内にそのログを点検していないことを見つけます。

## なぜ問題か

見張りのいない壁は、内側からも気付かれずに越えられます。

## 例

閉じたネットワークのスイッチが、どのログ点検の対象にもなっていない場合です。

## どうすればよいか

定期のログ点検に含め、誰がどのシステムを使えるのかを記録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.reviews import covers
from segmentation.rules.subjects import age_days, on_entry

_UNREVIEWED = Text(
    "閉じたネットワークの機器 {entry}のログが、{days}日以内に点検されていません。",
    "The logs of the device {entry} of the closed network were not reviewed within {days} days.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model, limit = context.model, context.model.settings.log_review_max_age_days
    closed = {z.id for z in model.zones.values() if z.kind is ZoneKind.CLOSED}
    for device in model.devices.values():
        if not closed & {z for i in device.interfaces for z in i.zones}:
            continue
        reviewed = any(
            r.kind == "log_review"
            and (age := age_days(r.done_on, context.at)) is not None
            and 0 <= age <= limit
            and covers(r, device.id)
            for r in model.reviews
        )
        if not reviewed:
            yield on_entry(context, "Y-03", "device", device, _UNREVIEWED, values={"days": limit})


RULE = rule(
    __doc__,
    "Y-03",
    severity=Severity.MEDIUM,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
