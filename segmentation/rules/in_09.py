"""Under β only screens cross, and only to listed hosts.

βモデルの通信は登録した相手への画面転送に限る。

## What it finds

Under β and β′: connections from the Internet zone into the LGWAN zone that do not lead to listed screen servers, or use
anything but screen protocols.

## Why it matters

Here the Internet side may open sessions, but only to receive a picture. Everything beyond that would be the plain merging
of two zones.

## Example

Besides the screen servers, the file server is reachable from the Internet zone.

## What to do instead

List the screen servers one by one and remove every other permit in that direction.

## 何を見つけるか

β・β′モデルで、インターネット接続系からLGWAN接続系への接続のうち、登録した画面サーバ以外へのもの、画面転送以外の手順による
ものを見つけます。

## なぜ問題か

このモデルではインターネット側から開始できますが、受け取ってよいのは画面だけです。それを超えれば、単に二つの領域をつないだ
ことになります。

## 例

画面サーバのほかに、ファイルサーバにもインターネット接続系から届く場合です。

## どうすればよいか

画面サーバを一台ずつ登録し、この向きのほかの許可を全て削除してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, Zone
from segmentation.rules.imports import lgwan_crossings
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit

_BETA = frozenset({ModelKind.BETA, ModelKind.BETA_PRIME})
_NOT_SCREEN = Text(
    "通信経路 {conduit}は、画面転送以外の目的でインターネット接続系からLGWAN接続系へ接続しています。",
    "The conduit {conduit} opens from the Internet zone into the LGWAN zone for something else than screen transfer.",
)
_UNLISTED = Text(
    "通信経路 {conduit}の画面サーバが、個別ではなくネットワークの範囲やゾーンで登録されています（{what}）。",
    "The screen servers of the conduit {conduit} are given as a network or zone ({what}) instead of one by one.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    if context.model.kind not in _BETA:
        return
    for crossing in lgwan_crossings(context):
        if crossing.opened_inside:
            continue
        conduit = crossing.ends.conduit
        if conduit.kind is not ConduitKind.SCREEN_TRANSFER:
            yield on_conduit(context, "IN-09", crossing.ends, _NOT_SCREEN, key="kind")
        elif crossing.inside.party.zones:
            zones = [context.model.zones[z] for z in crossing.inside.party.zones if z in context.model.zones]
            if all(_only_screens(context, z) for z in zones):
                continue  # a zone of nothing but registered screen servers is a list of them
            what = listing(tuple(z.name for z in zones))
            yield on_conduit(context, "IN-09", crossing.ends, _UNLISTED, key="listed", values={"what": what})


def _only_screens(context: RuleContext, zone: Zone) -> bool:
    faces = [
        f
        for g in context.model.gateways.values()
        if g.kind is GatewayKind.SCREEN_SERVER
        for f in g.faces
        if f.zone in context.model.zones_within(zone.id)
    ]
    return bool(faces)


RULE = rule(
    __doc__,
    "IN-09",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
