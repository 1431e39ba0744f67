"""Mail that enters is plain text only.

取り込むメールは本文の文字だけである。

## What it finds

A mail that reaches the LGWAN mail server and holds more than one plain-text part: attachments, HTML, encoded content.
Also a sender other than the registered textiser. Under TLS the content is not observed, which is neither good nor bad.

In a configuration: rules that let mail ports into the zone from the Internet side without a declared conduit of the
textiser.

## Why it matters

This method is defined by leaving only text. One attachment that slips through is enough for an intrusion.

## Example

A mail with a spreadsheet with macros is delivered to the LGWAN mail server.

## What to do instead

Check the textiser's settings and its behaviour when it is overloaded. Deliver attachments through the file sanitizer.

## 何を見つけるか

LGWAN側のメールサーバに届くメールに、一つの文字本文以外のもの（添付、HTML、符号化された内容）が含まれる、または登録した装
置以外から送られてくるのを見つけます。TLSの場合は内容を観測できず、適合とも違反ともしません。

設定からは、本文だけに変換する装置の通信経路として登録されていないのに、インターネット側からメールのポートを通す規則を見つけま
す。

## なぜ問題か

この方式は、文字だけを残すことで成り立っています。一通の添付が抜けるだけで侵入に足ります。

## 例

マクロを含む表計算ファイルの付いたメールが、LGWANメールサーバに届いた場合です。

## どうすればよいか

装置の設定と、負荷が高いときの動作を確認します。添付はファイル無害化装置を経て渡してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-05",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
