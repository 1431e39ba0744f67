"""Under β only screens cross, and only to listed hosts.

βモデルの通信は登録した相手への画面転送に限る。

## What it finds

Under β and β′: connections from the Internet zone into the LGWAN zone that do not lead to listed screen servers, or use
anything but screen protocols.

## Why it matters

Here the Internet side may open sessions, but only to receive a picture. Everything beyond that would be the plain merging
of two zones.

## Example

Besides the screen servers, the file server is reachable from the Internet zone.

## What to do instead

List the screen servers one by one and remove every other permit in that direction.

## 何を見つけるか

β・β′モデルで、インターネット接続系からLGWAN接続系への接続のうち、登録した画面サーバ以外へのもの、画面転送以外の手順による
ものを見つけます。

## なぜ問題か

このモデルではインターネット側から開始できますが、受け取ってよいのは画面だけです。それを超えれば、単に二つの領域をつないだ
ことになります。

## 例

画面サーバのほかに、ファイルサーバにもインターネット接続系から届く場合です。

## どうすればよいか

画面サーバを一台ずつ登録し、この向きのほかの許可を全て削除してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-09",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(),
)
