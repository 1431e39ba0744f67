"""``ct status dnat``: what a packet must be that belongs to a connection whose destination this ruleset has translated.

firewalld puts ``ct status dnat accept`` into the chains of every zone.  Taken as unknown it would make everything possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from segmentation.device.device import Chain, Rule, Verb
from segmentation.device.match import CtState, Field
from segmentation.model.addresses import ANY, Family
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.vendors.nftables.syntax import Binary, Ct, Listing, Literal, Relation

#: The doubt of such a match, whatever it was written as.
STATUS = "ct status dnat"
_DNAT_BIT = 32  # linux/netfilter/nf_conntrack_common.h: IPS_DST_NAT
_NEW = IntervalSet.single(CtState.NEW)
_LATER = IntervalSet.of((CtState.ESTABLISHED, CtState.RELATED))
_ANY_STATE = IntervalSet.of((0, max(CtState)))


def asks_for_translation(statement: Relation) -> bool:
    """Whether a match is ``ct status dnat``, or its form in the kernel, ``ct status & 32 != 0``."""
    left, right, operator = statement.left, statement.right, statement.operator
    if isinstance(left, Ct):
        one = right.items[0] if isinstance(right, Listing) and len(right.items) == 1 else right
        return left == Ct("status") and operator in ("", "in") and one == Literal("dnat")
    if not isinstance(left, Binary) or left.operator != "&" or left.left != Ct("status"):
        return False
    return operator == "!=" and left.right in (Literal(str(_DNAT_BIT)), Literal("dnat")) and right == Literal("0")


def narrowed(chains: Mapping[str, Chain]) -> dict[str, Chain]:
    """*chains* with the first packets of such matches limited to where translations of destinations lead."""
    targets = {family: _targets(chains.values(), family) for family in (4, 6)}
    out = {}
    for name, chain in chains.items():
        if any(STATUS in r.match.uncertain for r in chain.rules):
            chain = replace(chain, rules=tuple(n for r in chain.rules for n in _narrow(r, targets)))  # noqa: PLW2901
        out[name] = chain
    return out


def _targets(chains: Iterable[Chain], family: Family | int) -> IntervalSet:
    """Every address to which a rule translates destinations of *family*; all of them where that is known at run time only."""
    out = EMPTY
    for rule in (r for c in chains for r in c.rules if r.action.verb is Verb.DNAT and family in r.families):
        translation = rule.action.translation
        if translation is None or translation.unknown or translation.addresses is None:
            return ANY[4 if family == 4 else 6]
        out |= translation.addresses
    return out


def _narrow(rule: Rule, targets: Mapping[int, IntervalSet]) -> Iterator[Rule]:
    """A rule for first packets, and one for those that follow: answers come from the target, not to it."""
    if STATUS not in rule.match.uncertain:
        yield rule
        return
    states = rule.match.fields.get(Field.STATE, _ANY_STATE)
    for family in sorted(rule.families):
        destination = rule.match.fields.get(Field.DST, ANY[family]) & targets[family]
        for narrower in ({Field.STATE: states & _NEW, Field.DST: destination}, {Field.STATE: states & _LATER}):
            if all(narrower.values()):
                match = replace(rule.match, fields={**rule.match.fields, **narrower})
                yield replace(rule, match=match, families=frozenset({family}))
