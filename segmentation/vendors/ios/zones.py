"""Zone-based firewall: zones, class maps, policy maps and zone pairs (IOS Security Configuration Guide: ZBF)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from segmentation.device.device import ACCEPT, DROP, RETURN, Action, Chain, Rule, Verb
from segmentation.device.match import ANY_PACKET, CtState, Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PROTOCOLS, ICMP, TCP, UDP
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.ios.interfaces import Interface
from segmentation.vendors.reading import shown

_BOTH = frozenset(FAMILIES)
#: The two layers 4 protocols and the ports that port-to-application mapping gives them (``show ip port-map`` defaults).
_APPLICATIONS: dict[str, tuple[tuple[int, ...], int | None]] = {
    "tcp": ((TCP,), None), "udp": ((UDP,), None), "icmp": ((ICMP, 58), None), "http": ((TCP,), 80), "https": ((TCP,), 443),
    "dns": ((TCP, UDP), 53), "ssh": ((TCP,), 22), "telnet": ((TCP,), 23), "smtp": ((TCP,), 25), "tftp": ((UDP,), 69),
    "ntp": ((UDP,), 123), "snmp": ((UDP,), 161), "snmptrap": ((UDP,), 162), "ldap": ((TCP,), 389), "ldaps": ((TCP,), 636),
    "pop3": ((TCP,), 110), "imap": ((TCP,), 143), "isakmp": ((UDP,), 500), "syslog": ((UDP,), 514), "nfs": ((TCP, UDP), 2049),
    "kerberos": ((TCP, UDP), 88), "bootps": ((UDP,), 67), "bootpc": ((UDP,), 68), "radius": ((UDP,), 1812),
}  # fmt: skip
_SESSIONS = IntervalSet.of((int(CtState.ESTABLISHED), int(CtState.RELATED)))


@dataclass(slots=True)
class ClassMap:
    """What a class matches: all or any of its ``match`` lines."""

    name: str
    head: Line
    every: bool
    matches: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class PolicyMap:
    """Classes in order, each with the line that names it and its action (``inspect``, ``pass`` or ``drop``)."""

    name: str
    head: Line
    classes: list[tuple[str, Line, str, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ZonePair:
    """An ordered pair of zones and the policy between them."""

    name: str
    head: Line
    source: str
    destination: str
    policy: str


@dataclass(slots=True)
class Zones:
    """The zone-based firewall of a device."""

    problems: Problems
    names: dict[str, Line] = field(default_factory=dict)
    classes: dict[str, ClassMap] = field(default_factory=dict)
    policies: dict[str, PolicyMap] = field(default_factory=dict)
    pairs: list[ZonePair] = field(default_factory=list)
    own: list[ZonePair] = field(default_factory=list)  # with "self", the router
    used_lists: set[str] = field(default_factory=set)

    def read(self, block: Block) -> bool:
        """Read a statement; ``False`` when it is of quality of service and says nothing of what passes."""
        words = block.words
        if words[0] == "zone":
            self.names[words[-1]] = block.head
        elif words[0] == "zone-pair":
            self._pair(block)
        elif "inspect" not in words[1:4]:
            return False
        elif words[0] == "class-map":
            found = ClassMap(words[-1], block.head, every="match-any" not in words)
            found.matches = [line for line in block.body if line.words[0] not in ("description", "exit")]
            self.classes[found.name] = found
            self.used_lists.update(line.words[-1] for line in found.matches if line.words[1:2] == ("access-group",))
        elif words[0] == "policy-map":
            self._policy(block)
        return True

    def _pair(self, block: Block) -> None:
        words = list(block.words)
        policy = next((line.words[-1] for line in block.body if line.words[0] == "service-policy"), "")
        try:
            pair = ZonePair(
                words[words.index("security") + 1], block.head, words[words.index("source") + 1],
                words[words.index("destination") + 1], policy,
            )  # fmt: skip
        except (ValueError, IndexError):
            self.problems.report(block.head, reasons.STATEMENT)
            return
        (self.own if "self" in (pair.source, pair.destination) else self.pairs).append(pair)

    def _policy(self, block: Block) -> None:
        policy = PolicyMap(block.words[-1], block.head)
        for line in block.body:
            word = line.words[0]
            if word == "class":
                policy.classes.append((line.words[-1], line, "drop", False))
            elif word in ("inspect", "pass", "drop") and policy.classes:
                name, at, _, _ = policy.classes[-1]
                policy.classes[-1] = (name, at, word, "log" in line.words)
            elif word not in ("description", "exit", "police", "service-policy"):
                self.problems.report(line, reasons.STATEMENT)
        self.policies[policy.name] = policy

    def chains(
        self, interfaces: Mapping[str, Interface], lists: Mapping[tuple[Family, str], AccessList]
    ) -> tuple[dict[str, Chain], list[Rule]]:
        """The chains of the policies, and the rules of the base chain that lead to them."""
        members: dict[str, list[str]] = {}
        for interface in interfaces.values():
            if interface.zone and interface.forwards:
                members.setdefault(interface.zone, []).append(interface.name)
        if not members:
            return {}, []
        chains: dict[str, Chain] = {}
        zoned = InterfaceMatch(tuple(n for names in members.values() for n in names))
        outside = replace(zoned, negated=True)
        first = next(iter(self.names.values()), next(iter(interfaces.values())).line)
        rules = [_rule(first, Match(in_interface=outside, out_interface=outside), ACCEPT, "implicit: no zones, no inspection")]
        if any(action == "inspect" for p in self.policies.values() for _, _, action, _ in p.classes):
            sessions = Match(fields={Field.STATE: _SESSIONS})
            rules.append(_rule(first, sessions, ACCEPT, "implicit: replies of inspected sessions pass"))
        for pair in self.pairs:
            match = Match(
                in_interface=InterfaceMatch(tuple(members.get(pair.source, ()))),
                out_interface=InterfaceMatch(tuple(members.get(pair.destination, ()))),
            )
            rules.append(self._between(pair, match, chains, lists))
        for zone, names in members.items():
            # Since 15.0(1)M, traffic within a zone passes unless a zone pair says otherwise.
            inside = InterfaceMatch(tuple(names))
            rules.append(
                _rule(first, Match(in_interface=inside, out_interface=inside), ACCEPT, f"implicit: within zone {zone}")
            )
        rules.append(_rule(first, ANY_PACKET, DROP, "implicit: no zone pair, drop"))
        return chains, rules

    def to_self(
        self, interfaces: Mapping[str, Interface], lists: Mapping[tuple[Family, str], AccessList]
    ) -> tuple[dict[str, Chain], list[Rule]]:
        """Pairs towards ``self``: what they deny does not reach the router; without a pair everything does.

        IOS Security Configuration Guide, "Zone-Based Policy Firewall", self zone.
        """
        chains: dict[str, Chain] = {}
        rules: list[Rule] = []
        for pair in self.own:
            inside = tuple(i.name for i in interfaces.values() if i.zone == pair.source and i.forwards)
            if pair.destination == "self" and inside:
                rules.append(self._between(pair, Match(in_interface=InterfaceMatch(inside)), chains, lists))
        if rules:
            sessions = Match(fields={Field.STATE: _SESSIONS})
            first = self.own[0].head
            rules.insert(0, _rule(first, sessions, ACCEPT, "implicit: replies of inspected sessions pass"))
        return chains, rules

    def _between(
        self, pair: ZonePair, match: Match, chains: dict[str, Chain], lists: Mapping[tuple[Family, str], AccessList]
    ) -> Rule:
        """The rule that leads to the policy of a pair; its chains are added to *chains*."""
        policy = self.policies.get(pair.policy)
        if policy is None:
            if pair.policy:
                self.problems.report(pair.head, reasons.CLASS_MISSING.format(name=pair.policy))
                match = replace(match, uncertain=(f"service-policy {pair.policy} (not defined)",))
            # A pair without a policy drops between zones, and changes nothing towards the router.
            return _rule(pair.head, match, ACCEPT if pair.policy or pair.destination == "self" else DROP, pair.head.text)
        name = f"policy-map {policy.name}"
        if name not in chains:
            chains.update(_Policy(self, policy, lists).chains())
        return _rule(pair.head, match, Action(verb=Verb.GOTO, target=name), pair.head.text)


def _rule(line: Line, match: Match, action: Action, text: str, *, log: bool = False) -> Rule:
    return Rule(match=match, action=action, location=line.location, text=shown(text), families=_BOTH, log=log)


class _Policy:
    """One policy map as chains: itself, one for each class, and one for each further condition of a class."""

    def __init__(self, zones: Zones, policy: PolicyMap, lists: Mapping[tuple[Family, str], AccessList]) -> None:
        self.zones, self.policy, self.lists = zones, policy, lists
        self.out: dict[str, Chain] = {}

    def chains(self) -> dict[str, Chain]:
        """All of them."""
        name = f"policy-map {self.policy.name}"
        rules: list[Rule] = []
        for number, (class_name, line, action, log) in enumerate(self.policy.classes):
            verdict = DROP if action == "drop" else ACCEPT
            if class_name == "class-default":
                rules.append(_rule(line, ANY_PACKET, verdict, f"{line.text} {action}", log=log))
                continue
            found = self.zones.classes.get(class_name)
            if found is None:
                self.zones.problems.report(line, reasons.CLASS_MISSING.format(name=class_name))
                doubt = Match(uncertain=(f"class-map {class_name} (not defined)",))
                rules.append(_rule(line, doubt, verdict, line.text))
                continue
            entries = self._class(found, f"{name} {number}", verdict, log=log)
            rules += [_rule(line, ANY_PACKET, Action(verb=Verb.JUMP, target=entry), line.text) for entry in entries]
        rules.append(_rule(self.policy.head, ANY_PACKET, DROP, "implicit: class-default drop"))
        self.out[name] = Chain(name=name, rules=tuple(rules), location=self.policy.head.location)
        return self.out

    def _class(self, found: ClassMap, prefix: str, verdict: Action, *, log: bool) -> Iterator[str]:
        """The chains to jump to: they come back when the class does not match."""
        names = [f"{prefix} {found.name} {i}" for i in range(len(found.matches))]
        for i, (name, line) in enumerate(zip(names, found.matches, strict=True)):
            last = i == len(names) - 1 or not found.every
            action = verdict if last else Action(verb=Verb.GOTO, target=names[i + 1])
            self.out[name] = Chain(name=name, rules=tuple(self._condition(line, action, log=log)), location=line.location)
        yield from names[:1] if found.every else names

    def _condition(self, line: Line, action: Action, *, log: bool) -> Iterator[Rule]:
        words = line.words
        if words[:2] == ("match", "access-group"):
            held = [acl for (_, name), acl in self.lists.items() if name == words[-1]]
            if held:
                for acl in held:
                    for entry in acl.ordered:
                        # A deny of the list means that the class does not match.
                        yield from (replace(r, log=r.log or log) for r in entry.rules(action, RETURN))
                return
            self.zones.problems.report(line, reasons.ACL_MISSING.format(name=words[-1], effect=reasons.MAY_PASS))
        elif words[:2] == ("match", "protocol") and len(words) > 2 and words[2] in _APPLICATIONS:
            protocols, port = _APPLICATIONS[words[2]]
            fields = {Field.PROTO: IntervalSet.from_iter((p, p) for p in protocols)}
            if port is not None:
                fields[Field.DPORT] = IntervalSet.single(port)
            yield _rule(line, Match(fields=fields), action, line.text, log=log)
            return
        elif words[:3] == ("match", "protocol", "ip") or words[:2] == ("match", "any"):
            yield _rule(line, Match(fields={Field.PROTO: ALL_PROTOCOLS}), action, line.text, log=log)
            return
        else:
            self.zones.problems.report(line, reasons.WORD.format(word=" ".join(words[1:3])))
        yield _rule(line, Match(uncertain=(line.text,)), action, line.text, log=log)
