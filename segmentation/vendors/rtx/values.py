"""Values of filters: address lists, protocols, ports, TCP flags.

Yamaha RT series command reference, chapter "IP", command "ip filter"; chapter "IPv6", command "ipv6 filter".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from segmentation.device.lexical import Misread, Term, address_value, decimal, mask_length, masked_values, prefix_values
from segmentation.device.match import Field, flag_set
from segmentation.model.addresses import TOP, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6, TCP, UDP
from segmentation.vendors.rtx import reasons
from segmentation.vendors.rtx.vocabulary import FLAGS, ICMP_KINDS, PORTS, PROTOCOLS

_OCTETS = re.compile(r"(?:\d{1,3}|\*)(?:\.(?:\d{1,3}|\*)){3}\Z")
_FLAG_TEST = re.compile(r"tcpflag(!?=)(0x[0-9a-f]{1,4})/(0x[0-9a-f]{1,4})\Z", re.IGNORECASE)
_NAME = re.compile(r"\*?[.\-]?[A-Za-z0-9_][A-Za-z0-9_.\-*]*\Z")
_RUN_TIME_NAMES = frozenset({"map-e", "auto", "ipcp", "primary", "secondary", "dynamic"})
_PORTED = IntervalSet.of((TCP, TCP), (UDP, UDP))


@functools.lru_cache(maxsize=65_536)  # filters name the same addresses again and again
def addresses(text: str, family: Family) -> IntervalSet | None:
    """A comma-separated list of addresses, prefixes and ranges; ``None`` means every address.  Raises :class:`Misread`."""
    pairs: list[tuple[int, int]] = []
    for part in text.split(","):
        if part == "*":
            return None
        pairs += _addresses(part, family)
    return IntervalSet.from_iter(pairs)


def _addresses(part: str, family: Family) -> Iterable[tuple[int, int]]:
    first, dash, last = part.partition("-")
    if dash and "/" not in part and (not first or address_value(first, family) is not None):
        low = address_value(first, family) if first else 0
        high = address_value(last, family) if last else TOP[family]
        if low is not None and high is not None and low <= high:
            return ((low, high),)
    host, slash, mask = part.partition("/")
    value = address_value(host, family)
    if value is not None:
        return _masked(value, mask, family, part) if slash else ((value, value),)
    if family == 4 and _OCTETS.match(part):
        return _wildcard(part)
    if part in _RUN_TIME_NAMES or (_NAME.match(part) and not part.replace(".", "").isdigit() and "." in part):
        raise Misread(reasons.RUN_TIME_ADDRESS.format(text=part))
    raise Misread(reasons.BAD_ADDRESS.format(text=part, family=family))


def _masked(value: int, mask: str, family: Family, part: str) -> Iterable[tuple[int, int]]:
    length = decimal(mask, 32 if family == 4 else 128)
    if length is not None:
        return prefix_values(value, length, family)
    dotted = address_value(mask, 4) if family == 4 else None
    if dotted is None and family == 4 and re.fullmatch(r"0x[0-9a-fA-F]{8}", mask):
        dotted = int(mask, 16)
    if dotted is None:
        raise Misread(reasons.BAD_ADDRESS.format(text=part, family=family))
    values = masked_values(value, dotted, family)
    if values is None:
        raise Misread(reasons.SCATTERED.format(text=part))
    return values


def _wildcard(part: str) -> Iterable[tuple[int, int]]:
    """``192.168.*.1``: an asterisk stands for every value of the octet."""
    value = fixed = 0
    for octet in part.split("."):
        number = 0 if octet == "*" else decimal(octet, 255)
        if number is None:
            raise Misread(reasons.BAD_ADDRESS.format(text=part, family=4))
        value, fixed = value << 8 | number, fixed << 8 | (0 if octet == "*" else 255)
    values = masked_values(value, fixed, 4)
    if values is None:
        raise Misread(reasons.SCATTERED.format(text=part))
    return values


def interface_address(text: str, family: Family) -> tuple[int, int] | None:
    """``192.168.1.1/24`` (also ``/255.255.255.0``) as address and prefix length; ``None`` if it is neither."""
    host, slash, mask = text.partition("/")
    value = address_value(host, family)
    if value is None:
        return None
    if not slash:
        return value, 32 if family == 4 else 128
    length = decimal(mask, 32 if family == 4 else 128)
    if length is None and family == 4:
        dotted = address_value(mask, 4)
        if dotted is None and re.fullmatch(r"0x[0-9a-fA-F]{8}", mask):
            dotted = int(mask, 16)
        length = mask_length(dotted) if dotted is not None else None
    return None if length is None else (value, length)


@functools.lru_cache(maxsize=4_096)
def ports(text: str) -> IntervalSet | None:
    """A comma-separated list of ports, names and ranges; ``None`` means every port.  Raises :class:`Misread`."""
    pairs: list[tuple[int, int]] = []
    for part in text.split(","):
        if part == "*":
            return None
        named = _port(part)
        if named is None:
            first, dash, last = part.partition("-")
            low = _port(first) if first else (0, 0)
            high = _port(last) if last else (65535, 65535)
            if not dash or low is None or high is None or low[0] > high[1]:
                # A range of names may hold a dash of its own ("ms-rpc-netbios_ssn").
                named = _named_range(part)
                if named is None:
                    raise Misread(reasons.BAD_PORT.format(text=part))
            else:
                named = (low[0], high[1])
        pairs.append(named)
    return IntervalSet.from_iter(pairs)


def _port(text: str) -> tuple[int, int] | None:
    number = decimal(text, 65535)
    return (number, number) if number is not None else PORTS.get(text.lower())


def _named_range(text: str) -> tuple[int, int] | None:
    for at, character in enumerate(text):
        if character == "-":
            low, high = _port(text[:at]), _port(text[at + 1 :])
            if low and high and low[0] <= high[1]:
                return low[0], high[1]
    return None


def services(protocol: str, sport: str, dport: str, family: Family) -> tuple[Term, ...]:
    """The products of a protocol list with port lists.  Raises :class:`Misread`."""
    limited = {
        axis: values for axis, text in ((Field.SPORT, sport), (Field.DPORT, dport)) if (values := ports(text)) is not None
    }
    out: list[Term] = []
    plain: list[int] = []
    for word in protocol.lower().split(","):
        if word == "*":
            # Ports are numbers of TCP and UDP; whether a packet of another protocol matches, the reference leaves open.
            rest = (Term({Field.PROTO: _PORTED.complement(255)}, (reasons.PORTS_WITHOUT_PROTOCOL,)),)
            return (Term({Field.PROTO: _PORTED, **limited}), *rest) if limited else (Term(),)
        if word in FLAGS:
            mask, value = FLAGS[word]
            out.append(Term({Field.PROTO: IntervalSet.single(TCP), Field.FLAGS: flag_set(mask, value), **limited}))
        elif word.startswith("tcpflag"):
            out.append(Term({Field.PROTO: IntervalSet.single(TCP), Field.FLAGS: _flags(word), **limited}))
        elif word in ICMP_KINDS:
            number, types = ICMP_KINDS[word]
            out.append(Term({Field.PROTO: IntervalSet.single(number), Field.SPORT: types}))
        else:
            known = PROTOCOLS.get(word)
            known = decimal(word, 255) if known is None else known
            if known is None:
                raise Misread(reasons.BAD_PROTOCOL.format(text=word))
            plain.append(known)
    return (*_plain(plain, limited, family), *out)


def _plain(numbers: list[int], limited: Mapping[Field, IntervalSet], family: Family) -> tuple[Term, ...]:
    """Terms of plain protocols: ports limit TCP and UDP; on others a port list has no known meaning."""
    ported = IntervalSet.from_iter((n, n) for n in numbers if n in (TCP, UDP))
    others = IntervalSet.from_iter((n, n) for n in numbers if n not in (TCP, UDP))
    out: list[Term] = []
    if ported:
        out.append(Term({Field.PROTO: ported, **limited}))
    if others:
        doubt = (reasons.PORTS_WITHOUT_PROTOCOL,) if limited else ()
        out.append(Term({Field.PROTO: others}, doubt))
        if family == 6 and ICMP in others and ICMPV6 not in others:
            # "icmp" in an IPv6 filter: the reference names icmp6; whether both are meant is not known.
            out.append(Term({Field.PROTO: IntervalSet.single(ICMPV6)}, ("icmp (IPv6)",)))
    return tuple(out)


def _flags(word: str) -> IntervalSet:
    found = _FLAG_TEST.match(word)
    if found is None:
        raise Misread(reasons.BAD_FLAGS.format(text=word))
    value, mask = int(found.group(2), 16), int(found.group(3), 16)
    equal = flag_set(mask & 255, value & 255) if value & ~mask == 0 and value < 256 else IntervalSet()
    return equal if found.group(1) == "=" else equal.complement(255)
