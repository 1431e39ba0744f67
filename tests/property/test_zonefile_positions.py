"""The span scanner against tomllib: every path of the tree has a place, and the text there is the value."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.zonefile.positions import Path, PositionIndex

_KEYS = st.sampled_from(["a", "b", "c-1", "d_2", "ゾーン", "x.y", 'q"q', "é", "sp ace", "0"])
_CHARS = st.text(alphabet=st.sampled_from("ab ]}[{,#=\"'\\/日本\t"), max_size=6)
_SPACE = st.sampled_from(["", " ", "  ", "\t"])


def _basic(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'


@st.composite
def key_text(draw: st.DrawFn) -> str:
    key = draw(_KEYS)
    bare = all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    styles = [_basic(key)] + ([key] if bare else []) + ([f"'{key}'"] if "'" not in key else [])
    return draw(st.sampled_from(styles))


@st.composite
def string_text(draw: st.DrawFn) -> str:
    value = draw(_CHARS)
    styles = [_basic(value)]
    if "'" not in value:
        styles += [f"'{value}'", f"'''{value}'''", f"'''\n{value}\n'' {value}'''"]
    if "\\" not in value and '"' not in value:
        styles += [f'"""{value}"""', f'"""\n{value}\n"" ]] [[a]]\n{value}""""', f'"""\\\n   {value}"""']
    return draw(st.sampled_from(styles))


_SCALARS = st.one_of(
    string_text(),
    st.sampled_from(
        [
            "1",
            "-3",
            "0x1F",
            "1_000",
            "1.5e3",
            "inf",
            "true",
            "false",
            "2026-04-01",
            "2026-04-01 10:00:00",
            "2026-04-01T10:00:00Z",
            "07:32:00",
        ]
    ),
)


@st.composite
def array_text(draw: st.DrawFn, depth: int) -> str:
    items = draw(st.lists(value_text(depth - 1), max_size=3))
    gap = draw(st.sampled_from([" ", "", "\n  ", " # ] note\n  ", "\n\n"]))
    tail = draw(st.sampled_from(["", ","])) if items else ""
    return "[" + gap + f"{gap},{gap}".join(items) + tail + gap + "]"


@st.composite
def inline_text(draw: st.DrawFn, depth: int) -> str:
    names = draw(st.lists(_KEYS, max_size=3, unique=True))
    pairs = []
    for name in names:
        written = _basic(name) + draw(st.sampled_from(["", ".z", " . 'z' "]))
        pairs.append(f"{written}{draw(_SPACE)}={draw(_SPACE)}{draw(value_text(depth - 1))}")
    gap = draw(_SPACE)
    return "{" + gap + f"{gap},{gap}".join(pairs) + gap + "}"


def value_text(depth: int) -> st.SearchStrategy[str]:
    if depth <= 0:
        return _SCALARS
    return st.one_of(_SCALARS, array_text(depth), inline_text(depth))


@st.composite
def document(draw: st.DrawFn) -> str:
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        comment = draw(st.sampled_from(["", "  # note [x] = {", ""]))
        match draw(st.integers(0, 4)):
            case 0:
                keys = ".".join(draw(st.lists(key_text(), min_size=1, max_size=3)))
                lines.append(f"{draw(_SPACE)}[{draw(_SPACE)}{keys}{draw(_SPACE)}]{comment}")
            case 1:
                keys = " . ".join(draw(st.lists(key_text(), min_size=1, max_size=2)))
                lines.append(f"{draw(_SPACE)}[[{draw(_SPACE)}{keys} ]]{comment}")
            case 2:
                lines.append("" if draw(st.booleans()) else "# [[a]]")
            case _:
                keys = ".".join(draw(st.lists(key_text(), min_size=1, max_size=2)))
                lines.append(f"{draw(_SPACE)}{keys}{draw(_SPACE)}={draw(_SPACE)}{draw(value_text(2))}{comment}")
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _keep_valid(text: str) -> str:
    """Drop the lines tomllib objects to (keys written twice), so that most documents can be used."""
    newline = "\r\n" if "\r\n" in text else "\n"
    kept: list[str] = []
    buffer = ""
    for line in text.split(newline):
        buffer = f"{buffer}{newline}{line}" if buffer else line
        try:
            tomllib.loads(newline.join([*kept, buffer]))
        except tomllib.TOMLDecodeError:
            if not any(mark in buffer for mark in ('"""', "'''", "[", "{")):
                buffer = ""
            continue
        kept.append(buffer)
        buffer = ""
    return newline.join(kept)


def _paths(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    out = [(path, value)] if path else []
    if isinstance(value, dict):
        for k, v in value.items():
            out += _paths(v, (*path, k))
    elif isinstance(value, list):
        for n, v in enumerate(value):
            out += _paths(v, (*path, n))
    return out


def _same(a: Any, b: Any) -> bool:
    return repr(a) == repr(b) if isinstance(a, float | dt.datetime | dt.date | dt.time) else bool(a == b)


@settings(max_examples=400, deadline=None)
@given(document())
def test_every_path_has_its_place(text: str) -> None:
    text = _keep_valid(text)
    tree = tomllib.loads(text)
    index = PositionIndex(text)
    for path, value in _paths(tree):
        entry = index.entries.get(path)
        assert entry is not None, (path, text)
        written = text[entry.start : entry.end]
        # A heading is the place of a table or of an array of tables; it is no value.
        heading = written.startswith("[") and entry.key_start >= entry.start
        if heading and (isinstance(value, dict) or (isinstance(value, list) and written.startswith("[["))):
            continue
        if isinstance(value, dict) and not written.startswith("{"):
            continue  # a table that only exists because dotted keys pass through it
        assert _same(tomllib.loads(f"v = {written}")["v"], value), (path, written)
        line, column = index.line_column(entry.start)
        assert index.line_text(line)[column - 1 :].startswith(written.split("\n")[0].rstrip("\r"))


@settings(max_examples=200, deadline=None)
@given(document())
def test_no_place_is_invented(text: str) -> None:
    text = _keep_valid(text)
    known = {p for p, _ in _paths(tomllib.loads(text))}
    assert set(PositionIndex(text).entries) <= known


def test_headings_of_array_elements_are_their_places() -> None:
    text = '[[zones]]\nid = "a"\n\n[[ zones ]]\nid = "b"\n[zones.extra]\nx = 1\n[[zones.sub]]\ny = 2\n'
    index = PositionIndex(text)
    places = {p: index.line_column(index.entries[p].start) for p in index.entries}
    assert places["zones", 0] == (1, 1)
    assert places["zones", 1] == (4, 1)
    assert places["zones", 1, "extra"] == (6, 1)
    assert places["zones", 1, "sub", 0] == (8, 1)
    assert places["zones", 1, "sub", 0, "y"] == (9, 5)
