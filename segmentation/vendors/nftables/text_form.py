"""nft's text form: what ``nft list ruleset`` prints and what administrators write by hand."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.blocks import BlockParser
from segmentation.vendors.nftables.ruleset import Ruleset
from segmentation.vendors.nftables.syntax import TABLE_FAMILIES, Element, Expression, RuleSyntax, Verdict
from segmentation.vendors.nftables.tokens import END, STRING, WORD, SyntaxProblem, tokenize
from segmentation.vendors.reading import SourceText, shown

if TYPE_CHECKING:
    from segmentation.model.location import Location
    from segmentation.vendors.nftables.syntax import ChainSyntax, TableSyntax

_INCLUDE_DEPTH = 16  # nftables, include/parser.h: MAX_INCLUDE_DEPTH
_ACTIONS = frozenset({"add", "create", "insert", "replace", "delete", "destroy", "flush", "rename", "reset"})
_SUBJECTS = frozenset({
    "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "limit", "secmark", "synproxy", "ct",
    "meter", "ruleset",
})  # fmt: skip


def read_text(texts: Sequence[SourceText], ruleset: Ruleset) -> None:
    """Read *texts* in order into *ruleset*; one that another includes is read there, not by itself."""
    by_name = {t.name: t for t in texts}
    included = {
        found.name for t in texts for pattern in _include_patterns(t.text) for found in _matching(pattern, by_name, t.name)
    }
    roots = [t for t in texts if t.name not in included] or list(texts[:1])
    variables: dict[str, Expression | None] = {}
    for text in roots:
        TextParser(text, variables, ruleset, by_name, ()).read(None, None)


def _include_patterns(text: str) -> list[str]:
    if "include" not in text:
        return []
    tokens = tokenize(text)
    return [b.text[1:-1] for a, b in pairwise(tokens) if a.text == "include" and b.kind == STRING]


def _matching(pattern: str, texts: Mapping[str, SourceText], includer: str) -> list[SourceText]:
    """The given files an include names: by file name, and by as many folders as the given names carry in common."""
    name = PurePosixPath(pattern).name
    found = [t for n, t in texts.items() if n != includer and fnmatch.fnmatchcase(PurePosixPath(n).name, name)]
    if any(c in name for c in "*?["):
        return sorted(found, key=lambda t: t.name)  # nft reads matches in order (glob(3) sorts)

    def common(text: SourceText) -> int:
        pairs = zip(reversed(PurePosixPath(text.name).parts), reversed(PurePosixPath(pattern).parts), strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), 99)

    return sorted(found, key=lambda t: (-common(t), t.name))[:1]


def anonymous_chain(text: str, table: TableSyntax, ruleset: Ruleset, where: Location) -> Verdict | None:
    """Read ``jump { … }`` as nft prints it inside its JSON form, and give *table* the chain, all of it at *where*."""
    before = set(table.chains)
    parser = TextParser(SourceText(where.file, text, ""), {}, ruleset, {}, ())
    parser.inside = table
    try:
        found = parser.verdict()
    except SyntaxProblem:
        return None
    for chain in (c for n, c in table.chains.items() if n not in before):
        chain.location = where
        chain.rules[:] = [replace(r, location=where) for r in chain.rules]
    return found if found.target else None


class TextParser(BlockParser):
    """Reads one file."""

    def __init__(
        self,
        source: SourceText,
        variables: dict[str, Expression | None],
        ruleset: Ruleset,
        files: Mapping[str, SourceText],
        stack: tuple[str, ...],
    ) -> None:
        super().__init__(source.name, source.text, variables, ruleset)
        self._files = files
        self._stack = (*stack, source.name)

    def read(self, table: TableSyntax | None, chain: ChainSyntax | None) -> None:
        """Read the whole file, as the contents of a table or chain where an include stands inside one."""
        self.inside = table
        while True:
            self._skip_separators()
            if self.token.kind == END:
                return
            start = self.at
            try:
                if chain is not None and table is not None:
                    self.chain_item(table, chain)
                elif table is not None:
                    self.table_item(table)
                else:
                    self._command()
            except SyntaxProblem as problem:
                self._recover(problem, start)

    def include(self, table: TableSyntax | None, chain: ChainSyntax | None) -> None:
        """Read the files an ``include`` names, with the variables in scope here."""
        token = self.expect("include")
        start = self.at - 1
        pattern = self.name_token(reasons.A_FILE)
        where = self.location(token)
        found = _matching(pattern, self._files, self.name)
        if not found:
            self.ruleset.note(where, self.between(start, self.at), reasons.ABSENT_INCLUDE)
        for source in found:
            if source.name in self._stack or len(self._stack) > _INCLUDE_DEPTH:
                self.ruleset.note(where, self.between(start, self.at), reasons.CIRCULAR_INCLUDE)
                continue
            TextParser(source, self.variables, self.ruleset, self._files, self._stack).read(table, chain)

    # -- commands

    def _command(self) -> None:
        """One command at the top of a file."""
        while self.token.text.endswith("nft") and self.token.kind == WORD:  # a line of a shell script
            self.advance()
        word = self.token.text
        if word in ("define", "redefine", "undefine"):
            self.definition()
            return
        if word == "include":
            self.include(None, None)
            return
        action = "add"
        if word in _ACTIONS:
            action = self.advance().text
        subject = self.token.text
        if subject == "ruleset" and action == "flush":
            self.advance()
            self.ruleset.flush(self.advance().text if self.token.text in TABLE_FAMILIES else "")
            return
        if subject not in _SUBJECTS:
            if action == "add" and word not in _ACTIONS:
                raise SyntaxProblem(reasons.NOT_A_COMMAND.format(text=word), self.token)
            subject = "rule"  # "add inet fw input accept"
        else:
            self.advance()
        if subject == "ct":
            self.advance()
        self._apply(action, subject)

    def _table(self) -> TableSyntax:
        """``[family] name``: the family is ip where none is written."""
        token = self.token
        family = self.advance().text if self.token.text in TABLE_FAMILIES and self.ahead().kind in (WORD, STRING) else "ip"
        return self.ruleset.table(family, self.name_token(reasons.A_TABLE), self.location(token))

    def _apply(self, action: str, subject: str) -> None:
        if action in ("rename", "reset", "replace") and not (action == "replace" and subject == "rule"):
            raise SyntaxProblem(reasons.NOT_FOLLOWED.format(text=f"{action} {subject}"), self.token)
        start = self.at
        if action in ("delete", "destroy") and self.token.text in (*TABLE_FAMILIES, "handle") and "handle" in (
            self.token.text, self.ahead().text,
        ):  # fmt: skip
            raise SyntaxProblem(reasons.BY_HANDLE.format(text=f"{action} {subject} handle"), self.token)
        table = self._table()
        if subject == "table":
            self._table_command(action, table, start)
        elif subject == "chain":
            self._chain_command(action, table)
        elif subject == "rule":
            self._rule_command(action, table)
        elif subject in ("set", "map", "element", "meter"):
            self._set_command(action, subject, table)
        elif self.token.kind != END:
            self.skip_statement()  # counters, limits, helpers, flowtables: nothing a filter needs

    def _table_command(self, action: str, table: TableSyntax, start: int) -> None:
        del start
        self.skip_newlines_before("{")
        if action in ("delete", "destroy"):
            self.ruleset.delete_table(table.family, table.name)
        elif action == "flush":
            self.ruleset.flush_table(table)
        elif self.token.text == "{":
            self.block(lambda: self.table_item(table))

    def skip_newlines_before(self, text: str) -> None:
        """Step over line ends if *text* follows them."""
        at = self.at
        self.skip_newlines()
        if self.token.text != text:
            self.at = at

    def _chain_command(self, action: str, table: TableSyntax) -> None:
        token = self.token
        name = self.name_token(reasons.A_CHAIN)
        if action in ("delete", "destroy"):
            table.chains.pop(name, None)
            return
        chain = self.ruleset.chain(table, name, self.location(token))
        if action == "flush":
            chain.rules.clear()
            return
        self.skip_newlines_before("{")
        if self.token.text == "{":
            self.inside = table
            self.block(lambda: self.chain_item(table, chain))

    def _set_command(self, action: str, subject: str, table: TableSyntax) -> None:
        token = self.token
        name = self.name_token(reasons.A_SET)
        if action in ("delete", "destroy") and subject != "element":
            table.sets.pop(name, None)
            return
        if subject == "element" and name not in table.sets:
            raise SyntaxProblem(reasons.NO_SUCH_SET.format(name=name), token)
        found = self.ruleset.set(table, name, self.location(token), is_map=subject == "map")
        if action == "flush":
            found.elements.clear()
        elif subject == "element":
            self._element_command(action, found.elements)
        else:
            self.skip_newlines_before("{")
            if self.token.text == "{":
                self.block(lambda: self.set_item(found))

    def _element_command(self, action: str, elements: list[Element]) -> None:
        given = self.elements()
        if action in ("delete", "destroy"):
            keys = {e.key for e in given}
            missing = keys - {e.key for e in elements}
            elements[:] = [e for e in elements if e.key not in keys]
            if missing:
                raise SyntaxProblem(reasons.ELEMENT_NOT_FOUND, self.token)
        else:
            elements.extend(given)

    def _rule_command(self, action: str, table: TableSyntax) -> None:
        token = self.token
        name = self.name_token(reasons.A_CHAIN)
        chain = self.ruleset.chain(table, name, self.location(token))
        handle, index = "", None
        while self.token.text in ("handle", "position", "index"):
            if self.advance().text == "index":
                index = self.number()
            else:
                handle = self.name_token(reasons.A_HANDLE)
        if action == "flush":
            chain.rules.clear()
            return
        if action in ("delete", "destroy", "replace"):
            at = self.ruleset.remove(chain, handle)
            if at is None:
                self.skip_statement()
                reason = reasons.RULE_NOT_FOUND.format(handle=handle) if handle else reasons.NO_HANDLE
                raise SyntaxProblem(reason, token)
            if action != "replace":
                return
            handle, index, action = "", at, "insert"
        start = self.at
        first = self.tokens[start]
        self.inside = table
        rule = RuleSyntax(self.rule_statements(), self.location(first), shown(self.between(start, self.at)), "")
        if not self.ruleset.place(chain, rule, insert=action == "insert", handle=handle, index=index):
            self.ruleset.note(self.location(token), rule.text, reasons.PLACE_NOT_FOUND)
