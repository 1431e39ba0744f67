"""The ``set`` form (``show`` after ``set cli config-output-format set``), and the form in braces, both as words.

A line may hold several settings of one entry; which word is a key, and where a value ends, follows from the schema.  Words
that the schema does not know are nested one in the other, and reported where the tree is checked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.schema import (
    DEFAULT_RULE,
    FIRST,
    LEAF,
    LOCAL,
    NAT_RULE,
    ROOT,
    SECURITY_RULE,
    SKIP,
    VSYS,
    Block,
    Spec,
    Table,
)
from segmentation.vendors.panos.tree import DEPTH_LIMIT, Budget, Node, Report, TooLarge
from segmentation.vendors.reading import SourceText

#: Quoted, one of the signs, or a plain word; a comment runs to the end of the line.
_WORD = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|\'[^\']*\'|[\[\]{};]|[^\s\[\]{};"\']+|["\']')
_PLAIN = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|[\[\]]|[^\s\[\]"]+|"')
_TOP = frozenset({"shared", "mgt-config", "panorama", "policy", "readonly", "predefined"})
_VSYS_KEYS = frozenset(VSYS.keys)
WORDS_LIMIT = 100_000
#: Lines that one text in quotation marks may have.
JOINED_LIMIT = 500


class _Unreadable(Exception):  # noqa: N818 - carries a reason to the line it stands in
    def __init__(self, reason: object) -> None:
        super().__init__()
        self.reason = reason


def read_set(source: SourceText, root: Node, budget: Budget, report: Report) -> None:
    """Apply the lines of *source* to *root*, in their order."""
    for number, stripped in _statements(source.lines()):
        head, _, rest = stripped.partition(" ")
        try:
            if head == "set":
                _set(root, _words(rest), source.name, number, budget)
            elif head == "delete":
                _delete(root, _words(rest))
            elif head == "move":
                _move(root, _words(rest))
            else:
                report(number, stripped, reasons.NOT_A_STATEMENT)
        except _Unreadable as problem:
            report(number, stripped, problem.reason)  # type: ignore[arg-type]
        except TooLarge:
            report(number, stripped, reasons.TOO_LARGE)
            return


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a text in quotation marks (a banner, a description) may go on over several lines."""
    number = 0
    while number < len(lines):
        number += 1
        stripped = lines[number - 1].strip()
        if not stripped or stripped[0] in "#!":
            continue
        if _quotes(stripped) % 2:
            further = lines[number : number + JOINED_LIMIT]
            end = next((i for i, line in enumerate(further, 1) if _quotes(line) % 2), 0)
            opens = any(line.startswith(("set ", "delete ", "move ")) for line in further[:end])
            if end and not opens:
                yield number, "\n".join((stripped, *further[:end]))
                number += end
                continue
        yield number, stripped


def _quotes(line: str) -> int:
    return line.count('"') - line.count('\\"')


def _words(text: str) -> list[str]:
    """The words of a line, quotation marks removed; a list ``[ a b ]`` keeps its brackets as words of their own."""
    if '"' not in text and "[" not in text and "]" not in text:  # nearly every line
        plain = text.split()
        if len(plain) > WORDS_LIMIT:
            raise _Unreadable(reasons.TOO_LARGE)
        return plain
    out: list[str] = []
    for match in _PLAIN.finditer(text):
        word = match.group()
        if word.isspace():
            continue
        if word == '"':
            raise _Unreadable(reasons.OPEN_QUOTE)
        if word[0] == '"':
            out.append("\0" + re.sub(r"\\(.)", r"\1", word[1:-1]))  # never a bracket or a key
        else:
            out.append(word)
        if len(out) > WORDS_LIMIT:
            raise _Unreadable(reasons.TOO_LARGE)
    return out


def _start(words: list[str]) -> tuple[list[str], int]:
    """The path before the words, and how many of them belong to it."""
    first = words[0] if words else ""
    if first == "config":
        return [], 1
    if first == "devices" or first in _TOP:
        return [], 0
    if first in _VSYS_KEYS:
        return ["devices", LOCAL, "vsys", FIRST], 0  # a firewall with one virtual system
    return ["devices", LOCAL], 0


def _set(root: Node, words: list[str], file: str, line: int, budget: Budget) -> None:
    path, skipped = _start(words)
    node, spec = root, ROOT
    trail: list[tuple[Node, Spec | None]] = [(node, spec)]
    for name in path:
        node, inner = node.child(name, file, line, budget), _below(trail[-1][1], name)
        trail.append((node, inner))
    rest: Iterator[str] = iter(words[skipped:])
    while (word := next(rest, None)) is not None:
        if word in ("[", "]"):
            raise _Unreadable(reasons.BRACKET)
        if len(trail) > DEPTH_LIMIT:
            raise _Unreadable(reasons.TOO_DEEP)
        node, where = trail[-1]
        while isinstance(where, Block) and word not in where.keys and any(_has(s, word) for _, s in trail[len(path) + 1 : -1]):
            trail.pop()
            node, where = trail[-1]
        made = node.child(word.removeprefix("\0"), file, line, budget)
        inner = _below(where, word)
        if isinstance(inner, Table):
            trail.append((made, inner))
            _members(trail, rest, file, line, budget)
        elif isinstance(inner, Block):
            trail.append((made, inner))
        elif inner == SKIP and where in (SECURITY_RULE, NAT_RULE, DEFAULT_RULE):
            rest = _after(where, rest)
        elif inner == LEAF or inner is None:
            _values(made, rest, file, line, budget, single=inner == LEAF)
        else:
            trail.append((made, inner))


def _after(where: Spec | None, rest: Iterator[str]) -> Iterator[str]:
    """What follows a part of a rule that is not read: from the next setting of the rule on."""
    return itertools.dropwhile(lambda word: not _has(where, word), rest)


def _members(trail: list[tuple[Node, Spec | None]], rest: Iterator[str], file: str, line: int, budget: Budget) -> None:
    """The entry that follows the name of a table, or a list of entries in brackets."""
    table, spec = trail[-1]
    assert isinstance(spec, Table)
    word = next(rest, None)
    if word is None:
        return
    if word == "[":
        _list(table, rest, file, line, budget)
        trail.pop()
        return
    if word == "]":
        raise _Unreadable(reasons.BRACKET)
    trail.append((table.child(word.removeprefix("\0"), file, line, budget), spec.inner))


def _has(spec: Spec | None, word: str) -> bool:
    return isinstance(spec, Block) and word in spec.keys


def _below(spec: Spec | None, word: str) -> Spec | None:
    if isinstance(spec, Block):
        return spec.keys.get(word)
    return spec.inner if isinstance(spec, Table) else None


def _values(node: Node, rest: Iterator[str], file: str, line: int, budget: Budget, *, single: bool) -> None:
    """The value or the list behind a key; behind one that the schema does not know, all words, one in the other."""
    word = next(rest, None)
    if word is None:
        return
    if word == "[":
        _list(node, rest, file, line, budget)
        return
    if word == "]":
        raise _Unreadable(reasons.BRACKET)
    made = node.child(word.removeprefix("\0"), file, line, budget)
    if single:
        return
    for depth, inner in enumerate(rest):
        if inner == "[":
            _list(made, rest, file, line, budget)
            return
        if depth >= DEPTH_LIMIT:
            raise _Unreadable(reasons.TOO_DEEP)
        made = made.child(inner.removeprefix("\0"), file, line, budget)


def _list(node: Node, rest: Iterator[str], file: str, line: int, budget: Budget) -> None:
    for word in rest:
        if word == "]":
            return
        if word == "[":
            break
        node.child(word.removeprefix("\0"), file, line, budget)
    raise _Unreadable(reasons.BRACKET)


def _find(root: Node, words: list[str]) -> tuple[Node, str] | None:
    """The parent of the node that the words name, and its key."""
    path, skipped = _start(words)
    names = [*path, *(w.removeprefix("\0") for w in words[skipped:] if w not in ("[", "]"))]
    parent = root.at(*names[:-1]) if names else None
    return (parent, names[-1]) if parent is not None and names[-1] in parent.children else None


def _delete(root: Node, words: list[str]) -> None:
    found = _find(root, words)
    if found is None:
        raise _Unreadable(reasons.NOT_THERE.format(name=" ".join(w.removeprefix("\0") for w in words)[:80]))
    parent, key = found
    del parent.children[key]
    if parent.last == key:
        parent.last = next(reversed(parent.children), "")


def _move(root: Node, words: list[str]) -> None:
    """``move … rules NAME top | bottom | before OTHER | after OTHER`` (CLI Quick Start, "move")."""
    size = 2 if len(words) > 2 and words[-2] in ("before", "after") else 1
    where, other = words[-size] if words else "", words[-1].removeprefix("\0") if size == 2 else ""
    if where not in ("top", "bottom", "before", "after") or (size == 1 and where in ("before", "after")):
        raise _Unreadable(reasons.MOVE_WORDS)
    found = _find(root, words[:-size])
    if found is None:
        raise _Unreadable(reasons.NOT_THERE.format(name=" ".join(w.removeprefix("\0") for w in words[:-size])[:80]))
    parent, key = found
    if size == 2 and (other not in parent.children or other == key):
        raise _Unreadable(reasons.NOT_THERE.format(name=other[:80]))
    node = parent.children.pop(key)
    items = list(parent.children.items())
    names = [name for name, _ in items]
    place = {"top": 0, "bottom": len(items)}.get(where)
    if place is None:
        place = names.index(other) + (where == "after")
    items.insert(place, (key, node))
    parent.children.clear()
    parent.children.update(items)


def read_braces(source: SourceText, root: Node, budget: Budget, report: Report) -> None:
    """The form in braces (``show`` with the default output format)."""
    open_nodes = [_Open(root)]
    for number, line in enumerate(source.lines(), 1):
        try:
            for match in _WORD.finditer(_uncommented(line)):
                word = match.group()
                if not word.isspace():
                    _brace_word(open_nodes, word, source.name, number, budget, report)
        except TooLarge:
            report(number, line, reasons.TOO_LARGE)
            return
    if len(open_nodes) > 1:
        report(len(source.lines()), "", reasons.BRACE)
    for key in ("config",):
        inner = root.children.pop(key, None)
        if inner is not None:
            root.children.update(inner.children)


class _Open:
    """An open block: its node, and where the next word of the current statement goes."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.at = node
        self.listing = False


def _uncommented(line: str) -> str:
    return "" if line.lstrip().startswith("#") else line


def _brace_word(opened: list[_Open], word: str, file: str, line: int, budget: Budget, report: Report) -> None:
    top = opened[-1]
    if word == "{":
        if len(opened) > DEPTH_LIMIT:
            report(line, word, reasons.TOO_DEEP)
        opened.append(_Open(top.at))
        top.at = top.node
    elif word == "}":
        if len(opened) == 1:
            report(line, word, reasons.BRACE)
        else:
            opened.pop()
    elif word == ";":
        top.at, top.listing = top.node, False
    elif word in "[]":
        top.listing = word == "["
    elif word in "\"'":
        report(line, word, reasons.OPEN_QUOTE)
    else:
        plain = word[1:-1] if word[0] in "\"'" else word
        made = top.at.child(plain, file, line, budget)
        if not top.listing:
            top.at = made
