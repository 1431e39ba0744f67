"""Excel 97 and Excel 5 workbooks (MS-XLS): macro sheets, names that run by themselves, DDE and external books."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.content.vba import AUTO_XLM
from sensors.transfer.verdict import Factor

_BOUNDSHEET: Final = 0x85
_LBL: Final = 0x18
_SUPBOOK: Final = 0x1AE
_EXTERNSHEET: Final = 0x17
_EXTERNNAME: Final = 0x23
#: MS-XLS 2.5.114 and 2.4.150: code of a built-in name; 1 Auto_Open, 2 Auto_Close, 10 Auto_Activate, 11 Auto_Deactivate.
_BUILTIN: Final = {1: "Auto_Open", 2: "Auto_Close", 10: "Auto_Activate", 11: "Auto_Deactivate"}
_RECORDS: Final = 2_000_000


def records(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Type, body and offset of each record (MS-XLS 2.1.4); ends where the data do."""
    at = 0
    for _ in range(_RECORDS):
        if at + 4 > len(data):
            return
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + size], at
        at += 4 + size


def examine_workbook(data: bytes, item: Item, notes: Notebook, place: str) -> None:
    """Examine the workbook stream."""
    for kind, body, at in records(data):
        if kind == _BOUNDSHEET and len(body) >= 6:
            # 2.4.28: dt is the sheet's type; 1 is a macro sheet (6 a VBA module of Excel 5).
            if body[5] in {1, 6}:
                notes.found(Factor.MACRO, item, "xlm" if body[5] == 1 else "vba", place, f"@{at:#x}")
        elif kind == _LBL and len(body) >= 15:
            _name(body, item, notes, place, at)
        elif kind == _SUPBOOK:
            _supporting_book(body, item, notes, place, at)
        elif kind == _EXTERNSHEET and len(body) >= 2 and b"\x03" in body[2:] and body[0] == len(body) - 2:
            # BIFF5: an encoded name in which 0x03 parts the DDE server from its topic.
            notes.found(Factor.DDE, item, "dde_link", place, f"@{at:#x}")


def _name(body: bytes, item: Item, notes: Notebook, place: str, at: int) -> None:
    flags, _key, length = struct.unpack_from("<HBB", body)
    for text in (body[15:], body[14:]):  # BIFF8 has an octet for the width of characters, BIFF5 has not
        if flags & 0x20 and text[:1] and text[0] in _BUILTIN:
            notes.found(Factor.AUTO_EXEC, item, "auto_macro", place, f"@{at:#x}", name=_BUILTIN[text[0]])
            return
        low = text[: length * 2].replace(b"\0", b"").lower()
        for key, shown in AUTO_XLM.items():
            if low.startswith(key.encode()):
                notes.found(Factor.AUTO_EXEC, item, "auto_macro", place, f"@{at:#x}", name=shown)
                return


def _supporting_book(body: bytes, item: Item, notes: Notebook, place: str, at: int) -> None:
    """2.4.271: the virtual path; 0x03 in it parts server and topic of a DDE or OLE link, 0x01 begins an encoded file name."""
    if len(body) < 5:
        return
    count = struct.unpack_from("<H", body, 2)[0]
    if count in {0x0401, 0x3A01}:
        return  # the workbook itself, or add-in functions
    wide = body[4] & 1
    path = body[5 : 5 + count * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")
    if "\x03" in path:
        server = path.partition("\x03")[0]
        # The names of DDE servers are words; a link to an OLE class has a class name, in which a dot stands before a number.
        if re.fullmatch(r"[\w ]+\.[\w ]+\.\d+", server):
            notes.found(Factor.EXTERNAL_LINK, item, "ole_link", place, f"@{at:#x}")
        else:
            notes.found(Factor.DDE, item, "dde_link", place, f"@{at:#x}")
    elif path[:1] == "\x01" and path[1:]:
        notes.found(Factor.EXTERNAL_LINK, item, "external_book", place, f"@{at:#x}")
