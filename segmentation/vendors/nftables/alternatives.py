"""A rule's match while it is put together: alternatives, each a product of field sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.vendors.nftables.constants import Values
from segmentation.vendors.nftables.selectors import BOTH, Dimension, Pseudo

#: A product of values, one for each part of a concatenation.
Box = tuple[Values, ...]
#: The most boxes whose complement is computed, and the most that may come out.
_COMPLEMENT_IN, _COMPLEMENT_OUT = 512, 4096


@dataclass(frozen=True, slots=True)
class Partial:
    """One alternative: what a packet must be like so that the rule goes on with its next statement."""

    fields: Mapping[Field, IntervalSet] = field(default_factory=dict)
    families: IntervalSet = BOTH
    in_interface: InterfaceMatch | None = None
    out_interface: InterfaceMatch | None = None
    uncertain: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no packet is meant."""
        return not self.families or any(not s for s in self.fields.values())

    def narrowed(self, dimension: Dimension, values: IntervalSet | InterfaceMatch) -> Partial:
        """With *dimension* restricted to *values*."""
        if isinstance(values, InterfaceMatch):
            mine = self.in_interface if dimension is Pseudo.IN else self.out_interface
            met = _both(mine, values)
            if met is None:
                return self.doubted(" ".join(values.patterns))
            return replace(self, in_interface=met) if dimension is Pseudo.IN else replace(self, out_interface=met)
        if dimension is Pseudo.FAMILY:
            if values in (BOTH, self.families):
                return self
            return Partial(self.fields, self.families & values, self.in_interface, self.out_interface, self.uncertain)
        assert isinstance(dimension, Field)
        known = self.fields.get(dimension)
        fields = {**self.fields, dimension: values if known is None or known == values else known & values}
        return Partial(fields, self.families, self.in_interface, self.out_interface, self.uncertain)

    def doubted(self, why: str) -> Partial:
        """With one more part that cannot be known."""
        return self if not why or why in self.uncertain else replace(self, uncertain=(*self.uncertain, why))

    def trusted(self, why: str) -> Partial:
        """Without a doubt that turned out to be none."""
        return replace(self, uncertain=tuple(u for u in self.uncertain if u != why))

    def match(self) -> Match:
        """The device model's form."""
        return Match(
            fields=self.fields, in_interface=self.in_interface, out_interface=self.out_interface, uncertain=self.uncertain
        )


def _both(a: InterfaceMatch | None, b: InterfaceMatch) -> InterfaceMatch | None:
    """The intersection of two interface matches; ``None`` if it is no single one."""
    if a is None or a == b:
        return b
    if a.negated and b.negated:
        return InterfaceMatch(tuple(dict.fromkeys((*a.patterns, *b.patterns))), negated=True)
    if a.negated:
        a, b = b, a
    # a is positive: keep its patterns that b certainly contains; give up where they overlap in part
    kept = []
    for pattern in a.patterns:
        inside = _contains(b, pattern)
        if inside is None:
            return None
        if inside:
            kept.append(pattern)
    return InterfaceMatch(tuple(kept))


def _contains(match: InterfaceMatch, pattern: str) -> bool | None:
    """Whether all names of *pattern* are meant by *match* (``True``), none (``False``), or some (``None``)."""
    if not pattern.endswith("*"):
        return match.matches(pattern)
    stem = pattern[:-1]
    whole = any(p.endswith("*") and stem.startswith(p[:-1]) for p in match.patterns)
    some = whole or any((p.removesuffix("*")).startswith(stem) for p in match.patterns)
    if whole or not some:
        return whole != match.negated
    return None


# ---- boxes ---------------------------------------------------------------------------------------------------------


def union(values: Sequence[Values]) -> Values:
    """The union of values of one dimension."""
    if any(v is None for v in values):
        return None
    interfaces = [v for v in values if isinstance(v, InterfaceMatch)]
    if interfaces:
        if any(i.negated and not i.patterns for i in interfaces):
            return InterfaceMatch((), negated=True)
        return InterfaceMatch(tuple(dict.fromkeys(p for i in interfaces for p in i.patterns)))
    return IntervalSet.from_iter(p for v in values if isinstance(v, IntervalSet) for p in v)


def merged(boxes: Sequence[Box]) -> list[Box]:
    """The same union in fewer boxes: those that differ in one part only become one."""
    if len(boxes) <= 1:  # a constant, as in nearly every match
        return list(boxes)
    out = list(dict.fromkeys(boxes))
    for part in range(len(out[0]) if out else 0):
        groups: dict[Box, list[Values]] = {}
        for box in out:
            groups.setdefault((*box[:part], *box[part + 1 :]), []).append(box[part])
        out = [(*key[:part], union(found), *key[part:]) for key, found in groups.items()]
    return out


def complement(boxes: Sequence[Box], domains: Sequence[Values]) -> list[Box] | None:
    """Disjoint boxes of everything that no box holds; ``None`` if that is unknown or would be too much.

    *domains* are all values of each part (for interfaces any interface match).
    """
    if len(boxes) > _COMPLEMENT_IN or any(v is None for b in boxes for v in b) or any(d is None for d in domains):
        return None
    names: list[list[str]] = []
    for part, domain in enumerate(domains):
        found = dict.fromkeys(p for b in boxes if isinstance(v := b[part], InterfaceMatch) for p in v.patterns)
        if isinstance(domain, InterfaceMatch) and (
            any(n.endswith("*") for n in found) or any(isinstance(v := b[part], InterfaceMatch) and v.negated for b in boxes)
        ):
            return None
        names.append(list(found))
    tops = [d if isinstance(d, IntervalSet) else IntervalSet.of((0, len(n))) for d, n in zip(domains, names, strict=True)]
    numeric = [tuple(_numbered(v, n) for v, n in zip(b, names, strict=True)) for b in boxes]
    raw: list[tuple[IntervalSet, ...]] = []
    if not _outside(numeric, tops, (), raw):
        return None
    return [
        tuple(_named(v, n) if isinstance(d, InterfaceMatch) else v for v, n, d in zip(b, names, domains, strict=True))
        for b in raw
    ]


def _numbered(values: Values, names: list[str]) -> IntervalSet:
    """Interface names as numbers; the number after the last stands for every other interface."""
    if isinstance(values, IntervalSet):
        return values
    assert values is not None
    return IntervalSet.from_iter((names.index(p), names.index(p)) for p in values.patterns)


def _named(numbers: IntervalSet, names: list[str]) -> InterfaceMatch:
    if len(names) in numbers:
        return InterfaceMatch(tuple(n for i, n in enumerate(names) if i not in numbers), negated=True)
    return InterfaceMatch(tuple(n for i, n in enumerate(names) if i in numbers))


def _outside(
    boxes: Sequence[tuple[IntervalSet, ...]],
    tops: Sequence[IntervalSet],
    prefix: tuple[IntervalSet, ...],
    out: list[tuple[IntervalSet, ...]],
) -> bool:
    """Recursive complement, one part after the other; ``False`` when it becomes too much."""
    if not tops:
        if not boxes:
            out.append(prefix)
        return len(out) <= _COMPLEMENT_OUT
    if not boxes:
        out.append((*prefix, *tops))
        return len(out) <= _COMPLEMENT_OUT
    edges = sorted({e for b in boxes for lo, hi in b[0] for e in (lo, hi + 1)})
    cells: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for lo, hi in pairwise(edges):
        active = tuple(i for i, b in enumerate(boxes) if lo in b[0])
        if active:
            cells.setdefault(active, []).append((lo, hi - 1))
    rest = tops[0] - IntervalSet.from_iter(p for b in boxes for p in b[0])
    if rest:
        out.append((*prefix, rest, *tops[1:]))
    return all(
        _outside([boxes[i][1:] for i in active], tops[1:], (*prefix, cell), out)
        for active, pairs in cells.items()
        if (cell := IntervalSet.from_iter(pairs) & tops[0])
    )


def _with_fields(partial: Partial, fields: Mapping[Field, IntervalSet]) -> Partial:
    """*partial* with other *fields*; ``dataclasses.replace`` takes three times as long."""
    return Partial(fields, partial.families, partial.in_interface, partial.out_interface, partial.uncertain)


def combined(alternatives: Sequence[Partial], others: Sequence[Partial], limit: int) -> list[Partial] | None:
    """Every pair of alternatives that can hold together; ``None`` if there are more than *limit*."""
    if len(alternatives) * len(others) > limit * 4:
        return None
    out: list[Partial] = []
    for a, b in product(alternatives, others):
        fields = dict(a.fields)
        for dimension, values in b.fields.items():
            known = fields.get(dimension)
            fields[dimension] = values if known is None or known == values else known & values
        both = _with_fields(a.narrowed(Pseudo.FAMILY, b.families), fields)
        for pseudo, match in ((Pseudo.IN, b.in_interface), (Pseudo.OUT, b.out_interface)):
            if match is not None:
                both = both.narrowed(pseudo, match)
        for why in b.uncertain:
            both = both.doubted(why)
        if not both.empty:
            out.append(both)
    return out if len(out) <= limit else None


NOTHING = Partial(families=EMPTY)
