"""VBA projects: that one is there, and what of it runs by itself."""

from __future__ import annotations

import re
from typing import Any, Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor

#: Excel 4.0 names that run by themselves, by their lower-case spelling.
AUTO_XLM: Final = {
    "auto_open": "Auto_Open", "auto_close": "Auto_Close", "auto_activate": "Auto_Activate",
    "auto_deactivate": "Auto_Deactivate",
}  # fmt: skip
# Word: automatic macros and document events; Excel, PowerPoint, Outlook, Publisher: opening, closing, activating.
_AUTO: Final = re.compile(
    r"^\s*(?:(?:public|private|friend|static)\s+)*(?:sub|function)\s+"
    r"(auto_?(?:open|close|exec|exit|new)|auto_(?:activate|deactivate|add|remove)"
    r"|(?:workbook|document|app|application|thisdocument)_(?:open|opened|activate|deactivate|before_?close|before_?save|new|close|startup|quit"
    r"|newmail|newmailex|documentopen|newworkbook|workbookopen|addininstall|windowactivate)"
    r"|document_?(?:beforeclose|change|contentcontrolonenter)|onslideshow\w+|\w*_(?:onload|painted|painting|layout|docked|beforenavigate2))\s*\(?",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
_MARKER: Final = b"\x00Attribut"


def examine_project(ole: Any, storage: tuple[str, ...], item: Item, notes: Notebook) -> None:
    """Note the macros of the VBA storage at *storage* of an open compound file and those that run by themselves."""
    place = "/".join(storage)
    notes.found(Factor.MACRO, item, "vba", place)
    for path in ole.listdir(streams=True, storages=False):
        if (
            tuple(path[: len(storage)]) != storage
            or path[-1].lower() in {"dir", "_vba_project"}
            or path[-1].lower().startswith("__srp_")
        ):
            continue
        try:
            data = ole.openstream(path).read()
        except (OSError, IndexError, ValueError):
            continue
        source = module_source(data)
        for match in _AUTO.finditer(source):
            notes.found(Factor.AUTO_EXEC, item, "auto_macro", "/".join(path), name=match.group(1))


def module_source(data: bytes) -> str:
    """The source text of a module stream, empty if there is none.

    MS-OVBA 2.3.4.3: performance cache, then a compressed container (2.4.1).  Every module's source begins with an Attribute
    line, which is stored as literals: so the container is found without trusting the offset in the dir stream.
    """
    at = data.find(_MARKER)
    while at >= 3:
        if data[at - 3] == 1:
            return decompress(data[at - 3 :]).decode("latin-1")
        at = data.find(_MARKER, at + 1)
    return ""


def decompress(data: bytes) -> bytes:
    """MS-OVBA 2.4.1.3: the decompressed container, at most 16 MiB; what is broken ends it early."""
    out = bytearray()
    at = 1
    while at + 2 <= len(data) and len(out) < 16 << 20:
        header = int.from_bytes(data[at : at + 2], "little")
        size, packed = (header & 0x0FFF) + 3, header >> 15
        if header >> 12 & 7 != 3:
            break
        end, start = min(at + size, len(data)), len(out)
        at += 2
        if not packed:
            out += data[at : at + 4096]
            at += 4096
            continue
        while at < end:
            flags = data[at]
            at += 1
            for bit in range(8):
                if at >= end:
                    break
                if not flags >> bit & 1:
                    out.append(data[at])
                    at += 1
                    continue
                if at + 2 > end:
                    return bytes(out)
                token = int.from_bytes(data[at : at + 2], "little")
                at += 2
                # 2.4.1.3.19.1 CopyToken help: the split between offset and length follows the position in the chunk.
                bits = max((len(out) - start - 1).bit_length(), 4)
                length, offset = (token & (0xFFFF >> bits)) + 3, (token >> (16 - bits)) + 1
                if offset > len(out) - start:
                    return bytes(out)
                for _ in range(length):
                    out.append(out[-offset])
        at = end
    return bytes(out)
