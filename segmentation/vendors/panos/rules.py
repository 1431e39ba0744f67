"""Security rules of one virtual system as rules, in their order.

Administrator's Guide, "Security policy": the first rule that matches decides.  Sets of which only bounds are known give two
rules: the certain part, then the possible whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, Action, Rule, Verb
from segmentation.device.lexical import Term
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import ICMP, ICMPV6
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.addresses import Addresses, Between, family_set, perhaps
from segmentation.vendors.panos.check import Notes
from segmentation.vendors.panos.services import Services
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.panos.zones import System, named
from segmentation.vendors.reading import shown

#: Rules that one security rule may become; beyond it its services are widened to any.
RULES_LIMIT = 512
BOTH: frozenset[Family] = frozenset(FAMILIES)
#: Administrator's Guide, "Security policy actions": a reset is a denial that answers.
_ACTIONS = dict.fromkeys(("deny", "drop", "reset-client", "reset-server", "reset-both"), DROP) | {"allow": ACCEPT}
#: Conditions that the fields of a packet do not tell.
_CONDITIONS = (
    "source-user", "category", "schedule", "hip-profiles", "source-hip", "destination-hip", "source-device",
    "destination-device",
    "saas-user-list", "saas-tenant-list", "source-imsi", "source-imei", "source-nw-slice",
)  # fmt: skip
_ALWAYS = frozenset({"any", "none", ""})
_SHOWN = (
    "rule-type",
    "from",
    "to",
    "negate-source",
    "source",
    "negate-destination",
    "destination",
    "application",
    "service",
    "action",
)
_FOREIGN_ICMP: dict[Family, IntervalSet] = {4: IntervalSet.single(ICMPV6), 6: IntervalSet.single(ICMP)}


@dataclass(frozen=True, slots=True)
class Way:
    """Interfaces a packet comes in by and leaves by; ``why`` says what is not known of them."""

    came: InterfaceMatch | None
    goes: InterfaceMatch | None
    why: tuple[str, ...] = ()


@dataclass(slots=True)
class Rulebook:
    """Reads the rules of one virtual system."""

    system: System
    others: dict[str, System]
    addresses: Addresses
    services: Services
    notes: Notes
    label: str = ""
    missing_zones: set[str] = field(default_factory=set)

    def read(self, nodes: Iterable[Node]) -> list[Rule]:
        """The rules of these entries; disabled ones are left out."""
        return [rule for node in nodes if node.value("disabled") != "yes" for rule in self._rules(node)]

    def _rules(self, node: Node) -> Iterator[Rule]:
        why = [*self._conditions(node)]
        src, dst = (self.side(node, o, why) for o in ("source", "destination"))
        terms = self._services(node, why)
        action = self._action(node)
        ways = self._ways(node)
        if len(terms) * len(ways) * 4 > RULES_LIMIT and len(terms) > 1:
            self.notes.add(node, node.name, reasons.MANY_RULES.format(name=node.name))
            terms = (Term(uncertain=("service",)),)
        for way in ways:
            for term in terms:
                for match, families in matches(src, dst, term, way, tuple(why)):
                    yield self.rule(node, match, action, families)

    def rule(self, node: Node, match: Match, action: Action, families: frozenset[Family]) -> Rule:
        """The rule of an entry for one match."""
        return Rule(
            match=match,
            action=action,
            location=Location(node.file, node.line, 1),
            text=rule_text(node, self.label),
            families=families,
            comment=shown(" ".join(node.values("description"))),
            # Administrator's Guide, "Security policy rule": logged at the end of a session unless that is switched off.
            log=node.value("log-end") != "no" or node.value("log-start") == "yes",
            id=shown(node.name),
        )

    def side(self, node: Node, option: str, why: list[str]) -> Between:
        """One side of a rule."""
        held = node.at(option)
        if held is None or not held.children:
            self.notes.add(node, node.name, reasons.NO_PARTY.format(name=node.name, option=option))
            why.append(option)
            return perhaps(option)
        found = self.addresses.resolve(held.children.values())
        negation = node.value(f"negate-{option}")
        if negation not in ("", "no", "yes"):
            self.notes.add(node, negation, reasons.BAD_VALUE.format(option=f"negate-{option}", text=negation[:40]))
            return perhaps(f"negate-{option}")
        return found.negated() if negation == "yes" else found

    def _services(self, node: Node, why: list[str]) -> tuple[Term, ...]:
        for option in ("service", "application"):
            if not node.values(option):
                self.notes.add(node, node.name, reasons.NO_PARTY.format(name=node.name, option=option))
                why.append(option)
        if not node.values("service"):
            return (Term(),)
        return self.services.resolve(node.entries("service"), node.entries("application"))

    def _conditions(self, node: Node) -> Iterator[str]:
        """What else a rule asks for, in the file's words."""
        for option in _CONDITIONS:
            values = node.values(option)
            if not set(values) <= _ALWAYS:
                yield " ".join((option, *values[:8]))[:120]
        if node.values("target", "devices") or node.values("target", "tags"):
            yield "target"  # Panorama: for some of the firewalls only
        yield from self.notes.unknown.get(id(node), ())

    def _action(self, node: Node) -> Action:
        written = node.value("action")
        if written not in _ACTIONS:
            self.notes.add(node, f"{node.name} action {written}"[:200], reasons.BAD_ACTION.format(text=written[:40]))
            return Action(verb=Verb.ACCEPT, uncertain=f"action {written}"[:80])
        return _ACTIONS[written]

    def _ways(self, node: Node) -> list[Way]:
        sources, targets = self.zone_names(node, "from"), self.zone_names(node, "to")
        kind = node.value("rule-type") or "universal"
        if kind == "intrazone":
            return [self._pair(node, (z,), (z,)) for z in self._listed(sources)] or [self._within(sources)]
        if kind == "interzone":
            return self._between(node, sources, targets)
        if kind != "universal":
            self.notes.add(node, f"{node.name} rule-type {kind}", reasons.BAD_VALUE.format(option="rule-type", text=kind[:40]))
            pair = self._pair(node, sources, targets)
            return [Way(pair.came, pair.goes, (*pair.why, f"rule-type {kind}"[:80]))]
        return [self._pair(node, sources, targets)]

    def _within(self, sources: tuple[str, ...] | None) -> Way:
        """Intrazone while no zone has interfaces: which packets stay inside one is not known."""
        return Way(None, None, ("zone " + " ".join(sources or ("any",)),))

    def _between(self, node: Node, sources: tuple[str, ...] | None, targets: tuple[str, ...] | None) -> list[Way]:
        """Administrator's Guide, "Rule type": interzone holds for different zones only."""
        if sources is not None and targets is not None and not set(sources) & set(targets):
            return [self._pair(node, sources, targets)]
        listed = self._listed(sources)
        if not listed:
            return [Way(None, None, ("rule-type interzone",))]
        out = []
        for zone in listed:
            if targets is not None:
                rest = tuple(t for t in targets if t != zone)
                if rest:
                    out.append(self._pair(node, (zone,), rest))
                continue
            came = self._pair(node, (zone,), None)
            own = self.interfaces(zone)
            out.append(Way(came.came, named(own or (), negated=True), came.why))
        return out

    def _listed(self, zones: tuple[str, ...] | None) -> tuple[str, ...]:
        return zones if zones is not None else tuple(self.system.zones)

    def zone_names(self, node: Node, option: str) -> tuple[str, ...] | None:
        """The zones of a rule, ``None`` for any."""
        found = node.values(option)
        return None if not found or "any" in found else found

    def interfaces(self, zone: str) -> tuple[str, ...] | None:
        """The interfaces of a zone; ``None`` if it is not defined."""
        if zone in self.system.external:
            # Administrator's Guide, "Inter-vsys traffic": an external zone stands for the interfaces of other systems.
            peers = (self.others[v] for v in self.system.external[zone] if v in self.others)
            return tuple(i for p in peers for i in p.zoned)
        return self.system.zones.get(zone)

    def _pair(self, node: Node, sources: tuple[str, ...] | None, targets: tuple[str, ...] | None) -> Way:
        came, doubt = self.match(node, sources)
        goes, doubt2 = self.match(node, targets)
        return Way(came, goes, (*doubt, *doubt2))

    def match(self, node: Node, zones: tuple[str, ...] | None) -> tuple[InterfaceMatch | None, tuple[str, ...]]:
        """The interfaces of these zones, and what is not known of them."""
        if zones is None:
            return None, ()
        unknown = [z for z in zones if self.interfaces(z) is None]
        known = tuple(i for z in zones for i in self.interfaces(z) or ())
        if not unknown:
            return named(known), ()
        for zone in unknown:
            if zone not in self.missing_zones:  # reported where it is first named
                self.missing_zones.add(zone)
                held = node.at("from", zone) or node.at("to", zone) or node
                self.notes.add(held, zone, reasons.ZONE_MISSING.format(name=zone))
        # It may be any interface that is in no other zone.
        rest = tuple(i for i in self.system.zoned if i not in known)
        return (named(rest, negated=True) if rest else None), tuple(f"zone {z}" for z in unknown)


def matches(
    src: Between, dst: Between, term: Term, way: Way, why: tuple[str, ...]
) -> Iterator[tuple[Match, frozenset[Family]]]:
    """The certain part of a product, then, if more is possible, the whole of it; families of equal fields together."""
    doubts = tuple(dict.fromkeys((*why, *way.why, *src.why, *dst.why, *term.uncertain)))
    if not (why or way.why or term.uncertain):
        for fields, families in _products(src.lower, dst.lower, term):
            yield Match(fields=fields, in_interface=way.came, out_interface=way.goes), families
        if src.known and dst.known:
            return
    for fields, families in _products(src.upper, dst.upper, term):
        yield (
            Match(fields=fields, in_interface=way.came, out_interface=way.goes, uncertain=doubts or ("address",)),
            families,
        )


def _products(src: AddressSet, dst: AddressSet, term: Term) -> list[tuple[dict[Field, IntervalSet], frozenset[Family]]]:
    out: list[tuple[dict[Field, IntervalSet], frozenset[Family]]] = []
    for family in FAMILIES:
        fields = dict(term.fields)
        if fields.get(Field.PROTO) == _FOREIGN_ICMP[family]:
            continue
        ends = {Field.SRC: family_set(src, family), Field.DST: family_set(dst, family)}
        if any(s is not None and not s for s in ends.values()):
            continue
        fields |= {axis: s for axis, s in ends.items() if s is not None}
        if out and out[-1][0] == fields:
            out[-1] = (fields, BOTH)
        else:
            out.append((fields, frozenset({family})))
    return out


def rule_text(node: Node, label: str = "") -> str:
    """A rule in one line, with its options as written."""
    words = [f"{o} {' '.join(node.values(o)[:40])}" for o in _SHOWN if node.values(o)]
    return shown(f'{label}rule "{node.name[:80]}": {"; ".join(words)}'[:2000])
