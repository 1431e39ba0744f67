"""Where each key and value of a TOML document stands: the positions that :mod:`tomllib` does not give.

The scanner is only run on text that :mod:`tomllib` has accepted (TOML v1.0.0), so it never has to
decide whether something is valid; it follows the grammar just far enough to know where things begin
and end.  It is built when the first problem is to be reported, never for a clean file.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from typing import NamedTuple

from segmentation.zonefile.escapes import unescape

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
# Up to two quotation marks may stand directly before the closing delimiter (TOML v1.0.0, String).
_MULTI_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""' + '"{0,2}', re.DOTALL)
_MULTI_LITERAL = re.compile(r"'''.*?'''" + "'{0,2}", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


#: Nothing in a zone file is nested so deep; what is, has no place of its own (and costs no quadratic time).
MAX_DEPTH = 64
_TOO_DEEP: Path = ("",) * MAX_DEPTH


class Entry(NamedTuple):
    """Offsets of a key and of its value; an array's element has its own value as key."""

    key_start: int
    key_end: int
    start: int
    end: int


class PositionIndex:
    """Maps a path such as ``("conduits", 3, "services", 1)`` to the offsets of its key and value."""

    def __init__(self, text: str) -> None:
        """Scan *text*, which must be valid TOML without a byte-order mark.

        Where nesting is deeper than the interpreter's stack the index stays incomplete; :meth:`find` then gives an ancestor.
        """
        self.text = text
        self.entries: dict[Path, Entry] = {}
        self._counts: dict[Path, int] = {}  # arrays of tables: how many elements so far
        self._lines: list[int] | None = None
        with contextlib.suppress(RecursionError):
            self._document()

    def find(self, path: Path) -> Entry | None:
        """The entry of *path*, or of its nearest ancestor that is written in the text."""
        for end in range(len(path), 0, -1):
            if (entry := self.entries.get(path[:end])) is not None:
                return entry
        return None

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; columns count characters."""
        if self._lines is None:
            self._lines = [0, *(m.end() for m in re.finditer("\n", self.text))]
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line_text(self, line: int) -> str:
        """A line without its end."""
        self.line_column(0)
        assert self._lines is not None
        end = self._lines[line] if line < len(self._lines) else len(self.text)
        return self.text[self._lines[line - 1] : end].rstrip("\r\n")

    def _document(self) -> None:
        text = self.text
        prefix: Path = ()
        pos = _skip(_BLANK, text, 0)
        while pos < len(text):
            if text[pos] == "[":
                pos, prefix = self._header(pos)
            else:
                pos = self._pair(pos, prefix)
            pos = _skip(_BLANK, text, pos)

    def _header(self, pos: int) -> tuple[int, Path]:
        """``[a.b]`` or ``[[a.b]]``: gives the offset behind it and the path that the keys below it extend."""
        start = pos
        array = self.text.startswith("[[", pos)
        pos, keys = self._dotted(pos + 1 + array)
        end = _skip(_SPACE, self.text, pos) + 1 + array
        path: Path = ()
        if len(keys) > MAX_DEPTH:
            return end, _TOO_DEEP
        for n, (key, key_start, key_end) in enumerate(keys):
            path = (*path, key)
            self.entries.setdefault(path, Entry(key_start, key_end, start, end))
            if n < len(keys) - 1 or not array:
                if path in self._counts:
                    path = (*path, self._counts[path] - 1)
                continue
            index = self._counts.get(path, 0)
            self._counts[path] = index + 1
            path = (*path, index)
            self.entries[path] = Entry(start, end, start, end)
        if not array:
            _, key_start, key_end = keys[-1]
            self.entries[path] = Entry(key_start, key_end, start, end)
        return end, path

    def _pair(self, pos: int, prefix: Path) -> int:
        """``a.b = value``: gives the offset behind the value."""
        pos, keys = self._dotted(pos)
        pos = _skip(_SPACE, self.text, _skip(_SPACE, self.text, pos) + 1)
        if len(prefix) + len(keys) > MAX_DEPTH:
            return self._value(pos, _TOO_DEEP)
        path = (*prefix, *(k[0] for k in keys))
        end = self._value(pos, path)
        # A table that a dotted key passes through reaches from its part of the key to the end of the value.
        for n, (_, key_start, key_end) in enumerate(keys[:-1]):
            self.entries.setdefault(path[: len(prefix) + n + 1], Entry(key_start, key_end, key_start, end))
        self.entries[path] = Entry(keys[-1][1], keys[-1][2], pos, end)
        return end

    def _dotted(self, pos: int) -> tuple[int, list[tuple[str, int, int]]]:
        text, keys = self.text, []
        while True:
            pos = _skip(_SPACE, text, pos)
            start = pos
            if text[pos] == '"':
                pos = _skip(_BASIC, text, pos)
                name = unescape(text[start + 1 : pos - 1])
            elif text[pos] == "'":
                pos = _skip(_LITERAL, text, pos)
                name = text[start + 1 : pos - 1]
            else:
                pos = _skip(_BARE, text, pos)
                name = text[start:pos]
            keys.append((name, start, pos))
            after = _skip(_SPACE, text, pos)
            if not text.startswith(".", after):
                return pos, keys
            pos = after + 1

    def _value(self, pos: int, path: Path) -> int:
        text = self.text
        match text[pos]:
            case '"':
                return _skip(_MULTI_BASIC if text.startswith('"""', pos) else _BASIC, text, pos)
            case "'":
                return _skip(_MULTI_LITERAL if text.startswith("'''", pos) else _LITERAL, text, pos)
            case "[":
                return self._array(pos, path)
            case "{":
                return self._inline(pos, path)
            case _:
                end = _skip(_SCALAR, text, pos)
                return pos + len(text[pos:end].rstrip(" \t"))

    def _array(self, pos: int, path: Path) -> int:
        text, index = self.text, 0
        pos = _skip(_BLANK, text, pos + 1)
        while text[pos] != "]":
            element = (*path, index)
            end = self._value(pos, element if len(element) <= MAX_DEPTH else _TOO_DEEP)
            if len(element) <= MAX_DEPTH:
                self.entries[element] = Entry(pos, end, pos, end)
            index += 1
            pos = _skip(_BLANK, text, end)
            if text[pos] == ",":
                pos = _skip(_BLANK, text, pos + 1)
        return pos + 1

    def _inline(self, pos: int, path: Path) -> int:
        text = self.text
        pos = _skip(_BLANK, text, pos + 1)
        while text[pos] != "}":
            pos = _skip(_BLANK, text, self._pair(pos, path))
            if text[pos] == ",":
                pos = _skip(_BLANK, text, pos + 1)
        return pos + 1


def _skip(pattern: re.Pattern[str], text: str, pos: int) -> int:
    """The offset behind *pattern* at *pos*; *pos* itself where it does not match."""
    found = pattern.match(text, pos)
    return found.end() if found else pos
