"""JSON (RFC 8259) whose values remember where they stand, for configurations that come as JSON exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from segmentation.model.location import Location

#: Deeper nesting than any export has; it bounds the recursion.
DEPTH_LIMIT = 100
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,40})(?:\.\d{1,40})?(?:[eE][+-]?\d{1,4})?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value with its place.  ``value`` is a scalar, a ``dict[str, Node]`` or a ``list[Node]``."""

    value: object
    location: Location

    @property
    def members(self) -> dict[str, Node]:
        """The members of an object; nothing for other values."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The elements of an array; nothing for other values."""
        return self.value if isinstance(self.value, list) else []

    def get(self, *path: str) -> Node | None:
        """The value at a path of member names; ``None`` where there is none, or null."""
        here: Node | None = self
        for name in path:
            here = here.members.get(name) if here is not None else None
        return None if here is None or here.value is None else here

    def text(self, *path: str) -> str:
        """The string at a path; empty where there is none."""
        found = self.get(*path)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def number(self, *path: str) -> int | None:
        """The whole number at a path, also where it is written as a string."""
        found = self.get(*path)
        value = None if found is None else found.value
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return int(value)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
            return int(value)
        return None

    def true(self, *path: str) -> bool:
        """Whether the value at a path is ``true``."""
        found = self.get(*path)
        return found is not None and found.value is True

    def each(self, *path: str) -> list[Node]:
        """The elements of the array at a path; one value that is no array counts as its only element."""
        found = self.get(*path)
        if found is None:
            return []
        return found.items if isinstance(found.value, list) else [found]

    def plain(self) -> object:
        """The value without places."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        return [v.plain() for v in self.value] if isinstance(self.value, list) else self.value


class NotJson(ValueError):  # noqa: N818 - carries a value to the caller
    """A text that is not JSON, with the place and the reason in English."""

    def __init__(self, location: Location, what: str) -> None:
        """Keep both."""
        super().__init__(what)
        self.location = location
        self.what = what


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.at = 0
        self._line, self._line_start = 1, 0

    def place(self, at: int) -> Location:
        """Line and column of an offset; offsets are asked in ascending order."""
        behind = self.text.count("\n", self._line_start, at)
        if behind:
            self._line += behind
            self._line_start = self.text.rindex("\n", 0, at) + 1
        return Location(self.file, self._line, at - self._line_start + 1)

    def fail(self, what: str) -> NotJson:
        """The error at the current place."""
        at = min(self.at, len(self.text))
        line = self.text.count("\n", 0, at) + 1
        return NotJson(Location(self.file, line, at - (self.text.rfind("\n", 0, at) + 1) + 1), what)

    def space(self) -> str:
        """Step over blanks and give the next character."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def value(self, depth: int = 0) -> Node:
        """One value."""
        if depth > DEPTH_LIMIT:
            raise self.fail("nested too deeply")
        first = self.space()
        where = self.place(self.at)
        if first == "{":
            return Node(self.members(depth), where)
        if first == "[":
            return Node(self.elements(depth), where)
        if first == '"':
            return Node(self.string(), where)
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return Node(value, where)
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            raise self.fail("expected a value")
        self.at = found.end()
        return Node(json.loads(found.group()), where)

    def string(self) -> str:
        """One string."""
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self.fail("unterminated string")
        self.at = found.end()
        try:
            out = json.loads(found.group())
        except ValueError as error:
            raise self.fail("bad escape in a string") from error
        return str(out)

    def members(self, depth: int) -> dict[str, Node]:
        """The members of an object; of a repeated name the last counts, as in Python's own reader."""
        out: dict[str, Node] = {}
        self.at += 1
        if self.space() == "}":
            self.at += 1
            return out
        while True:
            if self.space() != '"':
                raise self.fail("expected a member name")
            name = self.string()
            if self.space() != ":":
                raise self.fail("expected ':'")
            self.at += 1
            out[name] = self.value(depth + 1)
            if self.more("}"):
                return out

    def elements(self, depth: int) -> list[Node]:
        """The elements of an array."""
        out: list[Node] = []
        self.at += 1
        if self.space() == "]":
            self.at += 1
            return out
        while True:
            out.append(self.value(depth + 1))
            if self.more("]"):
                return out

    def more(self, end: str) -> bool:
        """Step over what follows an element; whether it was the last."""
        found = self.space()
        if found not in (",", end) or not found:
            raise self.fail(f"expected ',' or '{end}'")
        self.at += 1
        return found == end


def read_json(text: str, file: str) -> Node:
    """The one value of *text*.  Raises :class:`NotJson`."""
    reader = _Reader(text.lstrip("\ufeff"), file)
    found = reader.value()
    if reader.space():
        raise reader.fail("something follows the value")
    return found


def walk(node: Node) -> Iterator[Node]:
    """*node* and everything in it, in the order of the text."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack += reversed(one.items or list(one.members.values()))
