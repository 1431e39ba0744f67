"""A PAN-OS configuration as one device: the rules of its virtual systems in the order in which they are asked.

Administrator's Guide, "Security policy rule order", and Panorama Administrator's Guide, "Policies": shared pre-rules, those of
the device groups from the outermost to the innermost, the firewall's own, post-rules of the device groups from the innermost
to the outermost, shared post-rules, then the default rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, Action, BaseChain, Chain, Device, Hook, InputFile, NamedSet, Rule, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.panos import reasons
from segmentation.vendors.panos.addresses import Addresses
from segmentation.vendors.panos.check import Notes, check
from segmentation.vendors.panos.description import describe
from segmentation.vendors.panos.management import management_rules
from segmentation.vendors.panos.nat import Translations
from segmentation.vendors.panos.objects import Names
from segmentation.vendors.panos.places import Places, Policy, policies
from segmentation.vendors.panos.routes import of_interface
from segmentation.vendors.panos.rules import BOTH, Rulebook
from segmentation.vendors.panos.services import Services
from segmentation.vendors.panos.set_form import read_braces, read_set
from segmentation.vendors.panos.tree import Budget, Node
from segmentation.vendors.panos.xml_form import read_xml
from segmentation.vendors.panos.zones import Interface, System, infos, named, read_interfaces, read_systems
from segmentation.vendors.reading import SourceText

_FOLLOWING = Match(fields={Field.STATE: IntervalSet(((CtState.ESTABLISHED, CtState.RELATED),))})
_STATELESS = (
    (("session", "tcp-reject-non-syn"), "no"),
    (("tcp", "asymmetric-path"), "bypass"),
    (("session", "ipv6-firewalling"), "no"),  # a virtual wire then passes IPv6 unseen (PAN-OS Networking Guide, "Virtual Wire")
)
_BRACES = re.compile(r"^\s*(?:config|policy|devices|shared|mgt-config)\s*\{", re.MULTILINE)
_SET = re.compile(r"^\s*(?:set|delete|move)\s", re.MULTILINE)


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one firewall; several texts are read one after the other, as if they were one.

    One of them may be the configuration of Panorama.  *name* is the device's name, by default its host name, else that of the
    first file.  Never raises: what has no meaning is in ``not_understood``, and the rule it stands in is kept, as one that
    matches perhaps.
    """
    notes = Notes()
    root, budget = Node("config", texts[0].name if texts else "", 1), Budget()
    for text in texts:

        def report(line: int, words: str, reason: object, file: str = text.name) -> None:
            notes.at(file, line, words, reason)  # type: ignore[arg-type]

        if text.text.lstrip()[:1] == "<":
            read_xml(text, root, budget, report)
        elif _BRACES.search(text.text[:65536]) and not _SET.search(text.text[:65536]):
            read_braces(text, root, budget, report)
        else:
            read_set(text, root, budget, report)
    check(root, notes)
    made = Assembly(Places.of(root), notes, Location(texts[0].name if texts else "", 1, 1))
    made.build()
    value = _address_value(Names([*made.places.systems, *made.places.shared]))
    told = describe(root, made.places, made.interfaces, value, texts, notes)
    host = next((n.value("deviceconfig", "system", "hostname") for n in made.places.devices), "")
    return Device(
        name=name or host or (texts[0].name if texts else ""),
        vendor="panos",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=made.chains,
        base_chains=tuple(made.bases),
        sets=made.named_sets(),
        interfaces=infos(made.interfaces, of_interface(made.places.networks)),
        not_understood=notes.problems.all(),
        management=told.management,
        objects=told.objects,
        routes=told.routes,
        aspects=told.aspects,
    )


@dataclass(slots=True)
class Assembly:
    """Builds the chains of a device."""

    places: Places
    notes: Notes
    first: Location
    chains: dict[str, Chain] = field(default_factory=dict)
    bases: list[BaseChain] = field(default_factory=list)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    names: list[Names] = field(default_factory=list)

    def build(self) -> None:
        """Make all chains."""
        systems = read_systems(self.places.systems)
        everything = Names([*self.places.systems, *self.places.shared])
        for network in self.places.networks:
            self.interfaces |= read_interfaces(network, _address_value(everything), self.notes)
        for system in systems:
            for zone, members in system.zones.items():
                for name in members:
                    if name in self.interfaces:
                        self.interfaces[name].zone = zone
        self._check_settings()
        for system in systems:
            self._check_system(system, several=len(systems) > 1)
        by_name = {s.name: s for s in systems}
        for system in systems:
            self._system(system, by_name)
        if len(systems) == 1:
            self._base(_chain_name(systems[0]), Hook.FORWARD, 0)
        else:
            self._several(systems)
        self._nat(systems, by_name)
        self._chain("management", [self._following(), *management_rules(self.places, self.interfaces, self.notes)])
        self._base("management", Hook.INPUT, 0)

    def _check_system(self, system: System, *, several: bool) -> None:
        if not system.zoned:
            reason = reasons.VSYS_UNKNOWN.format(name=system.name) if several else reasons.NO_ZONES
            self.notes.at(system.node.file or self.first.file, system.node.line or 1, system.name, reason)

    def _check_settings(self) -> None:
        """Settings that let packets pass without a session (Administrator's Guide, "TCP settings", "Session settings")."""
        for device in self.places.devices:
            for path, value in _STATELESS:
                node = device.at("deviceconfig", "setting", *path)
                if node is not None and node.value() == value:
                    reason = reasons.IPV6_UNSEEN if path[-1] == "ipv6-firewalling" else reasons.STATELESS
                    self.notes.add(node, " ".join((*path, value)), reason)

    def _system(self, system: System, others: dict[str, System]) -> None:
        """The chain of one virtual system; several device groups are chains of which any may hold."""
        found = policies(self.places, system.name)
        for policy in found:
            book = self._book(policy, system, others)
            for kind in ("security", "nat"):
                for node in policy.rules(kind):
                    if node.value("disabled") != "yes":
                        book.zone_names(node, "from")
                        book.zone_names(node, "to")
        name = _chain_name(system)
        if len(found) == 1:
            rules = self._policy(found[0], system, others)
            self._chain(name, [self._following(), *self._unzoned(system), *rules], rules[0].location)
            return
        groups = ", ".join(p.name for p in found)
        where = found[0].groups[0]
        self.notes.add(where, f"device-group {where.name}", reasons.GROUPS.format(names=groups[:200]))
        out = [self._following(), *self._unzoned(system)]
        for policy in found:
            own = f"{name}: device-group {policy.name}"
            rules = self._policy(policy, system, others)
            self._chain(own, rules, rules[0].location)
            doubt = (f"device-group {policy.name}"[:120],) if policy is not found[-1] else ()
            action = Action(verb=Verb.GOTO, target=own)
            out.append(self._implicit(Match(uncertain=doubt), action, f"implicit: device-group {policy.name}"))
        self._chain(name, out)

    def _policy(self, policy: Policy, system: System, others: dict[str, System]) -> list[Rule]:
        book = self._book(policy, system, others)
        rules = book.read(policy.rules("security"))
        book.resolve_rest()
        return [*rules, *self._defaults(policy, system, book)]

    def _book(self, policy: Policy, system: System, others: dict[str, System]) -> Rulebook:
        names = Names(policy.containers)
        self.names.append(names)
        label = f"vsys {system.name}: " if len(others) > 1 else ""
        return Rulebook(system, others, Addresses(names, self.notes), Services(names, self.notes), self.notes, label)

    def _defaults(self, policy: Policy, system: System, book: Rulebook) -> list[Rule]:
        """Administrator's Guide, "Default security rules": inside a zone allow, between zones deny; both may be overridden."""
        out: list[Rule] = []
        inside, inside_node = self._default(policy, "intrazone-default", ACCEPT)
        text = f"implicit: {book.label}intrazone-default {'allow' if inside is ACCEPT else 'deny'}"
        ways: list[tuple[InterfaceMatch, InterfaceMatch, tuple[str, ...]]] = [
            (named(m), named(m), ()) for z in system.zones if (m := book.interfaces(z))
        ]
        if system.assumed or not system.zoned:
            ways.append((system.elsewhere, system.elsewhere, ("intrazone-default",)))
        for came, goes, doubt in ways:
            match = Match(in_interface=came, out_interface=goes, uncertain=doubt)
            out.append(self._implicit(match, inside, text, inside_node, log=_logs(inside_node)))
        between, between_node = self._default(policy, "interzone-default", DROP)
        text = f"implicit: {book.label}interzone-default {'allow' if between is ACCEPT else 'deny'}"
        out.append(self._implicit(Match(), between, text, between_node, log=_logs(between_node)))
        return out

    def _default(self, policy: Policy, name: str, default: Action) -> tuple[Action, Node | None]:
        node = policy.default(name)
        written = node.value("action") if node is not None else ""
        if node is None or not written:
            return default, node
        if written in ("allow", "deny", "drop", "reset-client", "reset-server", "reset-both"):
            return (ACCEPT if written == "allow" else DROP), node
        self.notes.add(node, f"{name} action {written}"[:200], reasons.BAD_ACTION.format(text=written[:40]))
        return Action(verb=Verb.ACCEPT, uncertain=f"action {written}"[:80]), node

    def _unzoned(self, system: System) -> list[Rule]:
        """Interfaces with an address and without a zone pass nothing ("Security zones")."""
        names = tuple(i.name for i in self.interfaces.values() if i.addresses and not i.zone)
        mine = tuple(n for n in names if not system.imported or n in system.imported)
        if not mine or system.assumed or not system.zoned:
            return []
        text = f"implicit: no zone: {', '.join(mine[:10])}"
        matches = (Match(in_interface=named(mine)), Match(out_interface=named(mine)))
        return [self._implicit(m, DROP, text, self.interfaces[mine[0]].node) for m in matches]

    def _several(self, systems: list[System]) -> None:
        """Both virtual systems decide over a packet between them: the one it comes in by, then the one it leaves by.

        Administrator's Guide, "Virtual systems: communication between virtual systems".
        """
        enter, leave = [self._following()], [self._following()]
        for system in systems:
            own = named(system.zoned or system.imported)
            other = InterfaceMatch(own.patterns, negated=True)
            go = Action(verb=Verb.GOTO, target=_chain_name(system))
            text = f"implicit: rules of vsys {system.name}"
            enter.append(self._implicit(Match(in_interface=own), go, text, system.node))
            leave.append(self._implicit(Match(in_interface=other, out_interface=own), go, text, system.node))
        every = InterfaceMatch(tuple(i for s in systems for i in s.zoned or s.imported), negated=True)
        for system in systems:
            if system.assumed or not system.zoned:  # interfaces that no virtual system is known to have may be of this one
                go = Action(verb=Verb.GOTO, target=_chain_name(system))
                text, doubt = f"implicit: rules of vsys {system.name}", (f"vsys {system.name}"[:80],)
                enter.append(self._implicit(Match(in_interface=every, uncertain=doubt), go, text, system.node))
                leave.append(self._implicit(Match(out_interface=every, uncertain=doubt), go, text, system.node))
        self._chain("ingress vsys", enter)
        self._base("ingress vsys", Hook.FORWARD, 0)
        self._chain("egress vsys", leave)
        self._base("egress vsys", Hook.FORWARD, 2, ACCEPT)

    def _nat(self, systems: list[System], others: dict[str, System]) -> None:
        """Packet flow of PAN-OS: the security rules see the addresses as they came, and the zone behind the translation.

        So destinations are translated behind the chains of the filter; sources when a packet leaves.  Of two virtual systems
        the one the packet leaves by sees what the first one translated it to: each has a session of its own.
        """
        made: dict[str, tuple[list[Rule], list[Rule]]] = {}
        for system in systems:
            listed = policies(self.places, system.name)
            made[system.name] = ([], [])
            for policy in listed:
                found = Translations(self._book(policy, system, others), self.interfaces, uncertain=len(listed) > 1)
                found.read(policy.rules("nat"))
                made[system.name][0].extend(found.incoming)
                made[system.name][1].extend(found.outgoing)
        if len(systems) == 1:
            incoming, outgoing = made[systems[0].name]
            self._nat_base("destination nat", incoming, Hook.FORWARD, 10)
            self._nat_base("source nat", outgoing, Hook.POSTROUTING, 100)
            return
        stages = (("ingress destination nat", 0, Hook.FORWARD, 1), ("egress destination nat", 0, Hook.FORWARD, 3),
                  ("source nat", 1, Hook.POSTROUTING, 100))  # fmt: skip
        for name, which, hook, priority in stages:
            rules = []
            for system in systems:
                own, chain = named(system.zoned or system.imported), f"{system.name} {name}"
                if not _translates(made[system.name][which]):
                    continue
                match = Match(in_interface=own)
                if name.startswith("egress"):
                    match = Match(in_interface=InterfaceMatch(own.patterns, negated=True), out_interface=own)
                self._chain(chain, made[system.name][which])
                action = Action(verb=Verb.GOTO, target=chain)
                rules.append(self._implicit(match, action, f"implicit: {name} of vsys {system.name}", system.node))
            if rules:
                self._chain(name, rules)
                self._base(name, hook, priority, ACCEPT, kind="nat")

    def _nat_base(self, name: str, rules: list[Rule], hook: Hook, priority: int) -> None:
        if _translates(rules):
            self._chain(name, rules, rules[0].location)
            self._base(name, hook, priority, ACCEPT, kind="nat")

    def _following(self) -> Rule:
        return self._implicit(_FOLLOWING, ACCEPT, "implicit: packets of sessions that were permitted")

    def _implicit(self, match: Match, action: Action, text: str, node: Node | None = None, *, log: bool = False) -> Rule:
        where = Location(node.file, node.line, 1) if node is not None and node.line else self.first
        return Rule(match=match, action=action, location=where, text=text[:300], families=BOTH, log=log)

    def _chain(self, name: str, rules: list[Rule], where: Location | None = None) -> None:
        self.chains[name] = Chain(name=name, rules=tuple(rules), location=where or self.first)

    def _base(self, name: str, hook: Hook, priority: int, policy: Action = DROP, kind: str = "filter") -> None:
        self.bases.append(
            BaseChain(
                chain=name, hook=hook, priority=priority, policy=policy, families=BOTH, kind=kind,
                location=self.chains[name].location,
            )
        )  # fmt: skip

    def named_sets(self) -> tuple[NamedSet, ...]:
        """Groups and lists, and whether a rule uses them."""
        used = {i for names in self.names for i in names.used}
        out: dict[int, NamedSet] = {}
        for container in dict.fromkeys(n for names in self.names for n in names.containers):
            for table, members in (("address-group", "static"), ("service-group", "members"), ("external-list", "")):
                for node in container.entries(table):
                    dynamic = table == "external-list" or node.at("dynamic") is not None
                    out[id(node)] = NamedSet(
                        name=f"{table} {node.name}", location=Location(node.file, node.line, 1),
                        size=len(node.values(members)) if members else 0, dynamic=dynamic, used=id(node) in used,
                    )  # fmt: skip
        return tuple(sorted(out.values(), key=lambda s: (s.location, s.name)))


def _chain_name(system: System) -> str:
    return f"{system.name} security"


def _translates(rules: list[Rule]) -> bool:
    return any(r.action.verb in (Verb.DNAT, Verb.SNAT) for r in rules)


def _logs(node: Node | None) -> bool:
    """Default rules are not logged unless that is switched on ("Security policy: default rules")."""
    return node is not None and "yes" in (node.value("log-end"), node.value("log-start"))


def _address_value(names: Names) -> Callable[[Node], str]:
    """What an interface address that names an object stands for; only ``ip-netmask`` objects may ("Layer 3 interface")."""

    def value(node: Node) -> str:
        found = names.find("address", node.name)
        return found.value("ip-netmask") if found is not None else ""

    return value
