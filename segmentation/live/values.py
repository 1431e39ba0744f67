"""Constants of the kernel's rule sets as they stand in libnftables-json(5).

The data types are nft's own (nftables, include/datatype.h); the kernel keeps their numbers with each set and compares octets.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from segmentation.live.attributes import name

#: nftables, include/datatype.h: enum datatypes, TYPE_BITS.
TYPE_BITS = 6
VERDICT, NFPROTO, INTEGER, STRING = 1, 2, 4, 5
IPADDR, IP6ADDR, ETHERADDR, ETHERTYPE, INET_PROTOCOL, INET_SERVICE, ICMP_TYPE, TCP_FLAG = 7, 8, 9, 10, 12, 13, 14, 15
MARK, IFINDEX, CT_STATE, IFNAME = 19, 20, 26, 41
#: The octets of a value of each type; others are as long as their set says.
_LENGTH = {
    NFPROTO: 1, IPADDR: 4, IP6ADDR: 16, ETHERADDR: 6, ETHERTYPE: 2, 11: 2, INET_PROTOCOL: 1, INET_SERVICE: 2, ICMP_TYPE: 1,
    TCP_FLAG: 1, 16: 1, 17: 1, 18: 8, MARK: 4, IFINDEX: 4, 21: 2, 22: 4, 23: 4, 24: 4, 25: 4, CT_STATE: 4, 27: 1, 28: 4,
    29: 1, 30: 16, 31: 1, 32: 1, 33: 1, 34: 1, 35: 4, 36: 1, 37: 1, 38: 4, 39: 1, 40: 4, IFNAME: 16, 42: 1, 43: 8, 44: 4, 45: 1,
}  # fmt: skip
#: Types whose octets are in the order of the processor (BYTEORDER_HOST_ENDIAN in nftables, src/datatype.c, meta.c, ct.c).
_HOST_ORDER = frozenset({18, MARK, IFINDEX, 21, 22, 23, 24, 25, CT_STATE, 28, 30, 35, 38, 40, 43, 44})
PROTOCOL_NAMES = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 132: "sctp"}
_NFPROTO_NAMES = {2: "ipv4", 10: "ipv6"}

Interfaces = Mapping[int, str]


def types_of(number: int) -> list[int]:
    """The data types of a key: several are packed, the last in the lowest bits."""
    out: list[int] = []
    while number:
        out.insert(0, number & (1 << TYPE_BITS) - 1)
        number >>= TYPE_BITS
    return out


def field_length(kind: int) -> int | None:
    """The octets of a value of type *kind*; ``None`` where only the set knows."""
    return _LENGTH.get(kind)


def split(value: bytes, lengths: list[int]) -> list[bytes]:
    """The fields of a concatenation: each begins at a multiple of four octets."""
    out, at = [], 0
    for length in lengths:
        out.append(value[at : at + length])
        at += length + 3 & ~3
    return out


def lengths_of(kinds: list[int], total: int) -> list[int] | None:
    """The lengths of the fields of a key of *total* octets; ``None`` if they cannot be told."""
    if len(kinds) == 1:
        return [total]
    found = [field_length(k) for k in kinds]
    unknown = [i for i, n in enumerate(found) if n is None]
    rest = total - sum(n + 3 & ~3 for n in found if n is not None)
    if len(unknown) > 1 or (unknown and rest < 1) or (not unknown and rest != 0):
        return None
    return [rest if n is None else n for n in found]


@dataclass(frozen=True, slots=True)
class Decoder:
    """Writes constants; interfaces are known to the kernel by their index."""

    interfaces: Interfaces

    def constant(self, kind: int, value: bytes, *, network_order: bool = False) -> Any:
        """A value of type *kind*; *network_order* for intervals, which nft keeps so that octets compare like numbers."""
        known = _TEXTUAL.get(kind)
        if known is not None:
            return known(value)
        order = "little" if kind in _HOST_ORDER and not network_order and sys.byteorder == "little" else "big"
        number = int.from_bytes(value, "little" if order == "little" else "big")
        if kind == IFINDEX:
            return self.interfaces.get(number, number)
        if kind == INET_PROTOCOL:
            return PROTOCOL_NAMES.get(number, number)
        return _NFPROTO_NAMES.get(number, number) if kind == NFPROTO else number

    def interval(self, kind: int, low: bytes, high: bytes) -> Any:
        """All values from *low* to *high*, both included."""
        if low == high:
            return self.constant(kind, low, network_order=True)
        if kind == IFNAME:
            shared = low.rstrip(b"\0")
            # nft writes "eth*" as everything that begins with these octets
            if high[: len(shared)] == shared and set(high[len(shared) :]) == {0xFF}:
                return name(shared) + "*"
        return {"range": [self.constant(kind, v, network_order=True) for v in (low, high)]}


def _address(value: bytes) -> Any:
    return str(ipaddress.ip_address(value)) if len(value) in (4, 16) else int.from_bytes(value, "big")


def _mac(value: bytes) -> str:
    return ":".join(f"{octet:02x}" for octet in value)


def interface_name(value: bytes) -> str:
    """An interface name of a comparison: without its NUL it is a prefix, which nft writes with ``*``."""
    shown = name(value)
    escaped = shown[:-1] + "\\*" if shown.endswith("*") else shown
    return escaped if len(value) >= 16 or b"\0" in value else shown + "*"


_TEXTUAL: dict[int, Callable[[bytes], Any]] = {
    IPADDR: _address, IP6ADDR: _address, ETHERADDR: _mac, IFNAME: interface_name, STRING: name,
}  # fmt: skip
