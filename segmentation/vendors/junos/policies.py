"""Security policies: zone pairs in order, then global policies, then the default policy.

Junos OS Security Policies User Guide for Security Devices, "Security Policies Overview" (order of lookup; policies see the
destination after destination NAT and the source before source NAT) and "Global Policy Overview".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, Action, Rule
from segmentation.device.lexical import Problems
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY, FAMILIES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ServiceTerm
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.addresses import Addresses, Books
from segmentation.vendors.junos.applications import Alternative, Applications
from segmentation.vendors.junos.statements import Statement
from segmentation.vendors.junos.zones import Zones
from segmentation.vendors.reading import shown

HOST = "junos-host"
#: Products that one policy may become.
PRODUCT_LIMIT = 4_096
_ALL = AddressSet(ANY[4], ANY[6])
_EITHER = Alternative(ServiceTerm(ALL_PROTOCOLS))
#: Conditions beyond the fields of the model, and the values with which they ask for nothing.
_BEYOND = {
    "source-identity": ("any",), "dynamic-application": ("any", "none"), "url-category": ("any", "none"),
    "source-end-user-profile": (), "destination-l3vpn-vrf-group": (), "source-l3vpn-vrf-group": (),
}  # fmt: skip
#: Options of ``then permit`` under which not every packet passes.
#: Conditions of ``match`` with one value, or with none.
_CONDITIONS = frozenset({
    "source-address", "destination-address", "application", "from-zone", "to-zone", "source-address-excluded",
    "destination-address-excluded",
})  # fmt: skip
_CONDITIONAL = frozenset({"firewall-authentication", "destination-address"})


@dataclass(slots=True)
class Policy:
    """One policy of a zone pair, or a global one."""

    name: str
    statement: Statement
    source: list[tuple[str, Statement]] = field(default_factory=list)
    destination: list[tuple[str, Statement]] = field(default_factory=list)
    applications: list[tuple[str, Statement]] = field(default_factory=list)
    source_excluded: bool = False
    destination_excluded: bool = False
    from_zones: list[str] = field(default_factory=list)
    to_zones: list[str] = field(default_factory=list)
    action: Action | None = None
    verb: str = ""
    log: bool = False
    uncertain: list[str] = field(default_factory=list)
    description: str = ""


@dataclass(slots=True)
class Policies:
    """All policies of a device."""

    problems: Problems
    pairs: dict[tuple[str, str], dict[str, Policy]] = field(default_factory=dict)
    everywhere: dict[str, Policy] = field(default_factory=dict)
    default: Statement | None = None
    permit_all: bool = False

    def read(self, words: tuple[str, ...], statement: Statement) -> None:
        """A statement below ``security policies``."""
        match words:
            case ("from-zone", source, "to-zone", destination, "policy", name, *rest):
                pair = self.pairs.setdefault((source, destination), {})
                self._policy(pair.setdefault(name, Policy(name, statement)), tuple(rest), statement)
            case ("global", "policy", name, *rest):
                self._policy(self.everywhere.setdefault(name, Policy(name, statement)), tuple(rest), statement)
            case ("default-policy", "permit-all" | "deny-all" as word):
                if not (statement.inherited and self.default is not None):
                    self.default, self.permit_all = statement, word == "permit-all"
            case () | ("policy-rematch" | "policy-stats" | "traceoptions" | "unified-policy" | "pre-id-default-policy"
, *_):  # fmt: skip
                pass
            case ("from-zone", _, "to-zone", _):
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.STATEMENT)

    def _policy(self, policy: Policy, words: tuple[str, ...], statement: Statement) -> None:
        match words:
            case ("match", *rest):
                self._match(policy, tuple(rest), statement)
            case ("then", *rest):
                self._then(policy, tuple(rest), statement)
            case ("scheduler-name", name):
                policy.uncertain.append(f"scheduler-name {name}")
            case ("description", *text):
                policy.description = " ".join(text)[:300]
            case ():
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.CONDITION.format(word=words[0]), covered=True)
                policy.uncertain.append(" ".join(words)[:80])

    def _match(self, policy: Policy, words: tuple[str, ...], statement: Statement) -> None:
        # One line of the set form may hold several conditions, one after the other.
        size = 1 if words[:1] and words[0].endswith("-excluded") else 2
        while len(words) > size and words[0] in _CONDITIONS:
            self._match(policy, words[:size], statement)
            words = words[size:]
            size = 1 if words[0].endswith("-excluded") else 2
        match words:
            case ("source-address", name):
                policy.source.append((name, statement))
            case ("destination-address", name):
                policy.destination.append((name, statement))
            case ("application", name):
                policy.applications.append((name, statement))
            case ("source-address-excluded",):
                policy.source_excluded = True
            case ("destination-address-excluded",):
                policy.destination_excluded = True
            case ("from-zone", name):
                policy.from_zones.append(name)
            case ("to-zone", name):
                policy.to_zones.append(name)
            case (word, value) if word in _BEYOND:
                if value not in _BEYOND[word]:
                    policy.uncertain.append(f"{word} {value}")
            case ():
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.CONDITION.format(word=words[0]), covered=True)
                policy.uncertain.append(" ".join(words)[:80])

    def _then(self, policy: Policy, words: tuple[str, ...], statement: Statement) -> None:
        match words:
            case ("permit" | "deny" | "reject" as verb, *options):
                if statement.inherited and policy.action is not None and policy.verb != verb:
                    return
                policy.action, policy.verb = (ACCEPT if verb == "permit" else DROP), verb
                if options and options[0] in _CONDITIONAL:
                    policy.uncertain.append(" ".join(options)[:80])
            case ("log", *_):
                policy.log = True
            case () | ("count" | "notify-users" | "alarm", *_):
                pass
            case _:
                self.problems.add(statement.location, statement.text, reasons.ACTION.format(word=words[0]), covered=True)
                policy.uncertain.append("then " + " ".join(words)[:80])


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """Writes policies as rules."""

    books: Books
    applications: Applications
    zones: Zones
    problems: Problems

    def of(self, policy: Policy, pair: tuple[str, str] | None) -> Iterator[Rule]:
        """The rules of one policy; *pair* is ``None`` for a global one, whose zones are part of its match."""
        where = f"from-zone {pair[0]} to-zone {pair[1]}" if pair is not None else "global"
        action, doubts = policy.action, tuple(dict.fromkeys(policy.uncertain))
        if action is None:
            self.problems.add(policy.statement.location, policy.statement.text, reasons.NO_ACTION, covered=True)
            action, doubts = ACCEPT, (*doubts, "no action")
        text = shown(f"{where} policy {policy.name} then {policy.verb or 'permit'}")
        sources = _sides(self._addresses(policy.source, (pair[0],) if pair else ()), excluded=policy.source_excluded)
        targets = _sides(self._addresses(policy.destination, (pair[1],) if pair else ()), excluded=policy.destination_excluded)
        services = self._services(policy)
        zones = self._zones(policy) if pair is None else [(None, None)]
        if len(services) * len(zones) > PRODUCT_LIMIT:
            self.problems.add(policy.statement.location, policy.statement.text, reasons.ALTERNATIVES, covered=True)
            services, zones, doubts = [_EITHER], [(None, None)], (*doubts, "too many combinations")
        for (source, d1), (target, d2), service, (came, goes) in itertools.product(sources, targets, services, zones):
            for family in FAMILIES:
                fields = _fields(family, source, target, service.term)
                if all(fields.values()):
                    uncertain = tuple(dict.fromkeys((*doubts, *d1, *d2, *service.uncertain)))
                    yield Rule(
                        match=Match(fields=fields, in_interface=came, out_interface=goes, uncertain=uncertain),
                        action=action,
                        location=policy.statement.location,
                        text=text,
                        families=frozenset({family}),
                        comment=policy.description,
                        log=policy.log,
                        id=policy.name,
                    )  # fmt: skip

    def _addresses(self, names: Sequence[tuple[str, Statement]], zones: tuple[str, ...]) -> Addresses:
        if not names:
            return Addresses(_ALL)
        out = Addresses()
        for name, statement in names:
            out |= self.books.resolve(name, zones, statement)
        return out

    def _services(self, policy: Policy) -> list[Alternative]:
        if not policy.applications:
            return [_EITHER]
        found = dict.fromkeys(a for name, at in policy.applications for a in self.applications.resolve(name, at))
        return _merged(found)

    def _zones(self, policy: Policy) -> list[tuple[InterfaceMatch | None, InterfaceMatch | None]]:
        return list(itertools.product(self._side(policy.from_zones), self._side(policy.to_zones)))

    def _side(self, names: list[str]) -> list[InterfaceMatch | None]:
        if not names or "any" in names:
            return [None]
        found = [self.zones.match(n) for n in names]
        if any(m is None or m.negated for m in found):
            return found
        return [InterfaceMatch(tuple(dict.fromkeys(p for m in found if m is not None for p in m.patterns)))]


def _sides(addresses: Addresses, *, excluded: bool) -> list[tuple[AddressSet, tuple[str, ...]]]:
    """The known addresses, and all addresses where some are not known; the complement when they are excluded."""
    if excluded:
        return [(_ALL - addresses.known, addresses.unknown)]
    known: list[tuple[AddressSet, tuple[str, ...]]] = [(addresses.known, ())] if addresses.known else []
    return known + ([(_ALL - addresses.known, addresses.unknown)] if addresses.unknown else [])


def _merged(alternatives: dict[Alternative, None]) -> list[Alternative]:
    """Alternatives that differ in destination ports only become one."""
    joined: dict[tuple[IntervalSet, IntervalSet, tuple[str, ...]], IntervalSet] = {}
    for each in alternatives:
        key = (each.term.protocols, each.term.src_ports, each.uncertain)
        joined[key] = joined.get(key, IntervalSet()) | each.term.dst_ports
    return [Alternative(ServiceTerm(p, s, d), u) for (p, s, u), d in joined.items()]


def _fields(family: Family, source: AddressSet, target: AddressSet, term: ServiceTerm) -> dict[Field, IntervalSet]:
    fields = {Field.SRC: source.family(family), Field.DST: target.family(family)}
    fields = {axis: values for axis, values in fields.items() if values != ANY[family]}
    if term.protocols != ALL_PROTOCOLS:
        fields[Field.PROTO] = term.protocols
    if term.src_ports != ALL_PORTS:
        fields[Field.SPORT] = term.src_ports
    if term.dst_ports != ALL_PORTS:
        fields[Field.DPORT] = term.dst_ports
    return fields
