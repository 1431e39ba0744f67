"""What the files of a host say beside the rules: sets and chains with their use, where chains are hooked, what rules carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segmentation.device.device import BaseChain, Chain, NamedSet
from segmentation.device.management import Aspect, Binding, ConfigObject, ObjectKind
from segmentation.model.location import NOWHERE, Location

_DIRECTIONS = {"prerouting": "in", "input": "in", "output": "out", "postrouting": "out"}


def objects(chains: Mapping[str, Chain], bases: Sequence[BaseChain], sets: Sequence[NamedSet]) -> Iterator[ConfigObject]:
    """Sets, and chains that are not hooked, with the rules that use them."""
    for each in sets:
        yield ConfigObject(
            kind=ObjectKind.SET, name=each.name, location=each.location, used_by=int(each.used),
            empty=not each.size and not each.dynamic,
        )  # fmt: skip
    users: dict[str, set[Location]] = {}
    for chain in chains.values():
        for rule in chain.rules:
            if rule.action.target:
                users.setdefault(rule.action.target, set()).add(rule.location)
    hooked = {b.chain for b in bases}
    for chain in chains.values():
        if chain.name not in hooked:
            found = users.get(chain.name, set())
            yield ConfigObject(
                kind=ObjectKind.FILTER, name=chain.name, location=chain.location, used_by=len(found),
                user=min(found, default=NOWHERE), empty=not chain.rules,
            )  # fmt: skip


def bindings(bases: Sequence[BaseChain]) -> Iterator[Binding]:
    """The built-in chains at their hooks."""
    for base in bases:
        yield Binding(
            filter=base.chain, where=f"hook {base.hook}", direction=_DIRECTIONS.get(base.hook, ""), location=base.location
        )


def aspects(chains: Mapping[str, Chain]) -> frozenset[Aspect]:
    """What the files tell; comments and counters only where somebody writes them into rules at all."""
    found = {Aspect.OBJECTS, Aspect.BINDINGS, Aspect.LOGGING}
    rules = [r for c in chains.values() for r in c.rules]
    if any(r.comment for r in rules):
        found.add(Aspect.COMMENTS)
    if any(r.hits is not None for r in rules):
        found.add(Aspect.HITS)
    return frozenset(found)
