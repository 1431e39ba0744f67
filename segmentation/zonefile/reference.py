"""The reference page of the format, generated from the vocabulary.

``python -m segmentation.zonefile.reference docs/zones-toml.md`` renews the generated part of the page; a test
holds the two equal.
"""

from __future__ import annotations

import sys
from pathlib import Path

from segmentation.model.text import Lang, Text
from segmentation.zonefile.tables_registers import ROOT
from segmentation.zonefile.vocabulary import Form, Key, Table, form_text

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
_HEAD = (Text("キー", "key"), Text("値", "value"), Text("意味", "meaning"))
_REQUIRED = Text("必須", "required")
_FROM_TO = Text("{low} から {high}", "from {low} to {high}")
_AT_LEAST = Text("{low} 以上", "at least {low}")


def reference(lang: Lang) -> str:
    """Every table and key as Markdown, in the order of the vocabulary; tables used twice are described once."""
    out: list[str] = []
    described: set[str] = set()
    for key in ROOT.keys:
        assert key.table is not None
        heading = f"[[{key.name}]]" if key.form is Form.TABLES else f"[{key.name}]"
        out += _section(f"## `{heading}`", key.table, lang, required=key.required)
        out += _nested(key.table, key.name, lang, described)
    return "\n".join(out) + "\n"


def _nested(table: Table, path: str, lang: Lang, described: set[str]) -> list[str]:
    out: list[str] = []
    for key in table.keys:
        if key.table is None or key.table.name in described:
            continue
        described.add(key.table.name)
        out += _section(f"### `{path}.{key.name}`", key.table, lang, required=False)
        out += _nested(key.table, f"{path}.{key.name}", lang, described)
    return out


def _section(heading: str, table: Table, lang: Lang, *, required: bool) -> list[str]:
    note = f" ({_REQUIRED.in_(lang)})" if required else ""
    head = " | ".join(t.in_(lang) for t in _HEAD)
    return [
        heading,
        "",
        _cell(table.doc.in_(lang)) + note,
        "",
        f"| {head} |",
        "|---|---|---|",
        *(_row(k, lang) for k in table.keys),
        "",
    ]


def _row(key: Key, lang: Lang) -> str:
    mark = f" **{_REQUIRED.in_(lang)}**" if key.required else ""
    return f"| `{key.name}`{mark} | {_value(key, lang)} | {_cell(key.doc.in_(lang))} |"


def _value(key: Key, lang: Lang) -> str:
    if key.form is Form.CHOICE:
        return ", ".join(f"`{c}`" for c in key.choices)
    if key.table is not None:
        return f"{_cell(form_text(key.form).in_(lang))} ([{key.table.name}](#{_anchor(key)}))"
    bounds = ""
    if key.low is not None:
        bound = _AT_LEAST if key.high is None else _FROM_TO
        bounds = ", " + bound.format(low=key.low, high=key.high).in_(lang)
    return _cell(form_text(key.form).in_(lang)) + bounds


def _anchor(key: Key) -> str:
    """The heading under which the key's table is described: the first path that leads to it."""
    assert key.table is not None
    found = _first_path(ROOT, key.table, "")
    return found.replace(".", "").replace("[", "").replace("]", "").lower()


def _first_path(table: Table, wanted: Table, path: str) -> str:
    for key in table.keys:
        if key.table is None:
            continue
        below = f"{path}.{key.name}" if path else key.name
        if key.table is wanted:
            return below
        if found := _first_path(key.table, wanted, below):
            return found
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def renewed(page: str, lang: Lang) -> str:
    """*page* with its generated part renewed.  Raises :class:`ValueError` when the markers are missing."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError("the page has no generated part")
    return f"{before}{BEGIN}\n\n{reference(lang)}\n{END}{after}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        target = Path(name)
        language: Lang = "ja" if target.name.endswith(".ja.md") else "en"
        target.write_text(renewed(target.read_text(encoding="utf-8"), language), encoding="utf-8")
