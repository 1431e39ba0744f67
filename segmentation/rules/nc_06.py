"""External connections are few, registered and approved.

外部との接続は最小限とし承認を得て登録する。

## What it finds

External connections without the approvals of the CISO and of the chief information-security officer below, peers outside
that no registered connection leads to, and device interfaces that name a connection not on the register.

## Why it matters

Each connection is a door. The policy wants few of them, each with two signatures.

## Example

A conduit leads to a federation's server, but the register holds no line to it.

## What to do instead

Register the line with both approvals, or cut it. Ask the section that uses the peer which contract it belongs to.

## 何を見つけるか

CISOと統括情報セキュリティ責任者の承認がそろっていない外部接続、登録した接続がない庁外の接続先、台帳にない接続を指している
機器のインタフェースを見つけます。

## なぜ問題か

接続の一つ一つが扉です。規程は、扉を必要最小限とし、それぞれに二つの承認を求めています。

## 例

広域連合のサーバへの通信経路があるのに、そこへの回線が台帳にない場合です。

## どうすればよいか

二つの承認を得て回線を登録するか、切り離します。どの契約の回線なのかは、相手方を利用している課に確認してください。
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from segmentation.model.finding import Finding, Severity
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import fold, listing, on_entry, on_place

_APPROVALS = Text(
    "外部接続 {entry}に、{missing}の承認の記録がありません。",
    "The external connection {entry} lacks the approval of: {missing}.",
)
_UNREGISTERED = Text(
    "庁外のゾーン「{zone}」と通信していますが（{conduits}）、そこへの外部接続が台帳にありません。",
    "The outside zone {zone} is communicated with ({conduits}), but no registered connection leads to it.",
)
_NO_ENTRY = Text(
    "機器 {entry}のインタフェース {interface} が指す外部接続「{name}」が台帳にありません。",
    "The interface {interface} of the device {entry} names the external connection {name}, which is not on the register.",
)
_CISO = Text("CISO", "the CISO")
_CHIEF = Text("統括情報セキュリティ責任者", "the chief information-security officer")
#: How the two roles are written in registers.
_CISO_WORDS = ("ciso", "最高情報セキュリティ責任者")
_CHIEF_WORDS = ("統括",)
#: Zones beyond a line of somebody else.
_BEYOND = frozenset({ZoneKind.EXTERNAL_PEER, ZoneKind.LGWAN_NETWORK, ZoneKind.SECURITY_CLOUD})


def _check(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    for line in model.external_connections.values():
        roles = [fold(a.role) for a in line.approvals if a.name]
        missing = tuple(
            name
            for name, words in ((_CISO, _CISO_WORDS), (_CHIEF, _CHIEF_WORDS))
            if not any(w in role for role in roles for w in words)
        )
        if missing:
            yield on_entry(context, "NC-06", "connection", line, _APPROVALS, values={"missing": listing(missing)})
    yield from _unregistered(context)
    for device in model.devices.values():
        for behind in device.interfaces:
            if behind.external and behind.external not in model.external_connections:
                values: dict[str, object] = {"interface": behind.interface, "name": behind.external}
                yield on_entry(context, "NC-06", "device", device, _NO_ENTRY, key=behind.interface, values=values)


def _unregistered(context: RuleContext) -> Iterator[Finding]:
    model = context.model
    reached = {
        w for c in model.external_connections.values() for z in c.zones if z in model.zones for w in model.zones_within(z)
    }
    used: defaultdict[str, list[str]] = defaultdict(list)
    for ends in context.conduits:
        for zone in (*ends.initiator.zones, *ends.responder.zones):
            if zone.kind in _BEYOND and not reached & set(model.ancestry(zone.id)):
                used[zone.id].append(ends.conduit.id)
    for zone_id, conduits in used.items():
        zone = model.zones[zone_id]
        message = _UNREGISTERED.format(zone=zone.name, conduits=", ".join(dict.fromkeys(conduits)))
        yield on_place(context, "NC-06", f"zone:{zone_id}", zone.location, message, dst_zone=zone_id)


RULE = rule(
    __doc__,
    "NC-06",
    severity=Severity.CRITICAL,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
