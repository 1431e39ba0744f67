"""Devices, rules and decisions in few words, for tests."""

from __future__ import annotations

import random

from segmentation.device.device import ACCEPT, DROP, Action, BaseChain, Chain, Device, Hook, Rule, Verb
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ALL_ADDRESSES, Address, AddressSet
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ANY_SERVICE, ServiceTerm
from segmentation.model.text import Text

BOTH = frozenset({4, 6})


def addresses(text: str) -> IntervalSet:
    s = AddressSet.parse(text)
    return s.v4 or s.v6


def one(*values: int) -> IntervalSet:
    return IntervalSet.from_iter((v, v) for v in values)


Values = int | IntervalSet | None


def match(
    src: str = "",
    dst: str = "",
    proto: Values = None,
    dport: Values = None,
    state: Values = None,
    iif: str = "",
    oif: str = "",
    may: str = "",
    sport: Values = None,
) -> Match:
    fields: dict[Field, IntervalSet] = {}
    for field, text in ((Field.SRC, src), (Field.DST, dst)):
        if text:
            fields[field] = addresses(text)
    for field, values in ((Field.PROTO, proto), (Field.DPORT, dport), (Field.SPORT, sport), (Field.STATE, state)):
        if values is not None:
            fields[field] = values if isinstance(values, IntervalSet) else one(values)
    return Match(
        fields=fields,
        in_interface=InterfaceMatch((iif,)) if iif else None,
        out_interface=InterfaceMatch((oif,)) if oif else None,
        uncertain=(may,) if may else (),
    )


def rule(line: int, m: Match, action: Action) -> Rule:
    return Rule(match=m, action=action, location=Location("fw", line), text=f"line {line}", families=BOTH)


def jump(target: str, verb: Verb = Verb.JUMP) -> Action:
    return Action(verb=verb, target=target)


def device(chains: dict[str, list[Rule]], *bases: BaseChain, policy: Action = DROP, notrack: bool = False) -> Device:
    return Device(
        name="fw",
        vendor="iptables",
        inputs=(),
        chains={n: Chain(name=n, rules=tuple(rs)) for n, rs in chains.items()},
        base_chains=bases or (base("FORWARD", policy=policy),),
        conntrack_notrack=notrack,
    )


def base(chain: str, hook: Hook = Hook.FORWARD, priority: int = 0, policy: Action = DROP, kind: str = "filter") -> BaseChain:
    return BaseChain(chain=chain, hook=hook, priority=priority, policy=policy, families=BOTH, kind=kind)


def decision(index: int, src: str, dst: str, terms: tuple[ServiceTerm, ...], kind: VerdictKind) -> Decision:
    return Decision(
        index=index,
        src=AddressSet.parse(src) if src else ALL_ADDRESSES,
        dst=AddressSet.parse(dst) if dst else ALL_ADDRESSES,
        terms=terms,
        kind=kind,
        reason=Text("", ""),
    )


DENY = decision(0, "", "", (ANY_SERVICE,), VerdictKind.FORBIDDEN)


def host(text: str) -> int:
    return Address.parse(text).value


def classbench(text: str, seed: int = 1) -> Device:
    """A ClassBench filter set as one base chain; one rule in five drops, the rest accept."""
    chance = random.Random(seed)
    rules = []
    for line, row in enumerate((r.lstrip("@").split("\t") for r in text.splitlines() if r.strip()), 1):
        fields: dict[Field, IntervalSet] = {}
        for key, network in ((Field.SRC, row[0]), (Field.DST, row[1])):
            if not network.endswith("/0"):
                fields[key] = addresses(network)
        for key, ports in ((Field.SPORT, row[2]), (Field.DPORT, row[3])):
            lo, hi = (int(x) for x in ports.split(":"))
            if (lo, hi) != (0, 65535):
                fields[key] = IntervalSet.of((lo, hi))
        value, mask = (int(x, 16) for x in row[4].split("/"))
        if mask:
            fields[Field.PROTO] = one(value)
        rules.append(rule(line, Match(fields=fields), DROP if chance.random() < 0.2 else ACCEPT))
    return device({"FORWARD": rules})
