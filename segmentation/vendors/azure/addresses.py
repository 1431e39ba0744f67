"""What the ends of a security rule stand for: prefixes, service tags, application security groups, ports.

Azure documentation, "Virtual network service tags" and "Network security groups".
"""

from __future__ import annotations

from segmentation.device.lexical import Misread, decimal, prefix_values
from segmentation.model.addresses import ANY, FAMILIES, PRIVATE, Address, Family
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ICMP, ICMPV6
from segmentation.vendors.azure import reasons
from segmentation.vendors.reading import shown

Ranges = dict[Family, IntervalSet]
#: The address from which the platform's load balancer probes (Azure documentation, "What is IP address 168.63.129.16?").
_PROBE = 168 << 24 | 63 << 16 | 129 << 8 | 16
_EVERYTHING = frozenset({"*", "any", "0.0.0.0/0", "::/0"})
_PROTOCOLS = {"tcp": 6, "udp": 17, "esp": 50, "ah": 51}


def none() -> Ranges:
    """No address."""
    return {4: EMPTY, 6: EMPTY}


def ranges(text: str) -> Ranges:
    """The addresses of a prefix, an address or ``low-high``.  Raises :class:`Misread`."""
    low, dash, high = text.partition("-")
    base, _, length = low.partition("/")
    try:
        first = Address.parse(base.strip())
        last = Address.parse(high.strip()) if dash else first
    except ValueError:
        raise Misread(reasons.BAD_ADDRESS.format(text=shown(text))) from None
    bits = decimal(length, 32 if first.family == 4 else 128) if length else (32 if first.family == 4 else 128)
    if bits is None or last.family != first.family or last.value < first.value:
        raise Misread(reasons.BAD_ADDRESS.format(text=shown(text)))
    if dash:
        return none() | {first.family: IntervalSet.of((first.value, last.value))}
    return none() | {first.family: prefix_values(first.value, bits, first.family)}


def prefix(text: str, scope: Ranges) -> tuple[Ranges, Ranges, str]:
    """What a prefix or tag certainly covers, what it may cover besides, and the tag's name.  Raises :class:`Misread`."""
    word = text.lower()
    if word in ("*", "any"):
        return dict(ANY), none(), ""
    if word in _EVERYTHING:
        return ranges(text), none(), ""
    if word == "virtualnetwork":
        return scope, {f: PRIVATE[f] - scope[f] for f in FAMILIES}, "VirtualNetwork"
    if word == "internet":
        return {f: ANY[f] - PRIVATE[f] - scope[f] for f in FAMILIES}, none(), ""
    if word == "azureloadbalancer":
        return none() | {4: IntervalSet.single(_PROBE)}, none(), ""
    if text[:1].isdigit() or ":" in text:
        return ranges(text), none(), ""
    return none(), dict(ANY), shown(text)  # another service tag, or an expression of a template


def ports(written: tuple[str, ...]) -> IntervalSet | None:
    """The ports of a side; ``None`` for all.  Raises :class:`Misread`."""
    if not written or "*" in written:
        return None
    out = []
    for text in written:
        low, dash, high = text.partition("-")
        first = decimal(low.strip(), 65535)
        last = decimal(high.strip(), 65535) if dash else first
        if first is None or last is None or last < first:
            raise Misread(reasons.BAD_PORT.format(text=shown(text)))
        out.append((first, last))
    return IntervalSet.from_iter(out)


def protocols(text: str, family: Family) -> IntervalSet | None:
    """The protocols of a rule; ``None`` for all.  Raises :class:`Misread`."""
    word = text.lower()
    if word in ("*", "any", ""):
        return None
    if word in ("icmp", "icmpv4", "icmpv6"):
        return IntervalSet.single(ICMP if family == 4 else ICMPV6)
    number = _PROTOCOLS.get(word)
    number = decimal(word, 255) if number is None else number
    if number is None:
        raise Misread(reasons.BAD_PROTOCOL.format(text=shown(text)))
    return IntervalSet.single(number)
