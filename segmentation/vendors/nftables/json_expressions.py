"""Expressions of libnftables-json(5) as syntax."""

from __future__ import annotations

import json
from typing import Any

from segmentation.model.text import Text
from segmentation.vendors.nftables import reasons
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

VERDICTS = frozenset({"accept", "drop", "continue", "return", "jump", "goto"})
_OPERATORS = frozenset({"|", "&", "^", "<<", ">>"})
_MAX_DEPTH = 40
_TOO_LONG = 200
_OPAQUE_PROPERTIES = ("flags", "mode", "mod", "name", "key", "field", "result")


class Unreadable(Exception):  # noqa: N818  # becomes a note before it leaves the package
    """A JSON value that has not the form the manual page gives, and why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def compact(value: Any, limit: int = 300) -> str:
    """A JSON value on one line, cut at *limit* characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "…"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def prop(holder: Any, name: str, *kinds: type) -> Any:
    """The property *name* of an object.  Raises :class:`Unreadable` if it is missing or of another type."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None or (kinds and not isinstance(value, kinds)) or (isinstance(value, bool) and bool not in kinds and kinds):
        raise Unreadable(reasons.JSON_INCOMPLETE.format(text=name))
    return value


def only(value: Any) -> tuple[str, Any]:
    """The one key and value of an object.  Raises :class:`Unreadable`."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Unreadable(reasons.JSON_EXPRESSION)
    return next(iter(value.items()))


def expression(value: Any, depth: int = 0) -> Expression:
    """Any expression.  Raises :class:`Unreadable`."""
    if depth > _MAX_DEPTH:
        raise Unreadable(reasons.TOO_DEEP)
    if isinstance(value, bool):
        return Literal("exists" if value else "missing")
    if isinstance(value, int):
        return Literal(str(value)) if abs(value) < 1 << 130 else Literal("0x" + "f" * 40)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return Listing(tuple(expression(v, depth + 1) for v in value))
    kind, body = only(value)
    if kind in _OPERATORS:
        operands = prop(value, kind, list)
        if len(operands) < 2:
            raise Unreadable(reasons.JSON_EXPRESSION)
        parts = [expression(v, depth + len(operands)) for v in operands]  # they nest on the left
        out = parts[0]
        for part in parts[1:]:
            out = Binary(kind, out, part)
        return out
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(body, depth + 1)
    if kind in _OPAQUE:
        return _opaque(kind, body)
    raise Unreadable(reasons.JSON_EXPRESSION)


def _string(text: str) -> Expression:
    if text.startswith("@"):
        return SetReference(text[1:])
    if text == "*":
        return Wildcard()
    return Literal(text, quoted=text.endswith("*"))


def _concat(body: Any, depth: int) -> Expression:
    if not isinstance(body, list) or len(body) < 2:
        raise Unreadable(reasons.JSON_EXPRESSION)
    return Concat(tuple(expression(v, depth) for v in body))


def _set(body: Any, depth: int) -> Expression:
    return SetLiteral(elements(body, depth))


def elements(body: Any, depth: int = 0) -> tuple[Element, ...]:
    """The elements of a set or map: one, or a list of them.  Raises :class:`Unreadable`."""
    return tuple(_element(v, depth + 1) for v in (body if isinstance(body, list) else [body]))


def _element(value: Any, depth: int) -> Element:
    if depth > _MAX_DEPTH:
        raise Unreadable(reasons.TOO_DEEP)
    if isinstance(value, list):  # a pair of a map
        if len(value) != 2:
            raise Unreadable(reasons.JSON_EXPRESSION)
        key = _element(value[0], depth + 1)
        return Element(key.key, _data(value[1], depth), key.timed, key.conditional, key.comment)
    if isinstance(value, dict) and "elem" in value:
        body = prop(value, "elem", dict)
        inner = _element(body.get("val"), depth + 1)
        conditional = next((compact({k: body[k]}) for k in ("limit", "quota", "ct count") if k in body), "")
        timed = inner.timed or "timeout" in body or "expires" in body
        comment = body.get("comment")
        return Element(inner.key, inner.value, timed, conditional, comment if isinstance(comment, str) else "")
    return Element(expression(value, depth))


def _data(value: Any, depth: int) -> Expression | Verdict:
    if depth > _MAX_DEPTH:
        raise Unreadable(reasons.TOO_DEEP)
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in VERDICTS:
        return verdict(value)
    if isinstance(value, dict) and "elem" in value:
        return _data(prop(value, "elem", dict).get("val"), depth + 1)
    return expression(value, depth)


def verdict(value: Any) -> Verdict:
    """``{"jump": {"target": …}}`` and the others.  Raises :class:`Unreadable`."""
    verb, body = only(value)
    return Verdict(verb, prop(body, "target", str)) if verb in ("jump", "goto") else Verdict(verb)


def _map(body: Any, depth: int) -> Expression:
    return MapLookup(expression(prop(body, "key"), depth), expression(prop(body, "data"), depth))


def _prefix(body: Any, depth: int) -> Expression:
    return Prefix(expression(prop(body, "addr"), depth), prop(body, "len", int))


def _range(body: Any, depth: int) -> Expression:
    if not isinstance(body, list) or len(body) != 2:
        raise Unreadable(reasons.JSON_EXPRESSION)
    return Range(expression(body[0], depth), expression(body[1], depth))


def _payload(body: Any, _depth: int) -> Expression:
    if isinstance(body, dict) and "base" in body:
        return RawPayload(prop(body, "base", str), prop(body, "offset", int), prop(body, "len", int))
    return Payload(prop(body, "protocol", str), prop(body, "field", str))


def _meta(body: Any, _depth: int) -> Expression:
    return Meta(prop(body, "key", str))


def _ct(body: Any, _depth: int) -> Expression:
    words = prop(body, "key", str).split()  # "ip saddr" carries its family
    direction, family = body.get("dir"), body.get("family")
    if len(words) == 2 and words[0] in ("ip", "ip6"):
        family, words = words[0], words[1:]
    return Ct(
        words[-1] if words else "", direction if isinstance(direction, str) else "", family if isinstance(family, str) else ""
    )


_READERS = {
    "concat": _concat, "set": _set, "map": _map, "prefix": _prefix, "range": _range, "payload": _payload, "meta": _meta,
    "ct": _ct,
}  # fmt: skip
_OPAQUE = frozenset({
    "exthdr", "tcp option", "ip option", "sctp chunk", "dccp option", "numgen", "jhash", "symhash", "fib", "rt", "osf",
    "socket", "ipsec", "elem",
})  # fmt: skip


def _opaque(kind: str, body: Any) -> Expression:
    """Expressions whose value a configuration cannot tell."""
    words = [kind]
    for key in _OPAQUE_PROPERTIES if isinstance(body, dict) else ():
        found = body.get(key)
        if isinstance(found, list):
            words.append(" . ".join(map(str, found)))
        elif isinstance(found, (str, int)):
            words.append(str(found))
    family = {"exthdr": "ip6", "ip option": "ip"}.get(kind, "")
    protocol = {"tcp option": "tcp", "sctp chunk": "sctp", "dccp option": "dccp"}.get(kind, "")
    return Opaque(" ".join(words)[:_TOO_LONG], family=family, protocol=protocol)
