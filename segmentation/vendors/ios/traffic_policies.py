"""EOS traffic policies: match rules in order, what none of them names is forwarded.

Arista EOS User Manual, "Traffic Policies": a match without ``drop`` lets the packet pass, values of one line are
alternatives, ``ipv4-all-default`` and ``ipv6-all-default`` stand at the end whatever their place in the text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, Chain, Rule
from segmentation.device.match import ANY_PACKET, Field, Match
from segmentation.model.addresses import ANY, FAMILIES, NO_ADDRESSES, AddressSet, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ICMP, ICMPV6
from segmentation.vendors.cisco_acl import names, reasons, values
from segmentation.vendors.cisco_acl.entry import ESTABLISHED
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
from segmentation.vendors.cisco_acl.values import Misread

_FAMILY: dict[str, Family] = {"ipv4": 4, "ipv6": 6}
_DEFAULTS = frozenset({"ipv4-all-default", "ipv6-all-default", "ipv4-default-all", "ipv6-default-all"})
#: Conditions that the fields of the model cannot express.
_BEYOND = frozenset({"ip", "ipv6", "ttl", "fragment", "length", "dscp", "hop-limit", "encapsulation", "packet", "vlan", "mac"})
_QUIET = frozenset({"counter", "count", "set", "police", "mirror", "sflow", "no", "exit", "redirect"})


@dataclass(slots=True)
class MatchRule:
    """One ``match``: alternatives of each side and of protocols with ports, and whether it drops."""

    name: str
    family: Family
    line: Line
    sources: AddressSet | None = None
    targets: AddressSet | None = None
    protocols: list[dict[Field, IntervalSet]] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)
    drop: bool = False
    log: bool = False


@dataclass(slots=True)
class TrafficPolicies:
    """All traffic policies of a device."""

    problems: Problems
    prefixes: dict[str, AddressSet] = field(default_factory=dict)
    ports: dict[str, IntervalSet] = field(default_factory=dict)
    policies: dict[str, list[MatchRule]] = field(default_factory=dict)
    heads: dict[str, Line] = field(default_factory=dict)

    def read(self, block: Block) -> None:
        """The block ``traffic-policies``: sets first, because matches name them."""
        held = ""
        for line in block.body:
            if line.words[0] in ("field-set", "match", "traffic-policy", "counter", "no"):
                held = line.words[-1] if line.words[0] == "field-set" else ""
                if held:
                    self.prefixes.setdefault(held, NO_ADDRESSES)
            elif held:
                self._member(held, line)
        policy, rule = "", None
        for line in block.body:
            words = line.words
            if words[0] == "traffic-policy" and len(words) > 1:
                policy, rule = words[1], None
                self.policies[policy], self.heads[policy] = [], line
            elif words[0] == "field-set":
                policy, rule = "", None
            elif words[0] == "match" and policy and len(words) > 2 and words[2] in _FAMILY:
                rule = MatchRule(words[1], _FAMILY[words[2]], line)
                self.policies[policy].append(rule)
            elif rule is not None:
                self._condition(rule, line)
            elif policy and words[0] not in _QUIET:
                self.problems.report(line, reasons.STATEMENT)

    def _member(self, name: str, line: Line) -> None:
        words = [w for w in line.words if w != "prefix"]
        taken = words[:1] == ["except"]
        for word in words[1:] if taken else words:
            found = values.prefix(word)
            if found is not None:
                self.prefixes[name] = self.prefixes[name] - found if taken else self.prefixes[name] | found
            elif (numbers := _numbers(word, 65535)) is not None:
                self.ports[name] = self.ports.get(name, IntervalSet()) | numbers
            else:
                self.problems.report(line, reasons.ADDRESS.format(word=word))

    def _condition(self, rule: MatchRule, line: Line) -> None:
        words = line.words
        try:
            if words[:2] in (("source", "prefix"), ("destination", "prefix")):
                found = self._addresses(words[2:])
                if words[0] == "source":
                    rule.sources = found if rule.sources is None else rule.sources | found
                else:
                    rule.targets = found if rule.targets is None else rule.targets | found
            elif words[0] == "protocol":
                rule.protocols += self._protocols(list(words[1:]), rule.family)
            elif words[0] == "drop":
                rule.drop = True
            elif words[0] == "log":
                rule.log = True
            elif words[0] in _BEYOND:
                rule.uncertain.append(" ".join(words)[:80])
            elif words[0] != "actions" and words[0] not in _QUIET:
                raise Misread(reasons.WORD.format(word=words[0]))  # noqa: TRY301  # one way out of a line
        except Misread as wrong:
            self.problems.report(line, wrong.reason)
            rule.uncertain.append(line.text[:80])

    def _addresses(self, words: Sequence[str]) -> AddressSet:
        found = NO_ADDRESSES
        if words[:1] == ("field-set",):
            for name in words[1:]:
                if name not in self.prefixes:
                    raise Misread(reasons.GROUP_MISSING.format(name=name))
                found |= self.prefixes[name]
            return found
        for word in words:
            one = values.prefix(word)
            if one is None:
                raise Misread(reasons.ADDRESS.format(word=word))
            found |= one
        return found

    def _protocols(self, words: list[str], family: Family) -> list[dict[Field, IntervalSet]]:
        """``tcp udp source port A destination port B``, ``tcp flags established …``, ``icmp type 0,8 code all``, ``2,8``."""
        protocols = IntervalSet()
        while words and words[0] not in ("source", "destination", "flags", "type", "code"):
            word = words.pop(0)
            number = names.protocol(word)
            found = IntervalSet.single(number) if number is not None else _numbers(word, 255)
            if found is None:
                raise Misread(reasons.PROTOCOL.format(word=word))
            protocols |= found
        if family == 6 and protocols == IntervalSet.single(ICMP):
            protocols = IntervalSet.single(ICMPV6)
        fields = {Field.PROTO: protocols}
        while words:
            word = words.pop(0)
            if word in ("source", "destination") and words[:1] == ["port"]:
                words.pop(0)
                axis = Field.SPORT if word == "source" else Field.DPORT
                fields[axis] = self._ports(words)
            elif word == "flags" and words[:1] == ["established"]:
                words.pop(0)
                fields[Field.FLAGS] = ESTABLISHED
            elif word in ("type", "code") and words:
                octets = _numbers(words[0], 255) if words[0] != "all" else None
                if octets is None and words[0] != "all":
                    raise Misread(reasons.WORD.format(word=words[0]))
                words.pop(0)
                if octets is not None:
                    fields[Field.SPORT if word == "type" else Field.DPORT] = octets
            else:
                raise Misread(reasons.WORD.format(word=word))
        return [{axis: v for axis, v in fields.items() if v != ALL_PORTS}]

    def _ports(self, words: list[str]) -> IntervalSet:
        if words[:1] == ["field-set"] and len(words) > 1:
            words.pop(0)
            name = words.pop(0)
            if name not in self.ports:
                raise Misread(reasons.GROUP_MISSING.format(name=name))
            return self.ports[name]
        if words[:1] == ["all"]:
            words.pop(0)
            return ALL_PORTS
        found = IntervalSet()
        while words and words[0] not in ("source", "destination", "flags"):
            number = names.port(words[0], (6, 17))
            one = IntervalSet.single(number) if number is not None else _numbers(words[0], 65535)
            if one is None:
                raise Misread(reasons.PORT.format(word=words[0]))
            found |= one
            words.pop(0)
        return found

    def chain(self, name: str) -> Chain:
        """One policy as a chain."""
        listed = self.policies[name]
        ordered = [r for r in listed if r.name not in _DEFAULTS] + [r for r in listed if r.name in _DEFAULTS]
        rules = [rule for match in ordered for rule in _rules(match)]
        text = "implicit: what no match names is forwarded"
        head = self.heads[name]
        rules.append(Rule(match=ANY_PACKET, action=ACCEPT, location=head.location, text=text, families=frozenset(FAMILIES)))
        return Chain(name=f"traffic-policy {name}", rules=tuple(rules), location=head.location)


def _rules(match: MatchRule) -> Iterator[Rule]:
    sides = []
    for wanted, axis in ((match.sources, Field.SRC), (match.targets, Field.DST)):
        held = None if wanted is None else wanted.family(match.family)
        sides.append({} if held is None or held == ANY[match.family] else {axis: held})
    for one, two, three in itertools.product(sides[:1], sides[1:], match.protocols or [{}]):
        yield Rule(
            match=Match(fields={**one, **two, **three}, uncertain=tuple(dict.fromkeys(match.uncertain))),
            action=DROP if match.drop else ACCEPT, location=match.line.location, text=match.line.text,
            families=frozenset({match.family}), log=match.log, id=match.name,
        )  # fmt: skip


def _numbers(word: str, top: int) -> IntervalSet | None:
    """``1,3-7`` as numbers."""
    spans = []
    for part in word.split(","):
        found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", part)
        if found is None:
            return None
        low, high = int(found[1]), int(found[2] or found[1])
        if not low <= high <= top:
            return None
        spans.append((low, high))
    return IntervalSet.from_iter(spans)
