"""An exception is permitted by the right person on a complete form.

例外措置はそろった申請と権限者の許可による。

## What it finds

An exception without one of: reason, clause deviated from, alternative measure, applicant in the proper role, approver in
the role the policy names, date of decision.

## Why it matters

An exception is the organisation knowingly not following its own policy. Without these it is just not following it.

## Example

EX-2026-003 was approved by a section head, the policy names the CISO.

## What to do instead

Complete the application and have it decided again. Which roles may apply and approve is shown with the clause.

## 何を見つけるか

例外措置のうち、理由、逸脱する条項、代替措置、定められた役職の申請者、規程の定める役職の許可者、決定日のいずれかが欠けてい
るものを見つけます。

## なぜ問題か

例外措置とは、団体が承知のうえで自らの規程から外れることです。これらがそろわなければ、単に守っていないだけになります。

## 例

規程ではCISOの許可とされているのに、EX-2026-003を課長が許可している場合です。

## どうすればよいか

申請を補い、改めて決定を受けます。申請と許可ができる役職は、条項とともに表示されます。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "EX-01",
    severity=Severity.CRITICAL,
    sides=(REGISTRY,),
    implemented=(),
)
