"""Everything belongs to exactly one zone.

全ての機器とアドレスがいずれか一つのゾーンに属する。

## What it finds

Addresses that two zones claim at once, private addresses that no zone claims although a conduit, a device or a ledger row
uses them, hosts whose address lies outside the zone they are entered in, and device interfaces for which no zone is
given.

## Why it matters

All other rules compare zones. What is in no zone is judged by none of them, and what is in two zones is judged by chance.
The tool therefore never calls such an address safe.

## Example

10.20.16.0/21 is the terminals' network and somebody adds a zone for 10.20.18.0/24 beside it: a terminal at 10.20.18.7
would belong to both.

## What to do instead

Give every network one zone; make the smaller one a sub-zone when it is part of the larger. Ask the network contractor
which device holds the gateway address of an unknown network, and enter that network.

## 何を見つけるか

二つのゾーンが同時に名乗っているアドレス、通信経路・機器・台帳で使われているのにどのゾーンにも入っていないプライベートアド
レス、登録先のゾーンから外れたアドレスを持つ機器、ゾーンの指定がない機器のインタフェースを見つけます。

## なぜ問題か

ほかの規則は全てゾーンの比較で成り立っています。どこにも属さないアドレスは誰にも判定されず、二か所に属するアドレスの判定は
偶然に左右されます。そのため、本ツールはこうしたアドレスを「安全」とは決して表示しません。

## 例

端末用の 10.20.16.0/21 があるのに、10.20.18.0/24 を並びの別ゾーンとして加えた場合、10.20.18.7 の端末は両方に属してしまいま
す。

## どうすればよいか

一つのネットワークには一つのゾーンを割り当て、より大きなネットワークの一部であれば子ゾーンにします。心当たりのないネットワー
クは、その出入口となる機器がどれかを保守業者に確認し、登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, rule

RULE = rule(
    __doc__,
    "ZM-01",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(LINT,),
)
