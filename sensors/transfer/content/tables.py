"""Tables as text: CSV whose cells are formulas that start something, SYLK with its macro sheet."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.content.ooxml import examine_formula
from sensors.transfer.content.vba import AUTO_XLM
from sensors.transfer.verdict import Factor, Reason

_CELLS: Final = 2_000_000
#: A cell is a formula when it begins with one of these, spaces and a quote aside; numbers with a sign are none.
_FORMULA: Final = re.compile(r"""^[\s'"]*[=+\-@](?![\d.,\s]*%?\s*$)""")


def examine_csv(item: Item, text: str, notes: Notebook) -> None:
    """Formulas in the cells; the separator is whatever the reader guesses, so comma, semicolon and tab are all tried."""
    if "|" not in text and not re.search(r"WEBSERVICE|IMPORT|RTD|HYPERLINK", text, re.IGNORECASE):
        return
    count = 0
    for number, line in enumerate(io.StringIO(text), 1):
        if number > _CELLS:
            notes.unseen(Reason.TOO_MANY_MEMBERS, item)
            return
        if "|" not in line and "(" not in line:
            continue
        for cell in _cells(line[:65536]):
            if _FORMULA.match(cell):
                examine_formula(cell.strip().lstrip("'\""), item, notes, f":{number}")
                count += 1


def _cells(line: str) -> list[str]:
    out = [line.strip()]
    for separator in (",", ";", "\t"):
        if separator in line:
            try:
                out += next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
            except csv.Error:
                out += line.split(separator)
    return out


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
