"""Privileged sessions end in time.

管理者の接続が長すぎない。

## What it finds

SSH, remote desktop and administration by web that last longer than the limit or run outside working hours.

## Why it matters

A session left open is a key left in the lock.

## Example

An administrator's session stays open for 61 hours over a weekend.

## What to do instead

Set idle timeouts on devices and the jump host. Ask the person; a forgotten window is the usual reason.

## 何を見つけるか

SSH、リモートデスクトップ、管理用ウェブの接続が、上限より長く続く、または時間外に行われるのを見つけます。

## なぜ問題か

開いたままの接続は、差したままの鍵です。

## 例

管理者の接続が、週末をまたいで61時間続いた場合です。

## どうすればよいか

機器と踏み台に無操作時の切断を設定します。本人に確認すると、閉じ忘れであることが多くあります。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-20",
    severity=Severity.MEDIUM,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
