"""Statements into the tree of ``config`` blocks and ``edit`` entries, with every change of the file applied.

FortiOS Administration Guide, "Using the CLI", "Subcommands": ``edit`` opens or makes an entry, ``next`` closes it, ``end``
closes the block (and an entry still open), ``set`` replaces, ``append`` adds, ``unset`` gives back the default, ``select``
keeps only the named values, ``unselect`` removes them; on tables ``move``, ``delete``, ``rename``, ``clone``, ``purge``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.model.text import Text
from segmentation.vendors.fortios import reasons
from segmentation.vendors.fortios.statements import Statement
from segmentation.vendors.fortios.vocabulary import Standing, standing

#: Blocks and entries open at once; real configurations need seven.
DEPTH_LIMIT = 40
#: Longest name of an object (CLI Reference, "size[79]").
NAME_LIMIT = 79
#: Blocks that hold whole configurations: their inner blocks are named from the start again.
_CONTAINERS = frozenset({"vdom", "global"})
_VALUE_COMMANDS = frozenset({"set", "append", "select", "unselect", "unset", "clear"})
_TABLE_COMMANDS = frozenset({"move", "delete", "rename", "clone", "purge"})


@dataclass(slots=True)
class Setting:
    """The values of one option."""

    values: tuple[str, ...]
    line: int
    text: str


@dataclass(slots=True)
class Entry:
    """One entry of a table, or the options of a block that is no table."""

    name: str
    line: int
    settings: dict[str, Setting] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()  # options that have no meaning here, filled when they are checked

    def values(self, option: str) -> tuple[str, ...]:
        """The values of an option, none if it is not set."""
        setting = self.settings.get(option)
        return setting.values if setting else ()

    def value(self, option: str, default: str = "") -> str:
        """The first value of an option."""
        values = self.values(option)
        return values[0] if values else default

    def on(self, option: str) -> bool:
        """Whether an option is enabled."""
        return self.value(option) == "enable"

    def table(self, path: str) -> Iterable[Entry]:
        """The entries of an inner table, in the order they are evaluated."""
        block = self.blocks.get(path)
        return block.entries.values() if block else ()

    def block(self, path: str) -> Entry | None:
        """The options of an inner block."""
        block = self.blocks.get(path)
        return block.own if block else None


@dataclass(slots=True)
class Block:
    """One ``config`` block: a table of entries, or options of its own."""

    path: str  # full name: "firewall policy", "system interface/ipv6"
    line: int
    own: Entry
    entries: dict[str, Entry] = field(default_factory=dict)
    standing: Standing = Standing.READ
    lines: int = 0  # statements inside, for blocks that are not read


Report = Callable[[Statement, Text], None]


@dataclass(slots=True)
class Tree:
    """Builds the tree of one file.  *report* takes what has no meaning."""

    report: Report
    root: Entry = field(default_factory=lambda: Entry("", 1))
    open: list[Block | Entry] = field(default_factory=list)
    unread: list[tuple[Block, Statement]] = field(default_factory=list)
    too_deep: int = 0
    #: Values in blocks that are not read: what is named there is used.
    elsewhere: set[str] = field(default_factory=set)

    def read(self, statements: Iterator[Statement]) -> Entry:
        """Apply all statements; returns the root."""
        for statement in statements:
            if statement.broken:
                self.report(statement, reasons.OPEN_QUOTE)
            if statement.words:
                self._statement(statement)
        if self.open:
            last = Statement((), self.open[-1].line, 1, "config")
            self.report(last, reasons.NOT_CLOSED)
        return self.root

    def _statement(self, statement: Statement) -> None:
        command, words = statement.words[0], statement.words[1:]
        if self.too_deep:
            self.too_deep += {"config": 1, "end": -1}.get(command, 0)
            return
        skipped = False
        for frame in self.open:
            if isinstance(frame, Block) and frame.standing is not Standing.READ:
                frame.lines += statement.lines
                skipped = True
        if command == "config" and words:
            self._config(statement, " ".join(words))
        elif command == "edit" and words:
            self._edit(statement, words[0])
        elif command == "next":
            if self.open and isinstance(self.open[-1], Entry):
                self.open.pop()
            else:
                self.report(statement, reasons.STRAY_NEXT)
        elif command in ("end", "abort"):
            self._end(statement)
        elif command in _VALUE_COMMANDS and words:
            self._value(statement, command, words[0], words[1:], skipped=skipped)
        elif command in _TABLE_COMMANDS:
            self._table(statement, command, words)
        elif not skipped:
            self.report(statement, reasons.NOT_A_STATEMENT)

    def _skipped(self) -> bool:
        return any(isinstance(f, Block) and f.standing is not Standing.READ for f in self.open)

    def _here(self) -> Entry:
        """The entry whose options are being written."""
        if not self.open:
            return self.root
        top = self.open[-1]
        return top if isinstance(top, Entry) else top.own

    def _config(self, statement: Statement, name: str) -> None:
        if len(self.open) >= DEPTH_LIMIT:
            self.report(statement, reasons.TOO_DEEP)
            self.too_deep = 1
            return
        outer = next((f for f in reversed(self.open) if isinstance(f, Block)), None)
        path = name if outer is None or outer.path in _CONTAINERS else f"{outer.path}/{name}"
        if self._skipped():
            self.open.append(Block(path, statement.line, Entry("", statement.line), standing=Standing.IRRELEVANT))
            return
        here = self._here()
        block = here.blocks.get(name)
        if block is None:
            block = Block(path, statement.line, Entry("", statement.line), standing=standing(path))
            if block.standing is Standing.READ:
                here.blocks[name] = block
            else:
                self.unread.append((block, statement))
        self.open.append(block)

    def _edit(self, statement: Statement, name: str) -> None:
        if self.open and isinstance(self.open[-1], Entry):
            # A new edit closes one that is open (seen in configurations written by hand).
            self.open.pop()
        if not self.open or not isinstance(self.open[-1], Block):
            self.report(statement, reasons.STRAY_EDIT)
            return
        block = self.open[-1]
        if block.standing is not Standing.READ:
            self.open.append(Entry(name, statement.line))
            return
        key = name
        if name == "0" and block.path.startswith("firewall") and block.path.endswith(("policy", "policy6")):
            # edit 0 makes an entry with the next free number.
            number = 1
            while key in block.entries:
                number += 1
                key = f"0#{number}"
        entry = block.entries.get(key)
        if entry is None:
            entry = block.entries[key] = Entry(name, statement.line)
        self.open.append(entry)

    def _end(self, statement: Statement) -> None:
        if self.open and isinstance(self.open[-1], Entry):
            self.open.pop()
        if self.open:
            self.open.pop()
        else:
            self.report(statement, reasons.STRAY_END)

    def _value(self, statement: Statement, command: str, option: str, values: tuple[str, ...], *, skipped: bool) -> None:
        if skipped:
            self.elsewhere.update(v for v in values if len(v) <= NAME_LIMIT)
            return
        if not self.open:
            self.report(statement, reasons.STRAY_SET)
            return
        settings = self._here().settings
        if command in ("unset", "clear"):
            settings.pop(option, None)
            return
        if command in ("append", "unselect"):
            before = settings[option].values if option in settings else ()
            values = (*before, *values) if command == "append" else tuple(v for v in before if v not in values)
        settings[option] = Setting(values, statement.line, statement.text)

    def _table(self, statement: Statement, command: str, words: tuple[str, ...]) -> None:
        if self._skipped():
            return
        block = self.open[-1] if self.open else None
        if not isinstance(block, Block):
            self.report(statement, reasons.STRAY_EDIT)
            return
        entries = block.entries
        if command == "purge":
            entries.clear()
        elif command == "delete" and words and words[0] in entries:
            del entries[words[0]]
        elif (
            command == "move" and len(words) == 3 and words[1] in ("before", "after") and {words[0], words[2]} <= entries.keys()
        ):
            block.entries = _moved(entries, words[0], words[2], after=words[1] == "after")
        elif command == "rename" and len(words) == 3 and words[1] == "to" and words[0] in entries:
            block.entries = {words[2] if k == words[0] else k: e for k, e in entries.items()}
            block.entries[words[2]].name = words[2]
        elif command == "clone" and len(words) == 3 and words[1] == "to" and words[0] in entries:
            old = entries[words[0]]
            entries[words[2]] = Entry(words[2], statement.line, dict(old.settings), dict(old.blocks))
        else:
            self.report(statement, reasons.TABLE_COMMAND)


def _moved(entries: dict[str, Entry], name: str, anchor: str, *, after: bool) -> dict[str, Entry]:
    if name == anchor:
        return entries
    out: dict[str, Entry] = {}
    for key, entry in entries.items():
        if key == name:
            continue
        if key == anchor and not after:
            out[name] = entries[name]
        out[key] = entry
        if key == anchor and after:
            out[name] = entries[name]
    return out
