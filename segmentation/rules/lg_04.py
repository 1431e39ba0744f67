"""A sanitizer does not forward packets.

無害化装置が通信をそのまま中継しない。

## What it finds

A sanitizer that passes packets on instead of making new ones: a forwarding or address-translation rule on it, or a packet
of the Internet zone seen on an LGWAN segment.

## Why it matters

A host with a leg on both sides that forwards is a router with a reassuring name. Everything it was meant to take out goes
through.

## Example

On the file sanitizer the nftables chain "forward" has the policy accept.

## What to do instead

Set the forward chain to drop, switch off IP forwarding on the host and have the vendor confirm it in writing.

## 何を見つけるか

無害化装置が、新たに作り直す代わりに通信を素通しするのを見つけます。装置上の転送やアドレス変換の規則、LGWAN側に現れたイン
ターネット接続系発のパケットが該当します。

## なぜ問題か

両側に足を持ち転送を行う装置は、名前だけが頼もしいルータです。取り除くはずだったものが全て通ります。

## 例

ファイル無害化装置の nftables で、forward の既定が accept になっている場合です。

## どうすればよいか

forward を drop とし、装置のIP転送を無効にしたうえで、業者から書面で確認を受けてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-04",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
