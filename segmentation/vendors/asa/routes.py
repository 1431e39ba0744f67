"""Static and connected routes (Cisco ASA Series General Operations CLI Configuration Guide, "Static and Default Routes")."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.management import Route
from segmentation.model.addresses import Address, Family
from segmentation.vendors.asa.parser import Parser
from segmentation.vendors.cisco_acl import reasons, values
from segmentation.vendors.cisco_acl.lines import Line


def static_only(parser: Parser) -> bool:
    """Whether the routes of the configuration are all there are."""
    routed = any(b.words[0] == "router" for b in parser.blocks)
    by_policy = any(line.words[0] == "policy-route" for b in parser.blocks if b.words[0] == "interface" for line in b.body)
    return not routed and not by_policy


def routes(parser: Parser) -> Iterator[Route]:
    """Connected networks, then ``route`` and ``ipv6 route``."""
    for interface in parser.interfaces.values():
        if interface.name and not interface.shutdown:
            for family, value, length in interface.addresses:
                span = 1 << ((32 if family == 4 else 128) - length)
                yield Route(
                    family=family, address=value // span * span, length=length, location=interface.line.location,
                    interface=interface.name,
                )  # fmt: skip
            if interface.learned_default is not None:
                yield Route(
                    family=4, address=0, length=0, location=interface.learned_default.location, interface=interface.name,
                    name="dhcp",
                )  # fmt: skip
    for block in parser.blocks:
        line = parser.named(block.head)
        if line.words[0] == "route":
            yield from _four(parser, line)
        elif line.words[:2] == ("ipv6", "route") and len(line.words) > 3:
            yield from _six(parser, line)


def _four(parser: Parser, line: Line) -> Iterator[Route]:
    """``route IF NETWORK MASK GATEWAY``; ``0 0`` is the default route, ``null0`` a hole."""
    words = line.words
    zero = {"0": "0.0.0.0"}  # noqa: S104 - an address of a configuration, not one to listen on
    address, mask = (values.ipv4(zero.get(w, w)) for w in (*words[2:4], "", "")[:2])
    free = None if mask is None else ~mask & 0xFFFFFFFF
    if address is None or free is None or free & (free + 1):
        parser.problems.report(line, reasons.ADDRESS.format(word=" ".join(words[2:4])), widened=False)
        return
    gateway = values.ipv4(words[4]) if len(words) > 4 else None
    discard = words[1].lower() == "null0"
    yield Route(
        family=4, address=address & ~free, length=32 - free.bit_length(), location=line.location, gateway=gateway,
        interface="" if discard else words[1], discard=discard,
        name="tunneled" if "tunneled" in words else "" if gateway is not None or discard else " ".join(words[4:5]),
    )  # fmt: skip


def _six(parser: Parser, line: Line) -> Iterator[Route]:
    """``ipv6 route IF PREFIX/LENGTH GATEWAY``."""
    words = line.words
    found, gateway = _prefix6(words[3]), _address6(words[4]) if len(words) > 4 else None
    if found is None:
        parser.problems.report(line, reasons.ADDRESS.format(word=words[3]), widened=False)
        return
    discard = words[2].lower() == "null0"
    family: Family = 6
    yield Route(
        family=family, address=found[0], length=found[1], location=line.location, gateway=gateway,
        interface="" if discard else words[2], discard=discard,
    )  # fmt: skip


def _prefix6(word: str) -> tuple[int, int] | None:
    host, _, length = word.partition("/")
    value = _address6(host)
    if value is None or not (length.isascii() and length.isdecimal() and len(length) < 4 and int(length) <= 128):
        return None
    span = 1 << (128 - int(length))
    return value // span * span, int(length)


def _address6(word: str) -> int | None:
    try:
        found = Address.parse(word)
    except ValueError:
        return None
    return found.value if found.family == 6 else None
