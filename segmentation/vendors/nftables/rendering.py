"""Expressions as nft would write them: the words shown for a rule that was read from JSON."""

from __future__ import annotations

from segmentation.vendors.nftables.syntax import (
    Binary,
    Concat,
    Ct,
    Element,
    Expression,
    Listing,
    Literal,
    MapLookup,
    Meta,
    Opaque,
    Payload,
    Prefix,
    Range,
    RawPayload,
    SetLiteral,
    SetReference,
    Verdict,
    Wildcard,
)

_UNQUALIFIED = frozenset({"iif", "iifname", "oif", "oifname"})
_SHOWN_ELEMENTS = 40


def written(expression: Expression | Verdict) -> str:
    """The text of an expression."""
    if isinstance(expression, Literal):
        return f'"{expression.text}"' if expression.quoted else expression.text
    if isinstance(expression, (Payload, Meta, Ct, RawPayload, Opaque)):
        return _selector(expression)
    if isinstance(expression, Range):
        return f"{written(expression.low)}-{written(expression.high)}"
    if isinstance(expression, Prefix):
        return f"{written(expression.base)}/{expression.length}"
    if isinstance(expression, Binary):
        return f"{written(expression.left)} {expression.operator} {written(expression.right)}"
    if isinstance(expression, MapLookup):
        return f"{written(expression.key)} map {written(expression.data)}"
    return _compound(expression)


def _compound(expression: Expression | Verdict) -> str:
    if isinstance(expression, Listing):
        return ",".join(written(i) for i in expression.items)
    if isinstance(expression, Concat):
        return " . ".join(written(p) for p in expression.parts)
    if isinstance(expression, SetReference):
        return f"@{expression.name}"
    if isinstance(expression, SetLiteral):
        shown = [_element(e) for e in expression.elements[:_SHOWN_ELEMENTS]]
        if len(expression.elements) > _SHOWN_ELEMENTS:
            shown.append("…")
        return "{ " + ", ".join(shown) + " }"
    if isinstance(expression, Wildcard):
        return "*"
    assert isinstance(expression, Verdict)
    return f"{expression.verb} {expression.target}".rstrip()


def _selector(expression: Payload | Meta | Ct | RawPayload | Opaque) -> str:
    if isinstance(expression, Payload):
        return f"{expression.protocol} {expression.field}"
    if isinstance(expression, Meta):
        return expression.key if expression.key in _UNQUALIFIED else f"meta {expression.key}"
    if isinstance(expression, Ct):
        return " ".join(w for w in ("ct", expression.direction, expression.family, expression.key) if w)
    if isinstance(expression, RawPayload):
        return f"@{expression.base},{expression.offset},{expression.length}"
    return expression.text


def _element(element: Element) -> str:
    key = written(element.key)
    return key if element.value is None else f"{key} : {written(element.value)}"
