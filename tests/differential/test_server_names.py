"""Server names of TLS and QUIC beside tshark's, over real captures."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sensors.capture.reader import open_capture
from sensors.kernels.tracker import TrackerConfig
from sensors.live import LiveConfig, LivePipeline
from sensors.watch.hello import Hello, Told, client_hello, quic_crypto, tls_hello
from sensors.watch.names import NameWatch
from tests.shared_data import needs_shared
from tests.watched_city import judge

_FOREVER = 1 << 33
#: Captures in which somebody speaks TLS or QUIC on a port where the detector looks (TCP anywhere, UDP 443).
NAMES = (
    "arkime__quic24-wireshark.pcap", "arkime__quic33-wireshark.pcap", "arkime__quic34.pcap", "arkime__quic43.pcap",
    "arkime__quicietf.pcap", "arkime__quicietfooo.pcap", "arkime__socks-https-example.pcap", "arkime__socks4-https.pcap",
    "arkime__tls-alpn-h2.pcap", "arkime__tls-client-sessionid.pcap", "arkime__tls-split-client-hello.pcap",
    "arkime__tls13.pcap", "pcpp__PacketppTest_PacketExamples_SSL-ClientHello1.pcap",
    "pcpp__PacketppTest_PacketExamples_tls1_3.pcap", "pcpp__PacketppTest_PacketExamples_tls_grease.pcap",
    "zeek__dns-https.pcap", "zeek__quic_chromium-115.0.5790.110-api-cirrus-com.pcap",
    "zeek__quic_chromium-115.0.5790.110-google-de-fragmented.pcap", "zeek__quic_curl-8.1.2-dev-http3-www-google-de.pcap",
    "zeek__quic_firefox-102.13.0esr-blog-cloudflare-com.pcap", "zeek__quic_interop_quic-go_quic-go_handshake.pcap",
    "zeek__quic_interop_quic-go_quic-go_zerortt.pcap", "zeek__quic_quic-39264-rand.pcap",
    "zeek__quic_quic-multiple-initial-fragmented-crypto.pcap", "zeek__quic_quic_win11_firefox_google.pcap",
    "zeek__quic_quicv2-echo-443.pcap", "zeek__quic_quicv2-http3-443.pcap", "zeek__tls_chrome-1250-tls-x25519-kyber.pcap",
)  # fmt: skip
#: Where we tell no name though tshark shows one, and why.
EXPLAINED: dict[str, str] = {
    "arkime__socks-https-example.pcap": "the connection is to a SOCKS proxy: what is negotiated inside is not its beginning",
    "zeek__quic_interop_quic-go_quic-go_handshake.pcap": "server4:443 is no host name (RFC 6066 3: no port)",
    "zeek__quic_interop_quic-go_quic-go_zerortt.pcap": "server4:443 is no host name (RFC 6066 3: no port)",
}


class Recorder(NameWatch):
    """Keeps what the beginnings of all connections tell."""

    def reload(self, judge: object) -> None:
        super().reload(judge)  # type: ignore[arg-type]
        self._named, self._has_named = np.ones_like(self._named), True
        self.heard: list[Hello] = []

    def _named_flow(self, hello: Hello, flow: np.void) -> None:
        self.heard.append(hello)


def heard(path: Path) -> list[Hello]:
    watch = Recorder(judge())
    config = LiveConfig(tracker=TrackerConfig(flows=1 << 12), idle_seconds=(_FOREVER,) * 4, groups=(0, 0), contain=False)
    live = LivePipeline(judge(), config=config, watchers=[watch])
    for _ in live.drive(open_capture(path)):
        pass
    return watch.heard


@pytest.mark.parametrize("name", NAMES)
def test_names_are_those_tshark_sees(name: str) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    path = needs_shared("data", "pcaps", "captures", name)
    done = subprocess.run(
        ["tshark", "-r", path, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y",
         "tls.handshake.type == 1 && (tcp || udp.dstport == 443)", "-T", "fields",
         "-e", "tls.handshake.extensions_server_name"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    theirs = {n.rstrip(".").lower() for line in done.stdout.splitlines() for n in line.split(",") if n}
    ours = {h.name for h in heard(path) if h.name}
    assert ours == (set() if name in EXPLAINED else theirs)


def _hello(name: bytes, *, extra: bytes = b"") -> bytes:
    server_name = b"\x00\x00" + (len(name) + 5).to_bytes(2, "big") + (len(name) + 3).to_bytes(2, "big") + b"\x00"
    extensions = server_name + len(name).to_bytes(2, "big") + name + extra
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
    body += len(extensions).to_bytes(2, "big") + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def _record(handshake: bytes) -> bytes:
    return b"\x16\x03\x01" + len(handshake).to_bytes(2, "big") + handshake


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (_record(_hello(b"Portal.Example.JP.")), Hello(Told.NAME, "portal.example.jp")),
        (_record(_hello(b"")), Hello(Told.NO_NAME)),
        (_record(_hello(b"\xe3\x81\x82.jp")), Hello(Told.NO_NAME)),
        (_record(_hello(b"a b.example")), Hello(Told.NO_NAME)),
        (_record(_hello(b"front.example", extra=b"\xfe\x0d\x00\x02\x00\x00")), Hello(Told.ECH, "front.example")),
        (_record(_hello(b"a.example")[:50]) + _record(_hello(b"a.example")[50:]), Hello(Told.NAME, "a.example")),
        (_record(_hello(b"a.example"))[:60], Hello(Told.MORE)),
        (b"\x16", Hello(Told.MORE)),
        (b"GET / HTTP/1.1\r\n", Hello(Told.OTHER)),
        (b"", Hello(Told.OTHER)),
        (_record(b"\x02" + bytes(40)), Hello(Told.OTHER)),
    ],
)
def test_what_a_client_hello_tells(octets: bytes, expected: Hello) -> None:
    assert tls_hello(octets) == expected


def test_rubbish_tells_nothing_and_raises_nothing() -> None:
    rng = random.Random(7)
    whole = _record(_hello(b"a.example"))
    for _ in range(3000):
        octets = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            octets[rng.randrange(len(octets))] = rng.randrange(256)
        tls_hello(bytes(octets[: rng.randrange(len(octets) + 1)]))
        client_hello(rng.randbytes(rng.randrange(200)))
        datagram = bytearray(rng.randbytes(rng.randrange(1300)))
        if len(datagram) > 5:
            datagram[:5] = b"\xc0\x00\x00\x00\x01"
        quic_crypto(bytes(datagram))
