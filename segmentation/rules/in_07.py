"""A β model is audited by outsiders periodically.

βモデルは定期に外部監査を受ける。

## What it finds

A β or β′ model whose last audit by outsiders is longer ago than the period of the profile, or that has none although it
has run that long.

## Why it matters

The model rests on measures at the terminals that wear off: agents get uninstalled, lists go stale. The audit is the
condition under which it may continue.

## Example

The last audit was fourteen months ago, the period is twelve.

## What to do instead

Order the audit now and put it into next year's budget in time. The report's number goes into the register.

## 何を見つけるか

βまたはβ′モデルで、最後の外部監査からプロファイルの定める期間を過ぎている、または期間を過ぎても一度も受けていないのを見つ
けます。

## なぜ問題か

このモデルは端末側の対策に支えられていますが、それらは時とともに崩れます。監査は、モデルを続けるための条件です。

## 例

最後の監査が14か月前で、期間が12か月の場合です。

## どうすればよいか

早急に監査を手配し、次年度からは予算に間に合うように計上します。報告書の番号を登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place

_BETA = frozenset({ModelKind.BETA, ModelKind.BETA_PRIME})
_OLD = Text(
    "最後の外部監査（{done}）から{days}日が過ぎています（期間は{period}日）。",
    "The last external audit ({done}) was {days} days ago; the period is {period} days.",
)
_NEVER = Text(
    "運用開始（{go_live}）から{days}日が過ぎていますが、外部監査の記録がありません（期間は{period}日）。",
    "The model started on {go_live}, {days} days ago, and no external audit is entered; the period is {period} days.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if model.kind not in _BETA:
        return
    period, at = context.policy.beta_audit_period_days, context.at
    done = [r.done_on for r in model.reviews if r.kind == "external_audit" and r.done_on is not None and r.done_on <= at]
    if model.dates.last_external_audit is not None and model.dates.last_external_audit <= at:
        done.append(model.dates.last_external_audit)
    go_live = model.dates.go_live
    if done:
        days = (at - max(done)).days
        if days > period:
            message = _OLD.format(done=max(done), days=days, period=period)
            yield on_place(context, "IN-07", "model:external_audit", context.model_location, message)
    elif go_live is not None and (at - go_live).days > period:
        message = _NEVER.format(go_live=go_live, days=(at - go_live).days, period=period)
        yield on_place(context, "IN-07", "model:external_audit", context.model_location, message)


RULE = rule(
    __doc__,
    "IN-07",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
