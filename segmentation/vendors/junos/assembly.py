"""What was read into the device: input filters, destination NAT, security policies, source NAT, output filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from segmentation.device.device import ACCEPT, DROP, Action, BaseChain, Chain, Device, Hook, InputFile, NamedSet, Rule, Verb
from segmentation.device.management import Aspect, Management
from segmentation.device.match import ANY_PACKET, CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.junos import reasons
from segmentation.vendors.junos.filters import Filter, implicit
from segmentation.vendors.junos.interfaces import Bound, Unit
from segmentation.vendors.junos.parser import Parser
from segmentation.vendors.junos.policies import HOST, Policy, PolicyRules
from segmentation.vendors.junos.ports import physical_ports
from segmentation.vendors.junos.references import bindings, config_objects
from segmentation.vendors.junos.routes import connected_routes, instances_apart, static_routes
from segmentation.vendors.junos.system import (
    accounts,
    management_services,
    remote_access,
    software,
    syslog_targets,
    time_servers,
)
from segmentation.vendors.junos.translations import NatRules
from segmentation.vendors.junos.tunnels import tunnels
from segmentation.vendors.reading import SourceText, shown

#: A packet's way: stateless filter of the interface it comes in by, destination NAT, policies, source NAT, stateless filter
#: of the interface it leaves by (Junos OS Flow-Based and Packet-Based Processing User Guide, "Traffic Processing on Security
#: Devices Overview"; policies see the translated destination and the source before translation).
_INPUT_FILTERS, _DNAT, _POLICIES, _SNAT, _OUTPUT_FILTERS = 0, 10, 20, 100, 200
_LOOPBACK, _INBOUND, _HOST_POLICIES = 5, 30, 40
_NOT_ROUTED = -20
_INSTANCES = 15  # behind destination NAT, which may choose another instance
_MANAGEMENT_PORTS = ("fxp", "em", "me0", "vme")
_BOTH: frozenset[Family] = frozenset(FAMILIES)
_SESSIONS = IntervalSet.of((int(CtState.ESTABLISHED), int(CtState.RELATED)))


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one router, switch or SRX, in brace or ``set`` form.

    *name* is the device's name, by default its host name or the first file.  Never raises: what has no meaning is in
    ``not_understood``, and a rule it stands in is kept and marked uncertain.
    """
    parser = Parser()
    parser.read(texts)
    return _Assembly(parser, texts).device(name)


class _Assembly:
    """Chains under construction."""

    def __init__(self, parser: Parser, texts: Sequence[SourceText]) -> None:
        self.parser = parser
        self.texts = texts
        self.chains: dict[str, Chain] = {}
        self.bases: list[BaseChain] = []
        self.notes: list[str] = []
        self.start = Location(texts[0].name if texts else "", 1)

    def device(self, name: str) -> Device:
        """Everything put together."""
        parser = self.parser
        self._separation()
        self._interface_filters()
        self._translations()
        if parser.secured:
            self._policies()
            self._inbound()
        self._unapplied()
        zone_of = {i: z.name for z in parser.zones.zones.values() for i in z.interfaces}
        return Device(
            name=name or parser.hostname or (self.texts[0].name if self.texts else ""),
            vendor="junos",
            inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in self.texts),
            chains=self.chains,
            base_chains=tuple(sorted(self.bases, key=lambda b: (b.hook, b.priority, b.chain))),
            sets=tuple(
                NamedSet(
                    name=entry_name,
                    location=entry.statement.location,
                    size=max(1, len(entry.value.known.v4) + len(entry.value.known.v6)),
                    dynamic=bool(entry.value.unknown),
                    used=entry.used,
                )
                for book in parser.books.books.values()
                for entry_name, entry in book.entries.items()
            ),
            interfaces=tuple(
                u.info(zone_of.get(u.name, ""), self.vrf_of.get(u.name, "")) for u in parser.interfaces.units.values()
            ),
            not_understood=tuple(dict.fromkeys(parser.problems.all())),  # each family reads the same place
            notes=tuple(self.notes),
            management=self._about(),
            objects=config_objects(parser),
            bindings=bindings(parser),
            routes=(*static_routes(parser.statements), *connected_routes(parser.interfaces.units, self.vrf_of)),
            aspects=self._aspects(),
        )

    def _about(self) -> Management:
        parser, said = self.parser, self.parser.statements
        zoned = {i for z in parser.zones.zones.values() for i in z.interfaces}
        outside = tuple(u for u in parser.interfaces.units if u.startswith(_MANAGEMENT_PORTS) and u not in zoned)
        return Management(
            services=management_services(said, parser.zones, parser.prefixes, outside, secured=bool(parser.zones.zones)),
            accounts=accounts(said),
            syslog=syslog_targets(said),
            time_servers=time_servers(said),
            ports=physical_ports(said, parser.interfaces.vlans),
            tunnels=tunnels(said),
            software=software(said),
            remote_access=remote_access(said),
        )

    def _aspects(self) -> frozenset[Aspect]:
        """A file of filters or policies says nothing of the rest; a whole configuration has interfaces and system settings."""
        parser = self.parser
        found = {Aspect.OBJECTS, Aspect.LOGGING}
        heads = {s.words[0] for s in parser.statements}
        if parser.secured and not any(u.filters for u in parser.interfaces.units.values()):
            found.add(Aspect.COMMENTS)  # terms of filters have no place for one
        if parser.interfaces.units:
            found |= {Aspect.BINDINGS, Aspect.ROUTES}
        if parser.interfaces.units and "system" in heads:
            found |= {Aspect.SERVICES, Aspect.ACCOUNTS, Aspect.SYSLOG, Aspect.TIME, Aspect.PORTS, Aspect.TUNNELS}
            # Access points that an SRX controls are not read.
            found |= set() if "wlan" in heads else {Aspect.WIRELESS}
            found |= {Aspect.SOFTWARE} if software(parser.statements) else set()
        return frozenset(found)

    @property
    def vrf_of(self) -> dict[str, str]:
        """The routing instance of each logical interface that is in one."""
        return {name: instance for instance, listed in self.parser.instances.items() for name in listed}

    def _separation(self) -> None:
        units = {n: u for n, u in self.parser.interfaces.units.items() if u.enabled}
        rules, leak = instances_apart(self.parser.statements, units, self.vrf_of)
        if leak is not None:
            self.notes.append(f"{leak.location}: routes may leak between instances, which are not kept apart")
        if rules:
            self._base("routing instances", rules, (Hook.FORWARD,), _INSTANCES, ACCEPT)

    def _base(
        self, name: str, rules: Iterable[Rule], hooks: Sequence[Hook], priority: int, policy: Action, *,
        families: frozenset[Family] = _BOTH, kind: str = "filter",
    ) -> None:  # fmt: skip
        self.chains[name] = Chain(name=name, rules=tuple(rules), location=self.start)
        for hook in hooks:
            self.bases.append(
                BaseChain(
                    chain=name, hook=hook, priority=priority, policy=policy, families=families, kind=kind, location=self.start
                )
            )

    def _interface_filters(self) -> None:
        units = self.parser.interfaces.units.values()
        loopback = [u for u in units if u.name == "lo0.0"]
        others = [u for u in units if not u.name.startswith("lo0.")]
        incoming = [r for u in others for r in self._bound(u, inbound=True, named=True)]
        outgoing = [r for u in others for r in self._bound(u, inbound=False, named=True)]
        protected = [r for u in loopback for r in self._bound(u, inbound=True, named=False)]
        closed = bool(incoming) and not self.parser.secured and any(u.addresses for u in others)
        if closed:
            # Without zones, packets come in by the interfaces that are written, and by no other.
            incoming = [*self._unfiltered(others), *incoming]
        if incoming:
            policy = DROP if closed else ACCEPT
            spoken = frozenset(f for r in incoming for f in r.families) if closed else _BOTH
            hooks = (Hook.FORWARD, Hook.INPUT)
            self._base("input filters", incoming, hooks, _INPUT_FILTERS, policy, families=spoken)
            if spoken != _BOTH:
                self._base("family not routed", (), hooks, _NOT_ROUTED, DROP, families=_BOTH - spoken)
        if outgoing:
            self._base("output filters", outgoing, (Hook.POSTROUTING,), _OUTPUT_FILTERS, ACCEPT)
        if protected:
            # A filter on lo0 sees what is addressed to the device, whichever interface it came in by
            # (Firewall Filters User Guide, "Applying Firewall Filters to the Loopback Interface").
            self._base("lo0.0 input filter", protected, (Hook.INPUT,), _LOOPBACK, ACCEPT)
        if not self.parser.interfaces.units and not self.parser.secured:
            self._fragment()

    def _unfiltered(self, units: Sequence[Unit]) -> Iterator[Rule]:
        """What comes in by interfaces without an input filter passes; ports of VLANs without an interface here are bridged."""
        carried = {n for names in self.carriers.values() for listed in names for n in listed}
        for family in FAMILIES:
            bare = [u for u in units if u.enabled and (True, family) not in u.filters]
            families = frozenset({family})
            routed = [u for u in bare if family in u.families or not (u.families or self._is_port(u))]
            names = [n for u in routed for n in (u.name, *self.carriers.get(u.name, ((), ()))[0])]
            names += [u.name for u in bare if self._is_port(u) and not u.families and u.name not in carried]
            if names:
                text = shown("implicit: no input filter on " + ", ".join(names))
                match = Match(in_interface=InterfaceMatch(tuple(dict.fromkeys(names))))
                yield Rule(match=match, action=ACCEPT, location=bare[0].location, text=text, families=families)
            for unit in routed:
                trunks = self.carriers.get(unit.name, ((), ()))[1]
                if trunks:
                    doubt = Match(in_interface=InterfaceMatch(trunks), uncertain=(f"VLAN {unit.vlan}",))
                    text = f"implicit: no input filter on {unit.name}"
                    yield Rule(match=doubt, action=ACCEPT, location=unit.location, text=text, families=families)

    @cached_property
    def switched(self) -> frozenset[str]:
        """The physical interfaces that are switch ports."""
        return frozenset(
            s.words[1] for s in self.parser.statements if s.words[0] == "interfaces" and "ethernet-switching" in s.words[2:]
        )

    def _is_port(self, unit: Unit) -> bool:
        """Whether a logical interface is a switch port."""
        return unit.name.rpartition(".")[0] in self.switched

    @cached_property
    def carriers(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Switch ports by the routed interface of their VLAN: those of this VLAN only, and trunks."""
        ports = physical_ports(self.parser.statements, self.parser.interfaces.vlans)
        out = {}
        for unit in self.parser.interfaces.units.values():
            if unit.vlan is None or not unit.name.startswith(("irb.", "vlan.")):
                continue
            access = [p for p in ports if p.mode == "access" and unit.vlan in p.vlans]
            trunks = [p for p in ports if p.mode == "trunk" and (not p.vlans or unit.vlan in p.vlans)]
            out[unit.name] = (tuple(f"{p.name}.0" for p in access), tuple(f"{p.name}.0" for p in trunks))
        return out

    def _bound(self, unit: Unit, *, inbound: bool, named: bool) -> Iterator[Rule]:
        """The filters of one interface and direction: one after the other, then the discard at the end."""
        access, trunks = self.carriers.get(unit.name, ((), ())) if inbound and named else ((), ())
        for family in FAMILIES:
            bound = unit.filters.get((inbound, family))
            if bound is None:
                continue
            match = ANY_PACKET
            if named:
                through = InterfaceMatch((unit.name, *access))
                match = Match(in_interface=through) if inbound else Match(out_interface=through)
            if trunks:
                # Which VLAN a frame of a trunk is in, its port does not tell.
                doubt = Match(in_interface=InterfaceMatch(trunks), uncertain=(f"VLAN {unit.vlan}",))
                yield from self._listed(bound, doubt, family)
            yield from self._listed(bound, match, family)

    def _listed(self, bound: Bound, match: Match, family: Family) -> Iterator[Rule]:
        statement = bound.statement
        families = frozenset({family})
        for name in bound.names:
            found = self.parser.filters.get(name, family)
            if found is None:
                self.parser.problems.add(statement.location, statement.text, reasons.NO_FILTER.format(name=name))
                doubtful = Match(
                    in_interface=match.in_interface, out_interface=match.out_interface, uncertain=(f"filter {name}",)
                )
                yield Rule(match=doubtful, action=ACCEPT, location=statement.location, text=statement.text, families=families)
                continue
            self.parser.filters.build(found, self.chains)
            final = _decides(self.chains[found.chain].rules, families)
            action = _call(found.chain, final=final)
            yield Rule(match=match, action=action, location=statement.location, text=statement.text, families=families)
            if final:
                return
        yield implicit(statement.location, match, families, bound.names[-1])

    def _fragment(self) -> None:
        """A file of filters without interfaces: a single filter of a family is taken to filter everything."""
        for family in FAMILIES:
            listed = [f for f in self.parser.filters.defined.values() if family in f.families]
            if len(listed) > 1:
                head = listed[0].statement
                self.parser.problems.add(head.location, head.text, reasons.SEVERAL_FILTERS, covered=True)
            elif listed:
                found: Filter = listed[0]
                families = frozenset({family})
                self.parser.filters.build(found, self.chains)
                self.notes.append(f"no interfaces: filter {found.name} was taken to filter all IPv{family} traffic")
                location, text = found.statement.location, f"filter {found.name}"
                final = _decides(self.chains[found.chain].rules, families)
                jump = _call(found.chain, final=final)
                rules = [Rule(match=ANY_PACKET, action=jump, location=location, text=text, families=families)]
                rules += [] if final else [implicit(location, ANY_PACKET, families, found.name)]
                self._base(f"filters IPv{family}", rules, (Hook.FORWARD,), _INPUT_FILTERS, ACCEPT, families=families)

    def _translations(self) -> None:
        parser = self.parser
        writer = NatRules(parser.nat, parser.books, parser.applications, parser.zones, parser.instances, parser.problems)
        incoming, outgoing = tuple(writer.destinations()), tuple(writer.sources())
        if incoming:
            self._base("destination nat", incoming, (Hook.FORWARD,), _DNAT, ACCEPT, kind="nat")
        if outgoing:
            self._base("source nat", outgoing, (Hook.POSTROUTING,), _SNAT, ACCEPT, kind="nat")

    def _policies(self) -> None:
        parser = self.parser
        writer = PolicyRules(parser.books, parser.applications, parser.zones, parser.problems)
        rules = [self._sessions()]
        forwarded = {pair: listed for pair, listed in parser.policies.pairs.items() if HOST not in pair}
        alone = len(forwarded) == 1 and not parser.zones.zones
        if alone:
            self.notes.append("no zones: the policies of the only zone pair were taken to decide on all traffic")
        for pair, listed in forwarded.items():
            name = f"from-zone {pair[0]} to-zone {pair[1]}"
            self._pair(name, listed, pair, writer)
            rules.append(self._call(name, ANY_PACKET if alone else self._between(pair)))
        if parser.policies.everywhere:
            self._pair("global policies", parser.policies.everywhere, None, writer)
            rules.append(self._call("global policies", ANY_PACKET))
        if not any(r.action.verb is Verb.GOTO and r.match == ANY_PACKET for r in rules):
            rules.append(self._default())
        # Every packet has met a rule that decides about it, unless the default permits between zones only.
        closing = DROP if parser.policies.permit_all else ACCEPT
        modes = list(self._modes())
        judged = _BOTH - {f for rule in modes for f in rule.families}
        rules = modes + [replace(rule, families=judged) for rule in rules if judged]
        # The default policy is a rule: as the policy of the chain it would make a written final deny look idle.
        name = "security policies"
        self._base(name, rules, (Hook.FORWARD,) if judged else (), _POLICIES, closing, families=judged)
        for rule in modes:
            unmet = DROP if rule.action is ACCEPT else ACCEPT
            self.bases.append(
                BaseChain(
                    chain=name,
                    hook=Hook.FORWARD,
                    priority=_POLICIES,
                    policy=unmet,
                    families=rule.families,
                    location=rule.location,
                )
            )

    def _modes(self) -> Iterator[Rule]:
        """Families that the policies do not judge (Flow-Based and Packet-Based Processing User Guide, "mode")."""
        for family, word in ((4, "mpls"), (6, "mpls"), (4, "inet"), (6, "inet6")):
            # For MPLS the mode is that of the whole device: nothing is judged by policies any more.
            mode, statement = self.parser.modes.get(word, ("", None))
            mode = "" if word == "mpls" and mode != "packet-based" else mode
            if statement is not None and mode in ("packet-based", "drop"):
                yield Rule(
                    match=ANY_PACKET,
                    action=DROP if mode == "drop" else ACCEPT,
                    location=statement.location,
                    text=f"forwarding-options family {word} mode {mode}",
                    families=frozenset({4}) if family == 4 else frozenset({6}),
                )

    def _pair(self, name: str, listed: dict[str, Policy], pair: tuple[str, str] | None, writer: PolicyRules) -> None:
        rules = tuple(r for policy in listed.values() for r in writer.of(policy, pair))
        location = next(iter(listed.values())).statement.location if listed else self.start
        self.chains[name] = Chain(name=name, rules=rules, location=location)

    def _call(self, name: str, match: Match) -> Rule:
        """To a chain of policies; one that decides about everything never comes back."""
        chain = self.chains[name]
        action = _call(name, final=_decides(chain.rules, _BOTH))
        return Rule(match=match, action=action, location=chain.location, text=shown(name), families=_BOTH)

    def _between(self, pair: tuple[str, str]) -> Match:
        zones = self.parser.zones
        return Match(in_interface=zones.match(pair[0]), out_interface=zones.match(pair[1]))

    def _sessions(self) -> Rule:
        return Rule(
            match=Match(fields={Field.STATE: _SESSIONS}),
            action=ACCEPT,
            location=self.start,
            text="implicit: packets of a session that a policy permitted",
            families=_BOTH,
        )

    def _default(self) -> Rule:
        """What no policy matches (Security Policies User Guide, "default-policy": deny-all unless configured)."""
        policies = self.parser.policies
        word = "permit-all" if policies.permit_all else "deny-all"
        written = policies.default
        text = f"default-policy {word}" if written is not None else f"implicit: default-policy {word}"
        match = ANY_PACKET
        if policies.permit_all and self.parser.zones.zones:
            # An interface in no zone forwards nothing ("Security Zones Overview": the null zone).
            named = [i for z in self.parser.zones.zones.values() if not z.functional for i in z.interfaces]
            if named and "all" not in named and "any" not in named:
                through = InterfaceMatch(tuple(dict.fromkeys(named)))
                match = Match(in_interface=through, out_interface=through)
        return Rule(
            match=match,
            action=ACCEPT if policies.permit_all else DROP,
            location=written.location if written is not None else self.start,
            text=text,
            families=_BOTH,
        )

    def _inbound(self) -> None:
        """What is addressed to the device: services of the zone, then policies towards ``junos-host``."""
        parser = self.parser
        if not parser.zones.zones:
            return
        zoned = {i for z in parser.zones.zones.values() for i in z.interfaces}
        rules = [self._sessions(), *parser.zones.inbound_rules()]
        for unit in parser.interfaces.units.values():
            if unit.name.startswith(_MANAGEMENT_PORTS) and unit.name not in zoned:
                # Management ports are in no zone and let everything in ("Security Zones Overview", management interfaces).
                match = Match(in_interface=InterfaceMatch((unit.name,)))
                text = f"implicit: management interface {unit.name}"
                rules.append(Rule(match=match, action=ACCEPT, location=unit.location, text=text, families=_BOTH))
        self._base("host-inbound-traffic", rules, (Hook.INPUT,), _INBOUND, DROP)
        to_host = {pair: listed for pair, listed in parser.policies.pairs.items() if pair[1] == HOST}
        if not to_host:
            return
        writer = PolicyRules(parser.books, parser.applications, parser.zones, parser.problems)
        jumps = [self._sessions()]
        for pair, listed in to_host.items():
            name = f"from-zone {pair[0]} to-zone {pair[1]}"
            self._pair(name, listed, pair, writer)
            jumps.append(self._call(name, Match(in_interface=parser.zones.match(pair[0]))))
        self._base("junos-host policies", jumps, (Hook.INPUT,), _HOST_POLICIES, ACCEPT)

    def _unapplied(self) -> None:
        """Filters that filter nowhere stay as chains that nothing calls."""
        for found in self.parser.filters.defined.values():
            self.parser.filters.build(found, self.chains)


def _decides(rules: Sequence[Rule], families: frozenset[Family]) -> bool:
    """Whether the end of a chain accepts or drops every packet of *families* that comes to it."""
    covered: set[Family] = set()
    for rule in reversed(rules):
        if rule.match != ANY_PACKET or rule.action.verb not in (Verb.ACCEPT, Verb.DROP):
            break
        covered |= rule.families
    return families <= covered


def _call(name: str, *, final: bool) -> Action:
    return Action(verb=Verb.GOTO if final else Verb.JUMP, target=name)
