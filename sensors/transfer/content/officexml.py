"""XML parts of office documents: fields, DDE links, names that run by themselves, formulas, actions, addresses outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sensors.transfer.content.external import destination
from sensors.transfer.content.fields import examine_field
from sensors.transfer.content.formulas import examine_formula
from sensors.transfer.content.item import Item, Notebook
from sensors.transfer.content.vba import AUTO_XLM
from sensors.transfer.content.xml import attributes, events, local, note_entities
from sensors.transfer.verdict import Factor

#: Parts without any of these have nothing to tell; those in a code of their own are read whole.
_TELLING: Final = re.compile(
    rb"instr|fldSimple|ddeLink|definedName|<f[ >]|:f[ >]|ole|control|customUI|src\s*=|frame|ppaction|webPr|dbPr|textPr|olapPr",
    re.IGNORECASE,
)
_PLAIN_CODE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml(?![^>]*encoding\s*=\s*[\"'](?!utf-?8|us-ascii|ascii|iso-8859|windows-125|shift_jis|euc-jp))[^>]*\?>\s*)?<[^\0]",
    re.IGNORECASE,
)
_ACTIONS: Final = frozenset({"hlinkClick", "hlinkHover", "hlinkMouseOver"})
_VML: Final = frozenset({"imagedata", "fill", "stroke", "movie"})
_AUTO_NAME: Final = re.compile(r"(?:_xlnm\.)?(auto_(?:open|close|activate|deactivate))\w*", re.IGNORECASE)


def examine_xml_part(data: bytes, name: str, item: Item, notes: Notebook) -> None:
    """Fields, DDE links, names that run by themselves, and functions that connect."""
    if note_entities(data, item, notes, name):
        return
    if _PLAIN_CODE.match(data) and not _TELLING.search(data):
        return
    open_fields: list[list[str]] = []
    for event, element in events(data, item, notes, name):
        tag = local(element.tag)
        if event == "start":
            a = attributes(element)
            if tag == "fldSimple":
                examine_field(a.get("instr", ""), item, notes, name)
            elif tag == "fldChar":
                _field_mark(a.get("fldCharType", ""), open_fields, item, notes, name)
            else:
                _telling(tag, a, item, notes, name)
        elif tag == "instrText" and open_fields:
            open_fields[-1].append(element.text or "")
        elif tag == "instrText":
            examine_field(element.text or "", item, notes, name)
        elif tag == "f" and element.text:
            examine_formula(element.text, item, notes, name)
    while open_fields:
        examine_field("".join(open_fields.pop()), item, notes, name)


def _telling(tag: str, a: Mapping[str, str], item: Item, notes: Notebook, name: str) -> None:
    """Elements that start something, or name something outside, by an attribute of their own."""
    if tag == "ddeLink":
        notes.found(Factor.DDE, item, "dde_link", name)
    elif tag == "definedName" and (match := _AUTO_NAME.match(a.get("name", ""))) is not None:
        notes.found(Factor.AUTO_EXEC, item, "auto_macro", name, name=AUTO_XLM.get(match.group(1).lower(), match.group(1)))
    action = a.get("action", "").lower()
    if tag in _ACTIONS and action.startswith(("ppaction://program", "ppaction://macro", "ppaction://ole")):
        # hlinkClick and its kin (ECMA-376 part 1, DrawingML hyperlinks): a click, or the mere passing of the pointer, runs it.
        notes.found(Factor.LAUNCH, item, "slide_action", name, name=action[11:].partition("?")[0])
    targets: list[tuple[str, str]] = []
    if tag in _VML:
        targets = [(tag, destination(a.get(k, ""))) for k in ("src", "href", "althref")]
    elif tag == "webPr":
        targets = [(tag, destination(a.get("url", "")))]
    elif tag in {"dbPr", "olapPr"}:
        targets = [(tag, "…" if a.get("connection") or tag == "olapPr" else "")]
    elif tag == "textPr":
        targets = [(tag, destination(a.get("sourceFile", "")))]
    elif "customui" in name.lower():
        targets = [(k, destination(v)) for k, v in a.items() if re.match(r"on[A-Z]|get[A-Z]|loadImage", k)]
    for label, target in targets:
        if target:
            notes.found(Factor.EXTERNAL_LINK, item, "relation_external", name, target=target, name=label)


def _field_mark(mark: str, stack: list[list[str]], item: Item, notes: Notebook, name: str) -> None:
    """ECMA-376 part 1, 17.16.18: begin, separate, end; a field inside an instruction contributes its own text to it."""
    if mark == "begin":
        if len(stack) < 64:
            stack.append([])
    elif mark in {"separate", "end"} and stack:
        instruction = "".join(stack[-1])
        if instruction:
            examine_field(instruction, item, notes, name)
            stack[-1].clear()
        if mark == "end":
            stack.pop()
            if stack:
                stack[-1].append(" " + instruction if re.match(r"\s*QUOTE\b", instruction, re.IGNORECASE) else "")
