"""A clean month of the reference city: every conduit in use within its conditions, and the noise of healthy networks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segmentation.model.addresses import Address, Mac
from segmentation.model.conduits import Conduit, ConduitKind, DataDirection
from segmentation.model.services import TCP, UDP
from sensors.example import frames as f
from sensors.example import speech
from sensors.example.city import City
from sensors.example.files import Frame
from sensors.example.wire import MILLISECOND, Part, Wire

FIRST_DAY = dt.date(2026, 8, 1)
DAYS = 31
#: 山の日 (国民の祝日に関する法律 第2条): the offices are closed.
_HOLIDAYS = frozenset({dt.date(2026, 8, 11)})
SECOND = 1_000 * MILLISECOND
MINUTE = 60 * SECOND
#: Sessions of one conduit on a working day, by what the conduit is for; two for all others.
_A_DAY = {
    ConduitKind.SCREEN_TRANSFER: 24, ConduitKind.FILE_CDR: 8, ConduitKind.MAIL_TEXT: 6, ConduitKind.LGWAN_SERVICE: 6,
    ConduitKind.ZONE_EXTENSION: 10, ConduitKind.EGRESS: 8, ConduitKind.MONITORING: 6, ConduitKind.EXPORT: 4,
}  # fmt: skip
#: These run by themselves, on every day of the week.
_UNATTENDED = frozenset({ConduitKind.UPDATE, ConduitKind.MONITORING, ConduitKind.EGRESS, ConduitKind.LGWAN_SERVICE})
_OPEN, _CLOSE = 8 * 60 + 30, 17 * 60  # minutes of the local day
_SPANNING_TREE, _LLDP_GROUP = Mac(0x0180C2000000), Mac(0x0180C200000E)
_MDNS, _LLMNR = Address.parse("224.0.0.251"), Address.parse("224.0.0.252")
_ALL_NODES, _ALL_NODES_MAC = Address.parse("ff02::1"), Mac(0x333300000001)


def clean_month(city: City, *, days: int = DAYS) -> tuple[list[Frame], list[tuple[str, int]]]:
    """Frames of the first *days* days in order of time, and the interfaces of the mirror: one a sensor, and the rest.

    Conduits that hold only under an exception are left out: they are never silent.
    """
    wire = Wire(city)
    zone = dt.timezone(dt.timedelta(minutes=city.model.utc_offset_minutes))
    start = dt.datetime.combine(FIRST_DAY, dt.time(), zone)
    for n in range(days):
        date = FIRST_DAY + dt.timedelta(days=n)
        midnight = int((start + dt.timedelta(days=n)).timestamp()) * SECOND
        work = date.weekday() < 5 and date not in _HOLIDAYS
        for k, conduit in enumerate(city.model.conduits.values()):
            if not conduit.exception and conduit.valid_on(date):
                _use(wire, conduit, midnight, date.weekday(), work=work, salt=31 * k + n)
        _within_layers(wire, midnight, n, work=work)
        _segments(wire, midnight, n)
    sensors = [frozenset(s.vlans) for s in city.model.sensors.values()]
    names = [(f"mirror-{s.zone}", 9 if i % 2 else 6) for i, s in enumerate(city.model.sensors.values())]
    rest = frozenset(v for z in city.model.zones.values() for v in z.vlans) - frozenset().union(*sensors)
    return wire.in_order([*sensors, rest]), [*names, ("mirror-rest", 6)]


def _use(wire: Wire, conduit: Conduit, midnight: int, weekday: int, *, work: bool, salt: int) -> None:
    """One day's sessions of a conduit."""
    window = conduit.window
    if window is not None and not window.holds(weekday, window.start):
        return
    if not work and conduit.kind not in _UNATTENDED:
        return
    opening, closing = (window.start, window.end) if window is not None else (_OPEN, _CLOSE)
    clients, servers = wire.city.members(conduit.initiator), wire.city.members(conduit.responder)
    times = _A_DAY.get(conduit.kind, 2)
    step = (closing - opening) * 60 // (times + 1) * SECOND
    for i in range(times):
        turn = salt * times + i
        at = midnight + opening * MINUTE + (i + 1) * step + turn * 97 % 53 * MILLISECOND
        client, server = clients[turn * 13 % len(clients)], servers[turn % len(servers)]
        if client != server:
            _serve(wire, conduit, at, client, server, turn)


def _serve(wire: Wire, conduit: Conduit, at: int, client: Address, server: Address, turn: int) -> None:
    terms = [t for s in conduit.services for t in wire.city.model.services[s].terms]
    term = terms[turn % len(terms)]
    port = term.dst_ports.low
    if term.single_protocol == UDP:
        ask, answer = speech.ntp(at) if port == 123 else speech.dns(f"host{turn % 90}.midorino.example", turn, 0xC0000201)
        wire.exchange(at, client, server, port, ask, answer)
    elif term.single_protocol == TCP:
        wire.session(at, client, server, port, _talk(conduit, port, turn))


def _talk(conduit: Conduit, port: int, turn: int) -> list[Part]:
    """What is said; the greater part moves the way the conduit's data goes."""
    much, little = 700 + turn % 7 * 600, 180 + turn % 5 * 40
    sent = little if conduit.data is DataDirection.TO_INITIATOR else much
    received = little if conduit.data is DataDirection.TO_RESPONDER else much
    match port:
        case 25:
            return speech.mail(
                "relay.midorino.example", f"user{turn % 40}@a.example", f"user{turn % 30}@b.example", 6 + turn % 20
            )
        case 22:
            return speech.ssh(sent, received, turn)
        case 8080:
            return speech.proxied(f"www{turn % 50}.example", turn)
        case 53:
            ask, answer = speech.dns(f"zone{turn % 90}.midorino.example", turn, 0xC0000201)
            return [(True, len(ask).to_bytes(2) + ask), (False, len(answer).to_bytes(2) + answer)]  # RFC 1035 4.2.2
        case 443 | 6514:
            return speech.tls(f"{conduit.id.lower()}.midorino.example", sent, received, turn)
        case _:
            return speech.plain(sent, received, turn)


def _within_layers(wire: Wire, midnight: int, n: int, *, work: bool) -> None:
    """What hosts of one layer do with each other."""
    city = wire.city
    lg, mn, inet = (city.in_zone(z) for z in ("lg-term", "mn-term", "in-term"))
    # fmt: off
    use: tuple[tuple[list[Address], str, int, int], ...] = (
        (lg, "lg-file", 445, 10), (lg, "lg-mail", 25, 4), (mn, "jukyo", 443, 10), (mn, "zei", 443, 6),
    )
    # fmt: on
    for line, (clients, name, port, times) in enumerate(use if work else ()):
        for i in range(times):
            turn = n * 41 + line * 17 + i
            at = midnight + _OPEN * MINUTE + (i * 47 + line * 3) * MINUTE + turn * 211 * MILLISECOND % SECOND
            talk = speech.mail("pc", "a@midorino.example", "b@midorino.example", 9) if port == 25 else None
            wire.session(at, clients[turn * 11 % len(clients)], city.host(name), port, talk or speech.plain(900, 5000, turn))
    for i in range(6):
        at = midnight + (7 * 60 + i * 110) * MINUTE
        ask, answer = speech.dns(f"srv{i}.midorino.example", n * 6 + i, 0x0A140A0D)
        wire.exchange(at, lg[(n * 6 + i) % len(lg)], city.host("lg-dns"), 53, ask, answer)
        wire.exchange(at + SECOND, inet[(n * 6 + i) % len(inet)], city.host("in-dns"), 53, ask, answer)
        wire.exchange(at + 2 * SECOND, lg[(n * 5 + i) % len(lg)], city.host("lg-dns"), 123, *speech.ntp(at + 2 * SECOND))
    wire.ping(midnight + 6 * 60 * MINUTE, city.host("prometheus"), city.host("l3sw-mgmt"))
    wire.ping(midnight + 6 * 60 * MINUTE + SECOND, city.host("jukyo"), city.host("koseki"))
    old, new = city.ipv6(city.host("koseki")), city.ipv6(city.host("jukyo"))
    wire.ping(midnight + 6 * 60 * MINUTE + 2 * SECOND, old, new)
    wire.session(midnight + 9 * 60 * MINUTE, old, new, 443, speech.tls("jukyo.midorino.example", 300, 1500, n))
    printer = Address(4, city.model.zones["lg-mfp"].networks.v4.low + 11)
    wire.session(midnight + 10 * 60 * MINUTE, lg[n * 7 % len(lg)], printer, 9100, speech.plain(4000, 0, n)[:1])


def _segments(wire: Wire, midnight: int, n: int) -> None:
    """Address resolution, multicast and the switches' own frames, on every VLAN where registered hosts are."""
    city = wire.city
    for order, (vlan, hosts) in enumerate(_registered(city)):
        at = midnight + (7 * 60 + 30) * MINUTE + order * 11 * SECOND
        host = f.Host(hosts[n % len(hosts)], city.mac(hosts[n % len(hosts)]))
        router = f.Host(city.gateway_address(vlan), city.gateway(vlan))
        at = wire.resolve(at, host, router, vlan)
        at = wire.resolve(at + SECOND, router, host, vlan)
        # A gratuitous announcement, RFC 5227 3: sender and target are the same.
        wire.frame(at + SECOND, host.mac, f.BROADCAST, f.ARP, f.arp(host, f.Host(host.address, Mac(0)), reply=False), vlan)
        # RFC 5227 2.1.1: a probe has no sender address yet.
        probe = f.Host(Address(4, 0), host.mac)
        wire.frame(at + SECOND // 2, host.mac, f.BROADCAST, f.ARP, f.arp(probe, host, reply=False), vlan)
        wire.to_group(at + 2 * SECOND, host, _LLMNR, (55000, 5355), speech.name_query("wpad"), vlan)
        wire.to_group(at + 3 * SECOND, host, _MDNS, (5353, 5353), speech.name_query("host.local"), vlan)
        inner = [f.Host(f.link_local(h.mac), h.mac) for h in (host, router)]
        wire.neighbour(at + 4 * SECOND, inner[0], inner[1], vlan)
        _router_advertisement(wire, at + 5 * SECOND, inner[1], vlan)
        wire.frame(at + 6 * SECOND, router.mac, _LLDP_GROUP, f.LLDP, _lldp(router.mac), vlan)
        bridge = bytes.fromhex("424203000002021e") + bytes(31)  # IEEE 802.1D 9.3.1 behind the LLC header
        wire.frames.append(Frame(at + 7 * SECOND, f.tagged_llc(router.mac, _SPANNING_TREE, bridge, vlan)))


def _registered(city: City) -> Iterator[tuple[int, list[Address]]]:
    """The VLANs with their registered hosts that are really there."""
    for zone in city.model.zones.values():
        hosts = [a for a in city.in_zone(zone.id) if city.registered(a)]
        if zone.vlans and hosts:
            yield zone.vlans[0], hosts


def _router_advertisement(wire: Wire, at: int, router: f.Host, vlan: int) -> None:
    body = f.router_advertisement(router, _ALL_NODES)
    packet = f.ip(router.address, _ALL_NODES, 58, body, ident=0, ttl=255)
    wire.frame(at, router.mac, _ALL_NODES_MAC, f.IPV6, packet, vlan)


def _lldp(mac: Mac) -> bytes:
    """Chassis, port, time to live, end (IEEE 802.1AB 8.5)."""
    return b"\x02\x07\x04" + mac.value.to_bytes(6) + b"\x04\x03\x07p1" + b"\x06\x02\x00\x78" + b"\0\0"
