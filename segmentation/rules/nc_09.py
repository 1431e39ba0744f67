"""Lines to elsewhere are closed or encrypted.

外部との回線は閉域か暗号化とする。

## What it finds

External lines that are neither closed nor encrypted, and VPNs with outdated methods: DES, 3DES, MD5, Diffie-Hellman
groups 1 and 2, IKE version 1 in aggressive mode.

In a configuration also counted as outdated: no encryption (NULL), RC4 and other old ciphers, Diffie-Hellman groups 5, 22,
23 and 24 (RFC 8221, RFC 8247), PPTP, and tunnels that do not encrypt at all (GRE, IP in IP).

## Why it matters

Over an open line everybody on the way can read and change what passes.

## Example

The branch line is a plain Internet connection with no VPN entered.

## What to do instead

Encrypt it with current methods; the contractor can name the parameters in use. If the carrier's line is closed, enter it
as such.

## 何を見つけるか

閉域でも暗号化でもない外部との回線や、古い方式（DES、3DES、MD5、DHグループ1・2、IKEv1のアグレッシブモード）のVPNを見つけま
す。

設定からは、暗号なし（NULL）、RC4などの古い暗号、DHグループ5・22・23・24（RFC 8221、RFC 8247）、PPTP、全く暗号化しないトンネル
（GRE、IP in IP）も見つけます。

## なぜ問題か

開いた回線では、途中の誰もが内容を読み、書き換えることができます。

## 例

支所の回線が普通のインターネット接続で、VPNの登録がない場合です。

## どうすればよいか

現在の方式で暗号化します。使用中の設定値は保守業者に確認できます。通信事業者の閉域回線であれば、その旨を登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry

#: Lines that nobody else shares, or that encrypt by themselves.
_PROTECTED = frozenset({"closed", "lgwan", "ipsec"})
#: Zones where an open line is expected: the Internet itself and visitors.
_OPEN_BY_NATURE = frozenset({ZoneKind.OUTSIDE, ZoneKind.GUEST})
_OPEN = Text(
    "外部接続 {entry}の回線（{line}）が、閉域でも暗号化でもありません。",
    "The line of the external connection {entry} ({line}) is neither closed nor encrypted.",
)
_UNNAMED = Text("種類の記載なし", "kind not entered")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for line in model.external_connections.values():
        kinds = {model.zones[z].kind for z in line.zones if z in model.zones}
        if line.encrypted or line.line in _PROTECTED or (kinds and kinds <= _OPEN_BY_NATURE):
            continue
        yield on_entry(context, "NC-09", "connection", line, _OPEN, values={"line": line.line or _UNNAMED})


RULE = rule(
    __doc__,
    "NC-09",
    severity=Severity.MEDIUM,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
