"""A My Number crossing names its hosts and its port.

マイナンバー利用事務系の外部通信は機器とポートを個別に限る。

## What it finds

A crossing of a My Number zone whose ends are whole zones, networks or ranges, whose hosts are more than a few, or whose
service is "any", more than one protocol or a range of ports. The linter finds firewall rules that are wider than the
conduit they serve.

## Why it matters

The policy narrows such a crossing to a route and an application. A rule for a whole network also serves the next device
that somebody plugs in there.

## Example

The conduit names 10.10.11.21, the firewall rule permits 10.10.11.0/24.

## What to do instead

List the hosts one by one and one port. If the contractor asks for a range "to be safe", ask which host and which port the
product really uses.

## 何を見つけるか

マイナンバー利用事務系の外部との通信で、相手や自分側がゾーン全体・ネットワーク・範囲で書かれているもの、台数が多過ぎるもの、
サービスが「全て」や複数の手順、ポートの範囲になっているものを見つけます。設定の検査では、登録より広い許可を見つけます。

## なぜ問題か

規程は、この通信を経路と用途の両方で絞るよう求めています。ネットワーク単位の許可は、後から同じ場所につながれた機器にもその
まま効いてしまいます。

## 例

登録は 10.10.11.21 の一台なのに、ファイアウォールの規則は 10.10.11.0/24 を許可している場合です。

## どうすればよいか

機器を一台ずつ、ポートを一つに絞って登録します。業者から「念のため範囲で」と言われたら、実際に使う機器とポートを確認してく
ださい。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, rule

RULE = rule(
    __doc__,
    "MN-03",
    severity=Severity.CRITICAL,
    sides=(LINT, REGISTRY),
    implemented=(LINT,),
)
