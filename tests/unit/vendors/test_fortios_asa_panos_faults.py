"""Planted faults in a FortiGate, an ASA and a PAN-OS firewall of the reference city; each clean twin gives nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from segmentation.device.device import Device
from segmentation.device.management import Aspect
from segmentation.lint import lint
from segmentation.model.finding import Confidence, Finding
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.registers import InterfaceZones
from segmentation.profiles.loader import load_policy
from segmentation.vendors import asa, fortios, panos
from segmentation.vendors.reading import SourceText, read_source
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

CASES = Path(__file__).resolve().parents[2] / "cases" / "planted-faults"
DAY = dt.date(2026, 8, 20)
Parse = Callable[..., Device]
VENDORS: dict[str, tuple[str, Parse]] = {
    "fortios": ("fortios.conf", fortios.parse), "asa": ("asa.cfg", asa.parse), "panos": ("panos.set", panos.parse),
}  # fmt: skip


#: Where the three firewalls stand: the interface of each zone.
INTERFACES = {
    zone: {"fortios": f"vlan{vlan}", "asa": zone, "panos": f"ethernet1/1.{vlan}"}
    for zone, vlan in (("mn-srv", 110), ("mn-term", 111), ("mn-gc", 115), ("lg-srv", 210), ("in-srv", 312), ("in-xfer", 313),
                       ("ex-koiki", 380))
}  # fmt: skip


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    core = model.devices["fw-core"]
    boundary = {
        name: replace(
            core, id=name, vendor=vendor,
            interfaces=tuple(InterfaceZones(interface=names[vendor], zones=(zone,)) for zone, names in INTERFACES.items()),
        )
        for vendor, name in (("fortios", "fgt-city"), ("asa", "asa-city"), ("panos", "pa-city"))
    }  # fmt: skip
    return replace(model, devices={**model.devices, **boundary}), policy


def clean(vendor: str) -> str:
    return (CASES / VENDORS[vendor][0]).read_text(encoding="utf-8")


def device(vendor: str, text: str, name: str = "") -> Device:
    file, parse = VENDORS[vendor]
    found = parse([SourceText(file, text, "0" * 64)])
    return replace(found, name=name) if name else found


def findings(found: Device) -> list[Finding]:
    return list(lint([found], *city(), DAY).findings)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_clean_twin_gives_nothing(vendor: str) -> None:
    found = device(vendor, clean(vendor))
    assert found.not_understood == ()
    assert [f"{f.rule} {f.message.en}" for f in findings(found)] == []
    assert {Aspect.TIME, Aspect.OBJECTS, Aspect.ROUTES, Aspect.SERVICES, Aspect.SYSLOG} <= found.aspects


def fortios_policy(number: int, came: str, goes: str, more: str, name: str = "added") -> str:
    return (
        f'    edit {number}\n        set name "{name}"\n        set srcintf "{came}"\n        set dstintf "{goes}"\n'
        f'        set action accept\n{more}        set schedule "always"\n        set logtraffic all\n'
        '        set comments "情報政策課"\n    next\n'
    )


def fortios_ends(src: str, dst: str, service: str) -> str:
    return f'        set srcaddr "{src}"\n        set dstaddr "{dst}"\n        set service "{service}"\n'


def panos_rule(name: str, came: str, goes: str, src: str, dst: str, service: str) -> str:
    pairs = (("from", came), ("to", goes), ("source", src), ("destination", dst), ("application", "any"), ("service", service),
             ("action", "allow"), ("description", "情報政策課"))  # fmt: skip
    return "".join(f"set rulebase security rules {name} {key} {value}\n" for key, value in pairs)


@dataclass(frozen=True)
class Fault:
    """One change of the clean configuration, the rules that must fire, and the words of the line they point at.

    ``also`` may fire beside them: what follows from the same change.
    """

    id: str
    vendor: str
    old: str
    new: str
    rules: frozenset[str]
    at: str
    also: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        base = clean(self.vendor)
        assert base.count(self.old) == 1
        return base.replace(self.old, self.new)


def fault(name: str, vendor: str, old: str, new: str, rules: str, at: str, also: str = "") -> Fault:
    return Fault(name, vendor, old, new, frozenset(rules.split()), at, frozenset(also.split()))


#: The change opens so much that many rules of isolation fire beside those named.
WIDE = "*"
FIRST = "config firewall policy\n"
OBJECTS = "config firewall address\n"
ZONE_NEW = (
    'config system zone\n    edit "joined"\n        set intrazone allow\n        set interface "vlan111" "vlan210"\n'
    "    next\nend\n"
)
FAULTS = (
    # V01: everything permitted from the counters.
    fault("V01", "fortios", FIRST, FIRST + fortios_policy(90, "vlan111", "any", fortios_ends("mn-term", "all", "ALL")),
          "NC-02 MN-01", "edit 90", also="*"),
    fault("V01", "asa", "access-list mn-term-in extended permit tcp object madoguchi-21",
          "access-list mn-term-in extended permit ip 10.10.11.0 255.255.255.0 any log\n"
          "access-list mn-term-in extended permit tcp object madoguchi-21",
          "NC-02 MN-01", "access-list mn-term-in extended permit ip", also="*"),
    fault("V01", "panos", "set rulebase security rules C08 from mn-term\n",
          panos_rule("everything", "mn-term", "any", "term", "any", "any") + "set rulebase security rules C08 from mn-term\n",
          "NC-02 MN-01", "set rulebase security rules everything", also="*"),
    # V02: the pinned host of C08 widened to its network.
    fault("V02", "fortios", "set subnet 10.10.11.21 255.255.255.255", "set subnet 10.10.11.0 255.255.255.0", "MN-03", "edit 1"),
    fault("V02", "asa", " host 10.10.11.21", " subnet 10.10.11.0 255.255.255.0", "MN-03",
          "access-list mn-term-in extended permit tcp object madoguchi-21"),
    fault("V02", "panos", "madoguchi-21 ip-netmask 10.10.11.21", "madoguchi-21 ip-netmask 10.10.11.0/24", "MN-03",
          "set rulebase security rules C08"),
    # V04: a way around the rules.  A FortiGate zone that joins two layers; an interface of an ASA without a list; PAN-OS
    # interfaces of two layers in one zone, inside which everything passes.
    fault("V04", "fortios", "config system admin\n", ZONE_NEW + "config system admin\n", "MN-01", 'edit "joined"',
          also="*"),
    fault("V04", "asa", "access-group mn-srv-in in interface mn-srv\n", "", "NC-05 MN-01 NC-03", "interface GigabitEthernet0/0",
          also="*"),
    fault("V04", "panos", "set zone in-srv network layer3 ethernet1/1.312\n",
          "set zone in-srv network layer3 ethernet1/2\nset zone mn-srv network layer3 ethernet1/1.312\n"
          "set rulebase security rules inside rule-type intrazone\n"
          + panos_rule("inside", "mn-srv", "mn-srv", "any", "any", "any"),
          "MN-01", "set rulebase security rules inside", also="*"),
    # V06: a rule behind one that takes all its packets.
    fault("V06", "fortios", "    edit 3\n",
          fortios_policy(12, "vlan111", "vlan380", fortios_ends("madoguchi-21", "koiki", "HTTPS"), "again") + "    edit 3\n",
          "NC-03", "edit 12"),
    fault("V06", "asa", "access-list mn-term-in remark C10", "access-list mn-term-in extended permit tcp host 10.10.11.21 "
          "host 172.16.80.10 eq 443 log\naccess-list mn-term-in remark C10", "NC-03",
          "access-list mn-term-in extended permit tcp host 10.10.11.21"),
    fault("V06", "panos", "set rulebase security rules C10 from",
          panos_rule("again", "mn-term", "ex-koiki", "madoguchi-21", "koiki", "tcp-443")
          + "set rulebase security rules C10 from",
          "NC-03", "set rulebase security rules again"),
    # V09: the resolver of the Internet side to the mail server of the LGWAN side.
    fault("V09", "fortios", FIRST, FIRST + fortios_policy(
              9, "vlan312", "vlan210", fortios_ends("in-dns", "lg-mail", "SMTP")), "LG-02 LG-03", "edit 9", also="LG-05"),
    fault("V09", "asa", "access-group closed in interface in-srv",
          "access-list in-srv-in remark 情報政策課\naccess-list in-srv-in extended permit tcp host 10.30.10.53 "
          "object lg-mail eq smtp log\naccess-list in-srv-in extended deny ip any any log\n"
          "access-group in-srv-in in interface in-srv", "LG-02 LG-03", "access-list in-srv-in extended permit", also="LG-05"),
    fault("V09", "panos", "set rulebase security rules C08 from mn-term\n",
          panos_rule("mail", "in-srv", "lg-srv", "10.30.10.53", "lg-mail", "tcp-25")
          + "set rulebase security rules C08 from mn-term\n", "LG-02 LG-03", "set rulebase security rules mail", also="LG-05"),
    # V20: IPv6 open where IPv4 is closed.
    fault("V20", "fortios", FIRST, FIRST + fortios_policy(
              20, "vlan111", "vlan210",
              '        set srcaddr6 "term-6"\n        set dstaddr6 "lg-6"\n        set service "HTTPS"\n'),
          "ZM-05", "edit 20", also="MN-01 NC-04"),
    fault("V20", "asa", "access-list mn-term-in remark C10",
          "access-list mn-term-in extended permit tcp fd00:10:10:111::/64 fd00:10:20:210::/64 eq 443 log\n"
          "access-list mn-term-in remark C10", "ZM-05", "access-list mn-term-in extended permit tcp fd00", also="MN-01 NC-04"),
    fault("V20", "panos", "set rulebase security rules C08 from mn-term\n",
          panos_rule("six", "mn-term", "lg-srv", "fd00:10:10:111::/64", "fd00:10:20:210::/64", "tcp-443")
          + "set rulebase security rules C08 from mn-term\n", "ZM-05", "set rulebase security rules six", also="MN-01 NC-04"),
    # V21: no time server.
    fault("V21", "fortios", "    set ntpsync enable\n    set type custom\n    config ntpserver\n        edit 1\n"
          '            set server "10.90.0.60"\n        next\n    end\n', "", "LT-05", ""),
    fault("V21", "asa", "ntp server 10.90.0.60\n", "", "LT-05", ""),
    fault("V21", "panos", "set deviceconfig system ntp-servers primary-ntp-server ntp-server-address 10.90.0.60\n", "",
          "LT-05", ""),
)  # fmt: skip


def with_objects(text: str) -> str:
    """The objects that only one fault names."""
    if "term-6" in text:
        pairs = (("term-6", "fd00:10:10:111::/64"), ("lg-6", "fd00:10:20:210::/64"))
        six = "".join(f'    edit "{name}"\n        set ip6 {prefix}\n    next\n' for name, prefix in pairs)
        return text.replace(OBJECTS, f"config firewall address6\n{six}end\n{OBJECTS}")
    if '"in-dns"' not in text:
        return text
    host = '    edit "in-dns"\n        set subnet 10.30.10.53 255.255.255.255\n    next\n'
    return text.replace(OBJECTS, OBJECTS + host)


@pytest.mark.parametrize("case", FAULTS, ids=lambda f: f"{f.id}-{f.vendor}")
def test_a_planted_fault_is_found_at_its_line(case: Fault) -> None:
    text = with_objects(case.text)
    lines = text.split("\n")
    found = findings(device(case.vendor, text))
    rules = {f.rule for f in found}
    assert case.rules <= rules
    if WIDE not in case.also:
        assert rules <= case.rules | case.also
    if case.at:
        for rule in case.rules - {"NC-03"} or case.rules:
            assert any(lines[f.where.location.line - 1].strip().startswith(case.at) for f in found if f.rule == rule)


#: A firewall that stands in the place of the file sanitizer: it must forward nothing.
SANITIZER = {
    "fortios": (
        """config system global
    set allow-traffic-redirect disable
    set ipv6-allow-traffic-redirect disable
end
config system interface
    edit "eth0"
        set ip 10.30.40.5 255.255.255.240
    next
    edit "eth1"
        set ip 10.20.40.5 255.255.255.240
    next
end
config firewall policy
    edit 1
        set srcintf "eth0"
        set dstintf "eth1"
        set action accept
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
    next
end
""",
        "set action accept", "set action deny", "edit 1",
    ),
    "asa": (
        """hostname cdr-gw
interface GigabitEthernet0/0
 nameif eth0
 security-level 50
 ip address 10.30.40.5 255.255.255.240
interface GigabitEthernet0/1
 nameif eth1
 security-level 50
 ip address 10.20.40.5 255.255.255.240
same-security-traffic permit inter-interface
access-list IN extended permit ip any any log
access-group IN in interface eth0
access-list LG extended deny ip any any log
access-group LG in interface eth1
""",
        "IN extended permit", "IN extended deny", "access-list IN extended",
    ),
    "panos": (
        """set network interface ethernet eth0 layer3 ip 10.30.40.5/28
set network interface ethernet eth1 layer3 ip 10.20.40.5/28
set zone in network layer3 eth0
set zone lg network layer3 eth1
set rulebase default-security-rules rules intrazone-default action deny
set rulebase security rules all from in
set rulebase security rules all to lg
set rulebase security rules all source any
set rulebase security rules all destination any
set rulebase security rules all application any
set rulebase security rules all service any
set rulebase security rules all action allow
""",
        "all action allow", "all action deny", "set rulebase security rules all",
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS)
def test_v08_a_sanitizer_that_forwards(vendor: str) -> None:
    text, wrong, right, at = SANITIZER[vendor]
    assert text.count(wrong) == 1
    lines = text.split("\n")
    forwards = [f for f in findings(device(vendor, text, "cdr-gw")) if f.rule == "LG-04"]
    assert forwards
    assert {lines[f.where.location.line - 1].strip().startswith(at) for f in forwards} == {True}
    assert {f.confidence for f in forwards} == {Confidence.CERTAIN}
    twin = {f.rule for f in findings(device(vendor, text.replace(wrong, right), "cdr-gw"))}
    assert not {r for r in twin if r.startswith(("LG-", "MN-", "IN-"))}


@pytest.mark.parametrize("vendor", VENDORS)
def test_v25_comments_in_shift_jis_and_full_width_digits(vendor: str, tmp_path: Path) -> None:
    file, parse = VENDORS[vendor]
    text = clean(vendor).replace("情報政策課", "情報政策課 申請第１２３号 能登")
    path = tmp_path / file
    path.write_bytes(text.encode("cp932"))
    source = read_source(path)
    assert isinstance(source, SourceText)
    assert source.encoding == "cp932"
    found = parse([source])
    assert found.not_understood == ()
    comments = {r.comment for c in found.chains.values() for r in c.rules if r.comment}
    assert any("申請第１２３号 能登" in c for c in comments)
    assert findings(found) == []
    same = device(vendor, text)
    assert {n: [r.match for r in c.rules] for n, c in same.chains.items()} == {
        n: [r.match for r in c.rules] for n, c in found.chains.items()
    }
