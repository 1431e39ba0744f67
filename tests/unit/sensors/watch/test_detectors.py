"""Each detector finds what it is for, says nothing about its clean twin, and stays within its room."""

from __future__ import annotations

import itertools

import pytest

from segmentation.model.addresses import Address, Mac
from segmentation.model.finding import Confidence, Severity
from sensors.example import frames as f
from sensors.example import speech
from sensors.suite import detectors
from sensors.watch.clocks import ClockWatch
from sensors.watch.conduits import ConduitWatch
from sensors.watch.egress import EgressWatch
from sensors.watch.infrastructure import InfrastructureWatch
from sensors.watch.mail import MailWatch
from sensors.watch.movements import MovementWatch
from sensors.watch.names import NameWatch
from sensors.watch.newcomers import NewcomerWatch
from sensors.watch.registered import RegisteredWatch
from sensors.watch.sweeps import SweepWatch
from tests.watched_city import DAY, MINUTE, SECOND, T0, judge, model, told, watched, wire

STRANGER = Mac.parse("00:00:5e:00:53:99")
GLOBAL = Address(4, 0xCB007109)  # 203.0.113.9, RFC 5737


def nth(address: Address, n: int) -> Address:
    return Address(address.family, address.value + n)


def test_a_sweep_is_one_cause_however_many_packets_it_has() -> None:
    w = wire()
    src = w.city.in_zone("lg-term")[40]
    servers = w.city.in_zone("lg-srv")[0]
    for n in range(120):
        w.refused(T0 + n * SECOND // 10, src, nth(servers, n % 60), 445 + n // 60)
    found = watched(w, SweepWatch(judge()))
    assert {x[0] for x in told(found)} == {"NC-22"}
    assert len({x.fingerprint for x in found}) == 1
    assert found[0].src_zone == "lg-term"
    assert str(src) in found[0].message.ja


def test_the_same_number_of_attempts_over_an_hour_or_to_few_targets_is_no_sweep() -> None:
    w = wire()
    src, servers = w.city.in_zone("lg-term")[40], w.city.in_zone("lg-srv")[0]
    for n in range(120):
        w.refused(T0 + n * 30 * SECOND, src, nth(servers, n % 60), 445)
        w.refused(T0 + n * SECOND // 10, w.city.in_zone("lg-term")[41], nth(servers, n % 20), 445)
    assert watched(w, SweepWatch(judge())) == []


def test_many_log_ins_within_a_minute_are_a_brute_force() -> None:
    w = wire()
    src, dst = w.city.in_zone("lg-term")[40], w.city.in_zone("lg-srv")[0]
    for n in range(40):
        w.session(T0 + n * SECOND, src, dst, 22, speech.ssh(300, 300, n))
    for n in range(20):
        w.session(T0 + n * SECOND, w.city.in_zone("lg-term")[41], dst, 22, speech.ssh(300, 300, n))
    found = watched(w, SweepWatch(judge()))
    assert {x[0] for x in told(found)} == {"NC-22"}
    assert len({x.fingerprint for x in found}) == 1
    assert dict(found[0].detail)["src"] == str(src)


def test_a_flood_is_counted_by_its_target_even_from_many_sources() -> None:
    w = wire()
    target = w.city.host("in-dns")
    for n in range(600):
        src = nth(w.city.in_zone("in-term")[0], n % 200)
        w.packet(T0 + n * 1_000_000, src, target, 6, f.tcp(src, target, (2000 + n, 80), f.SYN, n, 0))
    assert told(watched(w, SweepWatch(judge(flood_attempts_per_second=300)))) != []
    assert {x[0] for x in told(watched(w, SweepWatch(judge(flood_attempts_per_second=300))))} == {"NC-31"}
    assert watched(w, SweepWatch(judge())) == []


@pytest.mark.parametrize(("days", "expected"), [(6, []), (8, ["C07"]), (9, ["C07"])])
def test_a_must_flow_that_stopped(days: int, expected: list[str]) -> None:
    w = wire()
    src, dst = w.city.host("mn-update"), Address(4, 0x0AD2063C)
    w.session(T0, src, dst, 443, speech.tls("update.lgwan.jp", 300, 900, 1))
    w.session(T0, w.city.host("lg-update"), dst, 443, speech.tls("update.lgwan.jp", 300, 900, 1))
    w.session(T0 + 5 * DAY, w.city.host("lg-update"), dst, 443, speech.tls("update.lgwan.jp", 300, 900, 1))
    found = watched(w, ConduitWatch(judge()), until=T0 + days * DAY)
    assert [x.conduit for x in found if x.rule == "MN-15"] == expected


def test_time_in_which_the_sensor_was_off_is_no_silence() -> None:
    before = ConduitWatch(judge())
    w = wire()
    w.session(T0, w.city.host("mn-update"), Address(4, 0x0AD2063C), 443, speech.tls("u.lgwan.jp", 300, 900, 1))
    watched(w, before, until=T0 + 5 * DAY)
    memory = before.memory()
    after = ConduitWatch(judge())
    after.recall(memory)
    assert [*after.tick(T0 + 60 * DAY)] == []  # five days of silence watched, not sixty
    assert {x.conduit for x in after.tick(T0 + 62 * DAY + MINUTE)} >= {"C07"}


def test_a_session_that_outlasts_its_window_and_one_that_does_not() -> None:
    for minutes, expected in ((30, []), (90, ["NC-19"])):
        w = wire()
        # Wednesday 16:00 in Japan; the window of the maintenance conduit ends at 17:00.
        at = T0 + DAY + 6 * 60 * MINUTE
        client, server = Address(4, 0xAC105A05), w.city.host("jump")
        end = w.session(at, client, server, 3389, speech.desktop(1), close=False, client_port=50_000)
        ports = (50_000, 3389)
        for n in range(1, minutes // 5 + 1):
            w.packet(at + n * 5 * MINUTE, client, server, 6, f.tcp(client, server, ports, f.ACK, 1, 1, b"x" * 50))
        found = watched(w, ConduitWatch(judge()))
        assert end > at
        assert [x.rule for x in found if x.rule == "NC-19"] == expected


def test_a_long_session_of_an_administrator() -> None:
    w = wire()
    client, server = w.city.host("jump"), w.city.host("l3sw-mgmt")
    for hours, port in ((9, 22), (2, 22), (9, 443)):
        at, client_port = T0, 40_000 + hours + port
        w.session(at, client, server, port, speech.ssh(400, 400, 1), close=False, client_port=client_port)
        w.packet(at + hours * 60 * MINUTE, client, server, 6, f.tcp(client, server, (client_port, port), f.ACK, 9, 9, b"y"))
    assert [x.rule for x in watched(w, ConduitWatch(judge()))] == ["NC-20"]


def test_a_device_in_two_layers_and_one_that_returns() -> None:
    w = wire()
    laptop = Mac.parse("00:00:5e:00:53:77")
    mine, theirs = w.city.in_zone("mn-term")[30], w.city.in_zone("in-term")[30]
    w.impostors[mine] = laptop
    w.session(T0, mine, w.city.host("jukyo"), 443, speech.tls("a", 300, 300, 1))
    w.impostors[theirs] = laptop
    w.session(T0 + DAY, theirs, w.city.host("in-dns"), 53, speech.plain(50, 50, 1))
    found = watched(w, MovementWatch(judge()))
    assert told(found) == [("NC-12", "mn", "in")]
    assert found[0].severity is Severity.CRITICAL
    w = wire()
    w.session(T0, mine, w.city.host("jukyo"), 443, speech.tls("a", 300, 300, 1))
    w.session(T0 + 100 * DAY, mine, w.city.host("jukyo"), 443, speech.tls("a", 300, 300, 1))
    assert {x[0] for x in told(watched(w, MovementWatch(judge())))} == {"NC-26"}
    assert watched(w, MovementWatch(judge(returning_device_days=200))) == []


def _dhcp(kind: int) -> bytes:
    return bytes([2, 1, 6, 0]) + bytes(232) + b"\x63\x82\x53\x63" + bytes([0, 12, 2, 65, 66, 53, 1, kind, 255])


def test_a_dhcp_server_that_nobody_registered() -> None:
    w = wire()
    vlan = w.city.vlan(w.city.in_zone("lg-term")[0])
    rogue = w.city.in_zone("lg-term")[50]
    for kind, mac in ((2, STRANGER), (2, w.city.gateway(vlan)), (1, STRANGER)):
        body = f.udp(rogue, Address(4, 0xFFFFFFFF), (67, 68), _dhcp(kind))
        packet = f.ip(rogue, Address(4, 0xFFFFFFFF), 17, body, ident=1, ttl=64)
        w.frame(T0, mac, Mac(0xFFFFFFFFFFFF), f.IPV4, packet, vlan)
    found = watched(w, InfrastructureWatch(judge()))
    assert [(x.rule, dict(x.detail)["mac"]) for x in found] == [("NC-14", str(STRANGER))]


@pytest.mark.parametrize("octets", [b"", b"\x02", _dhcp(2)[:238], _dhcp(2)[:-4] + b"\x35", bytes(600)])
def test_dhcp_that_cannot_be_read_is_counted(octets: bytes) -> None:
    w = wire()
    host = w.city.in_zone("lg-term")[50]
    body = f.udp(host, Address(4, 0xFFFFFFFF), (67, 68), octets)
    w.frame(T0, STRANGER, Mac(0xFFFFFFFFFFFF), f.IPV4, f.ip(host, Address(4, 0xFFFFFFFF), 17, body, ident=1, ttl=64), 211)
    watch = InfrastructureWatch(judge())
    assert watched(w, watch) == []
    assert watch.counters().get("dhcp_not_readable", 0) + (not octets) >= 1


def test_a_router_advertisement_from_nobody_and_from_the_router() -> None:
    w = wire()
    host = w.city.in_zone("mn-term")[0]
    vlan = w.city.vlan(host)
    everybody = Address(6, 0xFF02 << 112 | 1)
    for mac in (STRANGER, w.city.gateway(vlan)):
        sender = f.link_local(mac)
        body = f.router_advertisement(f.Host(sender, mac), everybody)
        w.frame(T0, mac, Mac(0x333300000001), f.IPV6, f.ip(sender, everybody, 58, body, ident=0, ttl=255), vlan)
    found = watched(w, InfrastructureWatch(judge()))
    assert [(x.rule, x.related, x.src_zone, dict(x.detail)["mac"]) for x in found] == [
        ("NC-14", ("ZM-05",), "mn-term", str(STRANGER))
    ]
    assert found[0].severity is Severity.CRITICAL


def test_a_host_that_hides_others() -> None:
    w = wire()
    src, dst = w.city.in_zone("lg-term")[60], w.city.in_zone("lg-srv")[0]
    for n, ttl in enumerate((128, 127, 128, 127)):
        segment = f.tcp(src, dst, (30_000 + n, 443), f.ACK | f.PSH, 1, 1, b"data")
        w.packet(T0 + n * SECOND, src, dst, 6, segment, ttl=ttl)
    other = w.city.in_zone("lg-term")[61]
    for n in range(4):
        w.packet(T0 + n * SECOND, other, dst, 6, f.tcp(other, dst, (31_000 + n, 443), f.ACK, 1, 1, b"data"), ttl=128)
    found = watched(w, InfrastructureWatch(judge()))
    assert [(x.rule, dict(x.detail)["address"]) for x in found] == [("NC-14", str(src))]


def test_a_clock_that_is_wrong_by_seconds() -> None:
    w = wire()
    server, client = w.city.host("lg-dns"), w.city.in_zone("lg-term")[5]
    for n in range(4):
        w.exchange(T0 + n * MINUTE, client, server, 123, *speech.ntp(T0 + n * MINUTE + 4 * SECOND))
    found = watched(w, ClockWatch(judge()))
    assert {x.rule for x in found} == {"LT-05"}
    assert {dict(x.detail)["address"] for x in found} == {str(server), str(client)}
    assert all(3.9 < float(dict(x.detail)["offset_seconds"]) < 4.1 for x in found)
    w = wire()
    for n in range(4):
        ask, answer = speech.ntp(T0 + n * MINUTE + SECOND // 2)
        random = ask[:40] + speech.noise(8, n)  # a client that gives nothing away
        w.exchange(T0 + n * MINUTE, client, server, 123, random, answer)
    assert watched(w, ClockWatch(judge())) == []


def test_ntp_of_the_next_era_is_read_and_rubbish_is_counted() -> None:
    watch, w = ClockWatch(judge()), wire()
    server, client = w.city.host("lg-dns"), w.city.in_zone("lg-term")[5]
    future = 2_085_978_496 * SECOND + 3600 * SECOND  # an hour into era 1, RFC 5905 6
    w.exchange(future, client, server, 123, *speech.ntp(future))
    for n, octets in enumerate((b"", b"\x24", b"\xff" * 48, bytes(48))):
        w.exchange(future + n * SECOND, client, server, 123, octets, octets)
    assert watched(w, watch) == []
    assert watch.counters()["ntp_not_readable"] >= 3


def test_a_public_name_from_the_my_number_zone() -> None:
    w = wire()
    client, resolver = w.city.in_zone("mn-term")[0], w.city.host("lg-dns")
    for n, name in enumerate(("jukyo.midorino.lgwan.jp", "printer.local", "beacon.example.com", "WPAD")):
        w.exchange(T0 + n * SECOND, client, resolver, 53, *speech.dns(name, n, 1))
    lg = w.city.in_zone("lg-term")[0]
    w.exchange(T0, lg, resolver, 53, *speech.dns("www.example.com", 9, 1))
    found = watched(w, NameWatch(judge()))
    assert {(x.rule, dict(x.detail)["name"]) for x in found} == {("MN-13", "beacon.example.com")}
    assert len({x.fingerprint for x in found}) == 1


def test_mail_in_bulk_and_past_the_relays() -> None:
    w = wire()
    relay, server = w.city.host("mailsan-lg"), w.city.host("lg-mail")
    client = w.city.in_zone("in-term")[3]
    for n in range(80):
        w.session(T0 + n * SECOND // 2, relay, server, 25, speech.mail("a", "b@c", "d@e", 3))
    w.session(T0, client, GLOBAL, 25, speech.mail("a", "b@c", "d@e", 3))
    found = watched(w, MailWatch(judge()))
    assert {(x.rule, x.src_zone) for x in found} == {("ML-02", "lg-xfer"), ("ML-05", "in-term")}


def test_a_way_out_past_the_security_cloud() -> None:
    w = wire()
    client = w.city.in_zone("in-term")[3]
    vlan = w.city.vlan(client)
    for n, hop in enumerate((STRANGER, w.city.gateway(vlan))):
        segment = f.tcp(client, GLOBAL, (40_000 + n, 443), f.SYN, 1, 0)
        packet = f.ip(client, GLOBAL, 6, segment, ident=1, ttl=64)
        w.frame(T0, w.city.mac(client), hop, f.IPV4, packet, vlan)
    found = watched(w, EgressWatch(judge()))
    assert [(x.rule, dict(x.detail)["mac"]) for x in found] == [("IN-01", str(STRANGER))]


def test_a_gateway_that_routes() -> None:
    w = wire()
    inside = w.city.host("mailsan-lg")
    client, server = w.city.in_zone("in-term")[3], w.city.host("lg-mail")
    vlan = w.city.vlan(inside)
    for mac in (w.city.mac(inside), w.city.gateway(vlan)):
        segment = f.tcp(client, server, (40_000, 445), f.SYN, 1, 0)
        w.frame(T0, mac, w.city.gateway(vlan), f.IPV4, f.ip(client, server, 6, segment, ident=1, ttl=63), vlan)
    found = [x for x in watched(w, EgressWatch(judge())) if x.rule == "LG-04"]
    assert len(found) == 1


def test_a_new_destination_after_learning_and_a_beacon() -> None:
    w = wire()
    client = w.city.in_zone("in-term")[3]
    w.session(T0, client, GLOBAL, 443, speech.tls("a", 300, 300, 1))
    w.session(T0 + 8 * DAY, client, GLOBAL, 443, speech.tls("a", 300, 300, 1))
    w.session(T0 + 8 * DAY, client, nth(GLOBAL, 1), 443, speech.tls("b", 300, 300, 1))
    found = watched(w, NewcomerWatch(judge()))
    assert [(x.rule, dict(x.detail)["dst"]) for x in found] == [("IN-05", str(nth(GLOBAL, 1)))]
    w = wire()
    for n in range(30):
        w.session(T0 + n * 10 * MINUTE + n % 3 * SECOND, client, GLOBAL, 443, speech.tls("a", 300, 300, 1))
        w.session(T0 + n * n * 7 * SECOND, client, nth(GLOBAL, 1), 443, speech.tls("a", 300, 300, 1))
    found = watched(w, NewcomerWatch(judge()))
    assert [(x.confidence, dict(x.detail)["dst"]) for x in found] == [(Confidence.INFERRED, str(GLOBAL))]


def test_tables_are_bounded_and_say_so() -> None:
    watch = SweepWatch(judge())
    w = wire()
    target = w.city.host("in-dns")
    for n in range(9000):
        src = Address(4, 0x0A1E1000 + n)
        w.packet(T0 + n * 1000, src, target, 6, f.tcp(src, target, (2000, 80), f.SYN, n, 0))
    watched(w, watch)
    assert len(watch._sources) <= 8192
    assert watch.counters().get("sweep_table_full", 0) + watch.counters().get("sources_not_looked_at", 0) > 0


def test_memories_of_rubbish_are_left_out() -> None:
    for watch in detectors(judge()):
        for rubbish in ({}, {"silent": 3, "pairs": [[1], "x", [4, 1, 2, 3, "y"]], "since": "z", "7": 8, "q": {"a": "b"}}):
            watch.recall(rubbish)
        watch.recall(watch.memory())
        assert [*watch.tick(T0)] == []


def test_every_counter_name_is_one_of_a_closed_set() -> None:
    w = wire()
    for n, (a, b) in enumerate(itertools.pairwise(w.city.in_zone("lg-term")[:5])):
        w.exchange(T0 + n, a, b, 53, b"\x00" * 30, b"\xff" * 30)
        w.exchange(T0 + n, a, b, 123, b"\x00" * 3, b"\xff" * 48)
    watchers = detectors(judge())
    watched(w, *watchers)
    names = {name for watch in watchers for name in watch.counters()}
    assert names
    assert all(name.replace("_", "").isalpha() for name in names)
    assert model().settings.sweep_targets == 50


def test_a_peer_that_talks_to_the_internet_side() -> None:
    w = wire()
    peer = Address(4, 0xAC10500A)  # 172.16.80.10, peer of C08
    w.session(T0, peer, w.city.in_zone("in-term")[3], 443, speech.tls("a", 300, 300, 1))
    w.session(T0, w.city.in_zone("mn-term")[0], peer, 443, speech.tls("a", 300, 300, 1))
    found = watched(w, RegisteredWatch(judge()))
    assert {x.rule for x in found} == {"MN-06"}
    assert len({x.fingerprint for x in found}) == 1


def test_cleartext_in_the_my_number_zone_and_elsewhere() -> None:
    w = wire()
    a, b = w.city.in_zone("mn-term")[0], w.city.host("jukyo")
    w.session(T0, a, b, 23, speech.plain(300, 300, 1))
    w.session(T0, a, b, 443, speech.tls("a", 300, 300, 1))
    w.session(T0, w.city.in_zone("lg-term")[0], w.city.in_zone("lg-srv")[0], 23, speech.plain(300, 300, 1))
    found = watched(w, RegisteredWatch(judge()))
    assert {(x.rule, x.src_zone) for x in found} == {("MN-14", "mn-term")}


def test_an_exception_nobody_uses() -> None:
    watch = RegisteredWatch(judge())
    assert [*watch.tick(T0)] == []
    assert [*watch.tick(T0 + 89 * DAY)] == []
    assert [(x.rule, x.exception) for x in watch.tick(T0 + 91 * DAY)] == [("EX-08", "EX-2026-003")]
    assert [*watch.tick(T0 + 92 * DAY)] == []
