"""Slices around a violation: which frames, in a file that other programs read."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.utils import PcapNgReader

from segmentation.model.finding import Finding, FlowState, Packet, Severity, Where, Witness
from segmentation.model.text import Text
from sensors.evidence.collector import CollectorConfig, EvidenceCollector
from sensors.evidence.store import EvidenceStore
from sensors.evidence.verify import verify
from sensors.incidents import Incident, Notice, NoticeKind
from sensors.kernels.block import Block

S = 1_000_000_000
NONE = np.empty(0, np.int64)
VIOLATION = Ether() / IP(src="10.10.11.30", dst="203.0.113.9") / TCP(dport=443)
CONTEXT = Ether() / ARP(op=1, psrc="10.10.11.30", pdst="10.10.11.1")
OTHER = Ether() / IP(src="10.30.0.1", dst="10.30.0.2") / TCP()


def block(frames: list[bytes], at: int, vlan: int = -1) -> Block:
    lengths = np.array([len(f) for f in frames], np.int64)
    n = len(frames)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int64)
    return Block(
        buffer=np.frombuffer(b"".join(frames), np.uint8), offsets=starts,
        captured=lengths, wire=lengths, ts=at + np.arange(n), link=np.ones(n, np.int32), interface=np.zeros(n, np.int32),
        vlan=np.full(n, vlan, np.int32), first_number=1,
    )  # fmt: skip


def notice(kind: NoticeKind = NoticeKind.OPENED, cause: str = "c", src: int = 0x0A0A0B1E) -> Notice:
    finding = Finding(
        rule="MN-18", severity=Severity.CRITICAL, message=Text("あ", "a"), where=Where(interface="span0"), cause=cause,
        state=FlowState.REFUSED, src_zone="mn", dst_zone="net",
        witness=Witness(packet=Packet(family=4, src=src, dst=0xCB007109, protocol=6, dport=443)),
    )  # fmt: skip
    return Notice(kind=kind, incident=Incident(finding=finding, opened_ns=0, last_ns=0, told_ns=0), at_ns=0)


def collector(folder: Path, config: CollectorConfig | None = None) -> EvidenceCollector:
    store = EvidenceStore(folder)
    store.open()
    return EvidenceCollector(store, "Sekisho", config or CollectorConfig())


def slices(folder: Path) -> list[list[Ether]]:
    out = []
    for path in sorted((folder / "slices").iterdir()):
        with PcapNgReader(str(path)) as reader:
            out.append([*reader])
    return out


def test_a_slice_shows_what_the_host_did_before_and_the_violation_and_then_what_came_after(tmp_path: Path) -> None:
    made = collector(tmp_path)
    made.see(block([bytes(OTHER), bytes(CONTEXT), bytes(VIOLATION), bytes(OTHER)], S), np.array([2]))
    made.collect([notice()], 2 * S)
    made.see(block([bytes(CONTEXT), bytes(OTHER)], 5 * S), NONE)
    made.collect([], 13 * S)
    at, after = slices(tmp_path)
    assert [p.summary() for p in at] == [CONTEXT.summary(), VIOLATION.summary()]
    assert [p.summary() for p in after] == [CONTEXT.summary()]
    assert at[0].comment == b"MN-18 " + notice().incident.finding.fingerprint.encode()
    assert float(at[1].time) == pytest.approx(1.000000002, abs=1e-8)
    assert verify(tmp_path).problems == ()


def test_the_violation_survives_a_flood_that_pushes_everything_else_out(tmp_path: Path) -> None:
    made = collector(tmp_path, CollectorConfig(room=4096))
    made.see(block([bytes(CONTEXT), bytes(VIOLATION)], S), np.array([1]))
    for n in range(100):
        made.see(block([bytes(OTHER)] * 20, 2 * S + n), NONE)
    made.collect([notice()], 3 * S)
    assert [[p.summary() for p in s] for s in slices(tmp_path)] == [[VIOLATION.summary()]]


def test_the_tag_that_the_card_took_out_stands_in_the_file_again(tmp_path: Path) -> None:
    made = collector(tmp_path)
    made.see(block([bytes(VIOLATION)], S, vlan=111), np.array([0]))
    made.collect([notice()], 2 * S)
    ((frame,),) = slices(tmp_path)
    assert frame["Dot1Q"].vlan == 111
    assert frame["IP"].dst == "203.0.113.9"


def test_frames_are_cut_and_their_wire_length_kept_and_tshark_agrees(tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    made = collector(tmp_path, CollectorConfig(snap=60))
    made.see(block([bytes(VIOLATION / (b"x" * 1000))], S), np.array([0]))
    made.collect([notice()], 2 * S)
    (path,) = (tmp_path / "slices").iterdir()
    done = subprocess.run(
        ["tshark", "-r", path, "-T", "fields", "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.comment",
         "-e", "frame.interface_name", "-e", "ip.dst"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["1054", "60", "MN-18", notice().incident.finding.fingerprint, "span0", "203.0.113.9"]


def test_a_storm_of_incidents_cannot_fill_the_disk(tmp_path: Path) -> None:
    made = collector(tmp_path, CollectorConfig(slices_per_minute=5))
    made.see(block([bytes(VIOLATION)], S), np.array([0]))
    made.collect([notice(cause=str(n)) for n in range(50)], 2 * S)
    assert len(slices(tmp_path)) == 5
    assert made.skipped == {"too_many": 45}


def test_an_incident_whose_packets_nobody_has_is_counted(tmp_path: Path) -> None:
    made = collector(tmp_path)
    made.collect([notice(), notice(NoticeKind.REMINDED)], S)
    assert made.skipped == {"no_packet": 1}
    unnamed = replace(notice().incident, finding=replace(notice().incident.finding, witness=None))
    made.collect([Notice(kind=NoticeKind.OPENED, incident=unnamed, at_ns=S)], S)
    assert made.skipped == {"no_packet": 2}
