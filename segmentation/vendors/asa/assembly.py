"""What was read into the device: translation, inbound access rules and security levels, outbound access rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from segmentation.device.device import (
    ACCEPT,
    DROP,
    Action,
    BaseChain,
    Chain,
    Device,
    Hook,
    InputFile,
    NamedSet,
    Rule,
    Verb,
)
from segmentation.device.match import ANY_PACKET, CtState, Field, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.asa.description import describe
from segmentation.vendors.asa.interfaces import Interface, named
from segmentation.vendors.asa.management import management_rules
from segmentation.vendors.asa.parser import Applied, Parser
from segmentation.vendors.asa.tunnelled import tunnel_rules
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.cisco_acl.lists import AccessList, says_everything
from segmentation.vendors.reading import SourceText, shown

_BOTH: frozenset[Family] = frozenset(FAMILIES)
_SESSIONS = IntervalSet.of((int(CtState.ESTABLISHED), int(CtState.RELATED)))
_INBOUND, _OUTBOUND = 0, 100


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one firewall.

    *name* is the device's name, by default its hostname or the first file.  Never raises: what has no meaning is in
    ``not_understood``, and an entry it stands in is kept and marked uncertain.
    """
    parser = Parser()
    parser.read(texts)
    start = Location(texts[0].name if texts else "", 1)
    assembly = _Assembly(parser, start)
    assembly.build()
    told = describe(parser, assembly.used)
    return Device(
        name=name or parser.hostname or (texts[0].name if texts else ""),
        vendor="asa",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=assembly.chains,
        base_chains=tuple(sorted(assembly.bases, key=lambda b: (b.hook, b.priority, b.chain))),
        sets=tuple(
            NamedSet(name=g.name, location=g.location, size=len(g.addresses) + len(g.terms) + len(g.members), used=g.used)
            for table in (parser.objects.networks, parser.objects.services)
            for g in table.values()
        ),
        interfaces=tuple(i.info() for i in parser.interfaces.values()),
        not_understood=parser.problems.listed(),
        notes=tuple(assembly.notes),
        management=told.management,
        objects=told.objects,
        bindings=told.bindings,
        routes=told.routes,
        aspects=told.aspects,
    )


@dataclass(slots=True)
class _Assembly:
    """Chains under construction."""

    parser: Parser
    start: Location
    chains: dict[str, Chain] = field(default_factory=dict)
    bases: list[BaseChain] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    tunnels: list[Rule] = field(default_factory=list)  # what comes out of tunnels and meets no list

    def build(self) -> None:
        """All base chains, then the lists that filter nowhere."""
        parser = self.parser
        rules = parser.translations.rules(parser.objects, parser.interfaces)
        if rules:
            # Section "Information About NAT": access rules use real addresses, so this comes first.
            self._base("nat", rules, Hook.PREROUTING, -100, "nat", frozenset({4}))
        through = [i for i in parser.interfaces.values() if i.forwards]
        self._known_interfaces()
        inbound = [self._rule(self.start, _state(), ACCEPT, "implicit: packets of permitted connections pass")]
        if not parser.vpn_filtered:
            self.tunnels = list(tunnel_rules(parser, translates=any(r.action.verb is Verb.DNAT for r in rules)))
        inbound += self._inbound(through) if parser.interfaces else self._fragment()
        self._base("access rules in", tuple(inbound), Hook.FORWARD, _INBOUND, "filter", _BOTH)
        outbound = list(self._outbound(through))
        if outbound:
            first = self._rule(self.start, _state(), ACCEPT, "implicit: packets of permitted connections pass")
            # Interfaces without an outbound list let out what was let in: then the inbound rule is the one that decided.
            self._base("access rules out", (first, *self.tunnels, *outbound), Hook.FORWARD, _OUTBOUND, "filter", _BOTH, ACCEPT)
        if parser.interfaces:
            manage = (*management_rules(parser), *self._control_plane())
            self._base("management", manage, Hook.INPUT, 0, "filter", _BOTH, ACCEPT)
        for acl in parser.lists.values():
            if acl.name not in self.used and acl.name not in parser.words_elsewhere and acl.entries:
                self._list(acl)

    def _base(
        self, name: str, rules: tuple[Rule, ...], hook: Hook, priority: int, kind: str, families: frozenset[Family],
        policy: Action | None = None,
    ) -> None:  # fmt: skip
        self.chains[name] = Chain(name=name, rules=rules, location=self.start)
        final = policy or (ACCEPT if kind == "nat" else DROP)
        self.bases.append(
            BaseChain(chain=name, hook=hook, priority=priority, policy=final, families=families, kind=kind, location=self.start)
        )

    @staticmethod
    def _rule(location: Location, match: Match, action: Action, text: str) -> Rule:
        return Rule(match=match, action=action, location=location, text=shown(text), families=_BOTH)

    def _known_interfaces(self) -> None:
        names = {i.name for i in self.parser.interfaces.values()}
        for applied in self.parser.applied:
            if applied.interface and applied.interface not in names and self.parser.interfaces:
                self.parser.problems.report(applied.line, reasons.GROUP_MISSING.format(name=applied.interface))

    def _list(self, acl: AccessList) -> str:
        """The chain of a list, without an end: what follows an interface's list is the global one, then the deny."""
        name = f"access-list {acl.name}"
        if name not in self.chains:
            made, hits = acl.chain(name, final_deny=False), self.parser.hits
            if hits:
                made = replace(made, rules=tuple(replace(r, hits=hits.get(r.location)) for r in made.rules))
            self.chains[name] = made
        return name

    def _inbound(self, through: Sequence[Interface]) -> Iterator[Rule]:
        """Per interface: its list, the global list, the deny; without lists, the security levels.

        Order: Cisco ASA Series Firewall Configuration Guide, "Access Rules", "Implicit Deny" and "Implicit Permits".
        """
        for line in self.parser.openings:
            yield self._rule(line.location, Match(uncertain=(line.text[:120],)), ACCEPT, line.text)
        yield from self._same_security(through)
        yield from self.tunnels
        everywhere = next((a for a in self.parser.applied if a.direction == "global"), None)
        for interface in through:
            came = Match(in_interface=named(interface))
            where = interface.line.location
            own = self._applied("in", interface)
            if own is None and everywhere is None:
                yield from self._levels(interface, through)
                continue
            for applied in (own, everywhere):
                if applied is not None:
                    yield from self._per_user(applied, came)
                    yield self._call(applied, came)
            if self._closed(everywhere or own):
                continue  # written out: the implicit one would never be reached
            last = applied_line(own, everywhere, where)
            yield self._rule(last, came, DROP, f"implicit: deny ip any any (from {interface.name})")

    def _applied(self, direction: str, interface: Interface) -> Applied | None:
        # A list of EtherTypes stands beside the one for IP packets (Firewall CLI Configuration Guide, "EtherType rules").
        listed = (a for a in self.parser.applied if a.name not in self.parser.frame_lists)
        found = [a for a in listed if (a.direction, a.interface) == (direction, interface.name)]
        return found[-1] if found else None  # a later access-group replaces an earlier one

    def _call(self, applied: Applied, match: Match) -> Rule:
        acl = self.parser.lists.get(applied.name)
        if acl is None or not acl.entries:
            # The device refuses such a statement; what the file means is not known.
            self.parser.problems.report(
                applied.line, reasons.ACL_MISSING.format(name=applied.name, effect=reasons.MAY_PASS), covered=True
            )
            doubt = Match(
                in_interface=match.in_interface, out_interface=match.out_interface,
                uncertain=(f"access-list {applied.name} (not defined)",),
            )  # fmt: skip
            return self._rule(applied.line.location, doubt, ACCEPT, applied.line.text)
        self.used.add(applied.name)
        return self._rule(
            applied.line.location, match, Action(verb=Verb.JUMP, target=self._list(acl)), applied.line.text
        )  # fmt: skip

    def _closed(self, applied: Applied | None) -> bool:
        """Whether a list ends with a denial of everything."""
        acl = self.parser.lists.get(applied.name) if applied is not None else None
        active = [e for e in acl.ordered if not e.inactive] if acl is not None else []
        return acl is not None and bool(active) and not active[-1].permit and says_everything(active[-1], acl.families)

    def _per_user(self, applied: Applied, match: Match) -> Iterator[Rule]:
        """Command Reference, "access-group … per-user-override": the list of a user that logged in replaces the interface's."""
        parser = self.parser
        if applied.per_user and (parser.knows_users or parser.crypto_maps or parser.portals):
            perhaps = Match(in_interface=match.in_interface, uncertain=("per-user-override",))
            yield self._rule(applied.line.location, perhaps, ACCEPT, applied.line.text)

    def _control_plane(self) -> Iterator[Rule]:
        """Lists for packets to the device itself.

        Firewall CLI Configuration Guide, "Management Access Rules": statements such as "ssh" have precedence over them, and
        they end without an implicit deny (that part from memory).
        """
        for applied in self.parser.applied:
            if applied.direction == "control-plane":
                came = [i for i in self.parser.interfaces.values() if i.name == applied.interface]
                yield self._call(applied, Match(in_interface=named(*came) if came else None))

    def _same_security(self, through: Sequence[Interface]) -> Iterator[Rule]:
        """Between interfaces of one level, and back out of the interface it came in by, nothing passes unless permitted."""
        closed = [i for i in self.parser.interfaces.values() if i.name and not i.forwards]
        if closed:
            goes = Match(out_interface=named(*closed))
            yield self._rule(closed[0].line.location, goes, DROP, "implicit: management-only or shutdown, nothing passes")
        for interface in through:
            if not self.parser.inter:
                equal = [i for i in through if i is not interface and i.trust == interface.trust]
                if equal:
                    match = Match(in_interface=named(interface), out_interface=named(*equal))
                    text = "implicit: no same-security-traffic permit inter-interface"
                    yield self._rule(interface.line.location, match, DROP, text)
            if not self.parser.intra:
                match = Match(in_interface=named(interface), out_interface=named(interface))
                text = "implicit: no same-security-traffic permit intra-interface"
                yield self._rule(interface.line.location, match, DROP, text)

    def _levels(self, interface: Interface, through: Sequence[Interface]) -> Iterator[Rule]:
        open_to = [
            i
            for i in through
            if i.trust < interface.trust
            or (i is interface and self.parser.intra)
            or (i is not interface and i.trust == interface.trust and self.parser.inter)
        ]
        if open_to:
            match = Match(in_interface=named(interface), out_interface=named(*open_to))
            listed = ", ".join(i.name for i in open_to[:8])
            text = f"implicit: security-level {interface.trust} of {interface.name} permits to {listed}"
            yield self._rule(interface.line.location, match, ACCEPT, text)

    def _outbound(self, through: Sequence[Interface]) -> Iterator[Rule]:
        filtered = [(i, a) for i in through if (a := self._applied("out", i)) is not None]
        if not filtered:
            return
        for interface, applied in filtered:
            goes = Match(out_interface=named(interface))
            yield self._call(applied, goes)
            if self._closed(applied):
                continue
            text = f"implicit: deny ip any any (to {interface.name})"
            yield self._rule(applied.line.location, goes, DROP, text)

    def _fragment(self) -> Iterator[Rule]:
        """A file of lists without interfaces: a single list is taken to filter everything."""
        lists = [a for a in self.parser.lists.values() if a.entries]
        if len(lists) == 1:
            self.used.add(lists[0].name)
            self.notes.append(f"no interfaces: access list {lists[0].name} was taken to filter all traffic")
            acl = lists[0]
            yield self._rule(
                acl.head.location, ANY_PACKET, Action(verb=Verb.JUMP, target=self._list(acl)), f"access-list {acl.name}"
            )  # fmt: skip
            yield self._rule(acl.head.location, ANY_PACKET, DROP, "implicit: deny ip any any")
            return
        if lists:
            self.parser.problems.report(lists[0].head, reasons.NOT_APPLIED, covered=True)
        yield self._rule(self.start, ANY_PACKET, ACCEPT, "implicit: no interfaces and no single access list")


def applied_line(own: Applied | None, everywhere: Applied | None, where: Location) -> Location:
    """Where the deny after an interface's lists comes from."""
    last = everywhere or own
    return last.line.location if last is not None else where


def _state() -> Match:
    return Match(fields={Field.STATE: _SESSIONS})
