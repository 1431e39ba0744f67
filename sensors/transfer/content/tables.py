"""Tables as text: CSV whose cells are formulas that start something, SYLK with its macro sheet."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.formulas import examine_formula
from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.content.vba import AUTO_XLM
from sensors.transfer.verdict import Factor, Reason

_CELLS: Final = 2_000_000
#: A cell is a formula when it begins with one of these, spaces and a quote aside; numbers with a sign are none.
#: Japanese Excel takes the full-width signs for the same.
_FORMULA: Final = re.compile(r"""^[\s'"]*[=+\-@＝＋－＠](?![\d.,\s]*%?\s*$)""")
_WORTH: Final = re.compile(r"\||WEBSERVICE|IMPORT|RTD|FILTERXML|HYPERLINK|DDE", re.IGNORECASE)
#: Excel's own first line, which names the separator of all others.
_SEPARATOR: Final = re.compile(r"\ufeff?sep=([^\r\n])", re.IGNORECASE)
_SERVER: Final = re.compile(r"""(?:^|[,;\t])[ "']*[=+\-@＝＋－＠][^|\r\n]{1,200}\|\s*'[^'\r\n]*'!""", re.MULTILINE)
_TOPIC: Final = re.compile(r"\|\s*['‘]")


def examine_csv(item: Item, text: str, notes: Notebook, *, certain: bool = True) -> None:
    """Formulas in the cells; the separator is whatever the reader guesses, so comma, semicolon and tab are all tried.

    *certain*: it is a table; any other text is judged only where one of its lines begins with a server and its topic.
    """
    if _WORTH.search(text) is None or not (certain or _SERVER.search(text)):
        return
    separators = [",", ";", "\t"]
    if (own := _SEPARATOR.match(text)) is not None:
        separators.append(own.group(1))
    text = re.sub(r"\r\n?", "\n", text)
    for number, line in enumerate(text.split("\n"), 1):
        if number > _CELLS:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        if _WORTH.search(line) is None:
            continue
        parted = any(s in line for s in separators)
        # Where another separator holds, the whole line is one cell; then only what starts a server beyond doubt counts.
        if not parted or _TOPIC.search(line) is not None:
            _cell(line, number, item, notes)
        for separator in separators:
            for cell in line.split(separator) if separator in line else ():
                _cell(cell, number, item, notes)
    for separator in separators:
        if separator in text or separator == ",":
            _quoted(text, separator, separators, item, notes)


def _quoted(text: str, separator: str, separators: list[str], item: Item, notes: Notebook) -> None:
    """Cells in quotes, which may hold separators and line ends (RFC 4180 2.6)."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=separator)
    try:
        for row in reader:
            whole = len(row) == 1 and any(s in row[0] for s in separators)
            for cell in row:
                if _WORTH.search(cell) is not None and not (whole and _TOPIC.search(cell) is None):
                    _cell(cell, reader.line_num, item, notes)
    except csv.Error:
        return  # (a NUL, or a separator that is none; the lines were looked at already)


def _cell(cell: str, number: int, item: Item, notes: Notebook) -> None:
    if _FORMULA.match(cell):
        plain = cell.strip().lstrip("'\"").replace("\n", " ")
        examine_formula(unicodedata.normalize("NFKC", plain[:1]) + plain[1:], item, notes, f":{number}")


def examine_slk(item: Item, notes: Notebook) -> None:
    """SYLK: record O with field E says that the sheet is a macro sheet; NN names a cell that runs by itself."""
    text = kinds.decode_text(item.data) or item.data.decode("latin-1")
    for number, line in enumerate(text.splitlines(), 1):
        if number > _CELLS:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        fields = line.replace(";;", "\0").split(";")
        kind = fields[0].strip().upper()
        if kind == "O" and "E" in fields[1:]:
            notes.found(Factor.MACRO, item, "xlm", f":{number}")
        elif kind == "NN":
            name = next((f[1:].lower() for f in fields[1:] if f[:1] == "N"), "")
            for key, shown in AUTO_XLM.items():
                if name.startswith(key):
                    notes.found(Factor.AUTO_EXEC, item, "auto_macro", f":{number}", name=shown)
        elif kind == "C":
            for field in fields[1:]:
                if field[:1] == "E":
                    examine_formula("=" + field[1:].replace("\0", ";"), item, notes, f":{number}")
