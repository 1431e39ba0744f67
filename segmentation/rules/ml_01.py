"""No open relay.

メールの不正中継を許していない。

## What it finds

A mail server that accepts mail from strangers to strangers, and firewall rules that let the whole Internet speak to a
mail server that should hear only the egress relay.

## Why it matters

An open relay is found within hours and sends spam in the city's name until every receiver refuses its mail.

## Example

A stranger's server gets "250" for a recipient outside the own domain.

## What to do instead

Permit port 25 from the egress relay only, and limit the accepted recipients to the own domains.

## 何を見つけるか

外部から外部へのメールを受け付けてしまうメールサーバ、本来は集約先の中継とだけ話すべきサーバにインターネット全体からの通信
を許す規則を見つけます。

## なぜ問題か

不正に中継できるサーバは数時間で見つけられ、市の名前で迷惑メールを送り続け、やがて市のメールはどこにも届かなくなります。

## 例

見知らぬサーバが、自らの組織外の宛先に対して「250」の応答を得た場合です。

## どうすればよいか

25番ポートは集約先の中継からだけ許可し、受け付ける宛先を自らのドメインに限ってください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "ML-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
