"""Screen transfer is opened from the right side, with screen protocols.

画面転送は定めた側から画面用の手順で開始する。

## What it finds

A screen transfer that is opened from the wrong side for the model in use, uses other ports than those of screen
protocols, or leads to a server that is not listed.

## Why it matters

Under the α model the LGWAN terminal opens the session outward and receives a picture. If the Internet side may open
sessions inward, it holds a remote control of the inside.

## Example

A host in the Internet zone opens tcp/443 to a server in the LGWAN zone: forbidden under α, normal under β.

## What to do instead

Check which model the city has decided. Turn the rule round, list the screen servers one by one and use their protocol's
port only.

## 何を見つけるか

画面転送のうち、採用しているモデルと逆の側から開始するもの、画面転送の手順以外のポートを使うもの、一覧にないサーバに向かう
ものを見つけます。

## なぜ問題か

αモデルでは、LGWAN側の端末が外に向けて開始し、画像を受け取ります。インターネット側から開始できると、内側を遠隔操作できるこ
とになります。

## 例

インターネット接続系の機器からLGWAN接続系のサーバへ tcp/443 を開始する通信は、αモデルでは違反、βモデルでは通常の姿です。

## どうすればよいか

市がどのモデルに決定したかを確認します。規則の向きを直し、画面サーバを一台ずつ登録し、その手順のポートだけを許可してくださ
い。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind
from segmentation.rules.imports import lgwan_crossings
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.services import (
    SCREEN_AND_HTTPS,
    described,
    terms,
    within,
)
from segmentation.rules.subjects import on_conduit

_WRONG_SIDE = Text(
    "通信経路 {conduit}の画面転送がインターネット側から開始されています。"
    "{model}では、LGWAN接続系から開始しなければなりません。",
    "The screen transfer {conduit} is opened from the Internet side; under {model} the LGWAN zone must open it.",
)
_SERVICES = Text(
    "画面転送の通信経路 {conduit}に、画面転送以外のサービス（{services}）が含まれています。",
    "The screen transfer {conduit} includes services that are no screen protocol ({services}).",
)
_UNLISTED = Text(
    "画面転送の通信経路 {conduit}の相手が、個々のサーバではなくゾーンやネットワークで登録されています。",
    "The servers of the screen transfer {conduit} are given as zones or networks instead of one by one.",
)
_ALPHA = Text("αモデル", "the α model")
_THIS = Text("このモデル", "this model")
_BETA = frozenset({ModelKind.BETA, ModelKind.BETA_PRIME})


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for crossing in lgwan_crossings(context):
        conduit, ends = crossing.ends.conduit, crossing.ends
        if conduit.kind is not ConduitKind.SCREEN_TRANSFER:
            continue
        if not crossing.opened_inside and model.kind not in _BETA:
            name = _ALPHA if model.kind in (ModelKind.ALPHA, ModelKind.ALPHA_PRIME) else _THIS
            yield on_conduit(context, "LG-06", ends, _WRONG_SIDE, key="side", values={"model": name})
        spoken = terms(model, conduit.services)
        if not within(spoken, SCREEN_AND_HTTPS):
            yield on_conduit(context, "LG-06", ends, _SERVICES, key="services", values={"services": described(spoken)})
        if crossing.opened_inside and ends.responder.party.zones:
            yield on_conduit(context, "LG-06", ends, _UNLISTED, key="servers")


RULE = rule(
    __doc__,
    "LG-06",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
