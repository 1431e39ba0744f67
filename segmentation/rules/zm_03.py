"""Hosts stand in the zone that their work demands.

業務に応じたゾーンに機器が置かれている。

## What it finds

Hosts marked as handling individual-number work or the family register outside a My Number zone, addresses shared by a My
Number zone and the LGWAN zone, and networks that the policy names as in scope but that have no zone.

## Why it matters

Separation protects only what stands on the right side of it. One family-register terminal in the office network undoes
the whole design for that data.

## Example

A host tagged 戸籍 is entered with an address of the LGWAN terminals' network.

## What to do instead

Move the host, or correct its tags if the work has really moved. Ask the section in charge of the business (税務課, 市民課 …)
what the terminal is used for; do not guess from its name.

## 何を見つけるか

個人番号を扱う事務や戸籍の印が付いているのにマイナンバー利用事務系の外にある機器、マイナンバー利用事務系とLGWAN接続系で重
なっているアドレス、規程が対象としているのにゾーンがないネットワークを見つけます。

## なぜ問題か

分離の効果は、守るべきものが正しい側にあって初めて生まれます。戸籍の端末が一台でも事務用のネットワークにあれば、その情報に
ついては分離していないのと同じです。

## 例

「戸籍」の印がある機器が、LGWAN接続系の端末用アドレスで登録されている場合です。

## どうすればよいか

機器を移すか、業務が本当に変わったのであれば印を直します。端末名から推測せず、業務を担当する課（税務、市民など）に用途を確
認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "ZM-03",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
