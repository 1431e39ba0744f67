"""Commands of the older AlliedWare into the device: filters of incoming packets, then the firewall policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segmentation.device.device import (
    ACCEPT,
    DROP,
    Action,
    BaseChain,
    Chain,
    Device,
    Hook,
    InputFile,
    InterfaceInfo,
    Rule,
    Translation,
    Verb,
)
from segmentation.device.interface_filters import Binding, interface_filters, nat_chains
from segmentation.device.lexical import Term
from segmentation.device.management import Aspect, ConfigObject, ObjectKind
from segmentation.device.management import Binding as Applied
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.awplus import reasons
from segmentation.vendors.awplus.classic import ClassicParser, PolicyRule, products
from segmentation.vendors.reading import SourceText

_IPV4: frozenset[Family] = frozenset({4})
_STATES = IntervalSet.of((CtState.ESTABLISHED, CtState.RELATED))
_FIREWALL_PRIORITY = 5


def parse_classic(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one device (``show config dynamic``, a script); never raises."""
    parser = ClassicParser()
    parser.read(texts)
    first = Location(texts[0].name if texts else "", 1)
    chains: dict[str, Chain] = {}
    bindings: list[Binding] = []
    for interface, face in sorted(parser.faces.items()):
        if not face.filter or face.bound is None:
            continue
        if face.filter not in parser.filters:
            parser.problems.add(*face.bound, reasons.LIST_MISSING.format(name=face.filter))
            continue
        chain = f"ip filter {face.filter}"
        chains[chain] = Chain(name=chain, rules=tuple(_entries(parser, face.filter)), location=face.bound[0])
        bindings.append(
            Binding(
                interface=interface, inbound=True, chain=chain, families=_IPV4, location=face.bound[0], text=face.bound[1]
            )
        )  # fmt: skip
    ways, bases = interface_filters(bindings, first, _IPV4)
    incoming, outgoing = list(_forwarded(parser)), list(_hidden(parser))
    translations, nat_bases = nat_chains(incoming, outgoing, first)
    extra: list[BaseChain] = []
    if parser.enabled and parser.firewall is not None:
        chains["firewall"] = Chain(name="firewall", rules=tuple(_firewall(parser)), location=parser.firewall)
        extra.append(
            BaseChain(
                chain="firewall", hook=Hook.FORWARD, priority=_FIREWALL_PRIORITY, policy=ACCEPT, families=_IPV4,
                location=parser.firewall,
            )
        )  # fmt: skip
    return Device(
        name=name or parser.name or (texts[0].name if texts else ""),
        vendor="awplus",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=ways | chains | translations,
        base_chains=(*nat_bases, *bases, *extra),
        interfaces=tuple(
            InterfaceInfo(name=n, addresses=tuple((4, a, b) for a, b in f.addresses), location=f.location)
            for n, f in sorted(parser.faces.items())
        ),
        not_understood=parser.problems.all(),
        notes=("AlliedWare: only filters, firewall policies and interfaces were read",),
        objects=tuple(
            ConfigObject(
                kind=ObjectKind.FILTER, name=number, location=listed[0].location if listed else NOWHERE, empty=not listed,
                used_by=sum(f.filter == number for f in parser.faces.values()),
            )
            for number, listed in sorted(parser.filters.items())
        ),
        bindings=tuple(_applied(parser)),
        aspects=frozenset({Aspect.OBJECTS, Aspect.BINDINGS, Aspect.LOGGING}),
    )  # fmt: skip


def _applied(parser: ClassicParser) -> Iterator[Applied]:
    for interface, face in sorted(parser.faces.items()):
        if face.filter and face.bound is not None:
            yield Applied(
                filter=face.filter, where=interface, direction="in", location=face.bound[0],
                defined=face.filter in parser.filters,
            )  # fmt: skip
    if parser.enabled and parser.firewall is not None:
        yield Applied(filter="firewall", where="policy", location=parser.firewall)


def _entries(parser: ClassicParser, number: str) -> Iterator[Rule]:
    listed = sorted(parser.filters[number], key=lambda e: (e.number, e.location))
    for entry in listed:
        yield Rule(
            match=Match(fields=entry.term.fields, uncertain=entry.term.uncertain), action=ACCEPT if entry.permit else DROP,
            location=entry.location, text=entry.text, families=_IPV4, log=entry.log, id=str(entry.number),
        )  # fmt: skip
    last = listed[-1]
    yield Rule(match=Match(), action=DROP, location=last.location, text="implicit: exclude the rest", families=_IPV4)


def _firewall(parser: ClassicParser) -> Iterator[Rule]:
    """Sessions, rules by number, out of private interfaces, nothing in; what a policy does not stand between passes."""
    assert parser.firewall is not None
    head = parser.firewall

    def made(match: Match, action: Action, text: str) -> Rule:
        return Rule(match=match, action=action, location=head, text=text, families=_IPV4)

    yield made(Match(fields={Field.STATE: _STATES}), ACCEPT, "implicit: packets of sessions that were allowed")
    for rule in sorted(parser.rules, key=lambda r: r.number):
        yield from _policy_rule(parser, rule)
    private = tuple(sorted(i for i, inside in parser.sides.items() if inside))
    public = tuple(sorted(i for i, inside in parser.sides.items() if not inside))
    every = InterfaceMatch((*private, *public))
    yield made(Match(in_interface=InterfaceMatch(private), out_interface=every), ACCEPT, "implicit: out of private interfaces")
    yield made(Match(in_interface=InterfaceMatch(public), out_interface=every), DROP, "implicit: in through public interfaces")
    doubt = ("interface outside the policy / ポリシー外のインターフェース",)
    yield made(Match(in_interface=every, uncertain=doubt), DROP, "implicit: to an interface outside the policy")
    yield made(Match(out_interface=every, uncertain=doubt), DROP, "implicit: from an interface outside the policy")


def _policy_rule(parser: ClassicParser, rule: PolicyRule) -> Iterator[Rule]:
    inward = not parser.sides.get(rule.interface, False)
    action = DROP if rule.action == "den" else ACCEPT
    for term in products(rule, inward=inward):
        yield _of(rule, term, action)


def _of(rule: PolicyRule, term: Term, action: Action) -> Rule:
    return Rule(
        match=Match(fields=term.fields, in_interface=InterfaceMatch((rule.interface,)), uncertain=term.uncertain),
        action=action, location=rule.location, text=rule.text, families=_IPV4, id=str(rule.number),
    )  # fmt: skip


def _forwarded(parser: ClassicParser) -> Iterator[Rule]:
    """``gblip``: what is sent to the public address goes to the private one, before the rules are asked."""
    for rule in parser.rules:
        if rule.outer is None or rule.local is None or rule.action == "den" or parser.sides.get(rule.interface, False):
            continue
        for term in products(replace(rule, local=rule.outer, ports=rule.outer_ports or rule.ports), inward=True):
            ports = rule.ports if rule.outer_ports is not None else None
            new = Translation(addresses=rule.local, ports=ports, keep_host_bits=rule.local.size == rule.outer.size > 1)
            yield _of(rule, term, Action(verb=Verb.DNAT, translation=new))


def _hidden(parser: ClassicParser) -> Iterator[Rule]:
    for inside, outside, location, text in parser.hidden:
        yield Rule(
            match=Match(in_interface=InterfaceMatch((inside,)), out_interface=InterfaceMatch((outside,)) if outside else None),
            action=Action(verb=Verb.SNAT, translation=Translation(unknown=True)), location=location, text=text, families=_IPV4,
        )  # fmt: skip
