"""Routers that bind filter lists to interfaces: the base chains of such a device.

A packet passes the input list of the interface it came in by, then the output list of the one it leaves by.  Where no
list is bound, it passes; the end of a list is a rule of the list itself, because vendors differ in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segmentation.device.device import ACCEPT, DROP, Action, BaseChain, Chain, Hook, Rule, Verb
from segmentation.device.match import InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.location import Location

BOTH: frozenset[Family] = frozenset(FAMILIES)
INGRESS, EGRESS = "input filters", "output filters"
#: The order of the base chains at the forward hook; frame filters of the switch stand before the router's.
FRAMES_PRIORITY, INGRESS_PRIORITY, EGRESS_PRIORITY = -10, 0, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A list bound to an interface in one direction; *chain* is its name in the device."""

    interface: str
    inbound: bool
    chain: str
    families: frozenset[Family]
    location: Location
    text: str


def interface_filters(
    bindings: Iterable[Binding],
    first: Location,
    families: frozenset[Family] = BOTH,
    interfaces: Iterable[str] = (),
) -> tuple[dict[str, Chain], tuple[BaseChain, ...]]:
    """The two chains that send packets to the bound lists, and their hooks, for *families*.

    *first* is where the policy is located: what no list is bound for is accepted there.  With *interfaces*, all those
    that forward, packets come in by no other.
    """
    listed = list(bindings)
    known = tuple(dict.fromkeys((*interfaces, *(b.interface for b in listed)))) if interfaces else ()
    chains: dict[str, Chain] = {}
    bases: list[BaseChain] = []
    for name, inbound, priority in ((INGRESS, True, INGRESS_PRIORITY), (EGRESS, False, EGRESS_PRIORITY)):
        rules = tuple(_goto(b) for b in listed if b.inbound == inbound)
        closed = bool(known) and inbound
        if closed:
            rules = (*_open(listed, known, families, first), *rules)
        chains[name] = Chain(name=name, rules=rules, location=first)
        policy = DROP if closed else ACCEPT
        bases.append(
            BaseChain(chain=name, hook=Hook.FORWARD, priority=priority, policy=policy, families=families, location=first)
        )
    return chains, tuple(bases)


def _open(listed: Sequence[Binding], known: tuple[str, ...], families: frozenset[Family], first: Location) -> Iterator[Rule]:
    """What comes in by an interface without an input list passes."""
    for family in sorted(families):
        bound = {b.interface for b in listed if b.inbound and family in b.families}
        bare = tuple(n for n in known if n not in bound)
        if bare:
            text = "implicit: no input list on " + ", ".join(bare[:8]) + (" …" if len(bare) > 8 else "")
            match = Match(in_interface=InterfaceMatch(bare))
            yield Rule(match=match, action=ACCEPT, location=first, text=text, families=frozenset({family}))


def _goto(binding: Binding) -> Rule:
    named = InterfaceMatch((binding.interface,))
    match = Match(in_interface=named) if binding.inbound else Match(out_interface=named)
    return Rule(
        match=match,
        action=Action(verb=Verb.GOTO, target=binding.chain),
        location=binding.location,
        text=binding.text,
        families=binding.families,
    )


def nat_chains(
    incoming: Sequence[Rule], outgoing: Sequence[Rule], first: Location
) -> tuple[dict[str, Chain], tuple[BaseChain, ...]]:
    """Destination NAT before all filters and source NAT behind them; nothing where neither has a rule."""
    chains: dict[str, Chain] = {}
    bases: list[BaseChain] = []
    for name, rules, hook, priority in (
        ("inbound nat", incoming, Hook.PREROUTING, -100),
        ("outbound nat", outgoing, Hook.POSTROUTING, 100),
    ):
        if rules:
            chains[name] = Chain(name=name, rules=tuple(rules), location=rules[0].location)
            families = frozenset(f for r in rules for f in r.families)
            bases.append(
                BaseChain(
                    chain=name, hook=hook, priority=priority, policy=ACCEPT, families=families, kind="nat", location=first
                )
            )
    return chains, tuple(bases)
