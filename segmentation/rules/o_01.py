"""Flows to a higher level are declared.

高い段階への通信を登録している。

## What it finds

Zones without a level in a scheme ordered by levels, and conduits or flows that open from a lower to a higher level
without having been declared with a reason.

## Why it matters

In such a scheme the level is the whole policy: what is lower must not get up by itself.

## Example

The members' zone has level 2, the data centre level 3, and a conduit between them names no business.

## What to do instead

Give every zone its level, and for each upward conduit the business and the person who approved it.

## 何を見つけるか

段階で資産を分ける方式で、段階のないゾーン、低い段階から高い段階へ開始するのに、業務や承認の記載を欠く登録や、登録のない通
信を見つけます。

## なぜ問題か

この方式では段階が規程そのものです。低い側が、ひとりでに高い側へ上がれてはなりません。

## 例

会員のゾーンが段階2、データセンターが段階3で、その間の通信経路に業務名がない場合です。

## どうすればよいか

全てのゾーンに段階を付け、上に向かう通信経路には業務名と承認者を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "O-01",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR),
)
