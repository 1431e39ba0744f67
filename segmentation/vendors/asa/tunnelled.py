"""What comes out of tunnels: with ``sysopt connection permit-vpn``, the default, it meets no list of an interface.

Command Reference, "sysopt connection permit-vpn"; VPN CLI Configuration Guide, "Permitting Intra-Interface Traffic".  Which
tunnels stand is not in the configuration, so every one of these rules holds perhaps.
"""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.device.device import ACCEPT, Rule
from segmentation.device.match import Field, InterfaceMatch, Match
from segmentation.model.addresses import FAMILIES, AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ICMP, ICMPV6
from segmentation.vendors.asa.interfaces import named
from segmentation.vendors.asa.parser import Parser, Peers
from segmentation.vendors.cisco_acl import values
from segmentation.vendors.cisco_acl.lines import Line

_SWAPPED = {Field.SRC: Field.DST, Field.DST: Field.SRC, Field.SPORT: Field.DPORT, Field.DPORT: Field.SPORT}


def tunnel_rules(parser: Parser, *, translates: bool) -> Iterator[Rule]:
    """What tunnels let in, by the interface where they end; *translates*: the device changes destinations."""
    for name, interface, line in parser.crypto_maps:
        came = _came(parser, interface)
        for peers in parser.peers:
            if peers.map != name:
                continue
            if peers.list in parser.lists:
                yield from _backwards(parser, peers, came, translates=translates)
            else:
                yield from _clients(parser, peers.line if peers.list else line, came)
    for interface, line in parser.portals:
        yield from _clients(parser, line, _came(parser, interface))
    for inner in parser.interfaces.values():
        if inner.hardware.lower().startswith("tunnel") and inner.forwards:
            doubt = Match(in_interface=named(inner), uncertain=("out of a tunnel",))
            yield _rule(inner.line, doubt, f"implicit: permit-vpn, out of the tunnel {inner.name}")


def _came(parser: Parser, interface: str) -> InterfaceMatch:
    found = [i for i in parser.interfaces.values() if i.name == interface]
    return named(*found) if found else InterfaceMatch((interface,))


def _rule(line: Line, match: Match, text: str) -> Rule:
    return Rule(match=match, action=ACCEPT, location=line.location, text=text[:300], families=frozenset(FAMILIES))


def _backwards(parser: Parser, peers: Peers, came: InterfaceMatch, *, translates: bool) -> Iterator[Rule]:
    """The list of a crypto map says what goes in; what comes out is the same with the ends exchanged.

    CLI Configuration Guide, "IP Addresses Used for Access Lists When You Use NAT": this list speaks of mapped addresses,
    while rules here see real ones; so with translations the own side may be any.
    """
    for entry in parser.lists[peers.list].ordered:
        for rule in entry.rules():
            if rule.action is not ACCEPT:
                continue  # what is not for this tunnel may be for another
            match = rule.match
            protocol = match.fields.get(Field.PROTO)
            icmp = protocol is not None and protocol.size == 1 and protocol.low in (ICMP, ICMPV6)
            ports = (Field.SPORT, Field.DPORT)
            fields = {_SWAPPED.get(f, f): v for f, v in match.fields.items() if not (icmp and f in ports)}
            if translates:
                fields = {f: v for f, v in fields.items() if f not in (Field.DST, Field.DPORT)}
            yield Rule(
                match=Match(fields=fields, in_interface=came, uncertain=(*match.uncertain, "out of a tunnel")),
                action=ACCEPT, location=peers.line.location, families=rule.families,
                text=f"implicit: permit-vpn, {peers.line.text}"[:300],
            )  # fmt: skip


def _clients(parser: Parser, line: Line, came: InterfaceMatch) -> Iterator[Rule]:
    """Clients have an address of a pool; without one in the file, or with a server that may assign addresses, any."""
    elsewhere = any(b.words[0] == "aaa-server" or b.words[:3] == ("ipv6", "local", "pool") for b in parser.blocks)
    ranges = [_range(pool.words[4]) for pool in parser.pools] if not elsewhere else []
    known = [r for r in ranges if r is not None]
    fields = {}
    families = frozenset(FAMILIES)
    if known and None not in ranges:
        fields = {Field.SRC: AddressSet.union(known).v4}
        families = frozenset({FAMILIES[0]})
    yield Rule(
        match=Match(fields=fields, in_interface=came, uncertain=("out of a tunnel",)), action=ACCEPT, location=line.location,
        text=f"implicit: permit-vpn, {line.text}"[:300], families=families,
    )  # fmt: skip


def _range(word: str) -> AddressSet | None:
    first, _, last = word.partition("-")
    low, high = values.ipv4(first), values.ipv4(last or first)
    return None if low is None or high is None or low > high else AddressSet(v4=IntervalSet.of((low, high)))
