"""FortiOS: what a configuration says beside its policies."""

from __future__ import annotations

import datetime as dt

from segmentation.device.device import Device
from segmentation.device.management import Aspect, ObjectKind, ServiceKind
from segmentation.model.addresses import Address, AddressSet
from segmentation.vendors import fortios
from segmentation.vendors.reading import SourceText

CONFIG = """\
#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=takahashi
config system global
    set hostname "fgt-branch"
    set admin-ssh-v1 enable
end
config system interface
    edit "wan1"
        set vdom "root"
        set mode pppoe
        set allowaccess ping https
        set type physical
    next
    edit "internal"
        set vdom "root"
        set ip 10.90.0.1 255.255.255.0
        set allowaccess ping ssh snmp telnet http
        set alias "management"
        set type physical
        config ipv6
            set ip6-address fd00::1/64
            set ip6-allowaccess https
        end
    next
    edit "dmz"
        set vdom "root"
        set status down
        set type physical
    next
    edit "lan4"
        set vdom "root"
        set type physical
    next
    edit "vlan20"
        set vdom "root"
        set ip 10.20.0.1 255.255.255.0
        set interface "internal"
        set vlanid 20
    next
end
config system admin
    edit "admin"
        set accprofile "super_admin"
        set vdom "root"
    next
    edit "takahashi"
        set trusthost1 10.90.0.30 255.255.255.255
        set accprofile "super_admin"
        set password ENC AK1secretsecretsecretsecret=
    next
end
config system snmp sysinfo
    set status enable
end
config system snmp community
    edit 1
        set name "public"
        config hosts
            edit 1
                set ip 10.90.0.50 255.255.255.255
            next
        end
        set query-v1-status disable
    next
end
config system snmp user
    edit "watcher"
        set auth-pwd ENC hidden
    next
end
config system ntp
    set ntpsync enable
    set type custom
    config ntpserver
        edit 1
            set server "10.255.9.2"
            set authentication enable
            set key ENC hiddenkey
        next
    end
end
config log syslogd setting
    set status enable
    set server "10.90.0.60"
    set mode reliable
    set port 6514
    set enc-algorithm high
end
config log syslogd2 setting
    set server "10.90.0.61"
end
config vpn ipsec phase1-interface
    edit "branch"
        set interface "wan1"
        set ike-version 2
        set proposal aes256-sha256 aes128gcm-prfsha256
        set dhgrp 14 5
        set psksecret ENC hiddenhidden
    next
    edit "clients"
        set type dynamic
        set interface "wan1"
        set mode aggressive
        set proposal 3des-md5
        set xauthtype auto
        set authusrgrp "staff"
    next
end
config vpn ipsec phase2-interface
    edit "branch-2"
        set phase1name "branch"
        set proposal null-sha1
        set src-name "branch-net"
    next
end
config system gre-tunnel
    edit "gre1"
        set interface "wan1"
    next
end
config vpn ssl settings
    set source-interface "wan1"
    set source-address "all"
end
config user local
    edit "sato"
        set type password
        set passwd ENC hidden2
    next
end
config wireless-controller vap
    edit "guest"
        set ssid "city-guest"
        set security open
    next
    edit "staff"
        set ssid "city-staff"
        set passphrase ENC hidden3
    next
end
config switch-controller managed-switch
    edit "S108EN0001"
        config ports
            edit "port1"
                set vlan "vlan20"
                set port-security-policy "802-1X"
            next
        end
    next
end
config router static
    edit 1
        set gateway 192.0.2.1
        set device "wan1"
    next
    edit 2
        set dst 10.10.0.0 255.255.0.0
        set blackhole enable
    next
    edit 3
        set status disable
        set dst 10.11.0.0 255.255.0.0
        set device "internal"
    next
    edit 4
        set dstaddr "odd"
        set device "internal"
        set gateway 10.90.0.254
    next
end
config firewall address
    edit "odd"
        set type iprange
        set start-ip 10.30.0.0
        set end-ip 10.30.2.255
    next
    edit "branch-net"
        set subnet 10.40.0.0 255.255.255.0
    next
    edit "host"
        set subnet 10.90.0.30 255.255.255.255
    next
    edit "left-over"
        set subnet 10.50.0.0 255.255.255.0
    next
    edit "swscan.apple.com"
        set type fqdn
        set fqdn "swscan.apple.com"
    next
    edit "shaped"
        set subnet 10.60.0.0 255.255.255.0
    next
end
config firewall addrgrp
    edit "hosts"
        set member "host"
    next
    edit "nothing"
    next
end
config firewall shaping-policy
    edit 1
        set srcaddr "shaped"
    next
end
config firewall service custom
    edit "HTTPS"
        set tcp-portrange 443
    next
    edit "ODD-SERVICE"
        set tcp-portrange 9999
    next
end
config firewall schedule onetime
    edit "until-autumn"
        set start 00:00 2026/04/01
        set end 23:59 2026/09/30
    next
end
config firewall policy
    edit 7
        set name "jump"
        set srcintf "internal"
        set dstintf "vlan20"
        set action accept
        set srcaddr "hosts" "host"
        set dstaddr "nothing" "odd"
        set schedule "until-autumn"
        set service "HTTPS"
        set logtraffic all
        set comments "for the maintenance company"
    next
    edit 8
        set status disable
        set srcintf "internal"
        set dstintf "vlan20"
        set action accept
        set srcaddr "left-over"
        set dstaddr "all"
        set schedule "always"
        set service "ODD-SERVICE"
    next
end
"""


def read(text: str = CONFIG) -> Device:
    return fortios.parse([SourceText("fgt.conf", text, "0" * 64)])


DEVICE = read()
SECRETS = ("secretsecret", "hidden", "ENC hid", "hiddenkey")


def test_services_of_every_interface() -> None:
    assert DEVICE.not_understood == ()
    found = [(s.kind, s.interfaces[0], s.version) for s in DEVICE.management.services]
    assert found == [
        (ServiceKind.PING, "wan1", ""), (ServiceKind.HTTPS, "wan1", ""), (ServiceKind.PING, "internal", ""),
        (ServiceKind.SSH, "internal", "1"), (ServiceKind.SNMP, "internal", "2c"), (ServiceKind.SNMP, "internal", "3"),
        (ServiceKind.TELNET, "internal", ""), (ServiceKind.HTTP, "internal", ""), (ServiceKind.HTTPS, "internal", ""),
    ]  # fmt: skip
    public = DEVICE.management.services[4]
    assert (public.well_known_secret, public.sources) == (True, AddressSet.parse("10.90.0.50"))
    # One account without trusted hosts: the others' do not limit the service.
    assert {s.sources for s in DEVICE.management.services if s.kind is ServiceKind.HTTPS} == {None}


def test_trusted_hosts_of_every_account_limit_administration() -> None:
    found = read(CONFIG.replace('    edit "admin"\n', '    edit "admin"\n        set trusthost1 10.90.0.31 255.255.255.255\n'))
    ssh = next(s for s in found.management.services if s.kind is ServiceKind.SSH)
    assert ssh.sources == AddressSet.parse("10.90.0.30-10.90.0.31")


def test_a_stopped_agent_and_a_stopped_telnet_serve_nobody() -> None:
    still = read(CONFIG.replace("snmp sysinfo\n    set status enable", "snmp sysinfo\n    set status disable"))
    assert ServiceKind.SNMP not in {s.kind for s in still.management.services}
    quiet = read(CONFIG.replace("    set admin-ssh-v1", "    set admin-telnet disable\n    set admin-ssh-v1"))
    assert ServiceKind.TELNET not in {s.kind for s in quiet.management.services}


def test_accounts() -> None:
    assert [(a.name, a.factory, a.no_password, a.weak_hash) for a in DEVICE.management.accounts] == [
        ("admin", True, True, ""), ("takahashi", False, False, "sha1"),
    ]  # fmt: skip


def test_log_and_time() -> None:
    assert [(s.host, s.protocol, s.port, s.enabled) for s in DEVICE.management.syslog] == [
        ("10.90.0.60", "tls", 6514, True), ("10.90.0.61", "udp", 514, False),
    ]  # fmt: skip
    assert [(t.host, t.authenticated, t.enabled) for t in DEVICE.management.time_servers] == [("10.255.9.2", True, True)]
    public = read(CONFIG.replace("    set type custom\n    config ntp", "    config ntp"))
    assert [t.host for t in public.management.time_servers] == ["FortiGuard"]
    assert Aspect.TIME in DEVICE.aspects


def test_ports_of_the_device_and_of_its_switches() -> None:
    assert [(p.name, p.enabled, p.mode, p.vlans, p.identification, p.configured) for p in DEVICE.management.ports] == [
        ("wan1", True, "routed", (), "", True), ("internal", True, "routed", (), "", True),
        ("dmz", False, "routed", (), "", False), ("lan4", True, "routed", (), "", False),
        ("S108EN0001 port1", True, "access", (20,), "dot1x", True),
    ]  # fmt: skip


def test_tunnels_and_ways_in() -> None:
    told = {t.name: t for t in DEVICE.management.tunnels}
    branch, clients = told["branch"], told["clients"]
    assert (branch.encryption, branch.integrity, branch.dh_groups, branch.ike) == (
        ("aes256-cbc", "aes128-gcm", "null"), ("sha256", "sha1"), (14, 5), "2",
    )  # fmt: skip
    assert (clients.encryption, clients.integrity, clients.ike) == (("3des",), ("md5",), "1-aggressive")
    assert (told["gre1"].kind, told["gre1"].encrypted) == ("gre", False)
    assert [(r.kind, r.authenticated, r.second_factor) for r in DEVICE.management.remote_access] == [
        ("ssl-vpn", True, False), ("ipsec", True, False),
    ]  # fmt: skip
    strong = read(
        CONFIG.replace("        set type password\n", "        set type password\n        set two-factor fortitoken\n")
    )
    assert {r.second_factor for r in strong.management.remote_access} == {True}


def test_wireless_networks() -> None:
    assert [(w.name, w.security) for w in DEVICE.management.wireless] == [("city-guest", "open"), ("city-staff", "wpa2-psk")]


def test_routes() -> None:
    told = [(r.address, r.length, r.interface, r.discard, r.name) for r in DEVICE.routes if r.family == 4]
    value = {n: Address.parse(n).value for n in ("10.90.0.0", "10.20.0.0", "10.10.0.0", "10.30.0.0", "10.30.2.0")}
    assert told == [
        (0, 0, "wan1", False, "pppoe"), (value["10.90.0.0"], 24, "internal", False, ""),
        (value["10.20.0.0"], 24, "vlan20", False, ""), (0, 0, "wan1", False, ""), (value["10.10.0.0"], 16, "", True, ""),
        (value["10.30.0.0"], 23, "internal", False, ""), (value["10.30.2.0"], 24, "internal", False, ""),
    ]  # fmt: skip
    assert Aspect.ROUTES in DEVICE.aspects
    neighbours = 'config router bgp\n    config neighbor\n        edit "10.0.0.1"\n        next\n    end\nend\n'
    assert Aspect.ROUTES not in read(CONFIG + neighbours).aspects


def test_objects_with_their_use() -> None:
    found = {(o.kind, o.name): o for o in DEVICE.objects}
    assert found[ObjectKind.ADDRESS, "host"].used_by == 2  # by name and through its group
    assert found[ObjectKind.ADDRESS, "left-over"].used_by == 0  # the policy that names it is disabled
    assert found[ObjectKind.ADDRESS, "branch-net"].used_by == 1  # by a tunnel
    assert found[ObjectKind.ADDRESS, "odd"].used_by == 2  # by a route and a policy
    assert found[ObjectKind.ADDRESS, "shaped"].used_by == 1  # by a policy that is not read
    assert (ObjectKind.ADDRESS, "swscan.apple.com") not in found  # every device comes with it
    assert found[ObjectKind.ADDRESS_GROUP, "nothing"].empty
    assert found[ObjectKind.SERVICE, "ODD-SERVICE"].used_by == 0
    schedule = found[ObjectKind.SCHEDULE, "until-autumn"]
    assert (schedule.used_by, schedule.expires) == (1, dt.date(2026, 9, 30))
    assert CONFIG.split("\n")[schedule.user.line - 1].strip() == "edit 7"


def test_interfaces_rules_and_software() -> None:
    infos = {i.name: i for i in DEVICE.interfaces}
    assert (infos["internal"].description, infos["dmz"].enabled, infos["wan1"].enabled) == ("management", False, True)
    rule = next(r for r in DEVICE.chains["root policy"].rules if r.id == "7")
    assert (rule.comment, rule.log) == ("jump; for the maintenance company", True)
    assert [(s.product, s.version) for s in DEVICE.management.software] == [("FortiOS", "7.4.8")]


def test_no_secret_is_kept() -> None:
    shown = repr(DEVICE)
    assert not [s for s in SECRETS if s in shown]


def test_a_part_of_a_configuration_is_not_judged_as_a_device() -> None:
    part = CONFIG[CONFIG.index("config firewall address") :]
    assert read(part).aspects == {Aspect.OBJECTS, Aspect.COMMENTS, Aspect.LOGGING}
    assert {a.no_password for a in read(CONFIG[CONFIG.index("config system admin") :]).management.accounts} == {False}


def test_a_policy_that_expires_holds_perhaps() -> None:
    dated = CONFIG.replace('        set name "jump"\n', '        set name "jump"\n        set policy-expiry enable\n')
    rules = [r for r in read(dated).chains["root policy"].rules if r.id == "7"]
    assert rules
    assert all("policy-expiry enable" in r.match.uncertain for r in rules)


def test_defaults_written_out_say_nothing() -> None:
    full = """        set status enable
        set src 0.0.0.0 0.0.0.0
        set blackhole disable
        set dstaddr ''
        set internet-service 0
        set internet-service-custom ''
        set sdwan-zone ''
        set vrf unspecified
"""
    written = CONFIG.replace(
        "    edit 1\n        set gateway 192.0.2.1\n", "    edit 1\n" + full + "        set gateway 192.0.2.1\n"
    )
    written = written.replace('    set server "10.90.0.61"\n', "    set server ''\n    set status disable\n")
    written = written.replace('    set source-interface "wan1"\n', "    set source-interface ''\n")
    found = read(written)
    assert written.count("''") == 5
    assert found.not_understood == ()
    assert [(r.address, r.length, r.interface, r.vrf) for r in found.routes] == [
        (r.address, r.length, r.interface, r.vrf) for r in DEVICE.routes
    ]
    assert Aspect.ROUTES in found.aspects
    assert [s.host for s in found.management.syslog] == ["10.90.0.60"]
    assert [r.kind for r in found.management.remote_access] == ["ipsec"]
