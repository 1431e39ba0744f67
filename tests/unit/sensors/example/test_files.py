"""Capture files beside scapy's reader, in every byte order and resolution."""

from __future__ import annotations

import io

import pytest
from scapy.utils import RawPcapNgReader, RawPcapReader

from sensors.example.files import Frame, pcap, pcapng

FRAMES = [Frame(1_787_000_000_123_456_789, bytes(range(60))), Frame(1_787_000_001_000_000_001, b"\1" * 61, 1)]


@pytest.mark.parametrize("nano", [False, True])
@pytest.mark.parametrize("big", [False, True])
def test_pcap(nano: bool, big: bool) -> None:
    read = list(RawPcapReader(io.BytesIO(pcap(FRAMES, nano=nano, big=big))))
    unit = 1 if nano else 1000
    assert [data for data, _ in read] == [f.data for f in FRAMES]
    assert [m.sec * 1_000_000_000 + m.usec * unit for _, m in read] == [f.at // unit * unit for f in FRAMES]
    assert [m.wirelen for _, m in read] == [60, 61]


@pytest.mark.parametrize("big", [False, True])
def test_pcapng(big: bool) -> None:
    read = list(RawPcapNgReader(io.BytesIO(pcapng(FRAMES, [("a", 9), ("b", 6)], big=big))))
    assert [data for data, _ in read] == [f.data for f in FRAMES]
    ticks = [m.tshigh << 32 | m.tslow for _, m in read]
    assert ticks == [FRAMES[0].at, FRAMES[1].at // 1000]
    assert [m.tsresol for _, m in read] == [10**9, 10**6]
