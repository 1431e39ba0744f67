"""Conditions of a rule as unions of products, and their conjunction.

A rule is a conjunction of conditions; most are one product of field sets, a few (``--ports``, ipsets, negated ICMP
types) are unions.  The conjunction is multiplied out; each product becomes one neutral rule at the same location.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segmentation.device.match import FIELD_TOP, Field, InterfaceMatch, Match
from segmentation.model.addresses import TOP, Family
from segmentation.model.intervals import IntervalSet

#: Products one rule may become; beyond it the rule is widened to one and marked uncertain.
TERM_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Term:
    """A product under construction; an absent field matches every value."""

    fields: Mapping[Field, IntervalSet] = field(default_factory=dict)
    in_interface: InterfaceMatch | None = None
    out_interface: InterfaceMatch | None = None
    uncertain: tuple[str, ...] = ()

    def match(self) -> Match:
        """The neutral match."""
        return Match(
            fields=self.fields, in_interface=self.in_interface, out_interface=self.out_interface, uncertain=self.uncertain
        )

    @property
    def empty(self) -> bool:
        """Whether no packet can match."""
        for name in (self.in_interface, self.out_interface):
            if name is not None and not name.patterns and not name.negated:
                return True
        return any(not values.intervals for values in self.fields.values())


Condition = tuple[Term, ...]
ALWAYS: Condition = (Term(),)


def top(axis: Field, family: Family) -> int:
    """The largest value of a field."""
    return FIELD_TOP.get(axis, TOP[family])


def one(axis: Field, values: IntervalSet, *, negated: bool = False, family: Family = 4) -> Condition:
    """A condition on one field."""
    return (Term({axis: values.complement(top(axis, family)) if negated else values}),)


def doubtful(text: str) -> Condition:
    """A condition that may or may not hold."""
    return (Term(uncertain=(text,)),)


def both(a: Term, b: Term) -> Term:
    """The intersection of two products (exact, or widened and marked where interface patterns cannot say it)."""
    fields = dict(a.fields)
    for axis, values in b.fields.items():
        fields[axis] = fields[axis] & values if axis in fields else values
    doubts = a.uncertain + tuple(u for u in b.uncertain if u not in a.uncertain)
    came, doubt_in = _both_interfaces(a.in_interface, b.in_interface)
    left, doubt_out = _both_interfaces(a.out_interface, b.out_interface)
    return Term(fields, came, left, doubts + doubt_in + doubt_out)


def _both_interfaces(a: InterfaceMatch | None, b: InterfaceMatch | None) -> tuple[InterfaceMatch | None, tuple[str, ...]]:
    if a is None or b is None:
        return a or b, ()
    if a.negated and b.negated:
        return InterfaceMatch(tuple(dict.fromkeys(a.patterns + b.patterns)), negated=True), ()
    if a.negated or b.negated:
        kept, barred = (b, a) if a.negated else (a, b)
        names = tuple(p for p in kept.patterns if p.endswith("*") or barred.matches(p))
        vague = any(p.endswith("*") for p in names)
        return InterfaceMatch(names), ((f"! {' '.join(barred.patterns)}",) if vague else ())
    met = (_meet(p, q) for p in a.patterns for q in b.patterns)
    return InterfaceMatch(tuple(dict.fromkeys(m for m in met if m is not None))), ()


def _meet(p: str, q: str) -> str | None:
    """The pattern for names that both patterns mean."""
    if p.endswith("*") and q.startswith(p[:-1]):
        return q
    if q.endswith("*") and p.startswith(q[:-1]):
        return p
    return p if p == q else None


def conjunction(conditions: Iterable[Condition], too_many: str) -> Condition:
    """Multiply the conditions out.  A rule that can never match keeps one (empty) product, so that it is reported.

    Beyond :data:`TERM_LIMIT` products, the condition is widened to its hull and marked with *too_many*.
    """
    conditions = list(conditions)
    single = _single_product(conditions)
    if single is not None:
        return (single,)
    terms: Condition = ALWAYS
    for condition in conditions:
        fits = len(condition) * len(terms) <= TERM_LIMIT
        product = [both(a, b) for a in terms for b in (condition if fits else (_widened(condition, too_many),))]
        terms = tuple(t for t in product if not t.empty) or tuple(product[:1])
        if not terms:  # a condition without products matches nothing
            return (Term({Field.PROTO: IntervalSet()}),)
    return terms


def _single_product(conditions: Sequence[Condition]) -> Term | None:
    """The conjunction where it is plain, as in nearly every rule: products of different fields, none of them empty."""
    fields: dict[Field, IntervalSet] = {}
    came: InterfaceMatch | None = None
    left: InterfaceMatch | None = None
    for condition in conditions:
        if len(condition) != 1:
            return None
        term = condition[0]
        if term.uncertain or term.empty or (came and term.in_interface) or (left and term.out_interface):
            return None
        came, left = came or term.in_interface, left or term.out_interface
        for axis, values in term.fields.items():
            if axis in fields:
                return None
            fields[axis] = values
    return Term(fields, came, left)


def _widened(condition: Condition, too_many: str) -> Term:
    whole = hull(condition)
    return replace(whole, uncertain=(*whole.uncertain, too_many))


def weight(terms: Condition) -> int:
    """What a condition costs in memory beyond one plain product: its further products and intervals."""
    return len(terms) - 1 + sum(len(v) for t in terms for v in t.fields.values() if len(v) > 16)


def outline(terms: Condition, too_many: str) -> Condition:
    """One product of one interval a field that holds all of *terms*, marked with *too_many*."""
    whole = _widened(terms, too_many)
    return (replace(whole, fields={a: IntervalSet.of((v.low, v.high)) if v else v for a, v in whole.fields.items()}),)


def hull(terms: Iterable[Term]) -> Term:
    """One product that holds all of them."""
    listed = list(terms)
    if not listed:
        return Term({Field.PROTO: IntervalSet()})
    axes = set(listed[0].fields)
    for term in listed[1:]:
        axes &= set(term.fields)
    fields = {a: IntervalSet.from_iter(p for t in listed for p in t.fields[a]) for a in sorted(axes)}
    doubts = tuple(dict.fromkeys(u for t in listed for u in t.uncertain))
    return Term(fields, None, None, doubts)


def negation(terms: Condition, family: Family) -> Condition | None:
    """The complement of a union of products, or ``None`` if it has too many products or doubts."""
    out: Condition = ALWAYS
    for term in terms:
        if term.uncertain:
            return None
        pieces: list[Term] = []
        before: Term = Term()
        for axis, values in term.fields.items():
            outside = values.complement(top(axis, family))
            if outside:
                pieces.append(both(before, Term({axis: outside})))
            before = both(before, Term({axis: values}))
        for name in ("in_interface", "out_interface"):
            named: InterfaceMatch | None = getattr(term, name)
            if named is not None:
                turned = InterfaceMatch(named.patterns, negated=not named.negated)
                pieces.append(both(before, Term(in_interface=turned) if name == "in_interface" else Term(out_interface=turned)))
        if not pieces:
            return ()
        if len(pieces) * len(out) > TERM_LIMIT:
            return None
        out = tuple(t for a in out for b in pieces if not (t := both(a, b)).empty)
    return out
