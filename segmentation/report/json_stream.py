"""JSON written piece by piece, so that a report of any number of findings needs the memory of one.

Upper levels are indented for readers; what lies below, and every object or list of plain values, stands on one line.  An
iterator stands for a list and is taken one item at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False).encode
#: Characters handed on together: small enough for memory, large enough that writing costs nothing.
_BATCH = 1 << 18


def pieces(value: Any, levels: int, indent: str = "") -> Iterator[str]:
    """The text of *value* with *levels* levels indented; concatenated it is one JSON value, without a line feed at its end."""
    lazy = isinstance(value, Iterator)
    if not lazy and (levels == 0 or not isinstance(value, (dict, list)) or _plain(value)):
        yield _encode(value)
        return
    inner = indent + "  "
    first = True
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{'{' if first else ','}\n{inner}{_encode(key)}: "
            yield from pieces(item, levels - 1, inner)
            first = False
        yield f"\n{indent}}}"
        return
    for item in value:
        yield f"{'[' if first else ','}\n{inner}"
        yield from pieces(item, max(levels - 1, 0), inner)
        first = False
    yield "[]" if first else f"\n{indent}]"


def _plain(value: dict[str, Any] | list[Any]) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return not any(isinstance(item, (dict, list, Iterator)) for item in items)


def batches(parts: Iterable[str]) -> Iterator[str]:
    """The same text in fewer, larger parts."""
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _BATCH:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
