"""Columns of a terminal: East Asian characters take two, and nothing from an input may control the terminal."""

from __future__ import annotations

import re
import unicodedata

# UAX 11: Wide and Fullwidth take two columns.  Ambiguous counts as one, as terminals do outside legacy encodings.
_TWO = frozenset("WF")
_NONE = frozenset({"Mn", "Me", "Cf"})
# Cc: control, Cs: undecodable bytes, Zl/Zp: line and paragraph separators.
_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# UAX 9 2: explicit directional formatting can make a line read otherwise than it is.
_DIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def width(text: str) -> int:
    """How many terminal columns *text* takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(c: str) -> int:
    if unicodedata.category(c) in _NONE:
        return 0
    return 2 if unicodedata.east_asian_width(c) in _TWO else 1


def pad(text: str, columns: int) -> str:
    """*text* with spaces to at least *columns* columns."""
    return text + " " * (columns - width(text))


def pad_left(text: str, columns: int) -> str:
    """*text* with spaces before it, for numbers."""
    return " " * (columns - width(text)) + text


def clip(text: str, columns: int) -> str:
    """The beginning of *text* that fits into *columns* columns, with an ellipsis if anything was cut."""
    if width(text) <= columns:
        return text
    out, used = "", 1
    for c in text:
        used += width(c)
        if used > columns:
            break
        out += c
    return out + "…"


# JIS X 4051 6.1: what must not begin a line, and what must not end one.
_NO_START = frozenset("、。，．・：；？！ー―…‥）］｝」』】〕〉》ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾ")
_NO_END = frozenset("（［｛「『【〔〈《")
_UNIT = re.compile(r"[!-~]+|\s+|.", re.DOTALL)


def wrap(text: str, columns: int) -> list[str]:
    """*text* in lines of at most *columns* columns, broken at spaces and between East Asian characters.

    A single word that is wider stands on a line of its own.
    """
    lines, line = [], ""
    for unit in _units(text):
        if unit.isspace():
            line = f"{line} " if line else line
        elif width(line + unit) > columns and line.strip():
            lines.append(line.rstrip())
            line = unit
        else:
            line += unit
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _units(text: str) -> list[str]:
    """Pieces that are never broken: words, and characters together with what may not begin or end a line beside them."""
    units: list[str] = []
    for piece in _UNIT.findall(text):
        glued = units and not units[-1].isspace() and (piece in _NO_START or units[-1][-1] in _NO_END)
        if glued:
            units[-1] += piece
        else:
            units.append(piece)
    return units


def printable(text: str) -> str:
    """*text* on one line without control characters: they are shown as escapes (ANSI sequences, bidi overrides, …)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) for c in text)


def _escape(c: str) -> str:
    if c == "\t":
        return " "
    if c in _DIRECTIONAL or unicodedata.category(c) in _UNSAFE:
        return f"\\x{ord(c):02x}" if ord(c) < 0x100 else f"\\u{ord(c):04x}"
    return c


def table(rows: list[list[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Lines of a table with columns two spaces apart; columns in *right* are aligned right."""
    if not rows:
        return []
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [pad_left if i in right else pad for i in range(len(widths))]
    return ["  ".join(a(c, w) for a, c, w in zip(aligned, row, widths, strict=True)).rstrip() for row in rows]
