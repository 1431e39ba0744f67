"""Systems for outside users stand apart.

外部の利用者が使うシステムを切り離している。

## What it finds

Systems used by people outside the organisation, such as electronic applications, without a sub-zone of their own or with
a direct way to the LGWAN or My Number zones.

In a configuration: rules that let hosts tagged external_users reach those zones without a declared conduit.

## Why it matters

What strangers may fill in, strangers may also misuse.

## Example

The application system stands in the same network as the staff's web proxy.

## What to do instead

Give it a sub-zone, and hand its data on through the declared way of import.

## 何を見つけるか

電子申請など外部の人が使うシステムが、独立した子ゾーンになっていない、またはLGWAN接続系・マイナンバー利用事務系に直接届く
のを見つけます。

設定からは、外部利用者の印（external_users、外部利用者）を付けた機器から、登録なしにそれらのゾーンへ届く規則を見つけます。

## なぜ問題か

見知らぬ人が入力できるものは、見知らぬ人が悪用もできます。

## 例

申請システムが、職員用のプロキシと同じネットワークにある場合です。

## どうすればよいか

子ゾーンに分け、受け付けたデータは、登録した取込みの経路で渡してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-13",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT,),
)
