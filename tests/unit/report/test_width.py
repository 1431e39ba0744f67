from __future__ import annotations

import pytest

from segmentation.report.width import clip, pad, pad_left, printable, table, width, wrap


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("市役所", 6), ("ｶﾅ", 2), ("Ａ１", 4), ("か\u3099", 2), ("α→", 2), ("", 0), ("a\u200bb", 2), ("①", 1)],
)
def test_width_by_uax_11(text: str, columns: int) -> None:
    assert width(text) == columns


def test_padding_counts_columns() -> None:
    assert pad("市", 4) == "市  "
    assert pad_left("市", 4) == "  市"
    assert pad("長い名前", 2) == "長い名前"


def test_clipping_never_exceeds_and_never_halves() -> None:
    assert clip("市役所", 6) == "市役所"
    assert clip("市役所", 5) == "市役…"
    assert clip("市役所", 4) == "市…"


def test_columns_line_up() -> None:
    assert table([["市", "1"], ["ab c", "100"]], frozenset({1})) == ["市      1", "ab c  100"]
    assert table([]) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("設定 ok", "設定 ok"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\r", "a\\x0ab c\\x0d"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eevil\u2069", "\\u202eevil\\u2069"),
        ("\ud800\u2028", "\\ud800\\u2028"),
        ("a\u200db", "a\u200db"),
    ],
)
def test_nothing_controls_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("検査します。終わり", 10, ["検査しま", "す。終わり"]),
        ("値「設定」です", 6, ["値「設", "定」で", "す"]),
        ("file.nft を読む", 9, ["file.nft", "を読む"]),
        ("averyverylongword x", 5, ["averyverylongword", "x"]),
        ("", 5, [""]),
    ],
)
def test_wrapping_counts_columns_and_keeps_japanese_punctuation(text: str, columns: int, lines: list[str]) -> None:
    assert wrap(text, columns) == lines


def test_wrapped_lines_fit_and_lose_nothing() -> None:
    text = "ファイアウォール設定がゾーン定義と規程のとおりかを証明します。CONFIG は nft list ruleset の出力（JSON も可）です。"
    for columns in range(8, 60):
        lines = wrap(text, columns)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(width(line) <= columns for line in lines)
