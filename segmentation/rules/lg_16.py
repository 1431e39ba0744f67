"""Telework shows screens only, through the listed gateway.

テレワークは登録した中継を経た画面転送に限る。

## What it finds

Telework into the LGWAN zone by anything but screen transfer, opened by the outside, or through a gateway that is not
listed.

In a configuration: rules that let screen protocols be opened into the zone from the LGWAN, another organisation or the
Internet without a declared conduit.

## Why it matters

The home network is nobody's zone. Only pictures and keys may cross.

## Example

A VPN gives the telework terminals an address in the LGWAN zone.

## What to do instead

Use the telework service of the LGWAN, with its agent opening the session from inside, and list its gateway.

## 何を見つけるか

LGWAN接続系へのテレワークのうち、画面転送以外によるもの、外から内に向けて開始するもの、登録していない中継によるものを見つ
けます。

設定からは、LGWAN・他団体・インターネットの側から画面操作を開始できる、登録のない規則を見つけます。

## なぜ問題か

自宅の網はどのゾーンでもありません。越えてよいのは画面と操作だけです。

## 例

VPNで、テレワーク端末にLGWAN接続系のアドレスを与えている場合です。

## どうすればよいか

内側の常駐ソフトから開始する方式の、LGWANのテレワークサービスを使い、その中継を登録してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-16",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT,),
)
