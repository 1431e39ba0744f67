"""Devices are managed from the management zone only.

機器の管理は管理用のゾーンからに限る。

## What it finds

Device management that is reachable from elsewhere than the management zone, management by telnet, plain web or a public
SNMP community, and accounts left at their factory setting.

Also sources that are not limited to the management zone, SSH version 1, SNMP that may write, accounts without a password,
and passwords kept in a reversible or outdated form.

## Why it matters

Who manages the firewall decides what the firewall does.

## Example

A firewall answers SSH from the whole staff network.

## What to do instead

Permit management from the management zone only, encrypted only, and change every factory account.

## 何を見つけるか

管理用のゾーン以外から届く機器の管理画面、telnetや暗号化のないウェブ、公開のSNMPによる管理、初期設定のままの管理者を見つけ
ます。

管理用のゾーンに限定していない接続元、SSHの版1、書込みのできるSNMP、パスワードのない利用者、元に戻せる形や古い方式で保存された
パスワードも見つけます。

## なぜ問題か

ファイアウォールを管理できる者が、ファイアウォールの動きを決めます。

## 例

ファイアウォールが、職員用ネットワーク全体からのSSHに応答する場合です。

## どうすればよいか

管理は管理用のゾーンから暗号化して行うものだけを許可し、初期設定の管理者を全て変更してください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "NC-21",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
