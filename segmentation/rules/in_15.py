"""Terminals without need have no Internet.

必要のない端末からインターネットを使えない。

## What it finds

Terminals marked as not needing the Internet that reach the proxy or the mail server.

In a configuration: rules that let hosts tagged no_internet reach the egress, its proxy or its mail relay,
even by a declared conduit.

## Why it matters

Every terminal with access is one more way in. Where the work needs none, it should have none.

## Example

A terminal for part-time staff at the counter is a client of the proxy.

## What to do instead

Take it off the list of the proxy. Ask the section whether the mark is right.

## 何を見つけるか

インターネットを使う必要がないと印を付けた端末が、プロキシやメールサーバに届くのを見つけます。

設定からは、インターネット不要の印（no_internet、インターネット不要）を付けた機器から、出口・プロキシ・メール中継に届く規則を、
通信経路の登録があっても見つけます。

## なぜ問題か

使える端末の一台一台が、侵入の入口になります。業務に必要がなければ、使えないようにしておくべきです。

## 例

窓口の会計年度任用職員用の端末が、プロキシの利用者になっている場合です。

## どうすればよいか

プロキシの利用者から外します。印が正しいかどうかは、担当課に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-15",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR),
    implemented=(LINT,),
)
