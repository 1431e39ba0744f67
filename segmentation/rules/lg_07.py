"""Screen transfer carries no files.

画面転送でファイルを受け渡していない。

## What it finds

Clipboard, drive or printer redirection in the screen transfer. The setting itself is kept as a dated statement; the
sensor points out sessions in which the client sends far more than keys and mouse need.

## Why it matters

Redirection turns the picture into a file copy, and the sanitizers are left aside.

## Example

A session to the browser server carries 300 MB from the terminal to the server.

## What to do instead

Have the vendor switch redirection off on the server, file an export of the settings and enter the statement.

## 何を見つけるか

画面転送での、クリップボード・ドライブ・プリンタの受渡し機能を対象とします。設定は日付のある申告として残し、センサーは、操
作に必要な量をはるかに超えて端末側から送信しているセッションを示します。

## なぜ問題か

受渡し機能が有効だと、画面転送がファイルの複写に変わり、無害化装置が素通りされます。

## 例

ブラウザ用サーバとのセッションで、端末からサーバへ300MBが流れた場合です。

## どうすればよいか

サーバ側で受渡し機能を無効にするよう業者に依頼し、設定の出力を保管して、申告を登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.registry import ATTESTATION, SENSOR, RuleContext, rule
from segmentation.rules.reviews import attested

_CLAIM = Text("画面転送でのファイル等の受渡しの停止", "that redirection of files and devices is off in screen transfer")


def _check(context: RuleContext) -> Iterator[Finding]:
    if any(e.conduit.kind is ConduitKind.SCREEN_TRANSFER for e in context.conduits):
        yield from attested(context, "LG-07", _CLAIM, Severity.LOW)


RULE = rule(
    __doc__,
    "LG-07",
    severity=Severity.LOW,
    sides=(SENSOR, ATTESTATION),
    implemented=(ATTESTATION, SENSOR),
    check=_check,
)
