"""Web and mail are checked for malware both ways.

ウェブとメールを双方向でマルウェア検査する。

## What it finds

Mail and web ways in the Internet zone on which no gateway is entered as checking for malware, in or out.

The configuration of one device does not decide this; it takes the way over several devices. The linter does not judge it
yet.

## Why it matters

The policy asks for the check at the boundary in both directions: not only to stay clean, but also not to infect others.

## Example

Outgoing mail leaves through a relay that only forwards.

## What to do instead

Route it through the gateway that checks, and mark that gateway so. The egress operator tells which of its services do.

## 何を見つけるか

インターネット接続系のメールとウェブの経路のうち、マルウェアを検査する装置が登録されていないものを、入る側と出る側の両方で
見つけます。

一台の設定だけでは判定できず、複数の機器をたどった経路が必要なため、設定の検査（lint）ではまだ判定していません。

## なぜ問題か

規程は境界での検査を双方向で求めています。自らを守るだけでなく、他者に感染を広げないためでもあります。

## 例

送信メールが、転送するだけの中継から出ている場合です。

## どうすればよいか

検査を行う装置を通し、その装置に検査ありの印を付けます。集約先のどのサービスが検査を行うかは、運営者に確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import AddressSet
from segmentation.model.finding import Finding, Severity
from segmentation.model.gateways import GatewayKind
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.services import (
    MAIL_PORTS,
    WEB_PORTS,
    speaks,
)
from segmentation.rules.subjects import on_conduit

_UNCHECKED = Text(
    "インターネット接続系の{what}の通信経路 {conduit}に、マルウェアを検査する装置がありません。",
    "The {what} conduit {conduit} of the Internet zone passes no gateway that checks for malware.",
)
_MAIL = Text("メール", "mail")
_WEB = Text("ウェブ", "web")
#: Filtering and inspection is what these are there for.
_CHECKING = frozenset({GatewayKind.SECURITY_CLOUD, GatewayKind.UTM})


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    checking = [g for g in model.gateways.values() if g.antivirus or g.kind in _CHECKING]
    faces = AddressSet.union(f.addresses for g in checking for f in g.faces)
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.INTERNET,))
        if sides is None or not sides[1].kinds & {ZoneKind.OUTSIDE, ZoneKind.SECURITY_CLOUD}:
            continue
        mail, web = speaks(model, ends.conduit, MAIL_PORTS), speaks(model, ends.conduit, WEB_PORTS)
        ends_here = ends.initiator.addresses | ends.responder.addresses
        cloud = ZoneKind.SECURITY_CLOUD in sides[1].kinds
        passed = cloud or ends.conduit.gateway in {g.id for g in checking} or bool(faces & ends_here)
        if (mail or web) and not passed:
            yield on_conduit(context, "IN-14", ends, _UNCHECKED, values={"what": _MAIL if mail else _WEB})


RULE = rule(
    __doc__,
    "IN-14",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(REGISTRY,),
    check=_check,
)
