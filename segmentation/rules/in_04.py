"""Monitoring has no hole.

監視に抜けがない。

## What it finds

Boundaries between layers that no sensor sees, VLANs that no sensor lists, and on the running system lost packets and
silent periods.

## Why it matters

A quiet sensor and a blind one look alike. What is not seen has to be said before anyone says that nothing happened.

## Example

A new branch line was connected; no sensor names its boundary.

## What to do instead

Add the boundary to a sensor's mirror port, or write down that it is not watched. The switch contractor sets the mirror
port.

## 何を見つけるか

どのセンサーからも見えない境界、どのセンサーにも登録のないVLAN、稼働中の取りこぼしや無通信の時間を見つけます。

## なぜ問題か

静かなセンサーと見えていないセンサーは、外からは同じに見えます。「何も起きていない」と言う前に、見えていない範囲を示さなけ
ればなりません。

## 例

支所の回線を新たに接続したのに、その境界を受け持つセンサーがない場合です。

## どうすればよいか

境界をセンサーのミラーポートに加えるか、監視していないことを明記します。ミラーポートの設定はスイッチの保守業者に依頼してく
ださい。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-04",
    severity=Severity.HIGH,
    sides=(SENSOR, REGISTRY),
    implemented=(),
)
