"""Who may manage the device itself (Cisco ASA Series General Operations CLI Configuration Guide, "Management Access")."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.device import ACCEPT, DROP, Rule
from segmentation.device.match import Field, Match
from segmentation.model.addresses import FAMILIES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import TCP, UDP
from segmentation.vendors.asa.interfaces import named
from segmentation.vendors.asa.parser import Parser
from segmentation.vendors.cisco_acl import reasons, values
from segmentation.vendors.cisco_acl.lines import Line
from segmentation.vendors.cisco_acl.values import Misread, Words

_SERVICES = {"ssh": (TCP, 22), "telnet": (TCP, 23), "http": (TCP, 443), "snmp-server": (UDP, 161)}


def management_rules(parser: Parser) -> Iterator[Rule]:
    """Per service: who is permitted by a statement, then nobody; other traffic to the device is not judged here."""
    ports = dict(_SERVICES)
    for line in parser.management:
        if line.words[:3] == ("http", "server", "enable"):
            word = line.words[3] if len(line.words) > 3 else "443"
            ports["http"] = (TCP, int(word) if word.isascii() and word.isdecimal() and int(word[:6]) <= 65535 else 443)
    closed = dict.fromkeys(ports, True)
    closed["http"] = not parser.web_vpn
    for line in parser.management:
        protocol, port = ports[line.words[0]]
        try:
            found = _statement(parser, line)
        except Misread as wrong:
            parser.problems.report(line, wrong.reason)
            closed[line.words[0]] = False
            continue
        if found is None:
            continue
        source, match = found
        for family in FAMILIES:
            if source.family(family):
                fields = {
                    Field.SRC: source.family(family), Field.PROTO: IntervalSet.single(protocol),
                    Field.DPORT: IntervalSet.single(port),
                }  # fmt: skip
                yield Rule(
                    match=Match(fields=fields, in_interface=match.in_interface), action=ACCEPT, location=line.location,
                    text=line.text, families=frozenset({family}),
                )  # fmt: skip
    start = next(iter(parser.interfaces.values())).line.location
    for service, (protocol, port) in ports.items():
        if closed[service]:
            fields = {Field.PROTO: IntervalSet.single(protocol), Field.DPORT: IntervalSet.single(port)}
            text = f"implicit: no {service} statement permits it"
            yield Rule(match=Match(fields=fields), action=DROP, location=start, text=text, families=frozenset(FAMILIES))
    silent = IntervalSet.of((0, 65535)) - IntervalSet.from_iter((p, p) for p in _listeners(parser))
    silent = silent - IntervalSet.from_iter((port, port) for protocol, port in ports.values() if protocol == TCP)
    fields = {Field.PROTO: IntervalSet.single(TCP), Field.DPORT: silent}
    text = "implicit: no service of the device listens there"
    yield Rule(match=Match(fields=fields), action=DROP, location=start, text=text, families=frozenset(FAMILIES))


def _listeners(parser: Parser) -> Iterator[int]:
    """TCP ports on which something else than management may listen: portal, redirection, certificates, BGP, logins."""
    for block in parser.blocks:
        words = block.words
        if words[0] == "webvpn":
            yield from (443, *(int(line.words[1]) for line in block.body if line.words[0] == "port" and _port(line.words[1:])))
        elif words[:2] == ("http", "redirect"):
            yield int(words[3]) if _port(words[3:]) else 80
        elif words[:2] == ("router", "bgp"):
            yield 179
        elif words[:3] == ("aaa", "authentication", "listener") and len(words) > 3:
            yield from (80, 443, *(int(w) for w in words[4:] if _port((w,))))
        elif words[:3] == ("crypto", "ca", "server"):
            yield from (80, 443)


def _port(words: tuple[str, ...]) -> bool:
    return bool(words) and words[0].isascii() and words[0].isdecimal() and len(words[0]) < 6 and int(words[0]) <= 65535


def _statement(parser: Parser, line: Line) -> tuple[AddressSet, Match] | None:
    """``ssh 10.0.0.0 255.0.0.0 inside`` and its kin: the sources and the interface; ``None`` for settings."""
    words = Words(line.words, 1)
    if line.words[0] == "snmp-server":
        if words.peek() != "host" or len(line.words) < 4:
            return None
        interface, source = line.words[2], values.prefix(line.words[3])
        if source is None:
            raise Misread(reasons.ADDRESS.format(word=line.words[3]))
    else:
        first = words.peek()
        if values.prefix(first) is None:
            return None
        source = values.literal(words, inverse=False)
        interface = words.take(values.NAME)
    met = [i for i in parser.interfaces.values() if i.name == interface]
    return source, Match(in_interface=named(*met) if met else None)
