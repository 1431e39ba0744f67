"""A pinned address changes its MAC, or a pinned MAC its address.

登録済みのMACアドレスとIPアドレスの組合せが変わる。

## What it finds

Where true MAC addresses are visible to the sensor: a pinned IP address that speaks with a foreign MAC, or a pinned MAC that
speaks with a foreign IP address.

## Why it matters

It is either a replaced device that nobody entered, or a device that takes the place of a trusted one. After a router the
MAC is always the router's; there this rule is not applied.

## Example

10.10.10.12 answers with a MAC that ends in 53:ee instead of 53:0c.

## What to do instead

Ask the section whether the device was replaced. If so, update the ledger; if not, treat it as an incident and keep the
capture.

## 何を見つけるか

本来のMACアドレスが見える区間で、登録済みのIPアドレスが別のMACアドレスを使う、または登録済みのMACアドレスが別のIPアドレス
を使うのを見つけます。

## なぜ問題か

登録のない機器交換か、信頼された機器へのなりすましのどちらかです。ルータを越えた先ではMACアドレスが必ずルータのものになる
ため、そこでは判定しません。

## 例

10.10.10.12 が、本来の末尾 53:0c ではなく 53:ee のMACアドレスで応答している場合です。

## どうすればよいか

担当課に機器を交換したか確認します。交換であれば台帳を改め、心当たりがなければ事故として扱い、記録を保全してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "MN-05",
    severity=Severity.CRITICAL,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
