"""Monitoring has no hole.

監視に抜けがない。

## What it finds

Boundaries between layers that no sensor sees, VLANs that no sensor lists, and on the running system lost packets and
silent periods.

## Why it matters

A quiet sensor and a blind one look alike. What is not seen has to be said before anyone says that nothing happened.

## Example

A new branch line was connected; no sensor names its boundary.

## What to do instead

Add the boundary to a sensor's mirror port, or write down that it is not watched. The switch contractor sets the mirror
port.

## 何を見つけるか

どのセンサーからも見えない境界、どのセンサーにも登録のないVLAN、稼働中の取りこぼしや無通信の時間を見つけます。

## なぜ問題か

静かなセンサーと見えていないセンサーは、外からは同じに見えます。「何も起きていない」と言う前に、見えていない範囲を示さなけ
ればなりません。

## 例

支所の回線を新たに接続したのに、その境界を受け持つセンサーがない場合です。

## どうすればよいか

境界をセンサーのミラーポートに加えるか、監視していないことを明記します。ミラーポートの設定はスイッチの保守業者に依頼してく
ださい。
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import Zone, ZoneKind
from segmentation.rules.registry import REGISTRY, SENSOR, RuleContext, rule
from segmentation.rules.subjects import on_place

_NO_SENSOR = Text(
    "「{a}」と「{b}」の境界の通信を見るセンサーがありません。見えていない範囲として報告書に示されます。",
    "No sensor sees the boundary between {a} and {b}. Reports will name it as a blind spot.",
)
_NO_VLAN = Text(
    "ゾーン「{zone}」のVLAN {vlans} は、どのセンサーの見える範囲にも登録されていません。",
    "The VLANs {vlans} of the zone {zone} are in the view of no sensor.",
)
#: The layers whose boundaries the policies ask to be watched.
_WATCHED = frozenset({ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.INTERNET, ZoneKind.CLOSED})


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    if not model.sensors:
        return  # an organisation that only lints; reports say that nothing is watched
    seen = {
        frozenset({model.layer(a).id, model.layer(b).id})
        for s in model.sensors.values()
        for a, b in s.boundaries
        if a in model.zones and b in model.zones
    }
    needed: dict[frozenset[str], tuple[Zone, Zone]] = {}
    for ends in context.conduits:
        for a in ends.initiator.zones:
            for b in ends.responder.zones:
                x, y = model.layer(a.id), model.layer(b.id)
                if x.id != y.id and {x.kind, y.kind} & _WATCHED:
                    needed.setdefault(frozenset({x.id, y.id}), (x, y))
    for pair, (x, y) in needed.items():
        if pair not in seen:
            message = _NO_SENSOR.format(a=x.name, b=y.name)
            cause = f"boundary:{'|'.join(sorted(pair))}"
            yield on_place(context, "IN-04", cause, context.model_location, message, src_zone=x.id, dst_zone=y.id)
    vlans = {v for s in model.sensors.values() for v in s.vlans}
    if not vlans:
        return  # VLANs are entered for no sensor: their view is by boundary only
    for zone in model.zones.values():
        blind = [v for v in zone.vlans if v not in vlans]
        if blind and zone.kind in _WATCHED:
            message = _NO_VLAN.format(zone=zone.name, vlans=", ".join(map(str, blind)))
            yield on_place(
                context, "IN-04", f"vlan:{zone.id}", zone.location, message, severity=Severity.MEDIUM, dst_zone=zone.id
            )


RULE = rule(
    __doc__,
    "IN-04",
    severity=Severity.HIGH,
    sides=(SENSOR, REGISTRY),
    implemented=(SENSOR, REGISTRY),
    check=_check,
)
