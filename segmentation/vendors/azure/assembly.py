"""From network security groups to a device: the virtual networks as one filter between everything else and their subnets.

Azure documentation, "How network security groups filter network traffic": an arriving packet passes the group of the subnet,
then that of the network interface; a leaving one in the other order.  Groups are stateful and see what stays in a subnet too.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    Rule,
    Verb,
)
from segmentation.device.lexical import Misread
from segmentation.device.management import Aspect, Binding
from segmentation.device.match import CtState, Field, Match
from segmentation.model.addresses import ANY, FAMILIES, PRIVATE, TOP, Family
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import TCP, UDP
from segmentation.vendors.azure import reasons
from segmentation.vendors.azure.addresses import Ranges, none, ports, prefix, protocols, ranges
from segmentation.vendors.azure.records import SecurityGroup, SecurityRule, Side, Subnet, Subscription
from segmentation.vendors.reading import SourceText, shown

BOTH: frozenset[Family] = frozenset(FAMILIES)
_ANSWERS = IntervalSet.of((CtState.ESTABLISHED, CtState.RELATED))
_PORTED = IntervalSet.of((TCP, TCP), (UDP, UDP))
#: The default rules of every group (Azure documentation, "Network security groups", Default security rules).
_DEFAULTS = (
    ("AllowVnetInBound", 65000, True, True, "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", 65001, True, True, "AzureLoadBalancer", "*"),
    ("DenyAllInBound", 65500, True, False, "*", "*"),
    ("AllowVnetOutBound", 65000, False, True, "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", 65001, False, True, "*", "Internet"),
    ("DenyAllOutBound", 65500, False, False, "*", "*"),
)


def assemble(name: str, texts: list[SourceText], found: Subscription) -> Device:
    """The device that *found* describes."""
    made = _Assembly(found, Location(texts[0].name, 1))
    chains, bases = made.chains()
    return Device(
        name=name,
        vendor="azure",
        inputs=tuple(InputFile(file=t.name, sha256=t.sha256, lines=len(t.lines())) for t in texts),
        chains=chains,
        base_chains=bases,
        interfaces=tuple(made.interfaces()),
        bindings=tuple(made.bindings()),
        not_understood=found.problems.all(),
        aspects=frozenset({Aspect.COMMENTS}),
    )


class _Assembly:
    def __init__(self, found: Subscription, first: Location) -> None:
        self.found = found
        self.first = first
        self.unplaced = False  # nobody says which addresses the virtual networks have
        self.scope = self._scope()
        self._told = False

    # -- addresses

    def _union(self, listed: list[tuple[str, Location]]) -> Ranges:
        out = none()
        for text, where in listed:
            try:
                one = ranges(text)
            except Misread as problem:
                self.found.problems.add(where, shown(text), problem.reason)
                continue
            out = {f: out[f] | one[f] for f in FAMILIES}
        return out

    def _scope(self) -> Ranges:
        subnets = [(p, s.location) for s in self.found.subnets.values() for p in s.prefixes]
        own = [(a, self.first) for addresses in self.found.addresses.values() for a in sorted(addresses)]
        out = self._union([*self.found.spaces, *subnets, *own])
        if out[4] or out[6]:
            for group in self.found.groups.values():
                for subnet in sorted(group.subnets - set(self.found.subnets)):
                    reason = reasons.OTHER_SUBNET.format(name=shown(subnet.rsplit("/", 1)[-1]))
                    self.found.problems.add(group.location, shown(group.name), reason)
            return out
        self.found.problems.add(self.first, "", reasons.NO_RANGE)
        self.unplaced = True
        return {4: PRIVATE[4], 6: ANY[6]}

    def _parts(self, side: Side, rule: SecurityRule) -> list[tuple[Ranges, str]]:
        """The addresses of an end: first those that are certain, then each that is not, with its name."""
        certain, doubtful = none(), []
        for text, where in side.prefixes:
            try:
                sure, may, tag = prefix(text, self.scope)
            except Misread as problem:
                self.found.problems.add(where, shown(text), problem.reason)
                sure, may, tag = none(), dict(ANY), shown(text)
            certain = {f: certain[f] | sure[f] for f in FAMILIES}
            if tag:
                doubtful.append((may, tag))
                self._tell(tag, where)
        for group in side.groups:
            known = self.found.application_groups.get(group)
            if known is None:
                doubtful.append((self.scope, f"members of {shown(group.rsplit('/', 1)[-1])}"))
            else:
                own = self._union([(a, rule.location) for a in sorted(known)])
                certain = {f: certain[f] | own[f] for f in FAMILIES}
        if side.unknown:
            doubtful.append((dict(ANY), "known after apply"))
        return [(certain, ""), *doubtful]

    def _tell(self, tag: str, where: Location) -> None:
        if tag == "VirtualNetwork" and not self._told:
            self._told = True
            self.found.problems.add(where, tag, reasons.VIRTUAL_NETWORK, widened=False)

    # -- rules

    def _plain(self, fields: dict[Field, IntervalSet], action: Action, text: str, families: frozenset[Family] = BOTH) -> Rule:
        return Rule(match=Match(fields=fields), action=action, location=self.first, text=text, families=families)

    def _rules(self, group: SecurityGroup, rule: SecurityRule) -> Iterator[Rule]:
        text = self._words(group, rule)
        for family in FAMILIES:
            try:
                service = self._service(rule, family)
                doubt = rule.uncertain
            except Misread as problem:
                self.found.problems.add(rule.location, shown(rule.name), problem.reason)
                service, doubt = {}, shown(rule.name)
            for source, a in self._parts(rule.source, rule):
                for destination, b in self._parts(rule.destination, rule):
                    if source[family] and destination[family]:
                        uncertain = tuple(u for u in (doubt, a, b) if u)
                        yield Rule(
                            match=Match(
                                fields={Field.SRC: source[family], Field.DST: destination[family]} | service,
                                uncertain=tuple(dict.fromkeys(uncertain)),
                            ),
                            action=ACCEPT if rule.allow else DROP, location=rule.location, text=text,
                            families=frozenset({family}), comment=rule.description, id=str(rule.priority),
                        )  # fmt: skip

    @staticmethod
    def _service(rule: SecurityRule, family: Family) -> dict[Field, IntervalSet]:
        fields: dict[Field, IntervalSet] = {}
        numbers = protocols(rule.protocol, family)
        sources, destinations = ports(rule.source.ports), ports(rule.destination.ports)
        if numbers is None and (sources is not None or destinations is not None):
            numbers = _PORTED  # a rule with ports holds for protocols that have them
        if numbers is not None:
            fields[Field.PROTO] = numbers
            if not numbers.issubset(_PORTED):
                return fields
        if sources is not None:
            fields[Field.SPORT] = sources
        if destinations is not None:
            fields[Field.DPORT] = destinations
        return fields

    @staticmethod
    def _words(group: SecurityGroup, rule: SecurityRule) -> str:
        def end(side: Side) -> str:
            names = [p for p, _ in side.prefixes] + [g.rsplit("/", 1)[-1] for g in side.groups]
            return ",".join(names[:6]) + (" …" if len(names) > 6 else "") or "?"

        what = "implicit: " if rule.implicit else ""
        verb, way = "Allow" if rule.allow else "Deny", "Inbound" if rule.inbound else "Outbound"
        target = ",".join(rule.destination.ports[:6]) or "*"
        return shown(
            f"{what}{group.name} {rule.priority} {rule.name} {way} {verb} {rule.protocol or '*'} "
            f"{end(rule.source)} -> {end(rule.destination)}:{target}"
        )

    def _chain(self, group: SecurityGroup, *, inbound: bool) -> Chain:
        listed = list(group.rules)
        if not group.defaults:
            listed += [
                SecurityRule(
                    name, priority, way, allow, "*", Side(((source, group.location),)), Side(((target, group.location),)),
                    group.location, implicit=True,
                )
                for name, priority, way, allow, source, target in _DEFAULTS
            ]  # fmt: skip
        ordered = sorted((r for r in listed if r.inbound == inbound), key=lambda r: r.priority)
        made = [m for r in ordered for m in self._rules(group, r)]
        name = f"{group.name or group.id} {'inbound' if inbound else 'outbound'}"
        return Chain(name=name, rules=tuple(made), location=group.location)

    # -- placing

    def _subnets_of(self, group: SecurityGroup) -> list[Subnet]:
        name = group.id.rsplit("/", 1)[-1]
        return [
            s for s in self.found.subnets.values()
            if s.id in group.subnets or (s.group and (s.group == group.id or s.group.rsplit("/", 1)[-1] == name))
        ]  # fmt: skip

    def _users(self, *, inbound: bool, chains: dict[str, Chain], interfaces: bool) -> Iterator[Rule]:
        """Which group a packet meets at the subnet, or at the network interface."""
        mine = Field.DST if inbound else Field.SRC
        unplaced = []
        for group in self.found.groups.values():
            chain = self._chain(group, inbound=inbound) if not interfaces else None
            name = f"{group.name or group.id} {'inbound' if inbound else 'outbound'}"
            if chain is not None:
                chains[name] = chain
            action = Action(verb=Verb.GOTO, target=name)
            if interfaces:
                known = [(a, self.first) for i in sorted(group.interfaces) for a in sorted(self.found.addresses.get(i, ()))]
            else:
                known = [(p, s.location) for s in self._subnets_of(group) for p in s.prefixes]
            own = self._union(known)
            for family in FAMILIES:
                if own[family]:
                    yield self._plain({mine: own[family]}, action, f"implicit: uses {name}", frozenset({family}))
            placed = known or any(i in self.found.addresses for i in group.interfaces)
            if not interfaces and not placed:
                unplaced.append(action)
        if unplaced:
            yield from self._unplaced(unplaced, mine)

    def _unplaced(self, actions: list[Action], mine: Field) -> Iterator[Rule]:
        """Groups that may be anywhere: a packet passes what one of them lets through, and nothing else."""
        doubt = () if len(actions) == 1 else ("the subnets of the group",)
        for family in FAMILIES:
            if self.scope[family]:
                for action in actions:
                    yield Rule(
                        match=Match(fields={mine: self.scope[family]}, uncertain=doubt), action=action, location=self.first,
                        text=f"implicit: uses {action.target}", families=frozenset({family}),
                    )  # fmt: skip
                yield self._plain(
                    {mine: self.scope[family]}, DROP, "implicit: no group is known to be here", frozenset({family})
                )

    def chains(self) -> tuple[dict[str, Chain], tuple[BaseChain, ...]]:
        """All chains in the order a packet meets them."""
        transit = [
            self._plain(
                {Field.SRC: ANY[f] - self.scope[f], Field.DST: ANY[f] - self.scope[f]}, DROP,
                "implicit: neither end is in a virtual network", frozenset({f}),
            )
            for f in FAMILIES
        ]  # fmt: skip
        chains = {"virtual networks": Chain(name="virtual networks", rules=tuple(transit), location=self.first)}
        answers = self._plain({Field.STATE: _ANSWERS}, ACCEPT, "implicit: answers pass a security group")
        names = ["virtual networks"]
        if self.unplaced:
            rules = (answers, *self._either_end(chains))
            chains["groups"] = Chain(name="groups", rules=rules, location=self.first)
            return chains, self._bases([*names, "groups"])
        for name, inbound, interfaces in (
            ("interfaces outbound", False, True),
            ("subnets outbound", False, False),
            ("subnets inbound", True, False),
            ("interfaces inbound", True, True),
        ):
            rules = (answers, *self._users(inbound=inbound, chains=chains, interfaces=interfaces))
            chains[name] = Chain(name=name, rules=rules, location=self.first)
            names.append(name)
        return chains, self._bases(names)

    def _bases(self, names: list[str]) -> tuple[BaseChain, ...]:
        return tuple(
            BaseChain(chain=n, hook=Hook.FORWARD, priority=10 * i, policy=ACCEPT, families=BOTH, location=self.first)
            for i, n in enumerate(names)
        )

    def _either_end(self, chains: dict[str, Chain]) -> Iterator[Rule]:
        """Where it is not known which end is in a virtual network, a packet may pass what any group lets in or out."""
        for group in self.found.groups.values():
            for inbound, mine in ((True, Field.DST), (False, Field.SRC)):
                chain = self._chain(group, inbound=inbound)
                chains[chain.name] = chain
                for family in FAMILIES:
                    match = Match(fields={mine: self.scope[family]}, uncertain=("addresses of the virtual network",))
                    yield Rule(
                        match=match, action=Action(verb=Verb.GOTO, target=chain.name), location=self.first,
                        text=f"implicit: uses {chain.name}", families=frozenset({family}),
                    )  # fmt: skip
        yield self._plain({}, DROP, "implicit: no group is known to be here")

    def interfaces(self) -> Iterator[InterfaceInfo]:
        """Every subnet as an interface."""
        for subnet in self.found.subnets.values():
            own = []
            for text in subnet.prefixes:
                try:
                    found = ranges(text)
                except Misread:
                    continue
                own += [
                    (f, found[f].low, ((TOP[f] + 1) // found[f].size).bit_length() - 1) for f in FAMILIES if found[f] != EMPTY
                ]
            yield InterfaceInfo(name=subnet.id.rsplit("/", 1)[-1], addresses=tuple(own), location=subnet.location)

    def bindings(self) -> Iterator[Binding]:
        """Where each group is."""
        for group in self.found.groups.values():
            for subnet in self._subnets_of(group):
                yield Binding(filter=group.name, where=subnet.id.rsplit("/", 1)[-1], location=subnet.location)
