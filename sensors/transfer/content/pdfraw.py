"""PDF without a cross-reference table: our own scan for what no reader opens, locked or broken.

Names of dictionaries are never encrypted (ISO 32000-2 7.6.2: strings and streams are), so they can be read in a locked file
except inside object streams; those are tried too, since a file may encrypt its attachments only.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor

_OBJECT: Final = re.compile(rb"(\d{1,10})\s+(\d{1,5})\s+obj\b")
_STREAM: Final = re.compile(rb"stream\r?\n")
_ENCRYPT: Final = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_OBJECTS: Final = 50_000
_INFLATED: Final = 16 << 20
#: Key or value -> factor, found as a name token outside strings and streams.
_NAMES: Final = {
    "/JS": (Factor.JAVASCRIPT, "pdf_javascript"), "/JavaScript": (Factor.JAVASCRIPT, "pdf_javascript"),
    "/Launch": (Factor.LAUNCH, "pdf_launch"), "/SubmitForm": (Factor.SUBMIT_FORM, "pdf_submit"),
    "/ImportData": (Factor.SUBMIT_FORM, "pdf_submit"), "/GoToR": (Factor.GOTO_REMOTE, "pdf_goto_remote"),
    "/GoToE": (Factor.GOTO_REMOTE, "pdf_goto_remote"), "/AA": (Factor.OPEN_ACTION, "pdf_additional_actions"),
    "/XFA": (Factor.XFA, "pdf_xfa"), "/EF": (Factor.EMBEDDED_FILE, "pdf_embedded_file"),
    "/EmbeddedFile": (Factor.EMBEDDED_FILE, "pdf_embedded_file"), "/RichMedia": (Factor.RICHMEDIA, "pdf_richmedia"),
}  # fmt: skip
_TOKEN: Final = re.compile(rb"/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*|\(|<<|>>|<|%[^\r\n]*")
_ESCAPE: Final = re.compile(rb"#([0-9a-fA-F]{2})")


def has_encryption(data: bytes) -> bool:
    """Whether a trailer names an encryption dictionary."""
    return _ENCRYPT.search(data) is not None


def examine_raw(item: Item, notes: Notebook, *, encrypted: bool) -> None:
    """Note the factors whose names can be read without opening the document."""
    for number, body, start in objects(item.data):
        place = f"obj {number}"
        for name in names(body):
            if name in _NAMES:
                factor, detail = _NAMES[name]
                notes.found(factor, item, detail, place)
        if start and re.search(rb"/ObjStm\b", body):
            inner = _inflate(item.data, start)
            for name in names(inner):
                if name in _NAMES:
                    factor, detail = _NAMES[name]
                    notes.found(factor, item, detail, place)
    if not encrypted and re.search(rb"/OpenAction\s*(?:<<|\d+\s+\d+\s+R)[^\[\]]{0,200}/(?:JS|Launch|Named|URI)\b", item.data):
        notes.found(Factor.OPEN_ACTION, item, "pdf_open_action", name="?")


def objects(data: bytes) -> Iterator[tuple[str, bytes, int]]:
    """Number, dictionary text and start of the stream (0: none) of each object, in file order."""
    at = 0
    for _ in range(_OBJECTS):
        match = _OBJECT.search(data, at)
        if match is None:
            return
        end = data.find(b"endobj", match.end())
        end = len(data) if end < 0 else end
        stream = _STREAM.search(data, match.end(), end)
        label = f"{match.group(1).decode()} {match.group(2).decode()}"
        if stream is None:
            yield label, data[match.end() : min(end, match.end() + (1 << 20))], 0
            at = match.end() if end - match.end() > 1 << 20 else end
        else:
            yield label, data[match.end() : stream.start()], stream.end()
            after = data.find(b"endstream", stream.end())
            at = stream.end() if after < 0 else after


def names(body: bytes) -> Iterator[str]:
    """Name tokens outside of strings and comments, escapes resolved."""
    at = 0
    while (match := _TOKEN.search(body, at)) is not None:
        token = match.group()
        at = match.end()
        if token == b"(":
            at = _string_end(body, at)
        elif token == b"<":
            end = body.find(b">", at)
            at = len(body) if end < 0 else end + 1
        elif token[:1] == b"/":
            yield _ESCAPE.sub(lambda m: bytes((int(m.group(1), 16),)), token).decode("latin-1")


def _string_end(body: bytes, at: int) -> int:
    """7.3.4.2: parentheses balance, a backslash takes the next octet with it."""
    depth = 1
    for match in re.compile(rb"\\.|[()]", re.DOTALL).finditer(body, at):
        if match.group() == b"(":
            depth += 1
        elif match.group() == b")":
            depth -= 1
            if not depth:
                return match.end()
    return len(body)


def _inflate(data: bytes, start: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[start : start + _INFLATED], _INFLATED)
    except zlib.error:
        return b""
