"""Records show tampering.

記録の改ざんが分かるようになっている。

## What it finds

Reports, events and captures whose chain of hashes does not verify, or that are not chained.

## Why it matters

A record that anybody could have changed proves nothing, neither for the organisation nor against it.

## Example

The manifest of last month names another hash for one report.

## What to do instead

Keep the chain on a medium that cannot be rewritten, and verify it at each review.

## 何を見つけるか

報告書・事象・通信の記録で、ハッシュ値の連鎖が合わない、または連鎖していないものを見つけます。

## なぜ問題か

誰でも書き換えられる記録は、団体にとって有利にも不利にも、何の証明にもなりません。

## 例

先月の目録にあるハッシュ値が、一つの報告書と合わない場合です。

## どうすればよいか

連鎖を書換えのできない媒体に置き、点検のたびに検証してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LT-07",
    severity=Severity.HIGH,
    sides=(SENSOR, REGISTRY),
    implemented=(),
)
