"""Initiator and data direction are those of the register.

接続の開始側とデータの向きが台帳どおりである。

## What it finds

A flow with a registered peer that is opened from the other side than the register says, or that carries data the other
way.

In a configuration: rules that let a registered public institution's conduit be opened from the other side. Which way the
data moves is the sensor's to see.

## Why it matters

Some national services call in, most are called. A connection in the wrong direction means that another program than the
agreed one is talking.

## Example

The certificate centre opens connections inward by agreement; one day the certificate server opens one to it.

## What to do instead

Compare with the connection agreement. If the direction really changed, update the register and have it approved;
otherwise look at the host that opened the connection.

## 何を見つけるか

登録した接続先との通信で、接続を始めた側やデータの流れる向きが台帳と異なるものを見つけます。

設定からは、公的機関等との通信経路を逆の側から開始できる規則を見つけます。データの流れる向きは、センサーが確認します。

## なぜ問題か

全国規模のサービスには、相手側から接続してくるものと、こちらから接続するものがあります。向きが違う通信は、取り決めとは別の
プログラムによるものかもしれません。

## 例

証明書の交付は相手側からの接続と決めているのに、ある日、こちらの証明発行サーバから相手へ接続している場合です。

## どうすればよいか

接続の取り決めと照らし合わせます。向きが本当に変わったのであれば台帳を改めて承認を受け、そうでなければ、接続を始めた機器を
調べてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-10",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
