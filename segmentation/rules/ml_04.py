"""Attachments leave through the monitored gateway.

添付ファイルは監視する中継から送る。

## What it finds

Outgoing mail that does not pass the gateway which watches attachments.

## Why it matters

The gateway holds back what should not leave, such as a list of residents sent to a wrong address. Mail around it is
unseen.

## Example

A business system sends its notices straight to the egress relay.

## What to do instead

Let every sender use the gateway, and close port 25 for the others.

## 何を見つけるか

添付ファイルを監視する中継を通らずに外へ出るメールを見つけます。

## なぜ問題か

中継は、誤った宛先に送られた名簿など、出してはならないものを止めます。通らないメールは誰の目にも触れません。

## 例

業務システムが、通知のメールを集約先の中継に直接送っている場合です。

## どうすればよいか

全ての送信元が中継を使うようにし、ほかからの25番ポートを閉じてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "ML-04",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
