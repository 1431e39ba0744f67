"""α′: destinations of the local breakout by server name and DNS answer; what is hidden is counted, never approved (LG-14)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from segmentation.model.finding import Confidence, Finding
from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.reader import load
from sensors.kernels.tracker import TrackerConfig
from sensors.live import LiveConfig, LivePipeline
from sensors.watch.names import NameWatch
from tests.frame_blocks import block_of

CASE = Path(__file__).parents[3] / "cases" / "zonefiles" / "alpha_prime.toml"
CLIENT, CLOUD, RESOLVER = "10.20.16.21", "198.51.100.7", "10.20.10.53"
_FOREVER = 1 << 33


@cache
def judge() -> Judge:
    model = load(CASE).model
    assert model is not None
    return Judge.of(model, load_policy(model.profile, ()))


def hello(name: bytes, *, ech: bool = False) -> bytes:
    extensions = b""
    if name:
        extensions = b"\x00\x00" + (len(name) + 5).to_bytes(2, "big") + (len(name) + 3).to_bytes(2, "big") + b"\x00"
        extensions += len(name).to_bytes(2, "big") + name
    extensions += b"\xfe\x0d\x00\x02\x00\x00" if ech else b""
    body = b"\x03\x03" + bytes(32) + b"\x00\x00\x02\x13\x01\x01\x00" + len(extensions).to_bytes(2, "big") + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(handshake).to_bytes(2, "big") + handshake


def connection(payload: bytes, *, cut: int = 0) -> list[bytes]:
    """A connection to the cloud whose client sends *payload*, in two segments with *cut*."""
    parts = [payload[:cut], payload[cut:]] if cut else [payload]
    up, down = IP(src=CLIENT, dst=CLOUD), IP(src=CLOUD, dst=CLIENT)
    frames = [
        up / TCP(sport=40000, dport=443, flags="S", seq=9),
        down / TCP(sport=443, dport=40000, flags="SA", seq=99, ack=10),
    ]
    seq = 10
    for part in parts:
        frames.append(up / TCP(sport=40000, dport=443, flags="PA", seq=seq, ack=100) / part)
        seq += len(part)
    return [bytes(Ether() / f) for f in frames]


def answer(name: str) -> list[bytes]:
    question = DNSQR(qname=name)
    reply = DNS(id=1, qr=1, qd=question, an=DNSRR(rrname=name, type="A", rdata=CLOUD))
    return [
        bytes(Ether() / IP(src=CLIENT, dst=RESOLVER) / UDP(sport=5000, dport=53) / DNS(id=1, qd=question)),
        bytes(Ether() / IP(src=RESOLVER, dst=CLIENT) / UDP(sport=53, dport=5000) / reply),
    ]


def found(frames: list[bytes]) -> tuple[list[Finding], dict[str, int]]:
    watch = NameWatch(judge())
    config = LiveConfig(tracker=TrackerConfig(flows=1 << 12), idle_seconds=(_FOREVER,) * 4, groups=(0, 0), contain=False)
    live = LivePipeline(judge(), config=config, watchers=[watch])
    told = [f for stretch in live.drive([block_of(frames)]) for f in stretch.watched]
    return told, dict(watch.counters())


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        (b"tenant.cloud.example", []), (b"Tenant.Cloud.Example", []), (b"a.cdn.cloud.example", []),
        (b"other.cloud.example", ["LG-14"]), (b"evil-tenant.cloud.example", ["LG-14"]),
        (b"cdn.cloud.example.evil.jp", ["LG-14"]),
    ],
)  # fmt: skip
def test_only_approved_names_pass(name: bytes, rules: list[str]) -> None:
    told, counted = found(connection(hello(name)))
    assert [f.rule for f in told] == rules
    assert counted["names_seen"] == 1
    assert all(f.confidence is Confidence.CERTAIN for f in told)


def test_a_name_in_two_segments_is_put_together() -> None:
    told, _ = found(connection(hello(b"other.cloud.example"), cut=60))
    assert [f.rule for f in told] == ["LG-14"]


def test_a_hidden_name_is_counted_and_judged_by_the_dns_answer_before() -> None:
    told, counted = found(connection(hello(b"front.example", ech=True)))
    assert (told, counted["names_hidden_ech"]) == ([], 1)
    told, counted = found([*answer("other.cloud.example"), *connection(hello(b"front.example", ech=True))])
    assert [(f.rule, f.confidence) for f in told] == [("LG-14", Confidence.INFERRED)]
    told, _ = found([*answer("tenant.cloud.example"), *connection(hello(b"", ech=False))])
    assert told == []


def test_no_name_and_no_tls_are_counted() -> None:
    assert found(connection(hello(b"")))[1]["names_missing"] == 1
    assert found(connection(b"GET / HTTP/1.1\r\n\r\n"))[1]["names_not_captured"] == 1
