"""Taps: the packets somebody must read are pointed at, each once, with the right place in the buffer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from frame_blocks import SMALL, block_of
from scapy.all import ARP, DNS, DNSQR, GRE, IP, TCP, UDP, Dot1Q, Ether, ICMPv6ND_NS, IPv6, Raw, fragment

from sensors.kernels.block import Block
from sensors.kernels.taps import TapConfig, Tapped, Taps
from sensors.kernels.tracker import Tracker

E = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
QUERY = DNS(qd=DNSQR(qname="a.example"))
ALL = TapConfig(classes=~Tapped(0), violation_decisions=frozenset({-1}))


def tapped(frames: Sequence[Any], config: TapConfig = ALL, **columns: Any) -> tuple[Block, Taps, Tracker]:
    block = block_of([bytes(f) for f in frames], **columns)
    tracker = Tracker(config=replace(SMALL, taps=config))
    tracker.feed(block)
    return block, tracker.taps(), tracker


def octets(block: Block, tap: np.void) -> bytes:
    return block.buffer[int(tap["payload"]) : int(tap["payload"] + tap["captured"])].tobytes()


def test_a_tap_points_at_the_payload_and_tells_the_header() -> None:
    frame = E / Dot1Q(vlan=7) / IP(src="10.0.0.9", dst="10.0.0.1", ttl=61) / TCP(sport=9, dport=80, seq=7, ack=8, flags="PA")
    block, taps, tracker = tapped([frame / Raw(b"GET /")], ts=[5])
    (tap,) = taps
    assert octets(block, tap) == b"GET /"
    assert [int(tap[n]) for n in ("direction", "seq", "ack", "flags", "ttl", "vlan", "length", "ts_ns", "number")] == [
        1, 7, 8, 0x18, 61, 7, 5, 5, 1,
    ]  # fmt: skip
    assert tap["classes"] == Tapped.FIRST_DATA | Tapped.VIOLATION
    assert tracker.rows(np.array([tap["row"]]))[0]["b_port"] == 9
    assert block.buffer[int(tap["network"])] >> 4 == 4
    assert tap["frame_captured"] == len(bytes(frame)) + 5


@pytest.mark.parametrize(
    ("frame", "wanted", "payload"),
    [
        (E / IP() / UDP(sport=4000, dport=53) / QUERY, Tapped.DNS, bytes(QUERY)),
        (E / IP() / TCP(sport=53, dport=4000) / Raw(b"dns"), Tapped.DNS, b"dns"),
        (E / IP() / UDP(sport=68, dport=67) / Raw(b"dhcp"), Tapped.DHCP, b"dhcp"),
        (E / IPv6() / UDP(sport=546, dport=547) / Raw(b"six"), Tapped.DHCP, b"six"),
        (E / IP() / UDP(sport=123, dport=9) / Raw(b"time"), Tapped.NTP, b"time"),
        (E / IPv6(hlim=255) / ICMPv6ND_NS(tgt="fe80::1"), Tapped.NDP, None),
        (E / Dot1Q(vlan=3) / ARP(op=2, psrc="10.0.0.1"), Tapped.ARP, bytes(ARP(op=2, psrc="10.0.0.1"))),
        (E / IP() / GRE() / IP() / UDP(sport=1, dport=5353) / Raw(b"in"), Tapped.DNS, b"in"),
    ],
)  # fmt: skip
def test_classes(frame: Any, wanted: Tapped, payload: bytes | None) -> None:
    block, taps, _ = tapped([frame], TapConfig(classes=wanted))
    (tap,) = taps
    assert tap["classes"] == wanted
    if payload is not None:
        assert octets(block, tap) == payload
    if wanted is Tapped.ARP:
        assert (tap["row"], tap["vlan"]) == (-1, 3)
    assert len(tapped([frame], TapConfig(classes=~wanted & ~Tapped.FIRST_DATA))[1]) == 0


def test_first_data_is_counted_for_each_direction() -> None:
    there = [E / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=2, seq=i, flags="A") / Raw(b"x") for i in range(9)]
    back = [E / IP(src="10.0.0.2", dst="10.0.0.1") / TCP(sport=2, dport=1, seq=i, flags="A") / Raw(b"y") for i in range(3)]
    bare = [E / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=2, seq=99, flags="A")]
    _, taps, _ = tapped([*bare, *there, *back], TapConfig(classes=Tapped.FIRST_DATA, first_segments=4))
    assert taps["number"].tolist() == [2, 3, 4, 5, 11, 12, 13]
    quic = [E / IP() / UDP(sport=5000, dport=443) / Raw(b"q"), E / IP() / UDP(sport=5000, dport=444) / Raw(b"q")]
    assert len(tapped(quic, TapConfig(classes=Tapped.FIRST_DATA))[1]) == 1


def test_a_marked_row_is_tapped_from_then_on() -> None:
    frame = bytes(E / IP() / UDP(sport=1, dport=2) / Raw(b"x"))
    tracker = Tracker(config=replace(SMALL, taps=TapConfig(classes=Tapped.TRANSFER)))
    tracker.feed(block_of([frame]))
    assert len(tracker.taps()) == 0
    tracker.mark(np.array([0]), Tapped.TRANSFER)
    tracker.feed(block_of([frame]))
    assert tracker.taps()["classes"].tolist() == [int(Tapped.TRANSFER)]


def test_every_frame_of_a_large_block_has_room() -> None:
    frames = [E / IP() / UDP(sport=9, dport=53) / Raw(b"x")] * 20_000
    _, taps, _ = tapped([bytes(f) for f in frames[:1]] * 20_000, TapConfig(classes=Tapped.DNS))
    assert taps["index"].tolist() == list(range(20_000))


def test_fragments_and_short_frames_stay_inside_the_capture() -> None:
    datagram = IP(src="10.0.0.1", dst="10.0.0.2", id=9) / UDP(sport=1, dport=53) / Raw(bytes(3000))
    frames = [bytes(E / piece) for piece in fragment(datagram, 1400)]
    block, taps, _ = tapped(frames)
    assert taps["fragment"].tolist() == [1, 2, 2]
    cut = [f[:n] for f in frames[:1] for n in range(14, 60)]
    block, taps, _ = tapped(cut, wire=[len(frames[0])] * len(cut))
    for tap in taps:
        end = int(block.offsets[tap["index"]] + block.captured[tap["index"]])
        assert int(tap["payload"] + tap["captured"]) <= end
        assert tap["captured"] >= 0


def test_without_a_configuration_there_are_no_taps() -> None:
    tracker = Tracker(config=SMALL)
    tracker.feed(block_of([bytes(E / IP() / UDP(dport=53))] * 3))
    assert len(tracker.taps()) == 0


def test_a_full_table_keeps_strays_by_decision() -> None:
    tracker = Tracker(config=replace(SMALL, flows=1, max_flows=1, strays=8, strays_each=3))
    limit = len(tracker._store.rows)
    assert len(tracker.take_strays(np.array([True]))) == 0
    frames = [
        bytes(E / IP(src=f"10.{i >> 8 & 255}.{i & 255}.1", dst="10.9.9.9") / TCP(sport=5, dport=80)) for i in range(limit + 20)
    ]
    tracker.feed(block_of(frames))
    strays = tracker.take_strays(np.array([True]))
    assert len(strays) == 3
    assert strays["first_number"].tolist() == [limit + 1, limit + 2, limit + 3]
    assert strays["dport"].tolist() == [80, 80, 80]
    assert strays["packets_ab"].sum() + strays["packets_ba"].sum() == 3
    assert tracker.notes()["not_tracked_packets"] == 20
