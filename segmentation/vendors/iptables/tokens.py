"""Splitting a line into words exactly as iptables-restore does (iptables/xshared.c, ``add_param_to_argv``)."""

from __future__ import annotations

import re
from typing import NamedTuple

from segmentation.model.text import Text
from segmentation.vendors.iptables import reasons

#: Words on one line; iptables itself stops at 255.
WORD_LIMIT = 1024
#: Characters on one line; iptables-restore itself stops at 10,240.
LINE_LIMIT = 65_536
_WORD = re.compile(r"[^ \t\r\n]+")


class Misread(Exception):  # noqa: N818  # not an error of the program: it carries a value to the nearest rule
    """A part of a line without meaning, with the reason in both languages."""

    def __init__(self, reason: Text) -> None:
        """Keep the reason."""
        super().__init__(reason.en)
        self.reason = reason


class Token(NamedTuple):  # a tuple is made three times as fast as a frozen dataclass, and a rule base has millions
    """One word, its column (from 1), and whether any of it stood in quotes."""

    text: str
    column: int
    quoted: bool = False

    @property
    def is_option(self) -> bool:
        """Whether the word starts an option (or negates one)."""
        return not self.quoted and (
            self.text == "!" or (len(self.text) > 1 and self.text[0] == "-" and not self.text[1].isdigit())
        )


def tokenize(line: str) -> list[Token]:
    """The words of a line.  Raises :class:`Misread` for an open quote or a line beyond the limits."""
    if len(line) > LINE_LIMIT:
        raise Misread(reasons.LINE_TOO_LONG)
    if '"' not in line and "\\" not in line:
        plain = [Token(m.group(), m.start() + 1) for m in _WORD.finditer(line)]
        if len(plain) > WORD_LIMIT:
            raise Misread(reasons.LINE_TOO_LONG)
        return plain
    words: list[Token] = []
    word: list[str] = []
    start, quoted, inside, escaped = 0, False, False, False
    for column, c in enumerate(line, 1):
        if escaped:
            word.append(c)
            escaped = False
        elif inside and c == "\\":
            escaped = True
        elif c == '"':
            inside = not inside
            quoted = True
            start = start or column
        elif inside or c not in " \t\r\n":
            word.append(c)
            start = start or column
        elif start:
            words.append(Token("".join(word), start, quoted))
            word, start, quoted = [], 0, False
    if inside:
        raise Misread(reasons.OPEN_QUOTE)
    if start:
        words.append(Token("".join(word), start, quoted))
    if len(words) > WORD_LIMIT:
        raise Misread(reasons.LINE_TOO_LONG)
    return words
