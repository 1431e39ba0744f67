"""Applications and application sets, with those that Junos OS defines itself.

Junos OS Security Policies User Guide for Security Devices, "Predefined Policy Applications"; ``show configuration groups
junos-defaults applications`` prints them on the device.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ICMP, ICMPV6, TCP, UDP, ServiceTerm
from segmentation.vendors.junos import names, reasons
from segmentation.vendors.junos.predefined import PREDEFINED, PREDEFINED_SETS
from segmentation.vendors.junos.statements import Statement

NESTING_LIMIT = 32
#: Attributes that say nothing of which packets are meant.
_PLAIN = frozenset({"inactivity-timeout", "description", "ether-type", "do-not-translate-aaaa-query-to-a-query",
                    "do-not-translate-a-query-to-aaaa-query", "application-protocol"})  # fmt: skip
#: Attributes that narrow an application by what is inside its packets.
_DEEP = frozenset({"rpc-program-number", "uuid", "snmp-command", "ttl-threshold", "sip"})
_PORTED = IntervalSet.of((TCP, TCP), (UDP, UDP))


@dataclass(frozen=True, slots=True)
class Alternative:
    """One product of protocol and ports, with what cannot be known about it."""

    term: ServiceTerm
    uncertain: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """One application, or one ``term`` of it."""

    protocols: IntervalSet | None = None
    source: IntervalSet | None = None
    destination: IntervalSet | None = None
    types: IntervalSet | None = None
    codes: IntervalSet | None = None
    uncertain: list[str] = field(default_factory=list)

    def alternative(self) -> Alternative:
        """The product; ICMP type and code take the place of the ports."""
        protocols = self.protocols
        if self.types is not None or self.codes is not None:
            protocols = IntervalSet.single(ICMP) if protocols is None else protocols
            return Alternative(ServiceTerm(protocols, self.types or ALL_PORTS, self.codes or ALL_PORTS), tuple(self.uncertain))
        if protocols is None:
            ported = self.source is not None or self.destination is not None
            protocols = _PORTED if ported else ALL_PROTOCOLS
        return Alternative(
            ServiceTerm(protocols, self.source or ALL_PORTS, self.destination or ALL_PORTS), tuple(self.uncertain)
        )


@dataclass(slots=True)
class Application:
    """An application: its own product, or the products of its terms."""

    statement: Statement
    own: _Draft = field(default_factory=_Draft)
    terms: dict[str, _Draft] = field(default_factory=dict)
    touched: bool = False


@dataclass(slots=True)
class Applications:
    """All applications of a device."""

    problems: Problems
    defined: dict[str, Application] = field(default_factory=dict)
    sets: dict[str, list[tuple[str, Statement]]] = field(default_factory=dict)
    _known: dict[str, tuple[Alternative, ...]] = field(default_factory=dict)

    def read(self, words: tuple[str, ...], statement: Statement) -> None:
        """A statement below ``applications``."""
        match words:
            case ("application", name, "term", term, *rest):
                found = self.defined.setdefault(name, Application(statement))
                self._attributes(found.terms.setdefault(term, _Draft()), rest, statement)
            case ("application", name, *rest):
                found = self.defined.setdefault(name, Application(statement))
                found.touched = True
                self._attributes(found.own, rest, statement)
            case ("application-set", name, "application" | "application-set", member):
                self.sets.setdefault(name, []).append((member, statement))
            case ("application-set", name) | ("application-set", name, "description", *_):
                self.sets.setdefault(name, [])
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def resolve(self, name: str, statement: Statement) -> tuple[Alternative, ...]:
        """What *name* of a policy stands for."""
        if name == "any":
            return (Alternative(ServiceTerm(ALL_PROTOCOLS)),)
        if name not in self._known:
            self._known[name] = tuple(dict.fromkeys(self._resolve(name, statement, ())))
        return self._known[name]

    def _resolve(self, name: str, statement: Statement, path: tuple[str, ...]) -> list[Alternative]:
        if name in self._known:
            return list(self._known[name])
        if name in self.defined:
            found = self.defined[name]
            return [d.alternative() for d in found.terms.values()] or [found.own.alternative()]
        if name in self.sets or name in PREDEFINED_SETS:
            if name in path or len(path) > NESTING_LIMIT:
                self.problems.add(statement.location, statement.text, reasons.LOOP.format(name=name), covered=True)
                return [Alternative(ServiceTerm(ALL_PROTOCOLS), (name,))]
            members = self.sets.get(name) or [(m, statement) for m in PREDEFINED_SETS.get(name, ())]
            out = dict.fromkeys(a for m, at in members for a in self._resolve(m, at, (*path, name)))
            self._known[name] = tuple(out)  # sets are named by other sets again and again
            return list(out)
        if name in PREDEFINED:
            return [Alternative(t) for t in PREDEFINED[name]]
        self.problems.add(statement.location, statement.text, reasons.NO_APPLICATION.format(name=name), covered=True)
        return [Alternative(ServiceTerm(ALL_PROTOCOLS), (f"application {name}",))]

    def _attributes(self, draft: _Draft, words: list[str], statement: Statement) -> None:
        """Pairs of attribute and value; the set form may put several in one line."""
        at = 0
        while at < len(words):
            word = words[at]
            value = words[at + 1] if at + 1 < len(words) else ""
            try:
                self._attribute(draft, word, value, statement)
            except Misread as wrong:
                self.problems.add(statement.location, statement.text, wrong.reason, covered=True)
                draft.uncertain.append(f"{word} {value}".strip())
            at += 1 if word.startswith("do-not-translate") else 2

    def _attribute(self, draft: _Draft, word: str, value: str, statement: Statement) -> None:
        if not value and not word.startswith("do-not-translate"):
            raise Misread(reasons.SHORT)
        kept = statement.inherited
        if word == "protocol":
            if not (kept and draft.protocols is not None):
                draft.protocols = names.protocols(value)
        elif word == "source-port":
            draft.source = names.ports(value)
        elif word == "destination-port":
            draft.destination = names.ports(value)
        elif word in ("icmp-type", "icmp-code"):
            found = names.icmp(value, 4, code=word == "icmp-code")
            draft.types, draft.codes = (found, draft.codes) if word == "icmp-type" else (draft.types, found)
            draft.protocols = draft.protocols or IntervalSet.single(ICMP)
        elif word in ("icmp6-type", "icmp6-code"):
            found = names.icmp(value, 6, code=word == "icmp6-code")
            draft.types, draft.codes = (found, draft.codes) if word == "icmp6-type" else (draft.types, found)
            draft.protocols = draft.protocols or IntervalSet.single(ICMPV6)
        elif word in _DEEP:
            draft.uncertain.append(f"{word} {value}")
        elif word not in _PLAIN:
            raise Misread(reasons.CONDITION.format(word=word))
