"""IPv6 and non-IP protocols are held to the same boundaries.

IPv6やIP以外の通信も同じ境界で制限されている。

## What it finds

IPv6 that is permitted or routed where IPv4 is restricted, router advertisements from an unknown device, and protocols
other than IP that reach across zones.

## Why it matters

A boundary that knows only IPv4 is open for everything else. Current terminals use IPv6 by themselves as soon as one
advertisement arrives.

## Example

ip6tables has the policy ACCEPT on a gateway whose IPv4 rules are strict.

## What to do instead

Deny IPv6 explicitly on every device where it is not used, and switch on router-advertisement guard on the access
switches. Where IPv6 is used, give the zones their IPv6 networks.

## 何を見つけるか

IPv4は制限しているのにIPv6では許可・中継されている箇所、未知の機器からのルータ広告、ゾーンをまたぐIP以外の通信を見つけます。

## なぜ問題か

IPv4しか見ていない境界は、それ以外の通信に対して開いています。最近の端末は、ルータ広告が一つ届くだけで自動的にIPv6を使い始
めます。

## 例

IPv4の規則は厳しいのに、ip6tables の既定が ACCEPT のままになっている装置です。

## どうすればよいか

使わないのであれば全ての機器でIPv6を明示的に拒否し、スイッチではルータ広告を防ぐ機能を有効にします。使う場合は、ゾーンに
IPv6のネットワークを登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "ZM-05",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
