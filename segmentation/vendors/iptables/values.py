"""Values of options: addresses, ports, protocols, flags, states, ICMP types."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from segmentation.device.match import Field, InterfaceMatch, flag_set
from segmentation.model.addresses import TOP, Address, Family, Mac
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6
from segmentation.vendors.iptables import names, reasons
from segmentation.vendors.iptables.terms import Condition, Term
from segmentation.vendors.iptables.tokens import Misread

if TYPE_CHECKING:
    from segmentation.model.text import Text

#: Intervals that a non-contiguous mask may become; 10.0.0.1/255.0.0.255 is 65,536.
MASK_LIMIT = 65_536
#: Longest text of ports that is remembered, in characters: a list of them can fill a line.
_SHORT = 64
_OCTET = re.compile(r"[0-9A-F]{2}")
_INTERFACE = re.compile(r"[^\s/!*]{1,15}\*?|\*")


def number(text: str, limit: int) -> int | None:
    """A decimal or 0x number up to *limit*; nothing else (``int`` would read full-width digits and underscores)."""
    if not text.isascii() or len(text) > 20:
        return None
    if text.isdigit():
        value = int(text)
    elif text[:2] in ("0x", "0X") and len(text) > 2 and all(c in "0123456789abcdefABCDEF" for c in text[2:]):
        value = int(text, 16)
    else:
        return None
    return value if value <= limit else None


def _bad_address(text: str, family: Family) -> Misread:
    return Misread(reasons.BAD_ADDRESS.format(text=text, family=reasons.FAMILY[family]))


def addresses(text: str, family: Family) -> IntervalSet:
    """An address, prefix, address with mask, or a comma-separated list of them.  Raises :class:`Misread`."""
    # What is remembered is one interval each: a mask written out can stand for 65,536.
    length = text.partition("/")[2]
    if "," not in text and (not length or length.isdecimal()):
        return _remembered(text.strip(), family)
    return IntervalSet.from_iter(p for part in text.split(",") for p in _prefix(part.strip(), family))


@functools.lru_cache(maxsize=65_536)  # rule bases name the same addresses again and again
def _remembered(text: str, family: Family) -> IntervalSet:
    return IntervalSet.from_iter(_prefix(text, family))


def _prefix(text: str, family: Family) -> IntervalSet:
    host, slash, length = text.partition("/")
    bits = 32 if family == 4 else 128
    # iptables/xshared.c: with a null mask the name before it is ignored ("0/0", "any/0").
    if slash and length in ("0", "0.0.0.0", "::"):  # noqa: S104  # a mask, not an address to bind
        return IntervalSet.of((0, TOP[family]))
    address = _address(host, family, text)
    if not slash:
        return IntervalSet.single(address)
    size = number(length, bits)
    if size is None:
        return _masked(address, _address(length, family, text), family, text)
    lo = address >> (bits - size) << (bits - size)
    return IntervalSet.of((lo, lo + (1 << (bits - size)) - 1))


def _address(text: str, family: Family, whole: str) -> int:
    value = _address_value(text, family)
    if value is None:
        raise _bad_address(whole, family)
    return value


def _address_value(text: str, family: Family) -> int | None:
    try:
        parsed = Address.parse(text)
    except ValueError:
        return None
    return parsed.value if parsed.family == family else None


def _masked(address: int, mask: int, family: Family, text: str) -> IntervalSet:
    """All addresses equal to *address* under *mask*, which need not be contiguous."""
    free = TOP[family] & ~mask
    low_run = ((free ^ (free + 1)) >> 1) if free & 1 else 0  # the free bits at the end form one interval
    holes = [1 << b for b in range(128) if free & ~low_run & (1 << b)]
    if 1 << len(holes) > MASK_LIMIT:
        raise Misread(reasons.SCATTERED_MASK.format(text=text))
    starts = [address & mask]
    for hole in holes:
        starts += [s | hole for s in starts]
    return IntervalSet.from_iter((s, s + low_run) for s in starts)


def address_range(text: str, family: Family) -> IntervalSet:
    """``a-b`` or one address (``-m iprange``).  Raises :class:`Misread`."""
    first, dash, last = text.partition("-")
    try:
        lo = _address(first, family, text)
        hi = _address(last, family, text) if dash else lo
    except Misread:
        raise Misread(reasons.BAD_RANGE.format(text=text)) from None
    if lo > hi:
        raise Misread(reasons.BAD_RANGE.format(text=text))
    return IntervalSet.of((lo, hi))


def port(text: str) -> int:
    """A port number or service name.  Raises :class:`Misread`."""
    value = number(text, 65535)
    if value is None:
        value = names.PORTS.get(text.lower())
    if value is None:
        raise Misread(reasons.BAD_PORT.format(text=text))
    return value


def ports(text: str) -> IntervalSet:
    """``a``, ``a:b``, ``:b``, ``a:`` and comma-separated lists of them.  Raises :class:`Misread`."""
    return _ports(text) if len(text) > _SHORT else _remembered_ports(text)


@functools.lru_cache(maxsize=65_536)
def _remembered_ports(text: str) -> IntervalSet:
    return _ports(text)


def _ports(text: str) -> IntervalSet:
    pairs: list[tuple[int, int]] = []
    for part in text.split(","):
        first, colon, last = part.strip().partition(":")
        lo = port(first) if first or not colon else 0
        hi = (port(last) if last else 65535) if colon else lo
        if lo > hi:
            raise Misread(reasons.BAD_PORT.format(text=text))
        pairs.append((lo, hi))
    return IntervalSet.from_iter(pairs)


def protocol(text: str) -> int | None:
    """A protocol number; ``None`` for every protocol (``all``, 0).  Raises :class:`Misread`."""
    value = number(text, 255)
    if value is None:
        lowered = text.lower()
        if lowered in ("all", "any", "ip"):
            return None
        value = names.PROTOCOLS.get(lowered)
    if value is None:
        raise Misread(reasons.BAD_PROTOCOL.format(text=text))
    return value or None


def flags(mask: str, value: str) -> IntervalSet:
    """TCP flag octets of ``--tcp-flags mask value``.  Raises :class:`Misread`."""
    wanted = _flag_bits(value)
    bits = _flag_bits(mask)
    # net/netfilter/xt_tcpudp.c compares (flags & mask) == value: bits outside the mask make it never match.
    return flag_set(bits, wanted)


def _flag_bits(text: str) -> int:
    bits = 0
    for word in text.upper().split(","):
        flag = names.TCP_FLAGS.get(word)
        if flag is None:
            flag = number(word.lower(), 255)
        if flag is None:
            raise Misread(reasons.BAD_FLAGS.format(text=text))
        bits |= flag
    return bits


def states(text: str) -> tuple[IntervalSet, tuple[str, ...]]:
    """States that a packet set knows, and the virtual ones in the same list.  Raises :class:`Misread`."""
    known: list[tuple[int, int]] = []
    virtual: list[str] = []
    for word in text.upper().split(","):
        if word in names.STATES:
            known.append((int(names.STATES[word]), int(names.STATES[word])))
        elif word in names.VIRTUAL_STATES:
            virtual.append(word)
        else:
            raise Misread(reasons.BAD_STATE.format(text=text))
    return IntervalSet.from_iter(known), tuple(virtual)


def blotted(text: str) -> bool:
    """Whether this is a MAC address with octets made unreadable for publication (``00:1b:XX:XX:XX:XX``)."""
    octets = text.upper().split(":")
    return len(octets) == 6 and "XX" in octets and all(o == "XX" or _OCTET.fullmatch(o) for o in octets)


def mac(text: str) -> IntervalSet:
    """One MAC address.  Raises :class:`Misread`."""
    try:
        return IntervalSet.single(Mac.parse(text).value)
    except ValueError:
        raise Misread(reasons.BAD_MAC.format(text=text)) from None


def interface(text: str, *, negated: bool) -> InterfaceMatch:
    """An interface name; a trailing ``+`` stands for any rest."""
    pattern = text[:-1] + "*" if text.endswith("+") else text
    return InterfaceMatch((pattern,), negated)


def icmp(text: str, family: Family, *, negated: bool) -> Condition:
    """Type and code (``8``, ``3/4``, ``echo-request``, IPv4: ``any``) as a condition.  Raises :class:`Misread`."""
    table = names.ICMP_TYPES if family == 4 else names.ICMPV6_TYPES
    proto = {Field.PROTO: IntervalSet.single(ICMP if family == 4 else ICMPV6)}
    lowered = text.lower()
    if lowered in table:
        kind, low, high = table[lowered]
    else:
        first, slash, second = text.partition("/")
        value = 255 if lowered == "any" and family == 4 else number(first, 255)
        low, high = 0, 255
        if slash:
            code = number(second, 255)
            low, high = (-1, -1) if code is None else (code, code)
        if value is None or low < 0:
            raise Misread(_bad_icmp(text))
        kind = value
    if kind == 255 and family == 4:  # net/ipv4/netfilter/ip_tables.c, icmp_type_code_match: 0xFF is any type
        return () if negated else (Term(proto),)
    types, codes = IntervalSet.single(kind), IntervalSet.of((low, high))
    every_code = (low, high) == (0, 255)
    if not negated:
        return (Term(proto | {Field.SPORT: types} | ({} if every_code else {Field.DPORT: codes})),)
    others = Term(proto | {Field.SPORT: types.complement(65535)})
    if every_code:
        return (others,)
    return others, Term(proto | {Field.SPORT: types, Field.DPORT: codes.complement(65535)})


def _bad_icmp(text: str) -> Text:
    return reasons.BAD_ICMP.format(text=text)
