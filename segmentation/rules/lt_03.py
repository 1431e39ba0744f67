"""A source of logs falls silent.

ログの記録が止まる。

## What it finds

A device or sensor that has sent no records for longer than it should.

## Why it matters

Silence may be a fault, a full disk, or somebody who switched it off.

## Example

No line from FW-LG since 02:10.

## What to do instead

Look at the device first. The policy asks for a procedure for this case; write the telephone number into it.

## 何を見つけるか

定めた時間を超えて、機器やセンサーからの記録が途絶えたことを見つけます。

## なぜ問題か

沈黙の原因は、故障かもしれず、容量不足かもしれず、誰かが止めたのかもしれません。

## 例

FW-LGからの記録が、2時10分から届いていない場合です。

## どうすればよいか

まず機器を確認します。規程はこの場合の手順を求めていますので、電話番号まで書いておいてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "LT-03",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
