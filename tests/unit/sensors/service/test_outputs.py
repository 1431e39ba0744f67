"""Where incidents go besides the metrics: EVE with the sensor's own statistics, syslog, CEF; what detectors remember."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.text import Text
from sensors.events.journal import Journal
from sensors.events.syslog import SyslogSender
from sensors.incidents import Incident, Notice, NoticeKind
from sensors.metrics import Health, InterfaceHealth, Snapshot
from sensors.sensor_cli import _misread, _server
from sensors.service import memory
from sensors.service.outputs import CefOutput, EveOutput, Moment, SyslogOutput
from tests.watched_city import judge

S = 1_000_000_000


def moment(now: int, *kinds: NoticeKind) -> Moment:
    finding = Finding(
        rule="MN-18", severity=Severity.CRITICAL, message=Text("試行", "attempt"), where=Where(first_ns=S, last_ns=S),
        cause="c",
        src_zone="mn", dst_zone="net",
    )  # fmt: skip
    incident = Incident(finding=finding, opened_ns=S, last_ns=S, told_ns=S)
    health = Health(
        interfaces=(InterfaceHealth(interface="span0", packets=90, dropped=10),), started_ns=S, evidence_head="ab" * 32
    )  # fmt: skip
    return Moment(
        now_ns=now, findings=(finding,), notices=tuple(Notice(kind=k, incident=incident, at_ns=now) for k in kinds),
        snapshot=Snapshot(judge=judge(), health=health),
    )  # fmt: skip


def test_eve_has_the_incidents_and_every_hour_the_statistics_with_the_head_of_the_evidence(tmp_path: Path) -> None:
    out = EveOutput(Journal(tmp_path / "eve.json"), "ja", 540)
    for at in range(0, 2 * 3600, 60):
        out.take(moment((at + 4000) * S, *([NoticeKind.OPENED] if at == 600 else [])))
    out.take(moment(7300 * S + 4000 * S, NoticeKind.CLOSED))
    out.close()
    events = [json.loads(line) for line in (tmp_path / "eve.json").read_text("utf-8").splitlines()]
    assert [e["event_type"] for e in events] == ["stats", "alert", "stats", "stats"]
    assert events[0]["stats"]["capture"] == {"kernel_packets": 100, "kernel_drops": 10}
    assert events[0]["stats"]["sekisho"]["evidence_head"] == "ab" * 32
    assert out.written == 4


def test_syslog_and_cef_tell_the_end_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        syslog = SyslogOutput(SyslogSender("127.0.0.1", server.getsockname()[1]), "sensor-mn", "ja")
        syslog.take(moment(5 * S, NoticeKind.OPENED, NoticeKind.CLOSED))
        peer, _ = server.accept()
        with peer:
            peer.settimeout(10)
            got = b""
            while got.count(b" MN-18 [") < 2:
                got += peer.recv(65536)
        syslog.close()
    assert b'kind="opened"' in got
    assert b'kind="closed"' in got
    assert (syslog.written, dict(syslog.lost)) == (2, {})
    cef = CefOutput(Journal(tmp_path / "out.cef"), "1.0", "en")
    cef.take(moment(5 * S, NoticeKind.OPENED, NoticeKind.CLOSED))
    cef.close()
    assert [line.split("|")[5] for line in (tmp_path / "out.cef").read_text().splitlines()] == ["attempt", "attempt"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("log.example", ("log.example", 601)), ("log:99", ("log", 99)), ("[2001:db8::1]:7", ("2001:db8::1", 7)),
     ("2001:db8::1", ("2001:db8::1", 601)), ("[2001:db8::1]", ("2001:db8::1", 601)), ("log:0", None), ("log:x", None),
     (":5", None), ("", None)],
)  # fmt: skip
def test_addresses_of_log_servers(value: str, expected: tuple[str, int] | None) -> None:
    assert _server(value, 601) == expected
    assert (_misread(None, value) is None) == (expected is not None)


def test_memories_survive_and_damage_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    assert memory.read(path) == {}
    assert memory.write(path, {"span0/0": '{"movements": {}}'}) == ""
    assert memory.read(path) == {"span0/0": '{"movements": {}}'}
    assert not path.with_name("memory.json.part").exists()
    for damage in (b"{", b"[]", b'{"a": 1}', b"[" * 100_000, b"\xff"):
        path.write_bytes(damage)
        assert memory.read(path) == {}


def test_a_memory_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "memory.json"
    memory.write(path, {"a": "old"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space" in memory.write(path, {"a": "new"})
    assert memory.read(path) == {"a": "old"}
