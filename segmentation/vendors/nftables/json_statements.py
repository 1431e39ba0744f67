"""Statements of libnftables-json(5) as syntax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.extensions import extension
from segmentation.vendors.nftables.json_expressions import VERDICTS, Unreadable, compact, expression, only, prop, verdict
from segmentation.vendors.nftables.rendering import written
from segmentation.vendors.nftables.statements import ADDRESSING_FIELDS
from segmentation.vendors.nftables.syntax import (
    Binary,
    Condition,
    Counter,
    Delegated,
    Expression,
    Hazard,
    Log,
    Nat,
    Notrack,
    Payload,
    RawPayload,
    Relation,
    SetReference,
    SetUpdate,
    SideEffect,
    Statement,
    Unknown,
    Verdict,
    VerdictMap,
    selects,
)
from segmentation.vendors.reading import shown


def statements(values: Any) -> tuple[Statement, ...]:
    """The statements of a rule; what is not understood becomes :class:`Unknown`."""
    out: list[Statement] = []
    ended = False
    for value in values if isinstance(values, list) else [values]:
        try:
            found = _statement(value)
        except Unreadable as problem:
            found = Unknown(shown(compact(value)), problem.reason)
        if ended:
            found = Unknown(shown(compact(value)), reasons.AFTER_VERDICT)
        ended = ended or isinstance(found, (Verdict, VerdictMap, Nat))
        out.append(found)
    return tuple(out)


def _statement(value: Any) -> Statement:
    if isinstance(value, str) and value in VERDICTS:
        return Verdict(value)
    kind, body = only(value)
    if kind in VERDICTS:
        return verdict(value)
    reader = _READERS.get(kind)
    if reader is None:
        raise Unreadable(reasons.JSON_STATEMENT.format(text=kind))
    return reader(kind, body)


def _match(_kind: str, body: Any) -> Statement:
    left, right = expression(prop(body, "left")), expression(body.get("right"))
    if not selects(left):
        raise Unreadable(reasons.JSON_EXPRESSION)
    operator = body.get("op", "")
    if not isinstance(operator, str):
        raise Unreadable(reasons.JSON_INCOMPLETE.format(text="op"))
    hidden = operator == "in" or (operator == "==" and not isinstance(left, Binary))
    shown_operator = "" if hidden else f"{operator} "
    return Relation(left, operator, right, shown(f"{written(left)} {shown_operator}{written(right)}"))


def _vmap(_kind: str, body: Any) -> Statement:
    key, data = expression(prop(body, "key")), expression(prop(body, "data"))
    if not selects(key):
        raise Unreadable(reasons.JSON_EXPRESSION)
    return VerdictMap(key, data, shown(f"{written(key)} vmap {written(data)}"))


def _counter(_kind: str, body: Any) -> Statement:
    packets = body.get("packets") if isinstance(body, dict) else None
    known = packets if isinstance(packets, int) and not isinstance(packets, bool) else None
    return Counter(known, body if isinstance(body, str) else "")


def _nat(kind: str, body: Any) -> Statement:
    body = body if isinstance(body, dict) else {}
    address: Expression | None = expression(body["addr"]) if "addr" in body else None
    port: Expression | None = expression(body["port"]) if "port" in body else None
    family = body.get("family")
    text = kind + (f" to {written(address)}" if address else "") + (f" :{written(port)}" if port else "")
    types = body.get("type_flags")
    prefix = types == "prefix" or (isinstance(types, list) and "prefix" in types)
    return Nat(kind, family if family in ("ip", "ip6") else "", address, port, shown(text), prefix)


def _mangle(_kind: str, body: Any) -> Statement:
    key = expression(prop(body, "key"))
    text = shown(f"{written(key)} set {compact(body.get('value'))}")
    if isinstance(key, RawPayload) or (
        isinstance(key, Payload) and key.field in ADDRESSING_FIELDS and key.protocol not in ("ether", "arp", "vlan")
    ):
        return Hazard(text, reasons.REWRITTEN)
    return SideEffect(text)


def _limit(kind: str, body: Any) -> Statement:
    if kind == "limit" and isinstance(body, dict):
        over = "over " if body.get("inv") is True else ""
        unit = f" {body['rate_unit']}" if isinstance(body.get("rate_unit"), str) else ""
        return Condition(shown(f"limit rate {over}{body.get('rate')}{unit}/{body.get('per', 'second')}"))
    if kind == "ct count" and isinstance(body, dict):
        over = "over " if body.get("inv") is True else ""
        return Condition(shown(f"ct count {over}{body.get('val')}"))
    return Condition(shown(f"{kind} {compact(body)}"))


def _set(_kind: str, body: Any) -> Statement:
    reference = expression(prop(body, "set", str))
    name = reference.name if isinstance(reference, SetReference) else prop(body, "set", str)
    element = body.get("elem")
    limited = bool(body.get("stmt"))
    if isinstance(element, dict) and "elem" in element:
        limited = limited or any(k in prop(element, "elem", dict) for k in ("limit", "quota", "ct count"))
        element = prop(element, "elem", dict).get("val")
    key = expression(element)
    operator = body.get("op", "add")
    return SetUpdate(name, key, limited, shown(f"{operator} @{name} {{ {written(key)} }}"), str(operator))


def _meter(_kind: str, body: Any) -> Statement:
    name, key = prop(body, "name", str), prop(body, "key")
    if isinstance(key, dict) and "elem" in key:
        key = prop(key, "elem", dict).get("val")
    read = expression(key)
    return SetUpdate(name, read, limited=True, text=shown(f"meter {name} {{ {written(read)} }}"), operator="meter")


def _side_effect(kind: str, body: Any) -> Statement:
    return SideEffect(shown(f"{kind} {compact(body)}"))


def _extension(_kind: str, body: Any) -> Statement:
    kind, name = prop(body, "type", str), prop(body, "name", str)
    return extension(kind, name, shown(f"xt {kind} {name}"))


def _delegated(kind: str, body: Any) -> Statement:
    return Delegated(shown(kind if body is None else f"{kind} {compact(body)}"))


_Reader = Callable[[str, Any], Statement]
_READERS: dict[str, _Reader] = {
    "match": _match,
    "vmap": _vmap,
    "counter": _counter,
    "log": lambda _kind, _body: Log(),
    "reject": lambda _kind, _body: Verdict("drop"),
    "dnat": _nat,
    "snat": _nat,
    "masquerade": _nat,
    "redirect": _nat,
    "mangle": _mangle,
    "limit": _limit,
    "quota": _limit,
    "ct count": _limit,
    "set": _set,
    "map": _set,
    "meter": _meter,
    "notrack": lambda _kind, _body: Notrack(),
    "dup": lambda kind, body: Hazard(shown(f"{kind} {compact(body)}"), reasons.DUPLICATED),
    "fwd": lambda kind, body: Hazard(shown(f"{kind} {compact(body)}"), reasons.FORWARDED),
    "queue": _delegated,
    "synproxy": _delegated,
    "tproxy": lambda kind, body: Condition(shown(f"{kind} {compact(body)}")),
    "flow": _side_effect,
    "ct helper": _side_effect,
    "ct timeout": _side_effect,
    "ct expectation": _side_effect,
    "reset": _side_effect,
    "last": _side_effect,
    "secmark": _side_effect,
    "xt": _extension,
}


def rendered(found: tuple[Statement, ...]) -> str:
    """A rule's statements on one line, for reports."""
    return shown(" ".join(w for w in map(_words, found) if w))


def _words(statement: Statement) -> str:
    if isinstance(statement, Verdict):
        return written(statement)
    if isinstance(statement, Counter):
        return "counter" if statement.packets is None else f"counter packets {statement.packets}"
    if isinstance(statement, Log):
        return "log"
    if isinstance(statement, Notrack):
        return "notrack"
    return statement.text
