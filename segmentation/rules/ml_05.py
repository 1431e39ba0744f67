"""Nobody but the mail server speaks to mail servers outside.

メールサーバ以外が外部へ直接メールを送らない。

## What it finds

A host other than the mail servers that sends mail straight to port 25 of other zones.

## Why it matters

Programs that send spam bring their own mail client. No terminal has a reason to deliver mail itself.

## Example

A terminal opens tcp/25 to a global address.

## What to do instead

Isolate the terminal and examine it. Copiers that mail scans should use the internal relay.

## 何を見つけるか

メールサーバ以外の機器が、自分のゾーンの外の25番ポートに通信するのを見つけます。

## なぜ問題か

迷惑メールを送るプログラムは、送信の機能を自ら備えています。端末が自分でメールを配送する理由はありません。

## 例

端末がグローバルアドレスへ tcp/25 を開始した場合です。

## どうすればよいか

端末を切り離して調べます。読取り結果をメールで送る複合機は、内部の中継を使うように設定してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "ML-05",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
