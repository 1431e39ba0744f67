"""A host behaves as never before.

機器がこれまでにない外部通信を行う。

## What it finds

A destination a host never had before, or contacts at strikingly regular intervals.

## Why it matters

Most intrusions show as a new habit of one host, long before anything breaks.

## Example

A terminal contacts one unknown address every 300 seconds, day and night.

## What to do instead

Ask the user what was installed. Compare the name with the egress operator's list; then declare it harmless or isolate the
host.

## 何を見つけるか

それまで通信のなかった相手への通信や、際立って規則的な間隔の通信を見つけます。

## なぜ問題か

侵入の多くは、何かが壊れるずっと前に、一台の機器の新しい習慣として現れます。

## 例

端末が、昼夜を問わず300秒ごとに、見覚えのないアドレスへ通信している場合です。

## どうすればよいか

利用者に、最近入れたソフトウェアを尋ねます。集約先の運営者の情報と照らし、問題がなければその旨を記録し、疑わしければ切り離
してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "IN-05",
    severity=Severity.LOW,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
