"""Contractors' devices are checked too.

委託先が扱う機器も点検している。

## What it finds

Devices run by a contractor that no check of the period covered.

## Why it matters

Work can be handed over, responsibility cannot.

## Example

The branch router is run by the carrier and appears in no check's scope.

## What to do instead

Ask the contractor for the configuration as the contract provides, and include the device. If it cannot be had, have the
contractor attest its own check.

## 何を見つけるか

委託先が運用している機器のうち、期間内のどの点検の対象にもなっていないものを見つけます。

## なぜ問題か

作業は任せることができますが、責任は任せられません。

## 例

支所のルータは通信事業者が運用しており、どの点検の対象にも入っていない場合です。

## どうすればよいか

契約に基づいて設定の提出を求め、点検に含めます。提出が難しければ、委託先自身の点検結果の報告を受けてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.reviews import CHECKS, covers
from segmentation.rules.subjects import age_days, on_entry

_LEFT_OUT = Text(
    "{contractor}が運用する機器 {entry}が、{days}日以内のどの点検・監査の対象にもなっていません。",
    "The device {entry}, run by {contractor}, was in the scope of no check or audit of the last {days} days.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    period = context.policy.audit_period_days
    recent = [
        r
        for r in context.model.reviews
        if r.kind in CHECKS and (age := age_days(r.done_on, context.at)) is not None and 0 <= age <= period
    ]
    for device in context.model.devices.values():
        # Another organisation's own device is not a contractor's work for us.
        if device.contractor and device.managed and not any(covers(r, device.id) for r in recent):
            values: dict[str, object] = {"contractor": device.contractor, "days": period}
            yield on_entry(context, "AU-05", "device", device, _LEFT_OUT, values=values)


RULE = rule(
    __doc__,
    "AU-05",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
