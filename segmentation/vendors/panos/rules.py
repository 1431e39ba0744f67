"""Security rules of one virtual system as rules, in their order.

Administrator's Guide, "Security policy": the first rule that matches decides.  Sets of which only bounds are known give two
rules: the certain part, then the possible whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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

    def read(self, nodes: Iterable[Node]) -> list[Rule]:
        """The rules of these entries; disabled ones are left out."""
        return [rule for node in nodes if node.value("disabled") != "yes" for rule in self._rules(node)]

    def resolve_rest(self) -> None:
        """Resolve the groups that no rule names, so that what is wrong with them is reported as well."""
        names = self.addresses.names
        used = set(names.used)
        for container in names.containers:
            self.addresses.resolve(container.entries("address-group"))
            self.services.ports(container.entries("service-group"))
        names.used = used

    def _rules(self, node: Node) -> Iterator[Rule]:
        why = [*self._conditions(node)]
        src, dst = (self.side(node, o, why) for o in ("source", "destination"))
        terms = self._services(node, why)
        action = self._action(node)
        ways = self._ways(node)
        if len(terms) * len(ways) * 4 > RULES_LIMIT and len(terms) > 1:
            self.notes.add(node, node.name, reasons.MANY_RULES.format(name=node.name), covered=True)
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
            self.notes.add(node, node.name, reasons.NO_PARTY.format(name=node.name, option=option), covered=True)
            why.append(option)
            return perhaps(option)
        found = self.addresses.resolve(held.children.values())
        negation = node.value(f"negate-{option}")
        if negation not in ("", "no", "yes"):
            self.notes.add(
                node, negation, reasons.BAD_VALUE.format(option=f"negate-{option}", text=negation[:40]), covered=True
            )
            return perhaps(f"negate-{option}")
        return found.negated() if negation == "yes" else found

    def _services(self, node: Node, why: list[str]) -> tuple[Term, ...]:
        for option in ("service", "application"):
            if not node.values(option):
                self.notes.add(node, node.name, reasons.NO_PARTY.format(name=node.name, option=option), covered=True)
                why.append(option)
        if not node.values("service"):
            return (Term(),)
        return self.services.resolve(node.entries("service"), node.entries("application"))

    def _conditions(self, node: Node) -> Iterator[str]:
        """What else a rule asks for, in the file's words."""
        for option in _CONDITIONS:
            if option not in node.children:
                continue
            values = node.values(option)
            if not set(values) <= _ALWAYS:
                yield " ".join((option, *values[:8]))[:120]
        if "target" in node.children and (node.values("target", "devices") or node.values("target", "tags")):
            yield "target"  # Panorama: for some of the firewalls only
        yield from self.notes.unknown.get(id(node), ())

    def _action(self, node: Node) -> Action:
        written = node.value("action")
        if written not in _ACTIONS:
            self.notes.add(
                node, f"{node.name} action {written}"[:200], reasons.BAD_ACTION.format(text=written[:40]), covered=True
            )
            return Action(verb=Verb.ACCEPT, uncertain=f"action {written}"[:80])
        return _ACTIONS[written]

    def _ways(self, node: Node) -> list[Way]:
        sources, targets = self.zone_names(node, "from"), self.zone_names(node, "to")
        kind = node.value("rule-type") or "universal"
        if kind == "intrazone":
            return [w for z in self._listed(sources) for w in self._pair((z,), (z,))] + self._inside_elsewhere(sources)
        if kind == "interzone":
            return self._between(sources, targets)
        if kind != "universal":
            self.notes.add(
                node,
                f"{node.name} rule-type {kind}",
                reasons.BAD_VALUE.format(option="rule-type", text=kind[:40]),
                covered=True,
            )
            doubt = f"rule-type {kind}"[:80]
            return [Way(w.came, w.goes, (*w.why, doubt)) for w in self._pair(sources, targets)]
        return self._pair(sources, targets)

    def _inside_elsewhere(self, sources: tuple[str, ...] | None) -> list[Way]:
        """Intrazone for any zone, while some are not known: which packets stay inside one is not known either."""
        elsewhere = self.system.elsewhere
        known = sources is not None or not (self.system.assumed or not self.system.zoned)
        return [] if known else [Way(elsewhere, elsewhere, ("rule-type intrazone",))]

    def _between(self, sources: tuple[str, ...] | None, targets: tuple[str, ...] | None) -> list[Way]:
        """Administrator's Guide, "Rule type": interzone holds for different zones only."""
        if sources is not None and targets is not None and not set(sources) & set(targets):
            return self._pair(sources, targets)
        listed = self._listed(sources)
        out: list[Way] = []
        if sources is None and (self.system.assumed or not self.system.zoned):
            out.append(Way(self.system.elsewhere, self.match(targets)[0], ("rule-type interzone",)))
        for zone in listed:
            if targets is not None:
                rest = tuple(t for t in targets if t != zone)
                if rest:
                    out += self._pair((zone,), rest)
                continue
            away = named(self.interfaces(zone) or (), negated=True)
            out += [Way(w.came, away, w.why) for w in self._pair((zone,), None)]
        return out

    def _listed(self, zones: tuple[str, ...] | None) -> tuple[str, ...]:
        return zones if zones is not None else tuple(self.system.zones)

    def zone_names(self, node: Node, option: str) -> tuple[str, ...] | None:
        """The zones of a rule, ``None`` for any."""
        found = node.values(option)
        for member in node.entries(option):
            if member.name != "any" and self.interfaces(member.name) is None:
                self.system.assume(member.name)
            if member.name in self.system.assumed and member.name not in self.system.reported:
                self.system.reported.add(member.name)
                self.notes.add(member, member.name, reasons.ZONE_MISSING.format(name=member.name))
        return None if not found or "any" in found else found

    def interfaces(self, zone: str) -> tuple[str, ...] | None:
        """The interfaces of a zone; ``None`` if it is not defined."""
        if zone in self.system.external:
            # Administrator's Guide, "Inter-vsys traffic": an external zone stands for the interfaces of other systems.
            peers = (self.others[v] for v in self.system.external[zone] if v in self.others)
            return tuple(i for p in peers for i in p.zoned)
        return self.system.zones.get(zone)

    def _pair(self, sources: tuple[str, ...] | None, targets: tuple[str, ...] | None) -> list[Way]:
        """The certain way, and the possible one where a zone is not known."""
        came, doubt = self.match(sources)
        goes, doubt2 = self.match(targets)
        sure = Way(self._sure(sources), self._sure(targets))
        return [sure, Way(came, goes, (*doubt, *doubt2))] if doubt or doubt2 else [sure]

    def _sure(self, zones: tuple[str, ...] | None) -> InterfaceMatch | None:
        return None if zones is None else named(tuple(i for z in zones for i in self.interfaces(z) or ()))

    def match(self, zones: tuple[str, ...] | None) -> tuple[InterfaceMatch | None, tuple[str, ...]]:
        """The interfaces that these zones may have, and what is not known of them."""
        unknown = tuple(f"zone {z}"[:80] for z in zones or () if z in self.system.assumed)
        if not unknown:
            return self._sure(zones), ()
        # A zone that is not known may have any interface that is in no other zone.
        known = {i for z in zones or () for i in self.interfaces(z) or ()}
        return named(tuple(i for i in self.system.zoned if i not in known), negated=True), unknown


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
    words = [f"{o} {' '.join(values[:40])}" for o in _SHOWN if o in node.children and (values := node.values(o))]
    return shown(f'{label}rule "{node.name[:80]}": {"; ".join(words)}'[:2000])
