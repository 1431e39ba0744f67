"""No cleartext protocol in a My Number zone.

マイナンバー利用事務系で平文の通信手順を使わない。

## What it finds

Telnet, FTP, web logins without TLS, simple LDAP binds, SMB version 1 and SNMP versions 1 and 2c inside a My Number zone.

In a configuration: rules that let the ports of such protocols pass to, from or within the zone, even where a conduit is
declared. A port does not tell an SNMP or LDAP version; ask the contractor which one is spoken.

## Why it matters

Passwords of the most protected systems would be readable for any device on the same cable, and for whoever records the
traffic.

## Example

A maintenance script logs in to a switch by telnet.

## What to do instead

Switch to SSH, HTTPS, LDAPS, SMB 3 and SNMPv3. Where a product cannot, record it and plan its replacement with the vendor.

## 何を見つけるか

マイナンバー利用事務系で、telnet、FTP、暗号化していないウェブのログイン、LDAPの単純な認証、SMBの古い版、SNMPの1版・2c版が
使われているのを見つけます。

設定からは、これらの手順のポートを、このゾーンとの間やゾーン内で通す規則を、通信経路の登録があっても見つけます。SNMPやLDAPの版
はポートからは分からないため、どの版を使っているかを業者に確認してください。

## なぜ問題か

最も守るべきシステムのパスワードが、同じ配線の機器や、通信を記録できる人から読めてしまいます。

## 例

保守用の自動処理が、スイッチに telnet でログインしている場合です。

## どうすればよいか

SSH、HTTPS、LDAPS、SMB 3、SNMPv3 に切り替えます。製品が対応していないときは記録に残し、更新の時期を業者と決めてください。
"""

from __future__ import annotations

from segmentation.model.finding import Severity
from segmentation.rules.registry import LINT, SENSOR, rule

RULE = rule(
    __doc__,
    "MN-14",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR),
    implemented=(LINT, SENSOR),
)
