"""Vendors work in the window, through the jump host.

保守業者の作業は時間内に踏み台を経て行う。

## What it finds

Maintenance conduits without a time window, without a jump host, from sources that are not listed one by one, or without
approval; and sessions outside the window.

## Why it matters

A contractor's access is the organisation's access in other hands. Attacks on hospitals and municipalities have come in
that way.

## Example

A maintenance session runs on Thursday at 22:00, the window is Wednesday 13:00 to 17:00.

## What to do instead

Ask the contractor for the work order. Give each job its window, and send every session over the jump host.

## 何を見つけるか

保守の通信経路のうち、時間帯の定めがない、踏み台を経ない、接続元が個別に登録されていない、承認がないもの、時間外に行われた
接続を見つけます。

## なぜ問題か

業者の接続は、団体の権限を他人の手に渡すものです。病院や自治体への攻撃にも、ここから入ったものがあります。

## 例

時間帯は水曜13時から17時なのに、木曜の22時に保守の接続があった場合です。

## どうすればよいか

業者に作業の依頼書を確認します。作業ごとに時間帯を定め、全ての接続を踏み台経由としてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-19",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(SENSOR,),
)
