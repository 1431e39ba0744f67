"""Who may manage the device itself: terminal lines, the web server, SNMP (IOS Security Configuration Guide)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from segmentation.device.device import DROP, Action, Rule, Verb
from segmentation.device.match import Field, Match
from segmentation.model.addresses import FAMILIES, Family
from segmentation.model.intervals import IntervalSet
from segmentation.model.location import Location
from segmentation.model.services import TCP, UDP
from segmentation.vendors.cisco_acl.lines import Block
from segmentation.vendors.reading import shown

_SSH, _TELNET, _HTTP, _HTTPS, _SNMP = 22, 23, 80, 443, 161
#: ``list_chain`` gives the chain of a list for a family, or ``None`` when it does not exist (then everything passes).
ListChain = Callable[[Family, str], str | None]


def management_rules(blocks: Sequence[Block], start: Location, list_chain: ListChain) -> Iterator[Rule]:
    """What stops management traffic, as far as statements say so; everything else to the device is not judged here."""
    yield from _terminals([b for b in blocks if b.words[:2] == ("line", "vty")], list_chain)
    for block in blocks:
        if block.words[:3] == ("no", "ip", "http"):
            port = _HTTPS if "secure-server" in block.words else _HTTP
            yield from _rules(block.head.location, block.head.text, TCP, (port,), DROP)
    if not any(b.words[0] == "snmp-server" for b in blocks):  # the agent runs only when it is configured
        yield from _rules(start, "implicit: no snmp-server", UDP, (_SNMP,), DROP)


def _terminals(lines: Sequence[Block], list_chain: ListChain) -> Iterator[Rule]:
    """``line vty``: a connection takes any free line, so only what all lines refuse is refused."""
    if not lines:
        return
    transports = [next((x.words[2:] for x in b.body if x.words[:2] == ("transport", "input")), ()) for b in lines]
    for port, word in ((_SSH, "ssh"), (_TELNET, "telnet")):
        if all(t and word not in t and "all" not in t for t in transports):
            yield from _rules(lines[0].head.location, f"transport input {' '.join(transports[0])}", TCP, (port,), DROP)
    for family, statement in ((4, "access-class"), (6, "ipv6")):
        classes = [
            next((x for x in b.body if x.words[0] == statement and "access-class" in x.words and "in" in x.words), None)
            for b in lines
        ]
        names = {x.words[x.words.index("access-class") + 1] for x in classes if x is not None and x.words[-1] != "access-class"}
        first = classes[0]
        if first is None or None in classes or len(names) != 1:
            continue
        target = list_chain(family, next(iter(names)))  # type: ignore[arg-type]
        if target is not None:
            action = Action(verb=Verb.GOTO, target=target)
            yield from _rules(first.location, first.text, TCP, (_SSH, _TELNET), action, (family,))  # type: ignore[arg-type]


def _rules(
    location: Location, text: str, protocol: int, ports: tuple[int, ...], action: Action, families: Sequence[Family] = FAMILIES
) -> Iterator[Rule]:
    fields = {Field.PROTO: IntervalSet.single(protocol), Field.DPORT: IntervalSet.from_iter((p, p) for p in ports)}
    yield Rule(match=Match(fields=fields), action=action, location=location, text=shown(text), families=frozenset(families))
