"""Ethernet frames from their fields, with the checksums that a network card or a host would put in."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from segmentation.model.addresses import Address, Mac

IPV4, ARP, IPV6, VLAN, LLDP = 0x0800, 0x0806, 0x86DD, 0x8100, 0x88CC
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
BROADCAST = Mac(0xFFFFFFFFFFFF)
_PADDED = 60  # IEEE 802.3 3.2.8: the least frame, without its check sequence


@dataclass(frozen=True, slots=True)
class Host:
    """Where a packet comes from or goes to on one segment: an address and the MAC that speaks for it there."""

    address: Address
    mac: Mac


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of *data*, padded to an even length.

    The ones' complement sum of 16-bit words is the number itself modulo 0xFFFF (RFC 1071 2 B: end-around carry).
    """
    if len(data) % 2:
        data += b"\0"
    rest = int.from_bytes(data) % 0xFFFF
    return 0 if rest == 0 and any(data) else 0xFFFF - rest


def ethernet(src: Mac, dst: Mac, kind: int, payload: bytes, vlan: int | None = None) -> bytes:
    """An Ethernet II frame, padded, with an IEEE 802.1Q tag if *vlan* is given (priority 0)."""
    tag = b"" if vlan is None else struct.pack("!HH", VLAN, vlan)
    head = dst.value.to_bytes(6) + src.value.to_bytes(6) + tag + struct.pack("!H", kind)
    return (head + payload).ljust(_PADDED, b"\0")


def tagged_llc(src: Mac, dst: Mac, payload: bytes, vlan: int) -> bytes:
    """An IEEE 802.3 frame, whose type field is a length (spanning tree and others), with an 802.1Q tag."""
    return ethernet(src, dst, len(payload), payload, vlan)


def ip(src: Address, dst: Address, protocol: int, payload: bytes, *, ident: int, ttl: int) -> bytes:
    """An IPv4 (RFC 791, do not fragment) or IPv6 (RFC 8200) packet."""
    if src.family == 6:
        flow = ident & 0xFFFFF
        head = struct.pack("!IHBB", 6 << 28 | flow, len(payload), protocol, ttl)
        return head + src.value.to_bytes(16) + dst.value.to_bytes(16) + payload
    addresses = src.value.to_bytes(4) + dst.value.to_bytes(4)
    lead = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), ident & 0xFFFF, 0x4000, ttl, protocol)
    head = lead + struct.pack("!H", checksum(lead + b"\0\0" + addresses)) + addresses
    return head + payload


def _pseudo(src: Address, dst: Address, protocol: int, length: int) -> bytes:
    """The pseudo-header of RFC 9293 3.1 (IPv4) or RFC 8200 8.1 (IPv6)."""
    if src.family == 6:
        return src.value.to_bytes(16) + dst.value.to_bytes(16) + struct.pack("!II", length, protocol)
    return src.value.to_bytes(4) + dst.value.to_bytes(4) + struct.pack("!BBH", 0, protocol, length)


def tcp(src: Address, dst: Address, ports: tuple[int, int], flags: int, seq: int, ack: int, payload: bytes = b"") -> bytes:
    """A TCP segment (RFC 9293 3.1); a SYN offers an MSS and SACK as stacks do."""
    # RFC 9293 3.1: MSS 1460; RFC 2018 2: SACK permitted; RFC 7323 2.2: window scale 7.
    options = bytes.fromhex("020405b4") + bytes.fromhex("0402") + bytes.fromhex("01030307") + b"\1\1" if flags & SYN else b""
    offset = (20 + len(options)) // 4
    lead = struct.pack("!HHIIBBH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, offset << 4, flags, 0 if flags & RST else 64240)
    rest = options + payload
    whole = lead + b"\0\0\0\0" + rest
    return lead + struct.pack("!HH", checksum(_pseudo(src, dst, 6, len(whole)) + whole), 0) + rest


def udp(src: Address, dst: Address, ports: tuple[int, int], payload: bytes) -> bytes:
    """A UDP datagram (RFC 768); a checksum of 0 is sent as all ones."""
    lead = struct.pack("!HHH", *ports, 8 + len(payload))
    value = checksum(_pseudo(src, dst, 17, 8 + len(payload)) + lead + b"\0\0" + payload)
    return lead + struct.pack("!H", value or 0xFFFF) + payload


def echo(src: Address, dst: Address, *, reply: bool, ident: int, number: int) -> bytes:
    """An ICMP echo (RFC 792) or ICMPv6 echo (RFC 4443 4) with 32 octets."""
    body = struct.pack("!HH", ident & 0xFFFF, number & 0xFFFF) + bytes(range(0x61, 0x81))
    if src.family == 6:
        return _icmpv6(src, dst, 129 if reply else 128, body)
    kind = 0 if reply else 8
    return struct.pack("!BBH", kind, 0, checksum(bytes((kind, 0, 0, 0)) + body)) + body


def _icmpv6(src: Address, dst: Address, kind: int, body: bytes) -> bytes:
    whole = bytes((kind, 0, 0, 0)) + body
    return struct.pack("!BBH", kind, 0, checksum(_pseudo(src, dst, 58, len(whole)) + whole)) + body


def arp(sender: Host, target: Host, *, reply: bool) -> bytes:
    """The body of an ARP request or reply (RFC 826) for Ethernet and IPv4."""
    known = target.mac.value if reply else 0
    lead = struct.pack("!HHBBH", 1, IPV4, 6, 4, 2 if reply else 1)
    return (
        lead + sender.mac.value.to_bytes(6) + sender.address.value.to_bytes(4) + known.to_bytes(6)
        + target.address.value.to_bytes(4)
    )  # fmt: skip


def link_local(mac: Mac) -> Address:
    """The IPv6 link-local address made from a MAC (RFC 4291 appendix A: modified EUI-64)."""
    m = mac.value ^ 0x02 << 40
    return Address(6, 0xFE80 << 112 | (m >> 24) << 40 | 0xFFFE << 24 | (m & 0xFFFFFF))


def neighbour_solicitation(sender: Host, target: Address) -> tuple[bytes, Address, Mac]:
    """Body, destination and destination MAC of a neighbour solicitation (RFC 4861 4.3) to the solicited-node group."""
    group = Address(6, 0xFF02 << 112 | 0x1FF << 24 | (target.value & 0xFFFFFF))  # RFC 4291 2.7.1
    body = b"\0\0\0\0" + target.value.to_bytes(16) + b"\1\1" + sender.mac.value.to_bytes(6)
    return _icmpv6(sender.address, group, 135, body), group, Mac(0x3333 << 32 | (group.value & 0xFFFFFFFF))  # RFC 2464 7


def neighbour_advertisement(sender: Host, to: Address) -> bytes:
    """A solicited neighbour advertisement (RFC 4861 4.4)."""
    body = b"\x60\0\0\0" + sender.address.value.to_bytes(16) + b"\2\1" + sender.mac.value.to_bytes(6)
    return _icmpv6(sender.address, to, 136, body)


def router_advertisement(sender: Host, to: Address) -> bytes:
    """A router advertisement (RFC 4861 4.2) that offers no default route and no prefix."""
    return _icmpv6(sender.address, to, 134, struct.pack("!BBHII", 64, 0, 0, 0, 0) + b"\1\1" + sender.mac.value.to_bytes(6))
