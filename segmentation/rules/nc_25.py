"""Backup and file sharing do not cross zones unnoticed.

バックアップやファイル共有が知らぬ間にゾーンをまたがない。

## What it finds

Backup and file-sharing traffic that crosses a zone boundary without a declared conduit.

## Why it matters

A backup server that reaches every zone is a bridge between all of them, and the first thing a ransomware gang looks for.

## Example

One backup server pulls from LGWAN and My Number servers over tcp/445.

## What to do instead

Keep a backup per zone, or declare the conduit with its pins so that somebody decides about it.

## 何を見つけるか

ゾーンの境界をまたぐバックアップやファイル共有のうち、登録のないものを見つけます。

## なぜ問題か

全てのゾーンに届くバックアップサーバは、全てをつなぐ橋になり、攻撃者が最初に探すものでもあります。

## 例

一台のバックアップサーバが、LGWAN接続系とマイナンバー利用事務系の両方から tcp/445 で取得している場合です。

## どうすればよいか

ゾーンごとにバックアップを分けるか、限定を付けて通信経路を登録し、決定を得てください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-25",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
