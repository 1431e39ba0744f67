"""What may be written in a zone file: tables, their keys and the form of each value.

One description serves the reader (unknown keys, wrong types), the JSON Schema of editors, and the
reference page; so they cannot differ.  The tables themselves are in ``tables_*.py``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.model.text import Text


class Form(enum.Enum):
    """The form of a value."""

    STRING = "string"
    NAME = "name"  # an ID that this file gives: letters, digits, "-" and "_"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"  # a TOML date, or the same in quotation marks
    CLOCK = "clock"  # "HH:MM"
    CHOICE = "choice"
    STRINGS = "strings"  # one string or a list of them
    INTEGERS = "integers"  # one integer or a list of them
    PORTS = "ports"  # one integer or string, or a list of them
    SIZE = "size"  # bytes: an integer, or "500 MB"
    PAIRS = "pairs"  # a list of lists of two strings
    TABLE = "table"
    TABLES = "tables"  # a list of tables: [[x]] or [{ … }, { … }]


_FORM_TEXT = {
    Form.STRING: Text('文字列("…" で囲む)', 'a string in "…"'),
    Form.NAME: Text(
        "ID(文字・数字・「-」「_」、64 文字まで、空白なし)", "an ID: letters, digits, '-' and '_', up to 64 of them, no spaces"
    ),
    Form.INTEGER: Text("整数", "an integer"),
    Form.BOOLEAN: Text("true または false", "true or false"),
    Form.DATE: Text("日付（例: 2026-04-01）", "a date, for example 2026-04-01"),
    Form.CLOCK: Text('時刻(例: "13:00")', 'a time of day, for example "13:00"'),
    Form.CHOICE: Text("決められた語", "one of the known words"),
    Form.STRINGS: Text('文字列または文字列の並び(例: ["a", "b"])', 'a string or a list of strings, for example ["a", "b"]'),
    Form.INTEGERS: Text("整数または整数の並び（例: [110, 111]）", "an integer or a list of integers, for example [110, 111]"),
    Form.PORTS: Text(
        'ポート番号または範囲の並び(例: [443, "8000-8010"])', 'port numbers or ranges, for example [443, "8000-8010"]'
    ),
    Form.SIZE: Text('バイト数または "500 MB" のような量', 'a number of bytes, or an amount such as "500 MB"'),
    Form.PAIRS: Text(
        '2 つずつの並び(例: [["mn", "lg"], ["lg", "in"]])', 'a list of pairs, for example [["mn", "lg"], ["lg", "in"]]'
    ),
    Form.TABLE: Text("表（{ キー = 値, … }）", "a table: { key = value, … }"),
    Form.TABLES: Text("表の並び（[[…]] または [{ … }, …]）", "a list of tables: [[…]] or [{ … }, …]"),
}


def form_text(form: Form) -> Text:
    """What the form looks like, for people."""
    return _FORM_TEXT[form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table.  ``low`` and ``high`` bound integers, inclusive."""

    name: str
    form: Form
    doc: Text
    required: bool = False
    choices: tuple[str, ...] = ()
    table: Table | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its keys in the order of the reference page."""

    name: str
    doc: Text
    keys: tuple[Key, ...]
    by_name: dict[str, Key] = field(init=False, repr=False, compare=False)
    required: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the keys."""
        object.__setattr__(self, "by_name", {k.name: k for k in self.keys})
        object.__setattr__(self, "required", tuple(k.name for k in self.keys if k.required))


def key(
    name: str, form: Form, ja: str, en: str, *, required: bool = False, low: int | None = None, high: int | None = None
) -> Key:
    """A key with a plain value."""
    return Key(name=name, form=form, doc=Text(ja, en), required=required, low=low, high=high)


def choice(name: str, choices: Iterable[str], ja: str, en: str, *, required: bool = False) -> Key:
    """A key whose value is one of a few words."""
    return Key(name=name, form=Form.CHOICE, doc=Text(ja, en), required=required, choices=tuple(choices))


def sub(name: str, table: Table, ja: str, en: str, *, required: bool = False) -> Key:
    """A key whose value is a table."""
    return Key(name=name, form=Form.TABLE, doc=Text(ja, en), required=required, table=table)


def rows(name: str, table: Table, ja: str, en: str, *, required: bool = False) -> Key:
    """A key whose value is a list of tables."""
    return Key(name=name, form=Form.TABLES, doc=Text(ja, en), required=required, table=table)


def ident(ja: str, en: str) -> Key:
    """The ``id`` of a row."""
    return key("id", Form.NAME, ja, en, required=True)


#: The two display names that most rows have.
NAMES = (
    key("name", Form.STRING, "表示名（日本語）。省略時は id", "Display name in Japanese; else the id."),
    key("name_en", Form.STRING, "表示名（英語）。省略時は name", "Display name in English; else name."),
)
