"""Where in a TOML text a key was written.

``tomllib`` keeps no places.  This scan follows table headers and assignments line by line, which is enough to point at
a key; it never decides what the file means.
"""

from __future__ import annotations

import re

from segmentation.model.location import Location

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"""^(\s*)((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")
_TRIPLE = ('"""', "'''")

Path = tuple[str | int, ...]


def _parts(text: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(text))


class KeyPlaces:
    """The places of the keys of one TOML text."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._places: dict[Path, Location] = {}
        self._scan(text)

    def _scan(self, text: str) -> None:
        table: Path = ()
        counts: dict[tuple[str, ...], int] = {}
        closing = ""
        for number, line in enumerate(text.splitlines(), 1):
            if closing:
                if closing in line:
                    closing = ""
                continue
            if header := _HEADER.match(line):
                names = _parts(header[2])
                table = names
                if header[1] == "[[":
                    counts[names] = counts.get(names, -1) + 1
                    table = (*names, counts[names])
                    self._places.setdefault(names, Location(self._file, number, 1))
                self._places.setdefault(table, Location(self._file, number, line.index("[") + 1))
            elif assignment := _ASSIGNMENT.match(line):
                path: Path = (*table, *_parts(assignment[2]))
                place = Location(self._file, number, len(assignment[1]) + 1)
                for length in range(len(table) + 1, len(path) + 1):  # a dotted key opens the tables on its way
                    self._places.setdefault(path[:length], place)
                rest = line[assignment.end() :]
                closing = next((quotes for quotes in _TRIPLE if rest.count(quotes) == 1), "")

    def of(self, path: Path) -> Location:
        """The place of *path*, or of the nearest key that holds it; the file alone where nothing is known."""
        for length in range(len(path), 0, -1):
            if place := self._places.get(path[:length]):
                return place
        return Location(self._file)
