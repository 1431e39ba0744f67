"""What routers and switches say of themselves: services, accounts, logs, clock, ports, tunnels, objects, routes; no secret."""

from __future__ import annotations

import dataclasses
import datetime as dt
from types import ModuleType

import pytest

from segmentation.device.device import Device
from segmentation.device.management import Aspect, ObjectKind, ServiceKind
from segmentation.model.addresses import Address
from segmentation.vendors import awplus, ios, ix, junos, rtx
from segmentation.vendors.reading import SourceText

IOS = """\
version 15.2
hostname l3sw
enable password HIMITSU0
username cisco privilege 15 password 7 HIMITSU1
username bob secret 9 $9$abc$HIMITSU2
dot1x system-auth-control
vrf definition GUEST
 address-family ipv4
ip access-list standard MGMT
 deny 10.90.0.66
 permit 10.90.0.0 0.0.0.255
object-group network SRV
 host 10.10.10.11
object-group network UNUSED
 host 10.10.10.12
time-range OLD
 absolute start 00:00 01 January 2020 end 23:59 31 March 2026
ip access-list extended A
 remark madoguchi
 permit tcp any object-group SRV eq 443 time-range OLD
 deny ip any any log (12 matches)
ip access-list extended NOWHERE
 permit ip any any
interface GigabitEthernet1/0/1
 description tanmatsu
 switchport access vlan 111
 switchport mode access
 switchport port-security
interface GigabitEthernet1/0/2
 switchport mode trunk
 switchport trunk native vlan 111
 switchport trunk allowed vlan 110-112,211
 shutdown
interface GigabitEthernet1/0/3
 switchport mode access
 authentication port-control auto
 mab
 dot1x pae authenticator
interface GigabitEthernet1/0/4
interface Vlan111
 ip address 10.10.11.1 255.255.255.0
 ip access-group A in
interface Vlan211
 ip address 10.20.16.1 255.255.248.0
 ip access-group MISSING out
interface Vlan390
 vrf forwarding GUEST
 ip address 10.39.0.1 255.255.252.0
interface Tunnel0
 ip address 10.99.0.1 255.255.255.252
 tunnel source Vlan211
crypto isakmp policy 10
 encr 3des
 hash md5
 group 2
crypto isakmp key HIMITSU3 address 192.0.2.1
crypto ipsec transform-set T esp-aes 256 esp-sha256-hmac
crypto map M 10 ipsec-isakmp
 set peer 192.0.2.1
 set transform-set T
 match address A
interface GigabitEthernet0/0
 ip address 192.0.2.2 255.255.255.0
 crypto map M
ip route 0.0.0.0 0.0.0.0 10.20.16.254
ip http server
ip http access-class MGMT
snmp-server community public RO MGMT
snmp-server community HIMITSU4 RW
logging host 10.90.0.60 transport tcp port 1514
ntp server 10.90.0.10 key 1
line vty 0 4
 password HIMITSU5
 access-class MGMT in
 transport input telnet ssh
"""
SRX = """\
version 21.4R3;
system { host-name srx; root-authentication { encrypted-password "$1$abc$HIMITSU1"; }
 login { user taro { class super-user; authentication { encrypted-password "$6$abc$HIMITSU2"; } } }
 services { telnet; ssh { protocol-version v2; } web-management { http { interface ge-0/0/0.0; } https { interface all; } } }
 syslog { host 10.90.0.60 { any any; port 1514; } }
 ntp { server 10.90.0.10; } }
interfaces { ge-0/0/0 { description "to LG"; unit 0 { family inet { address 10.20.10.1/24; } } }
 ge-0/0/1 { native-vlan-id 111; unit 0 { family ethernet-switching {
  interface-mode trunk; vlan { members [ v111 211-213 ]; } } } }
 ge-0/0/2 { disable; unit 0 { family ethernet-switching { vlan { members v111; } } } }
 ge-0/0/3 { unit 0 { family ethernet-switching { vlan { members v111; } } } }
 gr-0/0/0 { unit 0 { tunnel { source 192.0.2.1; destination 192.0.2.2; } family inet; } }
 st0 { unit 0 { family inet { address 10.99.0.1/30; } } }
 fxp0 { unit 0 { family inet { address 10.90.0.5/24; } } } }
vlans { v111 { vlan-id 111; } }
protocols { dot1x { authenticator { interface { ge-0/0/3.0 { supplicant multiple; } } } } }
snmp { community public { authorization read-only; clients { 10.90.0.0/24; } }
 community HIMITSU4 { authorization read-write; } }
routing-options { static { route 0.0.0.0/0 next-hop 10.20.10.254; route 10.0.0.0/8 discard; } }
security {
 ike { proposal P1 { dh-group group2; authentication-algorithm md5; encryption-algorithm 3des-cbc; }
  policy IP { mode aggressive; proposals P1; pre-shared-key ascii-text "$9$HIMITSU3"; }
  gateway G { ike-policy IP; address 192.0.2.9; external-interface ge-0/0/0; } }
 ipsec { policy Q { perfect-forward-secrecy { keys group14; } proposal-set standard; }
  vpn V { bind-interface st0.0; ike { gateway G; ipsec-policy Q; } } }
 address-book { global { address a 10.1.1.1/32; address b 10.1.1.2/32; address-set S { address a; } } }
 policies { from-zone lg to-zone mn { policy p {
  match { source-address S; destination-address any; application any; } then { permit; } scheduler-name OLD; } } }
 zones { security-zone lg { host-inbound-traffic { system-services { ssh; http; snmp; } } interfaces { ge-0/0/0.0; } }
  security-zone mn { interfaces { st0.0; } } }
}
schedulers { scheduler OLD { start-date 2026-01-01.00:00 stop-date 2026-03-31.23:59; } }
"""
RTX = """\
# RTX1210 Rev.14.01.41 (Thu Dec  1 00:00:00 2022)
login password HIMITSU0
administrator password encrypted HIMITSU1
login user taro HIMITSU2
telnetd host 10.90.0.30-10.90.0.39
httpd service off
sshd service on
sshd host lan1
snmp host 10.90.0.50 HIMITSU4
syslog host 10.90.0.60
syslog notice on
schedule at 1 */* 00:00:00 * ntpdate 10.90.0.10
description lan1 naka
ip lan1 address 10.10.19.1/24
ip lan2 address 192.0.2.2/24
ip lan2 secure filter in 1 9 dynamic 5
ip filter 1 pass 10.0.0.0/8 * tcp * 443
ip filter 2 pass * * * * *
ip filter dynamic 5 * * www
ip route default gateway pp 1 gateway 192.0.2.1
ip route 10.10.0.0/16 gateway tunnel 1
tunnel select 1
 tunnel encapsulation ipsec
 ipsec tunnel 101
  ipsec sa policy 101 1 esp aes256-cbc sha256-hmac
  ipsec ike encryption 1 des-cbc
  ipsec ike hash 1 md5
  ipsec ike group 1 modp768
  ipsec ike local name 1 ix key-id
  ipsec ike pre-shared-key 1 text HIMITSU3
 tunnel enable 1
"""
IX = """\
! NEC Portable Internetwork Core Operating System Software
! IX Series IX2215 (magellan-sec) Software, Version 10.2.16, RELEASE SOFTWARE
hostname ix-br
username admin password plain HIMITSU0 administrator
ntp server 10.90.0.10
syslog ip host 10.90.0.60
syslog ip enable
ip access-list mgmt permit ip src 10.90.0.0/24 dest any
ip access-list web permit tcp src any sport any dest 10.10.10.11/32 dport eq 443
ip access-list unused permit ip src any dest any
telnet-server ip enable
telnet-server ip access-list mgmt
http-server ip enable
snmp-agent ip enable
snmp-agent ip community public
ip route default 10.0.0.1
ip route 10.10.0.0/16 Tunnel0.0
ike proposal p1 encryption 3des hash md5 group 1024-bit
ike policy pol peer 192.0.2.1 key HIMITSU1 p1
ipsec autokey-proposal s1 esp-aes-256 esp-sha2-256
interface GigaEthernet0.0
  description WAN
  ip address 10.0.0.2/24
  ip filter web 1 in
  ip filter ghost 2 in
  no shutdown
interface Tunnel0.0
  tunnel mode ipsec
  ip unnumbered GigaEthernet0.0
  no shutdown
"""
AWPLUS = """\
username manager privilege 15 password 8 $1$bJoVec4D$JwOJGPr7YqoExA0GVasdE0
username taro privilege 15 password HIMITSU0
no service ssh
service telnet
service http
vty access-class 10
access-list 10 permit 10.90.0.0 0.0.0.255
snmp-server community public rw
log host 10.90.0.60
ntp server 10.90.0.10
access-list hardware mnacl
 permit ip 10.10.11.0/24 10.10.10.0/24
 deny ip any any
vlan access-map VM
 match access-group mnacl
vlan filter VM vlan-list 111 input
interface port1.0.1-1.0.4
 description tanmatsu
 switchport mode access
 switchport access vlan 111
 auth-mac enable
interface port1.0.5
 switchport mode trunk
 switchport trunk allowed vlan add 111,211
 switchport trunk native vlan none
interface port1.0.6
 shutdown
interface vlan111
 ip address 10.10.11.1/24
interface tunnel1
 tunnel mode ipsec ipv4
crypto isakmp profile P
 version 1 mode aggressive
 transform 1 integrity SHA1 encryption 3DES group 2
ip route 0.0.0.0/0 10.10.11.254
"""
ALL: dict[str, tuple[ModuleType, str]] = {
    "ios": (ios, IOS), "junos": (junos, SRX), "rtx": (rtx, RTX), "ix": (ix, IX), "awplus": (awplus, AWPLUS),
}  # fmt: skip


def read(vendor: str) -> Device:
    module, text = ALL[vendor]
    found = module.parse([SourceText("x.cfg", text, "0" * 64)])
    assert isinstance(found, Device)
    return found


def service(device: Device, kind: ServiceKind, nth: int = 0) -> dict[str, object]:
    found = [s for s in device.management.services if s.kind is kind][nth]
    sources = None if found.sources is None else found.sources.texts()
    return {
        "sources": sources, "interfaces": found.interfaces, "version": found.version, "known": found.well_known_secret,
        "writable": found.writable,
    }  # fmt: skip


def uses(device: Device, kind: ObjectKind) -> dict[str, int]:
    return {o.name: o.used_by for o in device.objects if o.kind is kind}


def destinations(device: Device) -> set[str]:
    return {f"{Address(r.family, r.address)}/{r.length}{' ' + r.interface if r.interface else ''}" for r in device.routes}


@pytest.mark.parametrize("vendor", sorted(ALL))
def test_no_secret_is_kept(vendor: str) -> None:
    device = read(vendor)
    shown = "\n".join((repr(dataclasses.asdict(device.management)), repr(device.not_understood), repr(device.objects)))
    shown += "\n".join(r.text + r.comment for c in device.chains.values() for r in c.rules)
    assert "HIMITSU" not in shown
    assert {Aspect.SERVICES, Aspect.ACCOUNTS, Aspect.SYSLOG, Aspect.TIME, Aspect.TUNNELS, Aspect.ROUTES} <= device.aspects


@pytest.mark.parametrize("vendor", sorted(ALL))
def test_log_target_and_clock(vendor: str) -> None:
    about = read(vendor).management
    assert [t.host for t in about.syslog] == ["10.90.0.60"]
    assert [t.host for t in about.time_servers] == ["10.90.0.10"]


def test_ios_services_and_accounts() -> None:
    device = read("ios")
    limited = ("10.90.0.0-10.90.0.65", "10.90.0.67-10.90.0.255")
    assert service(device, ServiceKind.TELNET)["sources"] == limited
    assert service(device, ServiceKind.HTTP)["sources"] == limited
    assert service(device, ServiceKind.SNMP) | {"sources": None} == {
        "sources": None, "interfaces": (), "version": "2c", "known": True, "writable": False,
    }  # fmt: skip
    assert service(device, ServiceKind.SNMP, 1)["writable"]
    assert {a.name: (a.factory, a.weak_hash) for a in device.management.accounts} == {
        "enable": (False, "plain"), "cisco": (True, "type 7"), "bob": (False, ""), "line vty 0 4": (False, "plain"),
    }  # fmt: skip
    (version,) = device.management.software
    assert (version.product, version.version) == ("Cisco IOS", "15.2")


def test_ios_ports() -> None:
    ports = {p.name.rpartition("/")[2]: p for p in read("ios").management.ports if p.name.startswith("GigabitEthernet1")}
    assert (ports["1"].mode, ports["1"].vlans, ports["1"].identification) == ("access", (111,), "port-security")
    assert (ports["2"].mode, ports["2"].vlans, ports["2"].native_vlan) == ("trunk", (110, 111, 112, 211), 111)
    assert not ports["2"].enabled
    assert ports["3"].identification == "dot1x"
    assert not ports["4"].configured


def test_ios_tunnels_objects_bindings_routes() -> None:
    device = read("ios")
    tunnels = {t.name: t for t in device.management.tunnels}
    assert not tunnels["Tunnel0"].encrypted
    assert tunnels["M 10"].encryption == ("3des", "aes256-cbc")
    assert (tunnels["M 10"].integrity, tunnels["M 10"].dh_groups) == (("md5", "sha256"), (2,))
    assert uses(device, ObjectKind.FILTER) == {"MGMT": 3, "A": 2, "NOWHERE": 0}
    assert uses(device, ObjectKind.ADDRESS_GROUP) == {"SRV": 1, "UNUSED": 0}
    (schedule,) = [o for o in device.objects if o.kind is ObjectKind.SCHEDULE]
    assert (schedule.expires, schedule.used_by) == (dt.date(2026, 3, 31), 1)
    assert [(b.filter, b.where) for b in device.bindings if not b.defined] == [("MISSING", "Vlan211")]
    assert {"0.0.0.0/0", "10.10.11.0/24 Vlan111", "10.39.0.0/22 Vlan390"} <= destinations(device)
    assert {r.vrf for r in device.routes} == {"", "GUEST"}
    assert {i.name: i.vrf for i in device.interfaces}["Vlan390"] == "GUEST"
    assert [r.hits for r in device.chains["ip access-list A"].rules][-1] == 12
    assert Aspect.HITS in device.aspects


def test_srx() -> None:
    device = read("junos")
    assert service(device, ServiceKind.TELNET)["interfaces"] == ("fxp0.0",)
    assert service(device, ServiceKind.SSH)["interfaces"] == ("ge-0/0/0.0", "fxp0.0")
    assert service(device, ServiceKind.HTTP)["interfaces"] == ("ge-0/0/0.0",)
    assert service(device, ServiceKind.SNMP)["sources"] == ("10.90.0.0/24",)
    assert {a.name: a.weak_hash for a in device.management.accounts} == {"root": "md5", "taro": ""}
    ports = {p.name: p for p in device.management.ports}
    assert (ports["ge-0/0/1"].mode, ports["ge-0/0/1"].vlans) == ("trunk", (111, 211, 212, 213))
    assert (ports["ge-0/0/3"].identification, ports["ge-0/0/2"].enabled) == ("dot1x", False)
    tunnels = {t.name: t for t in device.management.tunnels}
    assert (tunnels["V"].encryption, tunnels["V"].ike) == (("3des", "aes128-cbc"), "1-aggressive")
    assert (tunnels["V"].integrity, tunnels["V"].dh_groups) == (("md5", "sha1"), (2, 14))
    assert not tunnels["gr-0/0/0.0"].encrypted
    assert uses(device, ObjectKind.ADDRESS) == {"a": 1, "b": 0}
    (schedule,) = [o for o in device.objects if o.kind is ObjectKind.SCHEDULE]
    assert (schedule.expires, schedule.used_by) == (dt.date(2026, 3, 31), 1)
    assert {"0.0.0.0/0", "10.0.0.0/8", "10.20.10.0/24 ge-0/0/0.0"} <= destinations(device)


def test_rtx() -> None:
    device = read("rtx")
    assert service(device, ServiceKind.TELNET)["sources"] == ("10.90.0.30-10.90.0.39",)
    assert service(device, ServiceKind.SSH)["interfaces"] == ("lan1",)
    assert service(device, ServiceKind.SNMP)["sources"] == ("10.90.0.50",)
    assert not [s for s in device.management.services if s.kind is ServiceKind.HTTP]
    assert {a.name: a.weak_hash for a in device.management.accounts} == {
        "login password": "plain", "administrator password": "", "taro": "plain",
    }  # fmt: skip
    (tunnel,) = device.management.tunnels
    assert (tunnel.encryption, tunnel.integrity, tunnel.dh_groups) == (("des", "aes256-cbc"), ("md5", "sha256"), (1,))
    assert tunnel.ike == "1-aggressive"
    assert uses(device, ObjectKind.FILTER) == {"ip filter 1": 1, "ip filter 2": 0, "ip filter dynamic 5": 1}
    assert [b.filter for b in device.bindings if not b.defined] == ["ip filter 9"]
    assert {"0.0.0.0/0 pp1", "0.0.0.0/0", "10.10.0.0/16 tunnel1", "10.10.19.0/24 lan1"} <= destinations(device)
    assert {i.name: i.description for i in device.interfaces}["lan1"] == "naka"


def test_ix() -> None:
    device = read("ix")
    assert service(device, ServiceKind.TELNET)["sources"] == ("10.90.0.0/24",)
    assert service(device, ServiceKind.HTTP)["sources"] is None
    assert service(device, ServiceKind.SNMP)["known"]
    assert [(a.name, a.factory, a.weak_hash) for a in device.management.accounts] == [("admin", True, "plain")]
    (tunnel,) = device.management.tunnels
    assert (tunnel.encryption, tunnel.integrity, tunnel.dh_groups) == (("3des", "aes256-cbc"), ("md5", "sha256"), (2,))
    assert uses(device, ObjectKind.FILTER) == {"mgmt": 1, "unused": 0, "web": 1}
    assert [b.filter for b in device.bindings if not b.defined] == ["ghost"]
    assert {"0.0.0.0/0", "10.10.0.0/16 Tunnel0.0", "10.0.0.0/24 GigaEthernet0.0"} <= destinations(device)


def test_awplus() -> None:
    device = read("awplus")
    assert service(device, ServiceKind.TELNET)["sources"] == ("10.90.0.0/24",)
    assert service(device, ServiceKind.SNMP)["writable"]
    assert {a.name: (a.factory, a.weak_hash) for a in device.management.accounts} == {
        "manager": (True, "factory password"), "taro": (False, "plain"),
    }  # fmt: skip
    ports = {p.name: p for p in device.management.ports}
    assert (ports["port1.0.2"].vlans, ports["port1.0.2"].identification) == ((111,), "mac-auth")
    assert (ports["port1.0.5"].mode, ports["port1.0.5"].vlans, ports["port1.0.5"].native_vlan) == ("trunk", (111, 211), None)
    assert not ports["port1.0.6"].enabled
    (tunnel,) = device.management.tunnels
    assert (tunnel.encryption, tunnel.ike) == (("3des",), "1-aggressive")
    assert uses(device, ObjectKind.FILTER) == {"mnacl": 1}
    assert ("VM", "vlan111") in {(b.filter, b.where) for b in device.bindings}
    assert {"0.0.0.0/0", "10.10.11.0/24 vlan111"} <= destinations(device)


def test_a_list_alone_says_nothing_of_the_device() -> None:
    lists = ios.parse([SourceText("a", "ip access-list extended A\n permit ip any any\n", "0" * 64)])
    assert not {Aspect.TIME, Aspect.SYSLOG, Aspect.SERVICES, Aspect.ROUTES} & lists.aspects
    filters = rtx.parse([SourceText("a", "ip filter 1 pass * * * * *\n", "0" * 64)])
    assert not {Aspect.TIME, Aspect.SYSLOG, Aspect.SERVICES, Aspect.ROUTES} & filters.aspects
