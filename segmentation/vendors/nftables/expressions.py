"""Expressions of nft's text form, by recursive descent.

Why not a generated LALR parser: nft's grammar is contextual (``set``, ``type``, ``comment``, ``ip`` are keywords in one
place and names or values in the next, which nft solves with start conditions in its scanner), and one statement that is
not understood must cost that statement only, not its file.
"""

from __future__ import annotations

import re

from segmentation.vendors.nftables import reasons
from segmentation.vendors.nftables.syntax import (
    Binary,
    Concat,
    Ct,
    Element,
    Expression,
    Listing,
    Literal,
    MapLookup,
    Meta,
    Opaque,
    Payload,
    Prefix,
    Range,
    RawPayload,
    SetLiteral,
    SetReference,
    Verdict,
    Wildcard,
)
from segmentation.vendors.nftables.tokens import IPV4, IPV6, MAC, NUMBER, STRING, WORD, Cursor, SyntaxProblem, Token
from segmentation.vendors.nftables.vocabulary import CT_KEYS, HEADER_FIELDS, META_KEYS, META_UNQUALIFIED

_MAX_DEPTH = 40
_MAX_OPERATORS = 100
#: How deeply the value of a variable may be nested, other variables in it included.
VARIABLE_DEPTH = 30
#: The most elements of one set; the largest public address lists have about 300,000.
ELEMENTS_LIMIT = 1_000_000
_LITERAL_KINDS = frozenset({WORD, NUMBER, IPV4, IPV6, MAC, STRING})
_BIT_OPERATORS = {
    "|": (0, "|"), "or": (0, "|"), "^": (1, "^"), "xor": (1, "^"), "&": (2, "&"), "and": (2, "&"), "<<": (3, "<<"),
    "lshift": (3, "<<"), ">>": (3, ">>"), "rshift": (3, ">>"),
}  # fmt: skip
#: Words that end a ``jump`` or ``goto`` operand's place, and so cannot be a literal.
_VERDICTS = frozenset({"accept", "drop", "continue", "return", "jump", "goto", "queue"})
_EXTENSION_HEADERS = frozenset({"hbh", "frag", "dst", "mh", "srh", "exthdr"})
_DURATION = re.compile(r"(?:[0-9]+(?:ms|[wdhms]))+")


class ExpressionParser(Cursor):
    """Reads expressions.  Every method raises :class:`SyntaxProblem`; ``variables`` are those in scope."""

    def __init__(self, name: str, text: str, variables: dict[str, Expression | None]) -> None:
        super().__init__(name, text)
        self.variables = variables
        self._depth = 0
        self._operators = 0  # of the statement being read: their results nest on the left

    # -- operators

    def expression(self, *, selectors: bool) -> Expression:
        """A possibly concatenated expression.  *selectors*: whether words may be header fields and keys."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._depth -= 1
            raise SyntaxProblem(reasons.TOO_DEEP, self.token)
        try:
            first = self._binary(0, selectors=selectors)
            if self.token.text != ".":
                return first
            parts = [first]
            while self.accept("."):
                self.skip_newlines()
                parts.append(self._binary(0, selectors=selectors))
            return Concat(tuple(parts))
        finally:
            self._depth -= 1

    def _binary(self, level: int, *, selectors: bool) -> Expression:
        """Bit operators by precedence climbing: ``|`` binds loosest, then ``^``, ``&``, shifts."""
        left = self._operand(selectors=selectors)
        while True:
            known = _BIT_OPERATORS.get(self.token.text)
            if known is None or known[0] < level:
                return left
            self.advance()
            self._depth += 1
            self._operators += 1
            if self._depth > _MAX_DEPTH or self._operators > _MAX_OPERATORS:
                raise SyntaxProblem(reasons.TOO_DEEP, self.token)
            right = self._binary(known[0] + 1, selectors=selectors)
            self._depth -= 1
            left = Binary(known[1], left, right)

    def right_side(self, *, lists: bool = True) -> Expression:
        """The constant side of a match: a list of values, with an optional ``/ mask``."""
        value = self._list(lists=lists)
        if self.token.text == "/":
            self.advance()
            return Binary("/", value, self._list(lists=lists))
        return value

    def _list(self, *, lists: bool) -> Expression:
        first = self.expression(selectors=False)
        if not lists or self.token.text != ",":
            return first
        items = [first]
        while self.accept(","):
            self.skip_newlines()
            items.append(self.expression(selectors=False))
        return Listing(tuple(items))

    # -- operands

    def _operand(self, *, selectors: bool) -> Expression:
        token = self.token
        if token.text == "(":
            self.advance()
            inner = self.expression(selectors=selectors)
            self.expect(")")
            return inner
        if token.text == "{":
            return self.set_literal(selectors=selectors)
        if token.text == "@":
            return self._reference()
        if token.text == "*":
            self.advance()
            return Wildcard()
        if token.text == "[":  # an IPv6 address beside a port
            self.advance()
            inner = self._literal_or_range()
            self.expect("]")
            return inner
        if token.text == "!" or token.text in _VERDICTS:
            raise SyntaxProblem(reasons.expected(reasons.A_VALUE, token.text), token)
        if selectors and token.kind == WORD:
            found = self._selector(token)
            if found is not None:
                return found
        return self._literal_or_range()

    def _reference(self) -> Expression:
        """``@name`` or ``@base,offset,length``."""
        self.expect("@")
        base = self.name_token(reasons.A_SET)
        if base in ("ll", "nh", "th", "ih") and self.token.text == ",":
            self.advance()
            offset = self.number()
            self.expect(",")
            return RawPayload(base, offset, self.number())
        return SetReference(base)

    def _literal_or_range(self) -> Expression:
        low = self._literal()
        token = self.token
        if token.text == "/" and self.ahead().kind == NUMBER and _prefixable(low):
            self.advance()
            low = Prefix(low, self.number())
            token = self.token
        if token.text == "-" and not isinstance(low, SetLiteral):
            self.advance()
            return Range(low, self._literal())
        return low

    def _literal(self) -> Expression:
        token = self.token
        if token.text == "$":
            return self._variable()
        if token.kind not in _LITERAL_KINDS:
            raise SyntaxProblem(reasons.expected(reasons.A_VALUE, token.text), token)
        self.advance()
        return Literal(token.text[1:-1], quoted=True) if token.kind == STRING else Literal(token.text)

    def _variable(self) -> Expression:
        token = self.expect("$")
        name = self.name_token(reasons.A_VARIABLE)
        if name not in self.variables:
            raise SyntaxProblem(reasons.UNDEFINED_VARIABLE.format(name=name), token)
        value = self.variables[name]
        if value is None:
            raise SyntaxProblem(reasons.UNREAD_VARIABLE.format(name=name), token)
        return value

    def number(self) -> int:
        """A number, decimal or hexadecimal."""
        token = self.token
        if token.text == "$":
            value = self._variable()
            if isinstance(value, Literal) and value.text.isdigit() and len(value.text) < 20:
                return int(value.text)
        if token.kind != NUMBER or len(token.text) > 40:
            raise SyntaxProblem(reasons.expected(reasons.A_NUMBER, token.text), token)
        self.advance()
        return int(token.text, 0) if token.text.startswith("0x") else int(token.text)

    # -- header fields and keys

    def _selector(self, token: Token) -> Expression | None:
        """A header field or key, or ``None`` if the word is a value."""
        word, following = token.text, self.ahead().text
        if word in HEADER_FIELDS and following in HEADER_FIELDS[word]:
            self.at += 2
            return Payload(word, following)
        if word == "meta" and following in META_KEYS:
            self.at += 2
            return Meta(following)
        if word == "ct":
            return self._conntrack()
        if word in META_UNQUALIFIED:
            self.advance()
            return Meta(word)
        if word in _OPAQUE:
            return self._opaque(word)
        if following == "option" and word in ("tcp", "ip"):
            return self._option(word)
        return None

    def _conntrack(self) -> Expression:
        self.expect("ct")
        direction = self.advance().text if self.token.text in ("original", "reply") else ""
        family = self.advance().text if self.token.text in ("ip", "ip6") else ""
        key = self.token
        if key.text not in CT_KEYS:
            raise SyntaxProblem(reasons.NOT_A_CT_KEY.format(text=key.text), key)
        self.advance()
        return Ct(key.text, direction, family)

    def _option(self, word: str) -> Expression:
        start = self.at
        self.at += 2
        self.name_token(reasons.AN_OPTION)
        if self.token.text in (
            "size",
            "tsval",
            "tsecr",
            "left",
            "right",
            "count",
            "length",
            "kind",
            "addr",
            "ptr",
            "type",
            "value",
        ):
            self.advance()
        text = self.between(start, self.at)
        return Opaque(text, family="ip" if word == "ip" else "", protocol="tcp" if word == "tcp" else "")

    def _opaque(self, word: str) -> Expression | None:
        """``fib``, ``rt``, ``socket``, ``numgen`` and the like: the words are consumed, the value stays unknown."""
        start = self.at
        if word == "rt" and self.ahead().text in ("type", "hdrlength", "seg-left"):
            word = "exthdr"
        self.advance()
        if word == "fib":
            while self.token.text in ("saddr", "daddr", "mark", "iif", "oif"):
                self.advance()
                if not self.accept("."):
                    break
            self.name_token(reasons.A_NAME)
        elif word in ("numgen", "jhash", "symhash"):
            self._generator()
        elif word == "sctp":
            self.name_token(reasons.A_NAME)
            self.name_token(reasons.A_NAME)
        else:  # rt, socket, osf, ipsec, exthdr and the extension headers
            while self.token.text in _OPAQUE_WORDS[word]:
                if self.advance().text in ("level", "spnum"):
                    self.number()
        text = self.between(start, self.at)
        family = "ip6" if word in _EXTENSION_HEADERS else ""
        return Opaque(text, family=family, protocol="sctp" if word == "sctp" else "")

    def _generator(self) -> None:
        """``numgen random mod 4 offset 1`` and the hashes."""
        while self.token.text not in ("map", "vmap", "mod", "seed", "offset", "{", "}", ";", "==", "!=") and (
            self.token.kind in _LITERAL_KINDS or self.token.text == "."
        ):
            self.advance()
        for keyword in ("mod", "seed", "offset"):
            if self.accept(keyword):
                self.number()

    # -- sets

    def set_literal(self, *, selectors: bool = False) -> SetLiteral:
        """``{ element, … }``; elements of nested sets (variables) are spliced in."""
        self.expect("{")
        elements: list[Element] = []
        self.skip_newlines()
        while not self.accept("}"):
            self._splice(elements, self._element(selectors=selectors))
            if len(elements) > ELEMENTS_LIMIT:  # variables that double each other grow without end
                raise SyntaxProblem(reasons.TOO_MANY_ELEMENTS.format(limit=ELEMENTS_LIMIT), self.token)
            self.skip_newlines()
            if not self.accept(","):
                self.skip_newlines()
                self.expect("}")
                break
            self.skip_newlines()
        return SetLiteral(tuple(elements))

    @staticmethod
    def _splice(elements: list[Element], element: Element) -> None:
        if isinstance(element.key, SetLiteral) and element.value is None:
            elements.extend(element.key.elements)
        else:
            elements.append(element)

    def _element(self, *, selectors: bool) -> Element:
        if self._depth <= 1:  # an element of its own, not one nested in an expression
            self._operators = 0
        key = self.expression(selectors=selectors)
        timed, conditional, comment = self._element_options()
        self.skip_newlines()
        value: Expression | Verdict | None = None
        if self.accept(":"):
            self.skip_newlines()
            value = self.verdict() if self.token.text in _VERDICTS else self.expression(selectors=False)
            more = self._element_options()
            timed, conditional, comment = timed or more[0], conditional or more[1], comment or more[2]
        return Element(key, value, timed, conditional, comment)

    def _element_options(self) -> tuple[bool, str, str]:
        """``timeout``, ``expires``, ``comment`` and the stateful statements of an element."""
        timed, conditional, comment = False, "", ""
        while True:
            word = self.token.text
            if word in ("timeout", "expires"):
                self.advance()
                self.name_token(reasons.A_DURATION)
                timed = True
            elif word == "comment":
                self.advance()
                comment = self.name_token(reasons.A_COMMENT)
            elif word in ("counter", "last"):
                self.advance()
                while self.token.text in ("packets", "bytes", "used", "never", "ago") or (
                    self.token.kind == NUMBER or (self.token.kind == WORD and _DURATION.fullmatch(self.token.text))
                ):
                    self.advance()
            elif word in ("limit", "quota") or (word == "ct" and self.ahead().text == "count"):
                start = self.at
                while self.token.text not in (",", "}", ":", "timeout", "expires", "comment", "counter", ""):
                    self.advance()
                conditional = self.between(start, self.at)
            else:
                return timed, conditional, comment

    def verdict(self) -> Verdict:
        """A verdict with its operand."""
        token = self.advance()
        if token.text in ("jump", "goto"):
            if self.token.text == "$":
                value = self._variable()
                if isinstance(value, Literal):
                    return Verdict(token.text, value.text)
                raise SyntaxProblem(reasons.VARIABLE_NOT_CHAIN, token)
            return Verdict(token.text, self.name_token(reasons.A_CHAIN))
        return Verdict(token.text)

    def map_data(self) -> Expression:
        """What follows ``map`` or ``vmap``: ``{ … }``, ``@name`` or a variable."""
        self.skip_newlines()
        if self.token.text == "{":
            return self.set_literal()
        if self.token.text == "$":
            return self._variable()
        return self._reference()

    def with_map(self, key: Expression) -> Expression:
        """*key*, or the map lookup it begins."""
        return MapLookup(key, self.map_data()) if self.accept("map") else key


def _prefixable(value: Expression) -> bool:
    """Whether ``/ number`` after *value* is a prefix length (and not the mask of flags)."""
    return isinstance(value, Literal) and not value.quoted and ("." in value.text or ":" in value.text)


_OPAQUE_WORDS: dict[str, frozenset[str]] = {
    "ipsec": frozenset({"in", "out", "spnum", "ip", "ip6", "saddr", "daddr", "spi", "reqid"}),
    "xfrm": frozenset({"in", "out", "spnum", "ip", "ip6", "saddr", "daddr", "spi", "reqid"}),
    "rt": frozenset({"classid", "nexthop", "mtu", "ipsec", "ip", "ip6"}),
    "socket": frozenset({"transparent", "mark", "wildcard", "cgroupv2", "level"}),
    "osf": frozenset({"ttl", "loose", "skip", "name", "version"}),
    "exthdr": frozenset({"hbh", "frag", "rt", "dst", "mh", "srh", "type", "hdrlength", "seg-left"}),
} | {
    w: frozenset({"nexthdr", "hdrlength", "frag-off", "reserved", "more-fragments", "id", "type", "last-entry", "flags", "tag"})
    for w in ("hbh", "frag", "dst", "mh", "srh")
}
_OPAQUE = frozenset({"fib", "numgen", "jhash", "symhash", *_OPAQUE_WORDS})
