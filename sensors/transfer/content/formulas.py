"""Cell formulas that start a DDE server, connect, or link, wherever cells stand: workbooks, OpenDocument, CSV, SYLK."""

from __future__ import annotations

import re
from typing import Final

from sensors.transfer.content.external import destination
from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor

_FUNCTIONS: Final = re.compile(r"\b(WEBSERVICE|IMPORTDATA|IMPORTXML|IMPORTHTML|IMPORTFEED|RTD|FILTERXML)\s*\(", re.IGNORECASE)
#: The function of LibreOffice and its kin (OpenFormula, functions of external access).
_DDE_CALL: Final = re.compile(r"(?:^|[^\w.])DDE\s*\(", re.IGNORECASE)
_LINK: Final = re.compile(r"\bHYPERLINK\s*\(\s*[\"']((?!#)[^\"']{1,2000})", re.IGNORECASE)
_DDE_CELL: Final = re.compile(r"""(?:^|[=+\-@(,;*/&^<>])\s*['"]?([A-Za-z][\w .\\/:-]{0,200})['"]?\s*\|\s*['"]?[^!|]{1,1000}!""")


def examine_formula(formula: str, item: Item, notes: Notebook, *where: str) -> None:
    """A cell formula that starts a DDE server or connects to the outside."""
    if _DDE_CELL.search(formula) or _DDE_CALL.search(formula):
        notes.found(Factor.DDE, item, "dde_cell", *where)
    for link in _LINK.finditer(formula):
        notes.found(Factor.URI, item, "hyperlink", *where, target=destination(link.group(1)) or "…")
    if (match := _FUNCTIONS.search(formula)) is not None:
        notes.found(Factor.EXTERNAL_LINK, item, "external_formula", *where, name=match.group(1).upper())
