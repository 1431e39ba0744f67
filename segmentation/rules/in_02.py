"""Web, names and mail do not bypass the egress.

ウェブ・名前解決・メールが集約先を迂回しない。

## What it finds

Web, QUIC, names, encrypted names and mail that go straight to global addresses instead of through the proxy, resolver and
relay of the egress.

## Why it matters

Each of these has its own inspection at the egress. A program that asks its own resolver over HTTPS is invisible there.

## Example

A terminal sends UDP/443 to a video service past the proxy.

## What to do instead

Block these ports at the boundary for everything but the listed relays, and set browsers to the proxy.

## 何を見つけるか

ウェブ、QUIC、名前解決、暗号化された名前解決、メールが、集約先のプロキシ・名前解決サーバ・中継を通らず、グローバルアドレス
に直接向かうのを見つけます。

## なぜ問題か

集約先ではそれぞれに検査があります。独自に暗号化して名前を問い合わせるプログラムは、そこでは見えません。

## 例

端末がプロキシを通らず、動画サービスへ UDP/443 で送信している場合です。

## どうすればよいか

登録した中継以外からのこれらのポートを境界で遮断し、ブラウザをプロキシに向けてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "IN-02",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
