"""A β model is confirmed before it starts.

βモデルは開始前に外部の確認を受ける。

## What it finds

A β or β′ model without a date of confirmation by outsiders, with one that is not before the start, or under a policy that
does not provide for the model.

## Why it matters

Moving the main terminals to the Internet zone is allowed only after somebody from outside has looked at the measures.

## Example

Go-live 5 January 2026, confirmation 20 January 2026.

## What to do instead

Enter both dates and the report. If the system started too early, say so to the CISO; the confirmation cannot be dated
back.

## 何を見つけるか

βまたはβ′モデルで、外部による確認日の登録がない、確認日が開始日より前でない、そもそも規程にそのモデルの定めがない、という
状態を見つけます。

## なぜ問題か

主な端末をインターネット接続系に移すことは、外部の者が対策を確かめた後に限って認められます。

## 例

開始が2026年1月5日で、確認が2026年1月20日になっている場合です。

## どうすればよいか

両方の日付と報告書を登録します。早く始めてしまったのであればCISOに報告してください。確認日をさかのぼらせることはできません。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place

BETA = frozenset({ModelKind.BETA, ModelKind.BETA_PRIME})
_NOT_PROVIDED = Text(
    "採用しているモデルは「{kind}」とされていますが、プロファイル「{profile}」はこのモデルを定めていません。",
    "The scheme in use is {kind}, which the profile {profile} does not provide for.",
)
_NO_START = Text(
    "β系のモデルですが、運用開始日が登録されていません。", "The model is a β model, but no go-live date is entered."
)
_NO_CONFIRMATION = Text(
    "β系のモデルの運用開始（{go_live}）について、外部による事前の確認日が登録されていません。",
    "No date of the outsiders' confirmation is entered for the β model that started on {go_live}.",
)
_LATE = Text(
    "外部による確認（{confirmed}）が、運用開始（{go_live}）より前に行われていません。",
    "The outsiders' confirmation ({confirmed}) was not before the start ({go_live}).",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if model.kind not in BETA:
        return
    where = context.model_location
    if model.kind not in context.policy.models:
        message = _NOT_PROVIDED.format(kind=model.kind.text, profile=context.policy.profile)
        yield on_place(context, "IN-06", "model:kind", where, message)
    confirmed, go_live = model.dates.external_confirmation, model.dates.go_live
    if go_live is None:
        yield on_place(context, "IN-06", "model:go_live", where, _NO_START, severity=Severity.HIGH)
    elif confirmed is None:
        yield on_place(context, "IN-06", "model:confirmation", where, _NO_CONFIRMATION.format(go_live=go_live))
    elif confirmed >= go_live:
        message = _LATE.format(confirmed=confirmed, go_live=go_live)
        yield on_place(context, "IN-06", "model:confirmation", where, message)


RULE = rule(
    __doc__,
    "IN-06",
    severity=Severity.CRITICAL,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
