"""What was read into the device: base chains of ingress lists, zones, translation and egress lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from segmentation.device.device import ACCEPT, DROP, Action, BaseChain, Chain, Device, Hook, InputFile, NamedSet, Rule, Verb
from segmentation.device.management import Aspect, Management
from segmentation.device.match import ANY_PACKET, CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.cisco_acl.lines import Line
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.ios.interfaces import Interface
from segmentation.vendors.ios.management import management_rules
from segmentation.vendors.ios.parser import Parser
from segmentation.vendors.ios.ports import Carriers, carriers, physical_ports
from segmentation.vendors.ios.references import bindings, config_objects
from segmentation.vendors.ios.routes import routes
from segmentation.vendors.ios.separation import instances_apart
from segmentation.vendors.ios.services import Limits, management_services
from segmentation.vendors.ios.system import accounts, software, syslog_targets, time_servers, wireless
from segmentation.vendors.ios.translations import Sides
from segmentation.vendors.ios.tunnels import remote_access, tunnels
from segmentation.vendors.reading import SourceText, shown

#: The order of a packet's way through a router: ingress list, translation from outside, zone pairs, egress list
#: ("NAT Order of Operation", Cisco document 6209).
_INGRESS, _NAT, _ZONES, _EGRESS = 0, 10, 20, 100
_INSTANCES, _VLAN_IN, _PORTS, _VLAN_OUT = -20, -10, -15, 110
_SOURCE_NAT = 90
_POLICY_IN, _POLICY_OUT = 1, 101
_SELF, _MANAGEMENT = 5, 10
_SESSIONS = IntervalSet.of((int(CtState.ESTABLISHED), int(CtState.RELATED)))


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one router or switch.

    *name* is the device's name, by default its hostname or the first file.  Never raises: what has no meaning is in
    ``not_understood``, and an entry it stands in is kept and marked uncertain.
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
        self.applied: set[tuple[Family, str]] = set()
        self.notes: list[str] = []
        self.carriers: dict[int, Carriers] = {}
        self.start = Location(texts[0].name if texts else "", 1)

    def device(self, name: str) -> Device:
        """Everything put together."""
        parser = self.parser
        self.carriers = carriers(parser.blocks, parser.interfaces)
        self._port_lists()
        for family in FAMILIES:
            self._filters(family, "in", _INGRESS, (Hook.FORWARD, Hook.INPUT))
            self._filters(family, "out", _EGRESS, (Hook.FORWARD,))
        self._vlan_maps()
        self._traffic_policies()
        self._separation()
        self._zones()
        self._translations()
        self._management()
        self._unapplied()
        applied = bindings(parser)
        return Device(
            name=name or parser.hostname or (self.texts[0].name if self.texts else ""),
            vendor=parser.dialect,
            inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in self.texts),
            chains=self.chains,
            base_chains=tuple(sorted(self.bases, key=lambda b: (b.hook, b.priority, b.chain))),
            sets=tuple(
                NamedSet(name=g.name, location=g.location, size=len(g.addresses) + len(g.terms) + len(g.members), used=g.used)
                for table in (parser.objects.networks, parser.objects.services)
                for g in table.values()
            ),
            interfaces=tuple(i.info() for i in parser.interfaces.values()),
            not_understood=parser.problems.listed(),
            notes=tuple(self.notes),
            management=self._about(),
            objects=config_objects(parser, applied),
            bindings=applied,
            routes=routes(parser.blocks, parser.interfaces),
            aspects=self._aspects(),
        )  # fmt: skip

    def _about(self) -> Management:
        parser = self.parser
        found = parser.blocks
        ipv6 = any(6 in i.families for i in parser.interfaces.values())
        limits = Limits(lambda family, name: parser.lists.get((family, name)), ipv6)
        return Management(
            services=management_services(found, parser.dialect, limits),
            accounts=accounts(found, parser.dialect),
            syslog=syslog_targets(found),
            time_servers=time_servers(found),
            ports=physical_ports(found, parser.interfaces),
            tunnels=tunnels(found, parser.interfaces),
            wireless=wireless(found),
            software=software(self.texts, parser.dialect),
            remote_access=remote_access(found),
        )

    def _aspects(self) -> frozenset[Aspect]:
        """A file of lists says nothing of the rest; a whole configuration names its host and its interfaces."""
        found = {Aspect.OBJECTS, Aspect.COMMENTS, Aspect.LOGGING}
        if self.parser.interfaces:
            found |= {Aspect.BINDINGS, Aspect.ROUTES}
        if self.parser.interfaces and self.parser.hostname:
            found |= {
                Aspect.SERVICES, Aspect.ACCOUNTS, Aspect.SYSLOG, Aspect.TIME, Aspect.PORTS, Aspect.TUNNELS, Aspect.WIRELESS,
            }  # fmt: skip
            found |= {Aspect.SOFTWARE} if software(self.texts, self.parser.dialect) else set()
        if any(e.hits is not None for acl in self.parser.lists.values() for _, e in acl.entries):
            found.add(Aspect.HITS)
        return frozenset(found)

    def _vlan_maps(self) -> None:
        """VLAN maps act before the inbound list of the VLAN's interface and behind its outbound list."""
        chains, into, out_of = self.parser.vlan_maps.chains(self.parser.interfaces, self.parser.lists)
        for name, rules, priority in (("vlan maps in", into, _VLAN_IN), ("vlan maps out", out_of, _VLAN_OUT)):
            if rules:
                self.chains |= chains
                chain = Chain(name=name, rules=tuple(rules), location=self.start)
                self._base(chain, FAMILIES, priority, (Hook.FORWARD,), policy=ACCEPT)

    def _traffic_policies(self) -> None:
        """EOS traffic policies at interfaces, beside the lists; a file with a single policy and no interface is that policy."""
        traffic = self.parser.traffic
        if not self.parser.interfaces:
            if len(traffic.policies) == 1:
                (name,) = traffic.policies
                self.notes.append(f"no interfaces: traffic policy {name} was taken to filter all traffic")
                self._base(traffic.chain(name), FAMILIES, _INGRESS, (Hook.FORWARD,))
            elif traffic.policies:
                self.parser.problems.report(next(iter(traffic.heads.values())), reasons.NOT_APPLIED, covered=True)
            return
        for direction, priority in (("in", _POLICY_IN), ("out", _POLICY_OUT)):
            rules = []
            for interface in self.parser.interfaces.values():
                name, line = interface.policies.get(direction, ("", interface.line))
                if not name or not interface.forwards:
                    continue
                match = _through(direction, (interface.name,))
                if name not in traffic.policies:
                    self.parser.problems.report(
                        line, reasons.ACL_MISSING.format(name=name, effect=reasons.PASSES_ALL), covered=True
                    )
                    continue
                self.chains.setdefault(f"traffic-policy {name}", traffic.chain(name))
                call = Action(verb=Verb.GOTO, target=f"traffic-policy {name}")
                rules += [_rule(line.location, match, call, line.text, family) for family in FAMILIES]
            if rules:
                chain = Chain(name=f"traffic policies {direction}", rules=tuple(rules), location=self.start)
                self._base(chain, FAMILIES, priority, (Hook.FORWARD,), policy=ACCEPT)

    def _separation(self) -> None:
        rules, leak = instances_apart(self.parser.blocks, self.parser.interfaces)
        if leak is not None:
            self.notes.append(f"{leak.location}: routes may leak between instances, which are not kept apart")
        if rules:
            chain = Chain(name="routing instances", rules=tuple(rules), location=self.start)
            self._base(chain, FAMILIES, _INSTANCES, (Hook.FORWARD,), policy=ACCEPT)

    def _base(
        self,
        chain: Chain,
        family: Iterable[Family],
        priority: int,
        hooks: Sequence[Hook],
        kind: str = "filter",
        policy: Action | None = None,
    ) -> None:
        self.chains[chain.name] = chain
        # A base chain names every interface of the configuration; packets come in by no other.
        final = policy or (ACCEPT if not self.parser.interfaces or kind == "nat" else DROP)
        for hook in hooks:
            self.bases.append(
                BaseChain(
                    chain=chain.name,
                    hook=hook,
                    priority=priority,
                    policy=final,
                    families=frozenset(family),
                    kind=kind,
                    location=self.start,
                )
            )

    def _filters(self, family: Family, direction: str, priority: int, hooks: Sequence[Hook]) -> None:
        """The base chain of one direction: every filtered interface leads to its list, all others pass."""
        if not self.parser.interfaces:
            self._fragment(family, direction, priority, hooks)
            return
        rules: list[Rule] = list(self._inspected(family))
        unfiltered: list[Interface] = []
        for interface in self._routing(family):
            named = interface.filters.get((direction, family))
            ports = self._carried(interface) if direction == "in" else Carriers()
            if named:
                rules += self._applied(family, named, _through(direction, (interface.name, *ports.access)))
            elif direction == "in" and interface.passes(family):
                unfiltered.append(interface)
            else:
                continue
            if ports.trunks:
                # Which VLAN a frame of a trunk is in, its port does not tell.
                match = Match(in_interface=InterfaceMatch(tuple(ports.trunks)), uncertain=(f"VLAN {interface.vlan}",))
                rules = self._applied(family, named or [], match, interface) + rules
        word = "ip access-group" if family == 4 else "ipv6 traffic-filter"
        if unfiltered:
            listed = ", ".join(i.name for i in unfiltered[:8]) + (" …" if len(unfiltered) > 8 else "")
            names = tuple(n for i in unfiltered for n in (i.name, *self._carried(i).access))
            text = f"implicit: no {word} {direction} on {listed}, everything passes"
            rules.append(_rule(unfiltered[0].line.location, _through(direction, names), ACCEPT, text, family))
        bridged = self._bridged() if direction == "in" and (rules or family == 4) else []
        if bridged:
            # Frames of a VLAN without an interface here stay in it; whoever maps such ports to zones asks about bridging.
            match = _through(direction, tuple(i.name for i in bridged))
            rules.append(_rule(bridged[0].line.location, match, ACCEPT, "implicit: switch ports, bridged", family))
        chain = Chain(name=f"{'ip' if family == 4 else 'ipv6'} {direction}", rules=tuple(rules), location=self.start)
        if direction == "in" and rules:
            self._base(chain, (family,), priority, hooks)
        elif direction == "in":
            # No interface routes this family.
            self._base(replace(chain, name=f"{chain.name} (not routed)"), (family,), _INSTANCES, hooks)
        elif any(r.action.verb is not Verb.ACCEPT for r in rules):
            # Interfaces without an outbound list let out what was let in: then the inbound rule is the one that decided.
            self._base(chain, (family,), priority, hooks, policy=ACCEPT)

    def _routing(self, family: Family) -> list[Interface]:
        """Interfaces that route; a switch port only forwards frames to the interfaces of its VLANs."""
        return [i for i in self.parser.interfaces.values() if i.forwards and not (i.switched and family not in i.families)]

    def _carried(self, interface: Interface) -> Carriers:
        """The switch ports whose frames come to an interface."""
        if interface.vlan is None or interface.switched:
            return Carriers()
        return self.carriers.get(interface.vlan, Carriers())

    def _bridged(self) -> list[Interface]:
        """Switch ports of VLANs that have no interface on this device."""
        carried = {n for c in self.carriers.values() for n in (*c.access, *c.trunks)}
        return [i for i in self.parser.interfaces.values() if i.switched and i.forwards and i.name not in carried]

    def _port_lists(self) -> None:
        """Lists of switch ports act on frames before the interface of the VLAN sees them (``ip access-group`` of a port)."""
        for family in FAMILIES:
            rules: list[Rule] = []
            for interface in self.parser.interfaces.values():
                named = interface.filters.get(("in", family))
                if interface.switched and interface.forwards and named and family not in interface.families:
                    rules += self._applied(family, named, _through("in", (interface.name,)))
            if rules:
                chain = Chain(name=f"port lists IPv{family}", rules=tuple(rules), location=self.start)
                self._base(chain, (family,), _PORTS, (Hook.FORWARD,), policy=ACCEPT)

    def _inspected(self, family: Family) -> Iterator[Rule]:
        """``ip inspect`` opens lists for replies of sessions it watches, and for nothing that begins one.

        IOS Security Configuration Guide, "Configuring Context-Based Access Control".
        """
        line = next((line for i in self.parser.interfaces.values() for line in i.inspected), None)
        if line is not None:
            match = Match(fields={Field.STATE: _SESSIONS}, uncertain=(line.text,))
            yield _rule(line.location, match, ACCEPT, f"{line.text} (replies)", family)

    def _applied(
        self, family: Family, named: list[tuple[str, Line]], match: Match, bare: Interface | None = None
    ) -> list[Rule]:
        """The rules that send packets to the lists of an interface; without one, *bare*, everything passes there."""
        out: list[Rule] = []
        for i, (name, line) in enumerate(named):
            acl = self.parser.lists.get((family, name))
            if acl is None or not acl.entries:
                # A list that does not exist, or has no entry, permits everything (IOS Security Configuration Guide: Access
                # Control Lists, "IP Access List Overview"; NX-OS Security Command Reference, "ip access-group").
                self.parser.problems.report(
                    line, reasons.ACL_MISSING.format(name=name, effect=reasons.PASSES_ALL), covered=True
                )
                out.append(_rule(line.location, match, ACCEPT, f"{line.text} (not defined: everything passes)", family))
                continue
            self.applied.add((family, name))
            verb = Verb.GOTO if i == len(named) - 1 else Verb.JUMP
            out.append(_rule(line.location, match, Action(verb=verb, target=self._list(acl, family)), line.text, family))
        if not named and bare is not None:
            out.append(_rule(bare.line.location, match, ACCEPT, f"implicit: no list on {bare.name}", family))
        return out

    def _list(self, acl: AccessList, family: Family) -> str:
        name = f"{'ip' if family == 4 else 'ipv6'} access-list {acl.name}"
        if name not in self.chains:
            self.chains[name] = acl.chain(name)
        return name

    def _fragment(self, family: Family, direction: str, priority: int, hooks: Sequence[Hook]) -> None:
        """A file of lists without interfaces: a single list of a family is taken to filter everything."""
        lists = [acl for (f, _), acl in self.parser.lists.items() if f == family and acl.entries]
        if direction == "out" or not lists:
            return
        if len(lists) > 1:
            self.parser.problems.report(lists[0].head, reasons.NOT_APPLIED, covered=True)
            return
        self.applied.add((family, lists[0].name))
        self.notes.append(f"no interfaces: access list {lists[0].name} was taken to filter all IPv{family} traffic")
        chain = lists[0].chain(f"{'ip' if family == 4 else 'ipv6'} access-list {lists[0].name}")
        self._base(chain, (family,), priority, hooks)

    def _zones(self) -> None:
        chains, rules = self.parser.zones.chains(self.parser.interfaces, self.parser.lists)
        if rules:
            self.chains |= chains
            self._base(Chain(name="zone pairs", rules=tuple(rules), location=self.start), FAMILIES, _ZONES, (Hook.FORWARD,))
        chains, rules = self.parser.zones.to_self(self.parser.interfaces, self.parser.lists)
        if rules:
            self.chains |= chains
            chain = Chain(name="zone pairs to self", rules=tuple(rules), location=self.start)
            self._base(chain, FAMILIES, _SELF, (Hook.INPUT,), policy=ACCEPT)

    def _translations(self) -> None:
        """Destinations behind the inbound lists; sources before the outbound ones, which alone see the new address."""
        parser = self.parser
        interfaces = parser.interfaces.values()
        sides = Sides(
            inside=tuple(i.name for i in interfaces if i.nat == "inside"),
            outside=tuple(i.name for i in interfaces if i.nat == "outside"),
            own={i.name: AddressSet(v4=IntervalSet.from_iter((a, a) for f, a, _ in i.addresses if f == 4)) for i in interfaces},
            lists=parser.lists,
        )
        rules = tuple(parser.translations.destinations(sides))
        if rules:
            chain = Chain(name="ip nat", rules=rules, location=self.start)
            self._base(chain, (4,), _NAT, (Hook.FORWARD,), kind="nat")
        if any(("out", 4) in i.filters for i in interfaces):
            sources = tuple(parser.translations.sources(sides))
            if sources:
                chain = Chain(name="ip nat sources", rules=sources, location=self.start)
                self._base(chain, (4,), _SOURCE_NAT, (Hook.FORWARD,), kind="nat")

    def _management(self) -> None:
        """What stops management of the device itself, behind the inbound lists."""
        if not self.parser.interfaces:
            return
        rules = tuple(management_rules(self.parser.management, self.start, self._list_chain))
        chain = Chain(name="management", rules=rules, location=self.start)
        self._base(chain, FAMILIES, _MANAGEMENT, (Hook.INPUT,), policy=ACCEPT)

    def _list_chain(self, family: Family, name: str) -> str | None:
        acl = self.parser.lists.get((family, name))
        return self._list(acl, family) if acl is not None and acl.entries else None

    def _unapplied(self) -> None:
        """Lists that filter nowhere stay as chains that nothing calls, unless something else uses them."""
        elsewhere = self.parser.words_elsewhere | self.parser.zones.used_lists
        for (family, name), acl in self.parser.lists.items():
            if (family, name) not in self.applied and name not in elsewhere and acl.entries:
                self._list(acl, family)


def _through(direction: str, names: tuple[str, ...]) -> Match:
    if direction == "in":
        return Match(in_interface=InterfaceMatch(names))
    return Match(out_interface=InterfaceMatch(names)) if names else ANY_PACKET


def _rule(location: Location, match: Match, action: Action, text: str, family: Family) -> Rule:
    return Rule(match=match, action=action, location=location, text=shown(text), families=frozenset({family}))
