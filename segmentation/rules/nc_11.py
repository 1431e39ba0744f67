"""A device that nobody registered.

台帳にない機器がつながる。

## What it finds

A MAC address on the wire that is not in the ledger. A randomly chosen address is said to be one, because it names no
device.

## Why it matters

A device nobody registered is managed by nobody.

## Example

02:1b:44:11:3a:b7, a random address, appears in the VLAN of the My Number terminals.

## What to do instead

Find the port, then the device. Register it or remove it; switch random addresses off on managed terminals.

## 何を見つけるか

台帳にないMACアドレスの通信を見つけます。無作為に作られたアドレスは機器を特定できないため、その旨を示します。

## なぜ問題か

登録のない機器は、誰にも管理されていません。

## 例

マイナンバー利用事務系の端末のVLANに、無作為な 02:1b:44:11:3a:b7 が現れた場合です。

## どうすればよいか

ポートから機器を探し、登録するか取り外します。管理している端末では、無作為なアドレスを使う機能を止めてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-11",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
