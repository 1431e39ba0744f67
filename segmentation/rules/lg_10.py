"""The sanitizer's log agrees with the traffic.

無害化装置の記録と通信が一致する。

## What it finds

Transfers out of a sanitizer that its own log does not show, and sanitizers for which no log source is entered at all.

## Why it matters

When a sanitizer fails open it still delivers, but no longer writes. Only the comparison of log and wire shows it.

## Example

Forty files passed on Monday, the log holds thirty-one.

## What to do instead

Enter where the log comes from and have it sent to the log store. Ask the vendor what the product does when its engine
stops.

## 何を見つけるか

無害化装置から出た転送のうち装置自身の記録にないもの、記録の取得元が登録されていない装置を見つけます。

## なぜ問題か

装置が異常時に素通しする作りだと、配送は続くのに記録が止まります。記録と通信を突き合わせて初めて分かります。

## 例

月曜日に40件のファイルが通ったのに、記録は31件しかない場合です。

## どうすればよいか

記録の取得元を登録し、ログの保管先へ送ります。無害化の機能が止まったときの動作を業者に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.rules.registry import REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_entry

_NO_LOG = Text(
    "無害化装置 {entry}の記録の取得元が登録されていません。記録と通信を突き合わせることができません。",
    "No source of its log is entered for the sanitizer {entry}: log and traffic cannot be compared.",
)
_SANITIZERS = frozenset({GatewayKind.MAIL_SANITIZER, GatewayKind.FILE_SANITIZER})


def _check(context: RuleContext) -> Iterator[Finding]:
    for gateway in context.model.gateways.values():
        if gateway.kind in _SANITIZERS and not gateway.log:
            yield on_entry(context, "LG-10", "gateway", gateway, _NO_LOG)


RULE = rule(
    __doc__,
    "LG-10",
    severity=Severity.HIGH,
    sides=(SENSOR, REGISTRY),
    implemented=(REGISTRY, SENSOR),
    check=_check,
)
