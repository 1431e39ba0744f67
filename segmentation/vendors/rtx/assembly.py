"""Drafts into the device: every bound list becomes a chain.

Yamaha RT series command reference, "ip INTERFACE secure filter": filters are tried in the order of the list, not of
their numbers; no list lets everything pass; what matches nothing in a list is discarded.  "ip filter dynamic": packets
of a connection that a dynamic filter watches pass without asking the static filters, in both directions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from segmentation.device.device import (
    ACCEPT,
    DROP,
    Action,
    BaseChain,
    Chain,
    Device,
    Hook,
    InputFile,
    InterfaceInfo,
    NamedSet,
    Rule,
    Verb,
)
from segmentation.device.interface_filters import BOTH, Binding, interface_filters, nat_chains
from segmentation.device.lexical import Term, both, reply
from segmentation.device.management import Aspect, ConfigObject, Management, ObjectKind
from segmentation.device.management import Binding as Applied
from segmentation.device.match import CtState, Field, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.reading import SourceText, shown
from segmentation.vendors.rtx import reasons
from segmentation.vendors.rtx.filters import DynamicFilter, FilterList, StaticFilter
from segmentation.vendors.rtx.lines import Command
from segmentation.vendors.rtx.nat import inbound, outbound
from segmentation.vendors.rtx.parser import InterfaceDraft, Parser
from segmentation.vendors.rtx.system import (
    accounts,
    management_services,
    remote_access,
    software,
    syslog_targets,
    time_servers,
)
from segmentation.vendors.rtx.tunnels import connected_routes, static_routes, tunnels

_ESTABLISHED = {Field.STATE: IntervalSet.single(CtState.ESTABLISHED)}
_RELATED = {Field.STATE: IntervalSet.single(CtState.RELATED)}
_WORD: dict[Family, str] = {4: "ip", 6: "ipv6"}


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one router (``show config``, an exported file), in one or more files.

    *name* is the device's name, by default that of the first file.  Never raises: what has no meaning is in
    ``not_understood``; a filter it stands in is kept, widened and marked uncertain.
    """
    parser = Parser()
    parser.read(texts)
    first = Location(texts[0].name if texts else "", 1)
    _bind_sets(parser)
    used: set[tuple[Family, int]] = set()
    chains: dict[str, Chain] = {}
    bindings: list[Binding] = []
    for (family, interface, direction), listed in sorted(parser.lists.items(), key=_order):
        chain = f"{_WORD[family]} {interface} {direction}"
        rules = tuple(_list_rules(parser, family, interface, direction, listed, used))
        chains[chain] = Chain(name=chain, rules=rules, location=listed.command.location)
        bindings.append(
            Binding(
                interface=interface, inbound=direction == "in", chain=chain, families=frozenset({family}),
                location=listed.command.location, text=listed.command.text,
            )
        )  # fmt: skip
    ways, bases = interface_filters(bindings, first, BOTH, _forwarding(parser))
    translations, nat_bases = _translations(parser, first)
    closed, closed_bases = _closed(parser, first)
    return Device(
        name=name or (texts[0].name if texts else ""),
        vendor="rtx",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=ways | chains | translations | closed,
        base_chains=(*nat_bases, *closed_bases, *bases),
        sets=_filter_sets(parser, used),
        interfaces=tuple(_interface(draft) for _, draft in sorted(parser.interfaces.items())),
        not_understood=parser.problems.all(),
        management=_about(parser, texts, first),
        objects=_objects(parser),
        bindings=_applied(parser),
        routes=(
            *static_routes(parser.said),
            *connected_routes((d.name, d.addresses, d.location) for _, d in sorted(parser.interfaces.items()) if d.enabled),
        ),
        aspects=_aspects(parser, texts),
    )


def _forwarding(parser: Parser) -> tuple[str, ...]:
    """The interfaces of a whole configuration; lines and tunnels forward without an address of their own."""
    if not any(d.addresses or d.dynamic for d in parser.interfaces.values()):
        return ()
    selected = (f"{word}{name}" for s in parser.said for word, name in (("pp", s.pp), ("tunnel", s.tunnel)) if name)
    return tuple(dict.fromkeys((*(n for n, d in parser.interfaces.items() if d.enabled), *selected)))


def _about(parser: Parser, texts: Sequence[SourceText], first: Location) -> Management:
    return Management(
        services=management_services(parser.said, first),
        accounts=accounts(parser.said, first),
        syslog=syslog_targets(parser.said),
        time_servers=time_servers(parser.said),
        tunnels=tunnels(parser.said),
        software=software(texts),
        remote_access=remote_access(parser.said),
    )


def _aspects(parser: Parser, texts: Sequence[SourceText]) -> frozenset[Aspect]:
    """A few commands say nothing of the rest; a whole configuration has addresses and passwords or users.

    These routers have no radio, and their configuration does not describe the ports of their switch.
    """
    found = {Aspect.OBJECTS, Aspect.BINDINGS, Aspect.LOGGING}
    if any(d.addresses or d.dynamic for d in parser.interfaces.values()):
        found |= {Aspect.ROUTES, Aspect.TUNNELS, Aspect.SERVICES, Aspect.SYSLOG, Aspect.TIME, Aspect.WIRELESS, Aspect.ACCOUNTS}
        found |= {Aspect.SOFTWARE} if software(texts) else set()
    if any(f.command.comment for f in parser.static.values()):
        found.add(Aspect.COMMENTS)
    return frozenset(found)


def _applied(parser: Parser) -> tuple[Applied, ...]:
    """One entry for each filter of each list."""
    out = []
    for (family, interface, direction), listed in sorted(parser.lists.items(), key=_order):
        for dynamic, numbers in ((False, listed.static), (True, listed.dynamic)):
            known: Container[tuple[Family, int]] = parser.dynamic if dynamic else parser.static
            out += [
                Applied(
                    filter=f"{_WORD[family]} filter {'dynamic ' if dynamic else ''}{n}", where=interface, direction=direction,
                    location=listed.command.location, defined=(family, n) in known,
                )
                for n in numbers
            ]  # fmt: skip
    return tuple(out)


def _objects(parser: Parser) -> tuple[ConfigObject, ...]:
    """Every filter with the number of lists in force that name it, directly or by a dynamic filter; sets of filters."""
    uses: Counter[tuple[bool, Family, int]] = Counter()
    user: dict[tuple[bool, Family, int], Location] = {}
    for (family, _, _), listed in sorted(parser.lists.items(), key=_order):
        keys = [(False, family, n) for n in listed.static] + [(True, family, n) for n in listed.dynamic]
        for number in listed.dynamic:
            named = parser.dynamic.get((family, number))
            keys += [(False, family, n) for n in (*named.triggers, *named.inward, *named.outward)] if named else []
        for key in keys:
            uses[key] += 1
            user.setdefault(key, listed.command.location)
    out = []
    for dynamic, table in ((False, parser.static), (True, parser.dynamic)):
        word = "dynamic " if dynamic else ""
        for (family, number), each in table.items():
            key = (dynamic, family, number)
            out.append(
                ConfigObject(
                    kind=ObjectKind.FILTER, name=f"{_WORD[family]} filter {word}{number}", location=each.command.location,
                    used_by=uses[key], user=user.get(key, NOWHERE),
                )
            )  # fmt: skip
    return tuple(sorted(out, key=lambda o: (o.location, o.name)))


def _order(item: tuple[tuple[Family, str, str], FilterList]) -> tuple[Location, Family, str, str]:
    family, interface, direction = item[0]
    return item[1].command.location, family, interface, direction


def _bind_sets(parser: Parser) -> None:
    for (family, interface), (name, command) in parser.named.items():
        found = parser.sets.get((family, name))
        if found is None:
            parser.report(command, reasons.SET_MISSING.format(name=name))
            continue
        for direction, listed in found.items():
            parser.lists[family, interface, direction] = replace(listed, command=command)


def _list_rules(
    parser: Parser, family: Family, interface: str, direction: str, listed: FilterList, used: set[tuple[Family, int]]
) -> Iterator[Rule]:
    """The rules of one list: connections that dynamic filters watch, static filters in order, dynamic ones, the end."""
    opposite = parser.lists.get((family, interface, "out" if direction == "in" else "in"))
    own = list(_dynamics(parser, family, listed, used, report=True))
    for dynamic in own:
        yield from _watched(parser, dynamic, family, forward=True)
    for dynamic in _dynamics(parser, family, opposite, used, report=False):
        yield from _watched(parser, dynamic, family, forward=False)
    final = False
    for number in listed.static:
        static = parser.static.get((family, number))
        if static is None:
            reason = reasons.FILTER_MISSING.format(number=number)
            parser.problems.add(listed.command.location, listed.command.text, reason)
            continue
        used.add((family, number))
        for rule in _static_rules(static, family, notice=parser.notice):
            final = rule.match == Match() and rule.action in (ACCEPT, DROP)
            yield rule
    for dynamic in own:
        # Whether a dynamic filter opens a connection that no static filter passes, the reference leaves open.
        for term in _trigger(parser, dynamic, family):
            doubtful = replace(term, uncertain=(*term.uncertain, reasons.UNMATCHED_DYNAMIC))
            yield _rule(doubtful, ACCEPT, dynamic.command, family, str(dynamic.number))
    if final:
        return  # the last filter speaks of every packet: nothing is left to discard
    yield replace(
        _rule(Term(), DROP, listed.command, family, ""),
        log=parser.notice,
        text=shown(f"implicit: deny at the end of {listed.command.text}"),
    )


def _dynamics(
    parser: Parser, family: Family, listed: FilterList | None, used: set[tuple[Family, int]], *, report: bool
) -> Iterator[DynamicFilter]:
    for number in listed.dynamic if listed else ():
        found = parser.dynamic.get((family, number))
        if found is not None:
            used.update((family, n) for n in (*found.triggers, *found.inward, *found.outward))
            yield found
        elif report and listed is not None:
            reason = reasons.FILTER_MISSING.format(number=f"dynamic {number}")
            parser.problems.add(listed.command.location, listed.command.text, reason)


def _static_rules(static: StaticFilter, family: Family, *, notice: bool) -> Iterator[Rule]:
    if static.verb == "unknown":
        action = Action(verb=Verb.CONTINUE, uncertain="action / 動作")
    elif static.verb == "restrict":
        action = Action(verb=Verb.ACCEPT, uncertain=reasons.LINE_STATE)
    else:
        action = ACCEPT if static.verb == "pass" else DROP
    for term in static.terms:
        # Filter log entries are of the level NOTICE: without "syslog notice on" none is written.
        yield replace(_rule(term, action, static.command, family, str(static.number)), log=static.log and notice)


def _rule(term: Term, action: Action, command: Command, family: Family, number: str) -> Rule:
    return Rule(
        match=Match(fields=term.fields, uncertain=term.uncertain), action=action, location=command.location,
        text=command.text, families=frozenset({family}), comment=command.comment, id=number,
    )  # fmt: skip


def _services(parser: Parser, numbers: Iterable[int], family: Family) -> Iterator[Term]:
    """What the filters named in a dynamic filter say of protocol and ports; addresses and actions do not count there."""
    for number in numbers:
        static = parser.static.get((family, number))
        if static is not None:
            yield from static.services


def _trigger(parser: Parser, dynamic: DynamicFilter, family: Family) -> Iterator[Term]:
    for service in (*dynamic.services, *_services(parser, dynamic.triggers, family)):
        yield both(dynamic.ends, service)


def _watched(parser: Parser, dynamic: DynamicFilter, family: Family, *, forward: bool) -> Iterator[Rule]:
    """Packets of watched connections in the direction of the trigger (*forward*) or against it."""
    turned = (lambda t: t) if forward else reply
    number = str(dynamic.number)
    for term in _trigger(parser, dynamic, family):
        watched = both(turned(term), Term(_ESTABLISHED))
        yield _rule(_stateless_flags(watched), ACCEPT, dynamic.command, family, number)
    if dynamic.related:
        yield _rule(both(turned(dynamic.ends), Term(_RELATED)), ACCEPT, dynamic.command, family, number)
    # "in" names accesses against the direction of the trigger, "out" those along it.
    for service in _services(parser, dynamic.outward if forward else dynamic.inward, family):
        term = both(turned(dynamic.ends), service)
        doubtful = replace(term, uncertain=(*term.uncertain, reasons.TRIGGERED))
        yield _rule(doubtful, ACCEPT, dynamic.command, family, number)


def _stateless_flags(term: Term) -> Term:
    """Flags of a trigger say how a connection begins, nothing of its later packets."""
    return replace(term, fields={axis: values for axis, values in term.fields.items() if axis is not Field.FLAGS})


def _translations(parser: Parser, first: Location) -> tuple[dict[str, Chain], tuple[BaseChain, ...]]:
    incoming: list[Rule] = []
    outgoing: list[Rule] = []
    for interface, (numbers, command) in sorted(parser.translated.items()):
        draft = parser.interfaces[interface]
        values = IntervalSet.from_iter((a, a) for f, a, _ in draft.addresses if f == 4)
        own = values if values and not draft.dynamic else None
        for number in numbers:
            made = parser.descriptors.get(number)
            if made is None:
                parser.report(command, reasons.DESCRIPTOR_MISSING.format(number=number))
                continue
            incoming += inbound(made, interface, own)
            outgoing += outbound(made, interface, own)
    return nat_chains(incoming, outgoing, first)


def _closed(parser: Parser, first: Location) -> tuple[dict[str, Chain], tuple[BaseChain, ...]]:
    """Families that are not forwarded at all: routing is off, or no interface has an IPv6 address."""
    chains: dict[str, Chain] = {}
    bases: list[BaseChain] = []
    for family in FAMILIES:
        command = parser.off.get(family)
        if command is None and (family == 4 or parser.has_ipv6):
            continue
        name = f"{_WORD[family]} not routed"
        location = first if command is None else command.location
        chains[name] = Chain(name=name, rules=(), location=location)
        bases.append(
            BaseChain(chain=name, hook=Hook.FORWARD, priority=-20, policy=DROP, families=frozenset({family}), location=location)
        )
    return chains, tuple(bases)


def _filter_sets(parser: Parser, used: set[tuple[Family, int]]) -> tuple[NamedSet, ...]:
    """Filters that are defined but in no list, as sets that nothing uses."""
    return tuple(
        NamedSet(name=f"{_WORD[family]} filter {number}", location=static.command.location, size=len(static.terms), used=False)
        for (family, number), static in sorted(parser.static.items())
        if (family, number) not in used
    )


def _interface(draft: InterfaceDraft) -> InterfaceInfo:
    return InterfaceInfo(
        name=draft.name, addresses=tuple(draft.addresses), vlan=draft.vlan, location=draft.location, enabled=draft.enabled,
        description=draft.description,
    )  # fmt: skip
