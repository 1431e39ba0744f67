"""Statements of nft's text form: matches, verdicts, NAT and everything else a rule may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.expressions import ExpressionParser
from segmentation.vendors.nftables.extensions import extension
from segmentation.vendors.nftables.reasons import AFTER_VERDICT, DUPLICATED, FORWARDED, REWRITTEN
from segmentation.vendors.nftables.syntax import (
    Comment,
    Condition,
    Counter,
    Ct,
    Delegated,
    Expression,
    Hazard,
    Literal,
    Log,
    Meta,
    Nat,
    Notrack,
    Opaque,
    Payload,
    RawPayload,
    Relation,
    SetUpdate,
    SideEffect,
    Statement,
    Unknown,
    Verdict,
    VerdictMap,
    selects,
)
from segmentation.vendors.nftables.tokens import END, HANDLE, NEWLINE, NUMBER, STRING, SyntaxProblem, Token
from segmentation.vendors.reading import shown

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS = {
    "==": "==", "eq": "==", "!=": "!=", "ne": "!=", "<": "<", "lt": "<", ">": ">", "gt": ">", "<=": "<=", "le": "<=",
    ">=": ">=", "ge": ">=", "!": "!", "not": "!",
}  # fmt: skip
#: Header fields whose rewriting changes who talks to whom; others (``dscp``, ``ttl``) do not matter to a filter.
ADDRESSING_FIELDS = frozenset({"saddr", "daddr", "sport", "dport", "protocol", "nexthdr", "type"})
#: Where reading resumes in a rule after something that was not understood.
_RESUME = frozenset({
    "accept", "drop", "reject", "return", "continue", "jump", "goto", "queue", "dnat", "snat", "masquerade", "redirect",
    "comment", "notrack",
})  # fmt: skip
_VERDICTS = frozenset({"accept", "drop", "continue", "return", "jump", "goto"})
_NAT_FLAGS = frozenset({"random", "fully-random", "persistent"})
_LOG_WORDS = frozenset({"prefix", "level", "group", "snaplen", "queue-threshold", "flags"})
_LOG_FLAGS = frozenset({"tcp", "sequence", "options", "ip", "skuid", "ether", "all"})
_RATE_WORDS = frozenset({
    "rate", "over", "until", "burst", "packets", "packet", "bytes", "kbytes", "mbytes", "second", "minute", "hour", "day",
    "week", "used", "name", "count", "/",
})  # fmt: skip
_STOPS = frozenset({"", "}", ";"})


class StatementParser(ExpressionParser):
    """Reads the statements of one rule."""

    def rule_statements(self) -> tuple[Statement, ...]:
        """All statements up to the end of the rule; never raises :class:`SyntaxProblem`."""
        out: list[Statement] = []
        ended = False
        while not self.at_rule_end():
            start = self.at
            self._depth = self._operators = 0
            try:
                statement = self._statement()
            except SyntaxProblem as problem:
                statement = self._resume(start, problem)
            if ended and not isinstance(statement, Comment):
                statement = Unknown(shown(self.between(start, self.at)), AFTER_VERDICT, self.location(self.tokens[start]))
            ended = ended or isinstance(statement, (Verdict, VerdictMap, Nat))
            out.append(statement)
        return tuple(out)

    def at_rule_end(self) -> bool:
        """Whether the rule ends here."""
        token = self.token
        return token.kind in (NEWLINE, END, HANDLE) or token.text in ("}", ";")

    def _resume(self, start: int, problem: SyntaxProblem) -> Unknown:
        """Step over what was not understood, up to the next statement that decides about the packet."""
        depth = 0
        self.at = max(self.at, start)
        if self.at == start:
            depth += self._bracket(self.advance())
        while self.token.kind != END:
            token = self.token
            if depth <= 0 and (self.at_rule_end() or token.text in _RESUME):
                break
            depth += self._bracket(self.advance())
        where = self.location(problem.token)
        return Unknown(shown(self.between(start, self.at)), problem.reason, where)

    @staticmethod
    def _bracket(token: Token) -> int:
        return 1 if token.text in ("{", "(") else -1 if token.text in ("}", ")") else 0

    # -- dispatch

    def _statement(self) -> Statement:
        start = self.at
        word = self.token.text
        if word in _VERDICTS:
            return self.verdict()
        handler = self._HANDLERS.get(word)
        if handler is not None:
            found = handler(self, start)
            if found is not None:
                return found
            self.at = start
        return self._match(start)

    def _words(self, start: int) -> str:
        return self.between(start, self.at)

    def _match(self, start: int) -> Statement:
        """``left op right``, ``left vmap data`` or ``left set value``."""
        left = self.expression(selectors=True)
        if not selects(left):
            raise SyntaxProblem(reasons.NOT_A_STATEMENT.format(text=self.tokens[start].text), self.tokens[start])
        word = self.token.text
        if word == "vmap":
            self.advance()
            return VerdictMap(left, self.map_data(), self._words(start))
        if word == "set":
            self.advance()
            return self._assignment(left, start)
        operator = OPERATORS.get(word)
        if operator is not None:
            self.advance()
        right = self.right_side()
        return Relation(left, operator or "", right, self._words(start))

    def _assignment(self, left: Expression, start: int) -> Statement:
        """``left set value``: the value does not matter, but what is set does."""
        at_value = self.at
        try:
            value = self.with_map(self.expression(selectors=True))
            while self.accept(","):
                self.expression(selectors=False)
            del value
        except SyntaxProblem:
            self.at = at_value
            while not (self.at_rule_end() or self.token.text in _RESUME):
                self.advance()
        text = self._words(start)
        if isinstance(left, Payload) and left.field in ADDRESSING_FIELDS and left.protocol not in ("ether", "arp", "vlan"):
            return Hazard(text, REWRITTEN)
        if isinstance(left, RawPayload):
            return Hazard(text, REWRITTEN)
        if isinstance(left, (Payload, Meta, Ct, Opaque)):
            return SideEffect(text)
        raise SyntaxProblem(reasons.NOT_SETTABLE, self.tokens[start])

    # -- verdict-like statements

    def _reject(self, _start: int) -> Statement:
        """``reject [with …]`` drops and answers."""
        self.advance()
        if self.accept("with"):
            for _ in range(4):
                if self.at_rule_end() or self.token.text == "comment":
                    break
                self.advance()
        return Verdict("drop")

    def _queue(self, start: int) -> Statement:
        self.advance()
        if self.accept("flags"):
            self.name_token(reasons.A_FLAG)
            while self.accept(","):
                self.name_token(reasons.A_FLAG)
        if self.token.text in ("num", "to"):
            self.advance()
            self.with_map(self.expression(selectors=True))
        while self.token.text in ("bypass", "fanout", ","):
            self.advance()
        return Delegated(self._words(start))

    def _synproxy(self, start: int) -> Statement:
        self.advance()
        while self.token.text in ("mss", "wscale", "timestamp", "sack-perm", "name") or self.token.kind in (NUMBER, STRING):
            self.advance()
        return Delegated(self._words(start))

    def _nat(self, start: int) -> Statement:
        kind = self.advance().text
        family = (
            self.advance().text if self.token.text in ("ip", "ip6") and self.ahead().text in ("to", "prefix", "addr") else ""
        )
        prefix = False
        if self.token.text in ("addr", "prefix", "interval"):
            prefix = self.token.text == "prefix"
            while self.token.text in ("addr", ".", "port", "prefix", "interval"):
                self.advance()
        address: Expression | None = None
        port: Expression | None = None
        to = self.accept("to")
        if kind in ("dnat", "snat") or (to and self.token.text != ":"):
            if self.token.text != ":":
                address = self._nat_operand()
            if kind in ("masquerade", "redirect"):
                address, port = None, address
        if self.accept(":"):
            port = self._nat_operand()
        while self.token.text in _NAT_FLAGS or self.token.text == ",":
            self.advance()
        return Nat(kind, family, address, port, self._words(start), prefix)

    def _nat_operand(self) -> Expression:
        return self.with_map(self.expression(selectors=True))

    # -- statements without influence on the verdict

    def _counter(self, _start: int) -> Statement:
        self.advance()
        packets: int | None = None
        if self.accept("name"):
            chosen = self.with_map(self.expression(selectors=True))
            return Counter(None, chosen.text if isinstance(chosen, Literal) else "")
        while self.token.text in ("packets", "bytes"):
            word = self.advance().text
            value = self.number()
            packets = value if word == "packets" else packets
        return Counter(packets)

    def _log(self, _start: int) -> Statement:
        self.advance()
        while self.token.text in _LOG_WORDS:
            word = self.advance().text
            if word == "flags":
                while self.token.text in _LOG_FLAGS or self.token.text == ",":
                    self.advance()
            elif self.token.text == "$":
                self._variable()
            else:
                self.advance()
        return Log()

    def _comment(self, _start: int) -> Statement:
        self.advance()
        return Comment(self.name_token(reasons.A_COMMENT))

    def _rate(self, start: int) -> Statement:
        """``limit rate …``, ``quota …``, ``ct count …``: conditions on traffic."""
        self.advance()
        # "mbytes/second" is one word to nft's scanner
        while self.token.text.partition("/")[0] in _RATE_WORDS or self.token.kind in (NUMBER, STRING) or self.token.text == "/":
            self.advance()
            if self.token.text in ("{", "map"):
                raise SyntaxProblem(reasons.CHOSEN_BY_MAP, self.token)
        return Condition(self._words(start))

    def _conntrack_statement(self, start: int) -> Statement | None:
        """``ct count``; any other ``ct`` is a match or an assignment."""
        if self.ahead().text == "count":
            self.advance()
            return self._rate(start)
        return None

    def _flow(self, start: int) -> Statement:
        self.advance()
        if self.token.text not in ("add", "offload"):
            raise SyntaxProblem(reasons.expected("add", self.token.text), self.token)
        self.advance()
        self._reference()
        return SideEffect(self._words(start))

    def _meter(self, start: int) -> Statement:
        """``meter name { key limit … }``: a limit for each key."""
        self.advance()
        name = self.name_token(reasons.A_METER)
        if self.accept("size"):
            self.number()
        key = self._update_body()[0]
        return SetUpdate(name, key, limited=True, text=self._words(start), operator="meter")

    def _set_update(self, start: int) -> Statement:
        """``add @set { key … }`` and ``set add key @set`` (the older spelling)."""
        operator = self.advance().text
        if operator == "set":
            operator = self.name_token(reasons.AN_OPERATION)
            key = self.expression(selectors=True)
            limited = bool(self._element_options()[1])
            reference = self._reference()
        else:
            reference = self._reference()
            key, limited = self._update_body()
        name = getattr(reference, "name", "")
        return SetUpdate(name, key, limited, self._words(start), operator)

    def _update_body(self) -> tuple[Expression, bool]:
        self.expect("{")
        self.skip_newlines()
        key = self.expression(selectors=True)
        conditional = self._element_options()[1]
        if self.accept(":"):
            if self.token.text in ("accept", "drop", "jump", "goto", "return", "continue"):
                self.verdict()
            else:
                self.expression(selectors=True)
            self._element_options()
        self.skip_newlines()
        self.expect("}")
        return key, bool(conditional)

    def _extension(self, start: int) -> Statement:
        """``xt match name`` and ``xt target name``, as nft lists rules that iptables-nft made."""
        self.advance()
        kind = self.advance().text
        if kind not in ("match", "target"):
            raise SyntaxProblem(reasons.expected("match", kind), self.tokens[start])
        name = self.name_token(reasons.A_NAME)
        return extension(kind, name, self._words(start), self.location(self.tokens[start]))

    def _notrack(self, _start: int) -> Statement:
        self.advance()
        return Notrack()

    def _duplicate(self, start: int) -> Statement:
        """``dup to address [device name]`` and ``fwd to …``."""
        reason = DUPLICATED if self.advance().text == "dup" else FORWARDED
        while not (self.at_rule_end() or self.token.text in _RESUME):
            self.advance()
        return Hazard(self._words(start), reason)

    def _tproxy(self, start: int) -> Statement:
        self.advance()
        if self.token.text in ("ip", "ip6"):
            self.advance()
        self.expect("to")
        if self.token.text != ":":
            self._nat_operand()
        if self.accept(":"):
            self._nat_operand()
        return Condition(self._words(start))

    def _reset(self, start: int) -> Statement:
        """``reset tcp option …`` removes an option from the header."""
        self.advance()
        self.expression(selectors=True)
        return SideEffect(self._words(start))

    def _last(self, start: int) -> Statement:
        self.advance()
        if self.accept("used"):
            self.advance()
        return SideEffect(self._words(start))

    _HANDLERS: ClassVar[dict[str, Callable[[StatementParser, int], Statement | None]]] = {
        "reject": _reject,
        "queue": _queue,
        "synproxy": _synproxy,
        "dnat": _nat,
        "snat": _nat,
        "masquerade": _nat,
        "redirect": _nat,
        "counter": _counter,
        "log": _log,
        "comment": _comment,
        "limit": _rate,
        "quota": _rate,
        "ct": _conntrack_statement,
        "flow": _flow,
        "meter": _meter,
        "add": _set_update,
        "update": _set_update,
        "delete": _set_update,
        "set": _set_update,
        "notrack": _notrack,
        "dup": _duplicate,
        "fwd": _duplicate,
        "tproxy": _tproxy,
        "reset": _reset,
        "last": _last,
        "xt": _extension,
    }
