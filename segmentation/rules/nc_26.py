"""A device returns after a long absence.

長く不在だった機器が再びつながる。

## What it finds

A device that was not seen for a long time and appears again.

## Why it matters

It missed months of updates, and nobody knows where it was meanwhile.

## Example

A laptop returns after a year in a drawer.

## What to do instead

Update and check it in a separate network before it is used again.

## 何を見つけるか

長い間見られなかった機器が再びつながるのを見つけます。

## なぜ問題か

数か月分の更新を受けておらず、その間どこにあったのかも分かりません。

## 例

一年間引出しにあったノート端末が、再び使われた場合です。

## どうすればよいか

別のネットワークで更新と検査を済ませてから使ってください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "NC-26",
    severity=Severity.LOW,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
