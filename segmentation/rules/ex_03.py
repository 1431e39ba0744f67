"""Nothing goes beyond an exception.

例外措置の範囲を超えない。

## What it finds

An exception that leaves initiator, responder or services empty and so would cover everything, one for whole zones, and
conduits or flows that go beyond what was approved in parties, services or time.

## Why it matters

An exception silences alarms. One blank field silences far more than anybody meant.

## Example

The exception names one vendor host; the conduit that refers to it names the vendor's whole network.

## What to do instead

Fill in every field as narrowly as the work allows, and bring the conduit and the firewall rule down to it.

## 何を見つけるか

開始側・応答側・サービスのいずれかが空欄で全てを覆ってしまう例外措置、ゾーン全体を対象とする例外措置、当事者・サービス・時
間のいずれかで承認の範囲を超える登録や通信を見つけます。

## なぜ問題か

例外措置は警報を止めます。空欄が一つあるだけで、意図をはるかに超えて警報が止まります。

## 例

例外措置は業者の一台を対象としているのに、それを引用する通信経路が業者のネットワーク全体になっている場合です。

## どうすればよいか

作業に必要な最小限の範囲で全ての欄を埋め、通信経路とファイアウォールの規則をそれに合わせてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "EX-03",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(SENSOR,),
)
