"""LGWAN peers are listed one by one.

LGWANの接続先を個別に登録している。

## What it finds

Traffic or permits between the LGWAN zone and the LGWAN that no conduit lists, and conduits that name the whole LGWAN or
any service instead of single peers.

## Why it matters

The LGWAN joins all municipalities. A trusted network of that size is trusted only peer by peer.

## Example

A firewall rule permits the whole LGWAN range on tcp/443 because one application service was added.

## What to do instead

Enter each application service with address, port and approval. The service's operator publishes the list of addresses to
its users.

## 何を見つけるか

LGWAN接続系とLGWANとの間の登録のない通信や許可、個々の接続先ではなくLGWAN全体や全てのサービスを相手とする登録を見つけます。

## なぜ問題か

LGWANには全国の自治体がつながっています。それほど大きな網は、接続先ごとにしか信頼できません。

## 例

新しいLGWAN-ASPを一つ使い始めるために、LGWANの全アドレスへの tcp/443 を許可した場合です。

## どうすればよいか

サービスごとにアドレス・ポート・承認を登録します。アドレスの一覧は、サービスの提供者が利用団体に示しています。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.services import (
    terms,
)
from segmentation.rules.subjects import listing, on_conduit

_WHOLE = Text(
    "通信経路 {conduit}は、LGWANの接続先を個別に登録せず、{zone}の全体を相手にしています。",
    "The conduit {conduit} names the whole of {zone} instead of single LGWAN peers.",
)
_ANY = Text(
    "LGWANとの通信経路 {conduit}が、全てのサービスを許しています。",
    "The conduit {conduit} with the LGWAN admits any service.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.LGWAN_NETWORK,))
        if sides is None or ZoneKind.LGWAN not in sides[1].kinds:
            continue
        zones = [context.model.zones[z] for z in sides[0].party.zones if z in context.model.zones]
        whole = tuple(z.name for z in zones if z.kind is ZoneKind.LGWAN_NETWORK)
        if whole:
            yield on_conduit(context, "LG-13", ends, _WHOLE, key="whole", values={"zone": listing(whole)})
        if any(t.single_protocol is None for t in terms(context.model, ends.conduit.services)):
            yield on_conduit(context, "LG-13", ends, _ANY, key="any")


RULE = rule(
    __doc__,
    "LG-13",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
