"""Equipment off the premises is approved.

庁外に置く機器に承認がある。

## What it finds

Equipment that stands outside the premises without the CISO's approval on record.

## Why it matters

Who can touch a device can open it. Outside the own building others decide who can.

## Example

A server in a data centre is entered as off-site, without approval.

## What to do instead

Have it approved and note who may enter the room.

## 何を見つけるか

庁外に設置している機器のうち、CISOの承認の記録がないものを見つけます。

## なぜ問題か

触れられる機器は開けられる機器です。庁外では、誰が触れられるのかを他者が決めています。

## 例

データセンターにあるサーバが、承認の記録なしに庁外設置として登録されている場合です。

## どうすればよいか

承認を受け、その部屋に入れる人も記録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import fold, on_entry

_NO_APPROVAL = Text(
    "庁外に設置している機器 {entry}に、CISOの承認の記録がありません。",
    "The device {entry} stands off the premises without an approval of the CISO on record.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for device in context.model.devices.values():
        roles = [fold(a.role) for a in device.approvals if a.name]
        if device.offsite and not any("ciso" in r or "最高情報セキュリティ責任者" in r for r in roles):
            yield on_entry(context, "NC-32", "device", device, _NO_APPROVAL)


RULE = rule(
    __doc__,
    "NC-32",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
