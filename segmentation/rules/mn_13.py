"""Names and time come from inside.

名前解決と時刻合わせを内部で行う。

## What it finds

Name queries to resolvers that are not declared, public names asked for, and time requests to public servers from a My
Number zone.

In a configuration: rules that let the zone reach undeclared hosts on the ports of DNS and NTP, and a device of the zone
that takes its clock from the Internet.

## Why it matters

A name query carries text and gets out where nothing else does. It is also the first sign of a program that expects the
Internet.

## Example

A server in the zone asks 8.8.8.8 for a vendor's update host.

## What to do instead

Point names and time to the servers inside, declare them, and block everything else at the boundary.

## 何を見つけるか

マイナンバー利用事務系から、登録のないサーバへの名前解決、外部の名前の問合せ、外部の時刻サーバへの通信を見つけます。

設定からは、登録のない相手のDNS・NTPのポートへ届く規則と、インターネットの時刻に合わせている機器を見つけます。

## なぜ問題か

名前の問合せは文字を運ぶ通信であり、ほかの通信が止まる場所でも外へ抜けることがあります。インターネットを前提としたソフトウ
ェアの存在を示す最初の兆しでもあります。

## 例

領域内のサーバが、業者の更新サーバの名前を 8.8.8.8 に問い合わせている場合です。

## どうすればよいか

名前解決と時刻合わせは庁内のサーバに向け、登録したうえで、それ以外は境界で遮断してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-13",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
