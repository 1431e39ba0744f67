from __future__ import annotations

import dataclasses
import datetime as dt
import io
import struct
import subprocess
import sys
from typing import Any

import pytest
from scapy.layers import inet, inet6, l2
from scapy.utils import RawPcapReader

from segmentation.model.addresses import Address, Mac
from segmentation.model.finding import Finding, Packet, Severity, Where, Witness
from segmentation.model.text import Text
from segmentation.report.witness import packet_line, packet_words
from segmentation.report.witness_capture import ip_packet, witness_capture

A4, B4 = Address.parse("10.0.0.1").value, Address.parse("10.0.0.2").value
A6, B6 = Address.parse("2001:db8::1").value, Address.parse("2001:db8::2").value
V4 = Packet(family=4, src=A4, dst=B4, protocol=6, sport=1024, dport=80)
V6 = Packet(family=6, src=A6, dst=B6, protocol=17, sport=5, dport=53)
DAY = dt.date(2026, 11, 20)


def _finding(packet: Packet) -> Finding:
    return Finding(
        rule="MN-01", severity=Severity.HIGH, message=Text("", ""), where=Where(), cause="", witness=Witness(packet=packet)
    )


@pytest.mark.parametrize(
    ("packet", "line"),
    [
        (V4, "tcp 10.0.0.1:1024 → 10.0.0.2:80"),
        (V6, "udp [2001:db8::1]:5 → [2001:db8::2]:53"),
        (dataclasses.replace(V4, protocol=47), "gre 10.0.0.1 → 10.0.0.2"),
        (dataclasses.replace(V4, protocol=253), "proto/253 10.0.0.1 → 10.0.0.2"),
        (dataclasses.replace(V4, protocol=1, sport=8, dport=0), "icmp 10.0.0.1 → 10.0.0.2"),
    ],
)
def test_both_ends_in_words(packet: Packet, line: str) -> None:
    assert packet_line(packet) == line


def test_what_made_it_pass_in_words() -> None:
    icmp = dataclasses.replace(V4, protocol=1, sport=8, dport=0, ct_state="untracked", out_interface="eth1")
    assert packet_words(icmp) == Text(
        "icmp 10.0.0.1 → 10.0.0.2（タイプ 8、コード 0）（追跡対象外、送信 eth1）",
        "icmp 10.0.0.1 → 10.0.0.2 (type 8, code 0) (untracked, out eth1)",
    )
    v6 = dataclasses.replace(V6, ct_state="", translated=(Address.parse("2001:db8::9").value, 5353))
    assert packet_words(v6).en.endswith(" (after destination NAT [2001:db8::9]:5353)")


def test_the_capture_is_bare_ip_without_macs_and_dated_by_the_day() -> None:
    data = witness_capture([_finding(V4), _finding(V6), dataclasses.replace(_finding(V4), witness=None)], DAY)
    assert struct.unpack_from("<I", data, 20) == (101,)
    assert struct.unpack_from("<II", data, 24) == (1_795_132_800, 0)
    assert data == witness_capture([_finding(V4), _finding(V6)], DAY)


def test_wireshark_and_scapy_read_back_what_was_meant() -> None:
    mac = dataclasses.replace(V4, src_mac=Mac.parse("00:00:5e:00:53:0b"), tcp_flags=2)
    stream: Any = io.BytesIO(witness_capture([_finding(mac), _finding(V6)], DAY))
    frames = [data for data, _ in RawPcapReader(stream)]
    first, second = map(l2.Ether, frames)
    assert first.src == "00:00:5e:00:53:0b"
    assert (first[inet.IP].src, first[inet.TCP].dport, int(first[inet.TCP].flags)) == ("10.0.0.1", 80, 2)
    assert second.src == "00:00:00:00:00:00"
    assert (second[inet6.IPv6].dst, second[inet.UDP].sport) == ("2001:db8::2", 5)


@pytest.mark.parametrize("protocol", range(256))
@pytest.mark.parametrize("template", [V4, V6])
def test_every_protocol_gives_a_packet_of_that_protocol(protocol: int, template: Packet) -> None:
    data = ip_packet(dataclasses.replace(template, protocol=protocol, sport=8, dport=0))
    if template.family == 4:
        assert data[9] == protocol
        assert struct.unpack_from("!H", data, 2) == (len(data),)
    else:
        assert data[6] == protocol
        assert struct.unpack_from("!H", data, 4) == (len(data) - 40,)
    if protocol in (6, 17, 132):
        assert struct.unpack_from("!HH", data, 20 if template.family == 4 else 40) == (8, 0)


def test_scapy_is_loaded_for_captures_only() -> None:
    program = (
        "import sys\nimport segmentation.report.witness_capture, segmentation.report.text, segmentation.report.sarif\n"
        "sys.exit('scapy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
