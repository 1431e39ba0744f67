"""Who may manage the device itself: its input chains against the management zone (NC-21)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segmentation.analysis.reach import Reach, passing
from segmentation.device.device import Device, Hook
from segmentation.lint.scope import Scope
from segmentation.lint.wording import MANAGEMENT, NO_ADDRESS, device_rule, services, witness_of, zone_name
from segmentation.model.addresses import ALL_ADDRESSES, AddressSet, Family
from segmentation.model.crossings import ANY, MANAGEMENT_SERVICES, WEB_CONSOLES
from segmentation.model.decision import Decision
from segmentation.model.finding import Confidence, Finding
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.judge import Judge
from segmentation.model.services import ServiceTerm
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry

_NONE = Text("", "")


#: What these export is all that the host has: without an input chain, everything reaches it.
_WHOLE_HOST = frozenset({"nftables", "iptables"})


def own_addresses(device: Device, scope: Scope, judge: Judge) -> AddressSet:
    """The addresses of the device itself: its endpoint's and its gateway's faces in the model, and its interfaces' own."""
    interfaces = AddressSet.union(
        AddressSet.of(f, IntervalSet.single(value)) for i in device.interfaces if i.enabled for f, value, _ in i.addresses
    )
    if scope.record is None:
        return interfaces if scope.interfaces is not None else AddressSet()
    model = judge.model
    gateway = model.gateways.get(scope.record.gateway)
    endpoint = model.endpoints.get(scope.record.id)
    parts = [face.addresses for face in gateway.faces] if gateway is not None else []
    return AddressSet.union((interfaces, *parts, *((endpoint.addresses,) if endpoint is not None else ())))


def filters_input(device: Device) -> bool:
    """Whether what may reach the device itself is in its rules; else its services' own settings are what there is."""
    return device.vendor in _WHOLE_HOST or any(b.hook is Hook.INPUT for b in device.base_chains)


def management_findings(device: Device, scope: Scope, judge: Judge) -> Iterator[Finding]:
    """Management services of the device that another zone than the management zone can reach."""
    own = own_addresses(device, scope, judge)
    if not own or not filters_input(device) or scope.interfaces is None or not judge.policy.applies("NC-21"):
        return
    decisions = tuple(_decisions(judge, own, scope))
    mapped = tuple(z for behind in scope.interfaces.values() for z in behind)
    seen: set[tuple[str, str, str]] = set()
    for family in scope.families:
        reach = own_reach(device, scope, judge, decisions, family, mapped)
        for passage in reach.passages:
            decision = decisions[passage.decision]
            where, text = device_rule(device, passage)
            key = (str(where.location), where.rule_text, passage.src_zone)
            if decision.kind is not VerdictKind.FORBIDDEN or key in seen:
                continue
            seen.add(key)
            yield registry.finding(
                "NC-21", judge.policy, where=where, cause=f"{device.name}:{where.location}",
                message=MANAGEMENT.format(where=text, src=zone_name(judge.model, passage.src_zone), service=services(passage)),
                key=f"{where.rule_text}|{passage.src_zone}|manage", src_zone=passage.src_zone, dst_zone=passage.dst_zone,
                witness=witness_of(passage),
                confidence=Confidence.CERTAIN if passage.certain else Confidence.POSSIBLE,
            )  # fmt: skip


def own_decisions(device: Device, scope: Scope, judge: Judge) -> tuple[Decision, ...]:
    """The decisions about packets to the device's own addresses."""
    return tuple(_decisions(judge, own_addresses(device, scope, judge), scope))


def own_reach(
    device: Device, scope: Scope, judge: Judge, decisions: Sequence[Decision], family: Family, sources: Sequence[str]
) -> Reach:  # fmt: skip
    """What reaches the device's own addresses from some zones, split by *decisions*."""
    targets = tuple(judge.zonemap.split(own_addresses(device, scope, judge)))
    return passing(
        device, decisions, scope.zones, family=family, hook=Hook.INPUT, interfaces=scope.interfaces,
        pairs=tuple((s, t) for s in sources for t in targets),
    )  # fmt: skip


def management_gaps(scope: Scope, judge: Judge, device: Device) -> Iterator[Text]:
    """Why NC-21 was not examined, if it was not."""
    if scope.record is not None and judge.policy.applies("NC-21") and not own_addresses(device, scope, judge):
        yield NO_ADDRESS.format(device=device.name)


def _decisions(judge: Judge, own: AddressSet, scope: Scope) -> Iterator[Decision]:
    """What the model permits to the device's own addresses; then management services by zone; then everything else."""
    index = 0

    def row(src: AddressSet, dst: AddressSet, kind: VerdictKind, terms: tuple[ServiceTerm, ...], zone: str = "") -> Decision:
        nonlocal index
        index += 1
        rules = ("NC-21",) if kind is VerdictKind.FORBIDDEN else ()
        return Decision(index=index - 1, src=src, dst=dst, terms=terms, kind=kind, reason=_NONE, rules=rules, src_zone=zone)

    for decision in judge.decisions:
        if decision.kind.allows and decision.conduit and (dst := decision.dst & own):
            yield row(decision.src, dst, VerdictKind.PERMITTED, decision.terms)
    serves = scope.record is not None and bool(scope.record.gateway)
    terms = MANAGEMENT_SERVICES if serves else (*MANAGEMENT_SERVICES, *WEB_CONSOLES)
    for zone, addresses in scope.zones.items():
        if judge.model.zones[zone].kind is not ZoneKind.MANAGEMENT:
            yield row(addresses, own, VerdictKind.FORBIDDEN, terms, zone)
    yield row(ALL_ADDRESSES, ALL_ADDRESSES, VerdictKind.PERMITTED, ANY)
