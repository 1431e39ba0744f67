"""A β model is audited by outsiders periodically.

βモデルは定期に外部監査を受ける。

## What it finds

A β or β′ model whose last audit by outsiders is longer ago than the period of the profile, or that has none although it
has run that long.

## Why it matters

The model rests on measures at the terminals that wear off: agents get uninstalled, lists go stale. The audit is the
condition under which it may continue.

## Example

The last audit was fourteen months ago, the period is twelve.

## What to do instead

Order the audit now and put it into next year's budget in time. The report's number goes into the register.

## 何を見つけるか

βまたはβ′モデルで、最後の外部監査からプロファイルの定める期間を過ぎている、または期間を過ぎても一度も受けていないのを見つ
けます。

## なぜ問題か

このモデルは端末側の対策に支えられていますが、それらは時とともに崩れます。監査は、モデルを続けるための条件です。

## 例

最後の監査が14か月前で、期間が12か月の場合です。

## どうすればよいか

早急に監査を手配し、次年度からは予算に間に合うように計上します。報告書の番号を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "IN-07",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
