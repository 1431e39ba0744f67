"""Drafts into the device: the filters of an interface and direction become one chain.

UNIVERGE IX function guide 2-421: filters of a direction are asked in the order of their sequence numbers, the lines of a
list in the order written; once a direction has any filter, what matches none of them is discarded.  2-426 to 2-429: a
packet that a dynamic list lets pass makes an entry in the cache of its interface, and packets of such a connection pass
there before the static filters are asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
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
    Translation,
    Verb,
)
from segmentation.device.interface_filters import BOTH, Binding, interface_filters, nat_chains
from segmentation.device.lexical import Term, both, reply
from segmentation.device.management import Aspect, ConfigObject, Management, ObjectKind, Route
from segmentation.device.management import Binding as Applied
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import ANY as ANY_ADDRESS
from segmentation.model.addresses import NO_ADDRESSES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import NOWHERE, Location
from segmentation.vendors.ix import reasons
from segmentation.vendors.ix.lists import Entry
from segmentation.vendors.ix.parser import Bound, InterfaceDraft, Parser, own_addresses
from segmentation.vendors.ix.system import (
    accounts,
    management_services,
    software,
    static_routes,
    syslog_targets,
    time_servers,
    tunnels,
)
from segmentation.vendors.reading import SourceText, shown

_ESTABLISHED = Term({Field.STATE: IntervalSet.of((CtState.ESTABLISHED, CtState.RELATED))})
_WORD: dict[Family, str] = {4: "ip", 6: "ipv6"}
_IPV4: frozenset[Family] = frozenset({4})
#: Levels of log messages at which denied packets are recorded, and those at which passing ones are, too.
_DENIED = frozenset({"warn", "notice", "info", "debug"})
_PASSED = frozenset({"info", "debug"})


def parse(texts: Sequence[SourceText], name: str = "") -> Device:
    """Read the configuration of one router (``show running-config``), in one or more files.

    *name* is the device's name, by default that of the first file.  Never raises: what has no meaning is in
    ``not_understood``; an entry it stands in is kept, widened and marked uncertain.
    """
    parser = Parser()
    parser.read(texts)
    first = Location(texts[0].name if texts else "", 1)
    used: set[tuple[Family, str]] = set()
    chains: dict[str, Chain] = {}
    bindings: list[Binding] = []
    for interface, draft in sorted(parser.interfaces.items()):
        for (family, direction), bound in sorted(draft.bound.items()):
            chain = f"{_WORD[family]} {interface} {direction}"
            rules = tuple(_rules(parser, draft, family, direction, used))
            chains[chain] = Chain(name=chain, rules=rules, location=bound[0].location)
            bindings.append(
                Binding(
                    interface=interface, inbound=direction == "in", chain=chain, families=frozenset({family}),
                    location=bound[0].location, text=bound[0].text,
                )
            )  # fmt: skip
    whole = any(d.addresses or d.dynamic for d in parser.interfaces.values())
    names = tuple(n for n, d in parser.interfaces.items() if d.enabled) if whole else ()
    ways, bases = interface_filters(bindings, first, BOTH, names)
    translations, nat_bases = nat_chains(list(_inbound(parser)), list(_outbound(parser)), first)
    closed: tuple[BaseChain, ...] = ()
    if not parser.has_ipv6:  # IPv6 is forwarded only where an interface has it switched on
        chains["ipv6 not routed"] = Chain(name="ipv6 not routed", rules=(), location=first)
        closed = (
            BaseChain(
                chain="ipv6 not routed", hook=Hook.FORWARD, priority=-20, policy=DROP, families=frozenset({6}), location=first
            ),
        )
    return Device(
        name=name or (texts[0].name if texts else ""),
        vendor="ix",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=ways | chains | translations,
        base_chains=(*nat_bases, *closed, *bases),
        sets=tuple(
            NamedSet(
                name=f"{_WORD[key[0]]} access-list {key[1]}", location=listed.location, size=len(listed.entries),
                used=key in used,
            )
            for key, listed in sorted(parser.lists.items())
        ),
        interfaces=tuple(
            InterfaceInfo(
                name=n, addresses=tuple(d.addresses), vlan=d.vlan, location=d.location, enabled=d.enabled,
                description=d.description, vrf=d.vrf,
            )
            for n, d in sorted(parser.interfaces.items())
        ),
        not_understood=parser.problems.all(),
        management=_about(parser, texts),
        objects=tuple(_objects(parser)),
        bindings=tuple(_applied(parser)),
        routes=(*static_routes(parser.said), *_connected(parser)),
        aspects=_aspects(parser, texts),
    )  # fmt: skip


def _about(parser: Parser, texts: Sequence[SourceText]) -> Management:
    def enabled(name: str) -> bool:
        return name not in parser.interfaces or parser.interfaces[name].enabled

    return Management(
        services=management_services(parser.said, lambda family, name: _sources(parser, family, name)),
        accounts=accounts(parser.said),
        syslog=syslog_targets(parser.said),
        time_servers=time_servers(parser.said),
        tunnels=tunnels(parser.said, enabled),
        software=software(texts),
    )


def _sources(parser: Parser, family: Family, name: str) -> AddressSet | None:
    """Who a list permits, never too few: what it denies before is taken away only where it denies every packet."""
    listed = parser.lists.get((family, name))
    if listed is None:
        return None
    found, denied = NO_ADDRESSES, NO_ADDRESSES
    for entry in listed.entries:
        for term in entry.terms:
            values = AddressSet.of(family, term.fields.get(Field.SRC, ANY_ADDRESS[family]))
            if entry.permit:
                found |= values - denied
            elif not term.uncertain and set(term.fields) <= {Field.SRC}:
                denied |= values
    return found


def _aspects(parser: Parser, texts: Sequence[SourceText]) -> frozenset[Aspect]:
    """Lists alone say nothing of the rest; these routers have no radio, and their switch ports are not described."""
    found = {Aspect.OBJECTS, Aspect.BINDINGS, Aspect.LOGGING}
    if any(d.addresses or d.dynamic for d in parser.interfaces.values()):
        found |= {Aspect.ROUTES, Aspect.TUNNELS, Aspect.SERVICES, Aspect.SYSLOG, Aspect.TIME, Aspect.WIRELESS, Aspect.ACCOUNTS}
        found |= {Aspect.SOFTWARE} if software(texts) else set()
    if any(e.comment for listed in parser.lists.values() for e in listed.entries):
        found.add(Aspect.COMMENTS)
    return frozenset(found)


def _applied(parser: Parser) -> Iterator[Applied]:
    for name, draft in sorted(parser.interfaces.items()):
        for (family, direction), bound in sorted(draft.bound.items()):
            for each in sorted(bound, key=lambda b: (b.sequence, b.location)):
                defined = (family, each.name) in parser.lists or (family, each.name) in parser.dynamic
                yield Applied(filter=each.name, where=name, direction=direction, location=each.location, defined=defined)
    for (family, _), listed in sorted(parser.dynamic.items()):
        for name, location, text in listed.access:
            yield Applied(filter=name, where=text, direction="in", location=location, defined=(family, name) in parser.lists)
    for each_said in parser.said:
        words = each_said.words
        if words[2:3] == ("access-list",) and words[0].endswith(("-server", "-agent")) and len(words) > 3:
            family = 6 if words[1] == "ipv6" else 4
            yield Applied(
                filter=words[3],
                where=words[0],
                direction="in",
                location=each_said.location,
                defined=(family, words[3]) in parser.lists,
            )


def _objects(parser: Parser) -> Iterator[ConfigObject]:
    """Lists with the number of places that name them."""
    uses: Counter[str] = Counter()
    user: dict[str, Location] = {}
    for each in _applied(parser):
        uses[each.filter] += 1
        user.setdefault(each.filter, each.location)
    for said in parser.said:  # route maps, IPsec maps and NAT name lists, too
        if said.words[:2] not in (("ip", "access-list"), ("ipv6", "access-list")):
            for word in {w for w in said.words[1:] if (4, w) in parser.lists or (6, w) in parser.lists} - set(user):
                uses[word] += 1
    for table in (parser.lists, parser.dynamic):
        for (_, name), listed in sorted(table.items()):
            yield ConfigObject(
                kind=ObjectKind.FILTER, name=name, location=listed.location, used_by=uses[name],
                empty=not listed.entries and not listed.access, user=user.get(name, NOWHERE),
            )  # fmt: skip


def _connected(parser: Parser) -> Iterator[Route]:
    for name, draft in sorted(parser.interfaces.items()):
        for family, address, length in draft.addresses if draft.enabled else ():
            span = 1 << ((32 if family == 4 else 128) - length)
            yield Route(
                family=family, address=address - address % span, length=length, location=draft.location, interface=name,
                vrf=draft.vrf,
            )  # fmt: skip


def _rules(
    parser: Parser, draft: InterfaceDraft, family: Family, direction: str, used: set[tuple[Family, str]]
) -> Iterator[Rule]:
    """Connections in the cache first, then every bound list by sequence, then the implicit deny."""
    opposite = "out" if direction == "in" else "in"
    for bound in _ordered(draft, family, direction):
        for entry in _triggers(parser, bound, family):
            if entry.permit:
                yield from _lines(replace(entry, terms=tuple(both(t, _ESTABLISHED) for t in entry.terms)), family)
    for bound in _ordered(draft, family, opposite):
        for entry in _triggers(parser, bound, family):
            if entry.permit:
                yield from _lines(replace(entry, terms=tuple(both(reply(t), _ESTABLISHED) for t in entry.terms)), family)
    listed = _ordered(draft, family, direction)
    doubtful = family == 4 and (bool(draft.statics) if direction == "in" else draft.napt is not None)
    rewritten = _rewritten(draft, direction) if doubtful else frozenset()
    final = False
    for bound in listed:
        for rule in _bound(parser, bound, family, used):
            made = _before_or_after(rule, rewritten)
            final = made.match == Match() and made.action in (ACCEPT, DROP)
            yield made
    if final:
        return  # the last line speaks of every packet: nothing is left to discard
    last = listed[-1]
    yield Rule(
        match=Match(), action=DROP, location=last.location, text=shown(f"implicit: deny at the end of {last.text}"),
        families=frozenset({family}),
        log=parser.level in _DENIED and not last.quiet,
    )  # fmt: skip


def _ordered(draft: InterfaceDraft, family: Family, direction: str) -> list[Bound]:
    return sorted(draft.bound.get((family, direction), ()), key=lambda b: (b.sequence, b.location))


def _triggers(parser: Parser, bound: Bound, family: Family) -> Iterator[Entry]:
    """The entries that make a dynamic list open connections; nothing for a static list."""
    dynamic = parser.dynamic.get((family, bound.name))
    if dynamic is not None:
        yield from dynamic.entries
        for name, _, _ in dynamic.access:
            listed = parser.lists.get((family, name))
            yield from listed.entries if listed is not None else ()


def _bound(parser: Parser, bound: Bound, family: Family, used: set[tuple[Family, str]]) -> Iterator[Rule]:
    """The rules of one bound list; of two lists of one name the dynamic one counts (command reference 13-3)."""
    dynamic = parser.dynamic.get((family, bound.name))
    if dynamic is not None:
        for name, location, text in dynamic.access:
            used.add((family, name))
            if (family, name) not in parser.lists:
                parser.problems.add(location, text, reasons.LIST_MISSING.format(name=name))
        for entry in _triggers(parser, bound, family):
            # Whether a deny here discards or hands on to the next list, the manuals leave open.
            doubt = () if entry.permit else (reasons.TRIGGER_DENY,)
            terms = tuple(replace(t, uncertain=(*t.uncertain, *doubt)) for t in entry.terms)
            yield from _lines(replace(entry, terms=terms), family, parser, bound)
        return
    used.add((family, bound.name))
    listed = parser.lists.get((family, bound.name))
    if listed is None:
        parser.problems.add(bound.location, bound.text, reasons.LIST_MISSING.format(name=bound.name))
        action = Action(verb=Verb.CONTINUE, uncertain=reasons.UNDEFINED_LIST)
        yield Rule(match=Match(), action=action, location=bound.location, text=bound.text, families=frozenset({family}))
        return
    for entry in listed.entries:
        yield from _lines(entry, family, parser, bound)


def _lines(entry: Entry, family: Family, parser: Parser | None = None, bound: Bound | None = None) -> Iterator[Rule]:
    log = (
        bound is not None and parser is not None and not bound.quiet and parser.level in (_PASSED if entry.permit else _DENIED)
    )
    for term in entry.terms:
        yield Rule(
            match=Match(fields=term.fields, uncertain=term.uncertain), action=ACCEPT if entry.permit else DROP,
            location=entry.location, text=entry.text, families=frozenset({family}), comment=entry.comment, log=log,
        )  # fmt: skip


def _rewritten(draft: InterfaceDraft, direction: str) -> frozenset[Field]:
    """The fields that NAT rewrites in packets of one direction of an interface."""
    if direction == "out":
        return frozenset({Field.SRC, Field.SPORT})
    ports = any(s.inner_ports is not None and s.inner_ports != s.outer_ports for s in draft.statics)
    return frozenset({Field.DST, Field.DPORT} if ports else {Field.DST})


def _before_or_after(rule: Rule, rewritten: frozenset[Field]) -> Rule:
    """Whether a filter sees a packet before or after NAT at the same interface is not relied on: it may hold for either."""
    if not rewritten & rule.match.fields.keys():
        return rule
    fields = {a: values for a, values in rule.match.fields.items() if a not in rewritten}
    return replace(rule, match=replace(rule.match, fields=fields, uncertain=(*rule.match.uncertain, reasons.NAT_ORDER)))


def _inbound(parser: Parser) -> Iterator[Rule]:
    for name, draft in sorted(parser.interfaces.items()):
        for made in draft.statics:
            own = IntervalSet.single(made.outer) if made.outer is not None else own_addresses(draft)
            fields: dict[Field, IntervalSet] = {} if own is None else {Field.DST: own}
            if made.protocols is not None:
                fields[Field.PROTO] = made.protocols
            if made.outer_ports is not None:
                fields[Field.DPORT] = made.outer_ports
            doubt = () if own is not None else ("outer address / 外側アドレス",)
            translation = Translation(addresses=IntervalSet.single(made.inner), ports=made.inner_ports)
            yield Rule(
                match=Match(fields=fields, in_interface=InterfaceMatch((name,)), uncertain=doubt),
                action=Action(verb=Verb.DNAT, translation=translation), location=made.location, text=made.text, families=_IPV4,
            )  # fmt: skip


def _outbound(parser: Parser) -> Iterator[Rule]:
    for name, draft in sorted(parser.interfaces.items()):
        if draft.napt is not None:
            own = own_addresses(draft)
            translation = Translation(addresses=own, unknown=own is None)
            yield Rule(
                match=Match(out_interface=InterfaceMatch((name,))), action=Action(verb=Verb.SNAT, translation=translation),
                location=draft.napt[0], text=draft.napt[1], families=_IPV4,
            )  # fmt: skip
