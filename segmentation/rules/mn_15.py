"""The agreed update path is really used.

定めた更新経路が実際に使われている。

## What it finds

A conduit marked as must-flow, such as updates or virus definitions, that has carried nothing for longer than its period.

## Why it matters

Isolation must not mean unpatched. An update path fails without noise, and months later the servers are the weakest of
all.

## Example

The relay has not been contacted for eight days although the conduit says seven.

## What to do instead

Look at the relay first, then at the last change of the firewall. Ask the contractor for the log of the last successful
update.

## 何を見つけるか

更新やウイルス定義のように「必ず流れるべき」と指定した通信経路で、定めた期間を過ぎても通信がないものを見つけます。

## なぜ問題か

分離していることが、更新されないことの理由になってはなりません。更新の経路は音もなく止まり、気付いたときには最も弱いサーバ
になっています。

## 例

七日以内と定めた更新中継への通信が、八日間ない場合です。

## どうすればよいか

まず中継サーバを、次にファイアウォールの直近の変更を確認します。最後に成功した更新の記録を業者に求めてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "MN-15",
    severity=Severity.MEDIUM,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
