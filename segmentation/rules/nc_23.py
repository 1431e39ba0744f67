"""Test systems stand apart.

開発・検証の環境を本番から切り離す。

## What it finds

Traffic and permits between a test network and production beyond the listed ones.

## Why it matters

Test systems are patched late, have simple passwords and are often open to several contractors.

## Example

The test network may reach the production database on any port.

## What to do instead

Mark the test network as isolated and declare each crossing. Copy data by a decided procedure, masked.

## 何を見つけるか

開発・検証用のネットワークと本番との間で、登録を超える通信や許可を見つけます。

## なぜ問題か

検証用のシステムは更新が遅れ、パスワードも簡単で、複数の業者が触れていることがよくあります。

## 例

検証用ネットワークから、本番のデータベースに全てのポートで届く場合です。

## どうすればよいか

検証用のゾーンを独立とし、通信を一つずつ登録します。データの複写は、個人情報を伏せたうえで定めた手順により行ってください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-23",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
