"""Addresses, MACs, ports and services out of strings, with the reason where they are wrong."""

from __future__ import annotations

import re

from segmentation.model.addresses import FAMILIES, NO_ADDRESSES, Address, AddressSet, Mac, format_range
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ICMP, ICMPV6, PROTOCOL_NUMBERS, SCTP, TCP, UDP, ServiceTerm
from segmentation.model.text import Text
from segmentation.zonefile.positions import Path
from segmentation.zonefile.sink import Sink

#: What can only be meant as an address: digits and dots with at least one dot, or hexadecimal with a colon.
LOOKS_LIKE_ADDRESS = re.compile(r"[0-9][0-9.]*\.[0-9.]*(/.*|\s*-.*)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%.*)?(/.*|\s*-.*)?")
_LITERAL = re.compile(r"(tcp|udp|sctp|icmp|icmpv6)/(.+)|proto/(\d{1,3})", re.ASCII)
_PORT = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.ASCII)
_TYPE = re.compile(r"(\d{1,3})(?:/(\d{1,3}))?", re.ASCII)
# The two notations nearly every line of a ledger has; reading them here saves most of the time that netaddr would take.
_PLAIN_IPV4 = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})", re.ASCII)
_PLAIN_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})")
# netaddr would also take a bare number for a MAC; nobody means that.
_ANY_MAC = re.compile(r"[0-9A-Fa-f]{1,6}([-:.][0-9A-Fa-f]{1,6}){1,5}|[0-9A-Fa-f]{12}")
_NUMBERS = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "icmp": ICMP, "icmpv6": ICMPV6}
#: Names of common ICMP types (IANA ICMP Type Numbers, RFC 792; RFC 4443).
_ICMP_TYPES = {
    ICMP: {"echo-reply": 0, "unreachable": 3, "echo": 8, "echo-request": 8, "time-exceeded": 11},
    ICMPV6: {"unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "echo": 128, "echo-request": 128, "echo-reply": 129},
}

_BAD_ADDRESS = Text("「{value}」はアドレスとして読めません。", "'{value}' is not an address.")
_ADDRESS_FORM = Text(
    "IPv4 / IPv6 のアドレス、プレフィックス（10.20.10.0/24）または範囲（10.0.0.1-10.0.0.9）",
    "an IPv4 or IPv6 address, a prefix (10.20.10.0/24) or a range (10.0.0.1-10.0.0.9)",
)
_HOST_BITS = Text(
    "プレフィックス「{value}」のホスト部が 0 ではありません。{meant} とみなします。",
    "The prefix '{value}' has host bits set; it is read as {meant}.",
)
_BAD_MAC = Text("「{value}」は MAC アドレスとして読めません。", "'{value}' is not a MAC address.")
_MAC_FORM = Text("00:00:5e:00:53:0b の形の MAC アドレス", "a MAC address such as 00:00:5e:00:53:0b")
_GROUP_MAC = Text(
    "「{value}」はマルチキャストの MAC で、1 台の機器のものではありません。",
    "'{value}' is a multicast MAC: no single device has it.",
)
_BAD_PORT = Text("「{value}」はポート番号として読めません。", "'{value}' is not a port.")
_PORT_FORM = Text(
    '0 から 65535 までの番号、または "8000-8010" の形の範囲', 'a number from 0 to 65535, or a range such as "8000-8010"'
)
_BAD_TYPE = Text("「{value}」は ICMP のタイプとして読めません。", "'{value}' is not an ICMP type.")
_TYPE_FORM = Text(
    '0 から 255 までの番号、"3/4"(タイプ/コード)、または "echo-request"',
    'a number from 0 to 255, "3/4" (type/code), or "echo-request"',
)
_BAD_PROTOCOL = Text("「{value}」という IP プロトコルはありません。", "There is no IP protocol '{value}'.")
_PROTOCOL_FORM = Text('0 から 255 までの番号、または "esp" のような名前', 'a number from 0 to 255, or a name such as "esp"')


def read_addresses(value: str) -> AddressSet:
    """An address, prefix or range.  Raises :class:`ValueError`."""
    if found := _PLAIN_IPV4.fullmatch(value):
        a, b, c, d = map(int, found.groups())
        if a <= 255 and b <= 255 and c <= 255 and d <= 255:
            number = a << 24 | b << 16 | c << 8 | d
            return AddressSet(IntervalSet(((number, number),)))
    return AddressSet.parse(value)


def address_set(value: str, path: Path, sink: Sink) -> AddressSet:
    """An address, prefix or range; host bits of a prefix are cut off with a warning."""
    try:
        read = read_addresses(value.strip())
    except ValueError:
        sink.error(path, _BAD_ADDRESS.format(value=value), _ADDRESS_FORM)
        return NO_ADDRESSES
    if "/" in value and "-" not in value:
        base = Address.parse(value.strip().partition("/")[0])
        low = read.family(base.family).low
        if base.value != low:
            meant = format_range(base.family, low, read.family(base.family).high)
            sink.warning(path, _HOST_BITS.format(value=value, meant=meant))
    return read


def addresses(values: list[str], path: Path, sink: Sink) -> AddressSet:
    """The union of several."""
    if len(values) == 1:
        return address_set(values[0], (*path, 0), sink)
    return AddressSet.union(address_set(v, (*path, n), sink) for n, v in enumerate(values))


def single_address(value: str, path: Path, sink: Sink) -> Address | None:
    """One address."""
    try:
        return Address.parse(value.strip())
    except ValueError:
        sink.error(path, _BAD_ADDRESS.format(value=value), Text("1 つの IP アドレス", "one IP address"))
        return None


def mac(value: str, path: Path, sink: Sink) -> Mac | None:
    """One unicast MAC."""
    read, problem = read_mac(value)
    if problem is not None:
        sink.error(path, problem, _MAC_FORM)
    return read


def read_mac(value: str) -> tuple[Mac | None, Text | None]:
    """A unicast MAC, or what is wrong with it."""
    text = value.strip()
    if _PLAIN_MAC.fullmatch(text):
        read = Mac(int(text.replace(text[2], ""), 16))
    else:
        try:
            read = Mac.parse(text if _ANY_MAC.fullmatch(text) else "")
        except ValueError:
            return None, _BAD_MAC.format(value=value)
    return (None, _GROUP_MAC.format(value=value)) if read.group else (read, None)


def macs(values: list[str], path: Path, sink: Sink) -> tuple[Mac, ...]:
    """Several MACs."""
    return tuple(m for n, v in enumerate(values) if (m := mac(v, (*path, n), sink)) is not None)


def single_members(addresses: AddressSet) -> list[Address]:
    """The members of a set's one-address intervals."""
    return [Address(f, lo) for f in FAMILIES for lo, hi in addresses.family(f) if lo == hi]


def _span(value: int | str) -> tuple[int, int] | None:
    if isinstance(value, int):
        return (value, value) if 0 <= value <= 65535 else None
    found = _PORT.fullmatch(value.strip())
    if found is None:
        return None
    low, high = int(found[1]), int(found[2] or found[1])
    return (low, high) if low <= high <= 65535 else None


def ports(values: list[int | str], path: Path, sink: Sink) -> IntervalSet:
    """Ports and ranges of ports."""
    spans = []
    for n, value in enumerate(values):
        if (span := _span(value)) is None:
            sink.error((*path, n), _BAD_PORT.format(value=value), _PORT_FORM)
        else:
            spans.append(span)
    return IntervalSet.from_iter(spans)


def _icmp(protocol: int, value: int | str) -> ServiceTerm | None:
    if isinstance(value, str) and value in _ICMP_TYPES[protocol]:
        value = _ICMP_TYPES[protocol][value]
    found = _TYPE.fullmatch(str(value).strip())
    if found is None or int(found[1]) > 255 or int(found[2] or 0) > 255:
        return None
    code = IntervalSet.single(int(found[2])) if found[2] else IntervalSet(((0, 255),))
    return ServiceTerm(IntervalSet.single(protocol), IntervalSet.single(int(found[1])), code)


def icmp_terms(protocol: int, values: list[int | str], path: Path, sink: Sink) -> list[ServiceTerm]:
    """One term for each ICMP type or type/code."""
    out = []
    for n, value in enumerate(values):
        if (term := _icmp(protocol, value)) is None:
            sink.error((*path, n), _BAD_TYPE.format(value=value), _TYPE_FORM)
        else:
            out.append(term)
    return out


def protocols(values: list[int | str], path: Path, sink: Sink) -> IntervalSet:
    """IP protocols by name or number."""
    out = EMPTY
    for n, value in enumerate(values):
        number = PROTOCOL_NUMBERS.get(value.strip().lower(), value) if isinstance(value, str) else value
        if isinstance(number, str) and number.isascii() and number.isdigit():
            number = int(number)
        if isinstance(number, int) and 0 <= number <= 255:
            out |= IntervalSet.single(number)
        else:
            sink.error((*path, n), _BAD_PROTOCOL.format(value=value), _PROTOCOL_FORM)
    return out


def literal_service(value: str) -> ServiceTerm | None:
    """``tcp/443``, ``udp/8000-8010``, ``icmp/8``, ``esp``, ``proto/47`` or ``any``; ``None`` if it is none of these."""
    if value == "any":
        return ServiceTerm(ALL_PROTOCOLS)
    found = _LITERAL.fullmatch(value)
    if found is None:
        number = PROTOCOL_NUMBERS.get(value)
        return None if number is None else ServiceTerm(IntervalSet.single(number))
    if found[3]:
        return ServiceTerm(IntervalSet.single(int(found[3]))) if int(found[3]) <= 255 else None
    protocol = _NUMBERS[found[1]]
    if protocol in _ICMP_TYPES:
        return _icmp(protocol, found[2])
    span = _span(found[2])
    return None if span is None else ServiceTerm(IntervalSet.single(protocol), ALL_PORTS, IntervalSet.of(span))
