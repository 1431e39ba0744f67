"""VLAN access maps: what they let pass into and out of a VLAN.

Catalyst Security Configuration Guide, "Configuring VLAN ACLs": entries by number; a permit of the list is a match, a deny is
none; a packet of a kind that the map has a match clause for and that matches none is dropped.  NX-OS Security Configuration
Guide, "Configuring VLAN ACLs", says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from segmentation.device.device import ACCEPT, DROP, RETURN, Action, Chain, Rule, Verb
from segmentation.device.match import ANY_PACKET, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.vendors.cisco_acl import reasons
from segmentation.vendors.cisco_acl.lines import Block, Line, Problems
from segmentation.vendors.cisco_acl.lists import AccessList
from segmentation.vendors.ios.interfaces import Interface
from segmentation.vendors.ios.ports import vlan_numbers
from segmentation.vendors.reading import shown


@dataclass(slots=True)
class MapEntry:
    """One numbered entry: the lists of which one must permit, and what is done then."""

    number: int
    line: Line
    matches: list[tuple[Family, str, Line]] = field(default_factory=list)
    other: bool = False  # it matches MAC addresses
    action: str = "forward"
    log: bool = False


@dataclass(slots=True)
class VlanMaps:
    """The VLAN maps of a device, and where they are applied."""

    problems: Problems
    entries: dict[str, list[MapEntry]] = field(default_factory=dict)
    applied: dict[str, tuple[set[int], Line]] = field(default_factory=dict)

    def read(self, block: Block) -> None:
        """``vlan access-map NAME [NUMBER]`` with what is below it, or ``vlan filter NAME vlan-list LIST``."""
        words = block.words
        if len(words) < 3:
            self.problems.report(block.head, reasons.STATEMENT)
        elif words[1] == "filter":
            vlans = vlan_numbers("".join(words[4:])) if words[3:4] == ("vlan-list",) else set()
            if not vlans:
                vlans = set(range(1, 4095)) if words[-1] == "all" else vlans
            known, line = self.applied.get(words[2], (set(), block.head))
            self.applied[words[2]] = (known | vlans, line)
        else:
            listed = self.entries.setdefault(words[2], [])
            number = (
                int(words[3][:5])
                if len(words) > 3 and words[3].isdecimal()
                else 10 + max((e.number for e in listed), default=0)
            )
            entry = next((e for e in listed if e.number == number), None)
            if entry is None:
                entry = MapEntry(number, block.head)
                listed.append(entry)
            for line in block.body:
                self._line(entry, line)

    def _line(self, entry: MapEntry, line: Line) -> None:
        words = line.words
        if words[:3] in (("match", "ip", "address"), ("match", "ipv6", "address")):
            family: Family = 4 if words[1] == "ip" else 6
            entry.matches += [(family, name, line) for name in words[3:]]
        elif words[:2] == ("match", "mac"):
            entry.other = True
        elif words[0] == "action" and len(words) > 1:
            entry.action, entry.log = words[1], "log" in words
        elif words[0] not in ("statistics", "description", "exit"):
            self.problems.report(line, reasons.STATEMENT)

    def chains(
        self, interfaces: Mapping[str, Interface], lists: Mapping[tuple[Family, str], AccessList]
    ) -> tuple[dict[str, Chain], list[Rule], list[Rule]]:
        """The chains of the maps, the rules that lead to them on the way into a VLAN's interface, and out of it."""
        out: dict[str, Chain] = {}
        into: list[Rule] = []
        out_of: list[Rule] = []
        for name, (vlans, line) in self.applied.items():
            if name not in self.entries:
                self.problems.report(line, reasons.ACL_MISSING.format(name=name, effect=reasons.PASSES_ALL), widened=False)
                continue
            routed = tuple(i.name for i in interfaces.values() if i.vlan in vlans and not i.switched and i.forwards)
            if not routed:
                continue
            out |= self._map(name, lists)
            call = Action(verb=Verb.GOTO, target=f"vlan access-map {name}")
            through = InterfaceMatch(routed)
            into.append(_rule(line, Match(in_interface=through), call, line.text))
            out_of.append(_rule(line, Match(out_interface=through), call, line.text))
        return out, into, out_of

    def _map(self, name: str, lists: Mapping[tuple[Family, str], AccessList]) -> dict[str, Chain]:
        chains: dict[str, Chain] = {}
        rules: list[Rule] = []
        listed = sorted(self.entries[name], key=lambda e: e.number)
        for entry in listed:
            verdict = DROP if entry.action == "drop" else ACCEPT
            if not entry.matches:
                doubt = ("match mac address",) if entry.other else ()
                rules.append(_rule(entry.line, Match(uncertain=doubt), verdict, entry.line.text, log=entry.log))
                continue
            for family, acl_name, line in entry.matches:
                chain = f"vlan access-map {name} {entry.number} {acl_name} {family}"
                if chain not in chains:
                    matched = tuple(self._matched(family, acl_name, line, verdict, lists, log=entry.log))
                    chains[chain] = Chain(name=chain, rules=matched, location=line.location)
                    rules.append(
                        _rule(line, ANY_PACKET, Action(verb=Verb.JUMP, target=chain), line.text, families=frozenset({family}))
                    )
        kinds = {family for e in listed for family, _, _ in e.matches}
        first = listed[0].line
        for family in FAMILIES:
            if family in kinds:
                text = "implicit: no entry of the VLAN map matches"
                rules.append(_rule(first, ANY_PACKET, DROP, text, families=frozenset({family})))
            else:
                text = "implicit: the VLAN map has no match for this kind of packet"
                rules.append(_rule(first, ANY_PACKET, ACCEPT, text, families=frozenset({family})))
        top = f"vlan access-map {name}"
        chains[top] = Chain(name=top, rules=tuple(rules), location=first.location)
        return chains

    def _matched(
        self,
        family: Family,
        name: str,
        line: Line,
        verdict: Action,
        lists: Mapping[tuple[Family, str], AccessList],
        *,
        log: bool,
    ) -> Iterator[Rule]:
        acl = lists.get((family, name))
        if acl is None or not acl.entries:
            self.problems.report(line, reasons.ACL_MISSING.format(name=name, effect=reasons.MAY_PASS))
            yield _rule(line, Match(uncertain=(line.text,)), verdict, line.text, families=frozenset({family}))
            return
        for entry in acl.ordered:
            for rule in entry.rules(verdict, RETURN):
                yield Rule(
                    match=rule.match, action=rule.action, location=rule.location, text=rule.text, families=rule.families,
                    comment=rule.comment, log=rule.log or log, hits=rule.hits, id=rule.id,
                )  # fmt: skip


def _rule(
    line: Line, match: Match, action: Action, text: str, *, families: frozenset[Family] = frozenset(FAMILIES), log: bool = False
) -> Rule:
    return Rule(match=match, action=action, location=line.location, text=shown(text), families=families, log=log)
