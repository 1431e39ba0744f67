"""Lines of a FortiOS configuration as statements: words, quoted or not, over several lines where a quotation is open.

FortiOS Administration Guide, "Using the CLI", "Command syntax": words are separated by blanks, strings with blanks stand
in quotation marks, a backslash escapes the next character, and ``#`` at the start of a line is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: Lines that one quoted string may span: certificates and replacement messages are the longest.
QUOTE_LINES = 5000
#: Longest statement that is split into words, in characters.
STATEMENT_LIMIT = 1 << 20
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|((?:[^\s"\'\\]|\\.)+)|(["\'\\])', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'\\.|"|\'[^\'"]*\'', re.DOTALL)


class Statement(NamedTuple):  # one a line of a million: a tuple is made three times as fast as a frozen dataclass
    """One statement: its words without quotation marks, where it begins, the text of its first line."""

    words: tuple[str, ...]
    line: int
    lines: int  # how many lines it takes
    text: str
    broken: bool = False  # a quotation is not closed, or it is too long


def statements(lines: Sequence[str], before: int = 0) -> Iterator[Statement]:
    """Every statement of a file, in order; blank lines and comments are left out.  *before*: lines of earlier files."""
    at = 0
    while at < len(lines):
        text = lines[at]
        if '"' not in text and "\\" not in text and "'" not in text and len(text) <= STATEMENT_LIMIT:  # nearly every line
            words = tuple(text.split())
            at += 1
            if words and not words[0].startswith("#"):
                yield Statement(words, before + at, 1, text)
            continue
        stripped = text.strip()
        if not stripped or stripped.startswith("#"):
            at += 1
            continue
        last = at if not _odd(text) else _closing(lines, at)
        whole = text if last in (at, None) else "\n".join(lines[at : last + 1])
        broken = last is None or len(whole) > STATEMENT_LIMIT
        words = tuple(_words(whole[:STATEMENT_LIMIT]))
        count = 1 if last is None else last - at + 1
        yield Statement(words, before + at + 1, count, text, broken)
        at += count


def _odd(line: str) -> bool:
    """Whether a double quotation mark is left open at the end of the line."""
    if "\\" not in line and "'" not in line:
        return line.count('"') % 2 == 1
    return '"' in line and sum(m.group() == '"' for m in _QUOTED.finditer(line)) % 2 == 1


def _closing(lines: Sequence[str], start: int) -> int | None:
    """The index of the line that closes the quotation opened in line *start*."""
    for i in range(start + 1, min(len(lines), start + QUOTE_LINES)):
        # Inside a quotation an apostrophe is an ordinary character.
        if '"' in lines[i] and re.sub(r"\\.", "", lines[i]).count('"') % 2 == 1:
            return i
    return None


def _words(text: str) -> list[str]:
    out: list[str] = []
    if "\\" not in text and "'" not in text:  # nearly every line
        pieces = text.split('"')
        last = len(pieces) - 1
        for i, piece in enumerate(pieces):
            if i % 2 == 0 or i == last:  # outside of quotation marks, or after one that is not closed
                out += piece.split()
            else:
                out.append(piece)
        return out
    for found in _WORD.finditer(text):
        double, single, plain, _stray = found.groups()
        if double is not None:
            out.append(_ESCAPE.sub(r"\1", double) if "\\" in double else double)
        elif single is not None:
            out.append(single)
        elif plain is not None:
            out.append(_ESCAPE.sub(r"\1", plain) if "\\" in plain else plain)
    return out
