"""Syslog messages by RFC 5424 over TCP and TLS, and CEF lines."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from segmentation.model.finding import ClauseOrigin, ClauseRef, Finding, FlowState, Packet, Severity, Where, Witness
from segmentation.model.text import Text
from sensors.events.cef import line
from sensors.events.syslog import SyslogSender, framed, message

FINDING = Finding(
    rule="MN-18", severity=Severity.CRITICAL, message=Text("通信 | を\n検知 = 10.0.0.1]", "a | flow\n= seen]"), cause="c",
    where=Where(interface="span0", first_ns=1_700_000_000_123_456_789, last_ns=1_700_000_001_000_000_000),
    src_zone="mn", dst_zone='n"e]t\\', state=FlowState.REFUSED, count=3,
    clauses=(ClauseRef(origin=ClauseOrigin.POLICY, document="d", number="3.4(1)①"),),
    witness=Witness(packet=Packet(family=4, src=0x0A000001, dst=0xCB007109, protocol=6, sport=40000, dport=443)),
)  # fmt: skip
#: RFC 5424 6: the header, one structured data element, and a message.
SHAPE = re.compile(
    r'<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48}) - ([!-~]{1,32}) '
    r'\[([!-~]+@32473)((?: [!-~]+="(?:[^"\\\]]|\\["\\\]])*")*)\] \ufeff(.*)'
)  # fmt: skip


def test_the_message_has_the_form_of_the_standard() -> None:
    text = message(FINDING, kind="opened", host="sensor mn", at_ns=1_700_000_002_000_001_000, lang="ja")
    match = SHAPE.fullmatch(text)
    assert match is not None, text
    assert match.group(1) == "106"  # 13 * 8 + 2
    assert match.group(2) == "2023-11-14T22:13:22.000001Z"
    assert (match.group(3), match.group(5)) == ("sensormn", "MN-18")
    assert r'dst_zone="n\"e\]t\\"' in match.group(7)
    assert match.group(8) == "通信 | を 検知 = 10.0.0.1]"
    assert framed("あ") == b"3 \xe3\x81\x82"


def test_a_time_nobody_can_mean_is_the_nil_value() -> None:
    assert " - - sekisho " in message(FINDING, kind="opened", host="あ", at_ns=1 << 70, lang="en")


def _received(context: ssl.SSLContext | None, sender: SyslogSender, server: socket.socket, count: int) -> list[bytes]:
    got = bytearray()

    def serve() -> None:
        conn, _ = server.accept()
        with conn if context is None else context.wrap_socket(conn, server_side=True) as peer:
            while got.count(b"MN-18 [") < count and (data := peer.recv(65536)):
                got.extend(data)

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(count):
        sender.send(message(FINDING, kind="opened", host="h", at_ns=1, lang="en"))
    thread.join(10)
    sender.close()
    out = []
    while got:
        length, _, rest = bytes(got).partition(b" ")
        out.append(rest[: int(length)])
        got = bytearray(rest[int(length) :])
    return out


def test_messages_arrive_over_tcp_with_octet_counting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = SyslogSender("127.0.0.1", server.getsockname()[1])
        messages = _received(None, sender, server, 3)
    assert len(messages) == 3
    assert all(SHAPE.fullmatch(m.decode("utf-8")) for m in messages)
    assert (sender.sent, sender.lost) == (3, {})


def test_messages_arrive_over_tls_and_only_to_the_right_server(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "c",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    accepted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    accepted.load_cert_chain(tmp_path / "c", tmp_path / "k")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "c"))
    with socket.create_server(("localhost", 0)) as server:
        sender = SyslogSender("localhost", server.getsockname()[1], trusting)
        assert len(_received(accepted, sender, server, 2)) == 2
    with socket.create_server(("localhost", 0)) as server:  # a server that nobody vouches for hears nothing
        suspicious = SyslogSender("localhost", server.getsockname()[1], ssl.create_default_context(), retry_seconds=0.01)
        suspicious.send("x")

        def refused() -> None:
            conn, _ = server.accept()
            with conn, pytest.raises(ssl.SSLError):
                accepted.wrap_socket(conn, server_side=True)

        refused()
        suspicious.close(0.1)
    assert suspicious.sent == 0
    assert suspicious.lost == {"not_reached": 1}


def test_an_outage_loses_the_oldest_and_blocks_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    sender = SyslogSender("127.0.0.1", port, room=5, retry_seconds=60)
    for n in range(8):
        sender.send(str(n))
    assert sender.lost == {"queue_full": 3}
    sender.close(1)
    assert sender.lost == {"queue_full": 3, "not_reached": 5}


def test_cef_escapes_header_and_extension() -> None:
    text = line(FINDING, version="1|0", kind="opened", lang="ja")
    assert text.startswith(r"CEF:0|Sekisho|Sekisho|1\|0|MN-18|通信 \| を 検知 = 10.0.0.1]|10|rt=1700000001000 ")
    assert " src=10.0.0.1 dst=203.0.113.9 proto=TCP spt=40000 dpt=443" in text
    assert 'cs2=n"e]t\\\\ ' in text
    assert "\n" not in text
