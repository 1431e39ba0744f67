"""Terminal ledgers: CSV files, as spreadsheets write them, to endpoints.

UTF-8 (with or without BOM) or Shift_JIS; the first row names the columns, in English or Japanese.
Rows of replaced terminals may share an address when their periods say which is old and which is new.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.model.addresses import NO_ADDRESSES, AddressSet, Mac
from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint
from segmentation.zonefile import values
from segmentation.zonefile.names import ZONE, Registry
from segmentation.zonefile.problem import NOTHING, Problem
from segmentation.zonefile.shape import NAME
from segmentation.zonefile.sink import closest
from segmentation.zonefile.source import decode, legacy_encoding

COLUMNS = ("id", "name", "zone", "address", "mac", "tags", "valid_from", "valid_until")
REQUIRED = ("id", "zone", "address")
_ALIASES = {
    "id": "id", "番号": "id", "管理番号": "id", "端末番号": "id", "資産番号": "id",
    "name": "name", "名称": "name", "端末名": "name", "ホスト名": "name", "機器名": "name",
    "zone": "zone", "ゾーン": "zone", "セグメント": "zone",
    "address": "address", "ip": "address", "ipアドレス": "address", "アドレス": "address",
    "mac": "mac", "macアドレス": "mac", "物理アドレス": "mac",
    "tags": "tags", "タグ": "tags", "属性": "tags", "用途": "tags",
    "valid_from": "valid_from", "開始日": "valid_from", "利用開始日": "valid_from", "使用開始日": "valid_from",
    "valid_until": "valid_until", "終了日": "valid_until", "利用終了日": "valid_until", "使用終了日": "valid_until",
}  # fmt: skip
_SEPARATORS = re.compile(r"[;；、\s]+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)

_NO_HEADER = Text("台帳に見出しの行がありません。", "The ledger has no row of column names.")
_HEADER = Text("見出し: {columns}", "column names: {columns}")
_UNKNOWN_COLUMN = Text("列「{name}」は台帳の列ではありません。", "The ledger has no column '{name}'.")
_TWICE = Text("列「{name}」が 2 つあります。", "The column '{name}' is there twice.")
_NO_COLUMN = Text("台帳に列「{name}」がありません。", "The ledger lacks the column '{name}'.")
_WIDTH = Text("列の数が見出し（{want}）と違います（{got}）。", "The row has {got} fields; the column names are {want}.")
_BROKEN = Text("CSV として読めません（{why}）。", "This is not valid CSV ({why}).")
_EMPTY = Text("「{name}」が空です。", "'{name}' is empty.")
_BAD_ID = Text("「{value}」は ID に使えません。", "'{value}' cannot be an ID.")
_ID_FORM = Text("文字・数字・「-」「_」、64 文字まで", "letters, digits, '-' and '_', up to 64 of them")
_DUPLICATE = Text("ID「{id}」はすでに {where} で使われています。", "The ID '{id}' is already used at {where}.")
_NO_ZONE = Text("「{value}」というゾーンはありません。", "There is no zone '{value}'.")
_BAD_ADDRESS = Text("「{value}」はアドレスとして読めません。", "'{value}' is not an address.")
_BAD_DATE = Text("「{value}」という日付は存在しません。", "There is no date '{value}'.")
_DATE_FORM = Text("2026-04-01 または 2026/4/1 の形の日付", "a date such as 2026-04-01 or 2026/4/1")
_DATES = Text("終わりの日付が始まりより前です。", "The last day is before the first.")


@dataclass(slots=True)
class _Reader:
    """One ledger file."""

    reg: Registry
    name: str
    lines: list[str]
    columns: list[str]

    def problem(self, line: int, value: str, message: Text, expected: Text = NOTHING, suggestion: str | None = None) -> None:
        """A problem about the field that holds *value*."""
        shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        column = shown.find(value) + 1 if value else 1
        self.reg.sink.add(
            Problem(
                location=Location(self.name, line, max(column, 1)),
                severity="error",
                text=shown,
                length=len(value) if column and value else max(1, len(shown)),
                message=message,
                expected=expected,
                suggestion=suggestion,
            )
        )

    def endpoint(self, fields: dict[str, str], line: int) -> Endpoint | None:
        """A row as an endpoint; ``None`` when it has no usable ID or zone."""
        identifier, zone = fields["id"], fields["zone"]
        for name in REQUIRED:
            if not fields[name]:
                self.problem(line, "", _EMPTY.format(name=name))
                return None
        if not NAME.fullmatch(identifier) or values.LOOKS_LIKE_ADDRESS.fullmatch(identifier):
            self.problem(line, identifier, _BAD_ID.format(value=identifier), _ID_FORM)
            return None
        if identifier in self.reg.zones or identifier in self.reg.endpoints:
            place = self.reg.zones.get(identifier) or self.reg.endpoints[identifier]
            self.problem(line, identifier, _DUPLICATE.format(id=identifier, where=place.location))
            return None
        if zone not in self.reg.zones:
            self.problem(line, zone, _NO_ZONE.format(value=zone), _known_zone(), closest(zone, self.reg.zones))
            return None
        first, last = self._date(fields["valid_from"], line), self._date(fields["valid_until"], line)
        if first and last and last < first:
            self.problem(line, fields["valid_until"], _DATES)
        return Endpoint(
            id=identifier,
            name=Text(fields["name"] or identifier, fields["name"] or identifier),
            zone=zone,
            addresses=self._addresses(fields["address"], line),
            macs=self._macs(fields["mac"], line),
            tags=frozenset(_split(fields["tags"])),
            valid_from=first,
            valid_until=last,
            location=Location(self.name, line, 1),
        )

    def _date(self, value: str, line: int) -> dt.date | None:
        if not value:
            return None
        found = _DATE.fullmatch(value)
        try:
            if found is not None:
                return dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        self.problem(line, value, _BAD_DATE.format(value=value), _DATE_FORM)
        return None

    def _addresses(self, value: str, line: int) -> AddressSet:
        parts = []
        for one in _split(value):
            try:
                parts.append(values.read_addresses(one))
            except ValueError:
                self.problem(line, one, _BAD_ADDRESS.format(value=one))
        return parts[0] if len(parts) == 1 else AddressSet.union(parts) if parts else NO_ADDRESSES

    def _macs(self, value: str, line: int) -> tuple[Mac, ...]:
        out = []
        for one in _split(value):
            read, wrong = values.read_mac(one)
            if wrong is not None:
                self.problem(line, one, wrong)
            if read is not None:
                out.append(read)
        return tuple(out)


def _known_zone() -> Text:
    return Text("このファイルにある{what}の ID", "the ID of a {what} of the zone file").format(what=ZONE)


def _split(value: str) -> list[str]:
    return [v for v in _SEPARATORS.split(value) if v] if value else []


def read_ledger(reg: Registry, data: bytes, name: str) -> None:
    """Add the rows of one CSV file to ``reg.endpoints``; everything wrong in it is reported with its line."""
    text = decode(data, name)
    if isinstance(text, Problem):
        if legacy_encoding(data) != "Shift_JIS":
            reg.sink.add(text)
            return
        text = data.decode("cp932")  # the Shift_JIS that spreadsheets write
    lines = [line.rstrip("\r") for line in text.split("\n")]  # as the CSV reader counts them
    reg.ledgers[name] = lines
    reader = _Reader(reg, name, lines, [])
    rows = _rows(reader, text)
    header = next(rows, None)
    if header is None:
        reader.problem(1, "", _NO_HEADER, _HEADER.format(columns=",".join(COLUMNS)))
        return
    if not _read_header(reader, header[1]):
        return
    for line, fields in rows:
        if len(fields) != len(reader.columns):
            reader.problem(line, "", _WIDTH.format(want=len(reader.columns), got=len(fields)))
            continue
        row = dict.fromkeys(COLUMNS, "") | dict(zip(reader.columns, (f.strip() for f in fields), strict=True))
        if (endpoint := reader.endpoint(row, line)) is not None:
            reg.endpoints[endpoint.id] = endpoint


def _rows(reader: _Reader, text: str) -> Iterator[tuple[int, list[str]]]:
    """Non-empty rows with their line; a line that starts with ``#`` is a comment."""
    source = csv.reader(io.StringIO(text), strict=True)
    try:
        for fields in source:
            if any(f.strip() for f in fields) and not fields[0].lstrip().startswith("#"):
                yield source.line_num, fields
    except csv.Error as error:
        reader.problem(source.line_num, "", _BROKEN.format(why=error))


def _read_header(reader: _Reader, fields: list[str]) -> bool:
    """Fill ``reader.columns``; gives whether the rows can be read."""
    good = True
    for field in fields:
        written = unicodedata.normalize("NFKC", field).strip().lower().replace(" ", "")
        column = _ALIASES.get(written)
        if column is None:
            reader.problem(1, field, _UNKNOWN_COLUMN.format(name=field), _HEADER.format(columns=",".join(COLUMNS)),
                           closest(written, _ALIASES))  # fmt: skip
            good = False
        elif column in reader.columns:
            reader.problem(1, field, _TWICE.format(name=field))
            good = False
        reader.columns.append(column or field)
    for name in REQUIRED:
        if good and name not in reader.columns:
            reader.problem(1, "", _NO_COLUMN.format(name=name), _HEADER.format(columns=",".join(COLUMNS)))
            good = False
    return good
