"""Scans and guessing from inside.

内部からの走査や総当たりがある。

## What it finds

Sweeps over addresses or ports, and repeated failed logins, by a host inside, whether it aims inside or outside.

## Why it matters

It is what an intruder does first after the first host.

## Example

A terminal tries tcp/445 on every address of its network.

## What to do instead

Isolate it at the switch and keep the capture. Inventory tools look the same; list their host so that they are known.

## 何を見つけるか

内部の機器が、アドレスやポートを次々に試す、ログインの失敗を繰り返すのを、相手が内部か外部かを問わず見つけます。

## なぜ問題か

最初の一台に入った侵入者が、次に行うことです。

## 例

端末が、自分のネットワークの全アドレスに tcp/445 を試している場合です。

## どうすればよいか

スイッチで切り離し、記録を保全します。資産管理のソフトも同じように見えるため、その機器は登録しておいてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-22",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
