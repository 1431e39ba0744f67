"""An exception ends.

例外措置に終わりがある。

## What it finds

Exceptions past their end, whose flows count as violations from the next day; exceptions without an end; those longer than
the policy allows; and reminders as the end comes near, by default 30, 14 and 7 days before.

## Why it matters

An exception without an end becomes the rule. Whether the policy itself asks for an end differs; where it does not, the
finding says that the demand is this product's.

## Example

EX-2026-003 ends on 30 September; on 1 October the maintenance session is a violation again.

## What to do instead

Renew it by a new decision, or remove the conduit and the firewall rule. Nothing is renewed by itself.

## 何を見つけるか

期限を過ぎた例外措置（翌日から通信は違反として扱います）、期限のない例外措置、規程の上限より長い例外措置を見つけ、期限が近
づくと知らせます（既定では30日・14日・7日前）。

## なぜ問題か

終わりのない例外は、やがて原則になります。期限を求めるかどうかは規程により異なり、定めがない場合は本製品の規則であることを
明示します。

## 例

EX-2026-003の期限が9月30日であれば、10月1日からは同じ保守の接続が再び違反になります。

## どうすればよいか

改めて決定を受けて更新するか、通信経路とファイアウォールの規則を削除します。自動で更新されることはありません。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "EX-04",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(SENSOR,),
)
