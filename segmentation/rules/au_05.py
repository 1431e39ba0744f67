"""Contractors' devices are checked too.

委託先が扱う機器も点検している。

## What it finds

Devices run by a contractor that no check of the period covered.

## Why it matters

Work can be handed over, responsibility cannot.

## Example

The branch router is run by the carrier and appears in no check's scope.

## What to do instead

Ask the contractor for the configuration as the contract provides, and include the device. If it cannot be had, have the
contractor attest its own check.

## 何を見つけるか

委託先が運用している機器のうち、期間内のどの点検の対象にもなっていないものを見つけます。

## なぜ問題か

作業は任せることができますが、責任は任せられません。

## 例

支所のルータは通信事業者が運用しており、どの点検の対象にも入っていない場合です。

## どうすればよいか

契約に基づいて設定の提出を求め、点検に含めます。提出が難しければ、委託先自身の点検結果の報告を受けてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "AU-05",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(),
)
