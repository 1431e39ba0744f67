"""What leaves the LGWAN zone is listed.

LGWAN接続系からの持出し経路を一覧にしている。

## What it finds

Ways out of the LGWAN zone towards the Internet side: declared for whole zones or any service, or, where the policy wants
both directions sanitized, without a method.

## Why it matters

Outgoing ways are how data is lost and how a program inside calls home.

## Example

The outgoing-mail conduit names the whole LGWAN zone as sender.

## What to do instead

Name the relay as the only sender, one port, and the gateway. Whether outgoing data must be sanitized too differs between
policies; the clause shows it.

## 何を見つけるか

LGWAN接続系からインターネット側へ出る通信のうち、ゾーン全体や全てのサービスで登録されたもの、双方向の無害化を求める規程な
のに方式がないものを見つけます。

## なぜ問題か

外へ出る経路は、情報が失われる道であり、中に入ったプログラムが外と連絡する道でもあります。

## 例

送信メールの通信経路で、LGWAN接続系の全体が送信元になっている場合です。

## どうすればよいか

送信元は中継サーバだけ、ポートは一つとし、装置を登録します。出す側にも無害化が要るかは規程により異なりますので、表示される
条項を確認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.conduits import SANITIZING_KINDS, ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.rules.imports import lgwan_crossings
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.services import (
    terms,
)
from segmentation.rules.subjects import on_conduit

_WIDE = Text(
    "LGWAN接続系から外へ出る通信経路 {conduit}が、{what}で登録されています。送信元とサービスを個別に登録してください。",
    "The way out of the LGWAN zone {conduit} is declared for {what}. Name its senders and its service one by one.",
)
_ZONE = Text("ゾーン全体", "a whole zone")
_ANY = Text("全てのサービス", "any service")
_NO_METHOD = Text(
    "通信経路 {conduit}でLGWAN接続系からデータが出ますが、この規程では出す側にも対策が必要です。",
    "Data leaves the LGWAN zone over the conduit {conduit}; this policy asks for a measure on the way out too.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    sanitize = context.policy.sanitize
    strict = sanitize.scope == "both" and not sanitize.allow_other_with_reason  # then M-01 speaks, with its own clause
    for crossing in lgwan_crossings(context):
        conduit = crossing.ends.conduit
        if not crossing.exports or conduit.kind in SANITIZING_KINDS or conduit.kind is ConduitKind.LOCAL_BREAKOUT:
            continue
        if crossing.inside.party.zones:
            yield on_conduit(context, "LG-12", crossing.ends, _WIDE, key="zone", values={"what": _ZONE})
        if any(t.single_protocol is None for t in terms(context.model, conduit.services)):
            yield on_conduit(context, "LG-12", crossing.ends, _WIDE, key="any", values={"what": _ANY})
        if sanitize.required and sanitize.scope == "both" and not strict and not crossing.imports:
            yield on_conduit(context, "LG-12", crossing.ends, _NO_METHOD, key="method")


RULE = rule(
    __doc__,
    "LG-12",
    severity=Severity.MEDIUM,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
