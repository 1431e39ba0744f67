"""Data enters the LGWAN zone only by an approved method.

LGWAN接続系への取込みは承認した無害化方式に限る。

## What it finds

A flow, a firewall rule or a declared conduit by which data enters the LGWAN zone from the Internet side in a way the
policy does not name, or past the gateway that is on the register. What counts is the way the data takes, not who
opened the connection: fetching is importing.

## Why it matters

Each approved method takes the danger out of what it carries. Any other way carries it in unchanged, however well it is
meant.

## Example

A server in the LGWAN zone fetches files by HTTPS from a host in the Internet zone; the conduit's kind is "other".

## What to do instead

Choose a method (mail as text, screen transfer, file rebuilding, verified files), route the data through its gateway and
enter that gateway in the conduit.

## 何を見つけるか

インターネット側からLGWAN接続系へデータが入る通信・規則・登録のうち、規程に定めのない方式によるもの、登録した無害化装置を
端点としないものを見つけます。見るのはデータの向きであり、接続の開始側ではありません。取りに行くことも取込みです。

## なぜ問題か

承認された方式は、運ぶものから危険を取り除きます。ほかの方法では、善意であっても危険がそのまま入ります。

## 例

LGWAN接続系のサーバがインターネット接続系の機器から HTTPS でファイルを取得しており、通信経路の種類が「その他」になっている
場合です。

## どうすればよいか

メールの文字化、画面転送、ファイルの再構成、確認済みファイルなどから方式を選び、データをその装置に通し、通信経路に装置を登
録します。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.addresses import AddressSet
from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.ends import Ends
from segmentation.rules.imports import GATEWAYS_FOR, gateway_of, has_method, imports_into_lgwan, lgwan_crossings
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import label, on_conduit

_NO_METHOD = Text(
    "通信経路 {conduit}でLGWAN接続系にデータが入りますが、種類「{kind}」は規程の認める無害化の方式ではありません。",
    'Data enters the LGWAN zone over the conduit {conduit}, but its kind "{kind}" is no sanitizing method of the policy.',
)
_NO_GATEWAY = Text(
    "無害化の通信経路 {conduit}に、無害化を行う装置が登録されていません。",
    "The sanitizing conduit {conduit} names no gateway that does the sanitizing.",
)
_WRONG_GATEWAY = Text(
    "通信経路 {conduit}の装置 {gateway}は、種類「{kind}」の無害化を行う装置ではありません。",
    'The gateway {gateway} of the conduit {conduit} is not one that can do "{kind}".',
)
_NOT_AN_END = Text(
    "通信経路 {conduit}の両端に、登録した装置 {gateway}のアドレスがありません。データが装置を通らないおそれがあります。",
    "Neither end of the conduit {conduit} is the registered gateway {gateway}: its data may go past it.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    if not context.policy.sanitize.required:
        return
    for crossing in imports_into_lgwan(context):
        conduit = crossing.ends.conduit
        if conduit.kind is ConduitKind.LOCAL_BREAKOUT:
            continue  # LG-14 and LG-15
        if not has_method(context, conduit):
            yield on_conduit(context, "LG-02", crossing.ends, _NO_METHOD, key="method", values={"kind": conduit.kind.text})
    outward = {c.ends.conduit.id for c in lgwan_crossings(context) if not c.imports}
    for ends in context.conduits:
        kinds = ends.initiator.kinds | ends.responder.kinds
        if ends.conduit.kind not in GATEWAYS_FOR or ZoneKind.LGWAN not in kinds or ends.conduit.id in outward:
            continue
        if ZoneKind.MYNUMBER not in kinds:  # MN-11 speaks about screens of a My Number zone
            yield from _gateway(context, ends)


def _gateway(context: RuleContext, ends: Ends) -> Iterator[Finding]:
    conduit = ends.conduit
    if ZoneKind.LGWAN_NETWORK in ends.initiator.kinds | ends.responder.kinds and not conduit.gateway:
        return  # sanitized by the prefecture and delivered over the LGWAN: the gateway is not ours to register
    gateway = gateway_of(context, conduit)
    if gateway is None:
        yield on_conduit(context, "LG-02", ends, _NO_GATEWAY, key="gateway")
        return
    values: dict[str, object] = {"gateway": label(gateway), "kind": conduit.kind.text}
    if gateway.kind not in GATEWAYS_FOR[conduit.kind]:
        yield on_conduit(context, "LG-02", ends, _WRONG_GATEWAY, key="kind", values=values)
    faces = AddressSet.union(f.addresses for f in gateway.faces)
    if faces and not faces & (ends.initiator.addresses | ends.responder.addresses):
        yield on_conduit(context, "LG-02", ends, _NOT_AN_END, key="end", values=values)


RULE = rule(
    __doc__,
    "LG-02",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
