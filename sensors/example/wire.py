"""Conversations as frames: sessions, datagrams, address resolution, each seen wherever the mirror sees it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from segmentation.model.addresses import Address, Mac
from sensors.example import frames as f
from sensors.example.city import City, View
from sensors.example.files import Frame

#: One part of a dialogue: whether the client says it, and what.
Part = tuple[bool, bytes]
MSS = 1460
MICROSECOND, MILLISECOND = 1_000, 1_000_000
#: Between the two looks at a packet that is routed: a firewall of this class forwards within some microseconds.
_FORWARDING = 7 * MICROSECOND
_TURN = 350 * MICROSECOND
_KNUTH = 2654435761  # multiplicative hashing (TAOCP 3, 6.4): spreads counters over 32 bits


@dataclass(slots=True)
class Wire:
    """Collects frames; every number on it comes from counters.

    *only* limits the mirror to some VLANs (a sensor's); *impostors* are addresses that speak with another MAC than theirs.
    """

    city: City
    only: frozenset[int] | None = None
    impostors: dict[Address, Mac] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    _sessions: int = 0
    _idents: dict[Address, int] = field(default_factory=dict)

    def port(self) -> int:
        """The next port a client opens a session from (RFC 6335 6: dynamic ports)."""
        self._sessions += 1
        return 49152 + self._sessions * 7 % 16000

    def packet(self, at: int, src: Address, dst: Address, protocol: int, payload: bytes, *, ttl: int = 64) -> None:
        """One IP packet, on every VLAN of its way."""
        ident = self._idents.get(src, src.value * _KNUTH >> 8) + 1
        self._idents[src] = ident
        kind = f.IPV6 if src.family == 6 else f.IPV4
        for view in self.city.views(src, dst):
            body = f.ip(src, dst, protocol, payload, ident=ident, ttl=ttl - view.routed)
            self._seen(at + view.routed * _FORWARDING, view, src, dst, kind, body)

    def _seen(self, at: int, view: View, src: Address, dst: Address, kind: int, body: bytes) -> None:
        # Behind a router the frames bear the router's MAC, whoever made them.
        own = self.city.vlan(src) == view.vlan
        source = self.impostors.get(src, view.src) if own else view.src
        target = self.impostors.get(dst, view.dst) if self.city.vlan(dst) == view.vlan else view.dst
        self.frame(at, source, target, kind, body, view.vlan)

    def frame(self, at: int, src: Mac, dst: Mac, kind: int, body: bytes, vlan: int) -> None:
        """One frame as it is, if the mirror has its VLAN."""
        if self.only is not None and vlan not in self.only:
            return
        self.frames.append(Frame(at, f.ethernet(src, dst, kind, body, vlan)))

    def session(
        self, at: int, client: Address, server: Address, port: int, dialogue: Iterable[Part], *,
        handshake: bool = True, close: bool = True, client_port: int = 0,
    ) -> int:  # fmt: skip
        """A TCP session; the time after it.

        Without *handshake* the capture begins in the middle of the session, without *close* it ends there.
        """
        ports = client_port or self.port(), port
        seqs = [self._sessions * _KNUTH & 0xFFFFFFFF, (self._sessions + 1) * _KNUTH ^ 0x5A5A5A5A]
        ends = (client, server)

        def send(side: int, flags: int, payload: bytes = b"") -> None:
            nonlocal at
            pair = ports if side == 0 else ports[::-1]
            ack = seqs[1 - side] if flags & f.ACK else 0
            segment = f.tcp(ends[side], ends[1 - side], pair, flags, seqs[side], ack, payload)
            self.packet(at, ends[side], ends[1 - side], 6, segment)
            seqs[side] += len(payload) + bool(flags & (f.SYN | f.FIN))
            at += _TURN

        if handshake:
            send(0, f.SYN)
            send(1, f.SYN | f.ACK)
            send(0, f.ACK)
        for from_client, data in dialogue:
            side = 0 if from_client else 1
            for n, start in enumerate(range(0, len(data), MSS)):
                part = data[start : start + MSS]
                send(side, f.ACK | (f.PSH if start + MSS >= len(data) else 0), part)
                if n % 2:
                    send(1 - side, f.ACK)
            send(1 - side, f.ACK)
            at += 3 * MILLISECOND
        if close:
            send(0, f.FIN | f.ACK)
            send(1, f.FIN | f.ACK)
            send(0, f.ACK)
        return at

    def refused(self, at: int, client: Address, server: Address, port: int, *, attempts: int = 1) -> int:
        """SYNs that a device on the way answers with RST in the server's name (RFC 9293 3.5.2); the time after them."""
        ports = self.port(), port
        seq = self._sessions * _KNUTH & 0xFFFFFFFF
        for _ in range(attempts):
            self._on_segment(at, client, server, f.tcp(client, server, ports, f.SYN, seq, 0), outward=True)
            answer = f.tcp(server, client, ports[::-1], f.RST | f.ACK, 0, seq + 1)
            self._on_segment(at + 90 * MICROSECOND, server, client, answer, outward=False)
            at += 500 * MILLISECOND
        return at

    def _on_segment(self, at: int, src: Address, dst: Address, segment: bytes, *, outward: bool) -> None:
        """A packet that the client's own gateway takes or makes: it is seen on the client's VLAN only."""
        client = src if outward else dst
        vlan = self.city.vlan(client)
        own, gateway = self.city.mac(client), self.city.gateway(vlan)
        macs = (own, gateway) if outward else (gateway, own)
        self.frame(at, *macs, f.IPV4, f.ip(src, dst, 6, segment, ident=self._sessions, ttl=64), vlan)

    def exchange(self, at: int, client: Address, server: Address, port: int, ask: bytes, answer: bytes) -> int:
        """A UDP request and its answer; the time after it."""
        ports = self.port(), port
        self.packet(at, client, server, 17, f.udp(client, server, ports, ask))
        self.packet(at + _TURN, server, client, 17, f.udp(server, client, ports[::-1], answer))
        return at + 2 * _TURN

    def ping(self, at: int, client: Address, server: Address, *, count: int = 2) -> int:
        """Echo requests and their replies; the time after them."""
        protocol = 58 if client.family == 6 else 1
        self._sessions += 1
        for n in range(1, count + 1):
            request = f.echo(client, server, reply=False, ident=self._sessions, number=n)
            self.packet(at, client, server, protocol, request)
            self.packet(
                at + _TURN, server, client, protocol, f.echo(server, client, reply=True, ident=self._sessions, number=n)
            )
            at += 1000 * MILLISECOND
        return at

    def resolve(self, at: int, asker: f.Host, asked: f.Host, vlan: int) -> int:
        """An ARP request and its reply; the time after it."""
        self.frame(at, asker.mac, f.BROADCAST, f.ARP, f.arp(asker, asked, reply=False), vlan)
        self.frame(at + 120 * MICROSECOND, asked.mac, asker.mac, f.ARP, f.arp(asked, asker, reply=True), vlan)
        return at + 240 * MICROSECOND

    def neighbour(self, at: int, asker: f.Host, asked: f.Host, vlan: int) -> int:
        """IPv6 neighbour discovery between two hosts; the time after it.  RFC 4861 7.1: the hop limit is 255."""
        body, group, mac = f.neighbour_solicitation(asker, asked.address)
        self.frame(at, asker.mac, mac, f.IPV6, f.ip(asker.address, group, 58, body, ident=0, ttl=255), vlan)
        body = f.neighbour_advertisement(asked, asker.address)
        packet = f.ip(asked.address, asker.address, 58, body, ident=0, ttl=255)
        self.frame(at + 120 * MICROSECOND, asked.mac, asker.mac, f.IPV6, packet, vlan)
        return at + 240 * MICROSECOND

    def to_group(self, at: int, src: f.Host, group: Address, ports: tuple[int, int], payload: bytes, vlan: int) -> None:
        """A multicast datagram on one VLAN (RFC 1112 6.4: the MAC of the group)."""
        mac = Mac(0x01005E << 24 | (group.value & 0x7FFFFF))
        datagram = f.udp(src.address, group, ports, payload)
        self.frame(at, src.mac, mac, f.IPV4, f.ip(src.address, group, 17, datagram, ident=at >> 20, ttl=1), vlan)

    def in_order(self, interfaces: Sequence[frozenset[int]] = ()) -> list[Frame]:
        """The frames by time; *interfaces* hands each VLAN to the position of its interface."""
        place = {vlan: i for i, vlans in enumerate(interfaces) for vlan in vlans}
        ordered = sorted(self.frames, key=lambda each: each.at)
        if not interfaces:
            return ordered
        return [Frame(e.at, e.data, place.get(struct.unpack_from("!H", e.data, 14)[0] & 0xFFF, 0)) for e in ordered]
