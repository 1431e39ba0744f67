"""One terminal serves one business.

端末を業務ごとに分けている。

## What it finds

One terminal of a My Number zone that uses the conduits of more than one business, or is entered for more than one.

## Why it matters

The policy recommends separate terminals for separate work. A shared one carries a problem of one business into the next.

## Example

The same counter terminal is entered for the medical-insurance and for the nursing-care connection.

## What to do instead

It is a recommendation: if terminals are shared on purpose, note it in the ledger so that the next officer knows.
Otherwise plan separation at the next replacement.

## 何を見つけるか

マイナンバー利用事務系の一台の端末が、複数の業務の通信経路を使っている、または複数の業務で登録されているのを見つけます。

## なぜ問題か

規程は業務ごとに端末を分けることを勧めています。共用の端末では、一つの業務で起きた問題がほかの業務に移ります。

## 例

同じ窓口端末が、国民健康保険と介護保険の両方の接続に登録されている場合です。

## どうすればよいか

勧めの規定ですので、意図して共用しているのであれば台帳に残し、後任に分かるようにします。そうでなければ、次の機器更新での分
離を検討してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-16",
    severity=Severity.INFO,
    sides=(SENSOR, REGISTRY),
    implemented=(),
)
