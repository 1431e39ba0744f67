"""What is not permitted is denied and logged.

許可していない通信を拒否し記録する。

## What it finds

A filter whose last word is not "deny and log": a default of accept, a final permit, or a final deny without a log line,
for each direction and for IPv4 and IPv6 apart.

## Why it matters

Only with a default of deny is the list of permits the whole truth. Without the log nobody learns what was tried.

## Example

ip6tables -P FORWARD ACCEPT beside a careful IPv4 rule set.

## What to do instead

Set the default to drop and put a logging deny at the end. Mind the load: limit the log rate rather than leaving it out.

## 何を見つけるか

最後が「拒否して記録」になっていないフィルタを見つけます。既定が許可、末尾が全許可、末尾の拒否に記録がない、のいずれも、向
きごと、IPv4とIPv6のそれぞれについて見ます。

## なぜ問題か

既定が拒否であって初めて、許可の一覧が通信の全てになります。記録がなければ、何が試みられたのかを誰も知ることができません。

## 例

IPv4の規則は丁寧に書かれているのに、ip6tables の FORWARD の既定が ACCEPT の場合です。

## どうすればよいか

既定を拒否とし、末尾に記録付きの拒否を置きます。負荷が心配なときは、記録をやめるのではなく、記録の頻度を制限してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, rule

RULE = rule(
    __doc__,
    "NC-01",
    severity=Severity.HIGH,
    sides=(LINT,),
    implemented=(LINT,),
)
