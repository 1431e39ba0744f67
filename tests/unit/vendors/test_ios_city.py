"""Cisco IOS at boundaries of the reference city: as agreed nothing is found, each planted fault with its rule and line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from segmentation.device.device import Device
from segmentation.lint import LintResult, lint
from segmentation.model.finding import Finding, Severity
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import ios
from segmentation.vendors.reading import SourceText, decode
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

DAY = dt.date(2026, 8, 20)
SETTINGS = """\
version 17.9
hostname {name}
username kanri privilege 15 secret 9 $9$abcdefghijklmn$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG
no ip http server
no ip http secure-server
ip ssh version 2
ip access-list standard KANRI
 permit 10.90.0.30
 deny any log
logging host 10.90.0.60
ntp server 10.90.0.10
line vty 0 15
 access-class KANRI in
 transport input ssh
"""
#: Between the counters and the external lines: C08 and nothing else.
LINES = (
    SETTINGS.format(name="fw-core")
    + """\
ip access-list extended MADOGUCHI
 remark C08 後期高齢者 情報政策課
 permit tcp host 10.10.11.21 host 172.16.80.10 eq 443 log
 deny ip any any log
ip access-list extended GAIBU
 deny ip any any log
interface Vlan111
 description madoguchi
 ip address 10.10.11.1 255.255.255.0
 ip access-group MADOGUCHI in
interface Vlan380
 description kaisen
 ip address 172.16.70.1 255.255.255.0
 ip access-group GAIBU in
"""
)
#: The switch of the LGWAN side's terminals.
SWITCH = (
    SETTINGS.format(name="l3sw")
    + """\
vlan access-map NAIBU 10
 action forward
ip access-list extended FUKUGO
 remark 複合機からは何も始めない 情報政策課
 deny ip any any log
ip access-list extended TANMATSU
 remark LG内 情報政策課
 permit tcp 10.20.16.0 0.0.7.255 10.20.50.0 0.0.0.255 eq 9100 log
 deny ip any any log
interface GigabitEthernet1/0/1
 description tanmatsu
 switchport access vlan 211
 switchport mode access
 switchport port-security
interface GigabitEthernet1/0/24
 description to fw-lg
 switchport trunk native vlan 999
 switchport trunk allowed vlan 211,214,219
 switchport mode trunk
interface Vlan211
 ip address 10.20.16.1 255.255.248.0
 ip access-group TANMATSU in
interface Vlan214
 ip address 10.20.50.1 255.255.255.0
 ip access-group FUKUGO in
"""
)
#: A host with two legs that forwards nothing.
STILL = (
    SETTINGS.format(name="{name}")
    + """\
ip access-list extended TOMERU
 deny ip any any log
interface GigabitEthernet0/0
 description soto
 ip address {first} 255.255.255.240
 ip access-group TOMERU in
interface GigabitEthernet0/1
 description naka
 ip address {second} 255.255.255.240
 ip access-group TOMERU in
"""
)


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    return model, policy


def device(config: str, name: str) -> Device:
    return replace(ios.parse([SourceText(f"{name}.cfg", config, "0" * 64)]), name=name)


def linted(config: str, name: str, **renamed: str) -> LintResult:
    """The findings of *config* as device *name*; *renamed*: the names of the model's interfaces in it, ``_`` for ``/``."""
    model, policy = city()
    record = model.devices[name]
    if renamed:
        interfaces = tuple(
            replace(i, interface=renamed[i.interface].replace("_", "/")) for i in record.interfaces if i.interface in renamed
        )
        model = replace(model, devices={**model.devices, name: replace(record, interfaces=interfaces)})
    return lint([device(config, name)], model, policy, DAY)


def lines(config: str = LINES) -> LintResult:
    return linted(config, "fw-core", vlan111="Vlan111", vlan380="Vlan380")


def switch(config: str = SWITCH) -> LintResult:
    return linted(config, "l3sw")


def host(name: str, config: str | None = None) -> LintResult:
    return linted(config or still(name), name, eth0="GigabitEthernet0_0", eth1="GigabitEthernet0_1")


def still(name: str) -> str:
    first, second = {"cdr-gw": ("10.30.40.5", "10.20.40.5"), "relay-gw": ("10.30.10.53", "10.20.30.5")}[name]
    return STILL.format(name=name, first=first, second=second)


def planted(config: str, old: str, new: str) -> str:
    assert config.count(old) == 1
    return config.replace(old, new)


def by_rule(result: LintResult, rule: str) -> list[Finding]:
    return [f for f in result.findings if f.rule == rule]


def line_of(config: str, words: str) -> int:
    return config[: config.index(words)].count("\n") + 1


@pytest.mark.parametrize("result", [lines, switch, lambda: host("cdr-gw"), lambda: host("relay-gw")])
def test_as_agreed_nothing_is_found(result: object) -> None:
    assert [(f.rule, f.message.en) for f in result().findings] == []  # type: ignore[operator]


def test_v01_a_permit_of_everything() -> None:
    config = planted(LINES, " remark C08", " 5 permit ip 10.10.11.0 0.0.0.255 any\n remark C08")
    result = lines(config)
    line = line_of(config, " 5 permit")
    assert {f.where.location.line for f in by_rule(result, "MN-01")} == {line}
    assert line in {f.where.location.line for f in by_rule(result, "NC-02")}
    assert next(iter(by_rule(result, "NC-02"))).severity is Severity.CRITICAL


def test_v02_a_pinned_host_widened_to_its_network() -> None:
    config = planted(LINES, "tcp host 10.10.11.21", "tcp 10.10.11.0 0.0.0.255")
    (pin,) = lines(config).findings
    assert (pin.rule, pin.where.location.line) == ("MN-03", line_of(config, " permit tcp 10.10.11.0"))


def test_v04_an_interface_of_the_my_number_side_without_a_list() -> None:
    config = SWITCH + "interface Vlan111\n ip address 10.10.11.2 255.255.255.0\n"
    (bare,) = [f for f in by_rule(switch(config), "NC-05") if f.severity is Severity.CRITICAL]
    assert bare.where.location.line == line_of(config, "interface Vlan111")


def test_v04_twin_an_interface_with_a_list_that_denies() -> None:
    config = SWITCH + "interface Vlan111\n ip address 10.10.11.2 255.255.255.0\n ip access-group FUKUGO in\n"
    assert by_rule(switch(config), "NC-05") == []


def test_v04_a_vlan_map_is_a_filter_of_the_interface() -> None:
    config = SWITCH + (
        "interface Vlan111\n ip address 10.10.11.2 255.255.255.0\nvlan access-map TOJIRU 10\n action drop\n"
        "vlan filter TOJIRU vlan-list 111\n"
    )
    assert by_rule(switch(config), "NC-05") == []


def test_a_trunk_that_carries_the_my_number_side_too() -> None:
    config = planted(SWITCH, "allowed vlan 211,214,219", "allowed vlan 111,211,214,219")
    (found,) = by_rule(switch(config), "NC-05")
    assert found.where.location.line == line_of(config, "interface GigabitEthernet1/0/24")


def test_a_native_vlan_in_a_zone() -> None:
    (found,) = by_rule(switch(planted(SWITCH, "native vlan 999", "native vlan 211")), "NC-05")
    assert "211" in found.message.en


def test_v06_an_entry_behind_a_wider_one() -> None:
    entry = " permit tcp host 10.10.11.21 host 172.16.80.10 eq 443 log\n"
    result = lines(planted(LINES, entry, entry + entry.replace("eq 443", "range 443 443")))
    (hidden,) = result.findings
    assert (hidden.rule, "range 443" in hidden.where.rule_text) == ("NC-03", True)


def test_v08_the_sanitizer_forwards() -> None:
    config = planted(
        still("cdr-gw"),
        "ip access-list extended TOMERU\n deny ip any any log",
        "ip access-list extended TOMERU\n permit ip any any log",
    )
    result = host("cdr-gw", config)
    assert {f.where.location.line for f in by_rule(result, "LG-04")} == {line_of(config, " permit ip any any")}


def test_v09_mail_from_the_internet_side() -> None:
    end = " deny ip any any log\ninterface GigabitEthernet0/0"
    permit = " remark 障害通知 保守業者依頼\n permit tcp host 10.30.10.53 host 10.20.10.25 eq smtp log\n"
    config = planted(still("relay-gw"), end, permit + end)
    result = host("relay-gw", config)
    assert {f.rule for f in result.findings} >= {"LG-02", "LG-03"}
    assert {f.where.location.line for f in result.findings if f.src_zone} == {line_of(config, " permit tcp host 10.30")}


def test_v20_ipv6_without_a_filter() -> None:
    config = planted(LINES, " ip access-group MADOGUCHI in", " ip access-group MADOGUCHI in\n ipv6 address 2001:db8:111::1/64")
    config = planted(config, " ip access-group GAIBU in", " ip access-group GAIBU in\n ipv6 address 2001:db8:380::1/64")
    assert by_rule(lines(config), "ZM-05") or by_rule(lines(config), "MN-01")
    closed = "ipv6 access-list TOJIRU6\n deny ipv6 any any log\n" + config
    for name in ("111", "380"):
        closed = planted(closed, f"2001:db8:{name}::1/64", f"2001:db8:{name}::1/64\n ipv6 traffic-filter TOJIRU6 in")
    assert by_rule(lines(closed), "ZM-05") == by_rule(lines(closed), "MN-01") == []


def test_v21_no_time_server() -> None:
    (found,) = lines(planted(LINES, "ntp server 10.90.0.10\n", "")).findings
    assert found.rule == "LT-05"


def test_v25_remarks_in_shift_jis_and_full_width_digits() -> None:
    config = planted(LINES, "C08 後期高齢者 情報政策課", "Ｃ０８　１号線　後期高齢者　情報政策課")
    source = decode(config.encode("cp932"), "fw-core.cfg")
    assert isinstance(source, SourceText)
    made = replace(ios.parse([source]), name="fw-core")
    assert made.not_understood == ()
    assert "Ｃ０８ １号線" in made.chains["ip access-list MADOGUCHI"].rules[0].comment
    assert lines(config).findings == ()


def test_terminal_lines_open_to_everybody_and_a_community_that_everybody_knows() -> None:
    config = planted(LINES, " access-class KANRI in\n transport input ssh", " transport input telnet ssh")
    found = by_rule(lines(config + "snmp-server community public RO\n"), "NC-21")
    assert any("TELNET" in f.message.en for f in found)
    assert any(f.severity is Severity.CRITICAL for f in found)
    assert "public" not in " ".join(f.where.rule_text for f in found)
