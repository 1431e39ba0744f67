"""The public web server stands behind a firewall.

公開ウェブサーバを境界で守っている。

## What it finds

A public web server that the Internet reaches without passing a firewall, or that may open more connections inward than
those listed.

In a configuration: rules that let hosts tagged public_server open undeclared connections to our zones.

## Why it matters

It is attacked all day. What it may reach inside is what a successful attacker may reach.

## Example

The web server may connect to every host of the staff network for "backup".

## What to do instead

Put it into its own zone, permit only what visitors need inward, and list each connection from it by host and port.

## 何を見つけるか

公開ウェブサーバに、インターネットからファイアウォールを通らずに届く経路や、登録を超えて内部へ接続できる許可を見つけます。

設定からは、公開サーバの印（public_server、公開サーバ）を付けた機器が、登録なしに庁内のゾーンへ接続を開始できる規則を見つけま
す。

## なぜ問題か

公開サーバは一日中攻撃を受けています。そこから届く範囲が、攻撃に成功した者の届く範囲になります。

## 例

公開サーバから「バックアップのため」職員用ネットワークの全機器に接続できる場合です。

## どうすればよいか

独立したゾーンに置き、外からは利用者に必要な通信だけを、内へは相手とポートを一つずつ登録して許可してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-12",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT,),
)
