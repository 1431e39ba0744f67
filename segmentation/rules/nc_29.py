"""Every change has four people and a record.

設定変更の記録と関係者の分離がある。

## What it finds

Changes without one of doer, checker, applicant and approver; changes where the same person does and checks, or applies
and approves; and devices whose last change is in no record.

## Why it matters

Most outages and most holes come from a change. Two pairs of eyes are cheap.

## Example

Doer and checker are the same contractor's engineer.

## What to do instead

Name four roles in the request form. With few staff, let another section check: reading the difference aloud is enough.

## 何を見つけるか

設定変更の記録のうち、作業者・確認者・申請者・承認者のいずれかが欠けているもの、作業と確認、または申請と承認が同じ人のもの、
最後の変更が記録にない機器を見つけます。

## なぜ問題か

障害も穴も、多くは変更から生まれます。二人で見ることは、安い対策です。

## 例

作業者と確認者が、業者の同じ技術者になっている場合です。

## どうすればよいか

申請書に四つの役割の欄を設けます。人数が少なければ、差分を読み合わせる形で、ほかの課の職員に確認を頼んでください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "NC-29",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(),
)
