"""Problems of a user's file: where, what was read, what was expected, what may have been meant.

A problem is a value.  Nothing in this package raises for what a user wrote.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from segmentation.model.location import Location
from segmentation.model.network import ZoneModel
from segmentation.model.text import Lang, Text

Severity = Literal["error", "warning"]
NOTHING = Text("", "")
#: The widest excerpt of a source line that is printed, in terminal columns.
EXCERPT_COLUMNS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file.  ``length`` is the number of characters under the caret, at least 1."""

    location: Location
    severity: Severity
    text: str  # the offending source line, without its line end
    length: int
    message: Text
    expected: Text = NOTHING
    suggestion: str | None = None

    @property
    def sort_key(self) -> tuple[object, ...]:
        """By place in the file, then by wording, so that output is reproducible."""
        return (self.location, self.severity, self.message.en, self.expected.en)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What reading gave: the model unless there is an error, and every problem in the order of the file."""

    model: ZoneModel | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the model from being used."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that do not."""
        return tuple(p for p in self.problems if p.severity == "warning")


_SEVERITY = {"error": Text("エラー", "error"), "warning": Text("警告", "warning")}
_EXPECTED = Text("期待する内容", "expected")
_SUGGESTION = Text("もしかして", "did you mean")


def columns(text: str) -> int:
    """Terminal columns of *text*: wide and full-width characters take two (Unicode UAX 11), combining ones none."""
    return sum(_width(c) for c in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def printable(text: str) -> str:
    """*text* with tabs as spaces and control characters replaced, so that no file can drive the terminal."""
    return "".join(" " if c == "\t" else c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _excerpt(line: str, start: int, length: int) -> tuple[str, int, int]:
    """Cut a long line around the span; gives the excerpt and the span's start and length in it (characters)."""
    first = 0
    while columns(line[first:start]) > EXCERPT_COLUMNS // 2:
        first = start - EXCERPT_COLUMNS // 4 if start - first > EXCERPT_COLUMNS // 4 else start
    last = first
    width = 0
    while last < len(line) and width < EXCERPT_COLUMNS:
        width += _width(line[last])
        last += 1
    head, tail = ("…" if first else ""), ("…" if last < len(line) else "")
    shown = max(1, min(length, last - start))
    return head + line[first:last] + tail, start - first + len(head), shown


def render(problem: Problem, lang: Lang) -> str:
    """The problem as an officer reads it: place, message, source line with a caret, what was expected, what may be meant."""
    out = [f"{problem.location}: {_SEVERITY[problem.severity].in_(lang)}: {printable(problem.message.in_(lang))}"]
    if problem.text and problem.location.line:
        line, start, length = _excerpt(printable(problem.text), max(problem.location.column - 1, 0), problem.length)
        number = str(problem.location.line)
        out.append(f"  {number} | {line}")
        if problem.location.column:
            pad, mark = columns(line[:start]), max(1, columns(line[start : start + length]))
            out.append(f"  {' ' * len(number)} | {' ' * pad}{'^' * mark}")
    if problem.expected != NOTHING:
        out.append(f"  {_EXPECTED.in_(lang)}: {printable(problem.expected.in_(lang))}")
    if problem.suggestion:
        out.append(f"  {_SUGGESTION.in_(lang)}: {printable(problem.suggestion)}")
    return "\n".join(out)


def render_all(problems: Iterable[Problem], lang: Lang) -> str:
    """Every problem, separated by empty lines."""
    return "\n\n".join(render(p, lang) for p in problems)
