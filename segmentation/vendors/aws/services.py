"""Protocols and ports of security groups and network ACLs as packet fields."""

from __future__ import annotations

from segmentation.device.lexical import Misread, decimal
from segmentation.device.match import Field
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6, PROTOCOL_NUMBERS, TCP, UDP
from segmentation.vendors.aws import reasons
from segmentation.vendors.aws.records import AclEntry, Permission
from segmentation.vendors.reading import shown

Fields = dict[Field, IntervalSet]
_ALL = frozenset({"-1", "all", ""})


def protocol_number(text: str) -> int | None:
    """A protocol by name or number; ``None`` for all.  Raises :class:`Misread`."""
    word = text.lower()
    if word in _ALL:
        return None
    found = PROTOCOL_NUMBERS.get(word)
    number = decimal(word, 255) if found is None else found
    if number is None:
        raise Misread(reasons.BAD_PROTOCOL.format(text=shown(text)))
    return number


def _span(low: int | None, high: int | None, top: int) -> IntervalSet | None:
    """The values of a range; ``None`` for all of them.  Raises :class:`Misread`."""
    if low is None or low == -1:
        return None
    last = low if high is None else high
    if not 0 <= low <= last <= top:
        raise Misread(reasons.BAD_PORTS)
    return IntervalSet.of((low, last))


def permission_fields(permission: Permission, family: Family) -> list[Fields]:
    """The services of a permission for packets of *family*; none where they cannot occur in it.

    EC2 API Reference, IpPermission: ports for TCP and UDP, type and code for ICMP (-1 is all); of other protocols every packet.
    Raises :class:`Misread`.
    """
    number = protocol_number(permission.protocol)
    if number is None:
        return [{}]
    fields: Fields = {Field.PROTO: IntervalSet.single(number)}
    if number in (ICMP, ICMPV6):
        if (number == ICMPV6) != (family == 6):
            return []
        return [_icmp(fields, permission.low, permission.high)]
    if number in (TCP, UDP):
        ports = _span(permission.low, permission.high, 65535)
        return [fields if ports is None else fields | {Field.DPORT: ports}]
    return [fields]


def _icmp(fields: Fields, kind: int | None, code: int | None) -> Fields:
    if kind is None or kind == -1:
        return fields
    types = _span(kind, kind, 255)
    codes = None if code is None or code == -1 else _span(code, code, 255)
    return (
        fields
        | ({} if types is None else {Field.SPORT: types})
        | ({} if codes is None else {Field.DPORT: codes})
    )  # fmt: skip


def acl_fields(entry: AclEntry) -> list[Fields]:
    """The services of an ACL entry.  Raises :class:`Misread`."""
    number = protocol_number(entry.protocol)
    if number is None:
        return [{}]
    fields: Fields = {Field.PROTO: IntervalSet.single(number)}
    if number in (ICMP, ICMPV6):
        return [fields if entry.icmp is None else _icmp(fields, *entry.icmp)]
    if number in (TCP, UDP):
        ports = _span(entry.low, entry.high, 65535)
        return [fields if ports is None else fields | {Field.DPORT: ports}]
    return [fields]
