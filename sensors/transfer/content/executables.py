"""Files that run: programs by their format, scripts by their marks or their extension, links that start something."""

# ruff: noqa: E501 - rows of a table of patterns

from __future__ import annotations

import re
from typing import Final

from sensors.transfer.content import kinds
from sensors.transfer.content.external import destination
from sensors.transfer.content.item import Inside, Item, Notebook
from sensors.transfer.content.names import RUN, promises_no_script
from sensors.transfer.verdict import Factor

# The EICAR standard: the string begins the file, and only white space may follow its 68 characters.
_EICAR: Final = b"X5O!P%@AP[4" + b"\\PZX54(P^)7CC)7}$EICAR"
#: Marks that hardly stand in anything but a script of the kind; sought in text files under any name.
_MARKS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("#!", re.compile(r"\A#!\s*/")),
    ("echo off", re.compile(r"\A\s*(?:(?:rem|::)[^\n]*\n\s*)*@echo\s+off\b", re.IGNORECASE)),
    ("REGEDIT", re.compile(r"\A(?:REGEDIT4|Windows Registry Editor Version)\b")),
    ("CreateObject", re.compile(r"^\s*(?:set\s+\w+\s*=\s*)?(?:\w+\.)?createobject\s*\(\s*[\"'](?:wscript|scripting|shell|msxml2|adodb)\.", re.IGNORECASE | re.MULTILINE)),
    ("ActiveXObject", re.compile(r"new\s+ActiveXObject\s*\(\s*[\"']", re.IGNORECASE)),
    ("powershell", re.compile(r"^\s*(?:cmd(?:\.exe)?\s+/c\s+)?(?:start\s+)?powershell(?:\.exe)?\s+[-/](?:e|w|nop|ex|c|enc)", re.IGNORECASE | re.MULTILINE)),
    ("param", re.compile(r"\A\s*(?:<#.*?#>\s*)?(?:\[CmdletBinding\(\)\]\s*)?param\s*\(\s*\[", re.IGNORECASE | re.DOTALL)),
    ("Invoke-Expression", re.compile(r"(?:^|[;|(]\s*)(?:IEX|Invoke-Expression)\s*[(\s]\s*\(?\s*(?:New-Object|\[)", re.IGNORECASE | re.MULTILINE)),
    ("VBScript.Encode", re.compile(r"\A#@~\^")),
)  # fmt: skip
#: Extensions whose text is prose or data that may quote a script; a mark in the middle proves nothing there.
_QUOTES: Final = frozenset({"md", "html", "htm", "rst", "eml", "json", "xml", "log"})


def examine_executable(item: Item, kind: str, notes: Notebook) -> None:
    """Note that *item* is of a type that runs."""
    factor = Factor.EMBEDDED_EXECUTABLE if item.inside is Inside.DOCUMENT else Factor.EXECUTABLE
    notes.found(factor, item, "executable_type", kind=kind)


def examine_lnk(item: Item, notes: Notebook) -> None:
    """A shell link: its flags say whether it passes arguments (MS-SHLLINK 2.1.1, HasArguments is bit 5)."""
    factor = Factor.EMBEDDED_EXECUTABLE if item.inside is Inside.DOCUMENT else Factor.EXECUTABLE
    flags = int.from_bytes(item.data[20:24], "little")
    notes.found(factor, item, "shell_link_arguments" if flags & 0x20 else "shell_link")


def examine_url(item: Item, notes: Notebook) -> None:
    """An Internet shortcut: it opens its address, and fetches its icon without being opened."""
    factor = Factor.EMBEDDED_EXECUTABLE if item.inside is Inside.DOCUMENT else Factor.EXECUTABLE
    notes.found(factor, item, "internet_shortcut")
    text = kinds.decode_text(item.data[: 64 << 10]) or ""
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition("=")
        if key.strip().lower() in {"url", "iconfile", "workingdirectory", "baseurl"} and (target := destination(value.strip())):
            notes.found(Factor.EXTERNAL_LINK, item, "frame", f":{number}", name=key.strip(), target=target)


def examine_iqy(item: Item, notes: Notebook) -> None:
    """A web query of a spreadsheet: the third line is the address it fetches."""
    text = kinds.decode_text(item.data[: 64 << 10]) or ""
    for number, line in enumerate(text.splitlines(), 1):
        if target := destination(line.strip()):
            notes.found(Factor.EXTERNAL_LINK, item, "web_query", f":{number}", target=target)


def examine_script(item: Item, kind: str, text: str, notes: Notebook) -> None:
    """Text that is a script by its marks; one that is a script by its extension is noted with the names."""
    if item.data.startswith(_EICAR):
        notes.found(Factor.EXECUTABLE, item, "eicar")
        return
    if item.suffix in RUN:
        return
    for sign, pattern in _MARKS:
        if item.suffix in _QUOTES and not pattern.pattern.startswith(r"\A"):
            continue
        if (match := pattern.search(text[: 256 << 10])) is not None:
            factor = Factor.EMBEDDED_EXECUTABLE if item.inside is Inside.DOCUMENT else Factor.EXECUTABLE
            notes.found(factor, item, "script_text", f":{text.count(chr(10), 0, match.start()) + 1}", sign=sign)
            if promises_no_script(item.suffix) and kind not in kinds.EXECUTABLE:
                notes.found(Factor.EXT_MISMATCH, item, "name_mismatch", suffix=item.suffix, kind="script")
            return
