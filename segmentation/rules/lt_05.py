"""Every clock is right.

全ての機器の時刻が合っている。

## What it finds

Devices without a time source or with another than the approved one, and clocks that are visibly off. A sensor with an
unsure clock marks its evidence.

## Why it matters

Two logs can be laid side by side only if their clocks agree.

## Example

The ASA has no time server, its log is four seconds late.

## What to do instead

Point every device to the internal time server and check the offset once a month.

## 何を見つけるか

時刻の参照先がない、または承認したものと異なる機器、明らかにずれた時刻を見つけます。センサーの時刻が不確かなときは、証跡に
その旨を付けます。

## なぜ問題か

二つのログは、時刻が合っていて初めて並べて読めます。

## 例

ASAに時刻の設定がなく、ログが4秒遅れている場合です。

## どうすればよいか

全ての機器を庁内の時刻サーバに合わせ、月に一度ずれを確かめてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "LT-05",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
