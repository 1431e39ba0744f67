"""Header lines of HTTP and MIME as bytes, read as leniently as receivers do."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from sensors.transfer.mail.charsets import guess, parameters

_FIELDS: Final = 1000
_WINDOWS_PATH: Final = re.compile(rb'="[A-Za-z]:\\')
_BACKSLASH: Final = re.compile(rb"(?<![\x80-\xff])\\")
Headers = dict[str, list[bytes]]


def headers(block: bytes) -> Headers:
    """The fields of a header block (without its first line), by lower-case name; folded lines are joined (RFC 5322 2.2.3)."""
    out: Headers = {}
    last: list[bytes] | None = None
    for count, ended in enumerate(block.split(b"\n")):
        line = ended.removesuffix(b"\r")
        if count > _FIELDS:
            break
        if line[:1] in (b" ", b"\t") and last:
            last[-1] += b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        if not colon:
            continue
        last = out.setdefault(name.strip().lower().decode("latin-1"), [])
        last.append(value.strip())
    return out


def first(fields: Headers, name: str) -> bytes:
    """The first value of a field, or nothing."""
    return fields[name][0] if name in fields else b""


def tokens(fields: Headers, name: str) -> list[str]:
    """A field's values as a list of lower-case tokens."""
    return [t.strip().lower().decode("latin-1") for value in fields.get(name, ()) for t in value.split(b",") if t.strip()]


def file_name(fields: Headers) -> str:
    """The file name in Content-Disposition, else in Content-Type (RFC 6266 4.3, RFC 7578 4.2), or nothing."""
    for field, key in (("content-disposition", "filename"), ("content-type", "name")):
        raw = first(fields, field)
        if _WINDOWS_PATH.search(raw):  # some browsers send a path whose backslashes quote nothing
            raw = _BACKSLASH.sub(rb"\\\\", raw)
        found = parameters(raw).get(key, "").strip()
        if found:
            return found.replace("\\", "/").rpartition("/")[2]
    return ""


def declared_type(fields: Headers) -> str:
    """The media type without its parameters, in lower case."""
    return first(fields, "content-type").partition(b";")[0].strip().lower().decode("latin-1")[:200]


def path_name(target: bytes) -> str:
    """The last segment of a request target's path as text."""
    path = target.partition(b"?")[0].partition(b"#")[0]
    if b"://" in path:
        path = path.partition(b"://")[2].partition(b"/")[2]
    return guess(unquote_to_bytes(path.rpartition(b"/")[2]))


def number(text: bytes) -> int | None:
    """A decimal number of RFC 9110 8.6, or ``None``."""
    text = text.strip()
    text = text.lstrip(b"0") or text[-1:]  # any number of zeros may stand before it, and receivers differ about none
    return int(text) if text.isdigit() and len(text) < 19 else None
