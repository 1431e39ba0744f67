"""Municipalities joined at an aggregator stay apart.

集約先につながる市町村どうしを分ける。

## What it finds

Traffic or conduits between two municipalities that share an aggregator, and senders outside their registered ranges.

## Why it matters

One member's intrusion must not become everyone's.

## Example

A conduit joins the zones of two member towns.

## What to do instead

Route common services through a zone of the aggregator, and block the way between members.

## 何を見つけるか

同じ集約先につながる市町村どうしの通信や登録、登録した範囲の外からの通信を見つけます。

## なぜ問題か

一つの団体への侵入を、全体のものにしてはなりません。

## 例

二つの構成団体のゾーンを、通信経路が直接つないでいる場合です。

## どうすればよいか

共通のサービスは集約先のゾーンを通し、構成団体どうしの経路は遮断してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "K-02",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
