"""PAN-OS: what a configuration says beside its rules, in XML and in set form."""

from __future__ import annotations

import datetime as dt

from segmentation.device.device import Device
from segmentation.device.management import Aspect, ObjectKind, ServiceKind
from segmentation.model.addresses import Address, AddressSet
from segmentation.vendors import panos
from segmentation.vendors.reading import SourceText

CONFIG = """<?xml version="1.0"?>
<config version="10.1.0" urldb="paloaltonetworks" detail-version="10.1.9">
<mgt-config><users>
<entry name="admin"><phash>fnRL/G5lXVMug</phash></entry>
<entry name="takahashi"><phash>$5$saltsalt$hashhashhashhash</phash></entry>
<entry name="sato"><permissions/></entry>
<entry name="suzuki"><authentication-profile>radius</authentication-profile></entry>
</users></mgt-config>
<shared>
<log-settings><syslog>
<entry name="central"><server>
<entry name="s1"><transport>SSL</transport><port>6514</port><server>10.90.0.60</server></entry>
</server></entry>
<entry name="forgotten"><server><entry name="s1"><server>10.90.0.61</server></entry></server></entry>
</syslog><system><match-list><entry name="all"><send-syslog><member>central</member></send-syslog></entry></match-list></system>
</log-settings>
</shared>
<devices><entry name="localhost.localdomain">
<deviceconfig><system><hostname>pa-city</hostname><ip-address>10.90.0.5</ip-address>
<service><disable-telnet>no</disable-telnet><disable-snmp>no</disable-snmp></service>
<permitted-ip><entry name="10.90.0.0/24"/></permitted-ip>
<snmp-setting><access-setting><version><v2c><snmp-community-string>public</snmp-community-string></v2c></version>
</access-setting></snmp-setting>
<ntp-servers><primary-ntp-server><ntp-server-address>10.255.9.2</ntp-server-address><authentication-type><none/>
</authentication-type></primary-ntp-server>
<secondary-ntp-server><ntp-server-address>10.255.9.3</ntp-server-address><authentication-type><autokey/></authentication-type>
</secondary-ntp-server></ntp-servers>
</system></deviceconfig>
<network>
<interface><ethernet>
<entry name="ethernet1/1"><comment>LGWAN</comment><layer3><ip><entry name="10.20.0.1/24"/></ip>
<interface-management-profile>open</interface-management-profile></layer3></entry>
<entry name="ethernet1/2"><layer3><dhcp-client><enable>yes</enable></dhcp-client></layer3></entry>
<entry name="ethernet1/3"><link-state>down</link-state></entry>
<entry name="ethernet1/4"/>
</ethernet></interface>
<profiles><interface-management-profile><entry name="open"><https>yes</https><ping>yes</ping></entry>
</interface-management-profile></profiles>
<ike><gateway><entry name="gw"><protocol><version>ikev2-preferred</version>
<ikev1><ike-crypto-profile>old</ike-crypto-profile><exchange-mode>aggressive</exchange-mode></ikev1>
<ikev2><ike-crypto-profile>new</ike-crypto-profile></ikev2></protocol>
<authentication><pre-shared-key><key>-AQ==hiddenkeyhidden</key></pre-shared-key></authentication></entry></gateway>
<crypto-profiles><ike-crypto-profiles>
<entry name="old"><encryption><member>3des</member></encryption><hash><member>md5</member></hash>
<dh-group><member>group2</member></dh-group></entry>
<entry name="new"><encryption><member>aes-256-cbc</member></encryption><hash><member>sha256</member></hash>
<dh-group><member>group19</member></dh-group></entry></ike-crypto-profiles>
<ipsec-crypto-profiles><entry name="esp"><esp><encryption><member>aes-256-gcm</member></encryption>
<authentication><member>none</member></authentication></esp><dh-group>group14</dh-group></entry></ipsec-crypto-profiles>
</crypto-profiles></ike>
<tunnel><ipsec><entry name="branch"><auto-key><ike-gateway><entry name="gw"/></ike-gateway>
<ipsec-crypto-profile>esp</ipsec-crypto-profile></auto-key></entry></ipsec></tunnel>
<virtual-router><entry name="default"><interface><member>ethernet1/1</member></interface>
<routing-table><ip><static-route>
<entry name="all"><destination>0.0.0.0/0</destination><nexthop><ip-address>10.20.0.254</ip-address></nexthop></entry>
<entry name="hole"><destination>10.99.0.0/16</destination><nexthop><discard/></nexthop></entry>
</static-route></ip></routing-table></entry></virtual-router>
</network>
<vsys><entry name="vsys1">
<global-protect><global-protect-portal><entry name="portal"><portal-config><client-auth><entry name="a"/></client-auth>
<certificate-profile>cert</certificate-profile></portal-config></entry></global-protect-portal>
<global-protect-gateway><entry name="gateway"><client-auth><entry name="a"/></client-auth></entry></global-protect-gateway>
</global-protect>
<zone><entry name="lg"><network><layer3><member>ethernet1/1</member></layer3></network></entry>
<entry name="in"><network><layer3><member>ethernet1/2</member></layer3></network></entry>
<entry name="spare"><network><layer3/></network></entry></zone>
<address><entry name="host"><ip-netmask>10.20.0.5</ip-netmask></entry>
<entry name="left-over"><ip-netmask>10.20.0.6</ip-netmask></entry></address>
<address-group><entry name="hosts"><static><member>host</member></static></entry>
<entry name="tagged"><dynamic><filter>a</filter></dynamic></entry></address-group>
<service><entry name="tcp-9000"><protocol><tcp><port>9000</port></tcp></protocol></entry></service>
<schedule><entry name="autumn"><schedule-type><non-recurring><member>2026/04/01@00:00-2026/09/30@23:59</member>
</non-recurring></schedule-type></entry></schedule>
<rulebase><security><rules>
<entry name="r1"><from><member>lg</member></from><to><member>in</member></to><source><member>hosts</member></source>
<destination><member>any</member></destination><application><member>any</member></application>
<service><member>tcp-9000</member></service><action>allow</action><schedule>autumn</schedule>
<description>for the union</description></entry>
<entry name="r2"><disabled>yes</disabled><from><member>lg</member></from><to><member>in</member></to>
<source><member>left-over</member></source><destination><member>any</member></destination>
<application><member>any</member></application><service><member>any</member></service><action>allow</action></entry>
</rules></security></rulebase>
</entry></vsys>
</entry></devices></config>
"""

SET = """\
set deviceconfig system hostname pa-city
set deviceconfig system ip-address 10.90.0.5
set deviceconfig system service disable-telnet no
set deviceconfig system permitted-ip 10.90.0.0/24
set deviceconfig system ntp-servers primary-ntp-server ntp-server-address 10.255.9.2
set deviceconfig system ntp-servers primary-ntp-server authentication-type none
set shared log-settings syslog central server s1 server 10.90.0.60
set shared log-settings syslog central server s1 transport TCP
set shared log-settings system match-list all send-syslog central
set mgt-config users admin phash $1$hiddenhidden
set network interface ethernet ethernet1/1 layer3 ip 10.20.0.1/24
set network ike crypto-profiles ike-crypto-profiles weak encryption [ des aes-128-cbc ]
set network ike crypto-profiles ike-crypto-profiles weak hash md5
set network ike crypto-profiles ike-crypto-profiles weak dh-group group1
set network ike gateway gw protocol ikev1 ike-crypto-profile weak
set network tunnel ipsec branch auto-key ike-gateway gw
set network virtual-router default routing-table ip static-route all destination 0.0.0.0/0
set network virtual-router default routing-table ip static-route all nexthop ip-address 10.20.0.254
set zone lg network layer3 ethernet1/1
"""


def read(text: str = CONFIG) -> Device:
    return panos.parse([SourceText("pa.xml", text, "0" * 64)])


DEVICE, BY_SET = read(), read(SET)


def test_services_of_the_management_port_and_of_profiles() -> None:
    assert DEVICE.not_understood == ()
    listed = [(s.kind, s.interfaces[0], s.version) for s in DEVICE.management.services]
    assert listed == [
        (ServiceKind.HTTPS, "management", ""), (ServiceKind.SSH, "management", ""), (ServiceKind.PING, "management", ""),
        (ServiceKind.TELNET, "management", ""), (ServiceKind.SNMP, "management", "2c"),
        (ServiceKind.HTTPS, "ethernet1/1", ""), (ServiceKind.PING, "ethernet1/1", ""),
    ]  # fmt: skip
    assert DEVICE.management.services[0].sources == AddressSet.parse("10.90.0.0/24")
    assert DEVICE.management.services[4].well_known_secret
    assert DEVICE.management.services[5].sources is None
    assert ServiceKind.TELNET in {s.kind for s in BY_SET.management.services}


def test_accounts() -> None:
    assert [(a.name, a.factory, a.no_password, a.weak_hash) for a in DEVICE.management.accounts] == [
        ("admin", True, False, "des"), ("takahashi", False, False, ""), ("sato", False, True, ""),
        ("suzuki", False, False, ""),
    ]  # fmt: skip
    assert [(a.name, a.weak_hash) for a in BY_SET.management.accounts] == [("admin", "md5")]


def test_log_and_time() -> None:
    assert [(s.host, s.protocol, s.port, s.enabled) for s in DEVICE.management.syslog] == [
        ("10.90.0.60", "tls", 6514, True), ("10.90.0.61", "udp", 514, False),
    ]  # fmt: skip
    assert [(t.host, t.authenticated) for t in DEVICE.management.time_servers] == [("10.255.9.2", False), ("10.255.9.3", True)]
    assert [(s.host, s.protocol, s.enabled) for s in BY_SET.management.syslog] == [("10.90.0.60", "tcp", True)]
    assert [(t.host, t.authenticated) for t in BY_SET.management.time_servers] == [("10.255.9.2", False)]


def test_tunnels_by_version() -> None:
    old, new = DEVICE.management.tunnels
    assert (old.ike, old.encryption, old.integrity, old.dh_groups) == (
        "1-aggressive",
        ("3des", "aes256-gcm"),
        ("md5",),
        (2, 14),
    )
    assert (new.ike, new.encryption, new.integrity, new.dh_groups) == ("2", ("aes256-cbc", "aes256-gcm"), ("sha256",), (19, 14))
    (weak,) = BY_SET.management.tunnels
    assert (weak.ike, weak.encryption, weak.integrity, weak.dh_groups) == ("1", ("des", "aes128-cbc"), ("md5",), (1,))


def test_ways_in() -> None:
    assert [(r.name, r.authenticated, r.second_factor) for r in DEVICE.management.remote_access] == [
        ("portal portal", True, True), ("gateway gateway", True, None),
    ]  # fmt: skip


def test_ports_interfaces_and_software() -> None:
    assert [(p.name, p.enabled, p.mode, p.configured) for p in DEVICE.management.ports] == [
        ("ethernet1/1", True, "routed", True), ("ethernet1/2", True, "routed", True), ("ethernet1/3", False, "", False),
        ("ethernet1/4", True, "", False),
    ]  # fmt: skip
    assert {i.name: (i.description, i.enabled) for i in DEVICE.interfaces} == {
        "ethernet1/1": ("LGWAN", True), "ethernet1/2": ("", True), "ethernet1/3": ("", False), "ethernet1/4": ("", True),
    }  # fmt: skip
    assert [(s.product, s.version) for s in DEVICE.management.software] == [("PAN-OS", "10.1.9")]


def test_routes() -> None:
    found = [(r.length, r.interface, r.gateway, r.discard, r.name) for r in DEVICE.routes]
    assert found == [
        (24, "ethernet1/1", None, False, ""), (0, "ethernet1/2", None, False, "dhcp"),
        (0, "", Address.parse("10.20.0.254").value, False, ""), (16, "", None, True, ""),
    ]  # fmt: skip
    assert Aspect.ROUTES in DEVICE.aspects
    speaks = CONFIG.replace("</routing-table>", "</routing-table><protocol><bgp><enable>yes</enable></bgp></protocol>")
    assert Aspect.ROUTES not in read(speaks).aspects
    assert [r.length for r in BY_SET.routes] == [24, 0]


def test_objects_with_their_use() -> None:
    found = {(o.kind, o.name): o for o in DEVICE.objects}
    assert found[ObjectKind.ADDRESS, "host"].used_by == 1
    assert found[ObjectKind.ADDRESS, "left-over"].used_by == 0
    assert (found[ObjectKind.ADDRESS_GROUP, "tagged"].used_by, found[ObjectKind.ADDRESS_GROUP, "tagged"].empty) == (0, False)
    assert found[ObjectKind.SERVICE, "tcp-9000"].used_by == 1
    schedule = found[ObjectKind.SCHEDULE, "autumn"]
    assert (schedule.used_by, schedule.expires) == (1, dt.date(2026, 9, 30))
    assert found[ObjectKind.ZONE, "spare"].empty
    assert found[ObjectKind.ZONE, "lg"].used_by == 1
    rule = next(r for r in DEVICE.chains["vsys1 security"].rules if r.id == "r1")
    assert (rule.comment, rule.log) == ("for the union", True)


def test_no_secret_is_kept() -> None:
    for shown in (repr(DEVICE), repr(BY_SET)):
        assert not [s for s in ("hashhash", "hidden", "fnRL/", "public") if s in shown]


def test_rules_alone_are_not_judged_as_a_device() -> None:
    part = "set address a ip-netmask 10.0.0.1\nset address-group g static a\n"
    assert read(part).aspects == {Aspect.OBJECTS, Aspect.COMMENTS, Aspect.LOGGING}
