"""The configuration is the approved one.

設定が承認済みの内容から変わっていない。

## What it finds

A running configuration whose hash is not that of the approved one.

The configuration of one device does not decide this; it takes the approved configuration to compare with. The linter does
not judge it yet.

## Why it matters

Either a change was made without a request, or somebody else made it.

## Example

The hash of FW-CORE differs since last night.

## What to do instead

Look at the difference, ask for the change request, and treat an unexplained one as an incident.

## 何を見つけるか

稼働中の設定のハッシュ値が、承認済みのものと異なるのを見つけます。

一台の設定だけでは判定できず、比べるための承認済みの設定が必要なため、設定の検査（lint）ではまだ判定していません。

## なぜ問題か

申請のない変更が行われたか、別の誰かが変更したかのどちらかです。

## 例

FW-COREの設定のハッシュ値が、昨夜から異なっている場合です。

## どうすればよいか

差分を確認し、変更の申請を照会します。説明の付かない変更は事故として扱ってください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-28",
    severity=Severity.HIGH,
    sides=(LINT,),
    implemented=(),
)
