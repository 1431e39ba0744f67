"""Screen transfer into a My Number zone is decided and listed.

マイナンバー利用事務系への画面転送は決定と一覧に基づく。

## What it finds

Screen transfer into a My Number zone: forbidden where the profile does not enable it; where it does, only from listed
terminals, with a screen protocol and with the organisation's own recorded risk decision.

## Why it matters

It turns the whole desktop of the other zone into a keyboard of this one. The national text of March 2025 opens it only
for places that were examined.

## Example

Twenty listed terminals in the LGWAN zone open tcp/443 to a desktop server in the My Number zone, but no decision is on
file.

## What to do instead

Before declaring it, examine the risks, have the decision signed, enable the addition in the profile and list every
terminal.

## 何を見つけるか

マイナンバー利用事務系への画面転送を見つけます。プロファイルで有効にしていなければ禁止、有効な場合でも、一覧にした端末から、
画面転送の手順だけで、団体としてのリスク判断の記録がある場合に限ります。

## なぜ問題か

画面転送を許すと、相手側の端末がこちらの領域の操作卓になります。令和7年3月の国の改定も、個別に検討した相手に限って認めるも
のです。

## 例

LGWAN接続系の20台からマイナンバー利用事務系の画面サーバへ tcp/443 を開始しているのに、判断の記録が登録されていない場合です。

## どうすればよいか

登録の前にリスクを検討し、決裁を受け、プロファイルで追加事項を有効にしたうえで、端末を一台ずつ登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import FAMILIES
from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.mynumber import (
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.services import (
    SCREEN_AND_HTTPS,
    described,
    terms,
    within,
)
from segmentation.rules.subjects import on_conduit

_NOT_ENABLED = Text(
    "通信経路 {conduit}はマイナンバー利用事務系への画面転送ですが、このプロファイルでは認められていません。",
    "The conduit {conduit} is a screen transfer into a My Number zone, which this profile does not enable.",
)
_NO_DECISION = Text(
    "通信経路 {conduit}の画面転送について、団体としてのリスク判断の文書が登録されていません。",
    "No document of the organisation's risk decision is entered for the screen transfer {conduit}.",
)
_NOT_LISTED = Text(
    "通信経路 {conduit}の画面転送の開始側が、個々の端末ではなくゾーンやネットワークで登録されています。",
    "The terminals that open the screen transfer {conduit} are given as zones or networks instead of one by one.",
)
_NOT_SCREEN = Text(
    "通信経路 {conduit}の画面転送に、画面転送以外のサービス（{services}）が含まれています。",
    "The screen transfer {conduit} includes services that are no screen protocol ({services}).",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for crossing in mynumber_crossings(context):
        conduit = crossing.ends.conduit
        if conduit.kind is not ConduitKind.SCREEN_TRANSFER or crossing.inside_side != "responder":
            continue
        if "mn_screen" not in context.policy.addons:
            yield on_conduit(context, "MN-11", crossing.ends, _NOT_ENABLED, key="enabled")
            continue
        if not conduit.risk_decision:
            yield on_conduit(context, "MN-11", crossing.ends, _NO_DECISION, key="decision")
        wide = any(lo != hi for f in FAMILIES for lo, hi in crossing.peer.party.networks.family(f))
        if crossing.peer.party.zones or wide:
            yield on_conduit(context, "MN-11", crossing.ends, _NOT_LISTED, key="listed")
        spoken = terms(context.model, conduit.services)
        if not within(spoken, SCREEN_AND_HTTPS):
            values: dict[str, object] = {"services": described(spoken)}
            yield on_conduit(context, "MN-11", crossing.ends, _NOT_SCREEN, key="services", values=values)


RULE = rule(
    __doc__,
    "MN-11",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
