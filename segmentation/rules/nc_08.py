"""Administrative links use the LGWAN where they can.

行政機関との接続はできるだけLGWANを使う。

## What it finds

Connections to other administrations over other lines than the LGWAN without a written reason.

## Why it matters

The LGWAN exists for this and is watched; the policy asks to prefer it where one can.

## Example

A line of its own leads to a neighbouring union of municipalities.

## What to do instead

Ask the peer whether it can be reached over the LGWAN. If not, write down why.

## 何を見つけるか

ほかの行政機関との接続のうち、LGWAN以外の回線を使い、その理由が記録されていないものを見つけます。

## なぜ問題か

LGWANはそのための網であり、監視もされています。規程も、できるだけLGWANを使うよう求めています。

## 例

近隣の一部事務組合と、専用の回線で接続している場合です。

## どうすればよいか

LGWANで接続できるかを相手方に確認し、できないときは理由を記録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import REGISTRY, RuleContext, rule
from segmentation.rules.subjects import on_entry

_OTHER_LINE = Text(
    "ほかの機関との接続 {entry}はLGWANを使っていませんが、その理由が記録されていません。",
    "The connection {entry} to another administration does not use the LGWAN, and no reason is recorded.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for line in context.model.external_connections.values():
        peers = any(model.zones[z].kind is ZoneKind.EXTERNAL_PEER for z in line.zones if z in model.zones)
        if peers and line.line != "lgwan" and not line.not_via_lgwan_reason:
            yield on_entry(context, "NC-08", "connection", line, _OTHER_LINE)


RULE = rule(
    __doc__,
    "NC-08",
    severity=Severity.INFO,
    sides=(REGISTRY,),
    implemented=(REGISTRY,),
    check=_check,
)
