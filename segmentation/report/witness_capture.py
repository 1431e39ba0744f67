"""Witness packets as a capture, for Wireshark and for ``sekisho replay``."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable
from typing import Any

from segmentation.model.addresses import format_address
from segmentation.model.finding import Finding, Packet
from segmentation.model.services import ICMP, ICMPV6, PORT_PROTOCOLS, SCTP, TCP, UDP

# https://www.tcpdump.org/linktypes.html
_LINKTYPE_ETHERNET, _LINKTYPE_RAW = 1, 101
_ETHERTYPES = {4: 0x0800, 6: 0x86DD}
_NO_MAC = bytes(6)
_SNAPLEN = 65535
# Room for the fixed header of every other protocol that has one (DCCP 12, ESP 8, UDP-Lite 8, AH 12, GRE 4 octets).
_SHORTEST = 16


def witness_capture(findings: Iterable[Finding], at: dt.date) -> bytes:
    """A pcap file with the witness of each finding, in the order of the findings.

    The packets are one microsecond apart from the beginning of the day *at* (UTC), so that the same findings give the
    same bytes.  Without any MAC among them they are bare IP packets, because an invented MAC could itself be judged.
    """
    packets = [f.witness.packet for f in findings if f.witness is not None]
    ethernet = any(p.src_mac is not None for p in packets)
    # draft-ietf-opsawg-pcap 4: magic of microseconds, version 2.4, no correction, snaplen, link type.
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAPLEN, _LINKTYPE_ETHERNET if ethernet else _LINKTYPE_RAW)]
    start = int(dt.datetime.combine(at, dt.time(), dt.UTC).timestamp())
    for number, packet in enumerate(packets):
        octets = (_ethernet(packet) if ethernet else b"") + ip_packet(packet)
        out += [struct.pack("<IIII", start + number // 1_000_000, number % 1_000_000, len(octets), len(octets)), octets]
    return b"".join(out)


def _ethernet(packet: Packet) -> bytes:
    """IEEE 802.3 header; what is not known of it is zero."""
    source = _NO_MAC if packet.src_mac is None else packet.src_mac.value.to_bytes(6, "big")
    return _NO_MAC + source + _ETHERTYPES[packet.family].to_bytes(2, "big")


def ip_packet(packet: Packet) -> bytes:
    """The packet from its IP header on, lengths and checksums filled in.  This loads scapy."""
    from scapy.layers import inet, inet6  # noqa: PLC0415 - half a second, and GPL: only where packets are crafted

    src, dst = (format_address(packet.family, value) for value in (packet.src, packet.dst))
    header: Any
    if packet.family == 4:
        header = inet.IP(src=src, dst=dst, proto=packet.protocol)
    else:
        header = inet6.IPv6(src=src, dst=dst, nh=packet.protocol)
    return bytes(header / _payload(packet))


def _payload(packet: Packet) -> Any:
    from scapy.layers import inet, inet6, sctp  # noqa: PLC0415
    from scapy.packet import Raw  # noqa: PLC0415

    ports: Any = {"sport": packet.sport, "dport": packet.dport}
    if packet.protocol == TCP:
        return inet.TCP(**ports, flags=packet.tcp_flags)
    if packet.protocol == UDP:
        return inet.UDP(**ports)
    if packet.protocol == SCTP:
        return sctp.SCTP(**ports) / sctp.SCTPChunkInit()
    if packet.protocol == ICMP:
        return inet.ICMP(type=packet.sport, code=packet.dport)
    if packet.protocol == ICMPV6:
        return inet6.ICMPv6Unknown(type=packet.sport, code=packet.dport)
    lead = struct.pack("!HH", packet.sport, packet.dport) if packet.protocol in PORT_PROTOCOLS else b""
    return Raw(lead + bytes(_SHORTEST - len(lead)))
