"""Personnel and bidding systems stay where the model allows.

人事・入札等の業務はモデルが認める場所に置く。

## What it finds

Hosts of personnel, payroll, finance or bidding work that stand in the Internet zone although the model is not β′.

## Why it matters

Only β′, with its further measures, lets such systems stand there. Under β they stay in the LGWAN zone and are used
through a screen.

## Example

The personnel server got an address in the Internet zone, the model says β.

## What to do instead

Move the server back, or decide on β′ with its conditions. Ask the personnel section before touching it.

## 何を見つけるか

β′モデルではないのに、人事・給与・財務・入札などの業務の機器がインターネット接続系に置かれているのを見つけます。

## なぜ問題か

これらのシステムを置けるのは、追加の対策を伴うβ′モデルだけです。βモデルではLGWAN接続系に残し、画面を通して使います。

## 例

モデルはβなのに、人事のサーバがインターネット接続系のアドレスになっている場合です。

## どうすればよいか

サーバを戻すか、条件をそろえてβ′モデルへの移行を決定します。作業の前に、業務の担当課に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.rules.registry import REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_entry

#: Work that only β′ lets stand in the Internet zone.
_TAGS = frozenset({"入札", "人事", "給与", "職員情報", "財務", "財務会計", "personnel", "bidding", "finance"})
#: Schemes in which the Internet zone is not where such work is done anyway.
_LAYERED = frozenset({ModelKind.ALPHA, ModelKind.ALPHA_PRIME, ModelKind.BETA, ModelKind.BETA_PRIME})
_WRONG = Text(
    "「{tags}」の機器 {entry}がインターネット接続系「{zone}」にあります。置けるのはβ′モデルだけです。",
    "The host {entry} ({tags}) stands in the Internet zone {zone}; only the β′ model allows that.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if model.kind not in _LAYERED or (model.kind is ModelKind.BETA_PRIME and model.kind in context.policy.models):
        return
    for host in model.endpoints.values():
        tags, zone = sorted(host.tags & _TAGS), model.zones.get(host.zone)
        if tags and zone is not None and zone.kind is ZoneKind.INTERNET and host.valid_on(context.at):
            values: dict[str, object] = {"tags": "・".join(tags), "zone": zone.name}
            yield on_entry(context, "IN-08", "endpoint", host, _WRONG, values=values, dst_zone=zone.id)


RULE = rule(
    __doc__,
    "IN-08",
    severity=Severity.CRITICAL,
    sides=(SENSOR, REGISTRY),
    implemented=(REGISTRY,),
    check=_check,
)
