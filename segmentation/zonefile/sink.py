"""Collects what is wrong by path, and finds the places in the text once, at the end."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.model.location import Location
from segmentation.model.text import Text
from segmentation.zonefile.positions import Path, PositionIndex
from segmentation.zonefile.problem import NOTHING, Problem, Severity

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*([A-Za-z0-9_-]+)[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Pending:
    path: Path
    severity: Severity
    message: Text
    expected: Text
    suggestion: str | None
    on_key: bool


@dataclass(slots=True)
class Sink:
    """Problems of one zone file.  ``text`` must be valid TOML by the time :meth:`problems` is called."""

    name: str
    text: str
    ready: list[Problem] = field(default_factory=list)
    failed: bool = False  # an error was added (warnings do not count)
    _touched: set[Path] = field(default_factory=set)
    _pending: list[_Pending] = field(default_factory=list)
    _index: PositionIndex | None = None
    _headers: dict[str, list[Location]] | None = None

    def error(
        self, path: Path, message: Text, expected: Text = NOTHING, suggestion: str | None = None, *, on_key: bool = False
    ) -> None:
        """Something that keeps the file from being used."""
        self.failed = True
        self._touched.update(path[:n] for n in range(1, len(path) + 1))
        self._pending.append(_Pending(path, "error", message, expected, suggestion, on_key))

    def warning(self, path: Path, message: Text, expected: Text = NOTHING, *, on_key: bool = False) -> None:
        """Something that does not."""
        self._pending.append(_Pending(path, "warning", message, expected, None, on_key))

    def touched(self, path: Path) -> bool:
        """Whether something at or below *path* is wrong, so that what follows from it need not be said again."""
        return path in self._touched

    def add(self, problem: Problem) -> None:
        """A problem whose place is known already (another file)."""
        self.failed = self.failed or problem.severity == "error"
        self.ready.append(problem)

    def problems(self) -> tuple[Problem, ...]:
        """Every problem with its place, in the order of the file, each once."""
        found = dict.fromkeys(self.ready)
        for pending in self._pending:
            found[self._placed(pending)] = None
        return tuple(sorted(found, key=lambda p: p.sort_key))

    def location(self, table: str, row: int) -> Location:
        """Where the row of a table begins; cheap for the usual ``[[table]]`` headings."""
        if self._headers is None:
            self._headers = self._scan_headers()
        places = self._headers.get(table)
        if places is not None and row < len(places):
            return places[row]
        line, column, _, _ = self._span((table, row), on_key=False)
        return Location(self.name, line, column)

    def table_location(self, table: str) -> Location:
        """Where a ``[table]`` that occurs once begins."""
        if '"""' not in self.text and "'''" not in self.text:
            found = re.search(rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\]", self.text, re.MULTILINE)
            if found is not None:
                line = self.text.count("\n", 0, found.start()) + 1
                return Location(self.name, line, found.group().index("[") + 1)
        line, column, _, _ = self._span((table,), on_key=False)
        return Location(self.name, line, column)

    def _scan_headers(self) -> dict[str, list[Location]]:
        """The places of ``[[table]]`` headings by a single pass over the lines.

        A multi-line string might hold a line that looks like one, so with such strings the scanner is asked.
        """
        out: dict[str, list[Location]] = {}
        if '"""' in self.text or "'''" in self.text:
            return out
        line, last = 1, 0
        for found in _HEADER.finditer(self.text):
            line += self.text.count("\n", last, found.start())
            last = found.start()
            column = found.group().index("[") + 1
            out.setdefault(found[1], []).append(Location(self.name, line, column))
        return out

    def _span(self, path: Path, *, on_key: bool) -> tuple[int, int, int, str]:
        """Line, column, length and line text of what a path names."""
        if self._index is None:
            self._index = PositionIndex(self.text)
        index = self._index
        entry = index.find(path)
        if entry is None:
            return (1, 1, 1, index.line_text(1)) if self.text else (0, 0, 1, "")
        start, end = (entry.key_start, entry.key_end) if on_key else (entry.start, entry.end)
        line, column = index.line_column(start)
        shown = index.line_text(line)
        return line, column, max(1, min(end - start, len(shown) - column + 1)), shown

    def _placed(self, pending: _Pending) -> Problem:
        line, column, length, shown = self._span(pending.path, on_key=pending.on_key)
        return Problem(
            location=Location(self.name, line, column),
            severity=pending.severity,
            text=shown,
            length=length,
            message=pending.message,
            expected=pending.expected,
            suggestion=pending.suggestion,
        )


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that *word* was most likely meant to be, if any comes near."""
    names = list(known)
    folded = {n.casefold().replace("_", "-"): n for n in reversed(names)}
    cutoff = 0.5 if len(word) < 4 else 0.6  # one letter of two is half the word
    found = difflib.get_close_matches(word.casefold().replace("_", "-"), list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else None
