"""The checker does not run what is checked.

点検者が運用担当者と異なる。

## What it finds

A check or audit signed by somebody who also runs the network.

## Why it matters

Whoever built it will find it good.

## Example

The yearly check is signed by the administrator of the firewall.

## What to do instead

Let another section sign. The tool prints what to look at, so no special knowledge is needed.

## 何を見つけるか

ネットワークの運用担当者が、自ら署名している点検や監査を見つけます。

## なぜ問題か

作った人は、それを良いと思うものです。

## 例

年次の点検に、ファイアウォールの管理者が署名している場合です。

## どうすればよいか

ほかの課の職員が署名します。見るべき点は本ツールが示しますので、特別な知識は要りません。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, rule

RULE = rule(
    __doc__,
    "AU-02",
    severity=Severity.MEDIUM,
    sides=(REGISTRY,),
    implemented=(),
)
