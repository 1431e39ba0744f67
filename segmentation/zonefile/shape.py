"""Does the tree have the form the vocabulary describes?  Unknown keys, wrong types, missing values.

What comes out holds only values of the right form, lists normalised (a single value becomes a list of
one), so that later stages need not ask again.  Rows that are no tables become ``None`` and keep their index.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from segmentation.model.text import Text
from segmentation.zonefile.positions import Path
from segmentation.zonefile.sink import Sink, closest
from segmentation.zonefile.syntax import NO_DATE
from segmentation.zonefile.tables_registers import SYNONYMS
from segmentation.zonefile.vocabulary import Form, Key, Table, form_text

Row = dict[str, Any]
NAME = re.compile(r"[\w-]{1,64}")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
SIZE = re.compile(r"(\d{1,9})\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)", re.ASCII)
UNITS: dict[str, int] = (
    {"B": 1} | {f"{u}B": 1000**n for n, u in enumerate("KMGT", 1)} | {f"{u}iB": 1024**n for n, u in enumerate("KMGT", 1)}
)
#: A day before the first computers in town halls is a slip of the pen.
FIRST_YEAR, LAST_YEAR = 1960, 2200

_UNKNOWN_KEY = Text("キー「{key}」は {table} にありません。", "{table} has no key '{key}'.")
_ONE_OF = Text("次のいずれか: {keys}", "one of: {keys}")
_MISSING = Text("必要なキー「{key}」がありません。", "The key '{key}' is missing.")
_FORM = Text("「{key}」の値の形が違います。", "The value of '{key}' has the wrong form.")
_CHOICE = Text("「{value}」は「{key}」に使えません。", "'{value}' is not a value of '{key}'.")
_EMPTY = Text("「{key}」が空です。", "'{key}' is empty.")
_RANGE = Text("「{key}」の値が範囲の外です。", "The value of '{key}' is out of range.")
_FROM_TO = Text("{low} から {high} までの整数", "an integer from {low} to {high}")
_AT_LEAST = Text("{low} 以上の整数", "an integer of at least {low}")
_NO_DATE = Text("「{value}」という日付は存在しません。", "There is no date '{value}'.")
_YEAR = Text("日付の年がありえません。", "The year of this date cannot be meant.")


def check(table: Table, raw: Row, path: Path, sink: Sink) -> Row:
    """The values of *raw* that have the right form; the rest is reported."""
    out: Row = {}
    by_name = table.by_name
    for name, value in raw.items():
        key = by_name.get(name)
        if key is None:
            _unknown_key(table, name, path, sink)
        elif (good := _FORMS[key.form](key, value, path, sink)) is not None:
            out[name] = good
    for name in table.required:
        if name not in raw:
            where = path or ()
            sink.error(where, _MISSING.format(key=name), Text("{doc}({form})", "{doc} ({form})").format(
                doc=by_name[name].doc, form=form_text(by_name[name].form)))  # fmt: skip
    return out


def _unknown_key(table: Table, name: str, path: Path, sink: Sink) -> None:
    synonym = SYNONYMS.get(name.lower().replace("-", "_"))
    suggestion = synonym if synonym in table.by_name else closest(name, table.by_name)
    label = table.name if table.name == "zones.toml" else f"[{table.name}]"
    sink.error(
        (*path, name),
        _UNKNOWN_KEY.format(key=name, table=label),
        _ONE_OF.format(keys=", ".join(table.by_name)),
        suggestion,
        on_key=True,
    )


def _wrong(key: Key, path: Path, sink: Sink) -> None:
    sink.error((*path, key.name), _FORM.format(key=key.name), form_text(key.form))


def _string(key: Key, value: Any, path: Path, sink: Sink) -> str | None:
    if not isinstance(value, str):
        _wrong(key, path, sink)
        return None
    if key.required and not value.strip():
        sink.error((*path, key.name), _EMPTY.format(key=key.name), key.doc)
        return None
    return value


def _name(key: Key, value: Any, path: Path, sink: Sink) -> str | None:
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    _wrong(key, path, sink)
    return None


def _choice(key: Key, value: Any, path: Path, sink: Sink) -> str | None:
    if not isinstance(value, str):
        _wrong(key, path, sink)
        return None
    if value not in key.choices:
        options = _ONE_OF.format(keys=", ".join(key.choices))
        sink.error((*path, key.name), _CHOICE.format(value=value, key=key.name), options, closest(value, key.choices))
        return None
    return value


def _in_range(key: Key, value: int, path: Path, sink: Sink) -> bool:
    if (key.low is None or value >= key.low) and (key.high is None or value <= key.high):
        return True
    expected = _AT_LEAST.format(low=key.low) if key.high is None else _FROM_TO.format(low=key.low, high=key.high)
    sink.error(path, _RANGE.format(key=key.name), expected)
    return False


def _integer(key: Key, value: Any, path: Path, sink: Sink) -> int | None:
    if type(value) is not int:  # a boolean is an int to isinstance
        _wrong(key, path, sink)
        return None
    number: int = value  # mypy: type(x) is int does not narrow Any
    return number if _in_range(key, number, (*path, key.name), sink) else None


def _boolean(key: Key, value: Any, path: Path, sink: Sink) -> bool | None:
    if isinstance(value, bool):
        return value
    _wrong(key, path, sink)
    return None


def _date(key: Key, value: Any, path: Path, sink: Sink) -> dt.date | None:
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            sink.error((*path, key.name), _NO_DATE.format(value=value), form_text(Form.DATE))
            return None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        _wrong(key, path, sink)
        return None
    if value == NO_DATE and sink.ready:  # put there in place of a date that was already reported
        return None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        sink.error((*path, key.name), _YEAR, form_text(Form.DATE))
        return None
    return value


def _clock(key: Key, value: Any, path: Path, sink: Sink) -> int | None:
    """Minutes of the day; ``24:00`` is the end of the day."""
    if isinstance(value, dt.time):
        value = value.strftime("%H:%M")
    if isinstance(value, str) and CLOCK.fullmatch(value):
        return int(value[:2]) * 60 + int(value[3:])
    _wrong(key, path, sink)
    return None


def _many(accept: Callable[[Any], bool]) -> Callable[[Key, Any, Path, Sink], list[Any] | None]:
    def form(key: Key, value: Any, path: Path, sink: Sink) -> list[Any] | None:
        listed = value if isinstance(value, list) else [value]
        if all(accept(v) for v in listed):
            if key.required and not listed:
                sink.error((*path, key.name), _EMPTY.format(key=key.name), key.doc)
                return None
            return listed
        for n, element in enumerate(listed):
            if not accept(element):
                where = (*path, key.name, n) if isinstance(value, list) else (*path, key.name)
                sink.error(where, _FORM.format(key=key.name), form_text(key.form))
        return None

    return form


def _integers(key: Key, value: Any, path: Path, sink: Sink) -> list[int] | None:
    listed = _many(lambda v: type(v) is int)(key, value, path, sink)
    if listed is None:
        return None
    whole = (*path, key.name)
    good = [_in_range(key, v, (*whole, n) if isinstance(value, list) else whole, sink) for n, v in enumerate(listed)]
    return listed if all(good) else None


def _size(key: Key, value: Any, path: Path, sink: Sink) -> int | None:
    if type(value) is int and value > 0:
        return int(value)
    if isinstance(value, str) and (found := SIZE.fullmatch(value.strip())):
        return int(found[1]) * UNITS[found[2]]
    _wrong(key, path, sink)
    return None


def _pairs(key: Key, value: Any, path: Path, sink: Sink) -> list[tuple[str, str]] | None:
    if not isinstance(value, list):
        _wrong(key, path, sink)
        return None
    good = True
    for n, pair in enumerate(value):
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) for p in pair)):
            sink.error((*path, key.name, n), _FORM.format(key=key.name), form_text(Form.PAIRS))
            good = False
    return [(a, b) for a, b in value] if good else None


def _table(key: Key, value: Any, path: Path, sink: Sink) -> Row | None:
    assert key.table is not None
    if isinstance(value, dict):
        return check(key.table, value, (*path, key.name), sink)
    _wrong(key, path, sink)
    return None


def _tables(key: Key, value: Any, path: Path, sink: Sink) -> list[Row | None] | None:
    assert key.table is not None
    if not isinstance(value, list):
        expected = Text("[[{n}]] と、かぎかっこを 2 つずつ", "[[{n}]], with two brackets on each side").format(n=key.name)
        sink.error((*path, key.name), _FORM.format(key=key.name), expected if isinstance(value, dict) else form_text(key.form))
        return None
    out: list[Row | None] = []
    for n, row in enumerate(value):
        if isinstance(row, dict):
            out.append(check(key.table, row, (*path, key.name, n), sink))
        else:
            sink.error((*path, key.name, n), _FORM.format(key=key.name), form_text(Form.TABLE))
            out.append(None)
    return out


_FORMS: dict[Form, Callable[[Key, Any, Path, Sink], Any]] = {
    Form.STRING: _string,
    Form.NAME: _name,
    Form.INTEGER: _integer,
    Form.BOOLEAN: _boolean,
    Form.DATE: _date,
    Form.CLOCK: _clock,
    Form.CHOICE: _choice,
    Form.STRINGS: _many(lambda v: isinstance(v, str)),
    Form.INTEGERS: _integers,
    Form.PORTS: _many(lambda v: type(v) is int or isinstance(v, str)),
    Form.SIZE: _size,
    Form.PAIRS: _pairs,
    Form.TABLE: _table,
    Form.TABLES: _tables,
}
