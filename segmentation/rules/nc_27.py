"""Both devices of a pair filter alike.

冗長構成の二台の設定が等しい。

## What it finds

Two devices of a redundant pair whose filters differ.

The configuration of one device does not decide this; it takes the configurations of both devices. The linter does not
judge it yet.

## Why it matters

On the night of the failover the network suddenly permits other things than in the morning.

## Example

A permit was added on the active firewall only.

## What to do instead

Compare the printed difference and bring both to the approved state; then switch over once as a test.

## 何を見つけるか

冗長構成の二台で、フィルタの内容が異なるのを見つけます。

一台の設定だけでは判定できず、両方の装置の設定が必要なため、設定の検査（lint）ではまだ判定していません。

## なぜ問題か

切替えが起きた夜に、ネットワークの許可する内容が突然変わります。

## 例

稼働中の装置だけに、許可を加えた場合です。

## どうすればよいか

示された差を確かめ、両方を承認済みの内容にそろえたうえで、一度切替えを試してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-27",
    severity=Severity.MEDIUM,
    sides=(LINT,),
    implemented=(),
)
