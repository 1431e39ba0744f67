"""Remote access by VPN, authentication and encryption only.

庁外からの利用はVPN・認証・暗号化を必須とする。

## What it finds

Remote desktop, SSH or telnet reachable from the Internet, and lines for remote access that lack encryption, more than one
factor of authentication, or approvals.

## Why it matters

It is the most frequent way in for ransomware, together with unpatched VPN devices.

## Example

A conduit leads from the Internet to a server on tcp/3389.

## What to do instead

Remove it. Let people come in over the VPN with strong authentication, and list who may.

## 何を見つけるか

インターネットから届くリモートデスクトップ・SSH・telnet、暗号化・複数の要素による認証・承認のいずれかを欠く庁外からの接続
回線を見つけます。

## なぜ問題か

更新されていないVPN装置と並んで、身代金要求型ウイルスの最も多い侵入口です。

## 例

インターネットからサーバへの tcp/3389 の通信経路が登録されている場合です。

## どうすればよいか

登録を削除し、強固な認証を備えたVPNを使うこととし、利用できる人を一覧にしてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-17",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT,),
)
