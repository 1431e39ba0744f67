"""Reading configuration files: bounded, in whatever encoding they were saved, with every failure as one clear message.

Japanese sites keep configurations in UTF-8, Shift_JIS (CP932), EUC-JP and, in old mail attachments, ISO-2022-JP.
Also here: masking of secrets in every line that is shown.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from segmentation.model.os_reasons import os_reason
from segmentation.model.text import Text

if TYPE_CHECKING:
    from pathlib import Path

#: Largest configuration that is read, in bytes; 100,000 rules are about 10 MB.
SIZE_LIMIT = 64 * 1024 * 1024
#: Longest piece of a line that is shown, in characters.
SHOWN_LIMIT = 300


@dataclass(frozen=True, slots=True)
class SourceText:
    """A decoded file: its name as the user gave it, its text without byte-order mark, the SHA-256 of its bytes."""

    name: str
    text: str
    sha256: str
    encoding: str = "utf-8"

    def lines(self) -> list[str]:
        r"""The lines without their ends.  Only ``\n`` and ``\r\n`` end a line, so that numbers agree with editors."""
        lines = self.text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        return [line.removesuffix("\r") for line in lines]


@dataclass(frozen=True, slots=True)
class UnreadableSource:
    """A file that gave no text, and why."""

    name: str
    message: Text


_MISSING = Text(
    "ファイル「{name}」が見つかりません。パスを確認してください。", "The file {name} does not exist. Check its path."
)  # fmt: skip
_DIRECTORY = Text(
    "「{name}」はフォルダーです。設定ファイルを指定してください。", "{name} is a directory. Name a configuration file in it."
)
_DENIED = Text(
    "ファイル「{name}」を読み取れません({why})。アクセス権を確認してください。",
    "The file {name} cannot be read ({why}). Check its permissions.",
)
_EMPTY = Text(
    "ファイル「{name}」は空です。設定が書き出されているか確認してください。",
    "The file {name} is empty. Check that the configuration was really written to it.",
)
_TOO_LARGE = Text(
    "ファイル「{name}」は大きすぎます(上限 {limit} MB)。設定ファイルではないものを指定していないか確認してください。",
    "The file {name} is too large (the limit is {limit} MB). Check that it is a configuration file.",
)
_BINARY = Text(
    "ファイル「{name}」は{what}であり、テキストの設定ではありません。機器の設定をテキストで書き出してください。",
    "The file {name} is {what}, not a text configuration. Export the configuration of the device as text.",
)
_ENCODING = Text(
    "ファイル「{name}」の文字コードを判別できません({line} 行目)。"
    "UTF-8、Shift_JIS、EUC-JP、ISO-2022-JP のいずれかで保存し直してください。",
    "The character encoding of {name} is not recognised (line {line}). "
    "Save it again as UTF-8, Shift_JIS, EUC-JP or ISO-2022-JP.",
)  # fmt: skip

#: First bytes of what people attach by mistake, with their usual names.
_SIGNATURES: tuple[tuple[bytes, Text], ...] = (
    (b"\x1f\x8b", Text("gzip 圧縮ファイル", "a gzip archive")),
    (b"PK\x03\x04", Text("ZIP または Office のファイル", "a ZIP archive or an Office document")),
    (b"%PDF-", Text("PDF ファイル", "a PDF document")),
    (b"\xd0\xcf\x11\xe0", Text("旧形式の Office ファイル", "an old Office document")),
    (b"\xd4\xc3\xb2\xa1", Text("パケットキャプチャー", "a packet capture")),
    (b"\xa1\xb2\xc3\xd4", Text("パケットキャプチャー", "a packet capture")),
    (b"\x0a\x0d\x0d\x0a", Text("パケットキャプチャー", "a packet capture")),
    (b"\x7fELF", Text("実行ファイル", "a program")),
    (b"\x89PNG", Text("画像ファイル", "an image")),
    (b"\xff\xd8\xff", Text("画像ファイル", "an image")),
    (b"7z\xbc\xaf\x27\x1c", Text("7-Zip 圧縮ファイル", "a 7-Zip archive")),
    (b"\xfd7zXZ\x00", Text("xz 圧縮ファイル", "an xz archive")),
)
_SOME_BINARY = Text("バイナリファイル", "a binary file")
_BOMS: tuple[tuple[bytes, str], ...] = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def read_source(path: Path, name: str | None = None, limit: int = SIZE_LIMIT) -> SourceText | UnreadableSource:
    """Read the file at *path* (at most *limit* bytes of it are ever in memory); *name* is shown instead of the path."""
    shown = name if name is not None else str(path)
    try:
        with path.open("rb") as stream:
            return read_stream(stream, shown, limit)
    except FileNotFoundError:
        return UnreadableSource(shown, _MISSING.format(name=shown))
    except IsADirectoryError:
        return UnreadableSource(shown, _DIRECTORY.format(name=shown))
    except (OSError, ValueError) as error:
        why = os_reason(error) if isinstance(error, OSError) else str(error)
        return UnreadableSource(shown, _DENIED.format(name=shown, why=why))


def read_stream(stream: BinaryIO, name: str, limit: int = SIZE_LIMIT) -> SourceText | UnreadableSource:
    """Read an open binary stream, at most *limit* bytes.  Raises :class:`OSError` of the stream."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        return UnreadableSource(name, _TOO_LARGE.format(name=name, limit=max(1, limit >> 20)))
    return decode(data, name)


def decode(data: bytes, name: str) -> SourceText | UnreadableSource:
    """Find the encoding of *data* and decode it strictly."""
    if not data.strip():
        return UnreadableSource(name, _EMPTY.format(name=name))
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            return UnreadableSource(name, _BINARY.format(name=name, what=what))
    digest = hashlib.sha256(data).hexdigest()
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _strictly(data[len(bom) :], encoding)
            if text is None:
                return UnreadableSource(name, _ENCODING.format(name=name, line=_bad_line(data)))
            return _checked(name, text, digest, encoding)
    if b"\0" in data:
        for encoding in _wide(data):  # UTF-16 without its mark, as some tools on Windows save it
            text = _strictly(data, encoding)
            if text is not None and "\0" not in text:
                return _checked(name, text, digest, encoding)
        return UnreadableSource(name, _BINARY.format(name=name, what=_SOME_BINARY))
    encoding, text = _best(data)
    if text is None:
        return UnreadableSource(name, _ENCODING.format(name=name, line=_bad_line(data)))
    return _checked(name, text, digest, encoding)


def _wide(data: bytes) -> tuple[str, ...]:
    """The byte order of UTF-16, if the octets look like it: those of Latin letters are zero on one side only."""
    sample = data[:65536]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(even, odd) * 8 < len(sample) or min(even, odd) * 20 > max(even, odd):
        return ()
    return ("utf-16-le",) if odd > even else ("utf-16-be",)


def _checked(name: str, text: str, digest: str, encoding: str) -> SourceText | UnreadableSource:
    """Refuse text that is empty or full of control characters."""
    if not text.strip("\ufeff \t\r\n"):
        return UnreadableSource(name, _EMPTY.format(name=name))
    sample = text[:65536]
    controls = sum(c < " " and c not in "\t\n\r\f\x1b" for c in sample)
    if "\0" in sample or controls * 20 > len(sample):
        return UnreadableSource(name, _BINARY.format(name=name, what=_SOME_BINARY))
    return SourceText(name, text.removeprefix("\ufeff"), digest, encoding)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _best(data: bytes) -> tuple[str, str | None]:
    """The encoding that fits, and the text; ``None`` if none does."""
    if b"\x1b$" in data and data.isascii():  # RFC 1468: ISO-2022-JP switches sets by escape sequences, all in 7 bits
        text = _strictly(data, "iso2022_jp")
        if text is not None:
            return "iso2022_jp", text
    text = _strictly(data, "utf-8")
    if text is not None:
        return "utf-8", text
    # CP932 has no characters at 0x80, 0xA0 and 0xFD to 0xFF; the codec gives private ones (U+F8F0 to U+F8F3).
    fitting = [
        (e, t)
        for e in ("cp932", "euc_jp")
        if (t := _strictly(data, e)) is not None and not any(c in t for c in "\x80\uf8f0\uf8f1\uf8f2\uf8f3")
    ]
    if not fitting:
        return "", None
    # Most EUC-JP text is also valid Shift_JIS, but reads there as half-width katakana, which configurations hardly
    # ever hold; Shift_JIS read as EUC-JP gives kanji beyond JIS level 1 and no kana.
    return max(fitting, key=lambda found: _japanese(found[1]))


def _japanese(text: str) -> int:
    """How much a text looks like Japanese: kana and full-width signs for it, half-width katakana against it."""
    score = 0
    for c in text[:200_000]:
        if "\u3040" <= c <= "\u30ff" or "\u3000" <= c <= "\u303f":
            score += 2
        elif "\u4e00" <= c <= "\u9fff":
            score += 1
        elif "\uff61" <= c <= "\uff9f" or "\ue000" <= c <= "\uf8ff":
            score -= 3
    return score


def _bad_line(data: bytes) -> int:
    """The number of the first line that is not UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 1


MASK = "****"
#: A keyword that announces a secret, then what stands before the secret (an encryption type such as 5, 7 or ENC).
_KEYWORDED = re.compile(
    r"(?i)\b((?:pre-?shared-?key|passw(?:or)?d|passwd|passphrase|secret|psk(?:secret)?|community(?:-string)?|api[-_]?key|"
    r"auth(?:entication)?-?key|md5-?key|private-?key|wpa-?psk|key-string|token|(?:[a-z0-9]{1,20}-){0,4}key)\b(?!-)[\"']?\s*[:=]?\s*"
    r"(?:(?:text|hash|encrypted|clear|simple|cipher|ENC|hex|ascii-text|hexadecimal|local|remote|[0-9]{1,2})\s+){0,2})(\"[^\"]*\"|'[^']*'|[^\s;,{}\"']+)"
)
#: Secrets that stand behind more than their keyword, or under names that only one system uses; asked before the keywords.
_PHRASED = re.compile(
    r"(?i)((?:message-digest|authentication)-key\s+\d{1,10}\s+(?:md5|sha\S{0,8}|hmac\S{0,12})\s+(?:encrypted\s+|\d\s+)?"
    r"|\b(?:auth|authentication)\s+(?:md5|sha\S{0,8}|hmac\S{0,12})\s+(?:\d\s+)?(?!key)"
    r"|\bpriv\s+(?:3?des|aes\S{0,6}(?:\s+(?:128|192|256))?)\s+(?:\d\s+)?"
    r"|snmp-server\s+host\s.{0,80}?\bversion\s+(?:1|2c)\s+"
    r"|snmp-server\s+host\s+\S+\s+(?:(?:traps|informs)\s+)?(?!version\b|vrf\b|traps\b|informs\b|community\b|use-vrf\b|\d|poll\b|trap\b)"
    r"|\bwpa-psk\s+(?:ascii|hex)\s+(?:\d\s+)?|pre-shared-key\s+key\s+|\b(?:auth|priv)-pwd\S{0,4}\s+(?:ENC\s+)?"
    r"|\bphash(?:\s+|>)|[a-z0-9]_(?:password|passwd|secret|key|psk|token)[\"']?\s*[:=]\s*"
    r"|\bcommunity\s+read-(?:only|write)\s+|\bpw\s*[:=]\s*|パスワード\s*(?:は|[:=：＝])\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s;,{}\"'<]+)"
)
#: crypt(5) hashes and their kin: $1$, $5$, $6$, $y$, $2b$, $8$ and $9$ of network devices.
_CRYPT = re.compile(r"\$(?:1|2[abxy]?|5|6|7|8|9|y|sha1|md5)\$[./A-Za-z0-9$,=+-]{4,}")
_USERINFO = re.compile(r"(?<=://)[^/\s:@\"]{1,200}:[^/\s@\"]{1,200}(?=@)")
_HEX_DIGITS = 32
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z:.])(?:0x)?[0-9A-Fa-f]{32,}(?![0-9A-Za-z:.])")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


#: A part of every word that announces a secret, and of every other pattern but long hexadecimal numbers.
_TELLING = ("key", "pass", "secret", "psk", "community", "token", "$", "://", "auth", "priv", "phash", "pw", "snmp-server")


def mask(text: str) -> str:
    """Replace what looks like a password, key or hash by ``****``; everything else stays as written."""
    # Nearly every line holds nothing of the kind, and seven searches cost a fifth of five substitutions.  Only of ASCII text
    # is that known by its lower case: regular expressions also take U+017F for an s.
    if text.isascii():
        lowered = text.lower()
        for part in _TELLING:
            if part in lowered:
                break
        else:
            return _LONG_HEX.sub(MASK, text) if len(text) >= _HEX_DIGITS else text
    text = _PEM.sub(MASK, text)
    text = _PHRASED.sub(lambda m: m.group(1) + MASK, text)
    text = _KEYWORDED.sub(lambda m: m.group(1) + MASK, text)
    text = _CRYPT.sub(MASK, text)
    text = _USERINFO.sub(MASK, text)
    return _LONG_HEX.sub(MASK, text)


def shown(text: str, limit: int = SHOWN_LIMIT) -> str:
    """A line as it may be shown: control characters replaced, secrets masked, cut to *limit* characters."""
    # Cut generously first, so that masking a line of megabytes costs nothing; cut again after it.
    cut = text.strip()[: limit * 4]
    clean = cut if cut.isprintable() else "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in cut)
    masked = mask(clean)
    return masked if len(masked) <= limit else masked[: limit - 1] + "…"
