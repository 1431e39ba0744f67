"""Netlink attributes: the type, length, value records of every nf_tables message (linux/netlink.h, struct nlattr)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

#: linux/netlink.h: NLA_TYPE_MASK; the two upper bits say "nested" and "network byte order".
_TYPE_MASK = 0x3FFF
_HEADER = struct.Struct("=HH")

Attributes = dict[int, bytes]


def attributes(data: bytes) -> Attributes:
    """The attributes of a nested value by their number; of a repeated one the last.  A cut record ends the list."""
    return dict(records(data))


def records(data: bytes) -> list[tuple[int, bytes]]:
    """The attributes in their order, with repetitions, as lists have them."""
    out: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(data):
        length, kind = _HEADER.unpack_from(data, at)
        if length < 4 or at + length > len(data):
            break
        out.append((kind & _TYPE_MASK, data[at + 4 : at + length]))
        at += length + 3 & ~3  # NLA_ALIGN
    return out


def number(found: Attributes, kind: int, default: int = 0) -> int:
    """An unsigned number; nf_tables sends all of them in network byte order."""
    value = found.get(kind)
    return default if value is None else int.from_bytes(value, "big")


def signed(found: Attributes, kind: int) -> int:
    """A signed 32-bit number in network byte order; 0 where it is absent."""
    value = found.get(kind, b"\0")
    return int.from_bytes(value, "big", signed=True)


def text(found: Attributes, kind: int) -> str:
    """A string up to its NUL; empty where it is absent."""
    return name(found.get(kind, b""))


def name(value: bytes) -> str:
    """Bytes as text up to the first NUL; what is not UTF-8 is replaced."""
    return value.partition(b"\0")[0].decode("utf-8", "replace")


def userdata(value: bytes) -> dict[int, bytes]:
    """The records that nft itself keeps beside a rule, set or element (libnftnl, udata.h: type and length, an octet each)."""
    out: dict[int, bytes] = {}
    at = 0
    while at + 2 <= len(value):
        kind, length = value[at], value[at + 1]
        out.setdefault(kind, value[at + 2 : at + 2 + length])
        at += 2 + length
    return out


@dataclass(frozen=True, slots=True)
class KernelExpression:
    """One instruction of a rule: its name in the kernel and its attributes."""

    name: str
    data: Attributes


def expressions(value: bytes) -> list[KernelExpression]:
    """A list of expressions (NFTA_LIST_ELEM records with NFTA_EXPR_NAME and NFTA_EXPR_DATA)."""
    return [expression(body) for kind, body in records(value) if kind == 1]


def expression(value: bytes) -> KernelExpression:
    """One expression."""
    found = attributes(value)
    return KernelExpression(text(found, 1), attributes(found.get(2, b"")))
