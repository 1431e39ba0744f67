"""Static and connected routes, by routing instance (IOS IP Routing: Protocol-Independent Command Reference)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segmentation.device.management import Route
from segmentation.model.addresses import Address, Family
from segmentation.vendors.cisco_acl import values
from segmentation.vendors.cisco_acl.lines import Block, Line
from segmentation.vendors.ios.interfaces import Interface

_WIDTH = {4: 32, 6: 128}


def routes(blocks: Sequence[Block], interfaces: dict[str, Interface]) -> tuple[Route, ...]:
    """``ip route``, ``ipv6 route``, those below ``vrf context``, and the networks of interfaces that are up."""
    return (*_static(blocks), *_connected(interfaces))


def _static(blocks: Sequence[Block]) -> Iterator[Route]:
    for block in blocks:
        if block.words[:2] in (("ip", "route"), ("ipv6", "route")):
            yield from _route(block.head, block.words[2:], 6 if block.words[0] == "ipv6" else 4, "")
        elif block.words[:2] == ("ip", "default-gateway") and len(block.words) > 2:
            gateway = values.ipv4(block.words[2])
            yield Route(family=4, address=0, length=0, location=block.head.location, gateway=gateway, name=block.words[2])
        elif block.words[:2] == ("vrf", "context") and len(block.words) > 2:
            for line in block.body:
                if line.words[:2] in (("ip", "route"), ("ipv6", "route")):
                    yield from _route(line, line.words[2:], 6 if line.words[0] == "ipv6" else 4, block.words[2])


def _route(line: Line, words: Sequence[str], family: Family, vrf: str) -> Iterator[Route]:
    """``[vrf V] NETWORK MASK|/LENGTH [INTERFACE] [GATEWAY] …``; a statement without a network is another setting."""
    rest = list(words)
    if rest[:1] == ["vrf"] and len(rest) > 2:
        vrf, rest = rest[1], rest[2:]
    found = _network(rest, family)
    if found is None:
        return
    address, length, rest = found
    interface, name = "", ""
    gateway: int | None = None
    if rest and not _is_address(rest[0], family) and rest[0] not in ("name", "tag", "dhcp"):
        interface = rest.pop(0)
        if rest and rest[0][:1].isdecimal() and not _is_address(rest[0], family) and not any(c.isdecimal() for c in interface):
            interface += rest.pop(0)  # "GigabitEthernet 0/1"
    if rest and _is_address(rest[0], family):
        gateway = Address.parse(rest[0].partition("%")[0]).value
    elif rest[:1] == ["dhcp"]:
        name = "dhcp"
    yield Route(
        family=family, address=address, length=length, location=line.location, gateway=gateway, interface=interface, vrf=vrf,
        discard=interface.lower().startswith(("null", "discard")), name=name,
    )  # fmt: skip


def _network(rest: list[str], family: Family) -> tuple[int, int, list[str]] | None:
    host, slash, length = (rest[0] if rest else "").partition("/")
    if not _is_address(host, family):
        return None
    address = Address.parse(host).value
    if slash:
        bits = int(length) if length.isascii() and length.isdecimal() and len(length) < 4 else -1
        rest = rest[1:]
    else:
        mask = values.ipv4(rest[1]) if len(rest) > 1 else None
        bits = mask.bit_count() if mask is not None and family == 4 else -1
        rest = rest[2:]
    return (address, bits, rest) if 0 <= bits <= _WIDTH[family] else None


def _is_address(word: str, family: Family) -> bool:
    try:
        return Address.parse(word.partition("%")[0]).family == family
    except ValueError:
        return False


def _connected(interfaces: dict[str, Interface]) -> Iterator[Route]:
    for interface in interfaces.values():
        if interface.shutdown:
            continue
        for family, address, length in interface.addresses:
            span = 1 << (_WIDTH[family] - length)
            yield Route(
                family=family, address=address - address % span, length=length, location=interface.line.location,
                interface=interface.name, vrf=interface.vrf,
            )  # fmt: skip
