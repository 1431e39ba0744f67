"""Bytes of a user's file to text; every way that can fail is one clear problem."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.zonefile.problem import Problem

#: Larger files are refused: the reader keeps the whole text and its tree in memory.
MAX_BYTES = 64 * 1024 * 1024
_UTF8_BOM, _UTF16_BOMS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes, or why they could not be had."""

    data: bytes = b""
    problem: Problem | None = None


def whole_file(name: str, message: Text, expected: Text) -> Problem:
    """A problem that concerns the file as a whole."""
    return Problem(location=Location(name), severity="error", text="", length=1, message=message, expected=expected)


def read_bytes(path: Path, name: str) -> Source:
    """Read at most :data:`MAX_BYTES` of a regular file."""
    try:
        if path.is_dir():
            return Source(problem=whole_file(name, Text("これはフォルダーです。", "This is a folder."), _A_FILE))
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Source(problem=whole_file(name, _os_error(error), _A_FILE))
    except ValueError:  # a NUL in the path
        return Source(
            problem=whole_file(name, Text("ファイル名として使えません。", "This is not a usable file name."), _A_FILE)
        )
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // (1024 * 1024)
        return Source(
            problem=whole_file(
                name,
                Text(
                    "ファイルが大きすぎます（{limit} MiB を超えています）。", "The file is too large (over {limit} MiB)."
                ).format(limit=limit),
                Text(
                    "{limit} MiB 以下のゾーン定義。端末は台帳 CSV に分けて書けます。",
                    "a zone file of at most {limit} MiB; terminals can be kept in ledger CSV files",
                ).format(limit=limit),
            )
        )
    return Source(data=data)


_A_FILE = Text("読み取れるゾーン定義ファイル（zones.toml）のパス", "the path of a zone file (zones.toml) that can be read")
_ERRNO = {
    errno.ENOENT: Text("ファイルがありません。", "The file does not exist."),
    errno.EACCES: Text("ファイルを読む権限がありません。", "There is no permission to read the file."),
    errno.EISDIR: Text("これはフォルダーです。", "This is a folder."),
    errno.ENOTDIR: Text("途中のパスがフォルダーではありません。", "A part of the path is not a folder."),
    errno.ENAMETOOLONG: Text("ファイル名が長すぎます。", "The file name is too long."),
}


def _os_error(error: OSError) -> Text:
    known = _ERRNO.get(error.errno or 0)
    return known or Text("ファイルを読めません（{why}）。", "The file cannot be read ({why}).").format(
        why=error.strerror or "?"
    )


def decode(data: bytes, name: str) -> str | Problem:
    """UTF-8, with or without BOM, to text; anything else to the problem that says what it seems to be."""
    if data.startswith(_UTF16_BOMS) or data[:64].count(0) > len(data[:64]) // 4:
        kind = Text("UTF-16 で保存されているか、テキストではありません。", "The file is saved as UTF-16, or is not text.")
        return whole_file(name, kind, _UTF8)
    if b"\0" in data:
        return whole_file(name, Text("テキストではありません（バイナリ）。", "The file is not text (it is binary)."), _UTF8)
    try:
        return data.removeprefix(_UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(data, name, error.start)


_UTF8 = Text(
    "UTF-8 のテキスト。エディターで文字コード UTF-8 を選んで保存し直してください。",
    "text in UTF-8; save it again with the encoding UTF-8",
)


def _not_utf8(data: bytes, name: str, offset: int) -> Problem:
    line = data.count(b"\n", 0, offset) + 1
    guess = legacy_encoding(data)
    message = (
        Text("UTF-8 ではなく {guess} で保存されているようです。", "The file seems to be saved as {guess}, not UTF-8.").format(
            guess=guess
        )
        if guess
        else Text("UTF-8 のテキストとして読めません。", "The file cannot be read as UTF-8 text.")
    )
    return Problem(location=Location(name, line), severity="error", text="", length=1, message=message, expected=_UTF8)


def legacy_encoding(data: bytes) -> str:
    """``Shift_JIS`` or ``EUC-JP`` if *data* decodes as Japanese text in it, else the empty string."""
    for codec, label in (("euc_jp", "EUC-JP"), ("cp932", "Shift_JIS")):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if all(c.isprintable() or c in "\r\n\t" for c in text):
            return label
    return ""
