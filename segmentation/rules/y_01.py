"""The closed network is wholly apart.

閉じたネットワークを完全に切り離す。

## What it finds

In a scheme of two networks: any conduit, permit or flow between the closed network and anything else. No sanitizing
method makes it lawful here.

## Why it matters

The scheme is simple because it has no door at all. The first door makes it a scheme without protection.

## Example

A file share between both networks "for the budget".

## What to do instead

Remove it. Carry data by the procedure for media that the organisation decided.

## 何を見つけるか

二つの網に分ける方式で、閉じたネットワークとほかのネットワークの間の登録・許可・通信を見つけます。ここでは、無害化しても認
められません。

## なぜ問題か

この方式は、扉が一つもないことで成り立っています。最初の扉ができた時点で、守りのない方式になります。

## 例

「予算作業のため」に、両方の網から使えるファイル共有を設けた場合です。

## どうすればよいか

削除し、データの受渡しは、団体の定めた媒体の手順によって行ってください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit

_CROSSING = Text(
    "通信経路 {conduit}が、閉じたネットワーク（{closed}）とほかのネットワーク（{other}）をつないでいます。"
    "無害化しても認められません。",
    "The conduit {conduit} joins the closed network ({closed}) to another ({other}). No sanitizing makes it lawful.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    if not context.policy.sanitize.crossing_forbidden:
        return
    for ends in context.conduits:
        sides = ends.sides((ZoneKind.CLOSED,))
        if sides is not None:
            values: dict[str, object] = {
                "closed": listing(tuple(z.name for z in sides[0].zones)),
                "other": listing(tuple(z.name for z in sides[1].zones)),
            }
            yield on_conduit(context, "Y-01", ends, _CROSSING, values=values)


RULE = rule(
    __doc__,
    "Y-01",
    severity=Severity.CRITICAL,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
