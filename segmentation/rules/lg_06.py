"""Screen transfer is opened from the right side, with screen protocols.

画面転送は定めた側から画面用の手順で開始する。

## What it finds

A screen transfer that is opened from the wrong side for the model in use, uses other ports than those of screen
protocols, or leads to a server that is not listed.

## Why it matters

Under the α model the LGWAN terminal opens the session outward and receives a picture. If the Internet side may open
sessions inward, it holds a remote control of the inside.

## Example

A host in the Internet zone opens tcp/443 to a server in the LGWAN zone: forbidden under α, normal under β.

## What to do instead

Check which model the city has decided. Turn the rule round, list the screen servers one by one and use their protocol's
port only.

## 何を見つけるか

画面転送のうち、採用しているモデルと逆の側から開始するもの、画面転送の手順以外のポートを使うもの、一覧にないサーバに向かう
ものを見つけます。

## なぜ問題か

αモデルでは、LGWAN側の端末が外に向けて開始し、画像を受け取ります。インターネット側から開始できると、内側を遠隔操作できるこ
とになります。

## 例

インターネット接続系の機器からLGWAN接続系のサーバへ tcp/443 を開始する通信は、αモデルでは違反、βモデルでは通常の姿です。

## どうすればよいか

市がどのモデルに決定したかを確認します。規則の向きを直し、画面サーバを一台ずつ登録し、その手順のポートだけを許可してくださ
い。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "LG-06",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR),
)
