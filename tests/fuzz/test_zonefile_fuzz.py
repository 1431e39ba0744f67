"""Whatever the bytes are, reading ends in a result, and every problem can be shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zonefile_samples import CASES, SOUND

from segmentation.model.text import Lang
from segmentation.zonefile.problem import LoadResult, render
from segmentation.zonefile.reader import load, loads

_LANGS: tuple[Lang, Lang] = ("ja", "en")
_PARTS = """[[zones]] [model] = " ' \"\"\" [ ] { } , . # id kind parent networks initiator responder services 2026-02-30
10.0.0.0/8 ::/0 tcp/443 mn lg net true -1 members window start 24:00 pins faces 1e400 nan \\u00e9 \\ あ"""
_WORDS = st.sampled_from([*_PARTS.split(), "9" * 30, "\n", "\r", "\r\n", "\u202e", "\x00", chr(0xD800)])
_SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _sound(result: LoadResult) -> None:
    assert (result.model is None) == bool(result.errors)
    for problem in result.problems:
        assert problem.location.line >= 0
        for lang in _LANGS:
            shown = render(problem, lang)
            assert all(c.isprintable() or c == "\n" for c in shown)
    assert list(result.problems) == sorted(result.problems, key=lambda p: p.sort_key) or any(
        not p.location.line for p in result.problems
    )


@_SETTINGS
@given(st.lists(_WORDS, max_size=40).map(" ".join))
def test_any_words(text: str) -> None:
    _sound(loads(text, "z.toml"))


@_SETTINGS
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "z.toml"
    path.write_bytes(data)
    _sound(load(path, "z.toml"))


@_SETTINGS
@given(st.data())
def test_edited_files(data: st.DataObject) -> None:
    """Lines of a sound file left out, doubled, swapped, and words put in the place of words."""
    sources = [SOUND, *(p.read_text(encoding="utf-8") for p in sorted(CASES.glob("*.toml")))]
    lines = data.draw(st.sampled_from(sources)).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines[at] = lines[at].replace(
                    data.draw(st.sampled_from(['"', "[", "=", "1", "id", "mn"])), data.draw(_WORDS), 1
                )
            case _:
                name = lines[at].partition("=")[0]
                lines[at] = f"{name}= {data.draw(_WORDS)}"
    _sound(loads("\n".join(lines), "z.toml"))


@_SETTINGS
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from(["id", "zone", "address", ",", "\n", '"', "lg", "10.20.1.1", "管理番号", "#", "\0"]))
        .map("".join)
        .map(str.encode),
    )
)
def test_any_ledger(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "z.toml").write_text(SOUND + '\n[ledger]\nfiles = ["l.csv"]\n', encoding="utf-8")
    (tmp_path / "l.csv").write_bytes(data)
    _sound(load(tmp_path / "z.toml", "z.toml"))


@pytest.mark.parametrize("value", [chr(0xD800), chr(0xDCFF)])
def test_undecodable_characters_from_elsewhere(value: str) -> None:
    _sound(loads(SOUND.replace("試験市", value), "z.toml"))
