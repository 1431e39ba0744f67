"""Word field instructions, wherever they stand: OOXML runs, the text of a .doc, RTF, Word XML."""

from __future__ import annotations

import re
from typing import Final

from sensors.transfer.content.external import destination
from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.verdict import Factor

#: ECMA-376 part 1, 17.16.5: fields that take something in from elsewhere; the address is their first argument.
_FETCHING: Final = frozenset({"INCLUDEPICTURE", "INCLUDETEXT", "INCLUDE", "IMPORT", "LINK", "RD", "DATABASE", "INCLUDEHTML"})
_ARGUMENT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
#: QUOTE with character codes spells a keyword that stands nowhere in the file.
_QUOTE: Final = re.compile(r"QUOTE((?:\s+\d{1,5})+)", re.IGNORECASE)
_LIMIT: Final = 8192


def examine_field(instruction: str, item: Item, notes: Notebook, *where: str) -> bool:
    """Judge one field instruction; returns whether it is a DDE field."""
    text = _QUOTE.sub(_spell, instruction[:_LIMIT]).replace("\0", " ").strip()
    text = re.sub(r"[\x01-\x1f\xa0\u3000]+", " ", text)
    # A field may be split by quotes or spaces that the reader drops: "DDE" "AUTO" is still one word after assembly.
    keyword_match = re.match(r'["“”\s]*([A-Za-z]+)', text)
    if keyword_match is None:
        return False
    keyword = keyword_match.group(1).upper()
    if keyword in {"DDE", "DDEAUTO"}:
        if not text[keyword_match.end() :].strip(' "'):
            return False  # the word alone starts nothing
        notes.found(Factor.DDE, item, "dde_field", *where, name=keyword)
        return True
    arguments = [
        (m.group(1) or m.group(2) or "").replace("\\\\", "\\") for m in _ARGUMENT.finditer(text[keyword_match.end() :])
    ]
    targets = [t for a in arguments if not re.match(r"\\[a-z*@#!]$", a, re.IGNORECASE) and (t := destination(a))]
    if keyword in _FETCHING:
        if targets:
            notes.found(Factor.EXTERNAL_LINK, item, "field_external", *where, name=keyword, target=targets[0])
        elif keyword == "LINK":
            notes.found(Factor.EXTERNAL_LINK, item, "ole_link", *where)
    elif keyword == "HYPERLINK" and arguments and not arguments[0].startswith("\\"):  # \l alone is a place in the document
        notes.found(Factor.URI, item, "hyperlink", *where, target=targets[0] if targets else "…")
    return False


def _spell(match: re.Match[str]) -> str:
    codes = [int(c) for c in match.group(1).split()]
    return "".join(chr(c) for c in codes if 0 < c < 0xD800)
