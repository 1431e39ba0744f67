"""Problems as an officer sees them."""

from __future__ import annotations

import pytest

from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.zonefile.problem import Problem, columns, render, render_all


def _problem(text: str, column: int, length: int, **more: object) -> Problem:
    fields: dict[str, object] = {"expected": Text("", ""), "suggestion": None, "severity": "error"} | more
    return Problem(
        location=Location("z.toml", 7, column),
        text=text,
        length=length,
        message=Text("だめです。", "This is wrong."),
        **fields,  # type: ignore[arg-type]
    )


def test_the_caret_stands_under_the_text() -> None:
    shown = render(_problem("kind = lgwann", 8, 6, suggestion="lgwan"), "en")
    assert shown == "z.toml:7:8: error: This is wrong.\n  7 | kind = lgwann\n    |        ^^^^^^\n  did you mean: lgwan"


def test_wide_characters_take_two_columns() -> None:
    line = 'name = "総務課", zoon = "x"'
    lines = render(_problem(line, line.index("zoon") + 1, 4), "ja").splitlines()
    assert lines[2].index("^") == columns(lines[1][: lines[1].index("zoon")])
    assert lines[2].count("^") == 4
    wide = render(_problem(line, line.index("総") + 1, 3), "ja").splitlines()
    assert wide[2].count("^") == 6


def test_combining_and_half_width_characters() -> None:
    assert columns("ﾊﾞ") == 2  # half-width katakana with its voicing mark
    assert columns("が") == 2  # か and a combining mark
    assert columns("ＡＢ") == 4


def test_the_terminal_cannot_be_driven_by_a_file() -> None:
    shown = render(_problem('id = "\x1b[31m\u202e"', 6, 3, suggestion="a\x07b"), "en")
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown


def test_tabs_do_not_move_the_caret() -> None:
    lines = render(_problem("\tkind\t= 1", 2, 4), "en").splitlines()
    assert lines[1].index("kind") == lines[2].index("^")


@pytest.mark.parametrize("start", [0, 40, 199, 380])
def test_long_lines_are_cut_around_the_place(start: int) -> None:
    text = "あ" * 190 + "x" * 200
    lines = render(_problem(text, start + 1, 5), "en").splitlines()
    assert columns(lines[1]) < 140
    caret = lines[2].index("^")
    excerpt = lines[1]
    at = next(i for i in range(len(excerpt) + 1) if columns(excerpt[:i]) >= caret)
    assert excerpt[at] == text[start]


def test_both_languages_and_severities() -> None:
    one, two = _problem("a", 1, 1, expected=Text("正しい値", "a right value")), _problem("b", 1, 1, severity="warning")
    shown = render_all([one, two], "ja")
    assert "エラー: だめです。" in shown
    assert "期待する内容: 正しい値" in shown
    assert "警告: だめです。" in shown
    assert shown.count("\n\n") == 1
    assert "expected: a right value" in render(one, "en")
