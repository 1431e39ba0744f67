"""A My Number crossing is bound to a MAC address.

マイナンバー利用事務系の外部通信はMACアドレスでも限る。

## What it finds

A crossing of a My Number zone without a MAC address for the host on our side, or with one that no named device enforces
and no filed evidence supports.

In a configuration: where this device is named as holding the address and its rules know MAC addresses, a rule that lets
the conduit through from others. Where its rules know none, the report says that nothing was confirmed.

## Why it matters

An address can be taken over by any device on the same cable. The clause therefore asks for the MAC address too. Many
routers and firewalls cannot compare MAC addresses; then a switch must, and without proof the tool cannot say that anybody
does.

## Example

The conduit holds 00:00:5e:00:53:15, but "enforced by" is empty.

## What to do instead

Name the device that compares it (a MAC object, port security, MAC authentication), or file the contractor's evidence and
enter its number.

## 何を見つけるか

マイナンバー利用事務系の外部通信のうち、自分側の機器のMACアドレスが登録されていないもの、登録はあっても、どの装置で限定し
ているかの記載も証跡もないものを見つけます。

設定からは、限定する装置として登録され、規則でMACアドレスを使っている場合に、ほかのMACアドレスからも通す規則を見つけます。規則
がMACアドレスを使っていない場合は、確認できなかったことを報告に記します。

## なぜ問題か

IPアドレスは、同じ配線につないだ別の機器でも名乗れます。そのため規程はMACアドレスによる限定も求めています。MACアドレスを照
合できない装置は多く、その場合はスイッチ側で行う必要がありますが、証跡がなければ本ツールは確認できたとは言えません。

## 例

通信経路に 00:00:5e:00:53:15 とあるのに、限定している装置の欄が空の場合です。

## どうすればよいか

照合を行う装置（ファイアウォールのMAC指定、スイッチのポート制限、MAC認証など）を記入するか、業者から証跡を受け取ってその番
号を登録してください。
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from segmentation.model.addresses import FAMILIES, Address, AddressSet, Mac
from segmentation.model.conduits import ConduitKind, Pin
from segmentation.model.finding import Finding, Severity
from segmentation.model.intervals import IntervalSet
from segmentation.model.text import Text
from segmentation.rules.mynumber import (
    MynumberCrossing,
    mynumber_crossings,
)
from segmentation.rules.registry import LINT, REGISTRY, RuleContext, rule
from segmentation.rules.subjects import label, on_conduit

#: Management and monitoring of devices end at the devices themselves, whose MAC addresses no terminal can take.
_DEVICE_KINDS = frozenset({ConduitKind.MANAGEMENT, ConduitKind.MONITORING})
_NO_PIN = Text(
    "通信経路 {conduit}に、自分側の機器（{address}）のMACアドレスが登録されていません。",
    "The conduit {conduit} records no MAC address for our host {address}.",
)
_NO_PROOF = Text(
    "通信経路 {conduit}のMACアドレス {mac} を、どの装置で限定しているかの記載も、証跡もありません。",
    "For the MAC address {mac} of the conduit {conduit} neither an enforcing device nor filed evidence is named.",
)
_CANNOT = Text(
    "通信経路 {conduit}では {device}がMACアドレスを限定するとしていますが、この装置ではMACアドレスを照合できません。"
    "スイッチ側などで限定している証跡が必要です。",
    "The conduit {conduit} names {device} as enforcing the MAC address, but that device cannot compare MAC addresses. "
    "Evidence from the switch side is needed.",
)
_OTHER = Text(
    "通信経路 {conduit}で限定しているMACアドレス {mac} は、台帳にある機器 {address} のものと異なります。",
    "The MAC address {mac} pinned in the conduit {conduit} is not the one the ledger has for {address}.",
)


def _check(context: RuleContext) -> Iterator[Finding]:
    if "mac" not in context.policy.mynumber.pin:
        return
    pinned: list[tuple[MynumberCrossing, list[Pin]]] = []
    for crossing in mynumber_crossings(context):
        conduit = crossing.ends.conduit
        if conduit.kind in _DEVICE_KINDS or (context.policy.mynumber.in_principle and conduit.reason):
            continue
        pins = [p for p in conduit.pins if p.side in (crossing.inside_side, "next_hop") and p.mac is not None]
        pinned.append((crossing, pins))
    ledger = _ledger(context, {p.address for _, pins in pinned for p in pins if p.address is not None})
    for crossing, pins in pinned:
        yield from _unpinned(context, crossing, pins)
        for pin in pins:
            yield from _enforcement(context, crossing, pin, ledger)


def _ledger(context: RuleContext, addresses: set[Address]) -> dict[Address, set[Mac]]:
    """The MACs that the ledger has for each of these addresses on the day, in one pass over it."""
    known: defaultdict[Address, set[Mac]] = defaultdict(set)
    for host in context.model.endpoints.values():
        if not host.macs or not host.valid_on(context.at):
            continue
        for family in FAMILIES:
            for lo, hi in host.addresses.family(family):
                single = Address(family, lo)
                within = (
                    ({single} & addresses) if lo == hi else {a for a in addresses if a.family == family and lo <= a.value <= hi}
                )
                for address in within:
                    known[address].update(host.macs)
    return known


def _unpinned(context: RuleContext, crossing: MynumberCrossing, pins: list[Pin]) -> Iterator[Finding]:
    own = [p for p in pins if p.side != "next_hop"]
    if any(p.address is None for p in own):
        return  # a pin without an address speaks for the whole end
    pinned = AddressSet.union(AddressSet.of(p.address.family, IntervalSet.single(p.address.value)) for p in own if p.address)
    missing = crossing.inside.addresses - pinned
    if missing:
        values: dict[str, object] = {"address": ", ".join(missing.texts())}
        yield on_conduit(context, "MN-04", crossing.ends, _NO_PIN, key="missing", values=values)


def _enforcement(
    context: RuleContext, crossing: MynumberCrossing, pin: Pin, ledger: dict[Address, set[Mac]]
) -> Iterator[Finding]:
    values: dict[str, object] = {"mac": pin.mac}
    if not pin.enforced_by and not pin.evidence:
        yield on_conduit(context, "MN-04", crossing.ends, _NO_PROOF, key=f"proof:{pin.mac}", values=values)
    device = context.model.devices.get(pin.enforced_by)
    if device is not None and not device.matches_mac and not pin.evidence:
        values |= {"device": label(device)}
        yield on_conduit(context, "MN-04", crossing.ends, _CANNOT, key=f"cannot:{pin.mac}", values=values)
    if pin.address is None or pin.side == "next_hop":
        return
    known = ledger.get(pin.address, set())
    if known and pin.mac not in known:
        values |= {"address": pin.address}
        yield on_conduit(context, "MN-04", crossing.ends, _OTHER, key=f"other:{pin.mac}", values=values)


RULE = rule(
    __doc__,
    "MN-04",
    severity=Severity.HIGH,
    sides=(LINT, REGISTRY),
    implemented=(LINT, REGISTRY),
    check=_check,
)
