"""Risky content enters the LGWAN zone.

危険な内容のファイルがLGWAN接続系に入る。

## What it finds

Executables, scripts, documents with macros and encrypted archives in unencrypted transfers into the LGWAN zone.

## Why it matters

These are what the methods exist to take out. Seeing one means that a method failed or was passed by.

## Example

A web download into the LGWAN zone holds a document with macros.

## What to do instead

Keep the file's hash, ask the recipient, and look how it came past the sanitizer. Encrypted archives cannot be judged;
have them unpacked at the sanitizer.

## 何を見つけるか

暗号化されていない転送の中で、実行ファイル、スクリプト、マクロ付き文書、暗号化された書庫がLGWAN接続系に入るのを見つけます。

## なぜ問題か

無害化の方式は、まさにこれらを取り除くためにあります。見つかったということは、方式が働かなかったか、避けられたということで
す。

## 例

LGWAN接続系へのウェブからの取得物に、マクロ付きの文書が含まれていた場合です。

## どうすればよいか

ファイルのハッシュ値を残し、受け取った職員に確認し、どのように装置を抜けたかを調べます。暗号化された書庫は判定できないため、
装置側で展開する運用にしてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "LG-09",
    severity=Severity.CRITICAL,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
