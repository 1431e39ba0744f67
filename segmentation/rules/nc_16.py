"""Unused services are closed.

使わない論理ポートを閉じている。

## What it finds

Permitted services that no packet used for a long time, and services that listen but are in no ledger.

From a configuration: permits whose packet counter is 0, where the device prints counters and any of them has counted.
Services that listen are the sensor's to see.

## Why it matters

What nobody uses, nobody misses when it is closed, and nobody notices when it is abused.

## Example

The permit for an old file transfer has counted no packet for 400 days.

## What to do instead

Ask the section that once requested it, then remove it. Watch out for services used once a year, such as at tax time.

## 何を見つけるか

長い間使われていない許可や、台帳にないのに待ち受けているサービスを見つけます。

設定からは、通過回数が0の許可を見つけます（装置が回数を出力し、いずれかの規則が数えている場合に限ります）。待ち受けているサー
ビスは、センサーが確認します。

## なぜ問題か

誰も使っていないものは、閉じても困る人がなく、悪用されても気付く人がいません。

## 例

以前のファイル転送のための許可が、400日間一度も使われていない場合です。

## どうすればよいか

当時依頼した課に確認して削除します。税の時期など、年に一度だけ使うものに注意してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-16",
    severity=Severity.LOW,
    sides=(LINT, SENSOR),
    implemented=(LINT,),
)
