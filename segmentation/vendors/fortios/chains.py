"""The chains and base chains of a device, for one virtual domain or several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, RETURN, Action, BaseChain, Chain, Hook, Rule, Verb
from segmentation.device.match import CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.vendors.fortios.domain import Domain, Version
from segmentation.vendors.fortios.interfaces import Topology
from segmentation.vendors.fortios.local_in import access_rules, local_in_rules
from segmentation.vendors.fortios.notes import Notes, visible
from segmentation.vendors.fortios.policies import Rules, read_policies
from segmentation.vendors.fortios.translation import destination_rules, source_rules, to_virtual
from segmentation.vendors.fortios.tree import Entry

#: "firewall consolidated policy" replaced the first two in 6.2 where it was enabled, and became "firewall policy" in 6.4.
POLICY_TABLES = ("firewall policy", "firewall policy6", "firewall consolidated policy")
_BOTH = frozenset(FAMILIES)
_FOLLOWING = Match(fields={Field.STATE: IntervalSet(((CtState.ESTABLISHED, CtState.RELATED),))})
_REDIRECT: dict[Family, str] = {4: "allow-traffic-redirect", 6: "ipv6-allow-traffic-redirect"}


@dataclass(slots=True)
class Assembly:
    """Builds the chains of a device."""

    domains: list[Domain]
    topology: Topology
    system: Entry | None  # config system global
    admins: list[Entry]  # accounts of administrators
    notes: Notes
    version: Version | None
    chains: dict[str, Chain] = field(default_factory=dict)
    bases: list[BaseChain] = field(default_factory=list)

    def build(self) -> None:
        """Make all chains."""
        several = len(self.domains) > 1
        destinations: dict[str, list[Rule]] = {}
        sources: dict[str, list[Rule]] = {}
        for domain in self.domains:
            domain.label = f"vdom {domain.name}: " if several else ""
            rules = read_policies(domain, POLICY_TABLES)
            self._policy_chains(domain, rules, alone=not several)
            destinations[domain.name] = destination_rules(domain, rules)
            sources[domain.name] = source_rules(domain, POLICY_TABLES)
        if several:
            self._several(destinations, sources)
        else:
            name = self.domains[0].name
            early = self.domains[0].central_nat
            self._base(_policy_chain(name), Hook.FORWARD, 0)
            # With central NAT the policies see the translated destination, otherwise a chain of their own sees the packet.
            hook, priority = (Hook.PREROUTING, -100) if early else (Hook.FORWARD, 1)
            self._nat(f"{name} destination nat", destinations[name], hook, priority)
            self._nat(f"{name} source nat", sources[name], Hook.POSTROUTING, 100)
        self._local_in()

    def _policy_chains(self, domain: Domain, rules: Rules, *, alone: bool) -> None:
        name = _policy_chain(domain.name)
        head = [self._following()] if alone else []
        virtual = to_virtual(domain, rules, f"{domain.name} virtual ip policy")
        intrazone = self._intrazone(domain)
        body = [*head, *virtual, *self._redirects(domain), *rules.plain, *intrazone]
        end = self._implicit_deny([domain]) if alone and not _denies_all(body) else []
        self._chain(name, [*body, *end], self._start(domain))
        if virtual:
            # The implicit deny of the calling chain ends this one as well: a goto does not come back.
            self._chain(f"{domain.name} virtual ip policy", rules.virtual, self._start(domain))

    def _start(self, domain: Domain) -> Location:
        """Where the policies of a VDOM begin; its implicit deny is reported there."""
        lines = [domain.root.blocks[p].line for p in POLICY_TABLES if p in domain.root.blocks]
        return self.notes.where(min(lines, default=domain.root.line or 1))

    def _first(self) -> Location:
        return self.notes.where(1)

    def _implicit(self, match: Match, action: Action, text: str, where: Location, *, log: bool = False) -> Rule:
        return Rule(match=match, action=action, location=where, text=visible(text), families=_BOTH, log=log)

    def _following(self) -> Rule:
        return self._implicit(_FOLLOWING, ACCEPT, "implicit: packets of sessions that were permitted", self._first())

    def _redirects(self, domain: Domain) -> list[Rule]:
        """Packets that leave by the interface they came in by, which need no policy unless that is switched off.

        CLI Reference, "config system global"; the default is enable, and disable from 7.4.10, 7.6.5 and 8.0 on.
        """
        out: list[Rule] = []
        for family, option in _REDIRECT.items():
            setting = self.system.settings.get(option) if self.system is not None else None
            doubt: tuple[str, ...] = ()
            if setting is not None:
                enabled = setting.values == ("enable",)
            else:
                enabled = self.version is None or not _redirect_off(self.version)
                doubt = () if self.version is not None else (f"{option} (version)",)
            if not enabled:
                continue
            where = self.notes.where(setting.line) if setting is not None else self._first()
            for name in self.topology.outer(domain.name):
                here = InterfaceMatch((name,))
                out.append(
                    Rule(
                        match=Match(in_interface=here, out_interface=here, uncertain=doubt), action=ACCEPT, location=where,
                        text=visible(f"{domain.label}implicit: {option}, in and out by {name}"), families=frozenset({family}),
                    )
                )  # fmt: skip
        return out

    def _intrazone(self, domain: Domain) -> list[Rule]:
        """What zones permit inside themselves, after all policies (Technical Tip on the order with intra-zone traffic)."""
        out = []
        for entry in domain.zones.intrazone:
            match = domain.named_interfaces((entry.name,))
            text = f"{domain.label}implicit: zone {entry.name}, intrazone allow"
            where = self.notes.where(entry.line)
            out.append(self._implicit(Match(in_interface=match, out_interface=match), ACCEPT, text, where))
        return out

    def _implicit_deny(self, domains: Iterable[Domain]) -> list[Rule]:
        """The implicit deny as a rule of its own where it is logged (CLI Reference, "config log setting")."""
        listed = list(domains)
        shared = [s for s in (self._log_setting(d) for d in listed) if s is not None]
        out: list[Rule] = []
        for family, option in ((4, "fwpolicy-implicit-log"), (6, "fwpolicy6-implicit-log")):
            if len(shared) == len(listed) and all(s.on(option) for s in shared):
                out.append(
                    Rule(
                        match=Match(), action=DROP, location=self.notes.where(shared[0].settings[option].line),
                        text="implicit: deny", families=frozenset({4 if family == 4 else 6}), log=True,
                    )
                )  # fmt: skip
        return out

    def _log_setting(self, domain: Domain) -> Entry | None:
        return domain.root.block("log setting")

    def _several(self, destinations: dict[str, list[Rule]], sources: dict[str, list[Rule]]) -> None:
        """Base chains for several VDOMs: the one a packet comes in by, those between, the one it leaves by.

        What does not concern a VDOM returns from its chain, so that the rule that decided is a policy and never one of ours.
        """
        joined = {vdom: _named(self.topology.outer(vdom)) for vdom in self.topology.vdoms}
        ways = [v for v in joined if joined[v].patterns]
        enters = [(v, [Match(in_interface=_other(joined[v]))]) for v in ways]
        logs = all(_denies_all(list(self.chains[_policy_chain(v)].rules), logged=True) or self._logs_implicit(v) for v in ways)
        deny = self._implicit(Match(), DROP, "implicit: deny", self._first(), log=logs)
        self._dispatch("ingress vdom", 0, enters, DROP, self._apart(), [deny])
        inbound = [(Match(in_interface=joined[v]), v) for v in ways]
        self._nat_dispatch("ingress destination nat", Hook.FORWARD, 1, inbound, destinations, "destination nat")
        leaving = [(Match(in_interface=joined[v], out_interface=_other(joined[v])), v) for v in ways]
        self._nat_dispatch("ingress source nat", Hook.FORWARD, 2, leaving, sources, "source nat")
        for number, vdom in enumerate(self.topology.vdoms):
            self._between(vdom, 10 + number)
        leaves = [(v, [Match(out_interface=_other(joined[v])), Match(in_interface=joined[v])]) for v in ways]
        self._dispatch("egress vdom", 1000, leaves, ACCEPT)
        entered = [(Match(in_interface=_other(joined[v]), out_interface=joined[v]), v) for v in ways]
        self._nat_dispatch("egress destination nat", Hook.FORWARD, 1001, entered, destinations, "destination nat")
        outbound = [(Match(out_interface=joined[v]), v) for v in ways]
        self._nat_dispatch("egress source nat", Hook.POSTROUTING, 100, outbound, sources, "source nat")

    def _dispatch(
        self, name: str, priority: int, ways: Iterable[tuple[str, list[Match]]], policy: Action,
        before: Iterable[Rule] = (), after: Iterable[Rule] = (),
    ) -> None:  # fmt: skip
        """A base chain that asks VDOMs for the packets that concern them: those that none of the matches returns."""
        rules = [self._following(), *before]
        for vdom, others in ways:
            own = f"{name}: {vdom}"
            rules.append(self._implicit(Match(), _jump(own), f"implicit: {name} {vdom}", self._first()))
            inner = [self._implicit(m, RETURN, f"implicit: does not concern vdom {vdom}", self._first()) for m in others]
            policies = self.chains[_policy_chain(vdom)].rules
            if policies:
                inner.append(
                    self._implicit(Match(), _jump(_policy_chain(vdom)), f"implicit: policies of {vdom}", self._first())
                )
            if not _denies_all(list(policies)):
                text = f"implicit: deny of vdom {vdom}"
                inner.append(self._implicit(Match(), DROP, text, self._first(), log=self._logs_implicit(vdom)))
            self._chain(own, inner, self._first())
        self._chain(name, [*rules, *after], self._first())
        self._base(name, Hook.FORWARD, priority, policy)

    def _logs_implicit(self, vdom: str) -> bool:
        domain = next(d for d in self.domains if d.name == vdom)
        return len(self._implicit_deny([domain])) == len(FAMILIES)

    def _apart(self) -> list[Rule]:
        """Packets between VDOMs that no link joins, and to interfaces that do not exist."""
        groups = self.topology.components()
        every = _named(n for vdom in self.topology.vdoms for n in self.topology.outer(vdom))
        out = [self._implicit(Match(out_interface=_other(every)), DROP, "implicit: no such interface", self._first(), log=True)]
        for group in groups if len(groups) > 1 else ():
            names = _named(n for vdom in group for n in self.topology.outer(vdom))
            if names.patterns:
                match = Match(in_interface=names, out_interface=_other(names))
                out.append(
                    self._implicit(match, DROP, f"implicit: no link from vdom {', '.join(group)}", self._first(), log=True)
                )
        return out

    def _between(self, vdom: str, priority: int) -> None:
        """A base chain for a VDOM that lies between others: without it they would not be joined."""
        whole = set(self.topology.component(vdom))
        sides = [g for g in self.topology.components(without=vdom) if whole & set(g)]
        if len(sides) < 2:
            return
        mine = _named(self.topology.outer(vdom))
        others = [Match(in_interface=mine), Match(out_interface=mine)] if mine.patterns else []
        for side in sides:
            ends = _named(n for v in side for n in self.topology.outer(v))
            if ends.patterns:
                others.append(Match(in_interface=ends, out_interface=ends))
        self._dispatch(f"through vdom {vdom}", priority, [(vdom, others)], ACCEPT)

    def _nat_dispatch(
        self, name: str, hook: Hook, priority: int, ways: Iterable[tuple[Match, str]], rules: dict[str, list[Rule]], kind: str
    ) -> None:  # fmt: skip
        out: list[Rule] = []
        for match, vdom in ways:
            if not rules[vdom]:
                continue
            chain = f"{vdom} {kind}"
            self._chain(chain, rules[vdom], self._first())
            action = Action(verb=Verb.JUMP, target=chain)
            out.append(self._implicit(match, action, f"implicit: {kind} of vdom {vdom}", self._first()))
        self._nat(name, out, hook, priority)

    def _nat(self, name: str, rules: list[Rule], hook: Hook, priority: int) -> None:
        if rules:
            self._chain(name, rules, self._first())
            self.bases.append(
                BaseChain(
                    chain=name, hook=hook, priority=priority, policy=ACCEPT, families=_BOTH, kind="nat", location=self._first()
                )
            )

    def _local_in(self) -> None:
        """The base chain for packets to the device itself."""
        rules = [self._following()]
        for domain in self.domains:
            rules += local_in_rules(domain)
        rules += access_rules(self.topology.interfaces, self.system, self.admins, self.notes)
        self._chain("local in", rules, self._first())
        self._base("local in", Hook.INPUT, 0)

    def _chain(self, name: str, rules: list[Rule], where: Location) -> None:
        self.chains[name] = Chain(name=name, rules=tuple(rules), location=where)

    def _base(self, name: str, hook: Hook, priority: int, policy: Action = DROP) -> None:
        self.bases.append(
            BaseChain(
                chain=name, hook=hook, priority=priority, policy=policy, families=_BOTH, location=self.chains[name].location
            )
        )


def _jump(chain: str) -> Action:
    return Action(verb=Verb.JUMP, target=chain)


def _policy_chain(vdom: str) -> str:
    return f"{vdom} policy"


def _named(names: Iterable[str]) -> InterfaceMatch:
    return InterfaceMatch(tuple(names))


def _other(match: InterfaceMatch) -> InterfaceMatch:
    return InterfaceMatch(match.patterns, negated=True)


def _redirect_off(version: Version) -> bool:
    return version >= (8,) or (7, 6, 5) <= version < (7, 7) or (7, 4, 10) <= version < (7, 5)


def _denies_all(rules: list[Rule], *, logged: bool = False) -> bool:
    """Whether a policy denies everything that is left, in both families (and, if asked, logs it)."""
    left = set(FAMILIES)
    for rule in reversed(rules):
        match = rule.match
        if rule.action is DROP and not (match.fields or match.uncertain or match.in_interface or match.out_interface):
            left -= rule.families if rule.log or not logged else frozenset()
    return not left
