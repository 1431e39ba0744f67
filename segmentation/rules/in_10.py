"""Residents' information is never in the Internet zone.

住民情報をインターネット接続系に置かない。

## What it finds

Hosts marked as holding residents' information that stand in the Internet zone.

## Why it matters

No model allows it, β′ included.

## Example

A survey system with residents' names was built on a server of the Internet zone.

## What to do instead

Move the data to the zone of its business. Ask the section what exactly is stored; a mark set by mistake can simply be
taken off.

## 何を見つけるか

住民情報を扱う印のある機器が、インターネット接続系に置かれているのを見つけます。

## なぜ問題か

β′を含め、どのモデルでも認められていません。

## 例

住民の氏名を含む調査のシステムを、インターネット接続系のサーバに作った場合です。

## どうすればよいか

データを、その業務の領域に移します。何を保存しているのかを担当課に確認し、印の付け間違いであれば外してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry

_TAGS = frozenset({"resident_info", "住民情報", "住民記録"})
_WRONG = Text(
    "住民情報を扱う機器 {entry}がインターネット接続系「{zone}」にあります。どのモデルでも認められません。",
    "The host {entry}, which holds residents' information, stands in the Internet zone {zone}. No model allows it.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    for host in context.model.endpoints.values():
        zone = context.model.zones.get(host.zone)
        if host.tags & _TAGS and zone is not None and zone.kind is ZoneKind.INTERNET and host.valid_on(context.at):
            yield on_entry(context, "IN-10", "endpoint", host, _WRONG, values={"zone": zone.name}, dst_zone=zone.id)


RULE = rule(
    __doc__,
    "IN-10",
    severity=Severity.CRITICAL,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
