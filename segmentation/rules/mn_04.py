"""A My Number crossing is bound to a MAC address.

マイナンバー利用事務系の外部通信はMACアドレスでも限る。

## What it finds

A crossing of a My Number zone without a MAC address for the host on our side, or with one that no named device enforces
and no filed evidence supports.

## Why it matters

An address can be taken over by any device on the same cable. The clause therefore asks for the MAC address too. Many
routers and firewalls cannot compare MAC addresses; then a switch must, and without proof the tool cannot say that anybody
does.

## Example

The conduit holds 00:00:5e:00:53:15, but "enforced by" is empty.

## What to do instead

Name the device that compares it (a MAC object, port security, MAC authentication), or file the contractor's evidence and
enter its number.

## 何を見つけるか

マイナンバー利用事務系の外部通信のうち、自分側の機器のMACアドレスが登録されていないもの、登録はあっても、どの装置で限定し
ているかの記載も証跡もないものを見つけます。

## なぜ問題か

IPアドレスは、同じ配線につないだ別の機器でも名乗れます。そのため規程はMACアドレスによる限定も求めています。MACアドレスを照
合できない装置は多く、その場合はスイッチ側で行う必要がありますが、証跡がなければ本ツールは確認できたとは言えません。

## 例

通信経路に 00:00:5e:00:53:15 とあるのに、限定している装置の欄が空の場合です。

## どうすればよいか

照合を行う装置（ファイアウォールのMAC指定、スイッチのポート制限、MAC認証など）を記入するか、業者から証跡を受け取ってその番
号を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, rule

RULE = rule(
    __doc__,
    "MN-04",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(),
)
