"""The ring on a veth pair: what is sent is what is decoded; tags, drops, faults of the interface."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator

import pytest
from scapy.all import IP, TCP, UDP, Dot1Q, Ether, Raw
from veth_pair import CAPTURE, SENDER, ip, make_pair, namespace, needs_veth, send, veth

from sensors.capture.ring import Ring, RingConfig
from sensors.kernels.block import Block
from sensors.kernels.tracker import Tracker, TrackerConfig

pytestmark = pytest.mark.kernel
SMALL = RingConfig(block=1 << 16, blocks=8, timeout_ms=5)
E = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")


@pytest.fixture
def pair() -> Iterator[None]:
    needs_veth()
    with veth():
        yield


@contextlib.contextmanager
def ring(config: RingConfig = SMALL, interface: str = CAPTURE) -> Iterator[Ring]:
    made = Ring(interface, config)
    made.open()
    try:
        yield made
    finally:
        made.close()


def read(made: Ring, frames: int, *, tries: int = 100) -> list[tuple[bytes, int, int, int]]:
    """(octets, wire, vlan, ts) of what arrives."""
    got: list[tuple[bytes, int, int, int]] = []
    for _ in range(tries):
        if made.wait(20):
            for block in made.blocks():
                got += [_row(block, i) for i in range(len(block))]
        if len(got) >= frames:
            break
    return got


def _row(block: Block, i: int) -> tuple[bytes, int, int, int]:
    return block.frame(i), int(block.wire[i]), int(block.vlan[i]), int(block.ts[i])


@pytest.mark.usefixtures("pair")
def test_frames_arrive_as_they_were_sent_and_in_order() -> None:
    frames = [bytes(E / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(dport=n) / Raw(bytes(n % 1400))) for n in range(1, 1500)]
    with ring() as made:
        got = []
        for start in range(0, len(frames), 100):
            send(frames[start : start + 100])
            got += read(made, 100)
        assert [g[0] for g in got] == frames
        assert all(g[1] == len(g[0]) and g[2] == -1 for g in got)
        times = [g[3] for g in got]
        assert times == sorted(times)
        assert times[0] > 1_600_000_000 * 10**9
        totals = made.statistics()
        assert (totals.received, totals.dropped, totals.malformed) == (len(frames), 0, 0)


@pytest.mark.usefixtures("pair")
def test_a_tag_is_restored_from_the_metadata_and_the_inner_one_stays() -> None:
    inner = IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2) / Raw(b"x" * 30)
    tagged, double = bytes(E / Dot1Q(vlan=20) / inner), bytes(E / Dot1Q(vlan=20) / Dot1Q(vlan=30) / inner)
    with ring() as made:
        send([tagged, double])
        tracker = Tracker(config=TrackerConfig(flows=1 << 10, bindings=64, fragments=64))
        rows: list[tuple[bytes, int, int, int]] = []
        for _ in range(100):
            made.wait(20)
            for block in made.blocks():
                rows += [_row(block, i) for i in range(len(block))]
                tracker.feed(block)
            if len(rows) == 2:
                break
    assert [r[1] for r in rows] == [len(tagged), len(double)]  # octets of the wire, the tag too
    assert rows[0][2] == 20
    assert rows[0][0] == bytes(E / inner)
    flow = tracker.flows()[0]
    assert (flow["vlan"], flow["packets_ab"] + flow["packets_ba"]) == (20, 2)
    notes = tracker.notes()
    assert (notes["vlan"], notes["qinq"]) == (2, 1)
    assert "cut_by_snaplen" not in notes


@pytest.mark.usefixtures("pair")
def test_what_the_ring_has_no_room_for_is_counted() -> None:
    frames = [bytes(E / IP() / UDP() / Raw(bytes(1000)))] * 3000
    with ring() as made:
        send(frames)
        got = read(made, 3000, tries=20)
        totals = made.statistics()
    assert totals.received == 3000
    assert totals.dropped == 3000 - len(got) > 0
    assert totals.freezes > 0


@pytest.mark.usefixtures("pair")
def test_own_frames_and_other_interfaces_stay_out() -> None:
    with ring() as made:
        send([bytes(E / IP() / UDP() / Raw(b"out"))], CAPTURE)
        make_pair("cap1", "snd1")
        send([bytes(E / IP() / UDP() / Raw(b"other"))], "snd1")
        send([bytes(E / IP() / UDP() / Raw(b"in"))])
        assert [g[0][-2:] for g in read(made, 1)] == [b"in"]


@pytest.mark.usefixtures("pair")
def test_an_interface_that_goes_down_comes_back() -> None:
    frame = bytes(E / IP() / UDP() / Raw(b"again"))
    with ring() as made:
        send([frame])
        assert len(read(made, 1)) == 1
        ip("link", "set", CAPTURE, "down")
        assert not made.wait(20)
        assert made.last_error == "ENETDOWN"
        assert made.present()
        ip("link", "set", CAPTURE, "up")
        ip("link", "set", SENDER, "up")
        send([frame])
        assert len(read(made, 1)) == 1


@pytest.mark.usefixtures("pair")
def test_an_interface_that_is_taken_away_is_opened_anew_with_its_totals() -> None:
    frame = bytes(E / IP() / UDP() / Raw(b"again"))
    made = Ring(CAPTURE, SMALL)
    made.open()
    send([frame])
    assert len(read(made, 1)) == 1
    ip("link", "del", CAPTURE)
    assert not made.present()
    made.close()
    with pytest.raises(OSError, match="no interface"):
        made.open()
    assert not made.wait(0)
    make_pair()
    made.open()
    send([frame])
    assert len(read(made, 1)) == 1
    assert made.statistics().received == 2
    made.close()


@pytest.mark.usefixtures("pair")
def test_two_rings_of_a_group_share_the_traffic_by_flow() -> None:
    there = [bytes(E / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=n, dport=9)) for n in range(1000, 1064)]
    back = [bytes(E / IP(src="10.0.0.2", dst="10.0.0.1") / UDP(sport=9, dport=n)) for n in range(1000, 1064)]
    flows = [*zip(there, back, strict=True)]
    with (
        ring(RingConfig(block=1 << 16, blocks=8, timeout_ms=5, fanout=7)) as one,
        ring(RingConfig(block=1 << 16, blocks=8, timeout_ms=5, fanout=7)) as two,
    ):
        send([f for flow in flows for f in flow])
        halves = [{g[0] for g in read(r, 1000, tries=10)} for r in (one, two)]
    assert len(halves[0]) + len(halves[1]) == 128
    assert all(halves)
    assert all((there in half) == (back in half) for half in halves for there, back in flows)


def test_an_interface_that_does_not_exist() -> None:
    needs_veth()
    with namespace(), pytest.raises(OSError, match="no interface"):
        Ring("none0").open()


@pytest.mark.usefixtures("pair")
def test_a_super_packet_of_segmentation_offload_arrives_whole_and_is_counted() -> None:
    size = 20_000
    frame = bytes(E / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=40000, dport=443, flags="PA") / Raw(bytes(size)))
    # struct virtio_net_hdr (linux/virtio_net.h): checksum still to be made, TCP over IPv4, 54 octets of headers, segments
    # of 1448 octets, the checksum from octet 34 on, 16 octets into it.
    header = struct.pack("=BBHHHH", 1, 1, 54, 1448, 34, 16)
    with ring(RingConfig(block=1 << 18, blocks=8, timeout_ms=5)) as made:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
            s.bind((SENDER, 0))
            s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR (linux/if_packet.h)
            s.send(header + frame)
        got = read(made, 1)
        assert sum(wire for _, wire, _, _ in got) >= len(frame)
        assert b"".join(octets for octets, *_ in got)[54 : 54 + 1000] == bytes(1000)
        assert made.statistics().gso == 1


@pytest.mark.usefixtures("pair")
def test_an_interface_under_another_name_is_no_longer_the_one_that_was_asked_for() -> None:
    with ring() as made:
        assert made.present()
        ip("link", "set", CAPTURE, "down")
        ip("link", "set", CAPTURE, "name", "other0")
        ip("link", "set", "other0", "up")
        assert not made.present()
        made.close()
        with pytest.raises(OSError, match="no interface with this name"):
            made.open()
        ip("link", "set", "other0", "down")
        ip("link", "set", "other0", "name", CAPTURE)
        ip("link", "set", CAPTURE, "up")
        made.open()
        frame = bytes(E / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(dport=7) / Raw(b"back"))
        got: list[tuple[bytes, int, int, int]] = []
        for _ in range(50):  # the sender's side has its carrier again a little later
            send([frame])
            if got := read(made, 1, tries=5):
                break
        assert got[0][0] == frame
