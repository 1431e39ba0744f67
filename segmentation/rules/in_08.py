"""Personnel and bidding systems stay where the model allows.

人事・入札等の業務はモデルが認める場所に置く。

## What it finds

Hosts of personnel, payroll, finance or bidding work that stand in the Internet zone although the model is not β′.

## Why it matters

Only β′, with its further measures, lets such systems stand there. Under β they stay in the LGWAN zone and are used
through a screen.

## Example

The personnel server got an address in the Internet zone, the model says β.

## What to do instead

Move the server back, or decide on β′ with its conditions. Ask the personnel section before touching it.

## 何を見つけるか

β′モデルではないのに、人事・給与・財務・入札などの業務の機器がインターネット接続系に置かれているのを見つけます。

## なぜ問題か

これらのシステムを置けるのは、追加の対策を伴うβ′モデルだけです。βモデルではLGWAN接続系に残し、画面を通して使います。

## 例

モデルはβなのに、人事のサーバがインターネット接続系のアドレスになっている場合です。

## どうすればよいか

サーバを戻すか、条件をそろえてβ′モデルへの移行を決定します。作業の前に、業務の担当課に確認してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-08",
    severity=Severity.CRITICAL,
    sides=(SENSOR, REGISTRY),
    implemented=(),
)
