"""Local breakout goes to approved services only.

ローカルブレイクアウトは承認済みの接続先に限る。

## What it finds

Under α′: direct access from the LGWAN zone to anything but approved services through the breakout device; breakout
conduits without server names, tenant restriction, approval or a file gateway for downloads.

## Why it matters

The addition lets office software in the cloud be used without a detour. Without the limit to the own tenant it is an open
way to everybody's cloud storage.

## Example

The breakout conduit lists the provider's addresses but says nothing of the tenant.

## What to do instead

List destinations and server names, hold the device to the own tenant, send downloads through the file sanitizer, and have
it approved.

## 何を見つけるか

α′モデルで、LGWAN接続系から、分岐装置を通した承認済みサービス以外へ直接出る通信を見つけます。登録に、サーバ名・テナントの
限定・承認・取得ファイルの無害化のいずれかが欠けている場合も報告します。

## なぜ問題か

この方式は、クラウドの事務用ソフトを遠回りせずに使うためのものです。自団体のテナントに限らなければ、誰のクラウドにも通じる
道になります。

## 例

分岐の通信経路に事業者のアドレスはあるのに、テナントについての記載がない場合です。

## どうすればよいか

接続先とサーバ名を登録し、装置で自団体のテナントに限り、取得したファイルは無害化装置に通し、承認を受けてください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit

_INCOMPLETE = Text(
    "ローカルブレイクアウトの通信経路 {conduit}に、{missing}がありません。",
    "The local breakout {conduit} lacks: {missing}.",
)
_WRONG_KIND = Text(
    "通信経路 {conduit}は、承認済みサービスへのローカルブレイクアウト以外の方法でインターネットへ直接出ています。",
    "The conduit {conduit} goes straight to the Internet otherwise than as a local breakout to approved services.",
)
_DESTINATIONS = Text("個別の接続先", "single destinations")
_NAMES = Text("接続先のサーバ名", "server names")
_TENANT = Text("テナントの限定", "restriction to the own tenant")
_DOWNLOADS = Text("取得ファイルの無害化装置", "file sanitizer for downloads")
_DEVICE = Text("分岐を行う装置", "breakout device")
_APPROVAL = Text("承認", "approval")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if model.kind is not ModelKind.ALPHA_PRIME or "alpha_prime" not in context.policy.addons:
        return  # then LG-15 forbids it altogether
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.LGWAN,))
        if sides is None or ZoneKind.OUTSIDE not in sides[1].kinds:
            continue
        conduit = ends.conduit
        if conduit.kind is not ConduitKind.LOCAL_BREAKOUT:
            yield on_conduit(context, "LG-14", ends, _WRONG_KIND, key="kind")
            continue
        device, sanitizer = model.gateways.get(conduit.gateway), model.gateways.get(conduit.download_gateway)
        missing = [
            name
            for name, present in (
                (_DESTINATIONS, not sides[1].party.zones),
                (_NAMES, conduit.server_names),
                (_TENANT, conduit.tenant_restriction),
                (_DOWNLOADS, sanitizer is not None and sanitizer.kind is GatewayKind.FILE_SANITIZER),
                (_DEVICE, device is not None and device.kind is GatewayKind.LOCAL_BREAKOUT),
                (_APPROVAL, any(a.name for a in conduit.approvals)),
            )
            if not present
        ]
        if missing:
            yield on_conduit(context, "LG-14", ends, _INCOMPLETE, values={"missing": listing(tuple(missing))})


RULE = rule(
    __doc__,
    "LG-14",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
