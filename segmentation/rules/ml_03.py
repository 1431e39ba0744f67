"""Mail has a size limit.

メールの大きさを制限している。

## What it finds

A mail server that announces no size limit, or accepted a message above the limit.

## Why it matters

One huge message can fill the store for everybody.

## Example

The server's greeting lacks the SIZE extension.

## What to do instead

Set the limit on the server and announce it; send large files through the file exchange.

## 何を見つけるか

大きさの上限を示さないメールサーバや、上限を超えるメールの受付を見つけます。

## なぜ問題か

巨大な一通で、全員のメールの保存領域が埋まることがあります。

## 例

サーバの応答に、大きさの上限を示す SIZE がない場合です。

## どうすればよいか

サーバに上限を設定して相手に示し、大きなファイルはファイル交換の仕組みで送ってください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "ML-03",
    severity=Severity.LOW,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
