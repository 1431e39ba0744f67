"""Addresses, ports and numbers as FortiOS writes them.  Each reader gives ``None`` for what it cannot read."""

from __future__ import annotations

from segmentation.model.addresses import TOP, Address, Family
from segmentation.model.intervals import IntervalSet

#: Intervals a scattered mask may mean; beyond it the set is not expanded.
MASK_LIMIT = 4096
PORT_TOP = 65535


def address(text: str, family: Family) -> int | None:
    """One address."""
    try:
        found = Address.parse(text)
    except ValueError:
        return None
    return found.value if found.family == family else None


def number(text: str, top: int) -> int | None:
    """A decimal number from 0 to *top*."""
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return None
    value = int(text)
    return value if value <= top else None


def prefix(text: str, family: Family) -> tuple[int, int] | None:
    """``10.0.0.1/24`` or ``2001:db8::1/64``: the address as written and the length; no length means one host."""
    host, slash, length = text.partition("/")
    value = address(host, family)
    bits = 32 if family == 4 else 128
    size = number(length, bits) if slash else bits
    if slash and size is None and family == 4:
        size = _mask_length(length)
    return None if value is None or size is None else (value, size)


def _mask_length(text: str) -> int | None:
    mask = address(text, 4)
    if mask is None:
        return None
    free = TOP[4] - mask
    return 32 - free.bit_length() if free & (free + 1) == 0 else None


def subnet(words: tuple[str, ...], family: Family) -> IntervalSet | None:
    """``10.0.0.0 255.0.0.0`` or ``10.0.0.0/8``; host bits are cut off; a scattered mask gives all it means."""
    if len(words) == 2 and family == 4:
        base, mask = address(words[0], 4), address(words[1], 4)
        return None if base is None or mask is None else masked(base, mask)
    found = prefix(words[0], family) if len(words) == 1 else None
    if found is None:
        return None
    span = 1 << ((32 if family == 4 else 128) - found[1])
    low = found[0] - found[0] % span
    return IntervalSet(((low, low + span - 1),))


def masked(base: int, mask: int) -> IntervalSet | None:
    """All IPv4 addresses that equal *base* in the bits that are 1 in *mask*; ``None`` if they are too many intervals."""
    free = TOP[4] - mask
    tail = (~free & (free + 1)).bit_length() - 1  # free bits at the low end: one interval
    scattered = [b for b in range(tail, 32) if free >> b & 1]
    if 1 << len(scattered) > MASK_LIMIT:
        return None
    low = base & mask
    starts = [low]
    for bit in scattered:
        starts += [s | 1 << bit for s in starts]
    span = (1 << tail) - 1
    return IntervalSet.from_iter((s, s + span) for s in starts)


def outline(words: tuple[str, ...]) -> IntervalSet | None:
    """The addresses that agree with the leading ones of a scattered mask: more than it means."""
    base, mask = (address(w, 4) for w in words)
    if base is None or mask is None:
        return None
    length = 32 - (TOP[4] - mask).bit_length()
    return masked(base, TOP[4] - ((1 << (32 - length)) - 1))


def address_range(text: str, family: Family) -> IntervalSet | None:
    """``10.0.0.1``, ``10.0.0.1-10.0.0.9``, or a prefix."""
    if "/" in text:
        return subnet((text,), family)
    first, dash, last = text.partition("-")
    low = address(first.strip(), family)
    high = address(last.strip(), family) if dash else low
    return None if low is None or high is None or low > high else IntervalSet(((low, high),))


def port_range(text: str) -> IntervalSet | None:
    """``80`` or ``8000-8080``; a range written backwards is not understood."""
    first, dash, last = text.partition("-")
    low = number(first, PORT_TOP)
    high = number(last, PORT_TOP) if dash else low
    return None if low is None or high is None or low > high else IntervalSet(((low, high),))


def port_pair(text: str) -> tuple[IntervalSet, IntervalSet] | None:
    """Destination and source ports of ``dst``, ``dst-dst`` or ``dst:src`` (no source part: any)."""
    destination, colon, source = text.partition(":")
    ends = port_range(destination), port_range(source) if colon else IntervalSet(((0, PORT_TOP),))
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def dotted(value: int) -> str:
    """The dotted form of an IPv4 address."""
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
