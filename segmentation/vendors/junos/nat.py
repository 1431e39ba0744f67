"""Rule sets and pools of static, destination and source NAT.

Junos OS Network Address Translation User Guide, "NAT Overview": static NAT goes before destination NAT, both before the
security policies; reverse static NAT goes before source NAT, both after them.  Of several rule sets that fit, one of an
interface goes before one of a zone, and that before one of a routing instance ("NAT Rule Sets and Rules").
"""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.device.lexical import Misread, Problems
from segmentation.device.match import Field
from segmentation.model.addresses import NO_ADDRESSES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.junos import names, reasons
from segmentation.vendors.junos.addresses import prefix, span
from segmentation.vendors.junos.statements import Statement

_ORDER = {"interface": 0, "zone": 1, "routing-instance": 2}
_PLAIN = frozenset({
    "traceoptions", "pool-utilization-alarm", "pool-default-port-range", "port-randomization", "interface", "proxy-arp",
    "proxy-ndp", "address-persistent", "natv6v4", "session-persistence-scan", "pool-default-twin-port-range",
    "port-overloading", "session-drop-hold-down",
})  # fmt: skip


@dataclass(slots=True)
class NatRule:
    """A rule with its conditions and its ``then``."""

    name: str
    statement: Statement
    source: list[tuple[str, bool, Statement]] = field(default_factory=list)
    destination: list[tuple[str, bool, Statement]] = field(default_factory=list)
    ports: dict[Field, IntervalSet] = field(default_factory=dict)
    protocols: IntervalSet | None = None
    applications: list[tuple[str, Statement]] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    then: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(slots=True)
class RuleSet:
    """A rule set with where packets come from and go to."""

    kind: str
    name: str
    sides: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {"from": [], "to": []})
    rules: dict[str, NatRule] = field(default_factory=dict)

    @property
    def order(self) -> int:
        """How specific its context is."""
        return min((_ORDER[k] for side in self.sides.values() for k, _ in side), default=3)


@dataclass(slots=True)
class Pool:
    """Addresses and a port to translate to."""

    addresses: AddressSet = NO_ADDRESSES
    port: IntervalSet | None = None


@dataclass(slots=True)
class Nat:
    """All translation of a device."""

    problems: Problems
    sets: dict[tuple[str, str], RuleSet] = field(default_factory=dict)
    pools: dict[tuple[str, str], Pool] = field(default_factory=dict)

    def read(self, words: tuple[str, ...], statement: Statement) -> None:
        """A statement below ``security nat``."""
        try:
            match words:
                case ("static" | "destination" | "source" as kind, "rule-set", name, *rest):
                    self._set(self.sets.setdefault((kind, name), RuleSet(kind, name)), tuple(rest), statement)
                case ("destination" | "source" as kind, "pool", name, *rest):
                    self._pool(self.pools.setdefault((kind, name), Pool()), tuple(rest))
                case (_, word, *_) if word in _PLAIN:
                    pass
                case (word, *_) if word in _PLAIN:
                    pass
                case _:
                    self.problems.add(statement.location, statement.text, reasons.NAT)
        except Misread as wrong:
            self.problems.add(statement.location, statement.text, wrong.reason)

    def _set(self, found: RuleSet, words: tuple[str, ...], statement: Statement) -> None:
        match words:
            case ("from" | "to" as side, "interface" | "zone" | "routing-instance" as kind, name):
                found.sides[side].append((kind, name))
            case ("rule", name, *rest):
                rule = found.rules.setdefault(name, NatRule(name, statement))
                try:
                    self._rule(rule, tuple(rest), statement)
                except Misread as wrong:
                    rule.uncertain.append(" ".join(rest)[:80])
                    self.problems.add(statement.location, statement.text, wrong.reason)
            case () | ("description", *_):
                pass
            case _:
                raise Misread(reasons.NAT)

    @staticmethod
    def _rule(rule: NatRule, words: tuple[str, ...], statement: Statement) -> None:
        match words:
            case ("match", "source-address" | "source-address-name" as word, value):
                rule.source.append((value, word.endswith("name"), statement))
            case ("match", "destination-address" | "destination-address-name" as word, value):
                rule.destination.append((value, word.endswith("name"), statement))
            case ("match", "source-port" | "destination-port" as word, low, *rest):
                axis = Field.SPORT if word == "source-port" else Field.DPORT
                ports = names.ports(f"{low}-{rest[1]}" if rest[:1] == ["to"] and len(rest) > 1 else low)
                rule.ports[axis] = rule.ports.get(axis, IntervalSet()) | ports
            case ("match", "protocol", word):
                rule.protocols = (rule.protocols or IntervalSet()) | names.protocols(word)
            case ("match", "application", name):
                rule.applications.append((name, statement))
            case ("then", "static-nat" | "destination-nat" | "source-nat", *rest):
                rule.then.append(tuple(rest))
            case () | ("description" | "match" | "then",) | ("description" | "session-count-alarm", *_):
                pass
            case _:
                raise Misread(reasons.NAT)

    @staticmethod
    def _pool(pool: Pool, words: tuple[str, ...]) -> None:
        match words:
            case ("address", low, "to", high):
                pool.addresses |= span(low, high)
            case ("address", "port", number) | ("port", number):
                pool.port = IntervalSet.single(names.port(number))
            case ("address", word, "port", number):
                pool.addresses |= prefix(word)
                pool.port = IntervalSet.single(names.port(number))
            case ("address", word):
                pool.addresses |= prefix(word)
            case _:
                pass  # port ranges, overflow pools, persistence: which of the addresses is taken
