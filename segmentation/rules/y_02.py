"""The UTM is the only way out.

インターネットへの出口はUTMだけである。

## What it finds

Any other way to the Internet than the UTM: conduits, routes, translations or packets past it.

## Why it matters

It is the only place where this organisation inspects anything.

## Example

A second router gives the meeting room its own connection.

## What to do instead

Disconnect it and bring the room behind the UTM.

## 何を見つけるか

UTM以外のインターネットへの経路を、登録・経路・アドレス変換・パケットから見つけます。

## なぜ問題か

この団体で通信を検査しているのは、そこだけです。

## 例

二台目のルータで、会議室に別の接続を設けている場合です。

## どうすればよいか

切り離し、会議室の通信もUTMを通してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.registers import DeviceRecord
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.egress import INTERNET_LINES, egress_conduits, through
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_conduit, on_entry

_PAST = Text(
    "通信経路 {conduit}は、UTMを通らずにインターネットへ向かっています。",
    "The conduit {conduit} goes to the Internet past the UTM.",
)
_LINE = Text(
    "外部接続 {entry}は、UTMを通らずに内部（{zone}）をインターネットにつなぐ回線です。",
    "The external connection {entry} joins the inside ({zone}) to the Internet past the UTM.",
)
_VISITORS = frozenset({ZoneKind.GUEST, ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD})


def _check(context: RuleContext) -> Iterator[Finding]:
    if context.policy.egress != "utm":
        return
    model = context.model
    utm = frozenset({GatewayKind.UTM})
    for ends in egress_conduits(context):
        if not through(context, ends, utm):
            yield on_conduit(context, "Y-02", ends, _PAST)
    carried = {i.external for d in model.devices.values() for i in d.interfaces if _is_utm(context, d)}
    for line in model.external_connections.values():
        inside = [model.zones[z] for z in line.zones if z in model.zones and model.zones[z].kind not in _VISITORS]
        if line.line in INTERNET_LINES and inside and line.id not in carried:
            yield on_entry(context, "Y-02", "connection", line, _LINE, values={"zone": inside[0].name})


def _is_utm(context: RuleContext, device: DeviceRecord) -> bool:
    gateway = context.model.gateways.get(device.gateway)
    return gateway is not None and gateway.kind is GatewayKind.UTM


RULE = rule(
    __doc__,
    "Y-02",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
