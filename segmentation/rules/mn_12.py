"""Nothing is carried out of a My Number zone by network.

マイナンバー利用事務系から通信でデータを持ち出していない。

## What it finds

From terminals of a My Number zone: file sharing, FTP, web uploads, mail or cloud storage outside the conduits, and more
bytes on a conduit in one day than its declared ceiling.

## Why it matters

Data can be taken out over a permitted way too. A volume that does not fit the work is often the only trace.

## Example

A conduit that usually carries 20 MB a day carries 9 GB on a Saturday.

## What to do instead

Ask the section what was sent. Set the ceiling in the conduit a little above a busy day, so that real work does not raise
it.

## 何を見つけるか

マイナンバー利用事務系の端末から、登録外のファイル共有・FTP・ウェブへの送信・メール・クラウドへの通信があること、登録した
経路でも一日の上限を超える量が流れたことを見つけます。

## なぜ問題か

データは許可された経路からも持ち出せます。業務に見合わない通信量が、唯一の手掛かりになることも少なくありません。

## 例

普段は一日20MBの通信経路に、土曜日に9GBが流れた場合です。

## どうすればよいか

何を送ったのかを担当課に確認します。上限は繁忙日の量を少し上回る程度に設定し、通常の業務で報告が出ないようにしてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "MN-12",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
