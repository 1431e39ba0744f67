"""Constants beside a selector as sets of integers, or of interface names."""

from __future__ import annotations

from functools import lru_cache

from segmentation.device.match import CtState, Field, InterfaceMatch
from segmentation.model.addresses import Address, Mac
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.text import Text
from segmentation.vendors.nftables import reasons, vocabulary
from segmentation.vendors.nftables.selectors import Kind, Pseudo, Selector
from segmentation.vendors.nftables.syntax import Binary, Expression, Listing, Literal, Prefix, Range, Wildcard

#: A set of values of one dimension: integers, interface names, or ``None`` where it cannot be known.
Values = IntervalSet | InterfaceMatch | None
#: The most intervals a non-contiguous mask may become.
_MASK_LIMIT = 4096

_NAMES: dict[Kind, dict[str, int]] = {
    Kind.PROTOCOL: vocabulary.PROTOCOLS,
    Kind.SERVICE: vocabulary.SERVICES,
    Kind.ICMP_TYPE: vocabulary.ICMP_TYPES,
    Kind.ICMP_CODE: vocabulary.ICMP_CODES,
    Kind.ICMPV6_TYPE: vocabulary.ICMPV6_TYPES,
    Kind.ICMPV6_CODE: vocabulary.ICMPV6_CODES,
    Kind.FLAGS: vocabulary.TCP_FLAGS,
    Kind.STATE: vocabulary.CT_STATE_BITS,
}


class Unresolved(Exception):  # noqa: N818  # becomes a value (an uncertain rule and a note) before it leaves the package
    """A constant that does not fit its selector, and why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@lru_cache(maxsize=65536)
def _ipv4(text: str) -> int | None:
    """A dotted quad, without the general parser (a ruleset has many)."""
    parts = text.split(".")
    if len(parts) != 4:
        return None
    value = 0
    for part in parts:
        if not part.isascii() or not part.isdigit() or len(part) > 3 or int(part) > 255:
            return None
        value = value << 8 | int(part)
    return value


@lru_cache(maxsize=65536)
def _ipv6(text: str) -> int | None:
    try:
        found = Address.parse(text)
    except ValueError:
        return None
    return found.value if found.family == 6 else None


def number(text: str) -> int | None:
    """A decimal or hexadecimal number of reasonable length."""
    if len(text) > 40 or not text.isascii():
        return None
    if text.startswith("0x"):
        try:
            return int(text, 16)
        except ValueError:
            return None
    return int(text) if text.isdigit() else None


def scalar(selector: Selector, literal: Literal) -> int:
    """The integer a literal stands for; bits for states and flags.  Raises :class:`Unresolved`."""
    text = literal.text
    kind = selector.kind
    value: int | None
    if kind is Kind.IPV4:
        value = _ipv4(text)
        if value is None:
            value = number(text)  # inet_aton(3): one number stands for all four octets
    elif kind is Kind.IPV6:
        value = _ipv6(text)
    elif kind is Kind.MAC:
        try:
            value = Mac.parse(text).value
        except ValueError:
            value = None
    else:
        value = number(text)
        if value is None:
            value = _NAMES.get(kind, {}).get(text.lower())
    if value is None:
        raise Unresolved(reasons.UNKNOWN_NAME.format(text=text, kind=kind.value))
    if kind is not Kind.STATE and value not in selector.domain:
        raise Unresolved(reasons.TOO_LARGE.format(text=text, kind=kind.value))
    return value


def _family_value(selector: Selector, literal: Literal) -> IntervalSet:
    """Families by name; 0 in the tables means: never reaches an IP chain."""
    table = {
        Kind.NFPROTO: vocabulary.NFPROTOS, Kind.ETHER_TYPE: vocabulary.ETHER_TYPES, Kind.VERSION: {"4": 4, "6": 6},
    }[selector.kind]  # fmt: skip
    found = table.get(literal.text)
    if found is None:
        if number(literal.text) is None:
            raise Unresolved(reasons.UNKNOWN_NAME.format(text=literal.text, kind=selector.kind.value))
        return EMPTY
    return IntervalSet.single(found) if found else EMPTY


def bits(selector: Selector, expression: Expression) -> int:
    """A mask or flag value: names joined by ``,`` or ``|``.  Raises :class:`Unresolved`."""
    if isinstance(expression, Listing):
        out = 0
        for item in expression.items:
            out |= bits(selector, item)
        return out
    if isinstance(expression, Binary) and expression.operator in ("|", "&", "^"):
        a, b = bits(selector, expression.left), bits(selector, expression.right)
        return a | b if expression.operator == "|" else a & b if expression.operator == "&" else a ^ b
    if isinstance(expression, Literal):
        return scalar(selector, expression)
    if isinstance(expression, Prefix):
        low, high = _prefix(selector, expression)
        if low == high:
            return low
        raise Unresolved(reasons.NOT_A_MASK)
    raise Unresolved(reasons.expected(reasons.A_MASK, "…"))


def by_bits(selector: Selector, mask: int, value: int) -> IntervalSet:
    """All values of a dimension whose bits under *mask* equal *value*.  Raises :class:`Unresolved` if too many intervals."""
    if selector.dimension is Field.STATE:
        table = vocabulary.CT_STATE_BITS
        members = (int(CtState[n.upper()]) for n, b in table.items() if b & mask == value)
        return IntervalSet.from_iter((m, m) for m in members)
    width = selector.width
    mask &= (1 << width) - 1
    if value & ~mask:
        return EMPTY
    low_free = 0
    while low_free < width and not mask >> low_free & 1:
        low_free += 1
    free = [i for i in range(low_free, width) if not mask >> i & 1]
    if 1 << len(free) > _MASK_LIMIT:
        raise Unresolved(reasons.SCATTERED_MASK)
    starts = [value]
    for bit in free:
        starts += [s | 1 << bit for s in starts]
    return IntervalSet.from_iter((s, s | (1 << low_free) - 1) for s in starts)


def _prefix(selector: Selector, prefix: Prefix) -> tuple[int, int]:
    if not isinstance(prefix.base, Literal):
        raise Unresolved(reasons.expected(reasons.AN_ADDRESS, f"…/{prefix.length}"))
    width = selector.width
    if not 0 <= prefix.length <= width:
        raise Unresolved(reasons.LONG_PREFIX.format(length=prefix.length))
    span = 1 << (width - prefix.length)
    low = scalar(selector, prefix.base) & ~(span - 1)
    return low, low + span - 1


def _interval(selector: Selector, expression: Range) -> IntervalSet:
    low, high = expression.low, expression.high
    if not isinstance(low, Literal) or not isinstance(high, Literal):
        raise Unresolved(reasons.expected(reasons.CONSTANTS, "…"))
    a, b = scalar(selector, low), scalar(selector, high)
    if a > b:
        raise Unresolved(reasons.DESCENDING.format(low=low.text, high=high.text))
    return IntervalSet(((a, b),))


def values(selector: Selector, expression: Expression) -> Values:
    """The exact values one constant or element key stands for.  Raises :class:`Unresolved`."""
    if selector.dimension is None:
        return None
    if isinstance(selector.dimension, Pseudo) and selector.dimension is not Pseudo.FAMILY:
        return _interfaces(expression)
    if isinstance(expression, Wildcard):
        return selector.domain
    if selector.dimension is Pseudo.FAMILY:
        if isinstance(expression, Literal):
            return _family_value(selector, expression)
        raise Unresolved(reasons.NOT_A_KIND.format(kind=selector.kind.value))
    if selector.kind in (Kind.FLAGS, Kind.STATE) and isinstance(expression, (Literal, Listing, Binary)):
        if isinstance(expression, Binary) and expression.operator == "/":
            raise Unresolved(reasons.MASK_AS_ELEMENT)
        return by_bits(selector, -1, bits(selector, expression)) if selector.kind is Kind.STATE else _flag(selector, expression)
    if isinstance(expression, Literal):
        return IntervalSet.single(scalar(selector, expression))
    if isinstance(expression, Prefix):
        return IntervalSet((_prefix(selector, expression),))
    if isinstance(expression, Range):
        return _interval(selector, expression)
    if isinstance(expression, Binary):
        return IntervalSet.single(bits(selector, expression))
    raise Unresolved(reasons.NOT_A_KIND.format(kind=selector.kind.value))


def _flag(selector: Selector, expression: Expression) -> IntervalSet:
    value = bits(selector, expression)
    return IntervalSet.single(value)


def _interfaces(expression: Expression) -> InterfaceMatch | None:
    if isinstance(expression, Wildcard):
        return InterfaceMatch((), negated=True)
    if not isinstance(expression, Literal):
        raise Unresolved(reasons.NOT_A_KIND.format(kind=Kind.INTERFACE.value))
    text = expression.text
    if text.isdigit() and not expression.quoted:
        return None  # an interface index: which interface it is, only the running kernel knows
    if text.endswith("\\*"):
        raise Unresolved(reasons.STAR_NAME)
    return InterfaceMatch((text,))
