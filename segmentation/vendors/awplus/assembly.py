"""Drafts into the device: hardware lists of switch ports, then the firewall between entities.

AlliedWare Plus command reference, "access-group": a port's lists act on incoming packets in the order they were applied;
what matches nothing is forwarded.  "rule (Firewall)": rules in the order of their numbers, connections are tracked, and
with "protect" what no rule permits is dropped.  "rule (NAT)": port forwarding acts before the firewall.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from segmentation.device.device import (
    ACCEPT,
    CONTINUE,
    DROP,
    Action,
    BaseChain,
    Chain,
    Device,
    Hook,
    InputFile,
    InterfaceInfo,
    Rule,
    Translation,
    Verb,
)
from segmentation.device.interface_filters import BOTH, FRAMES_PRIORITY, nat_chains
from segmentation.device.lexical import Term, decimal
from segmentation.device.management import Aspect, ConfigObject, Management, ObjectKind, Route
from segmentation.device.management import Binding as Applied
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.awplus import reasons
from segmentation.vendors.awplus.classic import CLASSIC
from segmentation.vendors.awplus.classic_assembly import parse_classic
from segmentation.vendors.awplus.parser import APPLICATIONS, FirewallRule, Parser, Port
from segmentation.vendors.awplus.system import (
    accounts,
    management_services,
    physical_port,
    remote_access,
    software,
    static_routes,
    syslog_targets,
    time_servers,
    tunnels,
)
from segmentation.vendors.reading import SourceText

_IPV4: frozenset[Family] = frozenset({4})
#: What a hardware action means for forwarding; redirection to the CPU leaves open what the CPU does.
_ACTIONS = {"permit": ACCEPT, "deny": DROP, "copy-to-cpu": ACCEPT, "copy-to-mirror": ACCEPT, "send-to-mirror": DROP}
_MAPS_PRIORITY = FRAMES_PRIORITY + 1
_STATES = IntervalSet.of((CtState.ESTABLISHED, CtState.RELATED))
Side = tuple[Family, str, IntervalSet]


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one switch or AR router (``show running-config``), in one or more files.

    *name* is the device's name, by default that of the first file.  Never raises: what has no meaning is in
    ``not_understood``; a rule it stands in is kept, widened and marked uncertain.
    """
    if any(CLASSIC.match(line.strip()) for text in texts for line in text.lines()[:20_000]):
        return parse_classic(texts, name)
    parser = Parser()
    parser.read(texts)
    first = Location(texts[0].name if texts else "", 1)
    hardware = tuple(_hardware(parser))
    chains = {"hardware lists": Chain(name="hardware lists", rules=hardware, location=first)}
    bases = [
        BaseChain(
            chain="hardware lists", hook=Hook.FORWARD, priority=FRAMES_PRIORITY, policy=ACCEPT, families=BOTH, location=first
        )
    ]  # fmt: skip
    maps = tuple(_vlan_maps(parser))
    if maps:
        chains["vlan maps"] = Chain(name="vlan maps", rules=maps, location=first)
        bases.append(
            BaseChain(
                chain="vlan maps", hook=Hook.FORWARD, priority=_MAPS_PRIORITY, policy=ACCEPT, families=BOTH, location=first
            )
        )  # fmt: skip
    if parser.protect is not None:
        rules = (_tracked(parser.protect), *_firewall(parser))
        chains["firewall"] = Chain(name="firewall", rules=rules, location=parser.protect)
        bases.append(
            BaseChain(chain="firewall", hook=Hook.FORWARD, priority=0, policy=DROP, families=BOTH, location=parser.protect)
        )
    if not parser.has_ipv6:  # IPv6 is forwarded only where an interface has it switched on
        chains["ipv6 not routed"] = Chain(name="ipv6 not routed", rules=(), location=first)
        bases.append(
            BaseChain(
                chain="ipv6 not routed", hook=Hook.FORWARD, priority=-20, policy=DROP, families=frozenset({6}), location=first
            )
        )  # fmt: skip
    incoming, outgoing = _nat(parser)
    translations, nat_bases = nat_chains(incoming, outgoing, first)
    return Device(
        name=name or (texts[0].name if texts else ""),
        vendor="awplus",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=chains | translations,
        base_chains=(*nat_bases, *bases),
        interfaces=tuple(
            InterfaceInfo(
                name=n,
                addresses=tuple(p.addresses),
                location=p.location,
                enabled=p.enabled,
                description=p.description,
                vrf=p.vrf,
                vlan=int(n[4:]) if n.startswith("vlan") and decimal(n[4:], 4094) else None,
            )
            for n, p in sorted(parser.ports.items())
        ),
        not_understood=parser.problems.all(),
        management=_about(parser, texts),
        objects=tuple(_objects(parser)),
        bindings=tuple(_applied(parser)),
        routes=(*static_routes(parser.said), *_connected(parser)),
        aspects=_aspects(parser, texts),
    )


def _about(parser: Parser, texts: Sequence[SourceText]) -> Management:
    return Management(
        services=management_services(parser.said, lambda name: _sources(parser, name)),
        accounts=accounts(parser.said),
        syslog=syslog_targets(parser.said),
        time_servers=time_servers(parser.said),
        ports=tuple(
            physical_port(n, p.location, p.switching, enabled=p.enabled, description=p.description)
            for n, p in sorted(parser.ports.items())
            if n.startswith(("port", "eth"))
        ),
        tunnels=tunnels(parser.said),
        software=software(texts),
        remote_access=remote_access(parser.said),
    )


def _sources(parser: Parser, name: str) -> AddressSet | None:
    """Who a standard list permits, in its order."""
    listed = parser.standard.get(name)
    if listed is None:
        return None
    found = denied = IntervalSet()
    for permit, values in listed:
        if permit:
            found |= values - denied
        else:
            denied |= values
    return AddressSet(v4=found)


def _aspects(parser: Parser, texts: Sequence[SourceText]) -> frozenset[Aspect]:
    found = {Aspect.OBJECTS, Aspect.BINDINGS, Aspect.LOGGING}
    if any(p.addresses for p in parser.ports.values()):
        found |= {Aspect.ROUTES, Aspect.TUNNELS, Aspect.SERVICES, Aspect.SYSLOG, Aspect.TIME, Aspect.ACCOUNTS, Aspect.PORTS}
        found |= {Aspect.SOFTWARE} if software(texts) else set()
        # Networks of a wireless controller are written in a way that is not read here.
        found |= set() if any(s.words[0] in ("awc", "wireless") for s in parser.said) else {Aspect.WIRELESS}
    return frozenset(found)


def _applied(parser: Parser) -> Iterator[Applied]:
    """Lists at ports and at the VLANs whose ports all have the same; VLAN maps; the firewall as a whole."""
    vlans: dict[str, list[Port]] = {}
    for name, port in sorted(parser.ports.items()):
        for listed, location, _ in port.lists:
            yield Applied(filter=listed, where=name, direction="in", location=location, defined=listed in parser.lists)
        for vlan in port.vlans if name.startswith("port") else ():
            vlans.setdefault(vlan, []).append(port)
    for vlan, members in sorted(vlans.items()):
        if members[0].lists and len({tuple(n for n, _, _ in p.lists) for p in members}) == 1:
            for listed, location, _ in members[0].lists:
                yield Applied(filter=listed, where=vlan, direction="in", location=location, defined=listed in parser.lists)
    yield from _map_bindings(parser)
    if parser.protect is not None:
        yield Applied(filter="firewall", where="protect", location=parser.protect)
    for said in parser.said:
        if said.words[:2] == ("vty", "access-class") and len(said.words) > 2:
            name = said.words[2]
            yield Applied(filter=name, where="vty", direction="in", location=said.location, defined=name in parser.standard)


def _map_bindings(parser: Parser) -> Iterator[Applied]:
    for map_name, numbers, location, text in parser.vlan_filters:
        routed = [f"vlan{n}" for n in sorted(numbers) if f"vlan{n}" in parser.ports]
        for where in routed or [text]:
            yield Applied(
                filter=map_name, where=where, direction="in", location=location, defined=map_name in parser.vlan_maps
            )  # fmt: skip
    for map_name, matches in sorted(parser.vlan_maps.items()):
        for listed, location, _ in matches:
            yield Applied(
                filter=listed, where=f"vlan access-map {map_name}", direction="in", location=location,
                defined=listed in parser.lists,
            )  # fmt: skip


def _objects(parser: Parser) -> Iterator[ConfigObject]:
    """Hardware lists, entities and applications with the number of their uses."""
    uses: Counter[tuple[ObjectKind, str]] = Counter()
    user: dict[tuple[ObjectKind, str], Location] = {}

    def count(kind: ObjectKind, name: str, location: Location) -> None:
        uses[kind, name] += 1
        user.setdefault((kind, name), location)

    for each in _applied(parser):
        count(ObjectKind.FILTER, each.filter, each.location)
    for rule in (*parser.rules, *parser.nat):
        if rule.words:
            count(ObjectKind.SERVICE, rule.words[0], rule.location)
        for word in {w for w in rule.words[1:] if w.split(".")[0] in parser.entities}:
            parts = word.split(".")
            for depth in range(1, len(parts) + 1):  # a host is of its network, that of its zone
                count(ObjectKind.ADDRESS, ".".join(parts[:depth]), rule.location)
    rows = [(ObjectKind.FILTER, n, e[0].location if e else NOWHERE, not e) for n, e in sorted(parser.lists.items())]
    rows += [(ObjectKind.ADDRESS, n, e.location, not e.parts and "." in n) for n, e in sorted(parser.entities.items())]
    rows += [(ObjectKind.SERVICE, n, NOWHERE, not f) for n, f in sorted(parser.applications.items())]
    for kind, name, location, empty in rows:
        place = location if location != NOWHERE else _defined(parser, name)
        yield ConfigObject(
            kind=kind, name=name, location=place, used_by=uses[kind, name], empty=empty, user=user.get((kind, name), NOWHERE)
        )  # fmt: skip


def _defined(parser: Parser, name: str) -> Location:
    heads = ("application", "access-list", "acl-group")
    return next((s.location for s in parser.said if s.words[0] in heads and name in s.words and not s.block), NOWHERE)


def _connected(parser: Parser) -> Iterator[Route]:
    for name, port in sorted(parser.ports.items()):
        for family, address, length in port.addresses if port.enabled else ():
            span = 1 << ((32 if family == 4 else 128) - length)
            yield Route(
                family=family, address=address - address % span, length=length, location=port.location, interface=name,
                vrf=port.vrf,
            )  # fmt: skip


def _hardware(parser: Parser) -> Iterator[Rule]:
    """Each port's lists, for the port itself and for the VLANs it is in."""
    vlans: dict[str, list[Port]] = {}
    for name, port in sorted(parser.ports.items()):
        if name.startswith("port"):
            for vlan in port.vlans:
                vlans.setdefault(vlan, []).append(port)
        yield from _list_rules(parser, name, port, sure=True, report=True)
    for vlan, members in sorted(vlans.items()):
        alike = len({tuple(n for n, _, _ in p.lists) for p in members}) == 1
        for port in members[:1] if alike else members:
            yield from _list_rules(parser, vlan, port, sure=alike, report=False)


def _vlan_maps(parser: Parser) -> Iterator[Rule]:
    """VLAN access maps: the lists of the map act on what comes in by the VLAN; what they do not speak of is forwarded.

    Whether the map is still asked behind a port's own list that permits, the reference leaves open.
    """
    sure = not any(port.lists for port in parser.ports.values())
    for name, vlans, location, text in parser.vlan_filters:
        matches = parser.vlan_maps.get(name)
        if matches is None:
            parser.problems.add(location, text, reasons.LIST_MISSING.format(name=name))
            continue
        listed = [f"vlan{n}" for n in sorted(vlans) if f"vlan{n}" in parser.ports]
        for number, interface in enumerate(listed):
            yield from _list_rules(parser, interface, Port(location, lists=matches), sure=sure, report=number == 0)


def _list_rules(parser: Parser, interface: str, port: Port, *, sure: bool, report: bool) -> Iterator[Rule]:
    for name, location, text in port.lists:
        entries = parser.lists.get(name)
        if entries is None:
            if report:
                parser.problems.add(location, text, reasons.LIST_MISSING.format(name=name))
            continue
        for entry in entries:
            doubts = entry.term.uncertain if sure else (*entry.term.uncertain, reasons.SOME_PORTS)
            action = _ACTIONS.get(entry.action) or Action(verb=Verb.CONTINUE, uncertain=entry.action)
            match = Match(fields=entry.term.fields, in_interface=InterfaceMatch((interface,)), uncertain=doubts)
            yield Rule(match=match, action=action, location=entry.location, text=entry.text, families=_IPV4)


def _tracked(location: Location) -> Rule:
    return Rule(
        match=Match(fields={Field.STATE: _STATES}), action=ACCEPT, location=location,
        text="protect (packets of permitted connections)", families=BOTH,
    )  # fmt: skip


def _firewall(parser: Parser) -> Iterator[Rule]:
    actions = {"permit": ACCEPT, "deny": DROP, "reject": DROP, "log": CONTINUE}
    for rule in sorted(parser.rules, key=lambda r: r.number):
        words = rule.words
        if rule.action not in actions or len(words) < 5 or words[1] != "from" or words[3] != "to":
            _report(parser, rule, "BAD_RULE")
            action = Action(verb=Verb.CONTINUE, uncertain=rule.text[:80])
            yield Rule(match=Match(), action=action, location=rule.location, text=rule.text, families=BOTH, id=str(rule.number))
            continue
        extra = tuple(w for w in words[5:] if w not in ("log", "no-state-enforcement"))
        log = rule.action == "log" or "log" in words[5:]
        for made in _crossings(parser, rule, words[2], words[4], _services(parser, rule, words[0]), extra):
            yield replace(made, action=actions[rule.action], log=log)


def _report(parser: Parser, rule: FirewallRule, what: str, **values: str) -> None:
    reason = reasons.BAD_RULE.format(text=rule.text[:80]) if what == "BAD_RULE" else getattr(reasons, what).format(**values)
    parser.problems.add(rule.location, rule.text, reason)


def _services(parser: Parser, rule: FirewallRule, name: str) -> Term:
    if name == "any":
        return Term()
    if name in parser.applications:
        return Term(parser.applications[name])
    if name in APPLICATIONS:
        numbers, port = APPLICATIONS[name]
        fields = {Field.PROTO: IntervalSet.from_iter((n, n) for n in numbers)}
        return Term(fields if port is None else fields | {Field.DPORT: IntervalSet.single(port)})
    _report(parser, rule, "APPLICATION", name=name[:80])
    return Term(uncertain=(name[:80],))


def _sides(parser: Parser, rule: FirewallRule, name: str) -> tuple[list[Side] | None, tuple[str, ...]]:
    """An entity by family and interface; ``None`` for every address."""
    if name == "any":
        return None, ()
    found = parser.entities.get(name)
    if found is None:
        _report(parser, rule, "ENTITY_MISSING", name=name[:80])
        return None, (name[:80],)
    grouped: dict[tuple[Family, str], IntervalSet] = {}
    for family, values, interface in found.parts:
        grouped[family, interface] = grouped.get((family, interface), IntervalSet()) | values
    return [(f, i, v) for (f, i), v in grouped.items()], ()


def _crossings(
    parser: Parser, rule: FirewallRule, src: str, dst: str, service: Term, extra: tuple[str, ...]
) -> Iterator[Rule]:  # fmt: skip
    """One rule for each family and pair of interfaces of the two entities."""
    sources, doubt_a = _sides(parser, rule, src)
    targets, doubt_b = _sides(parser, rule, dst)
    doubts = (*service.uncertain, *doubt_a, *doubt_b, *extra)
    for family in sorted(BOTH):
        for a in _of(sources, family):
            for b in _of(targets, family):
                fields = dict(service.fields)
                if a is not None:
                    fields[Field.SRC] = a[2]
                if b is not None:
                    fields[Field.DST] = b[2]
                match = Match(
                    fields=fields, in_interface=InterfaceMatch((a[1],)) if a and a[1] else None,
                    out_interface=InterfaceMatch((b[1],)) if b and b[1] else None, uncertain=doubts,
                )  # fmt: skip
                yield Rule(
                    match=match, action=DROP, location=rule.location, text=rule.text, families=frozenset({family}),
                    id=str(rule.number),
                )  # fmt: skip


def _of(sides: list[Side] | None, family: Family) -> list[Side | None]:
    return [None] if sides is None else [s for s in sides if s[0] == family]


def _nat(parser: Parser) -> tuple[list[Rule], list[Rule]]:
    """``portfwd APP from A [to B] with dst C [dport P]`` and ``masq APP from A to B``."""
    incoming: list[Rule] = []
    outgoing: list[Rule] = []
    for rule in sorted(parser.nat, key=lambda r: r.number) if parser.nat_enabled else ():
        words = list(rule.words)
        named: dict[str, str] = {k: words[words.index(k) + 1] for k in ("from", "to", "dst", "dport") if k in words[:-1]}
        if rule.action == "masq" and words:
            translation = Translation(unknown=True)
            for made in _crossings(
                parser, rule, named.get("from", "any"), named.get("to", "any"), _services(parser, rule, words[0]), ()
            ):
                if 4 in made.families:
                    match = replace(made.match, in_interface=None)
                    outgoing.append(replace(made, match=match, action=Action(verb=Verb.SNAT, translation=translation)))
        elif rule.action == "portfwd" and words and "dst" in named:
            incoming += _port_forward(parser, rule, words[0], named)
        else:
            _report(parser, rule, "BAD_RULE")
    return incoming, outgoing


def _port_forward(parser: Parser, rule: FirewallRule, name: str, named: dict[str, str]) -> Iterator[Rule]:
    targets, _ = _sides(parser, rule, named["dst"])
    inner = IntervalSet.from_iter(p for s in targets or () if s[0] == 4 for p in s[2])
    port = named.get("dport", "")
    ports = IntervalSet.single(int(port)) if port.isascii() and port.isdigit() and len(port) < 6 else None
    own = IntervalSet.from_iter((v, v) for p in parser.ports.values() for f, v, _ in p.addresses if f == 4)
    for made in _crossings(parser, rule, named.get("from", "any"), "any", _services(parser, rule, name), ()):
        if 4 in made.families and inner:
            # Packets to the router's own addresses; one learnt at run time is not in the configuration.
            fields = dict(made.match.fields) | ({Field.DST: own} if own else {})
            match = replace(made.match, fields=fields, uncertain=(*made.match.uncertain, *(() if own else ("own address",))))
            translation = Translation(addresses=inner, ports=ports)
            yield replace(made, match=match, action=Action(verb=Verb.DNAT, translation=translation))
