"""Flows to a higher level are declared.

高い段階への通信を登録している。

## What it finds

Zones without a level in a scheme ordered by levels, and conduits or flows that open from a lower to a higher level
without having been declared with a reason.

## Why it matters

In such a scheme the level is the whole policy: what is lower must not get up by itself.

## Example

The members' zone has level 2, the data centre level 3, and a conduit between them names no business.

## What to do instead

Give every zone its level, and for each upward conduit the business and the person who approved it.

## 何を見つけるか

段階で資産を分ける方式で、段階のないゾーン、低い段階から高い段階へ開始するのに、業務や承認の記載を欠く登録や、登録のない通
信を見つけます。

## なぜ問題か

この方式では段階が規程そのものです。低い側が、ひとりでに高い側へ上がれてはなりません。

## 例

会員のゾーンが段階2、データセンターが段階3で、その間の通信経路に業務名がない場合です。

## どうすればよいか

全てのゾーンに段階を付け、上に向かう通信経路には業務名と承認者を登録してください。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, Zone, ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import listing, on_conduit, on_place

_NO_LEVEL = Text(
    "ゾーン「{zone}」に段階が設定されていません。上下の関係を判定できません。",
    "The zone {zone} has no level: what is above or below it cannot be told.",
)
_UPWARD = Text(
    "通信経路 {conduit}は段階{low}から段階{high}へ接続しますが、{missing}が登録されていません。",
    "The conduit {conduit} opens from level {low} to level {high} without: {missing}.",
)
_BUSINESS, _APPROVAL = Text("業務名または理由", "business or reason"), Text("承認", "approval")


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if model.kind is not ModelKind.LEVELS:
        return
    for zone in model.zones.values():
        if level_of(context, zone) is None and zone.kind is not ZoneKind.OUTSIDE:
            message = _NO_LEVEL.format(zone=zone.name)
            yield on_place(context, "O-01", f"zone:{zone.id}", zone.location, message, dst_zone=zone.id)
    for ends in context.conduits:
        lows = [level for z in ends.initiator.zones if (level := level_of(context, z)) is not None]
        highs = [level for z in ends.responder.zones if (level := level_of(context, z)) is not None]
        # The Internet itself is below every level.
        low = min(lows, default=-1 if ZoneKind.OUTSIDE in ends.initiator.kinds else None)
        high = max(highs, default=None)
        if low is None or high is None or low >= high:
            continue
        conduit = ends.conduit
        wanted = ((_BUSINESS, conduit.business or conduit.reason), (_APPROVAL, any(a.name for a in conduit.approvals)))
        missing = tuple(name for name, present in wanted if not present)
        if missing:
            values: dict[str, object] = {"low": low, "high": high, "missing": listing(missing)}
            yield on_conduit(context, "O-01", ends, _UPWARD, values=values)


def level_of(context: RuleContext, zone: Zone) -> int | None:
    """The zone's own level, else that of the nearest ancestor that has one."""
    return next((v for z in context.model.ancestry(zone.id) if (v := context.model.zones[z].level) is not None), None)


RULE = rule(
    __doc__,
    "O-01",
    severity=Severity.HIGH,
    sides=(LINT, SENSOR, REGISTRY),
    implemented=(LINT, SENSOR, REGISTRY),
    check=_check,
)
