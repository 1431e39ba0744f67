"""Ledger, view, coverage, channel and self-check by themselves."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.report.width import width
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.capture.ring import RingStatistics
from sensors.metrics import Health, InterfaceHealth, Snapshot
from sensors.service import selfcheck
from sensors.service.channel import Channel
from sensors.service.coverage import coverage, unseen_vlans
from sensors.service.ledger import Account, total
from sensors.service.messages import Report
from sensors.service.privileges import capabilities
from sensors.service.selfcheck import Standing
from sensors.service.view import screen


@pytest.fixture(scope="module")
def judge() -> Judge:
    model = load(default_path(), "zones.toml").model
    assert model is not None
    return Judge.of(model, load_policy(model.profile))


def report(packets: int) -> Report:
    return Report(
        now_ns=1, findings=(), matrix={("a", "b", "data", "permitted"): (packets, 10 * packets, 1)}, packets=packets,
        octets=10 * packets, not_counted={"arp": 1}, notes={"vlan": packets}, ring=RingStatistics(received=packets, dropped=2),
        ring_open=True, ring_error="", last_packet_ns=packets, vlans={7: packets}, spoke={"a": packets}, live=1, capacity=10,
        new=1, not_named=0,
    )  # fmt: skip


def test_totals_go_on_when_a_worker_begins_anew() -> None:
    one, two = Account("eth0", last=report(5)), Account("eth1", last=report(7))
    before = total([one, two])
    assert (before.packets, before.rings["eth0"].received, before.live) == (12, 5, 2)
    one.restarted()
    after = total([one, two])
    assert (after.packets, after.octets, after.notes, after.live) == (12, 120, {"vlan": 12}, 1)
    one.restarted()  # nothing was reported in between: nothing is counted twice
    assert total([one, two]).packets == 12
    one.last = report(1)
    last = total([one, two])
    assert (last.packets, last.rings["eth0"].dropped, last.matrix["a", "b", "data", "permitted"]) == (13, 4, (13, 130, 3))
    assert last.vlans == {"eth0": {7: 5}, "eth1": {7: 7}}


def test_messages_arrive_whole_and_in_order_and_an_end_is_noticed() -> None:
    ours, theirs = (Channel(s) for s in socket.socketpair())
    large = {"x": bytes(100_000)}
    assert ours.send([1])
    assert ours.send(large)
    got: list[object] = []
    while len(got) < 2:
        got += theirs.receive(1.0)
    assert got == [[1], large]
    ours.close()
    assert theirs.receive(1.0) == []
    assert theirs.closed
    assert not theirs.send([2])
    theirs.close()


def test_the_view_fits_the_terminal_in_both_languages(judge: Judge) -> None:
    zones = sorted(judge.model.zones)
    interfaces = (InterfaceHealth(interface="eth0", up=True, packets=500, bytes=10**6, dropped=3),)
    now = Snapshot(
        judge=judge, traffic={(a, b, "data", "permitted"): (9, 9, 9) for a in zones for b in zones}
        | {(zones[0], "", "attempted", "forbidden"): (1, 1, 1)},
        health=Health(interfaces=interfaces, flows_active=3, flows_capacity=10),
    )  # fmt: skip
    before = replace(now, health=Health(interfaces=(replace(interfaces[0], packets=100, bytes=0),)))
    for lang in ("ja", "en"):
        lines = screen(now, before, 2.0, [], 10**18, lang=lang, columns=60, rows=20)  # type: ignore[arg-type]
        assert len(lines) <= 20
        assert max(map(width, lines)) <= 60
        assert "200" in lines[1]
    assert any("FORBIDDEN" in line for line in lines[3:6])  # forbidden pairs come first


def test_coverage_and_unseen_vlans(judge: Judge) -> None:
    vlans = {v for z in judge.model.zones.values() for v in z.vlans}
    assert unseen_vlans(judge, {-1: 5}) == ()
    assert unseen_vlans(judge, {min(vlans): 5}) == tuple(sorted(vlans - {min(vlans)}))
    nothing = coverage(judge, {})
    assert set(nothing.values()) == {0.0}
    everything = coverage(judge, dict.fromkeys(judge.model.zones, 1))
    assert set(everything.values()) == {1.0}


def test_the_manifest_notices_a_changed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = tmp_path / "m.json"
    manifest.write_text(selfcheck.manifest_text())
    assert [s.standing for s in selfcheck.files(manifest)] == [Standing.VERIFIED]
    content = json.loads(manifest.read_text())
    content["files"]["sensors/live.py"] = "0" * 64
    manifest.write_text(json.dumps(content))
    (wrong,) = selfcheck.files(manifest)
    assert wrong.standing is Standing.FAILED
    assert "sensors/live.py" in wrong.text.en
    manifest.write_text("[]")
    assert [s.standing for s in selfcheck.files(manifest)] == [Standing.FAILED]
    monkeypatch.setattr(selfcheck, "digests", lambda: {"a": "b"})
    assert [s.standing for s in selfcheck.files(None)] == [Standing.UNKNOWN]


def test_capabilities_are_read_from_the_status() -> None:
    text = "Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t0000000000002000\nCapEff:\t0000000000002001\n"
    assert capabilities(text) == {"CapInh": 0, "CapPrm": 1 << 13, "CapEff": 1 << 13 | 1}
    found = {s.key: s.standing for s in selfcheck._process(text + "NoNewPrivs:\t1\nSeccomp:\t2\n")}
    assert found == {"capabilities": Standing.FAILED, "no_new_privileges": Standing.VERIFIED, "seccomp": Standing.VERIFIED}
