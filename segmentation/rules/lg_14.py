"""Local breakout goes to approved services only.

ローカルブレイクアウトは承認済みの接続先に限る。

## What it finds

Under α′: direct access from the LGWAN zone to anything but approved services through the breakout device; breakout
conduits without server names, tenant restriction, approval or a file gateway for downloads.

## Why it matters

The addition lets office software in the cloud be used without a detour. Without the limit to the own tenant it is an open
way to everybody's cloud storage.

## Example

The breakout conduit lists the provider's addresses but says nothing of the tenant.

## What to do instead

List destinations and server names, hold the device to the own tenant, send downloads through the file sanitizer, and have
it approved.

## 何を見つけるか

α′モデルで、LGWAN接続系から、分岐装置を通した承認済みサービス以外へ直接出る通信を見つけます。登録に、サーバ名・テナントの
限定・承認・取得ファイルの無害化のいずれかが欠けている場合も報告します。

## なぜ問題か

この方式は、クラウドの事務用ソフトを遠回りせずに使うためのものです。自団体のテナントに限らなければ、誰のクラウドにも通じる
道になります。

## 例

分岐の通信経路に事業者のアドレスはあるのに、テナントについての記載がない場合です。

## どうすればよいか

接続先とサーバ名を登録し、装置で自団体のテナントに限り、取得したファイルは無害化装置に通し、承認を受けてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-14",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
