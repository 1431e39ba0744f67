"""A private overlay marks its reports.

非公開の基準を使った報告書に印がある。

## What it finds

A profile that rests on a published basic policy alone although its standards are not public, and reports made with a
private overlay.

## Why it matters

What is judged without the standards is incomplete; what is judged with them must not be handed out by mistake.

## Example

The council's profile is used without the overlay file that holds its standards.

## What to do instead

Add the private overlay from the secretariat, and keep the reports it marks within the circle of those who may read them.

## 何を見つけるか

基準が非公開なのに公開の基本方針だけによっているプロファイル、非公開の基準を加えて作られた報告書を示します。

## なぜ問題か

基準なしの判定は不完全であり、基準を加えた判定は、誤って外に出してはなりません。

## 例

協議会のプロファイルを、基準の入った追加ファイルなしで使っている場合です。

## どうすればよいか

事務局から非公開の追加ファイルを受け取り、印の付いた報告書は、読んでよい人の範囲で扱ってください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_place

_NO_OVERLAY = Text(
    "プロファイル「{profile}」は公開された基本方針だけによっています。非公開の基準を追加ファイルで加えないと、判定は不完全です。",
    "The profile {profile} rests on the published basic policy alone; without a private overlay its judgement is incomplete.",
)
_PRIVATE = Text(
    "この判定には非公開の基準が使われています。報告書の取扱いに注意してください。",
    "Standards that are not public took part in this judgement. Handle its reports accordingly.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    policy = context.policy
    if policy.private:
        severity = Severity.INFO  # a mark, not a fault
        yield on_place(context, "O-03", "policy:private", context.model_location, _PRIVATE, severity=severity)
    elif policy.document.only_basic:
        message = _NO_OVERLAY.format(profile=policy.profile)
        yield on_place(context, "O-03", "policy:only_basic", context.model_location, message)


RULE = rule(
    __doc__,
    "O-03",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
