"""Rich Text Format: objects with their hex data however it is broken up, fields, templates."""

from __future__ import annotations

import re
from typing import Any, Final

from sensors.transfer.content.external import destination
from sensors.transfer.content.fields import examine_field
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.ole import native_package
from sensors.transfer.verdict import Factor, Reason

_CONTROL: Final = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}]+)", re.DOTALL
)
_OBJECTS: Final = 500
_FIELD: Final = 20_000


def examine_rtf(item: Item, notes: Notebook) -> None:
    """Examine an RTF document."""
    data = item.data
    for mark, factor, detail in (
        (rb"\\objautlink\b", Factor.EXTERNAL_LINK, "ole_link"),
        (rb"\\objlink\b", Factor.EXTERNAL_LINK, "ole_link"),
        (rb"\\objocx\b", Factor.ACTIVEX, "activex"),
    ):
        if (match := re.search(mark, data)) is not None:
            notes.found(factor, item, detail, f"@{match.start():#x}")
    _fields(data, item, notes)
    for match in re.finditer(rb"\\template(?![a-zA-Z])", data):
        target = destination(group_text(data, match.end()))
        if target:
            notes.found(Factor.TEMPLATE_INJECTION, item, "remote_template", f"@{match.start():#x}", target=target)
    if re.search(rb"\\obj(?:data|ect|emb|html|update|class)|\\d\W*a\W*t\W*a", data):
        _objects(item, notes)


def _fields(data: bytes, item: Item, notes: Notebook) -> None:
    for count, match in enumerate(re.finditer(rb"\\fldinst", data)):
        if count > _FIELD:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        examine_field(group_text(data, match.end()), item, notes, f"@{match.start():#x}")


def group_text(data: bytes, at: int) -> str:
    """The text from *at* to the end of the group it stands in; control words fall out, nested groups stay (at most 8 KiB)."""
    out = bytearray()
    depth, skip, fallback = 0, 0, 1
    for match in _CONTROL.finditer(data, at, min(at + 65536, len(data))):
        word, number, octet, symbol, brace, text = match.groups()
        if text is not None and skip:
            text, skip = text.lstrip(b"\r\n")[skip:], 0
        elif octet is not None and skip:
            octet, skip = None, skip - 1
        if word == b"u" and number is not None:
            # RTF 1.9.1, Unicode: \\uN, then as many characters for old readers as \\ucN says, one if it says nothing.
            code = int(number) & 0xFFFF
            out += chr(code if not 0xD800 <= code < 0xE000 else 0xFFFD).encode("cp932", "replace")
            skip = fallback
        elif word == b"uc" and number is not None:
            fallback = min(max(int(number), 0), 16)
        elif brace == b"{":
            depth += 1
        elif brace == b"}":
            depth -= 1
            if depth < 0:
                break
        elif octet is not None:
            out.append(int(octet, 16))
        elif symbol in {b"\\", b"{", b"}"}:
            out += symbol
        elif text is not None:
            out += text.replace(b"\r", b"").replace(b"\n", b"")
        if len(out) > 8192:
            break
    return out.decode("cp932", "replace")


def _objects(item: Item, notes: Notebook) -> None:
    """Object data as a hex string, which readers accept with controls, groups and white space strewn in."""
    from oletools import rtfobj  # noqa: PLC0415 - loaded in the worker only

    parser: Any = rtfobj.RtfObjParser(item.data)
    try:
        parser.parse()
    except Exception:  # noqa: BLE001 - a parser of hostile input
        notes.unseen(Reason.DAMAGED, item)
    found = list(parser.objects)
    for entry in found[:_OBJECTS]:
        place = f"@{entry.start:#x}"
        if not entry.rawdata:
            continue
        notes.found(Factor.EMBEDDED_OBJECT, item, "rtf_object", place)
        for payload, name in _payloads(entry):
            notes.inner(item, payload, name, Inside.DOCUMENT, step=f"{place} {name}".strip(), by_name=bool(name))
    if len(found) > _OBJECTS:
        notes.unseen(Reason.TOO_MANY_MEMBERS, item)
    if not found and b"\\objdata" in item.data:
        notes.found(Factor.EMBEDDED_OBJECT, item, "rtf_object")
        notes.unseen(Reason.DAMAGED, item)


def _payloads(entry: Any) -> list[tuple[bytes, str]]:
    """What an object carries: the file of a package, the OLE data, or the raw data if it is neither."""
    if getattr(entry, "is_package", False) and entry.olepkgdata:
        return [(bytes(entry.olepkgdata), str(entry.filename or ""))]
    if getattr(entry, "is_ole", False) and entry.oledata:
        name, payload = native_package(len(entry.oledata).to_bytes(4, "little") + bytes(entry.oledata))
        return [(payload, name)] if name else [(bytes(entry.oledata), "")]
    raw = bytes(entry.rawdata)
    for mark in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MZ", b"PK\x03\x04"):
        at = raw.find(mark)
        if 0 <= at < 4096:
            return [(raw[at:], "")]
    return []
