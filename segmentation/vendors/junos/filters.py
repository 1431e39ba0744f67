"""Firewall filters: stateless terms in order, with an implicit discard at the end.

Junos OS Routing Policies, Firewall Filters and Traffic Policers User Guide: "How Standard Firewall Filters Evaluate
Packets", "Firewall Filter Nonterminating Actions" and "… Terminating Actions".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, CONTINUE, DROP, Action, Chain, Rule, Verb
from segmentation.device.lexical import Problems
from segmentation.device.match import Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.location import Location
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.conditions import Conditions, PrefixLists
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.reading import shown

#: Words below a filter that say nothing of which packets pass.
_PLAIN_FILTER = frozenset({
    "accounting-profile", "enhanced-mode", "fast-update-filter", "instance-shared", "interface-shared", "interface-specific",
    "physical-interface-filter", "promote", "apply-flags", "no-fast-update",
})  # fmt: skip
#: Actions that change or note packets and do not decide; with nothing else in a term the packet is accepted.
_MODIFIERS = frozenset({
    "count", "log", "syslog", "sample", "policer", "three-color-policer", "hierarchical-policer", "forwarding-class",
    "loss-priority", "port-mirror", "port-mirror-instance", "dscp", "traffic-class", "prefix-action", "service-accounting",
    "service-accounting-deferred", "service-filter-hit", "clear-policy-map", "policy-map", "next-hop-group", "analyzer",
    "dont-fragment", "traffic-type", "force-premium", "ipsec-sa", "load-balance", "set-qos", "topology", "description",
    "packet-count", "gre-key", "color",
})  # fmt: skip
#: Actions that send an accepted packet elsewhere.
_ROUTED = frozenset(
    {"routing-instance", "logical-system", "next-interface", "next-ip", "next-ip6", "decapsulate", "encapsulate"}
)


@dataclass(slots=True)
class Term:
    """One term: its conditions, its actions, and the filter it refers to."""

    name: str
    statement: Statement
    conditions: Conditions
    verb: Action | None = None
    undecided: str = ""
    filter: str = ""
    log: bool = False


@dataclass(slots=True)
class Filter:
    """A named filter of one or both families."""

    name: str
    families: tuple[Family, ...]
    statement: Statement
    terms: dict[str, Term] = field(default_factory=dict)

    @property
    def chain(self) -> str:
        """The name of its chain."""
        word = "" if len(self.families) > 1 else "inet " if self.families == (4,) else "inet6 "
        return f"filter {word}{self.name}"


@dataclass(slots=True)
class Filters:
    """All firewall filters of a device."""

    problems: Problems
    prefixes: PrefixLists
    defined: dict[tuple[str, str], Filter] = field(default_factory=dict)

    def read(self, words: tuple[str, ...], statement: Statement) -> None:
        """A statement below ``firewall``."""
        match words:
            case ("filter", name, *rest):
                self._filter("inet", name, tuple(rest), statement)
            case ("family", "inet" | "inet6" | "any" as family, "filter", name, *rest):
                self._filter(family, name, tuple(rest), statement)
            case ("family", _, "interface-set" | "prefix-action" | "dialer-filter", *_):
                pass
            case ("family", other, *_):
                what = f"firewall family {other} {words[2] if len(words) > 2 else ''}".strip()
                self.problems.add(statement.location, statement.text, reasons.NOT_ANALYSED.format(what=what), widened=False)
            case ("policer" | "three-color-policer" | "hierarchical-policer" | "interface-set" | "load-balance-group"
                  | "prefix-action" | "atm-policer" | "tunnel-end-point" | "flexible-match", *_):  # fmt: skip
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def get(self, name: str, family: Family) -> Filter | None:
        """The filter *name* for packets of *family*."""
        return self.defined.get(("inet" if family == 4 else "inet6", name)) or self.defined.get(("any", name))

    def _filter(self, word: str, name: str, words: tuple[str, ...], statement: Statement) -> None:
        families: tuple[Family, ...] = {"inet": (4,), "inet6": (6,)}.get(word, FAMILIES)  # type: ignore[assignment]
        found = self.defined.setdefault((word, name), Filter(name, families, statement))
        match words:
            case ("term", term, *rest):
                self._term(found, term, tuple(rest), statement)
            case () | ("description", *_):
                pass
            case (plain, *_) if plain in _PLAIN_FILTER:
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def _term(self, found: Filter, name: str, words: tuple[str, ...], statement: Statement) -> None:
        term = found.terms.get(name)
        if term is None:
            conditions = Conditions(self.problems, self.prefixes, found.families)
            term = found.terms[name] = Term(name, statement, conditions)
        match words:
            case ("from", *rest):
                term.conditions.add(tuple(rest), statement)
            case ("then", *rest):
                self._then(term, tuple(rest), statement)
            case ("filter", other):
                term.filter = other
            case () | ("description", *_):
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)
                term.conditions.uncertain.append(" ".join(words)[:80])

    def _then(self, term: Term, words: tuple[str, ...], statement: Statement) -> None:
        decided: Action | None = None
        match words:
            case ():
                return
            case ("accept", *_):
                decided = ACCEPT
            case ("discard" | "reject", *_):
                decided = DROP
            case ("next", "term"):
                decided = CONTINUE
            case ("log" | "syslog", *_):
                term.log = True
            case ("packet-mode", *_):
                self.problems.add(statement.location, statement.text, reasons.PACKET_MODE)
            case (word, *_) if word in _ROUTED:
                decided = ACCEPT if term.verb is None else term.verb
            case (word, *_) if word in _MODIFIERS:
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.ACTION.format(word=words[0]))
                term.undecided = words[0]
        if decided is not None and not (statement.inherited and term.verb is not None):
            term.verb = decided

    def build(self, found: Filter, chains: dict[str, Chain]) -> None:
        """Add to *chains* the chain of a filter and of those that its terms refer to.

        The implicit discard stands where the filter is applied, because filters of a list are one after the other.
        """
        waiting = [found]
        while waiting:
            one = waiting.pop()
            if one.chain in chains:
                continue
            rules: list[Rule] = []
            for term in one.terms.values():
                if term.filter:
                    rules += self._nested(one, term, waiting)
                else:
                    rules += _rules(term)
            chains[one.chain] = Chain(name=one.chain, rules=tuple(rules), location=one.statement.location)

    def _nested(self, one: Filter, term: Term, waiting: list[Filter]) -> list[Rule]:
        """A term that refers to a filter: its terms stand here, and what none of them matches goes on."""
        rules: list[Rule] = []
        for family in one.families:
            inner = self.get(term.filter, family)
            if inner is None:
                reason = reasons.NO_FILTER.format(name=term.filter)
                self.problems.add(term.statement.location, term.statement.text, reason)
                rules.append(_rule(term, Match(uncertain=(f"filter {term.filter}",)), ACCEPT, family))
                continue
            waiting.append(inner)
            action = Action(verb=Verb.JUMP, target=inner.chain)
            rules += [_rule(term, m, action, f) for f, m in term.conditions.matches() if f == family]
        return rules


def _rules(term: Term) -> list[Rule]:
    action = ACCEPT if term.verb is None else term.verb
    if term.undecided:
        action = ACCEPT if action is not CONTINUE else CONTINUE
    doubts = (f"then {term.undecided}",) if term.undecided else ()
    if term.conditions.fragments and action is DROP:
        # Only pieces of packets are meant; the packets here are whole, so such a term stops none of them.
        action = CONTINUE
    out: list[Rule] = []
    for family, match in term.conditions.matches():
        out.append(
            _rule(
                term,
                Match(
                    fields=match.fields,
                    in_interface=match.in_interface,
                    out_interface=match.out_interface,
                    uncertain=(*match.uncertain, *doubts),
                ),
                action,
                family,
            )
        )
    return out


def _rule(term: Term, match: Match, action: Action, family: Family) -> Rule:
    return Rule(
        match=match,
        action=action,
        location=term.statement.location,
        text=shown(f"term {term.name}: {term.conditions.text} then {_word(action)}"),
        families=frozenset({family}),
        log=term.log,
        id=term.name,
    )


def _word(action: Action) -> str:
    return {Verb.ACCEPT: "accept", Verb.DROP: "discard", Verb.CONTINUE: "next term"}.get(action.verb, action.target)


def implicit(location: Location, match: Match, families: frozenset[Family], name: str) -> Rule:
    """The discard at the end of a filter, or of a list of them."""
    return Rule(
        match=match, action=DROP, location=location, text=f"implicit: discard at the end of filter {name}", families=families
    )
