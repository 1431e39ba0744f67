"""A My Number host tries to reach the Internet.

マイナンバー利用事務系からインターネットへの通信が試みられる。

## What it finds

Any packet from a My Number zone to a global address, whether it got through or not. Each flow carries how far it came:
attempted, refused, established, data moved.

## Why it matters

A refused attempt shows that the wall holds, and also that a program inside wants to leave. Contact with a known control
server from such a host is a case to report to the authority.

## Example

10.10.11.30 sends a SYN to 203.0.113.9 and gets a reset.

## What to do instead

Keep the capture, isolate the terminal and call the people on the contact sheet. Frequent harmless causes are update
services of products; turn them off at the terminal.

## 何を見つけるか

マイナンバー利用事務系からグローバルアドレスへ送られたパケットを、通ったかどうかを問わず見つけます。試行のみ、拒否、接続成
立、データ転送ありのどこまで進んだかを示します。

## なぜ問題か

拒否されたのであれば壁は働いていますが、中に外へ出たがるプログラムがあることも示しています。既知の不正なサーバへの通信であ
れば、監督機関への報告の対象になり得ます。

## 例

10.10.11.30 が 203.0.113.9 へ接続を試み、拒否の応答が返った場合です。

## どうすればよいか

記録を保全し、端末を切り離し、連絡先一覧に従って連絡します。製品の自動更新が原因であることも多く、その場合は端末側で停止し
てください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "MN-18",
    severity=Severity.CRITICAL,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
