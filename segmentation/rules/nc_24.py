"""Printers and appliances do only their work.

複合機や組込み機器は用途の通信に限る。

## What it finds

Printers, copiers, cameras and other appliances that talk to anything but their print, scan and mail servers, or to the
Internet.

In a configuration: undeclared connections that hosts or zones tagged mfp, printer, iot or camera can open to other
layers.

## Why it matters

They run for ten years on old software that nobody updates.

## Example

A copier in the LGWAN zone sends its meter reading to the maker.

## What to do instead

Permit only what the device is for. Ask the leasing company for another way of reading the meter.

## 何を見つけるか

複合機・カメラなどの組込み機器が、印刷・読取り・メールのサーバ以外やインターネットと通信するのを見つけます。

設定からは、複合機などの印（mfp、printer、iot、camera、複合機）を付けた機器やゾーンが、登録なしにほかの系へ開始できる接続を見
つけます。

## なぜ問題か

これらは、誰も更新しない古いソフトウェアのまま十年動きます。

## 例

LGWAN接続系の複合機が、使用枚数を製造元に送っている場合です。

## どうすればよいか

用途に必要な通信だけを許可します。枚数の報告はほかの方法にできないか、リース会社に相談してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-24",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR),
    implemented=(LINT,),
)
