"""Residents' information is never in the Internet zone.

住民情報をインターネット接続系に置かない。

## What it finds

Hosts marked as holding residents' information that stand in the Internet zone.

## Why it matters

No model allows it, β′ included.

## Example

A survey system with residents' names was built on a server of the Internet zone.

## What to do instead

Move the data to the zone of its business. Ask the section what exactly is stored; a mark set by mistake can simply be
taken off.

## 何を見つけるか

住民情報を扱う印のある機器が、インターネット接続系に置かれているのを見つけます。

## なぜ問題か

β′を含め、どのモデルでも認められていません。

## 例

住民の氏名を含む調査のシステムを、インターネット接続系のサーバに作った場合です。

## どうすればよいか

データを、その業務の領域に移します。何を保存しているのかを担当課に確認し、印の付け間違いであれば外してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "IN-10",
    severity=Severity.CRITICAL,
    sides=(REGISTRY,),
    implemented=(),
)
