"""The instructions of a rule in the kernel as statements of libnftables-json(5).

A rule is a program over registers of four octets (linux/net/netfilter/nf_tables.h).  Each instruction that loads something
leaves here what it loaded; each that compares becomes a match.  What is not known becomes a statement that nobody knows, so
that the reader of the JSON form lists it and takes the rule as uncertain.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from segmentation.live import vocabulary as words
from segmentation.live.attributes import KernelExpression, attributes, expressions, number, text
from segmentation.live.compatibility import extension
from segmentation.live.fields import LINK, Context, Part, loaded, written
from segmentation.live.sets import KernelSet, element_verdict
from segmentation.live.values import PROTOCOL_NAMES, Decoder, interface_name

Statement = Any  # a statement as JSON has it


@dataclass(frozen=True, slots=True)
class Loaded:
    """What registers hold from one word on."""

    parts: tuple[Part, ...]
    host_order: bool = False
    constant: bytes | None = None
    mask: tuple[int, int] | None = None  # and, xor
    opaque: bool = False  # shifted or otherwise computed: no value can be told

    @property
    def length(self) -> int:
        """The octets held."""
        return sum(p.length for p in self.parts) if self.constant is None else len(self.constant)


def word(register: int) -> int:
    """The number of the first four octets of a register (nf_tables_api.c: nft_parse_register)."""
    return register * 4 if register <= words.LAST_WIDE_REGISTER else register - words.FIRST_REGISTER32 + 4


@dataclass(slots=True)
class RuleDecoder:
    """Decodes the rules of one table."""

    family: str
    sets: Mapping[str, KernelSet]
    decoder: Decoder
    registers: dict[int, Loaded] = field(default_factory=dict)
    context: Context = field(default_factory=Context)

    def statements(self, instructions: Iterable[KernelExpression]) -> list[Statement]:
        """The statements of one rule."""
        self.registers = {}
        self.context = Context(self.family if self.family in ("ip", "ip6") else "")
        listed = list(instructions)
        out: list[Statement] = []
        for at, instruction in enumerate(listed):
            handler = _HANDLERS.get(instruction.name)
            if handler is None:
                out.append({f"expression {instruction.name}": None})
                continue
            following = listed[at + 1] if at + 1 < len(listed) else None
            found = handler(self, instruction, following)
            out += found if isinstance(found, list) else [] if found is None else [found]
        return out

    # -- registers

    def put(self, data: Mapping[int, bytes], kind: int, value: Loaded) -> None:
        """Leave *value* in the register that attribute *kind* names."""
        at = word(number(dict(data), kind))
        span = max(1, value.length + 3 >> 2)
        # An older value that reaches into these words is gone.
        for other in [k for k, v in self.registers.items() if k < at + span and at < k + max(1, v.length + 3 >> 2)]:
            del self.registers[other]
        self.registers[at] = value

    def get(self, data: Mapping[int, bytes], kind: int, length: int = 0) -> list[Loaded] | None:
        """The values from the register of attribute *kind* on, for *length* octets of a key; ``None`` if unknown."""
        if kind not in data:
            return None
        at, taken = word(number(dict(data), kind)), 0
        out: list[Loaded] = []
        while taken < max(length, 1):
            found = self.registers.get(at)
            if found is None:
                return None
            out.append(found)
            size = found.length + 3 & ~3 or 4
            at, taken = at + size // 4, taken + size
        return out


def _expression(found: Loaded) -> Any:
    """What a register holds, as the left side of a match."""
    left = found.parts[0].left if len(found.parts) == 1 else {"concat": [p.left for p in found.parts]}
    if found.mask is None:
        return left
    mask, xor = found.mask
    masked = {"&": [left, _mask_constant(found, mask)]}
    return {"^": [masked, xor]} if xor or found.opaque else masked


def _mask_constant(found: Loaded, mask: int) -> Any:
    kind = words.constant_kind(found.parts[0].left)
    if kind in (words.IPADDR, words.IP6ADDR, words.ETHERADDR):
        return Decoder({}).constant(kind, mask.to_bytes(found.length, "big"))
    return mask


def _key(found: list[Loaded]) -> Any:
    parts = [e for f in found for e in ([_expression(f)] if f.mask else [p.left for p in f.parts])]
    return parts[0] if len(parts) == 1 else {"concat": parts}


# ---- loads ---------------------------------------------------------------------------------------------------------


def _payload(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    base, offset, length = (number(at.data, k) for k in (2, 3, 4))
    parts = tuple(loaded(rule.context, base, offset, length))
    if 5 in at.data:  # NFTA_PAYLOAD_SREG: written to the packet
        return {"mangle": {"key": written(rule.context, base, offset, length), "value": 0}}
    rule.put(at.data, 1, Loaded(parts))
    return None


def _meta(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    key, length, host_order = words.META.get(number(at.data, 2), (f"key {number(at.data, 2)}", 4, True))
    left = {"meta": {"key": key}}
    if 3 in at.data:
        return {"mangle": {"key": left, "value": 0}}
    rule.put(at.data, 1, Loaded((Part(left, length),), host_order))
    return None


def _ct(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    key, family, length = words.CT.get(number(at.data, 2), (f"key {number(at.data, 2)}", "", 4))
    body = {"key": key} | ({"family": family} if family else {})
    if 3 in at.data:
        body["dir"] = "reply" if number(at.data, 3) else "original"
    if 4 in at.data:
        return {"mangle": {"key": {"ct": body}, "value": 0}}
    rule.put(at.data, 1, Loaded((Part({"ct": body}, length),), host_order=True))
    return None


def _opaque(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    left, register, length = words.opaque(at)
    if at.name == "exthdr" and 7 in at.data:
        return {"mangle": {"key": left, "value": 0}}
    if register in at.data:
        rule.put(at.data, register, Loaded((Part(left, length),), host_order=True, opaque=True))
        return None
    return {"reset": left} if at.name == "exthdr" else {f"expression {at.name}": None}


def _immediate(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    data = attributes(at.data.get(2, b""))
    if 2 in data:
        return element_verdict(data[2])
    rule.put(at.data, 1, Loaded((), constant=data.get(1, b"")))
    return None


def _bitwise(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    found = rule.get(at.data, 1)
    if found is None or not (found[0].parts or found[0].constant is not None) or any(p.whole for p in found[0].parts):
        return {"expression bitwise": None}
    one, operation = found[0], number(at.data, 6)
    order = "little" if one.host_order and sys.byteorder == "little" else "big"
    mask, xor = (
        int.from_bytes(attributes(at.data.get(k, b"")).get(1, b""), "little" if order == "little" else "big") for k in (4, 5)
    )
    if operation == words.BITWISE_BOOL and one.mask is None and one.constant is None and len(one.parts) == 1:
        rule.put(at.data, 2, Loaded(one.parts, one.host_order, mask=(mask, xor), opaque=one.opaque))
    else:  # shifts, several operations on one value: what comes out is compared, but cannot be told
        left = one.parts[0].left if one.parts else {"rt": {"key": "computed"}}
        length = number(at.data, 3) or 4
        rule.put(at.data, 2, Loaded((Part(left, length),), one.host_order, mask=(mask, xor), opaque=True))
    return None


def _byteorder(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    found = rule.get(at.data, 1)
    if found is None or not found[0].parts:
        return {"expression byteorder": None}
    one = found[0]
    rule.put(at.data, 2, Loaded(one.parts, not one.host_order, mask=one.mask, opaque=one.opaque))
    return None


# ---- comparisons ---------------------------------------------------------------------------------------------------


def _cmp(rule: RuleDecoder, at: KernelExpression, following: KernelExpression | None) -> Statement:
    found = rule.get(at.data, 1)
    value = attributes(at.data.get(3, b"")).get(1, b"")
    operator = words.OPERATORS.get(number(at.data, 2))
    if found is None or operator is None or not found[0].parts:
        return {"expression cmp": None}
    one = found[0]
    if operator == "==" and one.mask is None and not one.host_order and len(one.parts) > 1:
        return [s for part, octets in _pieces(one.parts, value) for s in [_match(rule, Loaded((part,)), "==", octets)]]
    if len(one.parts) > 1:
        return {"expression cmp": None}
    if _is_dependency_on_ethernet(one, operator, value, following):
        return None
    return _match(rule, one, operator, value)


def _is_dependency_on_ethernet(one: Loaded, operator: str, value: bytes, following: KernelExpression | None) -> bool:
    """``meta iiftype ether``, which nft puts before every comparison of a field of the frame's header."""
    return (
        operator == "=="
        and one.parts[0].left == {"meta": {"key": "iiftype"}}
        and int.from_bytes(value, sys.byteorder) == 1  # linux/if_arp.h: ARPHRD_ETHER
        and following is not None
        and following.name == "payload"
        and number(following.data, 2) == LINK
    )


def _pieces(parts: tuple[Part, ...], value: bytes) -> Iterable[tuple[Part, bytes]]:
    at = 0
    for part in parts:
        yield part, value[at : at + part.length]
        at += part.length


def _match(rule: RuleDecoder, one: Loaded, operator: str, value: bytes) -> Statement:
    left = one.parts[0].left
    if one.parts[0].whole:
        return _leading(rule, one, operator, value)
    if operator == "==" and one.mask is None:
        rule.context.learn(left, int.from_bytes(value, sys.byteorder if one.host_order else "big"))
    return {"match": {"op": operator, "left": _expression(one), "right": _constant(rule, one, value)}}


def _leading(rule: RuleDecoder, one: Loaded, operator: str, value: bytes) -> Statement:
    """The first octets of an address: a prefix whose length is a multiple of eight."""
    part = one.parts[0]
    if operator not in ("==", "!=") or one.mask is not None:
        return {"expression cmp": None}
    base = rule.decoder.constant(words.constant_kind(part.left), value.ljust(part.whole, b"\0"))
    return {"match": {"op": operator, "left": part.left, "right": {"prefix": {"addr": base, "len": part.length * 8}}}}


def _constant(rule: RuleDecoder, one: Loaded, value: bytes) -> Any:
    left = one.parts[0].left
    kind = words.constant_kind(left)
    if kind == words.IFNAME:
        return interface_name(value)
    if kind == words.INET_PROTOCOL and one.mask is None:
        return PROTOCOL_NAMES.get(value[0], value[0]) if value else 0
    if kind in (words.IPADDR, words.IP6ADDR, words.ETHERADDR, words.NFPROTO):
        return rule.decoder.constant(kind, value)
    found = int.from_bytes(value, sys.byteorder if one.host_order else "big")
    return rule.decoder.interfaces.get(found, found) if kind == words.IFINDEX else found


def _range(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    found = rule.get(at.data, 1)
    low, high = (attributes(at.data.get(k, b"")).get(1, b"") for k in (3, 4))
    if found is None or len(found[0].parts) != 1 or found[0].mask is not None or found[0].parts[0].whole:
        return {"expression range": None}
    operator = "!=" if number(at.data, 2) else "=="
    ends = [_constant(rule, found[0], v) for v in (low, high)]
    return {"match": {"op": operator, "left": found[0].parts[0].left, "right": {"range": ends}}}


def _lookup(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    set_name = text(at.data, 1)
    held = rule.sets.get(set_name)
    found = rule.get(at.data, 2, held.key_length if held else 0)
    if held is None or found is None or any(not f.parts or f.parts[-1].whole for f in found):
        return {"expression lookup": None}
    key = _key(found)
    content = {"set": held.elements} if held.anonymous else f"@{set_name}"
    if 3 not in at.data:
        return {"match": {"op": "!=" if number(at.data, 5) & 1 else "==", "left": key, "right": content}}
    if number(at.data, 3) == 0:  # NFT_REG_VERDICT
        return {"vmap": {"key": key, "data": content}}
    rule.put(at.data, 3, Loaded((Part({"map": {"key": key, "data": content}}, held.data_length or 4),)))
    return None


# ---- statements ----------------------------------------------------------------------------------------------------


def _nat_value(rule: RuleDecoder, at: KernelExpression, low: int, high: int, *, family: str) -> Any:
    """An address (*family* ip or ip6) or port (no family) that a translation takes from registers."""
    ends = [rule.get(at.data, k) for k in (low, high) if k in at.data]
    values = []
    for found in ends:
        if found is None:
            return {"rt": {"key": "register"}}
        one = found[0]
        if one.constant is None:
            return one.parts[0].left
        kind = {"ip": words.IPADDR, "ip6": words.IP6ADDR}.get(family)
        octets = one.constant[: 4 if family == "ip" else 16 if family else 2]
        values.append(rule.decoder.constant(kind, octets) if kind else int.from_bytes(octets, "big"))
    return values[0] if len(set(values)) == 1 else {"range": values}


def _nat(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    family = {2: "ip", 10: "ip6"}.get(number(at.data, 2), "")
    body: dict[str, Any] = {"family": family} if family else {}
    if 3 in at.data:
        body["addr"] = _nat_value(rule, at, 3, 4, family=family)
    # One map may give address and port together: the port then stands in the words behind the address.
    if 5 in at.data and not (isinstance(body.get("addr"), dict) and "map" in body["addr"] and rule.get(at.data, 5) is None):
        body["port"] = _nat_value(rule, at, 5, 6, family="")
    if number(at.data, 7) & words.NAT_NETMAP:
        body["type_flags"] = ["prefix"]
    return {"dnat" if number(at.data, 1) else "snat": body}


def _to_itself(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    """``masquerade`` (NFTA_MASQ_REG_PROTO_MIN 2) and ``redirect`` (NFTA_REDIR_REG_PROTO_MIN 1)."""
    low = 2 if at.name == "masq" else 1
    body = {"port": _nat_value(rule, at, low, low + 1, family="")} if low in at.data else {}
    return {"masquerade" if at.name == "masq" else "redirect": body or None}


def _counter(_rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    return {"counter": {"packets": number(at.data, 2), "bytes": number(at.data, 1)}}


def _log(_rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    return {"log": {"prefix": text(at.data, 2)} if 2 in at.data else None}


def _limit(_rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    body: dict[str, Any] = {"rate": number(at.data, 1), "per": f"{number(at.data, 2)} s"}
    return {"limit": body | ({"inv": True} if number(at.data, 5) & 1 else {})}


def _connlimit(_rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    return {"ct count": {"val": number(at.data, 1)} | ({"inv": True} if number(at.data, 2) & 1 else {})}


def _object(_rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    kind, named = words.OBJECTS.get(number(at.data, 1), ""), text(at.data, 2)
    if 3 in at.data:  # NFTA_OBJREF_SET_SREG: a map chooses the object; which kind it holds, the map says
        held = _rule.sets.get(text(at.data, 4))
        kind, named = words.OBJECTS.get(held.object_type if held else 0, ""), "by map"
    if not kind:
        return {"expression objref": None}
    return {kind: {"map": {}}} if kind == "counter" and 3 in at.data else {kind: named}


def _dynset(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    set_name = text(at.data, 1)
    held = rule.sets.get(set_name)
    found = rule.get(at.data, 4, held.key_length if held else 0)
    if held is None or found is None or any(not f.parts for f in found):
        return {"expression dynset": None}
    inner = expressions(at.data.get(10, b""))
    if not inner and 7 in at.data:
        data = attributes(at.data[7])
        inner = [KernelExpression(text(data, 1), attributes(data.get(2, b"")))]
    limited = [s for e in inner if e.name in ("limit", "quota", "connlimit") for s in [_HANDLERS[e.name](rule, e, None)]]
    body: dict[str, Any] = {"op": words.SET_OPERATIONS.get(number(at.data, 3), "add"), "elem": _key(found)}
    body["set"] = f"@{set_name}"
    return {"set": body | ({"stmt": limited} if limited else {})}


def _extension(_rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    return extension(at.name, text(at.data, 1), number(at.data, 2), at.data.get(3, b""))


def _plain(statement: Statement) -> _Handler:
    return lambda _rule, _at, _next: statement


def _queue(rule: RuleDecoder, at: KernelExpression, _next: KernelExpression | None) -> Statement:
    del rule
    return {"queue": {"num": number(at.data, 1)}}


_Handler = Callable[[RuleDecoder, KernelExpression, KernelExpression | None], Statement]
_HANDLERS: dict[str, _Handler] = {
    "payload": _payload, "meta": _meta, "ct": _ct, "cmp": _cmp, "bitwise": _bitwise, "byteorder": _byteorder, "range": _range,
    "lookup": _lookup, "immediate": _immediate, "nat": _nat, "masq": _to_itself, "redir": _to_itself, "counter": _counter,
    "log": _log, "limit": _limit, "connlimit": _connlimit, "quota": _plain({"quota": {}}), "objref": _object, "dynset": _dynset,
    "match": _extension, "target": _extension, "queue": _queue, "reject": _plain({"reject": None}),
    "notrack": _plain({"notrack": None}), "dup": _plain({"dup": {}}), "fwd": _plain({"fwd": {}}),
    "flow_offload": _plain({"flow": {"op": "add"}}), "synproxy": _plain({"synproxy": None}), "tproxy": _plain({"tproxy": {}}),
    "last": _plain({"last": None}), "fib": _opaque, "exthdr": _opaque, "numgen": _opaque, "hash": _opaque, "rt": _opaque,
    "socket": _opaque, "osf": _opaque, "xfrm": _opaque,
}  # fmt: skip
