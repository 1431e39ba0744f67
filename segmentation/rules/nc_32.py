"""Equipment off the premises is approved.

庁外に置く機器に承認がある。

## What it finds

Equipment that stands outside the premises without the CISO's approval on record.

## Why it matters

Who can touch a device can open it. Outside the own building others decide who can.

## Example

A server in a data centre is entered as off-site, without approval.

## What to do instead

Have it approved and note who may enter the room.

## 何を見つけるか

庁外に設置している機器のうち、CISOの承認の記録がないものを見つけます。

## なぜ問題か

触れられる機器は開けられる機器です。庁外では、誰が触れられるのかを他者が決めています。

## 例

データセンターにあるサーバが、承認の記録なしに庁外設置として登録されている場合です。

## どうすればよいか

承認を受け、その部屋に入れる人も記録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "NC-32",
    severity=Severity.LOW,
    sides=(REGISTRY,),
    implemented=(),
)
