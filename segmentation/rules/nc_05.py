"""No switch joins zones behind the firewall.

スイッチがゾーンの境界を迂回させない。

## What it finds

A switch with an address in a protected VLAN that routes without a filter, a trunk that carries a My Number VLAN together
with others to an edge device, and a native VLAN inside a zone.

From one configuration: an interface with an address in such a VLAN, another in a different layer and no filter applied to
the first; a trunk that carries VLANs of several layers (what stands at its other end is not known, so it is only
possible); a native VLAN that a zone uses.

## Why it matters

The firewall guards its own ports only. A routing switch joins VLANs behind it in a single line.

## Example

An interface for VLAN 111 is added to the terminal switch, without an access list.

## What to do instead

Remove the address or apply the list; take the VLAN off trunks that do not need it.

## 何を見つけるか

守るべきVLANにアドレスを持ち、フィルタなしに経路を中継するスイッチ、マイナンバー利用事務系のVLANをほかのVLANと一緒に末端の
機器へ運ぶトランク、ゾーン内のネイティブVLANを見つけます。

一台の設定からは、該当するVLANと別の系の両方にアドレスを持ち、フィルタのないインタフェース、複数の系のVLANを運ぶトランク（相手
の装置は分からないため「可能性」とします）、ゾーンで使っているネイティブVLANを判定します。

## なぜ問題か

ファイアウォールが守るのは自らのポートだけです。経路を中継するスイッチは、その背後で、わずか一行の設定でVLANどうしをつない
でしまいます。

## 例

端末用スイッチに、アクセスリストなしでVLAN 111のインタフェースを加えた場合です。

## どうすればよいか

アドレスを外すかアクセスリストを適用し、必要のないトランクからVLANを外してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-05",
    severity=Severity.CRITICAL,
    sides=(LINT,),
    implemented=(LINT,),
)
