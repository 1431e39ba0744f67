"""The Internet zone reaches for the LGWAN side.

インターネット接続系からLGWAN側への通信が試みられる。

## What it finds

Any packet from the Internet zone towards the LGWAN zone or the LGWAN, blocked ones included, with rate and number of
sources.

## Why it matters

The policy asks to watch for just this. A blocked attempt is the earliest sign that a terminal in the Internet zone has
been taken over.

## Example

One terminal tries tcp/445 on forty LGWAN addresses within a minute.

## What to do instead

Isolate the source, keep the capture, and check whether the firewall refused every packet. A wrong shortcut on a desktop
is the usual harmless cause.

## 何を見つけるか

インターネット接続系からLGWAN接続系やLGWANに向かうパケットを、遮断されたものも含めて、頻度と送信元の数とともに見つけます。

## なぜ問題か

規程は、まさにこの監視を求めています。遮断された試みは、インターネット接続系の端末が乗っ取られたことを示す最も早い兆しです。

## 例

一台の端末が、一分間に40のLGWAN側アドレスへ tcp/445 を試みた場合です。

## どうすればよいか

送信元を切り離し、記録を保全し、ファイアウォールが全てを拒否していたかを確認します。古いショートカットが残っているだけのこ
とも多くあります。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "IN-03",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
