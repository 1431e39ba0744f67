"""The concentrated egress is the only way out.

インターネットへの出口は集約先の一つだけである。

## What it finds

Every other way to the Internet than the concentrated egress: a default route, address translation, a PPPoE, DHCP or
mobile line, a declared conduit past it, or packets that leave for another router.

## Why it matters

The egress is where filtering, inspection and round-the-clock watching happen. A second line in some office has none of
that.

## Example

A department ordered a cheap line for a video meeting and plugged it into the Internet zone.

## What to do instead

Find the line's contract, disconnect it, and give the department the approved way. Ask the section that pays the bill.

## 何を見つけるか

集約先以外のインターネットへの経路を見つけます。既定経路、アドレス変換、PPPoE・DHCP・モバイルの回線、集約先を通らない登録、
別のルータへ向かうパケットが該当します。

## なぜ問題か

出口には、通信の選別・検査・二十四時間の監視が集められています。どこかの部署の二本目の回線には、そのどれもありません。

## 例

ある部署がウェブ会議のために安価な回線を契約し、インターネット接続系につないだ場合です。

## どうすればよいか

回線の契約を調べて切り離し、承認された経路を案内します。誰の契約かは、料金を支払っている課に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.egress import INTERNET_LINES, egress_conduits, through
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_conduit, on_entry

_PAST = Text(
    "通信経路 {conduit}は、定められた出口（{egress}）を通らずにインターネットへ向かっています。",
    "The conduit {conduit} goes to the Internet past the egress that the policy names ({egress}).",
)
_LINE = Text(
    "外部接続 {entry}は、ゾーン「{zone}」をインターネットへ直接つなぐ回線です。",
    "The external connection {entry} is a line that joins the zone {zone} straight to the Internet.",
)
_CLOUD = Text("自治体情報セキュリティクラウド", "the municipal security cloud")


def _check(context: RuleContext) -> Iterator[Finding]:
    if context.policy.egress != "security_cloud":
        return
    model = context.model
    name = context.policy.egress_name or _CLOUD
    cloud = frozenset({GatewayKind.SECURITY_CLOUD})
    for ends in egress_conduits(context):
        if not through(context, ends, cloud):
            yield on_conduit(context, "IN-01", ends, _PAST, values={"egress": name})
    for line in model.external_connections.values():
        inside = [model.zones[z] for z in line.zones if z in model.zones and model.zones[z].kind is ZoneKind.INTERNET]
        if line.line in INTERNET_LINES and inside and not line.remote_access:
            yield on_entry(context, "IN-01", "connection", line, _LINE, values={"zone": inside[0].name})


RULE = rule(
    __doc__,
    "IN-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
