"""IP addresses, prefixes and MACs of the model; netaddr reads them, integers carry them.

IPv4 and IPv6 are two universes and never mix: an :class:`AddressSet` keeps one
:class:`~segmentation.model.intervals.IntervalSet` for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import netaddr

from segmentation.model.intervals import EMPTY, IntervalSet

Family = Literal[4, 6]
FAMILIES: tuple[Family, Family] = (4, 6)
TOP: dict[Family, int] = {4: (1 << 32) - 1, 6: (1 << 128) - 1}
ANY: dict[Family, IntervalSet] = {f: IntervalSet(((0, TOP[f]),)) for f in FAMILIES}

# RFC 1918, RFC 6598 (shared); RFC 4193 (unique local).
PRIVATE: dict[Family, IntervalSet] = {
    4: IntervalSet.from_iter(
        (int(n.first), int(n.last))
        for n in map(netaddr.IPNetwork, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
    ),
    6: IntervalSet.from_iter((int(n.first), int(n.last)) for n in map(netaddr.IPNetwork, ("fc00::/7",))),
}
# Never forwarded between networks as unicast: RFC 1122 3.2.1.3 (this host, loopback), RFC 3927 (link-local), RFC 5771 and
# RFC 1112 (multicast, class E, broadcast); RFC 4291 2.5.2, 2.5.3 (unspecified, loopback), 2.5.6 (link-local), 2.7 (multicast).
SPECIAL: dict[Family, IntervalSet] = {
    4: IntervalSet.from_iter(
        (int(n.first), int(n.last))
        for n in map(netaddr.IPNetwork, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"))
    ),
    6: IntervalSet.from_iter((int(n.first), int(n.last)) for n in map(netaddr.IPNetwork, ("::/127", "fe80::/10", "ff00::/8"))),
}
#: The plain form of nearly every address in a configuration; every other form, and every error, is netaddr's to tell.
_DOTTED = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """One IP address: its family and its value as an integer."""

    family: Family
    value: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``10.0.0.1`` or ``2001:db8::1``.  Raises :class:`ValueError`."""
        if _DOTTED.fullmatch(text):
            a, b, c, d = text.split(".")
            return cls(4, int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d))
        try:
            ip = netaddr.IPAddress(text, flags=netaddr.INET_PTON)
        except (netaddr.AddrFormatError, ValueError, TypeError) as error:
            raise ValueError(str(error)) from None
        return cls(6 if ip.version == 6 else 4, int(ip))

    def __str__(self) -> str:
        """The RFC 5952 / dotted text form."""
        return format_address(self.family, self.value)


def format_address(family: Family, value: int) -> str:
    """Text form of an address value."""
    return str(netaddr.IPAddress(value, 4 if family == 4 else 6))


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of IPv4 addresses and a set of IPv6 addresses."""

    v4: IntervalSet = EMPTY
    v6: IntervalSet = EMPTY

    @classmethod
    def parse(cls, text: str) -> AddressSet:
        """Read an address, a prefix (host bits are cut off) or an inclusive range ``a-b``.

        Raises :class:`ValueError` with the reason.
        """
        first, dash, last = text.partition("-")
        if dash:
            a, b = Address.parse(first.strip()), Address.parse(last.strip())
            if a.family != b.family or a.value > b.value:
                raise ValueError(f"range {text!r} does not ascend within one address family")
            return cls.of(a.family, IntervalSet.of((a.value, b.value)))
        if "/" not in text:
            a = Address.parse(text)
            return cls.of(a.family, IntervalSet.single(a.value))
        host, _, length = text.partition("/")
        base = Address.parse(host)
        bits = 32 if base.family == 4 else 128
        if not length.isascii() or not length.isdigit() or int(length) > bits:
            raise ValueError(f"prefix length {length!r} is not a number from 0 to {bits}")
        span = 1 << (bits - int(length))
        lo = base.value - base.value % span
        return cls.of(base.family, IntervalSet.of((lo, lo + span - 1)))

    @classmethod
    def of(cls, family: Family, values: IntervalSet) -> AddressSet:
        """The set *values* of one family."""
        return cls(v4=values) if family == 4 else cls(v6=values)

    @classmethod
    def union(cls, sets: Iterable[AddressSet]) -> AddressSet:
        """The union of many sets, normalised once."""
        listed = list(sets)
        return cls(
            IntervalSet.from_iter(p for s in listed for p in s.v4),
            IntervalSet.from_iter(p for s in listed for p in s.v6),
        )

    def family(self, family: Family) -> IntervalSet:
        """The members of one family."""
        return self.v4 if family == 4 else self.v6

    def __bool__(self) -> bool:
        """Whether the set has any member."""
        return bool(self.v4 or self.v6)

    def __contains__(self, address: object) -> bool:
        """Whether an :class:`Address` is a member."""
        return isinstance(address, Address) and address.value in self.family(address.family)

    def __or__(self, other: AddressSet) -> AddressSet:
        """Union."""
        return AddressSet(self.v4 | other.v4, self.v6 | other.v6)

    def __and__(self, other: AddressSet) -> AddressSet:
        """Intersection."""
        return AddressSet(self.v4 & other.v4, self.v6 & other.v6)

    def __sub__(self, other: AddressSet) -> AddressSet:
        """Difference."""
        return AddressSet(self.v4 - other.v4, self.v6 - other.v6)

    def texts(self) -> tuple[str, ...]:
        """The set as the fewest prefixes and ranges, IPv4 first."""
        return tuple(t for f in FAMILIES for lo, hi in self.family(f) for t in (format_range(f, lo, hi),))


ALL_ADDRESSES = AddressSet(ANY[4], ANY[6])
NO_ADDRESSES = AddressSet()


def format_range(family: Family, lo: int, hi: int) -> str:
    """``10.0.0.0/8`` for a prefix, ``10.0.0.1`` for one address, else ``10.0.0.1-10.0.0.9``."""
    span = hi - lo + 1
    bits = 32 if family == 4 else 128
    if span & (span - 1) == 0 and lo % span == 0:
        length = bits - span.bit_length() + 1
        return format_address(family, lo) + ("" if length == bits else f"/{length}")
    return f"{format_address(family, lo)}-{format_address(family, hi)}"


@dataclass(frozen=True, slots=True, order=True)
class Mac:
    """A 48-bit IEEE 802 address."""

    value: int

    @classmethod
    def parse(cls, text: str) -> Mac:
        """Read any usual notation (``00:00:5e:00:53:0b``, ``00-00-…``, ``0000.5e00.530b``).  Raises :class:`ValueError`."""
        try:
            eui = netaddr.EUI(text, version=48)
        except (netaddr.AddrFormatError, ValueError, TypeError) as error:
            raise ValueError(str(error)) from None
        return cls(int(eui))

    @property
    def locally_administered(self) -> bool:
        """Whether the U/L bit is set (IEEE 802-2014 8.2): random, virtual or hand-set."""
        return bool(self.value >> 41 & 1)

    @property
    def group(self) -> bool:
        """Whether it is a multicast or broadcast address."""
        return bool(self.value >> 40 & 1)

    def __str__(self) -> str:
        """Lower-case, colon-separated."""
        return ":".join(f"{self.value >> s & 255:02x}" for s in range(40, -8, -8))
