"""One device in two zones.

一つの機器が二つのゾーンに現れる。

## What it finds

The same device, by MAC address or name, in two or more zones within a few days.

## Why it matters

A device that is carried from one zone to another carries with it whatever it caught.

## Example

A laptop is seen in the My Number VLAN on Monday and in the Internet zone on Wednesday.

## What to do instead

Ask the section who uses it. Give each zone its own device, and lock the ports.

## 何を見つけるか

同じ機器が、数日のうちに二つ以上のゾーンに現れるのを、MACアドレスや名前から見つけます。

## なぜ問題か

ゾーンの間で持ち運ばれる機器は、拾ったものも一緒に運びます。

## 例

ノート端末が、月曜日にマイナンバー利用事務系のVLAN、水曜日にインターネット接続系で見られた場合です。

## どうすればよいか

誰が使っているのかを担当課に確認します。ゾーンごとに専用の機器を用意し、ポートを制限してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-12",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
