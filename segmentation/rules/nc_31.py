"""Floods against public systems.

公開システムへの大量通信がある。

## What it finds

Floods of connection attempts or datagrams against the public systems.

## Why it matters

The policy asks to keep services available; a flood may also cover something else.

## Example

Two hundred thousand SYNs a minute reach the web server.

## What to do instead

Call the egress operator, who can filter before the line. Keep the capture for the report.

## 何を見つけるか

公開システムに対する、大量の接続要求やデータグラムを見つけます。

## なぜ問題か

規程はサービスを維持することを求めています。大量の通信が、別の攻撃の目くらましであることもあります。

## 例

公開ウェブサーバに、一分間に20万の接続要求が届いた場合です。

## どうすればよいか

回線の手前で止められる集約先の運営者に連絡し、報告のために記録を残してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-31",
    severity=Severity.LOW,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
