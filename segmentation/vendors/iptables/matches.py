"""The options of one rule: matches become conditions, the target is kept for ``targets``."""

# ruff: noqa: FBT001  # every handler has the signature of the table: reading, option, negated
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from segmentation.device.match import Field
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ICMP, ICMPV6, PORT_PROTOCOLS, TCP
from segmentation.model.text import Text
from segmentation.vendors.iptables import ipsets, names, reasons, values
from segmentation.vendors.iptables.terms import Condition, Term, doubtful, one
from segmentation.vendors.iptables.tokens import Misread, Token


@dataclass(slots=True)
class Module:
    """A match being read: its name, its column, and its doubtful words."""

    name: str
    column: int
    words: list[str] = field(default_factory=list)
    doubt: bool = False


@dataclass(slots=True)
class RuleReading:
    """What has been read of one rule so far."""

    family: Family
    sets: dict[str, ipsets.IpSet]
    tokens: list[Token]
    at: int = 0
    conditions: list[Condition] = field(default_factory=list)
    problems: list[tuple[int, str, Text]] = field(default_factory=list)  # column, words, reason
    modules: list[Module] = field(default_factory=list)
    protocol: IntervalSet | None = None
    required: list[tuple[Token, frozenset[int], str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    target: Token | None = None
    goto: bool = False
    target_words: list[Token] = field(default_factory=list)
    hits: int | None = None
    foreign: bool = False  # ``-4`` in an IPv6 file or ``-6`` in an IPv4 file

    def value(self, option: Token) -> Token:
        """The next word as the value of *option*.  Raises :class:`Misread`."""
        if self.at >= len(self.tokens):
            raise Misread(reasons.NO_VALUE.format(option=option.text))
        self.at += 1
        return self.tokens[self.at - 1]

    def negated(self) -> bool:
        """Whether a ``!`` stands before the value (the order of iptables before 1.4.3)."""
        if self.at < len(self.tokens) and self.tokens[self.at].text == "!" and not self.tokens[self.at].quoted:
            self.at += 1
            return True
        return False

    def doubt(self, words: list[str]) -> None:
        """Add a condition that may or may not hold."""
        self.conditions.append(doubtful(" ".join(words)))

    def problem(self, column: int, words: str, reason: Text) -> None:
        """Record a part that is not understood."""
        self.problems.append((column, words, reason))


def read_rule(reading: RuleReading) -> None:
    """Read every word of a rule.  What has no meaning becomes a problem and a doubtful condition; never raises."""
    while reading.at < len(reading.tokens):
        start = reading.at
        token = reading.tokens[start]
        negated = False
        reading.at += 1
        if token.text == "!" and not token.quoted and reading.at < len(reading.tokens):
            negated = True
            token = reading.tokens[reading.at]
            reading.at += 1
        try:
            _option(reading, token, start, negated=negated)
        except Misread as misread:
            words = [t.text for t in reading.tokens[start : reading.at]]
            reading.problem(token.column, " ".join(words), misread.reason)
            reading.doubt(words)
    for option, allowed, name in reading.required:
        _require(reading, option, allowed, name)
    for module in reading.modules:
        if module.doubt:
            reading.doubt(["-m", module.name, *module.words])


def _option(reading: RuleReading, token: Token, start: int, *, negated: bool) -> None:
    handler = None if token.quoted else _HANDLERS.get(token.text)
    if handler is not None:
        handler(reading, token, negated)
        return
    if not token.is_option:
        raise Misread(reasons.LONE_WORD.format(word=token.text[:80]))
    while reading.at < len(reading.tokens) and not reading.tokens[reading.at].is_option:
        reading.at += 1
    words = reading.tokens[start : reading.at]
    module = reading.modules[-1] if reading.modules else None
    if reading.target is not None and reading.target.column > (module.column if module else 0):
        reading.target_words += words
    elif token.text in names.NEUTRAL_OPTIONS:
        return
    elif module is not None and (module.name in names.UNCERTAIN_MODULES or token.text in names.UNCERTAIN_OPTIONS):
        module.doubt = True
        module.words += [w.text for w in words]
    else:
        raise Misread(reasons.UNKNOWN_OPTION.format(option=token.text[:80]))


def _module(reading: RuleReading, token: Token, negated: bool) -> None:
    name = reading.value(token).text
    uncertain = name in names.UNCERTAIN_MODULES
    reading.modules.append(Module(name, token.column, doubt=uncertain))
    if name in ("icmp6", "icmpv6") and reading.family == 4:
        raise Misread(reasons.WRONG_FAMILY.format(option=f"-m {name}", family=reasons.FAMILY[4]))
    if negated or not (uncertain or name in names.EXACT_MODULES):
        reading.modules[-1].doubt = True
        raise Misread(reasons.UNKNOWN_MODULE.format(name=name))


def _addresses(axis: Field) -> Handler:
    def read(reading: RuleReading, token: Token, negated: bool) -> None:
        negated |= reading.negated()
        found = values.addresses(reading.value(token).text, reading.family)
        reading.conditions.append(one(axis, found, negated=negated, family=reading.family))

    return read


def _address_range(axis: Field) -> Handler:
    def read(reading: RuleReading, token: Token, negated: bool) -> None:
        negated |= reading.negated()
        found = values.address_range(reading.value(token).text, reading.family)
        reading.conditions.append(one(axis, found, negated=negated, family=reading.family))

    return read


def _interface(reading: RuleReading, token: Token, negated: bool) -> None:
    negated |= reading.negated()
    named = values.interface(reading.value(token).text, negated=negated)
    inward = token.text in ("-i", "--in-interface")
    reading.conditions.append((Term(in_interface=named) if inward else Term(out_interface=named),))


def _protocol(reading: RuleReading, token: Token, negated: bool) -> None:
    negated |= reading.negated()
    proto = values.protocol(reading.value(token).text)
    every = IntervalSet.of((0, 255))
    found = every if proto is None else IntervalSet.single(proto)
    found = every - found if negated else found
    reading.protocol = found
    reading.conditions.append((Term({} if found == every else {Field.PROTO: found}),))


def _require(reading: RuleReading, option: Token, allowed: frozenset[int], name: str) -> None:
    """Doubt a port or flag match without its protocol: the kernel would not load it (xt_tcpudp.c, xt_multiport.c)."""
    given = reading.protocol
    if given and all(p in allowed for lo, hi in given for p in {lo, hi}) and given.size <= len(allowed):
        return
    reading.problem(option.column, option.text, reasons.NEEDS_PROTOCOL.format(option=option.text, protocol=name))
    within = IntervalSet.from_iter((p, p) for p in allowed)
    reading.conditions.append((Term({Field.PROTO: within}, uncertain=(option.text,)),))


def _ports(*axes: Field) -> Handler:
    def read(reading: RuleReading, token: Token, negated: bool) -> None:
        negated |= reading.negated()
        found = values.ports(reading.value(token).text)
        reading.required.append((token, PORT_PROTOCOLS, "tcp"))
        if negated and ALL_PORTS.issubset(found):
            # iptables 1.8.9 loads the rule without this condition, iptables-legacy as one that never matches.
            reading.problem(token.column, f"! {token.text}", reasons.NO_PORT_LEFT)
            reading.doubt(["!", token.text, "0:65535"])
        elif negated:  # neither port is in the list
            reading.conditions += [one(axis, found, negated=True) for axis in axes]
        else:  # xt_multiport.c, --ports: the source or the destination port
            reading.conditions.append(tuple(Term({axis: found}) for axis in axes))

    return read


def _flags(reading: RuleReading, token: Token, negated: bool) -> None:
    negated |= reading.negated()
    mask = reading.value(token).text
    found = values.flags(mask, reading.value(token).text)
    reading.required.append((token, frozenset({TCP}), "tcp"))
    reading.conditions.append(one(Field.FLAGS, found, negated=negated))


def _syn(reading: RuleReading, token: Token, negated: bool) -> None:
    reading.required.append((token, frozenset({TCP}), "tcp"))
    reading.conditions.append(one(Field.FLAGS, values.flags("FIN,SYN,RST,ACK", "SYN"), negated=negated))


def _icmp(family: Family) -> Handler:
    def read(reading: RuleReading, token: Token, negated: bool) -> None:
        negated |= reading.negated()
        word = reading.value(token)
        if reading.family != family:
            raise Misread(reasons.WRONG_FAMILY.format(option=token.text, family=reasons.FAMILY[reading.family]))
        proto = ICMP if family == 4 else ICMPV6
        reading.required.append((token, frozenset({proto}), "icmp" if family == 4 else "ipv6-icmp"))
        reading.conditions.append(values.icmp(word.text, family, negated=negated))

    return read


def _state(reading: RuleReading, token: Token, negated: bool) -> None:
    negated |= reading.negated()
    text = reading.value(token).text
    known, virtual = values.states(text)
    if not virtual:
        reading.conditions.append(one(Field.STATE, known, negated=negated))
        return
    doubt = f"{'! ' if negated else ''}{token.text} {','.join(virtual)}"
    if negated:
        reading.conditions += [one(Field.STATE, known, negated=True), doubtful(doubt)]
    else:
        certain = (Term({Field.STATE: known}),) if known else ()
        reading.conditions.append((*certain, *doubtful(doubt)))


def _mac(reading: RuleReading, token: Token, negated: bool) -> None:
    negated |= reading.negated()
    text = reading.value(token).text
    if values.blotted(text):  # one address, or all but one: which, the file does not say
        reading.conditions.append(doubtful(f"{'! ' if negated else ''}{token.text} {text}"))
    else:
        reading.conditions.append(one(Field.SMAC, values.mac(text), negated=negated))


def _match_set(reading: RuleReading, token: Token, negated: bool) -> None:
    negated |= reading.negated()
    name = reading.value(token).text
    flags = reading.value(token).text
    text = f"{'! ' if negated else ''}{token.text} {name} {flags}"
    if name not in reading.sets:
        reading.problem(token.column, text, reasons.SET_MISSING.format(name=name))
    reading.conditions.append(ipsets.match_set(reading.sets, name, flags, reading.family, text, negated=negated))


def _fragment(reading: RuleReading, token: Token, negated: bool) -> None:
    # ip_tables.c: -f matches fragments after the first, which carry no ports; a packet set holds whole packets.
    reading.doubt(["!", token.text] if negated else [token.text])


def _comment(reading: RuleReading, token: Token, negated: bool) -> None:
    del negated
    reading.comments.append(reading.value(token).text)


def _target(reading: RuleReading, token: Token, negated: bool) -> None:
    del negated
    reading.target = reading.value(token)
    reading.goto = token.text in ("-g", "--goto")


def _target_text(reading: RuleReading, token: Token, negated: bool) -> None:
    """An option of a target whose value is free text and may look like an option."""
    del negated
    reading.target_words += [token, reading.value(token)]


def _counters(reading: RuleReading, token: Token, negated: bool) -> None:
    del negated
    reading.hits = values.number(reading.value(token).text, (1 << 64) - 1)
    reading.value(token)


def _version(reading: RuleReading, token: Token, negated: bool) -> None:
    # iptables-restore(8): a rule with -4 is ignored by ip6tables-restore, one with -6 by iptables-restore.
    del negated
    reading.foreign |= (token.text in ("-4", "--ipv4")) != (reading.family == 4)


Handler = Callable[[RuleReading, Token, bool], None]
_HANDLERS: dict[str, Handler] = {
    option: handler
    for options, handler in (
        (("-s", "--source", "--src"), _addresses(Field.SRC)),
        (("-d", "--destination", "--dst"), _addresses(Field.DST)),
        (("--src-range",), _address_range(Field.SRC)),
        (("--dst-range",), _address_range(Field.DST)),
        (("-i", "--in-interface", "-o", "--out-interface"), _interface),
        (("-p", "--protocol"), _protocol),
        (("-m", "--match"), _module),
        (("--sport", "--source-port", "--sports", "--source-ports"), _ports(Field.SPORT)),
        (("--dport", "--destination-port", "--dports", "--destination-ports"), _ports(Field.DPORT)),
        (("--ports", "--port"), _ports(Field.SPORT, Field.DPORT)),
        (("--tcp-flags",), _flags),
        (("--syn",), _syn),
        (("--icmp-type",), _icmp(4)),
        (("--icmpv6-type",), _icmp(6)),
        (("--state", "--ctstate"), _state),
        (("--mac-source",), _mac),
        (("--match-set",), _match_set),
        (("-f", "--fragment"), _fragment),
        (("--comment",), _comment),
        (("-j", "--jump", "-g", "--goto"), _target),
        (("--log-prefix", "--nflog-prefix", "--ulog-prefix"), _target_text),
        (("-c", "--set-counters"), _counters),
        (("-4", "--ipv4", "-6", "--ipv6"), _version),
    )
    for option in options
}
