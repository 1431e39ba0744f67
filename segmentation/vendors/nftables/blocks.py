"""Blocks of nft's text form: tables, chains, sets and stateful objects, with their contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.expressions import VARIABLE_DEPTH
from segmentation.vendors.nftables.ruleset import Ruleset
from segmentation.vendors.nftables.statements import StatementParser
from segmentation.vendors.nftables.syntax import Element, Expression, Literal, RuleSyntax, SetLiteral, SetSyntax, Verdict, depth
from segmentation.vendors.nftables.tokens import END, HANDLE, NEWLINE, STRING, SyntaxProblem, Token
from segmentation.vendors.nftables.vocabulary import BRIDGE_PRIORITIES, PRIORITIES
from segmentation.vendors.reading import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from segmentation.vendors.nftables.syntax import ChainSyntax, TableSyntax

_SET_WORDS = frozenset({"type", "typeof", "flags", "size", "gc-interval", "policy", "auto-merge", "comment", "counter", "limit",
                        "quota", "ct", "last"})  # fmt: skip
#: How the kernel names the chains of ``jump { … }`` (linux/net/netfilter/nf_tables_api.c); a number follows.
ANONYMOUS_CHAIN = "__chain"
_OBJECTS = frozenset({"counter", "quota", "limit", "secmark", "synproxy", "flowtable", "tunnel"})
#: linux/netfilter/nf_tables.h: NFT_JUMP_STACK_SIZE; the kernel refuses deeper chains.
_NESTED_CHAINS = 16
_HOOK_WORDS = frozenset({"type", "hook", "priority", "policy", "device", "devices"})


class BlockParser(StatementParser):
    """Reads the contents of blocks into a :class:`Ruleset`."""

    ruleset: Ruleset

    def __init__(self, name: str, text: str, variables: dict[str, Expression | None], ruleset: Ruleset) -> None:
        super().__init__(name, text, variables)
        self.ruleset = ruleset
        self.inside: TableSyntax | None = None  # the table whose rules are being read
        self._nested = 0

    def include(self, table: TableSyntax | None, chain: ChainSyntax | None) -> None:
        """Read the file named by an ``include`` statement, in the same context.  Given by :class:`TextParser`."""
        raise NotImplementedError

    # -- separators and recovery

    def _skip_separators(self) -> None:
        while self.token.kind in (NEWLINE, HANDLE) or self.token.text == ";":
            self.advance()

    def skip_statement(self) -> int:
        """Step over the rest of a statement, with the block it may open; returns where it began."""
        start = self.at
        depth = 0
        while self.token.kind != END:
            token = self.token
            if depth == 0 and (token.kind == NEWLINE or token.text in (";", "}")):
                break
            self.advance()
            if token.text == "{":
                depth += 1
            elif token.text == "}":
                depth -= 1
                if depth == 0:
                    break
        return start

    def _recover(self, problem: SyntaxProblem, start: int) -> None:
        """Note what was not understood and step behind it."""
        self.at = start
        self.skip_statement()
        if self.at == start:
            self.advance()
        self.ruleset.note(self.location(problem.token), self.between(start, self.at), problem.reason)

    def block(self, item: Callable[[], None]) -> None:
        """``{ item; … }``: variables defined inside end with it."""
        self.expect("{")
        outer = self.variables
        self.variables = dict(outer)
        try:
            while True:
                self._skip_separators()
                if self.token.kind == END:
                    self.ruleset.note(self.location(self.token), "", reasons.UNCLOSED_BLOCK)
                    return
                if self.accept("}"):
                    return
                start = self.at
                try:
                    item()
                except SyntaxProblem as problem:
                    self._recover(problem, start)
        finally:
            self.variables = outer

    # -- definitions

    def definition(self) -> None:
        """``define name = value``, ``redefine`` and ``undefine``."""
        word = self.advance().text
        name = self.name_token(reasons.A_VARIABLE)
        if word == "undefine":
            self.variables.pop(name, None)
            return
        self.expect("=")
        start = self.at
        self._depth = self._operators = 0
        try:
            if self.token.text == "-":
                self.advance()
                self.variables[name] = Literal(f"-{self.number()}")
            else:
                self.variables[name] = self._shallow(self.right_side())
            self._expect_end()
        except SyntaxProblem as problem:
            self.variables[name] = None
            self._recover(problem, start)

    def _shallow(self, value: Expression) -> Expression:
        if depth(value, VARIABLE_DEPTH) > VARIABLE_DEPTH:
            raise SyntaxProblem(reasons.TOO_DEEP, self.token)
        return value

    def _expect_end(self) -> None:
        if not self.at_rule_end():
            raise SyntaxProblem(reasons.expected(reasons.THE_END, self.token.text), self.token)

    # -- tables

    def table_item(self, table: TableSyntax) -> None:
        """One item of a table block."""
        word = self.token.text
        if word == "chain":
            self.advance()
            token = self.token
            name = self.name_token(reasons.A_CHAIN)
            chain = self.ruleset.chain(table, name, self.location(token))
            self._maybe_handle()
            self.inside = table
            self.block(lambda: self.chain_item(table, chain))
        elif word in ("set", "map"):
            self.advance()
            token = self.token
            found = self.ruleset.set(table, self.name_token(reasons.A_SET), self.location(token), is_map=word == "map")
            self._maybe_handle()
            self.block(lambda: self.set_item(found))
        elif word in _OBJECTS or (word == "ct" and self.ahead().text in ("helper", "timeout", "expectation")):
            self.stateful_object(table)
        elif word == "flags":
            self.advance()
            while self.token.text in ("dormant", "owner", "persist", ","):
                flag = self.advance().text  # before the test: "or" would not step over what follows "dormant"
                table.dormant = table.dormant or flag == "dormant"
        elif word == "comment":
            self.advance()
            self.name_token(reasons.A_COMMENT)
        elif word in ("define", "redefine", "undefine"):
            self.definition()
        elif word == "include":
            self.include(table, None)
        else:
            raise SyntaxProblem(reasons.NOT_IN_TABLE.format(text=word), self.token)

    def _maybe_handle(self) -> None:
        """A block's opening brace is followed by ``# handle N`` in ``nft -a``; nothing to do before it."""
        self.skip_newlines()

    def stateful_object(self, table: TableSyntax) -> None:
        """Counters, quotas, limits, helpers, flowtables: only a counter's value is kept."""
        word = self.advance().text
        if word == "ct":
            self.advance()
        name = self.name_token(reasons.A_NAME)
        self.skip_newlines()
        if self.token.text != "{":
            self.skip_statement()
            return
        start = self.at
        self.skip_statement()
        if word == "counter":
            texts = [t.text for t in self.tokens[start : self.at]]
            at = texts.index("packets") + 1 if "packets" in texts else 0
            table.counters[name] = int(texts[at]) if at and texts[at].isdigit() and len(texts[at]) < 20 else None

    # -- sets

    def set_item(self, found: SetSyntax) -> None:
        """One item of a set or map block."""
        word = self.token.text
        if word == "elements":
            self.advance()
            self.expect("=")
            found.elements.extend(self.elements())
        elif word == "flags":
            self.advance()
            found.flags.add(self.name_token(reasons.A_FLAG))
            while self.accept(","):
                found.flags.add(self.name_token(reasons.A_FLAG))
        elif word == "timeout":
            self.advance()
            self.name_token(reasons.A_DURATION)
            found.timeout = True
        elif word in _SET_WORDS:
            self.skip_statement()
        elif word == "include":
            self.include(None, None)
        else:
            raise SyntaxProblem(reasons.NOT_IN_SET.format(text=word), self.token)

    def elements(self) -> tuple[Element, ...]:
        """``{ … }`` or a variable that holds one."""
        self._depth = self._operators = 0
        if self.token.text == "{":
            return self.set_literal().elements
        value = self._variable() if self.token.text == "$" else self.right_side()
        return value.elements if isinstance(value, SetLiteral) else (Element(value),)

    # -- chains

    def chain_item(self, table: TableSyntax, chain: ChainSyntax) -> None:
        """One item of a chain block: its hook, its policy or a rule."""
        word = self.token.text
        if word in ("type", "policy") and self.token.kind != STRING:
            self.chain_specification(table, chain)
        elif word == "comment":
            self.advance()
            chain.comment = self.name_token(reasons.A_COMMENT)
        elif word in ("define", "redefine", "undefine"):
            self.definition()
        elif word == "include":
            self.include(table, chain)
        elif word in ("flags", "devices") and self.ahead().text in ("offload", "="):
            self.skip_statement()
        else:
            chain.rules.append(self.rule())

    def chain_specification(self, table: TableSyntax, chain: ChainSyntax) -> None:
        """``type filter hook forward priority filter + 5; policy drop``, in either order of its parts."""
        while self.token.text in _HOOK_WORDS:
            token = self.advance()
            if token.text == "type":
                chain.kind = self.name_token(reasons.A_CHAIN_TYPE)
            elif token.text == "hook":
                chain.hook = self.name_token(reasons.A_HOOK)
                chain.policy_location = self.location(token)
            elif token.text == "priority":
                chain.priority = self._priority(table.family)
            elif token.text == "policy":
                self._policy(chain, token)
            else:
                self.accept("=")
                self.right_side(lists=False)
        if not self.at_rule_end():
            raise SyntaxProblem(reasons.NOT_IN_CHAIN_HEAD.format(text=self.token.text), self.token)

    def _policy(self, chain: ChainSyntax, token: Token) -> None:
        value = self._variable() if self.token.text == "$" else None
        chain.policy = value.text if isinstance(value, Literal) else self.advance().text
        if chain.policy not in ("accept", "drop"):
            text, chain.policy = chain.policy, ""
            raise SyntaxProblem(reasons.NOT_A_POLICY.format(text=text), token)
        chain.policy_location = self.location(token)

    def _priority(self, family: str) -> int:
        names = BRIDGE_PRIORITIES if family == "bridge" else PRIORITIES
        token = self.token
        text, sign = token.text, 1
        if text == "$":
            value = self._variable()
            text = value.text if isinstance(value, Literal) else ""
        else:
            self.advance()
            if text == "-":
                sign, text = -1, self.advance().text
        base = names.get(text)
        if base is None:
            digits = text.removeprefix("-")
            if not digits.isdigit() or len(digits) > 10:
                raise SyntaxProblem(reasons.NOT_A_PRIORITY.format(text=text), token)
            base = sign * int(text)
        while self.token.text in ("+", "-"):
            step = 1 if self.advance().text == "+" else -1
            base += step * self.number()
        return base

    # -- rules

    def verdict(self) -> Verdict:
        """A verdict; ``jump { … }`` has its chain with it (nft(8), VERDICT STATEMENT)."""
        table = self.inside
        if table is None or self.token.text not in ("jump", "goto") or self.ahead().text != "{":
            return super().verdict()
        token = self.advance()
        if self._nested >= _NESTED_CHAINS:
            raise SyntaxProblem(reasons.TOO_DEEP, token)
        number = sum(n.startswith(ANONYMOUS_CHAIN) for n in table.chains)
        chain = self.ruleset.chain(table, f"{ANONYMOUS_CHAIN}{number}", self.location(token))
        self._nested += 1
        try:
            self.block(lambda: self.chain_item(table, chain))
        finally:
            self._nested -= 1
        return Verdict(token.text, chain.name)

    def rule(self) -> RuleSyntax:
        """One rule, up to its end."""
        start = self.at
        first = self.token
        statements = self.rule_statements()
        text = shown(self.between(start, self.at))
        handle = self.advance().text if self.token.kind == HANDLE else ""
        return RuleSyntax(statements, self.location(first), text, handle)
