"""Captured traffic is preserved on order.

指示に応じて通信の記録を保全する。

## What it finds

Captured traffic that was ordered to be kept but is not frozen, or whose custody has a gap.

## Why it matters

After an incident, evidence is overwritten within hours if nobody says stop.

## Example

The order came at 09:00, the ring buffer was frozen at 16:00.

## What to do instead

Practise the order once a year. Note hash, time and person at each handover.

## 何を見つけるか

保全の指示があったのに凍結されていない通信の記録や、引渡しの記録に切れ目があるものを見つけます。

## なぜ問題か

事故の後、誰かが止めなければ、証拠は数時間で上書きされます。

## 例

9時に指示があったのに、凍結が16時だった場合です。

## どうすればよいか

年に一度は手順を訓練し、引渡しのたびにハッシュ値・時刻・担当者を残してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "LT-08",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(),
)
