"""Rogue network equipment.

勝手なルータやDHCPサーバ等がつながる。

## What it finds

Address offers, router advertisements, signs of address translation and makers' numbers of mobile routers from devices
that are not known as network equipment.

## Why it matters

A private router in an office bypasses every boundary, usually without bad intent.

## Example

A second DHCP server answers in the terminal network.

## What to do instead

Find the port and take the device off. DHCP snooping and router-advertisement guard on the switches prevent it.

## 何を見つけるか

ネットワーク機器として登録のない機器からの、アドレスの配布、ルータ広告、アドレス変換の兆候、モバイルルータの製造者番号を見
つけます。

## なぜ問題か

執務室に置かれた私物のルータは、多くは悪意なく、全ての境界を迂回します。

## 例

端末用のネットワークで、二つ目のDHCPサーバが応答している場合です。

## どうすればよいか

ポートを調べて取り外します。スイッチのDHCPスヌーピングやルータ広告の防止機能を有効にすると防げます。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-14",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
