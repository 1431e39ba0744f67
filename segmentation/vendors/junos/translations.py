"""NAT rule sets as rules (Junos OS Network Address Translation User Guide, "NAT Overview")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segmentation.device.device import ACCEPT, Action, Rule, Translation, Verb
from segmentation.device.lexical import Misread, Problems, decimal
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY, FAMILIES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.addresses import Addresses, Books, prefix
from segmentation.vendors.junos.applications import Applications
from segmentation.vendors.junos.nat import Nat, NatRule, Pool, RuleSet
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.junos.zones import Zones
from segmentation.vendors.reading import shown

#: Source ports after translation ("Source NAT", port translation).
_SNAT_PORTS = IntervalSet.of((1024, 65535))


@dataclass(frozen=True, slots=True)
class NatRules:
    """Writes rule sets as rules."""

    nat: Nat
    books: Books
    applications: Applications
    zones: Zones
    instances: Mapping[str, Sequence[str]]
    problems: Problems

    def destinations(self) -> Iterator[Rule]:
        """Static NAT, then destination NAT, as packets come in."""
        for kind in ("static", "destination"):
            for found in self._sets(kind):
                for rule in found.rules.values():
                    yield from self._incoming(found, rule)

    def sources(self) -> Iterator[Rule]:
        """Static NAT backwards, then source NAT, as packets leave."""
        for found in self._sets("static"):
            for rule in found.rules.values():
                yield from self._reverse(found, rule)
        for found in self._sets("source"):
            for rule in found.rules.values():
                yield from self._outgoing(found, rule)

    def _sets(self, kind: str) -> list[RuleSet]:
        return sorted((s for (k, _), s in self.nat.sets.items() if k == kind), key=lambda s: s.order)

    def _incoming(self, found: RuleSet, rule: NatRule) -> Iterator[Rule]:
        then = [w for words in rule.then for w in words]
        came = self._context(found.sides["from"])
        for family in FAMILIES:
            if "off" in then:
                action = ACCEPT
            else:
                to = self._static(rule, family) if found.kind == "static" else self._pooled(rule, family)
                if to is None:
                    continue
                action = Action(verb=Verb.DNAT, translation=to)
            yield from self._rules(found, rule, action, family, came, None)
        known = any(w in ("off", "pool", "prefix", "prefix-name") for w in then)
        if not known or any(w in ("inet", "nptv6-prefix") for w in then):
            self.problems.add(rule.statement.location, rule.statement.text, reasons.NAT)

    def _pooled(self, rule: NatRule, family: Family) -> Translation | None:
        name = next((words[1] for words in rule.then if words[0] == "pool" and len(words) > 1), "")
        pool = self.nat.pools.get(("destination", name))
        if pool is None:
            if name and family == 4:
                self.problems.add(rule.statement.location, rule.statement.text, reasons.NAT)
            return Translation(unknown=True) if name else None
        values = pool.addresses.family(family)
        return Translation(addresses=values, ports=pool.port) if values else None

    def _static(self, rule: NatRule, family: Family) -> Translation | None:
        """The prefix of a static rule: one to one, as long as both are prefixes of one length."""
        target = self._prefix(rule)
        values = target.known.family(family)
        ports: IntervalSet | None = None
        for words in rule.then:
            if "mapped-port" in words:
                numbers = [n for w in words[words.index("mapped-port") + 1 :] if (n := decimal(w, 65535)) is not None]
                ports = IntervalSet.of((min(numbers), max(numbers))) if numbers else None
        if not values:
            return None
        return Translation(addresses=values, ports=ports, keep_host_bits=values.size > 1)

    def _prefix(self, rule: NatRule) -> Addresses:
        for words in rule.then:
            match words:
                case ("prefix", word, *_) if word not in ("routing-instance", "mapped-port"):
                    return self._address(word, rule.statement, named=False)
                case ("prefix-name", name, *_) if name not in ("routing-instance", "mapped-port"):
                    return self._address(name, rule.statement, named=True)
                case _:
                    continue
        return Addresses()

    def _reverse(self, found: RuleSet, rule: NatRule) -> Iterator[Rule]:
        inside = self._prefix(rule).known
        outside = self._addresses(rule.destination).known
        goes = self._context(found.sides["from"])
        for family in FAMILIES:
            values, new = inside.family(family), outside.family(family)
            if values and new and new != ANY[family] and not rule.ports:
                to = Translation(addresses=new, keep_host_bits=new.size > 1)
                yield self._rule_of(
                    found, rule, Match(fields={Field.SRC: values}, out_interface=goes), Action(verb=Verb.SNAT, translation=to),
                    family,
                )  # fmt: skip

    def _outgoing(self, found: RuleSet, rule: NatRule) -> Iterator[Rule]:
        words = next((w for w in rule.then if w), ("",))
        came, goes = self._context(found.sides["from"]), self._context(found.sides["to"])
        for family in FAMILIES:
            match words:
                case ("off", *_):
                    action = ACCEPT
                case ("interface", *_):
                    action = Action(verb=Verb.SNAT, translation=Translation(unknown=True, ports=_SNAT_PORTS))
                case ("pool", name, *_):
                    pool = self.nat.pools.get(("source", name), Pool())
                    values = pool.addresses.family(family)
                    if pool.addresses and not values:
                        continue
                    translation = Translation(addresses=values or None, unknown=not values, ports=_SNAT_PORTS)
                    action = Action(verb=Verb.SNAT, translation=translation)
                case _:
                    continue
            yield from self._rules(found, rule, action, family, came, goes)

    def _rules(
        self, found: RuleSet, rule: NatRule, action: Action, family: Family, came: InterfaceMatch | None,
        goes: InterfaceMatch | None,
    ) -> Iterator[Rule]:  # fmt: skip
        fields: dict[Field, IntervalSet] = dict(rule.ports)
        doubts = list(rule.uncertain)
        for axis, entries in ((Field.SRC, rule.source), (Field.DST, rule.destination)):
            addresses = self._addresses(entries)
            doubts += addresses.unknown
            values = ANY[family] if addresses.unknown else addresses.known.family(family)
            if not values:
                return
            if values != ANY[family]:
                fields[axis] = values
        if rule.protocols is not None:
            fields[Field.PROTO] = rule.protocols
        alternatives: list[tuple[dict[Field, IntervalSet], tuple[str, ...]]] = [({}, ())]
        if rule.applications:
            alternatives = [
                ({Field.PROTO: a.term.protocols, Field.SPORT: a.term.src_ports, Field.DPORT: a.term.dst_ports}, a.uncertain)
                for name, at in rule.applications
                for a in self.applications.resolve(name, at)
            ]
        for more, unknown in alternatives:
            match = Match(
                fields=fields | more, in_interface=came, out_interface=goes, uncertain=tuple(dict.fromkeys((*doubts, *unknown)))
            )
            yield self._rule_of(found, rule, match, action, family)

    @staticmethod
    def _rule_of(found: RuleSet, rule: NatRule, match: Match, action: Action, family: Family) -> Rule:
        return Rule(
            match=match,
            action=action,
            location=rule.statement.location,
            text=shown(f"nat {found.kind} rule-set {found.name} rule {rule.name}"),
            families=frozenset({family}),
            id=rule.name,
        )

    def _context(self, side: list[tuple[str, str]]) -> InterfaceMatch | None:
        names: list[str] = []
        for kind, name in side:
            if kind == "interface":
                names.append(name if "." in name else f"{name}.0")
            elif kind == "zone":
                match = self.zones.match(name)
                if match is None or match.negated:
                    return match
                names += match.patterns
            elif name == "default":
                taken = tuple(i for listed in self.instances.values() for i in listed)
                return InterfaceMatch(taken, negated=True) if taken else None
            else:
                names += self.instances.get(name, ()) or [f"routing-instance {name}"]
        return InterfaceMatch(tuple(dict.fromkeys(names))) if names else None

    def _addresses(self, entries: list[tuple[str, bool, Statement]]) -> Addresses:
        if not entries:
            return Addresses(AddressSet(ANY[4], ANY[6]))
        out = Addresses()
        for word, named, statement in entries:
            out |= self._address(word, statement, named=named)
        return out

    def _address(self, word: str, statement: Statement, *, named: bool) -> Addresses:
        if named:
            return self.books.resolve(word, (), statement)
        try:
            return Addresses(prefix(word))
        except Misread as wrong:
            self.problems.add(statement.location, statement.text, wrong.reason)
            return Addresses(unknown=(word,))
