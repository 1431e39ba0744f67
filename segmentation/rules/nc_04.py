"""Filters and routes agree.

フィルタと経路が食い違わない。

## What it finds

Permits for networks without a route, routes between zones over an interface without a filter, rules for a zone that the
route does not use, ways there and back over different firewalls, devices that disagree, and address translation after
which a flow ends in some other zone.

The configuration of one device does not decide this; it takes the routes of all devices together. The linter does not
judge it yet.

## Why it matters

A filter works only on the way that packets really take.

## Example

A permit to 10.110.9.0/24 exists, but no route leads there.

## What to do instead

Follow the printed path with the network contractor. Remove permits without a route; add the filter where the route goes.

## 何を見つけるか

経路のない相手への許可、フィルタのないインタフェースを通るゾーン間の経路、経路と一致しないゾーンの規則、行きと帰りで異なる
装置、装置どうしの食い違い、アドレス変換で別のゾーンに移る通信を見つけます。

一台の設定だけでは判定できず、全ての機器の経路を合わせた情報が必要なため、設定の検査（lint）ではまだ判定していません。

## なぜ問題か

フィルタは、パケットが実際に通る経路の上にあって初めて働きます。

## 例

10.110.9.0/24 への許可があるのに、そこへの経路がない場合です。

## どうすればよいか

示された経路を保守業者とたどります。経路のない許可は削除し、実際に通る場所にフィルタを加えてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-04",
    severity=Severity.HIGH,
    sides=(LINT,),
    implemented=(),
)
