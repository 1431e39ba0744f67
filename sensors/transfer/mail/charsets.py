"""Names in the encodings that Japanese mail and archives really use; no library decodes the raw ones.

Order for mail: RFC 2231 (join, then decode once), RFC 2047, UTF-8, ISO-2022-JP if escapes are there, then CP932 or EUC-JP by
strict decoding and the share of kana and kanji.  The raw bytes decide, never the declared charset alone.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from typing import Final
from urllib.parse import unquote_to_bytes

# RFC 2047 2, with the length limit left to the caller and spaces tolerated, as mailers do.
_WORD: Final = re.compile(rb"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*)\?=")
_ESCAPE: Final = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
#: Names under which the same charsets travel.
_ALIASES: Final = {
    "x-sjis": "cp932", "shift-jis": "cp932", "shift_jis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "ms_kanji": "cp932",
    "cswindows31j": "cp932", "iso-2022-jp": "iso2022_jp_ext", "x-euc-jp": "euc_jp", "eucjp": "euc_jp",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext", "x-unknown": "", "unknown-8bit": "",
}  # fmt: skip
NAME_BYTES: Final = 4096


def decode_as(data: bytes, charset: str) -> str | None:
    """*data* in the named charset, strictly; ``None`` if it does not fit or the charset is unknown."""
    name = _ALIASES.get(charset.lower(), charset)
    try:
        if not name or codecs.lookup(name).name in {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}:
            return None
        decoded = codecs.decode(data, name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        return None
    return decoded if isinstance(decoded, str) else None


def guess(data: bytes) -> str:
    """Raw bytes of a Japanese or Latin name as text; never fails."""
    data = data[:NAME_BYTES]
    if _ESCAPE.search(data) and (found := decode_as(data, "iso-2022-jp")) is not None:
        return found
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    candidates = [t for c in ("cp932", "euc_jp") if (t := decode_as(data, c)) is not None]
    if candidates:
        return max(candidates, key=_japanese)
    return data.decode("cp932", "replace") if any(b > 0x80 for b in data) else data.decode("latin-1")


def _japanese(text: str) -> float:
    """The share of hiragana, katakana and common kanji; half-width katakana, the mark of a wrong reading, counts against."""
    score = 0.0
    for c in text:
        if "\u3041" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" or "\uff01" <= c <= "\uff5e" or c in "ー々〆・（）":
            score += 1
        elif "\uff61" <= c <= "\uff9f" or "\ue000" <= c <= "\uf8ff":
            score -= 1
    return score / max(len(text), 1)


def member_name(raw: bytes) -> str:
    """The name of an archive member as text; NUL and what follows is cut."""
    return guess(raw.partition(b"\0")[0]).replace("\xff", "/")


def decode_words(raw: bytes) -> str:
    """A header value with RFC 2047 encoded words, and whatever raw bytes are between them; never fails.

    Adjacent words of one charset and encoding are joined before decoding: a multi-octet character may be split between them,
    against the RFC and often.
    """
    raw = raw[: NAME_BYTES * 4]
    pieces: list[tuple[str, bytes]] = []
    at = 0
    for match in _WORD.finditer(raw):
        between = raw[at : match.start()]
        if between.strip() or not pieces:
            pieces.append(("", between))
        charset = match.group(1).partition(b"*")[0].decode("ascii", "replace").lower()
        octets = _word_octets(match.group(2).upper(), match.group(3))
        if pieces and pieces[-1][0] == charset and not (between.strip()):
            pieces[-1] = (charset, pieces[-1][1] + octets)
        else:
            pieces.append((charset, octets))
        at = match.end()
    pieces.append(("", raw[at:]))
    out = []
    for charset, octets in pieces:
        decoded = decode_as(octets, charset) if charset else None
        out.append(guess(octets) if decoded is None else decoded)
    return "".join(out)


def _word_octets(encoding: bytes, text: bytes) -> bytes:
    if encoding == b"Q":
        return quopri.decodestring(text.replace(b"_", b" "), header=True)
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=False)
    except (binascii.Error, ValueError):
        return text


# RFC 2045 5.1 and RFC 2231 3 and 4: attribute, continuation number, star for an encoded value.
_PARAMETER: Final = re.compile(
    rb";\s*([!#$&+.0-9A-Z^_`a-z{}~|-]+?)(?:\*(\d{1,4}))?(\*)?\s*=\s*"
    rb"(?:\"((?:[^\"\\\x80-\xff]|\\.|[\x80-\xff].?)*?)\"|([^;\s\"]*))", re.DOTALL
)  # fmt: skip


def parameters(raw: bytes) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition value, by lower-case name; the RFC 2231 form wins.

    A quoted value may hold raw CP932, whose second octet can be a quote or a backslash, so octets above 0x80 take the next one
    with them.
    """
    parts: dict[str, dict[int, tuple[bool, bytes]]] = {}
    plain: dict[str, bytes] = {}
    for count, match in enumerate(_PARAMETER.finditer(raw[: NAME_BYTES * 8])):
        if count > 500:
            break
        name, number, star, quoted, bare = match.groups()
        key = name.decode("ascii").lower()
        value = _unquote(quoted) if quoted is not None else bare
        if number is None and star is None:
            plain.setdefault(key, value)
        else:
            parts.setdefault(key, {}).setdefault(int(number or 0), (star is not None, value))
    out = {key: decode_words(value) for key, value in plain.items()}
    for key, numbered in parts.items():
        out[key] = _joined(numbered)
    return out


def _unquote(value: bytes) -> bytes:
    """RFC 5322 3.2.4: a backslash quotes the next octet, but not one that is the tail of a CP932 character."""
    out = bytearray()
    at = 0
    while at < len(value):
        if value[at] >= 0x80 and at + 1 < len(value):
            out += value[at : at + 2]
            at += 2
        elif value[at] == 0x5C and at + 1 < len(value):
            out.append(value[at + 1])
            at += 2
        else:
            out.append(value[at])
            at += 1
    return bytes(out)


def _joined(numbered: dict[int, tuple[bool, bytes]]) -> str:
    """Join, then decode once: a character may be split between two continuations, and only the first one names the charset."""
    charset, octets = "", b""
    for position, number in enumerate(sorted(numbered)):
        encoded, value = numbered[number]
        if encoded:
            if position == 0 and value.count(b"'") >= 2:
                head, _, rest = value.partition(b"'")
                charset, value = head.decode("ascii", "replace"), rest.partition(b"'")[2]
            octets += unquote_to_bytes(value)
        else:
            octets += value
    decoded = decode_as(octets, charset) if charset else None
    return decode_words(octets) if decoded is None else decoded
