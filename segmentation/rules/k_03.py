"""Hosts in scope only in part are marked.

一部だけ対象となる機器を明示している。

## What it finds

Hosts of bodies that the policy binds only on shared systems, without a mark whether they use those.

## Why it matters

Findings about hosts outside the scope would be noise, and hosts inside it must not be missed.

## Example

A police headquarters' terminal is in the ledger without the mark.

## What to do instead

Ask the body which systems it shares, and set or remove the mark.

## 何を見つけるか

共用のシステムを使うときだけ規程の対象となる機関の機器のうち、使うかどうかの印がないものを見つけます。

## なぜ問題か

対象外の機器についての指摘は雑音になり、対象の機器を見落としてもなりません。

## 例

警察本部の端末が、印のないまま台帳にある場合です。

## どうすればよいか

どのシステムを共用しているのかを機関に確認し、印を付けるか外してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "K-03",
    severity=Severity.INFO,
    sides=(REGISTRY,),
    implemented=(),
)
