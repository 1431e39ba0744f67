"""The frames beside scapy, which fills in lengths and checksums by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet

from segmentation.model.addresses import Address, Mac
from sensors.example import frames as f

A4, B4 = Address.parse("10.20.16.21"), Address.parse("10.30.20.11")
A6, B6 = Address.parse("fd00:10:20:211::15"), Address.parse("fd00:10:30:311::b")
MAC_A, MAC_B = Mac.parse("00:00:5e:ef:00:01"), Mac.parse("00:00:5e:00:53:90")
FAMILIES = pytest.mark.parametrize(("src", "dst"), [(A4, B4), (A6, B6)], ids=["v4", "v6"])


def _rebuilt(packet: Packet) -> bytes:
    """The packet as scapy writes it after forgetting every checksum and length."""
    computed: dict[type[Packet], tuple[str, ...]] = {
        IP: ("chksum", "len"), IPv6: ("plen",), TCP: ("chksum",), UDP: ("chksum", "len"), ICMP: ("chksum",),
        ICMPv6EchoRequest: ("cksum",), ICMPv6ND_NS: ("cksum",), ICMPv6ND_NA: ("cksum",), ICMPv6ND_RA: ("cksum",),
    }  # fmt: skip
    for layer, fields in computed.items():
        for field in fields if layer in packet else ():
            delattr(packet[layer], field)
    return bytes(packet)


@FAMILIES
@given(payload=st.binary(max_size=70), flags=st.sampled_from([f.SYN, f.SYN | f.ACK, f.ACK, f.RST | f.ACK, f.FIN | f.ACK]))
@settings(deadline=None, max_examples=40)
def test_tcp_is_what_scapy_writes(src: Address, dst: Address, payload: bytes, flags: int) -> None:
    whole = f.ip(src, dst, 6, f.tcp(src, dst, (50000, 443), flags, 0xFFFFFFF0, 77, payload), ident=9, ttl=63)
    parsed = (IP if src.family == 4 else IPv6)(whole)
    assert (parsed[TCP].sport, parsed[TCP].dport, parsed[TCP].seq, int(parsed[TCP].flags)) == (50000, 443, 0xFFFFFFF0, flags)
    assert bytes(parsed[TCP].payload) == payload
    assert _rebuilt(parsed) == whole


@FAMILIES
@given(payload=st.binary(max_size=70))
@settings(deadline=None, max_examples=40)
def test_udp_is_what_scapy_writes(src: Address, dst: Address, payload: bytes) -> None:
    whole = f.ip(src, dst, 17, f.udp(src, dst, (50001, 123), payload), ident=9, ttl=64)
    parsed = (IP if src.family == 4 else IPv6)(whole)
    assert parsed[UDP].len == 8 + len(payload)
    assert _rebuilt(parsed) == whole


def test_udp_checksum_zero_is_sent_as_all_ones() -> None:
    sums = {f.udp(A4, B4, (1, 2), n.to_bytes(2))[6:8] for n in range(1 << 16)}
    assert b"\xff\xff" in sums
    assert b"\0\0" not in sums


@FAMILIES
def test_echo_is_what_scapy_writes(src: Address, dst: Address) -> None:
    protocol = 1 if src.family == 4 else 58
    whole = f.ip(src, dst, protocol, f.echo(src, dst, reply=False, ident=5, number=6), ident=9, ttl=64)
    parsed = (IP if src.family == 4 else IPv6)(whole)
    assert (parsed[ICMP] if src.family == 4 else parsed[ICMPv6EchoRequest]).id == 5
    assert _rebuilt(parsed) == whole


@given(data=st.binary(max_size=64))
@settings(deadline=None, max_examples=200)
def test_checksum_is_that_of_rfc_1071(data: bytes) -> None:
    even = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(even[i : i + 2]) for i in range(0, len(even), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert f.checksum(data) == ~total & 0xFFFF


def test_tag_and_padding() -> None:
    asker, asked = f.Host(A4, MAC_A), f.Host(B4, MAC_B)
    frame = f.ethernet(MAC_A, f.BROADCAST, f.ARP, f.arp(asker, asked, reply=False), 211)
    parsed = Ether(frame)
    assert len(frame) == 60
    assert (parsed[Dot1Q].vlan, parsed[ARP].op, parsed[ARP].psrc, parsed[ARP].pdst) == (211, 1, "10.20.16.21", "10.30.20.11")
    assert parsed[ARP].hwdst == "00:00:00:00:00:00"
    answer = Ether(f.ethernet(MAC_B, MAC_A, f.ARP, f.arp(asked, asker, reply=True)))
    assert (answer[ARP].op, answer[ARP].hwsrc, answer[ARP].hwdst) == (2, str(MAC_B), str(MAC_A))


def test_neighbour_discovery() -> None:
    asker = f.Host(f.link_local(MAC_A), MAC_A)
    assert str(asker.address) == "fe80::200:5eff:feef:1"  # RFC 4291 appendix A
    body, group, mac = f.neighbour_solicitation(asker, B6)
    assert (str(group), str(mac)) == ("ff02::1:ff00:b", "33:33:ff:00:00:0b")
    parsed = IPv6(f.ip(asker.address, group, 58, body, ident=0, ttl=255))
    assert parsed[ICMPv6ND_NS].tgt == str(B6)
    assert _rebuilt(parsed) == bytes(parsed)
    answer = IPv6(f.ip(B6, asker.address, 58, f.neighbour_advertisement(f.Host(B6, MAC_B), asker.address), ident=0, ttl=255))
    assert answer[ICMPv6ND_NA].tgt == str(B6)
    assert _rebuilt(answer) == bytes(answer)
