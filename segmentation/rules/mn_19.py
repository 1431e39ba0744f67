"""A cloud extension of a My Number zone uses closed lines only.

クラウド上のマイナンバー利用事務系は閉域でのみつながる。

## What it finds

A part of a My Number zone that continues in a cloud: its line must be closed or encrypted and on the register, it must
not be connected to the Internet side, and a recent statement about its own Internet gateway must be on file.

## Why it matters

The networks in the cloud belong to the zone as much as those in the machine room, but their configuration is not in our
devices. One added gateway there opens the zone from behind.

## Example

The conduit of kind zone_extension leads to 10.110.0.0/24; no statement of the operator is entered.

## What to do instead

Have the operator export the route tables and gateways, file them, and enter the statement with name and date. Repeat
after each change there.

## 何を見つけるか

クラウド上に延びたマイナンバー利用事務系について、回線が閉域または暗号化として登録されているか、インターネット側と接続して
いないか、クラウド側にインターネットへの出口がないことの申告が最近のものとしてあるかを確認します。

## なぜ問題か

クラウド上のネットワークも庁内の機械室と同じ領域ですが、その設定は庁内の装置には現れません。向こう側に出口が一つ加わるだけ
で、領域が裏から開いてしまいます。

## 例

種類が「ゾーンの延長」の通信経路が 10.110.0.0/24 に向かっているのに、運用者の申告が登録されていない場合です。

## どうすればよいか

運用者に経路表と出口の一覧を出力してもらい、保管したうえで、申告者と日付を登録します。クラウド側の変更のたびに繰り返してく
ださい。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import ATTESTATION, REGISTRY, RuleContext, rule
from segmentation.rules.reviews import attested
from segmentation.rules.subjects import label, on_conduit

_NO_LINE = Text(
    "通信経路 {conduit}はクラウドなどに延びていますが、その先のゾーンへの回線が外部接続の台帳にありません。",
    "The conduit {conduit} extends the zone elsewhere, but no registered external connection leads to that zone.",
)
_OPEN_LINE = Text(
    "通信経路 {conduit}の延長に使う回線 {line}が、閉域でも暗号化でもありません。",
    "The line {line} that carries the extension {conduit} is neither closed nor encrypted.",
)
_CLAIM = Text("クラウド側にインターネットへの出口がないこと", "that the cloud side has no way to the Internet")
_CLOSED_LINES = frozenset({"closed", "lgwan", "ipsec"})


def _check(context: RuleContext) -> Iterator[Finding]:
    extended = False
    for ends in context.conduits:
        if (
            ends.conduit.kind is not ConduitKind.ZONE_EXTENSION
            or ZoneKind.MYNUMBER not in ends.initiator.kinds | ends.responder.kinds
        ):
            continue
        extended = True
        far = {z.id for z in ends.responder.zones} - {z.id for z in ends.initiator.zones}
        lines = [c for c in context.model.external_connections.values() if far & set(c.zones)]
        if not lines:
            yield on_conduit(context, "MN-19", ends, _NO_LINE, key="line")
        for line in lines:
            if not line.encrypted and line.line not in _CLOSED_LINES:
                yield on_conduit(context, "MN-19", ends, _OPEN_LINE, key=f"open:{line.id}", values={"line": label(line)})
    if extended:
        yield from attested(context, "MN-19", _CLAIM, Severity.HIGH)


RULE = rule(
    __doc__,
    "MN-19",
    severity=Severity.HIGH,
    sides=(REGISTRY, ATTESTATION),
    implemented=(REGISTRY, ATTESTATION),
    check=_check,
)
