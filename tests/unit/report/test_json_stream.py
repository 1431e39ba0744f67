"""JSON in pieces: the value that json.dumps would write, one item of a list in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.report.json_stream import batches, pieces

_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=12
)


def _lazy(value: Any) -> Any:
    """The same with every list as an iterator."""
    if isinstance(value, dict):
        return {k: _lazy(v) for k, v in value.items()}
    return iter([_lazy(v) for v in value]) if isinstance(value, list) else value


@settings(deadline=None, max_examples=200)
@given(value=_VALUES, levels=st.integers(0, 5))
def test_it_reads_back_as_what_was_written(value: Any, levels: int) -> None:
    assert json.loads("".join(pieces(value, levels))) == value
    # An iterator is a list at the levels that are written one by one; below them everything is at hand.
    assert json.loads("".join(pieces(_lazy(value), 50))) == value


def test_upper_levels_are_indented_and_plain_values_stand_on_one_line() -> None:
    value = {"a": 1, "rows": [{"x": 1, "y": "あ"}, {"x": [1, 2], "y": {"z": [{}]}}], "none": []}
    assert "".join(pieces(value, 3)) == (
        '{\n  "a": 1,\n  "rows": [\n    {"x": 1, "y": "あ"},\n    {\n      "x": [1, 2],\n      "y": {"z": [{}]}\n    }\n  ],\n'
        '  "none": []\n}'
    )


def test_items_are_taken_only_when_they_are_written() -> None:
    taken: list[int] = []

    def items() -> Iterator[dict[str, int]]:
        for n in range(3):
            taken.append(n)
            yield {"n": n}

    parts = pieces({"items": items()}, 3)
    while '"n": 0' not in next(parts):
        pass
    assert taken == [0]


@pytest.mark.parametrize("size", [1, 1000, 1 << 18])
def test_batches_are_the_same_text_in_bounded_parts(size: int) -> None:
    parts = ["x" * size] * 700 if size < 1 << 18 else ["x" * size] * 3
    made = list(batches(parts))
    assert "".join(made) == "".join(parts)
    assert max(map(len, made)) < (1 << 18) + size
