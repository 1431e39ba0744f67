"""Sets and maps of the kernel as libnftables-json(5) has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from segmentation.live.attributes import (
    Attributes,
    attributes,
    expression,
    expressions,
    name,
    number,
    records,
    signed,
    text,
    userdata,
)
from segmentation.live.values import VERDICT, Decoder, field_length, lengths_of, split, types_of

#: linux/netfilter/nf_tables.h: enum nft_set_flags.
ANONYMOUS, CONSTANT, INTERVAL, MAP, TIMEOUT, EVAL, OBJECT = 1, 2, 4, 8, 16, 32, 64
_FLAG_WORDS = {CONSTANT: "constant", INTERVAL: "interval", TIMEOUT: "timeout", EVAL: "dynamic"}
#: enum nft_set_elem_flags.
_INTERVAL_END, _CATCH_ALL = 1, 2
#: NFT_CONTINUE and its neighbours; the positive ones are NF_DROP, NF_ACCEPT, NF_QUEUE.
_VERDICTS = {0: "drop", 1: "accept", -1: "continue", -5: "return"}
_TARGETED = {-3: "jump", -4: "goto"}
_CONDITIONS = {"limit": "limit", "quota": "quota", "connlimit": "ct count"}


@dataclass(slots=True)
class KernelSet:
    """A set, map or object map."""

    family: str
    table: str
    name: str
    flags: int
    key_types: list[int]
    key_length: int
    data_types: list[int]
    data_length: int
    object_type: int
    readable: bool = True  # whether keys and data could be told apart
    elements: list[Any] = field(default_factory=list)

    @property
    def anonymous(self) -> bool:
        """Whether it belongs to one rule and has no name of its own."""
        return bool(self.flags & ANONYMOUS)

    @property
    def is_map(self) -> bool:
        """Whether its keys lead to values."""
        return bool(self.flags & (MAP | OBJECT))

    def as_json(self) -> dict[str, Any]:
        """The object ``set`` or ``map``; one that could not be read counts as filled at run time."""
        flags = [w for bit, w in _FLAG_WORDS.items() if self.flags & bit]
        if not self.readable and "dynamic" not in flags:
            flags.append("dynamic")
        body: dict[str, Any] = {"family": self.family, "table": self.table, "name": self.name}
        body |= {"flags": flags} if flags else {}
        body |= {"elem": self.elements} if self.elements else {}
        return {"map" if self.is_map else "set": body}


def kernel_set(family: str, data: Attributes) -> KernelSet:
    """A set from the attributes of its message, without elements."""
    data_type = number(data, 6)
    verdicts = data_type == 0xFFFFFF00  # NFT_DATA_VERDICT
    return KernelSet(
        family=family,
        table=text(data, 1),
        name=text(data, 2),
        flags=number(data, 3),
        key_types=types_of(number(data, 4)),
        key_length=number(data, 5),
        data_types=[VERDICT] if verdicts else types_of(data_type),
        data_length=number(data, 7),
        object_type=number(data, 15),
    )


def element_verdict(value: bytes) -> Any:
    """A verdict (NFTA_VERDICT_CODE, NFTA_VERDICT_CHAIN) as JSON has it."""
    data = attributes(value)
    code = signed(data, 1)
    if code in _TARGETED:
        return {_TARGETED[code]: {"target": text(data, 2)}}
    word = _VERDICTS.get(code)
    if word is not None:
        return {word: None}
    return {"queue": None} if code & 0xFF == 3 else {f"verdict {code}": None}  # linux/netfilter.h: NF_VERDICT_MASK


@dataclass(frozen=True, slots=True)
class _Element:
    key: bytes
    end: bytes | None
    flags: int
    rest: Attributes


def fill(held: KernelSet, messages: list[Attributes], decoder: Decoder) -> None:
    """Read the elements of a set from the messages of its dump."""
    found = [_element(body) for data in messages for kind, body in records(data.get(3, b"")) if kind == 1]
    lengths = lengths_of(held.key_types or [0], held.key_length)
    if lengths is None:
        held.readable = False
        return
    catch_all = [e for e in found if e.flags & _CATCH_ALL]
    found = [e for e in found if not e.flags & _CATCH_ALL]
    pairs: list[tuple[_Element, bytes | None]]
    if held.flags & INTERVAL and len(lengths) == 1:
        pairs = _intervals(found, held.key_length)
    else:
        pairs = [(e, e.end) for e in sorted(found, key=lambda e: (e.key, e.end or b""))]
    held.elements = [_json(held, e, _key(held, e.key, end, lengths, decoder), decoder) for e, end in pairs]
    held.elements += [_json(held, e, "*", decoder) for e in catch_all]


def _element(body: bytes) -> _Element:
    data = attributes(body)
    key, end = (attributes(data[k]).get(1, b"") if k in data else None for k in (1, 10))
    return _Element(key or b"", end, number(data, 3), data)


def _intervals(found: list[_Element], length: int) -> list[tuple[_Element, bytes | None]]:
    """Beginnings with the last value of each interval: the tree holds where one begins and where the next does not."""
    ordered = sorted(found, key=lambda e: (e.key, not e.flags & _INTERVAL_END))
    out: list[tuple[_Element, bytes | None]] = []
    begun: _Element | None = None
    for each in ordered:
        if begun is not None:
            out.append((begun, (int.from_bytes(each.key, "big") - 1).to_bytes(length, "big")))
        begun = None if each.flags & _INTERVAL_END else each
    if begun is not None:
        out.append((begun, b"\xff" * length))
    return out


def _key(held: KernelSet, key: bytes, end: bytes | None, lengths: list[int], decoder: Decoder) -> Any:
    kinds = held.key_types or [0]
    if len(kinds) == 1:
        if end is None:
            return decoder.constant(kinds[0], key)
        return decoder.interval(kinds[0], key, end)
    lows = split(key, lengths)
    if end is None:
        return {"concat": [decoder.constant(k, v) for k, v in zip(kinds, lows, strict=True)]}
    ends = split(end, lengths)
    return {"concat": [decoder.interval(k, a, b) for k, a, b in zip(kinds, lows, ends, strict=True)]}


def _json(held: KernelSet, element: _Element, key: Any, decoder: Decoder) -> Any:
    """One element, with what belongs to it alone."""
    data = element.rest
    more: dict[str, Any] = {}
    if 4 in data:
        more["timeout"] = number(data, 4) // 1000
    if 5 in data:
        more["expires"] = number(data, 5) // 1000
    comment = userdata(data.get(6, b"")).get(0)
    if comment:
        more["comment"] = name(comment)
    inner = [*expressions(data.get(11, b"")), *([expression(data[7])] if 7 in data else [])]
    more |= {_CONDITIONS[e.name]: {} for e in inner if e.name in _CONDITIONS}
    shown = {"elem": {"val": key} | more} if more else key
    if not held.is_map:
        return shown
    return [shown, text(data, 9) if 9 in data else _data(held, attributes(data.get(2, b"")), decoder)]


def _data(held: KernelSet, data: Attributes, decoder: Decoder) -> Any:
    if 2 in data:
        return element_verdict(data[2])
    value = data.get(1, b"")
    kinds = held.data_types or [0]
    half = len(value) // 2
    lengths = lengths_of(kinds, len(value))
    wide = len(kinds) == 1 and field_length(kinds[0]) is not None and half >= (field_length(kinds[0]) or 0)
    if lengths is None or wide:  # an interval: the last value stands behind the first
        lengths = lengths_of(kinds, half)
        if lengths is None:
            return "?"
        ends = [split(part, lengths) for part in (value[:half], value[half:])]
        parts = [decoder.interval(k, a, b) for k, a, b in zip(kinds, *ends, strict=True)]
    else:
        parts = [decoder.constant(k, v) for k, v in zip(kinds, split(value, lengths), strict=True)]
    return parts[0] if len(parts) == 1 else {"concat": parts}
