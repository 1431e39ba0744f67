"""A burst of mail.

メールが急に大量に流れる。

## What it finds

More messages in a minute, in or out, than the threshold.

## Why it matters

Outgoing bursts come from a taken-over account, incoming ones drown the mail service.

## Example

One mailbox sends 900 messages in ten minutes.

## What to do instead

Stop the account, follow the procedure for halting mail, and tell the egress operator.

## 何を見つけるか

一分間に送受信されるメールの数が、しきい値を超えたことを見つけます。

## なぜ問題か

送信側の急増は乗っ取られた利用者によるものが多く、受信側の急増はメールの利用を妨げます。

## 例

一つのメールボックスから、10分間に900通が送られた場合です。

## どうすればよいか

利用者を停止し、メール停止の手順に従い、集約先の運営者に連絡してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import SENSOR, rule

RULE = rule(
    __doc__,
    "ML-02",
    severity=Severity.HIGH,
    sides=(SENSOR,),
    implemented=(SENSOR,),
)
