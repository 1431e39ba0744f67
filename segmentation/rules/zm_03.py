"""Hosts stand in the zone that their work demands.

業務に応じたゾーンに機器が置かれている。

## What it finds

Hosts marked as handling individual-number work or the family register outside a My Number zone, addresses shared by a My
Number zone and the LGWAN zone, and networks that the policy names as in scope but that have no zone.

## Why it matters

Separation protects only what stands on the right side of it. One family-register terminal in the office network undoes
the whole design for that data.

## Example

A host tagged 戸籍 is entered with an address of the LGWAN terminals' network.

## What to do instead

Move the host, or correct its tags if the work has really moved. Ask the section in charge of the business (税務課, 市民課 …)
what the terminal is used for; do not guess from its name.

## 何を見つけるか

個人番号を扱う事務や戸籍の印が付いているのにマイナンバー利用事務系の外にある機器、マイナンバー利用事務系とLGWAN接続系で重
なっているアドレス、規程が対象としているのにゾーンがないネットワークを見つけます。

## なぜ問題か

分離の効果は、守るべきものが正しい側にあって初めて生まれます。戸籍の端末が一台でも事務用のネットワークにあれば、その情報に
ついては分離していないのと同じです。

## 例

「戸籍」の印がある機器が、LGWAN接続系の端末用アドレスで登録されている場合です。

## どうすればよいか

機器を移すか、業務が本当に変わったのであれば印を直します。端末名から推測せず、業務を担当する課（税務、市民など）に用途を確
認してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry, on_place

#: Work that must be done inside the My Number zone.
MYNUMBER_TAGS = frozenset({"個人番号利用事務", "戸籍", "mynumber", "family_register"})
_OUTSIDE = Text(
    "機器 {entry}には「{tags}」の印がありますが、マイナンバー利用事務系ではないゾーン「{zone}」にあります。",
    "The host {entry} is marked {tags} but stands in the zone {zone}, which is no My Number zone.",
)
_SHARED = Text(
    "マイナンバー利用事務系「{a}」とLGWAN接続系「{b}」のアドレスが重なっています（{networks}）。",
    "The My Number zone {a} and the LGWAN zone {b} share addresses ({networks}).",
)
_LEFT_OUT = Text(
    "規程が対象としている「{tag}」のネットワークが、ゾーン定義にありません。ゾーンに登録し、この印を付けてください。",
    'The policy covers networks of "{tag}", but no zone carries that tag. Enter their zone and tag it.',
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for host in model.endpoints.values():
        tags = sorted(host.tags & MYNUMBER_TAGS)
        zone = model.zones.get(host.zone)
        if tags and zone is not None and zone.kind is not ZoneKind.MYNUMBER and host.valid_on(context.at):
            values: dict[str, object] = {"tags": "・".join(tags), "zone": zone.name}
            yield on_entry(context, "ZM-03", "endpoint", host, _OUTSIDE, values=values, dst_zone=zone.id)
    of_kind = {k: [z for z in model.zones.values() if z.kind is k] for k in (ZoneKind.MYNUMBER, ZoneKind.LGWAN)}
    for a in of_kind[ZoneKind.MYNUMBER]:
        for b in of_kind[ZoneKind.LGWAN]:
            if common := a.networks & b.networks:
                message = _SHARED.format(a=a.name, b=b.name, networks=", ".join(common.texts()))
                yield on_place(context, "ZM-03", f"zones:{a.id}:{b.id}", b.location, message, src_zone=a.id, dst_zone=b.id)
    present = {t for z in model.zones.values() for t in z.tags}
    for tag in sorted(context.policy.scope.must_cover - present):
        yield on_place(context, "ZM-03", f"scope:{tag}", context.model_location, _LEFT_OUT.format(tag=tag))


RULE = rule(
    __doc__,
    "ZM-03",
    severity=Severity.HIGH,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
