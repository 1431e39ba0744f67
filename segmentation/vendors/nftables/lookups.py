"""Matches against constants, sets and maps as alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from segmentation.device.match import Field, InterfaceMatch
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.alternatives import Box, Partial, complement, merged, union
from segmentation.vendors.nftables.constants import Unresolved, Values, bits, by_bits, scalar, values
from segmentation.vendors.nftables.selectors import NEXT_HEADER, Kind, Pseudo, Selector, selectors
from segmentation.vendors.nftables.syntax import (
    Binary,
    Concat,
    Element,
    Expression,
    Listing,
    Literal,
    Relation,
    SetLiteral,
    SetReference,
    SetSyntax,
    Verdict,
    Wildcard,
)

_VARIANT_LIMIT = 64
#: IPv6 extension headers (linux/net/ipv6.h, ipv6_ext_hdr): behind them another protocol follows.
_EXTENSION_HEADERS = IntervalSet.of((0, 0), (43, 44), (51, 51), (59, 60))


@dataclass(slots=True)
class Content:
    """What a set holds: boxes that are certainly in it, boxes that may be, and whether anything may be."""

    known: list[Box] = field(default_factory=list)
    possible: list[Box] = field(default_factory=list)
    open: bool = False


Variant = tuple[Selector, ...]
SetFinder = Callable[[str], tuple[SetSyntax, bool]]


def variants(key: Expression, families: IntervalSet) -> list[Variant]:
    """All combinations of the variants of the parts of *key*."""
    parts = key.parts if isinstance(key, Concat) else (key,)
    out = list(product(*(selectors(_unmasked(p), families) for p in parts)))
    return out[:_VARIANT_LIMIT]


def _unmasked(part: Expression) -> Expression:
    while isinstance(part, Binary):
        part = part.left
    return part


def dependencies(variant: Variant) -> Partial:
    """What a variant implies about family and protocol."""
    out = Partial()
    for selector in variant:
        out = out.narrowed(Pseudo.FAMILY, selector.families)
        if selector.protocols is not None:
            out = out.narrowed(Field.PROTO, selector.protocols)
    return out


def content(variant: Variant, elements: Sequence[Element], *, is_open: bool, timed: bool) -> Content:
    """The boxes of a set's elements.  Raises :class:`Unresolved` where one does not fit the key."""
    out = Content(open=is_open)
    for element in elements:
        keys = element.key.parts if isinstance(element.key, Concat) else (element.key,)
        if len(keys) != len(variant):
            if len(keys) == 1 and isinstance(keys[0], Wildcard):
                keys *= len(variant)
            else:
                raise Unresolved(reasons.PARTS.format(found=len(keys), wanted=len(variant)))
        box = tuple(values(s, k) for s, k in zip(variant, keys, strict=True))
        may = timed or element.timed or element.conditional or any(v is None for v in box)
        (out.possible if may else out.known).append(box)
    out.known, out.possible = merged(out.known), merged(out.possible)
    return out


def resolve(variant: Variant, right: Expression, find: SetFinder) -> Content:
    """The content of the constant side of a match.  Raises :class:`Unresolved`."""
    if isinstance(right, SetReference):
        found, is_open = find(right.name)
        return content(variant, found.elements, is_open=is_open, timed=found.timeout)
    if isinstance(right, SetLiteral):
        return content(variant, right.elements, is_open=False, timed=False)
    return content(variant, (Element(right),), is_open=False, timed=False)


def boxed(base: Partial, variant: Variant, box: Box, doubt: str = "") -> Partial:
    """*base* narrowed to *box*."""
    out = base
    for selector, found in zip(variant, box, strict=True):
        dimension = selector.dimension
        out = out.doubted(doubt) if dimension is None or found is None else out.narrowed(dimension, found)
    return out


def _domains(variant: Variant) -> list[Values]:
    return [
        None
        if s.dimension is None
        else InterfaceMatch((), negated=True)
        if s.dimension in (Pseudo.IN, Pseudo.OUT)
        else s.domain
        for s in variant
    ]


def members(variant: Variant, found: Content, text: str, base: Partial) -> list[Partial]:
    """The alternatives of ``key == set``; *base* is what the variant implies."""
    out = [boxed(base, variant, b, text) for b in found.known]
    if found.open:
        out.append(base.doubted(text))
    else:
        out += [boxed(base, variant, b, text).doubted(text) for b in found.possible]
    return out


def others(variant: Variant, found: Content, text: str, base: Partial) -> list[Partial]:
    """The alternatives of ``key != set``; *base* is what the variant implies."""
    if any(s.dimension is None for s in variant):
        return [base.doubted(text)]
    everything = [*found.known, *found.possible]
    if len(variant) == 1:
        return _others_single(base, variant[0], found, text)
    outside = complement(everything, _domains(variant))
    if outside is None:
        return [base.doubted(text)]
    doubtful = (found.possible if not found.open else []) and complement(found.known, _domains(variant))
    out = [boxed(base.doubted(text) if found.open else base, variant, b) for b in outside]
    if doubtful:
        out += [boxed(base, variant, b).doubted(text) for b in doubtful]
    return out


def _others_single(base: Partial, selector: Selector, found: Content, text: str) -> list[Partial]:
    known = union([b[0] for b in found.known]) if found.known else EMPTY
    possible = union([b[0] for b in found.possible]) if found.possible else EMPTY
    assert selector.dimension is not None
    if isinstance(known, InterfaceMatch) or isinstance(possible, InterfaceMatch):
        if found.possible or found.open or not isinstance(known, InterfaceMatch):
            return [base.doubted(text)]
        return [base.narrowed(selector.dimension, InterfaceMatch(known.patterns, negated=not known.negated))]
    if known is None or possible is None:
        return [base.doubted(text)]
    outside = selector.domain - known
    if found.open:
        return [base.narrowed(selector.dimension, outside).doubted(text)]
    out = [base.narrowed(selector.dimension, outside - possible)]
    if possible - known:
        out.append(base.narrowed(selector.dimension, possible - known).doubted(text))
    return out


# ---- relations -----------------------------------------------------------------------------------------------------


def relation(statement: Relation, families: IntervalSet, find: SetFinder) -> list[Partial]:
    """The alternatives of one match.  Raises :class:`Unresolved`."""
    out: list[Partial] = []
    for variant in variants(statement.left, families):
        if len(variant) == 1:
            out += _single(statement, variant[0], find)
        elif any(isinstance(p, Binary) for p in getattr(statement.left, "parts", ())):
            out.append(dependencies(variant).doubted(statement.text))
        else:
            found = resolve(variant, statement.right, find)
            negative = statement.operator in ("!=", "!")
            out += (others if negative else members)(variant, found, statement.text, dependencies(variant))
    return out


def _single(statement: Relation, selector: Selector, find: SetFinder) -> list[Partial]:
    variant = (selector,)
    base = dependencies(variant)
    left, operator, right = statement.left, statement.operator, statement.right
    if selector.dimension is None:
        if isinstance(right, SetReference):
            find(right.name)
        return [base.doubted(statement.text)]
    if selector.inexact:
        return [_inexact(statement, selector, base, find)]
    if isinstance(right, Binary) and right.operator == "/":
        left, right = Binary("&", left, right.right), right.left
    if isinstance(left, Binary):
        return _masked(statement, selector, base, left, operator, right)
    if operator in ("<", ">", "<=", ">="):
        return [base.narrowed(selector.dimension, _compared(selector, operator, right))]
    flags = selector.kind in (Kind.FLAGS, Kind.STATE)
    if flags and not isinstance(right, (SetLiteral, SetReference)) and operator in ("", "in", "!"):
        # nft(8), BITMASK: without an operator, any of the bits; with "!", none of them
        none = by_bits(selector, bits(selector, right), 0)
        return [base.narrowed(selector.dimension, none if operator == "!" else selector.domain - none)]
    if flags and isinstance(right, Listing):
        right = Binary("|", right, Listing(()))  # "!= a,b" compares with the one value a|b (seen in nft 1.0.6's bytecode)
    found = resolve(variant, right, find)
    return (others if operator in ("!=", "!") else members)(variant, found, statement.text, base)


def _inexact(statement: Relation, selector: Selector, base: Partial, find: SetFinder) -> Partial:
    """A dimension that bounds a match without deciding it."""
    if selector.inexact != NEXT_HEADER:
        return base.doubted(statement.text)
    positive = statement.operator in ("", "==", "in") and not isinstance(statement.left, Binary)
    found = resolve((selector,), statement.right, find)
    if not positive or found.open or found.possible:
        return base.doubted(statement.text)
    allowed = union([b[0] for b in found.known])
    if not isinstance(allowed, IntervalSet) or allowed & _EXTENSION_HEADERS:
        return base.doubted(statement.text)
    return base.narrowed(Field.PROTO, allowed).doubted(NEXT_HEADER + ": " + statement.text)


def _compared(selector: Selector, operator: str, right: Expression) -> IntervalSet:
    if not isinstance(right, Literal) or selector.kind in (
        Kind.STATE,
        Kind.NFPROTO,
        Kind.ETHER_TYPE,
        Kind.VERSION,
        Kind.INTERFACE,
    ):
        raise Unresolved(reasons.NO_ORDER.format(operator=operator))
    value, top = scalar(selector, right), selector.domain.high
    low, high = {"<": (0, value - 1), "<=": (0, value), ">": (value + 1, top), ">=": (value, top)}[operator]
    return IntervalSet.of((low, high))


def _masked(
    statement: Relation, selector: Selector, base: Partial, left: Binary, operator: str, right: Expression
) -> list[Partial]:
    """``field & mask == value``."""
    if left.operator != "&" or isinstance(left.left, Binary) or operator not in ("", "==", "!=", "in", "!"):
        return [base.doubted(statement.text)]
    if isinstance(selector.dimension, Pseudo) or isinstance(right, (SetReference, SetLiteral)):
        return [base.doubted(statement.text)]
    assert selector.dimension is not None
    mask = bits(selector, left.right)
    try:
        if operator == "in" and selector.kind in (Kind.FLAGS, Kind.STATE):
            found = selector.domain - by_bits(selector, mask & bits(selector, right), 0)
        else:
            found = by_bits(selector, mask, bits(selector, right))
    except Unresolved:
        return [base.doubted(statement.text)]
    return [base.narrowed(selector.dimension, selector.domain - found if operator in ("!=", "!") else found)]


# ---- maps ----------------------------------------------------------------------------------------------------------

Result = Expression | Verdict | None


def entries(
    key: Expression, data: Expression, families: IntervalSet, find: SetFinder, text: str
) -> Iterator[tuple[Partial, Result]]:
    """For each different value of a map, the alternatives of the keys that lead to it.  Raises :class:`Unresolved`."""
    if isinstance(data, SetReference):
        syntax, is_open = find(data.name)
        elements, timed = syntax.elements, syntax.timeout
    elif isinstance(data, SetLiteral):
        elements, is_open, timed = list(data.elements), False, False
    else:
        raise Unresolved(reasons.expected(reasons.A_MAP, "…"))
    masked = any(isinstance(p, Binary) for p in (key.parts if isinstance(key, Concat) else (key,)))
    for variant in variants(key, families):
        base = dependencies(variant)
        groups: dict[Result, list[Element]] = {}
        for element in elements:
            groups.setdefault(element.value, []).append(element)
        for result, members_ in groups.items():
            if masked or any(s.inexact for s in variant):
                yield base.doubted(text), result
                continue
            for element in (e for e in members_ if isinstance(e.key, Wildcard)):
                rest = content(variant, [e for e in elements if e is not element], is_open=False, timed=timed)
                yield from ((p, result) for p in others(variant, rest, text, base))
            found = content(variant, [e for e in members_ if not isinstance(e.key, Wildcard)], is_open=False, timed=timed)
            yield from ((p, result) for p in members(variant, found, text, base))
        if is_open:
            yield base.doubted(text), None
