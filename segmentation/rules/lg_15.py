"""No direct Internet access where the model has none.

採用していないモデルの直接通信がない。

## What it finds

Any permit, conduit or flow from the LGWAN zone straight to the Internet when the organisation has not adopted α′, or when
its policy does not provide for it.

## Why it matters

A breakout is a decision of the organisation, with conditions. Without the decision it is simply an Internet connection in
the wrong zone.

## Example

The model says α, and one terminal network has a permit to a cloud provider.

## What to do instead

Remove the permit. If the cloud service is wanted, decide on the model first and update the profile.

## 何を見つけるか

α′モデルを採用していない、または規程に定めがないのに、LGWAN接続系からインターネットへ直接向かう許可・登録・通信を見つけま
す。

## なぜ問題か

直接の接続は、条件を付けた団体としての決定によるものです。決定がなければ、置いてはならない場所にあるインターネット接続にす
ぎません。

## 例

モデルはαなのに、ある端末ネットワークからクラウド事業者への許可がある場合です。

## どうすればよいか

許可を削除します。クラウドサービスが必要なのであれば、先にモデルを決定し、プロファイルを改めてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_conduit, on_place

_DIRECT = Text(
    "通信経路 {conduit}はLGWAN接続系からインターネットへ直接つながっていますが、"
    "α′モデルを採用していないか、規程に定めがありません。",
    "The conduit {conduit} joins the LGWAN zone straight to the Internet, but α′ is not adopted or the policy lacks it.",
)
_FLAG = Text(
    "モデルがα′とされていますが、プロファイル「{profile}」はα′モデルを認めていません。",
    "The model is α′, but the profile {profile} does not provide for it.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    provided = "alpha_prime" in context.policy.addons and ModelKind.ALPHA_PRIME in context.policy.models
    adopted = context.model.kind is ModelKind.ALPHA_PRIME
    if adopted and provided:
        return
    if adopted:
        message = _FLAG.format(profile=context.policy.profile)
        yield on_place(context, "LG-15", "model:kind", context.model_location, message)
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.LGWAN,))
        if sides is not None and ZoneKind.OUTSIDE in sides[1].kinds:
            yield on_conduit(context, "LG-15", ends, _DIRECT)


RULE = rule(
    __doc__,
    "LG-15",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
