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

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "IN-06",
    severity=Severity.CRITICAL,
    sides=(REGISTRY,),
    implemented=(),
)
