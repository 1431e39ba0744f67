"""No public line to the inside without protection.

公衆回線から内部へ無防備につながせない。

## What it finds

Public lines, such as public wireless LAN or mobile networks, that lead inside without both encryption and more than one
factor of authentication on record, and conduits from a guest network inward.

## Why it matters

On a public line the neighbour is unknown.

## Example

A mobile line for outdoor work is entered without "mfa".

## What to do instead

Record both protections, or close the line. Ask the vendor of the terminals how they log in.

## 何を見つけるか

公衆無線LANや携帯電話網などの公衆回線から内部への接続のうち、暗号化と複数の要素による認証の両方の記録がないもの、来庁者用
の網から内へ向かう登録を見つけます。

## なぜ問題か

公衆回線では、隣に誰がいるのか分かりません。

## 例

屋外業務用のモバイル回線に、認証の記載がない場合です。

## どうすればよいか

両方の対策を登録するか、回線をやめます。認証の方法は端末の導入業者に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit, on_entry

_PUBLIC = frozenset({"public_wlan", "mobile", "public"})
_LACKS = Text(
    "公衆回線による接続 {entry}に、{missing}の記録がありません。",
    "The connection {entry} over a public line has no record of: {missing}.",
)
_GUEST = Text(
    "通信経路 {conduit}は、来庁者用のネットワークから内部（{zone}）へ向かっています。",
    "The conduit {conduit} leads from a guest network to the inside ({zone}).",
)
_ENCRYPTION = Text("暗号化", "encryption")
_FACTORS = Text("複数の要素による認証", "more than one factor of authentication")
_NOT_INSIDE = frozenset({ZoneKind.GUEST, ZoneKind.OUTSIDE})


def _check(context: RuleContext) -> Iterator[Finding]:
    for line in context.model.external_connections.values():
        if line.line not in _PUBLIC:
            continue
        missing = tuple(name for name, present in ((_ENCRYPTION, line.encrypted), (_FACTORS, line.mfa)) if not present)
        if missing:
            yield on_entry(context, "NC-18", "connection", line, _LACKS, values={"missing": listing(missing)})
    for ends in context.conduits:
        inside = tuple(z.name for z in ends.responder.zones if z.kind not in _NOT_INSIDE)
        if ZoneKind.GUEST in ends.initiator.kinds and inside:
            yield on_conduit(context, "NC-18", ends, _GUEST, values={"zone": listing(inside)})


RULE = rule(
    __doc__,
    "NC-18",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
