"""Permits across zones are logged and sent away.

ゾーンをまたぐ許可を記録し転送する。

## What it finds

Permits across zones without a log, and devices that do not send their log anywhere.

## Why it matters

A crossing that leaves no trace cannot be examined afterwards, and a log that stays on the device goes with it.

## Example

The rule for the file sanitizer permits without "log".

## What to do instead

Switch logging on for each crossing and send it to the log store. Ask the contractor what the device does when its buffer
is full.

## 何を見つけるか

ゾーンをまたぐ許可のうち記録を取っていないもの、ログをどこにも送っていない機器を見つけます。

## なぜ問題か

跡の残らない通信は後から調べられず、機器の中だけにあるログは機器とともに失われます。

## 例

ファイル無害化装置の許可の規則に、記録の指定がない場合です。

## どうすればよいか

境界を越える許可の全てで記録を有効にし、保管先へ送ります。バッファがあふれたときの動作を業者に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "LT-01",
    severity=Severity.MEDIUM,
    sides=(LINT,),
    implemented=(LINT,),
)
