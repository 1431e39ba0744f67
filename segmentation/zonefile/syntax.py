"""TOML text to a tree, going on past what one line got wrong so that one run shows every mistake.

A date that does not exist stops :mod:`tomllib` like any syntax error.  It is replaced in memory by
:data:`NO_DATE`, of the same length, and the rest of the file is read as if it had been left out.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.zonefile.problem import NOTHING, Problem

#: Stands for a date that was written but does not exist; readers treat it as absent.
NO_DATE = dt.date(1, 1, 1)
_NO_DATE_TEXT = "0001-01-01"
#: After so many syntax errors the file is given up: it is no zone file.
MAX_SYNTAX_ERRORS = 20
_PLACE = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree (``None`` when there is none to speak of), the text it stands for, and the syntax problems.

    ``whole`` says that nothing but dates had to be left out, so that names may be checked against each other.
    """

    tree: dict[str, Any] | None
    text: str
    problems: tuple[Problem, ...]
    whole: bool = True


def parse(text: str, name: str) -> Parsed:
    """Read *text*; never raises for what it contains."""
    problems: list[Problem] = []
    original, whole, last_line = text, True, 0
    while len(problems) < MAX_SYNTAX_ERRORS:
        try:
            return Parsed(tomllib.loads(text), text, tuple(problems), whole)
        except tomllib.TOMLDecodeError as error:
            line, column, reason = _place(error, text)
        except (RecursionError, ValueError) as error:  # nesting or numbers beyond any use
            problems.append(_problem(name, original, 0, 0, 1, *_beyond(error)))
            return Parsed(None, text, tuple(problems), whole=False)
        if (start := _impossible_date(text, _offset(text, line, column))) is not None:
            column = start - text.rfind("\n", 0, start)
            problems.append(_problem(name, original, line, column, 10, *_no_such_date(text[start : start + 10])))
            text = text[:start] + _NO_DATE_TEXT + text[start + 10 :]
            continue
        if reason.startswith(_WHOLE_LINE):  # tomllib points behind the value; the line is what is meant
            shown = text.split("\n")[line - 1]
            column = len(shown) - len(shown.lstrip()) + 1
        if reason.startswith("Unescaped"):  # and behind the escape sequence
            column = max(column - 2, 1)
        opened = _open_list(text, line) if reason.startswith(("Invalid value", "Unclosed array")) else None
        if opened is not None:  # the mistake is where the list begins, not where the next key shows that it goes on
            line, column = opened
            reason = "Unclosed array"
        problems.append(_problem(name, original, line, column, 1, *_explain(reason)))
        whole = False
        if line <= last_line or not reason.startswith(_ONE_LINE):
            return Parsed(None, text, tuple(sorted(problems, key=lambda p: p.sort_key)), whole)
        last_line = line
        text = _without_line(text, line)
    return Parsed(None, text, tuple(problems), whole=False)


def _place(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, int, str]:
    """Line and column (from 1) and the reason, out of the message: Python 3.11 has no attributes for them."""
    found = _PLACE.match(str(error))
    if found is None:
        return 0, 0, str(error)
    if found[2]:
        line, column = int(found[2]), int(found[3])
        length = len(text.split("\n", line)[line - 1]) if line <= text.count("\n") + 1 else 0
        return line, min(column, length + 1), found[1]
    kept = text.rstrip()
    return kept.count("\n") + 1, len(kept) - kept.rfind("\n"), found[1]


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1


def _impossible_date(text: str, offset: int) -> int | None:
    """Where a date that does not exist begins, if *offset* is in one (month 13 reads like a number and something after it)."""
    begin = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    for found in _DATE.finditer(text, begin, len(text) if end < 0 else end):
        if found.start() <= offset <= found.end():
            try:
                dt.date.fromisoformat(found.group())
            except ValueError:
                return found.start()
    return None


#: A line that begins a list and does not end it.
_LIST_BEGINS = re.compile(r"""[^#"'=]*=\s*(\[)[^\]]*""")
_LIST_GOES_ON = re.compile(r"""\s*(?:[\["'{0-9-].*|#.*)?""")


def _open_list(text: str, line: int) -> tuple[int, int] | None:
    """Line and column of the ``[`` of a list that an earlier line began, if the lines in between only continue it."""
    lines = text.split("\n")
    for number in range(min(line, len(lines)) - 1, 0, -1):
        before = lines[number - 1]
        if found := _LIST_BEGINS.fullmatch(before.rstrip("\r")):
            return number, found.start(1) + 1
        if not _LIST_GOES_ON.fullmatch(before.rstrip("\r")):
            return None
    return None


def _without_line(text: str, line: int) -> str:
    lines = text.split("\n")
    lines[line - 1] = " " * len(lines[line - 1])
    return "\n".join(lines)


def _problem(name: str, text: str, line: int, column: int, length: int, message: Text, expected: Text) -> Problem:
    lines = text.split("\n")
    shown = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""
    return Problem(
        location=Location(name, line, column), severity="error", text=shown, length=length, message=message, expected=expected
    )


def _no_such_date(written: str) -> tuple[Text, Text]:
    return (
        Text("{date} という日付は存在しません。", "There is no date {date}.").format(date=written),
        Text("暦に存在する日付（例: 2026-04-01）", "a date of the calendar, for example 2026-04-01"),
    )


def _beyond(error: Exception) -> tuple[Text, Text]:
    if isinstance(error, RecursionError):
        return Text("入れ子が深すぎます。", "The nesting is too deep."), NOTHING
    return Text("数値が大きすぎます。", "A number is too large."), NOTHING


#: Reasons of tomllib after which the next line can be read again: the mistake ends with its own line.
_ONE_LINE = (
    "Expected '='",
    "Invalid value",
    "Invalid statement",
    "Cannot overwrite a value",
    "Expected newline or end of document",
    "Invalid initial character for a key part",
    "Expected ']'",
    "Illegal character",
    "Unescaped '\\'",
    "Invalid hex value",
    "Escaped character is not a Unicode scalar value",
    "Invalid date or datetime",
    "Cannot declare",
    "Cannot mutate",
    "Unclosed inline table",
    "Duplicate inline table key",
)
_WHOLE_LINE = ("Cannot overwrite a value", "Cannot declare", "Cannot mutate", "Duplicate inline table key")
_QUOTE = Text(
    '文字列は "…" で囲みます。日付は 2026-04-01、真偽は true / false、並びは [ … ] です。',
    'strings in "…", dates as 2026-04-01, true or false, lists in [ … ]',
)
_KEY = Text('「キー = 値」の行(例: id = "lg-srv")', 'a line "key = value", for example id = "lg-srv"')
_REASONS: tuple[tuple[str, Text, Text], ...] = (
    ("Expected '='", Text("キーの後に「=」がありません。", "There is no '=' after the key."), _KEY),
    ("Invalid value", Text("値として読めません。", "This cannot be read as a value."), _QUOTE),
    ("Invalid date", Text("日付として読めません。", "This cannot be read as a date."), _QUOTE),
    ("Cannot overwrite", Text("同じキーが 2 回書かれています。", "The same key is written twice."), NOTHING),
    ("Duplicate inline", Text("同じキーが 2 回書かれています。", "The same key is written twice."), NOTHING),
    (
        "Cannot declare",
        Text("同じ表が 2 回書かれています。", "The same table is written twice."),
        Text("繰り返す表は [[…]] と書きます。", "tables that repeat are written [[…]]"),
    ),
    (
        "Cannot mutate",
        Text("ここには書き足せません（一度書き終えた値です）。", "Nothing can be added here: the value is already complete."),
        NOTHING,
    ),
    (
        "Expected newline",
        Text("値の後に余分な文字があります。", "There is something after the value."),
        Text("1 行に 1 つの「キー = 値」", 'one "key = value" a line'),
    ),
    ("Invalid statement", Text("行として読めません。", "This line cannot be read."), _KEY),
    ("Invalid initial", Text("キーとして読めません。", "This cannot be read as a key."), _KEY),
    (
        "Expected ']'",
        Text("表の見出しが閉じていません。", "The heading of a table is not closed."),
        Text("[organisation] や [[zones]] のような見出し", "a heading such as [organisation] or [[zones]]"),
    ),
    (
        "Unclosed array",
        Text("並び「[」が閉じていません。", "A list '[' is not closed."),
        Text("値を「,」で区切り、「]」で閉じます。", "values separated by ',' and closed by ']'"),
    ),
    (
        "Unclosed inline",
        Text("「{」が閉じていません。", "A '{' is not closed."),
        Text("「{ キー = 値, … }」を 1 行で", "'{ key = value, … }' on one line"),
    ),
    (
        "Unterminated string",
        Text("文字列が閉じていません。", "A string is not closed."),
        Text('閉じる「"」', "the closing '\"'"),
    ),
    ("Expected", Text("文字列が閉じていません。", "A string is not closed."), Text('閉じる「"」', "the closing '\"'")),
    (
        "Illegal character",
        Text("使えない文字があるか、文字列が閉じていません。", "A character is not allowed here, or a string is not closed."),
        _QUOTE,
    ),
    (
        "Unescaped",
        Text("「\\」の後の文字が正しくありません。", "What follows '\\' is not an escape sequence."),
        Text("「\\\\」と書くか、'…' で囲みます。", "write '\\\\', or put the text in '…'"),
    ),
)
_OTHER = Text("TOML として読めません（{reason}）。", "This is not valid TOML ({reason}).")


def _explain(reason: str) -> tuple[Text, Text]:
    for start, message, expected in _REASONS:
        if reason.startswith(start):
            return message, expected
    return _OTHER.format(reason=reason), NOTHING
