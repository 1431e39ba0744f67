"""No direct Internet access where the model has none.

採用していないモデルの直接通信がない。

## What it finds

Any permit, conduit or flow from the LGWAN zone straight to the Internet when the organisation has not adopted α′, or when
its policy does not provide for it.

## Why it matters

A breakout is a decision of the organisation, with conditions. Without the decision it is simply an Internet connection in
the wrong zone.

## Example

The model says α, and one terminal network has a permit to a cloud provider.

## What to do instead

Remove the permit. If the cloud service is wanted, decide on the model first and update the profile.

## 何を見つけるか

α′モデルを採用していない、または規程に定めがないのに、LGWAN接続系からインターネットへ直接向かう許可・登録・通信を見つけま
す。

## なぜ問題か

直接の接続は、条件を付けた団体としての決定によるものです。決定がなければ、置いてはならない場所にあるインターネット接続にす
ぎません。

## 例

モデルはαなのに、ある端末ネットワークからクラウド事業者への許可がある場合です。

## どうすればよいか

許可を削除します。クラウドサービスが必要なのであれば、先にモデルを決定し、プロファイルを改めてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-15",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR),
)
