"""TNEF, the winmail.dat of Outlook (MS-OXTNEF): attributes with their lengths checked, attachments examined."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.mail.charsets import decode_as, member_name
from sensors.transfer.verdict import Factor, MailText, Reason

_ATTRIBUTES: Final = 20_000
# MS-OXTNEF 2.1.3.3: attribute identifiers.
_ATTACH_REND: Final = 0x00069002
_ATTACH_TITLE: Final = 0x00018010
_ATTACH_DATA: Final = 0x0006800F
_ATTACHMENT: Final = 0x00069005
_BODY: Final = 0x0002800C
# MS-OXPROPS: property identifiers.
_LONG_NAME: Final = 0x3707
_FILE_NAME: Final = 0x3704
_DATA: Final = 0x3701
_OBJECT_TYPES: Final = frozenset({0x000D, 0x0102})


def attributes(data: bytes) -> Iterator[tuple[int, bytes, int, bool]]:
    """Identifier, body, offset and whether the body is whole, of each attribute (2.1.3.2); bounded by the data's length."""
    at = 6
    for _ in range(_ATTRIBUTES):
        if at + 9 > len(data):
            return
        _level, identifier, size = struct.unpack_from("<BII", data, at)
        body = data[at + 9 : at + 9 + size]
        yield identifier, body, at, len(body) == size
        at += 9 + size + 2  # the checksum


def properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, identifier and value of MAPI properties in an encapsulated list (2.1.3.4.1), as far as lengths make sense."""
    if len(data) < 4:
        return
    count = struct.unpack_from("<I", data)[0]
    at = 4
    for _ in range(min(count, 5000)):
        if at + 4 > len(data):
            return
        kind, identifier = struct.unpack_from("<HH", data, at)
        at += 4
        if identifier >= 0x8000:  # a named property: GUID, kind of name, name
            if at + 24 > len(data):
                return
            by_name, length = struct.unpack_from("<II", data, at + 16)
            at += 24 + ((length + 3) & ~3 if by_name else 0)
        fixed = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}.get(kind & 0xFFF)
        values = 1
        if kind & 0x1000 or fixed is None:
            if at + 4 > len(data):
                return
            values = struct.unpack_from("<I", data, at)[0]
            at += 4
        for _value in range(min(values, 1000)):
            if fixed is not None:
                size = fixed
            elif at + 4 <= len(data):
                size = struct.unpack_from("<I", data, at)[0]
                at += 4
            else:
                return
            if size > len(data) - at:
                return
            yield kind, identifier, data[at : at + size]
            at += (size + 3) & ~3


def examine_tnef(item: Item, notes: Notebook) -> None:
    """Examine the attachments of a TNEF stream."""
    name, body, count = "", b"", 0
    nested = item.inside is Inside.MAIL
    for identifier, value, at, whole in attributes(item.data):
        if not whole:
            notes.unseen(Reason.DAMAGED, item, f"@{at:#x}")
        if identifier == _ATTACH_REND:
            count += _attachment(body, name, count, item, notes)
            name, body = "", b""
        elif identifier == _ATTACH_TITLE:
            name = name or member_name(value)
        elif identifier == _ATTACH_DATA:
            body = value
        elif identifier == _ATTACHMENT:
            better, inner = _attachment_properties(value)
            name = better or name
            body = body or inner
    count += _attachment(body, name, count, item, notes)
    if count and not nested:
        notes.mail_text = MailText.VIOLATES
    elif not nested:
        # Rich text in a wrapper of its own is no text/plain part.
        notes.mail_text = MailText.VIOLATES
        notes.breach("rtf_body", item)


def _attachment_properties(value: bytes) -> tuple[str, bytes]:
    name, short, body = "", "", b""
    for kind, identifier, data in properties(value):
        if identifier in {_LONG_NAME, _FILE_NAME}:
            text = (decode_as(data, "utf-16-le") or "").rstrip("\0") if kind & 0xFFF == 0x1F else member_name(data)
            if identifier == _LONG_NAME:
                name = text
            else:
                short = text
        elif identifier == _DATA and kind in _OBJECT_TYPES:
            body = data[16:] if kind == 0x000D else data  # 2.1.3.4.1: an object begins with its interface's GUID
    return name or short, body


def _attachment(body: bytes, name: str, number: int, item: Item, notes: Notebook) -> int:
    if not body and not name:
        return 0
    shown = name or f"attachment {number + 1}"
    kind = kinds.identify(body)
    notes.found(Factor.ATTACHMENT, item, "attachment", shown, kind=kind)
    notes.breach("attachment", item, shown, kind=kind)
    notes.inner(item, body, name, Inside.MAIL, step=shown, by_name=bool(name))
    return 1
