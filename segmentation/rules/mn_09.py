"""Public institutions are reached through the LGWAN.

公的機関等との通信はLGWANを経由する。

## What it finds

A public institution that is reached otherwise than through the LGWAN. Where the policy is silent about the route it is
an advice, where the profile demands it a breach.

## Why it matters

The national text assumes the LGWAN as the way; over another line the peer's protection and ours do not meet.

## Example

The tax exchange is entered without "via LGWAN", and its peer is not an LGWAN address.

## What to do instead

Ask the operator of the service for the LGWAN connection and enter the route. If there is none, record why the other line
is used.

## 何を見つけるか

公的機関等との通信がLGWANを経由していないものを見つけます。経路についての定めがない規程では助言、経由を求める規程では違反
となります。

## なぜ問題か

国の示す考え方はLGWANの利用を前提にしています。別の回線では、相手方の守りとこちらの守りがつながりません。

## 例

税の連携先が、LGWAN経由の指定もなく、LGWANのアドレスでもない相手として登録されている場合です。

## どうすればよいか

サービスの運営者にLGWANでの接続方法を確認し、経路を登録します。用意がないときは、別の回線を使う理由を記録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.mynumber import (
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_conduit

_NOT_VIA = Text(
    "通信経路 {conduit}の公的機関等との通信が、LGWANを経由していません。",
    "The conduit {conduit} reaches a public institution otherwise than through the LGWAN.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    demanded = context.policy.mynumber.require_via_lgwan
    lgwan = {z.id for z in context.model.zones.values() if z.kind is ZoneKind.LGWAN_NETWORK}
    for crossing in mynumber_crossings(context):
        conduit = crossing.ends.conduit
        if conduit.institution is None or conduit.institution.via_lgwan:
            continue
        if ZoneKind.LGWAN_NETWORK in crossing.peer.kinds or lgwan & set(conduit.via):
            continue
        # A policy that is silent about the route makes it an advice.
        severity = None if demanded else Severity.INFO
        yield on_conduit(context, "MN-09", crossing.ends, _NOT_VIA, severity=severity)


RULE = rule(
    __doc__,
    "MN-09",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
