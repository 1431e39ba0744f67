"""Working papers can be verified.

点検の調書を後から検証できる。

## What it finds

A check or audit without a report, or without the SHA-256 of the bundle that holds its inputs, policy version, findings
and coverage.

## Why it matters

Only with the hash can somebody later show that these are the papers of that day.

## Example

The check of November is entered with its report, but without hash.

## What to do instead

Let the tool write the bundle and enter the hash it prints.

## 何を見つけるか

報告書がない、または入力・規程の版・結果・網羅範囲をまとめた調書のSHA-256がない点検や監査を見つけます。

## なぜ問題か

ハッシュ値があって初めて、その日の調書そのものであることを後から示せます。

## 例

11月の点検に、報告書はあるのにハッシュ値がない場合です。

## どうすればよいか

本ツールで調書を出力し、表示されるハッシュ値を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "AU-03",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
