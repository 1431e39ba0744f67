"""Files that travel inside the text of a mail: uuencode, yEnc, and bare base64."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sensors.transfer.content.markup import decode_base64
from sensors.transfer.mail.charsets import guess

_UU: Final = re.compile(rb"^begin(?:-base64)? ([0-7]{3,4}) ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_YENC: Final = re.compile(rb"^=ybegin ([^\r\n]{1,400})\r?\n", re.MULTILINE)
#: Four full lines of base64 at least; a line of text of this length without a space is nothing people write.
_BASE64: Final = re.compile(
    rb"(?:^|\n)((?:[A-Za-z0-9+/]{40,}\r?\n){1,}[A-Za-z0-9+/]{0,200}={0,2})|(?:^|\n)([A-Za-z0-9+/]{120,}={0,2})\s*(?:\r?\n|$)"
)
_FILES: Final = 100


@dataclass(frozen=True, slots=True)
class Disguised:
    """A file found in text: its name if it has one, its bytes, where it begins, and how it was written."""

    name: str
    data: bytes
    at: int
    how: str


def find(text: bytes, limit: int) -> Iterator[Disguised]:
    """The files in *text*, each cut at *limit* bytes; at most a hundred."""
    count = 0
    for source in (_uuencoded, _yencoded, _bare):
        for found in source(text, limit):
            count += 1
            if count > _FILES:
                return
            yield found


def _uuencoded(text: bytes, limit: int) -> Iterator[Disguised]:
    """POSIX.1-2017 uuencode: a length octet, then groups of four; the begin line may also announce base64."""
    for match in _UU.finditer(text):
        end = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE).search(text, match.end())
        body = text[match.end() : end.start() if end is not None else len(text)]
        if b"begin-base64" in match.group():
            data = decode_base64(re.sub(rb"\s+", b"", body).decode("ascii", "replace"))[:limit]
        else:
            data = _uu_body(body, limit)
        if data:
            yield Disguised(guess(match.group(2).strip()), data, match.start(), "uuencode")


def _uu_body(body: bytes, limit: int) -> bytes:
    out = bytearray()
    for line in body.splitlines():
        if not line or line[0] in {0x20, 0x60} or len(out) > limit:
            break
        if not 0x20 < line[0] <= 0x60:
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            # Some encoders leave the last group short or too long; the announced length decides (see uuencode in POSIX).
            size = ((line[0] - 32) & 63) * 4 // 3 + 5
            try:
                out += binascii.a2b_uu(line[:size])
            except binascii.Error:
                break
    return bytes(out[:limit])


def _yencoded(text: bytes, limit: int) -> Iterator[Disguised]:
    """YEnc 1.3: octets plus 42, escapes with = and plus 64."""
    for match in _YENC.finditer(text):
        end = text.find(b"\n=yend", match.end())
        body = text[match.end() : len(text) if end < 0 else end]
        body = re.sub(rb"\A=ypart[^\r\n]*\r?\n", b"", body)
        out = bytearray()
        escaped = False
        for octet in body[: limit * 2]:
            if octet in {10, 13}:
                continue
            if octet == 0x3D and not escaped:
                escaped = True
                continue
            out.append((octet - 42 - (64 if escaped else 0)) & 0xFF)
            escaped = False
        name = match.group(1).partition(b"name=")[2].strip()
        if out:
            yield Disguised(guess(name), bytes(out[:limit]), match.start(), "yEnc")


def _bare(text: bytes, limit: int) -> Iterator[Disguised]:
    """Base64 without any announcement; only what decodes to a known type of file is one."""
    for match in _BASE64.finditer(text):
        body = re.sub(rb"\s+", b"", match.group(1) or match.group(2))
        data = decode_base64(body.decode("ascii"))[:limit]
        if len(data) >= 32:
            yield Disguised("", data, match.start(), "base64")
