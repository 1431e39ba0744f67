"""An address of no zone is on the wire.

どのゾーンにも属さないアドレスが通信している。

## What it finds

A source or destination address seen in traffic that no zone of the model contains.

## Why it matters

Either the model lacks a network, or a device is connected that should not exist. Both mean that what it does is judged by
no rule.

## Example

10.20.99.7 talks on the LGWAN side, but the model knows no 10.20.99.0/24.

## What to do instead

Find the switch port by the MAC address in the finding. If the device is legitimate, enter its network; if not, unplug it
and ask the network contractor.

## 何を見つけるか

どのゾーンにも含まれないアドレスが、送信元または宛先として通信しているのを見つけます。

## なぜ問題か

ゾーン定義に漏れがあるか、あってはならない機器がつながっているかのどちらかです。いずれにしても、その通信はどの規則でも判定
されていません。

## 例

LGWAN側で 10.20.99.7 が通信しているのに、10.20.99.0/24 というネットワークがゾーン定義にない場合です。

## どうすればよいか

報告に示すMACアドレスから、つながっているスイッチのポートを調べます。正当な機器であればネットワークを登録し、そうでなけれ
ば切り離して、保守業者に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "ZM-04",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
