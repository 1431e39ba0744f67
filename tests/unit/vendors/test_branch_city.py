"""Branch routers and access switches of the reference city (RTX, IX, AlliedWare Plus): planted faults and their clean twins."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from types import ModuleType

import pytest

from segmentation.lint import LintResult, lint
from segmentation.model.finding import Finding
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import awplus, ix, rtx
from segmentation.vendors.reading import SourceText, decode
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

DAY = dt.date(2026, 8, 20)
RTX = """\
login password encrypted abc
administrator password encrypted abc
telnetd service off
httpd service off
sshd service on
sshd host 10.90.0.30
syslog host 10.90.0.60
syslog notice on
schedule at 1 */* 00:00:00 * ntpdate 10.90.0.10
ip lan1 address 10.10.19.1/24
ip lan1 secure filter in 10 99
ip tunnel1 secure filter in 99
# C11 窓口 情報政策課
ip filter 10 pass-log 10.10.19.0/24 10.10.10.0/24 tcp * 443
ip filter 99 reject-log * * * * *
"""
IX = """\
hostname ix-br
ntp server 10.90.0.10
syslog ip host 10.90.0.60
syslog ip enable
logging subsystem all info
! C11 窓口 情報政策課
ip access-list naka permit tcp src 10.10.19.0/24 sport any dest 10.10.10.0/24 dport eq 443
ip access-list tomeru deny ip src any dest any
interface GigaEthernet1.0
  ip address 10.10.19.1/24
  ip filter naka 1 in
  ip filter tomeru 2 in
  no shutdown
interface Tunnel0.0
  tunnel mode ipsec
  ip filter tomeru 1 in
  no shutdown
"""
AWPLUS = """\
username kanri privilege 15 password 8 $6$abcdefgh
no service telnet
no service http
log host 10.90.0.60
ntp server 10.90.0.10
access-list hardware tomeru
 deny ip any any
vlan access-map TOJIRU
 match access-group tomeru
vlan filter TOJIRU vlan-list 211,212 input
interface port1.0.1
 description tanmatsu
 switchport mode access
 switchport access vlan 211
 auth-mac enable
interface vlan211
 ip address 10.20.16.2/21
"""
PARSERS: dict[str, ModuleType] = {"rtx": rtx, "ix": ix, "awplus": awplus}
NAMES = {"rtx": ("rtx-br", {}), "ix": ("rtx-br", {"lan1": "GigaEthernet1.0", "tunnel1": "Tunnel0.0"}), "awplus": ("sw-lg", {})}
CONFIGS = {"rtx": RTX, "ix": IX, "awplus": AWPLUS}


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    return model, policy


def linted(vendor: str, config: str | None = None, encoding: str = "utf-8") -> LintResult:
    model, policy = city()
    name, renamed = NAMES[vendor]
    record = model.devices[name]
    interfaces = tuple(replace(i, interface=renamed.get(i.interface, i.interface)) for i in record.interfaces)
    model = replace(model, devices={**model.devices, name: replace(record, interfaces=interfaces)})
    source = decode((config or CONFIGS[vendor]).encode(encoding), f"{name}.cfg")
    assert isinstance(source, SourceText)
    made = replace(PARSERS[vendor].parse([source]), name=name)
    assert made.not_understood == ()
    return lint([made], model, policy, DAY)


def by_rule(result: LintResult, rule: str) -> list[Finding]:
    return [f for f in result.findings if f.rule == rule]


def planted(vendor: str, old: str, new: str) -> str:
    assert CONFIGS[vendor].count(old) == 1
    return CONFIGS[vendor].replace(old, new)


@pytest.mark.parametrize("vendor", ["rtx", "ix"])
def test_as_agreed_nothing_is_found(vendor: str) -> None:
    assert [(f.rule, f.message.en) for f in linted(vendor).findings] == []


@pytest.mark.parametrize(
    ("vendor", "line"),
    [
        ("rtx", "schedule at 1 */* 00:00:00 * ntpdate 10.90.0.10\n"), ("ix", "ntp server 10.90.0.10\n"),
        ("awplus", "ntp server 10.90.0.10\n"),
    ],
)  # fmt: skip
def test_v21_no_time_server(vendor: str, line: str) -> None:
    assert by_rule(linted(vendor), "LT-05") == []
    (found,) = by_rule(linted(vendor, planted(vendor, line, "")), "LT-05")
    assert found.where.location.file.endswith(".cfg")


@pytest.mark.parametrize(
    ("vendor", "old", "new"),
    [
        ("rtx", "ip filter 10 pass-log 10.10.19.0/24 10.10.10.0/24 tcp * 443", "ip filter 10 pass-log 10.10.19.0/24 * * * *"),
        ("ix", "tcp src 10.10.19.0/24 sport any dest 10.10.10.0/24 dport eq 443", "ip src 10.10.19.0/24 dest any"),
    ],
)  # fmt: skip
def test_v01_a_permit_of_everything(vendor: str, old: str, new: str) -> None:
    assert by_rule(linted(vendor, planted(vendor, old, new)), "NC-02")


@pytest.mark.parametrize(
    ("vendor", "old", "new"),
    [
        ("rtx", "ip lan1 address 10.10.19.1/24\n",
         "ip lan1 address 10.10.19.1/24\nipv6 lan1 address 2001:db8:19::1/64\nipv6 tunnel1 address 2001:db8:10::1/64\n"),
        ("ix", "  ip address 10.10.19.1/24\n", "  ip address 10.10.19.1/24\n  ipv6 address 2001:db8:19::1/64\n"),
    ],
)  # fmt: skip
def test_v20_ipv6_passes_where_ipv4_is_filtered(vendor: str, old: str, new: str) -> None:
    found = linted(vendor, planted(vendor, old, new)).findings
    assert {f.rule for f in found} & {"ZM-05", "NC-01", "MN-01"}


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8"])
@pytest.mark.parametrize("vendor", ["rtx", "ix"])
def test_v25_comments_in_every_encoding_and_full_width_digits(vendor: str, encoding: str) -> None:
    config = planted(vendor, "C11 窓口 情報政策課", "Ｃ１１ 窓口１番 ｶﾞｲﾌﾞ 情報政策課")
    assert [f.message.en for f in linted(vendor, config, encoding).findings] == []


def test_v04_a_routed_vlan_of_the_my_number_side_on_an_access_switch() -> None:
    assert by_rule(linted("awplus"), "NC-05") == []
    added = AWPLUS + "interface vlan111\n ip address 10.10.11.2/24\n"
    (found,) = by_rule(linted("awplus", added), "NC-05")
    assert found.where.location.line == added[: added.index("interface vlan111")].count("\n") + 1
    mapped = added.replace("vlan-list 211,212", "vlan-list 111,211,212")
    assert by_rule(linted("awplus", mapped), "NC-05") == []
