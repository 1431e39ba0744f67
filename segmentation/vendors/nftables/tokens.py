"""Tokens of nft's text form, and a cursor over them.

Words, numbers and addresses follow the patterns of nft's own scanner (nftables, src/scanner.l): a word starts with a
letter and may contain ``/ - _ .``, and a trailing ``*`` makes it a wildcard.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.vendors.nftables import reasons

WORD, NUMBER, IPV4, IPV6, MAC, STRING, PUNCTUATION, NEWLINE, HANDLE, BAD, END = 'wn46m"p\nhb$'

_TOKEN = re.compile(
    r"""(?P<skip>(?:[ \t\r\f\v]|\\\r?\n)+)
    |(?P<newline>\n)
    |(?P<handle>\#[ ]*handle[ ]+[0-9]+[ \t\r]*(?=\n|\Z))
    |(?P<comment>\#[^\n]*)
    |(?P<string>"[^"\n]*")
    |(?P<mac>(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}(?![0-9A-Za-z:]))
    |(?P<ipv6>(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]{0,4})(?![0-9A-Za-z_:]))
    |(?P<ipv4>[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9A-Za-z_.]))
    |(?P<number>0x[0-9a-fA-F]+(?![0-9A-Za-z_])|[0-9]+(?![0-9A-Za-z_]))
    |(?P<word>[A-Za-z_][A-Za-z0-9_./-]*(?:\*|\\\*)?|[0-9]+[A-Za-z_][A-Za-z0-9_.-]*\*?)
    |(?P<punctuation>==|!=|<=|>=|<<|>>|[{}()\[\],;:./|&^~!<>=+*@$?-])
    |(?P<bad>.)""",
    re.VERBOSE,
)
_KINDS = {
    "newline": NEWLINE, "handle": HANDLE, "string": STRING, "mac": MAC, "ipv6": IPV6, "ipv4": IPV4, "number": NUMBER,
    "word": WORD, "punctuation": PUNCTUATION, "bad": BAD,
}  # fmt: skip


class Token(NamedTuple):
    """One token.  ``text`` of a string keeps its quotes, so that it never equals a keyword."""

    kind: str
    text: str
    line: int
    column: int
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Split *text*; never fails (what is no token becomes one of kind :data:`BAD`).  Ends with :data:`END`."""
    out: list[Token] = []
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "bad"
        start, end = match.span()
        if kind == "skip":
            breaks = text.count("\n", start, end)
            if breaks:
                line, line_start = line + breaks, text.rfind("\n", start, end) + 1
            continue
        if kind == "comment":
            continue
        value = match.group()
        out.append(
            Token(_KINDS[kind], value.split()[-1] if kind == "handle" else value, line, start - line_start + 1, start, end)
        )
        if kind == "newline":
            line, line_start = line + 1, end
    out.append(Token(END, "", line, len(text) - line_start + 1, len(text), len(text)))
    return out


class SyntaxProblem(Exception):  # noqa: N818  # the user's fault, turned into a value before it leaves the parser
    """What was read is not what nft accepts there; ``token`` is the first that does not fit."""

    def __init__(self, reason: Text, token: Token) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.token = token


class Cursor:
    """A position in the tokens of one file."""

    def __init__(self, name: str, text: str, tokens: list[Token] | None = None) -> None:
        self.name = name
        self.source = text
        self.tokens = tokenize(text) if tokens is None else tokens
        self.at = 0

    @property
    def token(self) -> Token:
        """The token at the cursor."""
        return self.tokens[self.at]

    def ahead(self, count: int = 1) -> Token:
        """The token *count* places after the cursor, or the last."""
        return self.tokens[min(self.at + count, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Step over one token and return it; stays at the end."""
        token = self.tokens[self.at]
        if token.kind != END:
            self.at += 1
        return token

    def accept(self, text: str) -> bool:
        """Step over the token if its text is *text*."""
        if self.tokens[self.at].text == text and self.tokens[self.at].kind != END:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        """Step over *text*.  Raises :class:`SyntaxProblem`."""
        if self.token.text != text:
            raise SyntaxProblem(reasons.expected(text, self.token.text), self.token)
        return self.advance()

    def skip_newlines(self) -> None:
        """Step over line ends (and handles, which end lines too)."""
        while self.tokens[self.at].kind in (NEWLINE, HANDLE):
            self.at += 1

    def name_token(self, what: Text) -> str:
        """Step over a name, quoted or not.  Raises :class:`SyntaxProblem`."""
        token = self.token
        if token.kind in (WORD, NUMBER):
            return self.advance().text
        if token.kind == STRING:
            return self.advance().text[1:-1]
        raise SyntaxProblem(reasons.expected(what, token.text), token)

    def location(self, token: Token) -> Location:
        """Where a token stands."""
        return Location(self.name, token.line, token.column)

    def between(self, first: int, last: int, limit: int = 300) -> str:
        """The source from token *first* up to, not including, token *last*, white space squeezed, cut at *limit*."""
        if last <= first:
            return ""
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        text = " ".join(self.source[start : min(end, start + 4 * limit)].split())
        return text if len(text) <= limit else text[: limit - 1] + "…"
