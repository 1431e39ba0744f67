"""Configuration text as statements: every line of ``display set``, every ``;`` of the brace form, with its place.

Junos OS CLI User Guide, "Understanding the Junos OS CLI Configuration Mode": both forms carry the same hierarchy, so the
brace form is turned into the words that the ``set`` form of each leaf would have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from segmentation.device.lexical import Problems
from segmentation.model.location import Location
from segmentation.vendors.junos import reasons
from segmentation.vendors.reading import SourceText, shown

#: Characters of one line, statements of one device, and depth of braces; devices themselves stop far earlier.
LINE_LIMIT, STATEMENT_LIMIT, DEPTH_LIMIT = 65_536, 1_000_000, 64
#: Words of one statement, and commands of one file that change what was said before.
WORD_LIMIT, DELETE_LIMIT = 256, 1_000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s{};"]+>|/\*|#|[{};\[\]]|[^\s{};\[\]"#]+|"')
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s"]+>(?=\s|$)|[\[\]]|[^\s\[\]"]+|"')
_COMMANDS = frozenset({
    "set", "deactivate", "activate", "delete", "protect", "unprotect", "annotate", "insert", "rename", "copy", "edit", "top",
})  # fmt: skip
#: Marks before a statement of the brace form; ``replace:`` is of ``load replace``, and what it marks is the new content.
_MARKS = ("inactive:", "replace:", "protect:", "active:", "delete:")


@dataclass(frozen=True, slots=True)
class Statement:
    """The words of one leaf from the top of the hierarchy, and where its own line is."""

    words: tuple[str, ...]
    location: Location
    text: str  # the line as it may be shown
    inherited: bool = False  # from a group: what the place itself says goes before it

    def below(self, depth: int) -> tuple[str, ...]:
        """The words after the first *depth*."""
        return self.words[depth:]


@dataclass(slots=True)
class Draft:
    """Statements in the order of reading, and the paths that were switched off."""

    problems: Problems
    statements: list[Statement] = field(default_factory=list)
    inactive: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, words: Sequence[str], location: Location, raw: str) -> bool:
        """Keep a statement; lists in brackets become one statement each.  ``False`` when there are too many."""
        for expanded in _members(tuple(words)):
            if len(self.statements) >= STATEMENT_LIMIT:
                return False
            if len(expanded) > WORD_LIMIT:
                self.problems.add(location, shown(raw), reasons.TOO_LONG)
                continue
            self.statements.append(Statement(expanded, location, shown(raw)))
        return True


def read(texts: Sequence[SourceText], problems: Problems) -> list[Statement]:
    """The active statements of *texts* in order."""
    draft = Draft(problems)
    for text in texts:
        lines = text.lines()
        first = next((line.strip() for line in lines if line.strip() and not line.lstrip().startswith(("#", "/*"))), "")
        complete = _set_form(text.name, lines, draft) if first.split(" ")[0] in _COMMANDS else _braces(text.name, lines, draft)
        if not complete:
            problems.add(Location(text.name, len(lines)), "", reasons.TOO_MANY)
    if not draft.inactive:
        return draft.statements
    return [s for s in draft.statements if not _switched_off(s.words, draft.inactive)]


def unquoted(word: str) -> str:
    """A word without its quotation marks."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def _switched_off(words: tuple[str, ...], paths: set[tuple[str, ...]]) -> bool:
    return any(words[:n] in paths for n in range(1, len(words) + 1))


def _set_form(file: str, lines: list[str], draft: Draft) -> bool:
    edits = Edits(draft)
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line or line.startswith(("#", "/*", "*")):
            continue
        location = Location(file, number, len(raw) - len(raw.lstrip()) + 1)
        if len(line) > LINE_LIMIT:
            draft.problems.add(location, shown(line), reasons.TOO_LONG)
            continue
        words = tuple(unquoted(w) for w in _WORD.findall(line))
        if words and not edits.command(words, location, line):
            return False
    return True


@dataclass(slots=True)
class Edits:
    """Commands of the set form, applied in their order (Junos OS CLI User Guide, "Modifying the Configuration")."""

    draft: Draft
    place: tuple[str, ...] = ()  # of "edit"
    changes: int = 0

    def command(self, words: tuple[str, ...], location: Location, line: str) -> bool:
        """Apply one command; ``False`` when there are too many statements."""
        name, rest = words[0], words[1:]
        if name in ("edit", "top", "up", "exit"):
            return self._move(name, rest, location, line)
        draft, path = self.draft, self.place + rest
        if name == "set" and path:
            return draft.add(path, location, line)
        if name == "deactivate" and path:
            draft.inactive.add(path)
        elif name == "activate" and path:
            draft.inactive.discard(path)
        elif name in ("delete", "insert", "rename", "copy") and rest:
            self.changes += 1
            if self.changes > DELETE_LIMIT or not self._change(name, path):
                draft.problems.add(location, shown(line), reasons.STATEMENT)
        elif name not in ("protect", "unprotect", "annotate"):
            draft.problems.add(location, shown(line), reasons.STATEMENT)
        return True

    def _move(self, name: str, rest: tuple[str, ...], location: Location, line: str) -> bool:
        """``edit PATH``, ``up [N]``, ``exit``, ``top [COMMAND]``."""
        if name == "edit":
            self.place += rest
        elif name == "top":
            kept, self.place = self.place, ()
            if rest and rest[0] != "edit":
                done = self.command(rest, location, line)
                self.place = kept
                return done
            self.place = rest[1:]
        elif name == "exit":
            self.place = ()
        else:
            count = int(rest[0]) if rest and rest[0].isascii() and rest[0].isdecimal() and len(rest[0]) < 3 else 1
            self.place = self.place[: max(0, len(self.place) - count)]
        return True

    def _change(self, name: str, path: tuple[str, ...]) -> bool:
        draft = self.draft
        if name == "delete":
            draft.statements = [s for s in draft.statements if s.words[: len(path)] != path]
            draft.inactive = {p for p in draft.inactive if p[: len(path)] != path}
            return True
        for word in ("before", "after") if name == "insert" else ("to",):
            if word in path[1:-1]:
                at = len(path) - 1 - path[::-1].index(word)
                moved, target = path[:at], path[at + 1 :]
                if name == "insert":
                    return self._insert(moved, moved[: len(moved) - len(target)] + target, after=word == "after")
                return self._rename(moved, moved[: len(moved) - len(target)] + target, copy=name == "copy")
        return False

    def _insert(self, moved: tuple[str, ...], target: tuple[str, ...], *, after: bool) -> bool:
        """Move what is below one path before or behind what is below another."""
        draft = self.draft
        taken = [s for s in draft.statements if s.words[: len(moved)] == moved]
        rest = [s for s in draft.statements if s.words[: len(moved)] != moved]
        places = [i for i, s in enumerate(rest) if s.words[: len(target)] == target]
        if not taken or not places:
            return False
        at = places[-1] + 1 if after else places[0]
        draft.statements = rest[:at] + taken + rest[at:]
        return True

    def _rename(self, old: tuple[str, ...], new: tuple[str, ...], *, copy: bool) -> bool:
        """Give what is below a path another name; references to it stay as they are."""
        draft = self.draft
        size = len(old)
        found = [s for s in draft.statements if s.words[:size] == old]
        if not found or len(draft.statements) + len(found) > STATEMENT_LIMIT:
            return False
        if copy:
            draft.statements += [replace(s, words=new + s.words[size:]) for s in found]
        else:
            draft.statements = [
                replace(s, words=new + s.words[size:]) if s.words[:size] == old else s for s in draft.statements
            ]  # fmt: skip
            draft.inactive = {new + p[size:] if p[:size] == old else p for p in draft.inactive}
        return True


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    location: Location
    raw: str


def _tokens(file: str, lines: list[str], draft: Draft) -> Iterator[_Token]:
    """Words, braces, brackets and semicolons; comments are left out (``##``, ``#`` to the end, ``/* … */``)."""
    in_comment = False
    for number, raw in enumerate(lines, 1):
        if len(raw) > LINE_LIMIT:
            draft.problems.add(Location(file, number, 1), shown(raw), reasons.TOO_LONG)
            continue
        at = 0
        while at < len(raw):
            if in_comment:
                end = raw.find("*/", at)
                if end < 0:
                    break
                in_comment, at = False, end + 2
                continue
            found = _TOKEN.search(raw, at)
            if found is None or found.group() == "#":
                break
            at = found.end()
            if found.group().startswith("/*"):
                in_comment, at = True, found.start() + 2
                continue
            yield _Token(found.group(), Location(file, number, found.start() + 1), raw)


def _braces(file: str, lines: list[str], draft: Draft) -> bool:
    """Read the brace form: the words before ``{`` go before every statement in it."""
    nesting = _Nesting(draft)
    for token in _tokens(file, lines, draft):
        if not nesting.take(token):
            return False
    if nesting.path or nesting.words:
        draft.problems.add(Location(file, max(1, len(lines))), "", reasons.UNBALANCED)
    return True


@dataclass(slots=True)
class _Nesting:
    """Where the reader of the brace form stands."""

    draft: Draft
    path: list[tuple[str, ...]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    start: _Token | None = None
    skipped: int = 0  # braces opened beyond the deepest level that is read

    def take(self, token: _Token) -> bool:
        """The next token; ``False`` when there are too many statements."""
        if token.text not in ("{", "}", ";"):
            if not self.words:
                self.start = token
            self.words.append(unquoted(token.text))
            return True
        words, self.words = self.words, []
        if token.text == "{":
            self._open(words, token)
        elif token.text == "}":
            self._close(words, token)
        elif words and self.start is not None and not self.skipped:
            full = (*(w for level in self.path for w in level), *_marked(self.path, words, self.draft))
            return not full or self.draft.add(full, self.start.location, self.start.raw)
        return True

    def _open(self, words: list[str], token: _Token) -> None:
        if self.skipped or len(self.path) >= DEPTH_LIMIT:
            if not self.skipped:
                self.draft.problems.add(token.location, shown(token.raw), reasons.UNBALANCED)
            self.skipped += 1
        else:
            self.path.append(_marked(self.path, words, self.draft))

    def _close(self, words: list[str], token: _Token) -> None:
        if words and self.start is not None:
            self.draft.problems.add(self.start.location, shown(self.start.raw), reasons.STRAY.format(word=words[0]))
        if self.skipped:
            self.skipped -= 1
        elif self.path:
            self.path.pop()
        else:
            self.draft.problems.add(token.location, shown(token.raw), reasons.UNBALANCED)


def _marked(path: list[tuple[str, ...]], words: list[str], draft: Draft) -> tuple[str, ...]:
    """*words* without the marks before them; what is marked inactive or deleted is switched off."""
    at = 0
    off = False
    while at < len(words) and words[at] in _MARKS:
        off = off or words[at] in ("inactive:", "delete:")
        at += 1
    plain = tuple(words[at:])
    if off:
        # A list in brackets is switched off as a whole: its statements have the words before the bracket.
        cut = plain.index("[") if "[" in plain else len(plain)
        draft.inactive.add((*(w for level in path for w in level), *plain[:cut]))
    return plain


def _members(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """One statement for each member of a list in brackets; a statement has at most one."""
    if "[" not in words or "]" not in words[words.index("[") :]:
        yield words
        return
    at = words.index("[")
    end = words.index("]", at)
    for member in words[at + 1 : end] or ("[]",):
        yield (*words[:at], member, *words[end + 1 :])
