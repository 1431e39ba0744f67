"""Cisco ASA: what a configuration says beside its filters."""

from __future__ import annotations

import datetime as dt

from segmentation.device.device import Device
from segmentation.device.management import Aspect, ObjectKind, ServiceKind
from segmentation.model.addresses import Address, AddressSet
from segmentation.vendors import asa
from segmentation.vendors.reading import SourceText

CONFIG = """\
ASA Version 9.16(4)
hostname ASA-EX
enable password 8Ry2YjIyt7RRXU24 encrypted
passwd 2KFQnbNIdI.2KYOU encrypted
names
name 10.90.0.60 logger
interface GigabitEthernet0/0
 description closed line to the union
 nameif union
 security-level 10
 ip address 172.16.80.1 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 ip address 10.10.255.1 255.255.255.252
 ipv6 address fd00:10:10:ff::1/64
interface GigabitEthernet0/2
 shutdown
 no nameif
interface GigabitEthernet0/3
interface GigabitEthernet0/1.30
 vlan 30
 nameif dmz
 security-level 50
 ip address dhcp setroute
time-range MAINTENANCE
 absolute start 00:00 01 April 2026 end 23:59 30 September 2026
time-range UNUSED-HOURS
 periodic weekdays 8:00 to 18:00
object network COUNTER
 host 10.10.11.21
object network NOBODY
 host 10.10.11.99
object-group network COUNTERS
 network-object object COUNTER
object-group network EMPTY
object-group service WEB tcp
 port-object eq https
access-list FROM-INSIDE remark C08
access-list FROM-INSIDE extended permit tcp object-group COUNTERS host 172.16.80.10 object-group WEB log
access-list FROM-INSIDE extended permit tcp object COUNTER host 172.16.90.5 eq 3389 time-range MAINTENANCE
access-list NOWHERE extended permit ip any any
access-group FROM-INSIDE in interface inside
access-group MISSING in interface union
logging enable
logging trap informational
logging host inside logger tcp/6514 secure
logging host inside 10.90.0.61
ntp authenticate
ntp authentication-key 7 md5 verysecretkey
ntp server 10.255.9.2 key 7
ntp server 10.255.9.3
snmp-server host inside 10.90.0.50 community public version 2c
snmp-server host inside 10.90.0.51 trap version 3 watcher
snmp-server host inside 10.90.0.52 poll version 3 watcher
telnet 10.90.0.0 255.255.255.0 inside
ssh 10.90.0.30 255.255.255.255 inside
ssh version 2
http server enable 8443
http 0.0.0.0 0.0.0.0 union
username admin password abcdefgh12345678 encrypted privilege 15
username takahashi password $sha512$5000$abc$def pbkdf2
username guest nopassword
route union 0.0.0.0 0.0.0.0 172.16.80.254 1
route inside 10.10.0.0 255.255.0.0 10.10.255.2
route Null0 192.0.2.0 255.255.255.0
ipv6 route inside fd00:10:10::/48 fd00:10:10:ff::2
crypto ipsec ikev1 transform-set OLD esp-3des esp-md5-hmac
crypto ipsec ikev2 ipsec-proposal NEW
 protocol esp encryption aes-256
 protocol esp integrity sha-256
crypto ikev1 policy 10
 authentication pre-share
 encryption des
 hash sha
 group 2
crypto ikev2 policy 1
 encryption aes-256
 integrity sha256
 group 14
access-list TO-PEER extended permit ip 10.10.0.0 255.255.0.0 172.16.81.0 255.255.255.0
crypto map M 10 match address TO-PEER
crypto map M 10 set peer 198.51.100.1
crypto map M 10 set ikev1 transform-set OLD
crypto map M 10 set ikev1 phase1-mode aggressive
crypto map M 20 match address TO-PEER
crypto map M 20 set ikev2 ipsec-proposal NEW
crypto map M interface union
tunnel-group STAFF type remote-access
tunnel-group STAFF webvpn-attributes
 authentication aaa certificate
webvpn
 enable union
"""


def read(text: str = CONFIG) -> Device:
    return asa.parse([SourceText("asa.cfg", text, "0" * 64)])


DEVICE = read()


def line_of(words: str) -> int:
    return next(i for i, line in enumerate(CONFIG.split("\n"), 1) if line.startswith(words))


def test_services_with_their_sources() -> None:
    found = {(s.kind, s.interfaces[0], s.version): s for s in DEVICE.management.services}
    assert list(found) == [
        (ServiceKind.TELNET, "inside", ""), (ServiceKind.SSH, "inside", "2"), (ServiceKind.HTTPS, "union", ""),
        (ServiceKind.SNMP, "inside", "2c"), (ServiceKind.SNMP, "inside", "3"),
    ]  # fmt: skip
    assert found[ServiceKind.SSH, "inside", "2"].sources == AddressSet.parse("10.90.0.30")
    public = found[ServiceKind.SNMP, "inside", "2c"]
    assert (public.well_known_secret, public.writable, public.text) == (
        True, False, "snmp-server host inside 10.90.0.50 community **** version 2c",
    )  # fmt: skip
    assert not found[ServiceKind.SNMP, "inside", "3"].well_known_secret
    off = read(CONFIG + "no snmp-server enable\n")
    assert ServiceKind.SNMP not in {s.kind for s in off.management.services}
    silent = read(CONFIG.replace("http server enable 8443\n", ""))
    assert ServiceKind.HTTPS not in {s.kind for s in silent.management.services}


def test_accounts_without_their_secrets() -> None:
    assert [(a.name, a.factory, a.no_password, a.weak_hash) for a in DEVICE.management.accounts] == [
        ("enable", False, True, "md5"), ("passwd", True, False, "md5"), ("admin", True, False, "md5"),
        ("takahashi", False, False, ""), ("guest", False, True, ""),
    ]  # fmt: skip


def test_log_and_time() -> None:
    assert [(s.host, s.protocol, s.port, s.enabled) for s in DEVICE.management.syslog] == [
        ("10.90.0.60", "tls", 6514, True), ("10.90.0.61", "udp", 514, True),
    ]  # fmt: skip
    assert [(t.host, t.authenticated) for t in DEVICE.management.time_servers] == [("10.255.9.2", True), ("10.255.9.3", False)]
    quiet = read(CONFIG.replace("logging trap informational\n", ""))
    assert {s.enabled for s in quiet.management.syslog} == {False}


def test_ports_and_interfaces() -> None:
    assert [(p.name, p.enabled, p.configured) for p in DEVICE.management.ports] == [
        ("GigabitEthernet0/0", True, True), ("GigabitEthernet0/1", True, True), ("GigabitEthernet0/2", False, True),
        ("GigabitEthernet0/3", True, False),
    ]  # fmt: skip
    by_name = {i.name: i for i in DEVICE.interfaces}
    assert by_name["union"].description == "closed line to the union"
    assert not by_name["GigabitEthernet0/2"].enabled


def test_tunnels_offer_both_phases() -> None:
    old, new = DEVICE.management.tunnels
    assert (old.name, old.ike, old.encryption, old.integrity, old.dh_groups) == (
        "M 10", "1-aggressive", ("des", "3des"), ("sha1", "md5"), (2,),
    )  # fmt: skip
    assert (new.name, new.ike, new.encryption, new.integrity, new.dh_groups) == (
        "M 20", "2", ("aes256-cbc",), ("sha256",), (14,),
    )  # fmt: skip


def test_remote_access_asks_for_a_second_factor() -> None:
    (portal,) = DEVICE.management.remote_access
    assert (portal.kind, portal.name, portal.second_factor) == ("ssl-vpn", "webvpn union", True)
    weak = read(CONFIG.replace(" authentication aaa certificate\n", ""))
    assert [r.second_factor for r in weak.management.remote_access] == [False]
    asked = read(CONFIG.replace("tunnel-group STAFF webvpn-attributes\n authentication aaa certificate",
                                "tunnel-group STAFF general-attributes\n authentication-server-group RADIUS"))  # fmt: skip
    assert [r.second_factor for r in asked.management.remote_access] == [None]


def test_routes_connected_static_learned_and_discarded() -> None:
    told = {(r.family, r.address, r.length): r for r in DEVICE.routes}
    default = [r for r in DEVICE.routes if not r.length]
    assert {(r.interface, r.gateway, r.name) for r in default} == {
        ("union", Address.parse("172.16.80.254").value, ""), ("dmz", None, "dhcp"),
    }  # fmt: skip
    assert told[4, Address.parse("172.16.80.0").value, 24].interface == "union"
    assert told[4, Address.parse("192.0.2.0").value, 24].discard
    assert told[6, Address.parse("fd00:10:10::").value, 48].gateway == Address.parse("fd00:10:10:ff::2").value
    assert Aspect.ROUTES in DEVICE.aspects
    assert Aspect.ROUTES not in read(CONFIG + "router ospf 1\n network 10.0.0.0 255.0.0.0 area 0\n").aspects


def test_objects_with_their_use() -> None:
    found = {(o.kind, o.name): o for o in DEVICE.objects}
    assert found[ObjectKind.ADDRESS, "COUNTER"].used_by == 2
    assert found[ObjectKind.ADDRESS, "NOBODY"].used_by == 0
    assert found[ObjectKind.ADDRESS_GROUP, "EMPTY"].empty
    assert found[ObjectKind.SERVICE_GROUP, "WEB"].used_by == 1
    schedule = found[ObjectKind.SCHEDULE, "MAINTENANCE"]
    assert (schedule.expires, schedule.used_by) == (dt.date(2026, 9, 30), 1)
    assert schedule.user.line == line_of("access-list FROM-INSIDE extended permit tcp object COUNTER")
    assert found[ObjectKind.SCHEDULE, "UNUSED-HOURS"].used_by == 0
    assert found[ObjectKind.FILTER, "NOWHERE"].used_by == 0
    assert found[ObjectKind.FILTER, "TO-PEER"].used_by == 1


def test_bindings_name_lists_that_do_not_exist() -> None:
    assert [(b.filter, b.where, b.direction, b.defined) for b in DEVICE.bindings] == [
        ("FROM-INSIDE", "inside", "in", True), ("MISSING", "union", "in", False),
    ]  # fmt: skip


def test_only_whole_configurations_are_judged_as_a_device() -> None:
    assert Aspect.TIME in DEVICE.aspects
    assert read("access-list A extended permit ip any any\n").aspects == {Aspect.OBJECTS, Aspect.COMMENTS}
    assert [(s.product, s.version) for s in DEVICE.management.software] == [("ASA", "9.16(4)")]


def test_comments_and_logging_reach_the_rules() -> None:
    rule = DEVICE.chains["access-list FROM-INSIDE"].rules[0]
    assert (rule.comment, rule.log) == ("C08", True)


SHOWN = """\
access-list cached ACL log flows: total 0, denied 0 (deny-flow-max 4096)
            alert-interval 300
access-list IN; 3 elements; name hash: 0x4a69e3f3
access-list IN line 1 extended permit tcp object-group A any eq https log informational interval 300 (hitcnt=12) 0x1f0d2a3b
  access-list IN line 1 extended permit tcp host 10.0.0.1 any eq https log informational interval 300 (hitcnt=12) 0x9a8b7c6d
access-list IN line 2 extended permit udp any any eq domain (hitcnt=0) 0x11aa22bb
access-list IN line 3 extended permit tcp any any eq 22 inactive (hitcnt=0) (inactive) 0x33cc44dd
object-group network A
 network-object host 10.0.0.1
"""


def test_counters_of_show_access_list() -> None:
    found = read(SHOWN)
    assert found.not_understood == ()
    assert Aspect.HITS in found.aspects
    assert [(r.location.line, r.hits, r.log) for r in found.chains["access-list IN"].rules] == [(4, 12, True), (6, 0, False)]
    assert Aspect.HITS not in DEVICE.aspects
