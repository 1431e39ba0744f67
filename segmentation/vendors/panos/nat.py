"""NAT rules: packets of the first rule that matches are translated, or left as they are.

Administrator's Guide, "NAT policy rules" and "Source NAT and destination NAT": a NAT rule sees the packet as it came, and as
its destination zone the one to which the untranslated destination is routed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, Action, Rule, Translation, Verb
from segmentation.device.lexical import Term
from segmentation.device.match import Field, Match
from segmentation.model.addresses import FAMILIES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.addresses import Between, exactly, perhaps
from segmentation.vendors.panos.rules import Rulebook, Way, matches
from segmentation.vendors.panos.services import port_set
from segmentation.vendors.panos.tree import Node
from segmentation.vendors.panos.zones import Interface, connected

_SOURCES = ("dynamic-ip-and-port", "dynamic-ip", "static-ip", "persistent-dynamic-ip-and-port")
#: Translations that change the family of a packet: where it goes is not told.
_FAMILY_CHANGING = frozenset({"nat64", "nptv6"})


@dataclass(slots=True)
class Translations:
    """The rules of the two NAT chains."""

    book: Rulebook
    interfaces: dict[str, Interface]
    uncertain: bool = False
    incoming: list[Rule] = field(default_factory=list)
    outgoing: list[Rule] = field(default_factory=list)

    def read(self, nodes: Iterable[Node]) -> None:
        """Read the rules, in order."""
        listed = [n for n in nodes if n.value("disabled") != "yes"]
        rewrites = any(self._destination(n) is not None or _both_ways(n) for n in listed)
        for node in listed:
            self._rule(node, rewrites=rewrites)

    def _rule(self, node: Node, *, rewrites: bool) -> None:
        book = self.book
        why: list[str] = ["device-group"] if self.uncertain else []
        why += book.notes.unknown.get(id(node), [])
        if node.values("target", "devices") or node.values("target", "tags"):
            why.append("target")
        for option in ("to-interface", "active-active-device-binding"):
            if node.value(option) not in ("", "any"):
                why.append(f"{option} {node.value(option)}"[:80])
        src, dst = book.side(node, "source", why), book.side(node, "destination", why)
        terms = book.services.ports(node.entries("service")) if node.values("service") else (Term(),)
        came, doubt = book.match(book.zone_names(node, "from"))
        way = Way(came, None, doubt)
        if node.value("nat-type") in _FAMILY_CHANGING:
            book.notes.add(node, node.name, reasons.TRANSLATION.format(name=node.name, what=node.value("nat-type")))
        for limited, doubts in self._routed(node, dst, why):
            for term in terms:
                for match, families in matches(src, limited, term, way, tuple(doubts)):
                    self._incoming(node, match, families)
        goes, doubt2 = book.match(book.zone_names(node, "to"))
        outward = Way(came, goes, (*doubt, *doubt2))
        # Behind a translation of the destination the original one is gone: the rule then holds perhaps.
        aim, extra = (exactly_any(), ["destination"]) if rewrites and node.values("destination") != ("any",) else (dst, [])
        for term in terms:
            for match, families in matches(src, aim, term, outward, (*why, *extra)):
                self._outgoing(node, match, families)
        if _both_ways(node):
            self._inverse(node, src)

    def _routed(self, node: Node, dst: Between, why: list[str]) -> list[tuple[Between, list[str]]]:
        """The destinations that are routed to the zone of the rule: certain behind its own interfaces, else perhaps."""
        zones = self.book.zone_names(node, "to")
        if zones is None:
            return [(dst, why)]
        own = connected(self.interfaces, tuple(i for z in zones for i in self.book.interfaces(z) or ()))
        others = tuple(i for z, members in self.book.system.zones.items() if z not in zones for i in members)
        near = own - connected(self.interfaces, others)
        far = connected(self.interfaces, others) - own
        certain = Between(dst.lower & near, dst.upper & near, dst.why)
        rest = exactly(dst.upper - near - far)
        out = [(certain, why)] if certain.upper else []
        return [*out, (rest, [*why, "to " + " ".join(zones)[:80]])] if rest.upper else out

    def _destination(self, node: Node) -> Node | None:
        for key in ("destination-translation", "dynamic-destination-translation"):
            found = node.at(key)
            if found is not None and found.children:
                return found
        return None

    def _incoming(self, node: Node, match: Match, families: frozenset[Family]) -> None:
        target = self._destination(node)
        if target is None:
            self.incoming.append(self.book.rule(node, match, ACCEPT, families))
            return
        text = target.value("translated-port")
        ports = port_set(text) if text else None
        if text and ports is None:
            self.book.notes.add(target, text, reasons.BAD_PORT.format(text=text[:80]))
        found = self._addresses(node, target) if target.value("translated-address") else None
        for family in sorted(families):
            to = self._translation(node, found, family, ports, match) if found is not None else Translation(ports=ports)
            self.incoming.append(self.book.rule(node, match, Action(verb=Verb.DNAT, translation=to), frozenset({family})))

    def _addresses(self, node: Node, holder: Node) -> Between:
        held = holder.at("translated-address")
        found = self.book.addresses.resolve(held.children.values()) if held is not None else perhaps("translated-address")
        if not found.known:
            text = " ".join(holder.values("translated-address"))
            self.book.notes.add(node, node.name, reasons.TRANSLATION.format(name=node.name, what=text[:80]))
        return found

    def _translation(
        self, node: Node, found: Between, family: Family, ports: IntervalSet | None, match: Match
    ) -> Translation:  # fmt: skip
        values = found.upper.family(family)
        if not found.known or not values or node.value("nat-type") in _FAMILY_CHANGING:
            return Translation(ports=ports, unknown=True)
        original = match.fields.get(Field.DST)
        same = original is not None and original.size == values.size > 1 and len(values) == 1 and len(original) == 1
        aligned = same and values.low % values.size == 0 and original is not None and original.low % values.size == 0
        return Translation(addresses=values, ports=ports, keep_host_bits=bool(aligned))

    def _outgoing(self, node: Node, match: Match, families: frozenset[Family]) -> None:
        holder = next((h for kind in _SOURCES if (h := node.at("source-translation", kind)) is not None), None)
        if holder is None:
            self.outgoing.append(self.book.rule(node, match, ACCEPT, families))
            return
        found = self._addresses(node, holder) if holder.values("translated-address") else None
        for family in sorted(families):
            values = found.upper.family(family) if found is not None and found.known else IntervalSet()
            to = Translation(addresses=values) if values else Translation(unknown=True)  # the address of an interface
            self.outgoing.append(self.book.rule(node, match, Action(verb=Verb.SNAT, translation=to), frozenset({family})))

    def _inverse(self, node: Node, src: Between) -> None:
        """A static source translation in both directions also translates destinations back ("Bi-directional source NAT")."""
        holder = node.at("source-translation", "static-ip")
        assert holder is not None
        outer = self._addresses(node, holder)
        for match, families in matches(exactly_any(), outer, Term(), Way(None, None), ("bi-directional",)):
            for family in sorted(families):
                to = self._translation(node, src, family, None, match)
                self.incoming.append(self.book.rule(node, match, Action(verb=Verb.DNAT, translation=to), frozenset({family})))


def _both_ways(node: Node) -> bool:
    return node.value("source-translation", "static-ip", "bi-directional") == "yes"


def exactly_any() -> Between:
    """Every address."""
    every = AddressSet.union(AddressSet.of(f, IntervalSet.of((0, (1 << (32 if f == 4 else 128)) - 1))) for f in FAMILIES)
    return exactly(every)
