"""Switch ports identify what is plugged in.

スイッチが接続機器を自動で識別する。

## What it finds

Access ports without 802.1X, MAC authentication or port security.

## Why it matters

Without it, whoever finds a wall socket is on the network.

## Example

Port 14 of the counter switch is an access port of VLAN 111 and has none of the three.

## What to do instead

Switch on one of them, beginning with the ports in rooms the public can enter.

## 何を見つけるか

802.1X、MAC認証、ポートセキュリティのいずれも設定されていない端末用ポートを見つけます。

## なぜ問題か

これがなければ、壁の差込口を見つけた人は誰でもネットワークに入れます。

## 例

窓口のスイッチの14番ポートがVLAN 111の端末用で、三つのどれも設定されていない場合です。

## どうすればよいか

来庁者が入れる部屋のポートから順に、いずれかの方式を有効にしてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-13",
    severity=Severity.MEDIUM,
    sides=(LINT,),
    implemented=(LINT,),
)
