"""The concentrated egress is the only way out.

インターネットへの出口は集約先の一つだけである。

## What it finds

Every other way to the Internet than the concentrated egress: a default route, address translation, a PPPoE, DHCP or
mobile line, a declared conduit past it, or packets that leave for another router.

## Why it matters

The egress is where filtering, inspection and round-the-clock watching happen. A second line in some office has none of
that.

## Example

A department ordered a cheap line for a video meeting and plugged it into the Internet zone.

## What to do instead

Find the line's contract, disconnect it, and give the department the approved way. Ask the section that pays the bill.

## 何を見つけるか

集約先以外のインターネットへの経路を見つけます。既定経路、アドレス変換、PPPoE・DHCP・モバイルの回線、集約先を通らない登録、
別のルータへ向かうパケットが該当します。

## なぜ問題か

出口には、通信の選別・検査・二十四時間の監視が集められています。どこかの部署の二本目の回線には、そのどれもありません。

## 例

ある部署がウェブ会議のために安価な回線を契約し、インターネット接続系につないだ場合です。

## どうすればよいか

回線の契約を調べて切り離し、承認された経路を案内します。誰の契約かは、料金を支払っている課に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR),
)
