"""OneNote sections (MS-ONESTORE): files that are attached to a page."""

from __future__ import annotations

import struct
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.verdict import Factor, Reason

# 2.6.13 FileDataStoreObject: header GUID, length, 12 octets, the file, padding, footer GUID.
_HEADER: Final = bytes.fromhex("e716e3bd6526114 5a4c48d4d0b7a9eac".replace(" ", ""))
_FILES: Final = 1000


def examine_onenote(item: Item, notes: Notebook) -> None:
    """Examine every attached file; a picture on a page is stored in the same way and is only looked at."""
    at, count = 0, 0
    while (at := item.data.find(_HEADER, at)) >= 0:
        count += 1
        if count > _FILES:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        if at + 36 > len(item.data):
            notes.unseen(Reason.DAMAGED, item)
            return
        size = struct.unpack_from("<Q", item.data, at + 16)[0]
        data = item.data[at + 36 : at + 36 + size]
        if len(data) < size:
            notes.unseen(Reason.DAMAGED, item, f"@{at:#x}")
        kind = kinds.identify(data)
        if kind not in kinds.IMAGES | {"empty"}:
            notes.found(Factor.EMBEDDED_OBJECT, item, "onenote_file", f"@{at:#x}", kind=kind)
        notes.inner(item, data, "", Inside.DOCUMENT, step=f"@{at:#x}", by_name=False)
        at += 36
