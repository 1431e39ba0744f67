"""Flows out of crafted frames: keys, direction, state, tunnels, fragments, duplicates, bounds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from frame_blocks import SECOND, SMALL, block_of, track
from scapy.contrib.geneve import GENEVE
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from sensors.kernels.tables import compile_tables
from sensors.kernels.tracker import Tracker, TrackerConfig
from sensors.kernels.view import ATTEMPTED, DATA, ESTABLISHED, REFUSED, matrix

A, B = "10.0.0.1", "10.0.0.2"
OUTER = IP(src="1.1.1.1", dst="2.2.2.2")
MAC_A, MAC_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def ether(inner: Packet, *, back: bool = False) -> bytes:
    source, target = (MAC_B, MAC_A) if back else (MAC_A, MAC_B)
    return bytes(Ether(src=source, dst=target) / inner)


def tcp(flags: str, *, back: bool = False, data: bytes = b"", sport: int = 40000, dport: int = 443, seq: int = 1) -> bytes:
    ip = IP(src=B, dst=A, id=seq) if back else IP(src=A, dst=B, id=seq)
    ports = {"sport": dport, "dport": sport} if back else {"sport": sport, "dport": dport}
    return ether(ip / TCP(flags=flags, seq=seq, **ports) / Raw(data), back=back)


def only(flows: npt.NDArray[np.void]) -> np.void:
    assert len(flows) == 1
    return flows[0]


def test_both_directions_of_a_connection_are_one_flow() -> None:
    frames = [tcp("S"), tcp("SA", back=True), tcp("A"), tcp("PA", data=b"GET /", seq=2), tcp("PA", back=True, data=b"ok" * 9)]
    flows, tracker = track(frames, first_number=7)
    f = only(flows)
    assert (f["packets_ab"], f["packets_ba"], f["payload_ab"], f["payload_ba"]) == (3, 2, 5, 18)
    assert f["bytes_ab"] == sum(len(frames[i]) for i in (0, 2, 3))
    assert (f["first_number"], f["last_number"], f["first_ns"], f["last_ns"]) == (7, 11, SECOND, 5 * SECOND)
    assert (f["flags_ab"], f["flags_ba"], f["state"], f["evidence"], f["initiator_b"]) == (0x1A, 0x1A, DATA, 3, False)
    assert (f["sport"], f["dport"], f["vlan"]) == (40000, 443, -1)
    assert (f["mac_ab_src"], f["mac_ab_dst"], f["mac_ba_src"]) == (0x02000000000A, 0x02000000000B, 0x02000000000B)
    assert tracker.not_counted() == {}
    assert tracker.in_flows() == 5


@pytest.mark.parametrize(
    ("frames", "initiator", "evidence"),
    [
        ([tcp("S", dport=5000)], A, 3),
        ([tcp("SA", back=True, dport=5000)], A, 2),
        ([tcp("A", back=True, dport=5000), tcp("SA", back=True, dport=5000)], A, 2),
        ([tcp("A", back=True)], A, 1),  # port 443 serves
        ([tcp("A", dport=5000, back=True)], A, 0),  # in mid-stream: the lower port serves, perhaps
        ([ether(IP(src=B, dst=A) / UDP(sport=5000, dport=6000))], B, 0),  # the first to speak
        ([tcp("SA", back=True, dport=5000), tcp("S", dport=5000)], A, 3),
        ([tcp("SA", sport=443, dport=50000), tcp("S", sport=443, dport=50000, back=True)], B, 3),
        ([tcp("S", dport=5000), tcp("SA", dport=5000)], A, 3),  # nothing weaker turns it round
    ],
)
def test_the_initiator_by_the_best_fact(frames: list[bytes], initiator: str, evidence: int) -> None:
    f = only(track(frames)[0])
    assert f["evidence"] == evidence
    assert f["initiator_b"] == (initiator == B)


def unreachable(code: int = 1, quoted: Packet | None = None) -> bytes:
    inner = quoted or (IP(src=A, dst=B) / TCP(sport=40000, dport=443))
    return ether(IP(src="10.9.9.9", dst=A) / ICMP(type=3, code=code) / bytes(inner)[:28], back=True)


@pytest.mark.parametrize(
    ("frames", "state"),
    [
        ([tcp("S")], ATTEMPTED),
        ([tcp("S"), tcp("S", seq=2)], ATTEMPTED),
        ([tcp("S"), tcp("RA", back=True)], REFUSED),
        ([tcp("S"), unreachable()], REFUSED),
        ([tcp("S"), unreachable(4)], ATTEMPTED),  # "fragmentation needed" refuses nothing
        ([tcp("S"), tcp("SA", back=True)], ESTABLISHED),
        ([tcp("S"), tcp("SA", back=True), tcp("R")], ESTABLISHED),
        ([tcp("S", data=b"fast open")], ATTEMPTED),
        ([tcp("S"), tcp("SA", back=True), tcp("PA", data=b"x")], DATA),
        ([tcp("PA", data=b"x")], DATA),  # in mid-stream
        ([tcp("S"), tcp("A"), tcp("PA", data=b"x")], DATA),  # one side captured
        ([tcp("A"), tcp("A", back=True)], ESTABLISHED),
        ([ether(IP(src=A, dst=B) / UDP(sport=5000, dport=53) / b"q")], ATTEMPTED),
        (
            [
                ether(IP(src=A, dst=B) / UDP(sport=5000, dport=53) / b"q"),
                ether(IP(src=B, dst=A) / UDP(sport=53, dport=5000) / b"a"),
            ],
            DATA,
        ),
        (
            [
                ether(IP(src=A, dst=B) / UDP(sport=5000, dport=53) / b"q"),
                unreachable(3, IP(src=A, dst=B) / UDP(sport=5000, dport=53)),
            ],
            REFUSED,
        ),
    ],
)
def test_how_far_a_flow_got(frames: list[bytes], state: int) -> None:
    assert track(frames)[0][0]["state"] == state


def test_an_icmp_error_about_a_known_flow_is_related_and_about_an_unknown_one_is_not() -> None:
    flows, tracker = track([tcp("S"), unreachable()])
    assert flows["related"].tolist() == [False, True]
    assert tracker.notes()["icmp_error"] == 1
    assert not track([unreachable()])[0]["related"].any()


def test_each_side_that_pings_has_a_flow_of_its_own() -> None:
    def echo(kind: int, source: str, target: str) -> bytes:
        return ether(IP(src=source, dst=target) / ICMP(type=kind, code=0))

    flows, _tracker = track([echo(8, A, B), echo(0, B, A), echo(8, B, A), echo(0, A, B), echo(8, A, B)])
    assert flows["initiator_b"].tolist() == [False, True]
    assert [(f["packets_ab"], f["packets_ba"], f["sport"], f["dport"]) for f in flows] == [(2, 1, 8, 0), (1, 1, 8, 0)]
    late = only(track([echo(0, A, B)])[0])
    assert (late["initiator_b"], late["evidence"], late["icmp_type"]) == (True, 2, 0)


def test_icmp_types_are_flows_apart() -> None:
    flows, _tracker = track([ether(IP(src=A, dst=B) / ICMP(type=t, code=1)) for t in (8, 13, 5)])
    assert sorted(flows["sport"].tolist()) == [5, 8, 13]


def test_no_ipv6_address_passes_for_an_ipv4_one() -> None:
    six = ether(IPv6(src="::10.0.0.1", dst="::10.0.0.2") / TCP(sport=40000, dport=443, flags="S"))
    flows, _tracker = track([tcp("S"), six])
    assert flows["v6"].tolist() == [False, True]


def test_vlan_tags_however_many_and_the_card_s_own() -> None:
    ip = IP(src=A, dst=B) / UDP(sport=1000, dport=2000)
    flows, tracker = track([ether(Dot1Q(vlan=5) / ip), ether(Dot1AD(vlan=7) / Dot1Q(vlan=9) / ip)])
    assert only(flows)["vlan"] == 5
    assert tracker.notes()["qinq"] == 1
    apart = TrackerConfig(flows=1 << 11, key_by_vlan=True)
    assert track([ether(Dot1Q(vlan=5) / ip), ether(Dot1AD(vlan=7) / Dot1Q(vlan=9) / ip)], config=apart)[0]["vlan"].tolist() == [
        5,
        9,
    ]
    assert only(track([ether(ip)], vlan=33)[0])["vlan"] == 33
    deep = ip
    for tag in range(5):
        deep = Dot1Q(vlan=tag) / deep
    assert track([ether(deep)])[1].not_counted() == {"too_many_tags": 1}


def test_padding_is_no_payload_and_a_missing_total_length_means_to_the_end() -> None:
    padded = tcp("PA", data=b"abc") + bytes(40)
    assert only(track([padded])[0])["payload_ab"] == 3
    offloaded = bytearray(tcp("PA", data=b"abcdef"))
    offloaded[16:18] = b"\0\0"
    flows, tracker = track([bytes(offloaded)])
    assert only(flows)["payload_ab"] == 6
    assert tracker.notes()["total_length_zero"] == 1


def test_payload_is_counted_by_the_header_not_by_what_was_captured() -> None:
    whole = tcp("PA", data=bytes(1000))
    flows, tracker = track([whole[:60]], wire=[len(whole)])
    assert (only(flows)["payload_ab"], flows[0]["bytes_ab"]) == (1000, len(whole))
    assert tracker.notes()["cut_by_snaplen"] == 1


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "empty"),
        (bytes(13), "truncated_link"),
        (tcp("S")[:33], "truncated_ip"),
        (tcp("S")[:14] + b"\x55" + tcp("S")[15:], "bad_ip_version"),
        (tcp("S")[:14] + b"\x43" + tcp("S")[15:], "bad_ip_length"),
        (tcp("S")[:16] + b"\x00\x10" + tcp("S")[18:], "bad_ip_length"),
        (bytes(Ether(type=0x88CC) / b"lldp"), "other_ethertype"),
        (bytes(12) + b"\x00\x26\x42\x42\x03" + bytes(40), "llc"),
        (ether(ARP(psrc=A, pdst=B)), "arp"),
    ],
)
def test_a_frame_in_no_flow_has_its_reason(frame: bytes, reason: str) -> None:
    flows, tracker = track([frame])
    assert len(flows) == 0
    assert tracker.not_counted() == {reason: 1}


def test_an_unknown_link_type_is_a_reason() -> None:
    assert track([tcp("S")], link=195)[1].not_counted() == {"link_type": 1}


@pytest.mark.parametrize(
    ("outer", "note"),
    [
        (lambda inner: OUTER / UDP(dport=4789) / VXLAN(vni=5) / inner, "tunnel_vxlan"),
        (lambda inner: OUTER / UDP(dport=6081) / GENEVE(proto=0x6558) / inner, "tunnel_geneve"),
        (lambda inner: OUTER / GRE(proto=0x88BE) / inner, "tunnel_erspan_i"),
        (
            lambda inner: OUTER / GRE(proto=0x88BE, seqnum_present=1) / bytes(8) / inner,
            "tunnel_erspan_ii",
        ),
        (
            lambda inner: OUTER / GRE(proto=0x22EB, seqnum_present=1) / bytes(12) / inner,
            "tunnel_erspan_iii",
        ),
        (lambda inner: OUTER / GRE(proto=0x6558) / inner, "tunnel_gre"),
        (lambda inner: OUTER / GRE(key_present=1) / inner[IP], "tunnel_gre"),
        (lambda inner: IPv6(src="::1", dst="::2", nh=4) / inner[IP], "tunnel_ip_in_ip"),
    ],
)
def test_a_tunnel_is_counted_by_its_inside_and_its_outside_is_a_carrier(outer: object, note: str) -> None:
    inner = Ether(src=MAC_A, dst=MAC_B) / IP(src=A, dst=B) / TCP(sport=40000, dport=443, flags="S")
    frame = bytes(Ether() / outer(inner))  # type: ignore[operator]
    flows, tracker = track([frame])
    assert flows["carrier"].tolist() == [False, True]
    assert (flows[0]["a_lo"], flows[0]["b_port"], flows[0]["bytes_ab"]) == (0x0A000001, 443, len(frame))
    assert tracker.notes()[note] == 1
    assert tracker.notes().get("tunnel_erspan", 0) == note.startswith("tunnel_erspan")  # all types together
    assert tracker.in_flows() == 1
    assert matrix(flows)["packets"].tolist() == [1]  # the carrier is not counted twice


def test_a_tunnel_whose_inside_is_not_ip_is_counted_by_its_outside() -> None:
    frame = bytes(Ether() / IP(src=A, dst=B) / GRE(proto=0x6558) / Ether() / ARP(psrc="10.5.5.5", hwsrc=MAC_A))
    flows, tracker = track([frame])
    assert only(flows)["protocol"] == 47
    assert tracker.notes()["inner_not_decoded"] == 1
    assert len(tracker.bindings()) == 1


def test_nesting_is_bounded() -> None:
    packet: Packet = IP(src=A, dst=B) / UDP(sport=1, dport=2)
    for _ in range(9):
        packet = OUTER / packet
    flows, tracker = track([ether(packet)])
    assert flows[~flows["carrier"]]["protocol"].tolist() == [4]
    assert tracker.notes()["tunnel_too_deep"] == 1


def pieces() -> list[bytes]:
    packet = IP(src=A, dst=B, id=77) / UDP(sport=5000, dport=6000) / bytes(3000)
    return [ether(p) for p in fragment(packet, 1000)]


def test_later_fragments_have_the_ports_of_the_first_in_rows_of_their_own() -> None:
    flows, tracker = track(pieces())
    assert flows["later_fragment"].tolist() == [False, True]
    assert flows["b_port"].tolist() == [6000, 6000]
    assert flows["packets_ab"].tolist() == [1, 3]
    assert tracker.notes()["fragment_later"] == 3
    assert matrix(flows)["flows"].sum() == 1


def test_joined_fragments_are_one_flow() -> None:
    f = only(track(pieces(), config=TrackerConfig(flows=1 << 11, join_fragments=True))[0])
    assert (f["packets_ab"], f["fragments"]) == (4, 4)


def test_fragments_without_their_first_and_after_30_seconds_have_unknown_ports() -> None:
    f = only(track(pieces()[1:])[0])
    assert (f["ports_unknown"], f["a_port"], f["decision"]) == (True, 0, -1)
    late = track(pieces()[:2], ts=[SECOND, 32 * SECOND])[0]
    assert late["ports_unknown"].tolist() == [False, True]


def test_later_fragments_of_strangers_do_not_push_out_what_is_known() -> None:
    stranger = IP(src="10.7.7.7", dst=B, frag=100, proto=17) / bytes(64)
    flood = []
    for number in range(4000):
        stranger.id = number
        flood.append(ether(stranger))
    first, *rest = pieces()
    flows, _tracker = track([first, *flood, *rest], ts=[SECOND] * (len(flood) + 4))
    assert flows[flows["b_port"] == 6000]["packets_ab"].tolist() == [1, 3]


def test_a_copy_made_by_a_mirror_is_noted_and_only_dropped_on_demand() -> None:
    frame = tcp("PA", data=b"x" * 30, seq=9)
    other_ttl = bytearray(frame)
    other_ttl[22] -= 1  # routed between the two mirrored ports
    twice = [frame, bytes(other_ttl)]
    times = [SECOND, SECOND + 900_000]
    flows, tracker = track(twice, ts=times)
    assert (only(flows)["packets_ab"], flows[0]["duplicates"], tracker.notes()["duplicate"]) == (2, 1, 1)
    flows, tracker = track(twice, ts=times, config=TrackerConfig(flows=1 << 11, drop_duplicates=True))
    assert (only(flows)["packets_ab"], tracker.not_counted()) == (1, {"duplicate": 1})


@pytest.mark.parametrize(
    "frames",
    [
        [tcp("PA", data=b"x", seq=9), tcp("PA", data=b"x", seq=10)],
        [tcp("A", seq=9), tcp("A", seq=9, back=True)],
        [ether(IPv6(src="::1", dst="::2") / TCP(flags="A", seq=5))] * 2,  # nothing tells two acknowledgments apart
    ],
)
def test_what_is_no_copy_is_not_noted(frames: list[bytes]) -> None:
    assert "duplicate" not in track(frames, ts=[SECOND, SECOND + 1000])[1].notes()


def test_a_retransmission_is_no_copy() -> None:
    assert "duplicate" not in track([tcp("PA", data=b"x")] * 2, ts=[SECOND, SECOND + 5_000_000])[1].notes()


def syns(count: int) -> list[bytes]:
    base = bytearray(tcp("S"))
    out = []
    for i in range(count):
        base[26:30] = (0x0B000000 + i).to_bytes(4, "big")
        out.append(bytes(base))
    return out


def test_a_growing_table_holds_the_same_rows_in_the_same_order() -> None:
    frames = syns(9000)
    small, large = track(frames, config=TrackerConfig(flows=1)), track(frames, config=TrackerConfig(flows=1 << 14))
    assert len(small[0]) == 9000
    np.testing.assert_array_equal(small[0], large[0])
    assert small[0]["first_number"].tolist() == list(range(1, 9001))


def test_the_hash_seed_changes_nothing() -> None:
    frames = syns(3000)
    np.testing.assert_array_equal(track(frames)[0], track(frames, config=TrackerConfig(flows=1 << 11, seed=12345))[0])


def test_a_full_table_still_classifies_every_packet() -> None:
    flows, tracker = track(syns(3000), config=TrackerConfig(flows=1000, max_flows=2000))
    assert len(flows) == 2000
    assert tracker.not_counted() == {"table_full": 1000}
    assert tracker.notes()["not_tracked_flows"] == 1000
    assert tracker.untracked()[0, 0].tolist() == [1000, 1000 * len(syns(1)[0])]
    assert tracker.untracked_decisions().tolist() == [1000]


def test_idle_flows_leave_and_their_rows_are_used_again() -> None:
    tracker = Tracker(config=TrackerConfig(flows=1500, max_flows=1500))
    frames = syns(3000)
    tracker.feed(block_of(frames[:1500], ts=[SECOND] * 750 + [100 * SECOND] * 750))
    limits = (50 * SECOND, 50 * SECOND, 50 * SECOND)
    gone = tracker.sweep(101 * SECOND, 4096, limits)
    assert sorted(gone["first_number"].tolist()) == list(range(1, 751))
    assert len(tracker.flows()) == 750
    tracker.feed(block_of(frames[1500:2250], ts=[102 * SECOND] * 750, first_number=1501))
    tracker.feed(block_of(frames[750:1500], ts=[103 * SECOND] * 750, first_number=2251))
    flows = tracker.flows()
    assert len(flows) == 1500
    assert sorted((flows["packets_ab"] + flows["packets_ba"]).tolist()) == [1] * 750 + [2] * 750
    assert tracker.notes()["evicted"] == 750
    assert len(tracker.sweep(10_000 * SECOND, 4096, limits)) == 1500
    assert len(tracker.flows()) == 0


def test_a_closed_connection_leaves_sooner() -> None:
    tracker = Tracker(config=SMALL)
    tracker.feed(block_of([tcp("S"), tcp("R", back=True), tcp("S", sport=40001)], ts=[SECOND] * 3))
    assert tracker.sweep(20 * SECOND, 100, (300 * SECOND, 60 * SECOND, 5 * SECOND))["sport"].tolist() == [40000]


def test_bindings_of_arp_and_neighbour_discovery() -> None:
    frames = [
        ether(ARP(op=1, psrc=A, hwsrc=MAC_A, pdst=B)),
        ether(ARP(op=2, psrc=B, hwsrc=MAC_B, pdst=A, hwdst=MAC_A)),
        ether(ARP(op=1, psrc=A, hwsrc=MAC_A, pdst=B)),
        ether(ARP(op=1, psrc="0.0.0.0", hwsrc=MAC_A, pdst=B)),  # a probe
        ether(IPv6(src="fe80::1", dst="ff02::1") / ICMPv6ND_NA(tgt="fe80::1") / ICMPv6NDOptDstLLAddr(lladdr=MAC_B)),
    ]
    rows = track(frames)[1].bindings()
    assert [(int(r[1]), int(r[2]) & (1 << 48) - 1, int(r[2]) >> 61, int(r[7])) for r in rows] == [
        (0x0A000001, 0x02000000000A, 0, 2),
        (0x0A000001, 0x02000000000A, 2, 1),
        (0x0A000002, 0x02000000000B, 1, 1),
        (1, 0x02000000000B, 4, 1),
    ]
    assert int(rows[3][2]) >> 60 & 1 == 1


def test_the_table_of_bindings_is_bounded() -> None:
    frames = [ether(ARP(op=1, psrc=f"10.1.{i >> 8}.{i & 255}", hwsrc=MAC_A)) for i in range(300)]
    _flows, tracker = track(frames)
    assert len(tracker.bindings()) == 128
    assert tracker.notes()["bindings_full"] == 172


def test_extension_headers_are_stepped_over() -> None:
    frame = ether(IPv6(src="::1", dst="::2") / IPv6ExtHdrHopByHop() / TCP(sport=40000, dport=443, flags="S"))
    f = only(track([frame])[0])
    assert (f["protocol"], f["b_port"], f["next_header"]) == (6, 443, 0)
    ping = only(track([ether(IPv6(src="::1", dst="::2") / ICMPv6EchoRequest())])[0])
    assert (ping["icmp_type"], ping["evidence"]) == (128, 3)


def test_events_are_flows_whose_decision_is_watched() -> None:
    flows, tracker = track([tcp("S"), tcp("A"), tcp("S", sport=5)], tables=compile_tables(watch=[-1]))
    assert tracker.take_events().tolist() == [0, 1]
    assert tracker.take_events().tolist() == []
    assert tracker.rows(np.array([1]))["a_port"].tolist() == [5]
    assert len(flows) == 2


def test_duplicates_are_told_apart_by_where_they_were_mirrored() -> None:
    before, after = "02:00:00:00:00:77", "02:00:00:00:00:78"
    packet = IP(src=A, dst=B, ttl=64, id=7) / TCP(sport=40000, dport=443, flags="PA", seq=9) / b"payload"
    routed = IP(bytes(packet))
    routed.ttl, routed.chksum = 63, None
    frames = [bytes(Ether(src=MAC_A, dst=before) / packet), bytes(Ether(src=after, dst=MAC_B) / routed)]
    flows, tracker = track(frames, ts=[SECOND, SECOND + 1000])
    notes = tracker.notes()
    assert (notes["duplicate"], notes["duplicate_routed"], notes.get("duplicate_switch")) == (1, 1, None)
    flows, tracker = track(frames[:1] * 2, ts=[SECOND, SECOND + 1000])
    notes = tracker.notes()
    assert (notes["duplicate"], notes["duplicate_switch"], notes.get("duplicate_routed")) == (1, 1, None)
    assert only(flows)["duplicates"] == 1
