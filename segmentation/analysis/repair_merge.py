"""Rules that differ in one field only and could be one rule: neighbouring prefixes, touching port ranges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segmentation.device.device import Chain, Device, Rule, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet

_FIELDS = (Field.SRC, Field.DST, Field.DPORT, Field.SPORT)
_PORTS = (Field.DPORT, Field.SPORT)
#: Words that differ between two lines which differ in one field: an address and its mask, or the ends of a range.
_MOST_WORDS = 2
_WORD = re.compile(r"[^\s;,:{}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """*first* takes the packets of *others* as well: its *field* becomes *values*."""

    chain: str
    first: Rule
    others: tuple[Rule, ...]
    field: Field
    values: IntervalSet
    family: Family


def merges(device: Device) -> Iterator[Merge]:
    """Groups of rules of one chain that one rule can say, each rule in one group at most.

    Only rules that a line has for itself, that certainly decide, and whose lines differ in the words of one field.  Whether
    the rules between them leave it so is not looked at: that is what the proof is for.
    """
    for chain in device.chains.values():
        yield from _of_chain(chain)


def _of_chain(chain: Chain) -> Iterator[Merge]:
    used: set[int] = set()
    lines: dict[object, int] = {}
    for rule in chain.rules:
        lines[rule.location] = lines.get(rule.location, 0) + 1
    fit = [r for r in chain.rules if lines[r.location] == 1 and r.location.line and _fits(r)]
    place = {id(r): n for n, r in enumerate(fit)}
    for name in _FIELDS:
        groups: dict[object, list[Rule]] = {}
        for rule in fit:
            values = rule.match.fields.get(name)
            if values is not None and len(values) == 1 and id(rule) not in used:
                others = tuple(sorted((f, v.intervals) for f, v in rule.match.fields.items() if f is not name))
                key = (others, rule.match.in_interface, rule.match.out_interface, rule.action, rule.families, rule.log)
                groups.setdefault(key, []).append(rule)
        for members in groups.values():
            for group in _joined(members, name):
                used.update(id(r) for r in group)
                ordered = sorted(group, key=lambda r: place[id(r)])
                values = IntervalSet.from_iter(i for r in group for i in r.match.fields[name])
                (family, *_) = sorted(ordered[0].families)
                yield Merge(
                    chain=chain.name, first=ordered[0], others=tuple(ordered[1:]), field=name, values=values, family=family
                )


def _fits(rule: Rule) -> bool:
    return (
        rule.action.verb in (Verb.ACCEPT, Verb.DROP)
        and not rule.action.uncertain
        and not rule.match.may
        and not rule.text.startswith("implicit")
        and len(rule.families) == 1
    )


def _joined(members: Sequence[Rule], name: Field) -> Iterator[list[Rule]]:
    """Groups of members whose values are one port range, or one prefix, together."""
    if len(members) < 2:
        return
    parts = sorted(((*r.match.fields[name].intervals[0], n, [r]) for n, r in enumerate(members)), key=lambda p: p[:3])
    runs = [(lo, hi, rules) for lo, hi, _, rules in parts]
    done: list[tuple[int, int, list[Rule]]] = []
    for run in runs:
        done.append(run)
        while len(done) > 1:
            (lo, hi, rules), (lo2, hi2, rules2) = done[-2:]
            if not _one(name, lo, hi, lo2, hi2) or not _alike([*rules, *rules2]):
                break
            done[-2:] = [(lo, max(hi, hi2), [*rules, *rules2])]
    yield from (rules for _, _, rules in done if len(rules) > 1)


def _one(name: Field, lo: int, hi: int, lo2: int, hi2: int) -> bool:
    """Whether two values, the first beginning no later, can be written as one."""
    if name in _PORTS:
        return lo2 <= hi + 1
    size, other = hi - lo + 1, hi2 - lo2 + 1
    # The two halves of a prefix: of one size, a power of two, side by side, the first on the larger prefix's border.
    return size == other and size & (size - 1) == 0 and lo2 == hi + 1 and lo % (2 * size) == 0


def _alike(rules: Iterable[Rule]) -> bool:
    """Whether the lines say the same but for the words of one field: what a reader of them may not have kept is the same."""
    words = [_WORD.findall(r.text) for r in rules]
    first = words[0]
    for other in words[1:]:
        if len(other) != len(first):
            return False
        differ = [(a, b) for a, b in zip(first, other, strict=True) if a != b]
        if len(differ) > _MOST_WORDS or not all(any(c.isdigit() for c in a + b) for a, b in differ):
            return False
    return True
