"""A peer of a My Number zone has no Internet connection.

マイナンバー利用事務系の接続先がインターネットとつながっていない。

## What it finds

Peers of a My Number zone that themselves touch the Internet side: by another conduit of this model, by their own written
statement, or because no recent statement exists. Registered public institutions are exempt.

## Why it matters

Whoever is joined to both sides is a bridge. "We do not know" is no answer here: the condition is on the peer, so somebody
must have asked the peer.

## Example

The accounting server receives data from the tax system and is later added as a sender of outgoing mail to the Internet
zone.

## What to do instead

Take the peer out of the other conduit, or move the exchange to a host that has no way out. Get the peer's statement in
writing every year; the section that holds the contract asks for it.

## 何を見つけるか

マイナンバー利用事務系の接続先のうち、インターネット側にもつながっているものを見つけます。ほかの通信経路の登録、相手方の申
告、申告がない・古い、のいずれからも判断します。登録した公的機関等は対象外です。

## なぜ問題か

両側につながるものは橋になります。条件は相手方に付いているので、「分からない」では足りず、誰かが相手方に確認していなければ
なりません。

## 例

税のシステムからデータを受け取る財務会計のサーバが、後になって、インターネット接続系へのメール送信元に加えられた場合です。

## どうすればよいか

接続先を一方の通信経路から外すか、外へ出る経路のない機器に受渡しを移します。相手方の書面による申告は年に一度更新し、契約を
担当する課から依頼してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-06",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
