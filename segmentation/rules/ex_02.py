"""Nobody approves their own exception.

申請者と承認者が異なる。

## What it finds

An exception whose applicant and approver are the same person, or where one of the two has no name.

## Why it matters

Nobody sees the weak point of their own plan.

## Example

The head of the section applied, and also decided as deputy CISO.

## What to do instead

Have another person with the right role decide.

## 何を見つけるか

申請者と許可者が同じ人である、またはいずれかの氏名がない例外措置を見つけます。

## なぜ問題か

自分の計画の弱点は、自分には見えないものです。

## 例

課長が申請し、CISOの代理としても決定している場合です。

## どうすればよいか

権限のある別の人が決定し直してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "EX-02",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(),
)
