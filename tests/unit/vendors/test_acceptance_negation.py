"""Statements that take back what was said before: as an integrator's change script, or a pasted configuration, has them.

Each text denies something and then takes the denial back (or the other way round).  A reader that skips the second line
would prove a separation that is not there.
"""

from __future__ import annotations

import pytest
from packet_questions import Case, wrong

from segmentation.vendors import asa, awplus, fortios, ios, ix, junos, panos, rtx
from segmentation.vendors.reading import SourceText

PARSERS = {
    "asa": asa.parse, "awplus": awplus.parse, "fortios": fortios.parse, "ios": ios.parse, "ix": ix.parse, "junos": junos.parse,
    "panos": panos.parse, "rtx": rtx.parse,
}  # fmt: skip


ASA = """ASA Version 9.16(4)
interface Gi0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface Gi0/1
 nameif inside
 security-level 100
 ip address 10.1.0.1 255.255.255.0
interface Gi0/2
 nameif d1
 security-level 50
 ip address 10.2.0.1 255.255.255.0
interface Gi0/3
 nameif d2
 security-level 50
 ip address 10.3.0.1 255.255.255.0
"""
IN = "outside>inside 198.51.100.9 10.1.0.5 "
IOS = """hostname r1
interface Gi0/0
 ip address 10.1.0.1 255.255.255.0
 ip access-group IN in
interface Gi0/1
 ip address 10.2.0.1 255.255.255.0
"""
FORTH = "Gi0/0>Gi0/1 10.1.0.5 10.2.0.5 "
IX = """hostname ix
{}
interface GigaEthernet0.0
  ip address 203.0.113.2/29
  ip filter W 1 in
  {}
  no shutdown
!
interface GigaEthernet1.0
  ip address 10.1.0.1/24
  no shutdown
"""
IX_IN = "GigaEthernet0.0>GigaEthernet1.0 198.51.100.9 10.1.0.5 tcp/443 "
AR = """hostname ar
zone private
 network lan
  ip subnet 10.1.0.0/24
zone public
 network all
  ip subnet 0.0.0.0/0 interface eth1
firewall
 rule 30 deny any from public to private log
 {}
 protect
 {}
interface eth1
 ip address 203.0.113.2/29
interface vlan1
 ip address 10.1.0.1/24
"""
AR_IN = "eth1>vlan1 198.51.100.9 10.1.0.5 tcp/80 "
SRX = """set version 20.4R3.8
set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/24
set interfaces ge-0/0/1 unit 0 family inet address 10.2.0.1/24
set security zones security-zone a interfaces ge-0/0/0.0
set security zones security-zone b interfaces ge-0/0/1.0
set security policies from-zone a to-zone b policy q match source-address any
set security policies from-zone a to-zone b policy q match destination-address any
set security policies from-zone a to-zone b policy q match application any
set security policies from-zone a to-zone b policy q then deny
set security policies default-policy permit-all
"""
SRX_OVER = "ge-0/0/0.0>ge-0/0/1.0 10.1.0.5 10.2.0.5 tcp/22 "

CASES = {
    "asa: no same-security-traffic": Case(
        "asa", ASA + "same-security-traffic permit inter-interface\nno same-security-traffic permit inter-interface\n",
        ("d1>d2 10.2.0.5 10.3.0.5 tcp/80 => no",),
    ),
    "asa: no access-group": Case(
        "asa",
        ASA + "access-list X extended deny ip any any\naccess-group X in interface inside\n"
        "no access-group X in interface inside\n",
        ("inside>outside 10.1.0.5 198.51.100.9 tcp/80 => yes",),
    ),
    "asa: no access-list, an entry": Case(
        "asa",
        ASA + "access-list X extended deny tcp any any eq 80 log\naccess-list X extended permit tcp any any\n"
        "no access-list X extended deny tcp any any eq 80\naccess-group X in interface outside\n",
        (IN + "tcp/80 => yes", IN + "udp/80 => no"),
    ),
    "asa: no access-list, an entry that is not there": Case(
        "asa",
        ASA + "access-list X extended deny tcp any any eq www\naccess-list X extended permit tcp any any\n"
        "no access-list X extended deny tcp any any eq 80\naccess-group X in interface outside\n",
        (IN + "tcp/80 => may",), 1,
    ),
    "asa: an entry is put in before another": Case(
        "asa",
        ASA + "access-list X remark first\naccess-list X extended deny tcp any any eq 80\n"
        "access-list X line 2 extended permit tcp any any eq 80\naccess-group X in interface outside\n",
        (IN + "tcp/80 => yes",),
    ),
    "asa: no security-level": Case(
        "asa", ASA + "interface Gi0/2\n no security-level\n",
        ("d1>outside 10.2.0.5 198.51.100.9 tcp/80 => no", "d2>d1 10.3.0.5 10.2.0.5 tcp/80 => yes"),
    ),
    "ios: no ip access-group": Case(
        "ios", IOS + "ip access-list extended IN\n deny ip any any\ninterface Gi0/0\n no ip access-group IN in\n",
        (FORTH + "tcp/80 => yes",),
    ),
    "ios: no ip access-list": Case(
        "ios",
        IOS + "ip access-list extended IN\n deny tcp any any\nno ip access-list extended IN\n"
        "ip access-list extended IN\n permit tcp any any eq 80\n",
        (FORTH + "tcp/80 => yes", FORTH + "tcp/81 => no"),
    ),
    "ios: no NUMBER, no ENTRY": Case(
        "ios",
        IOS + "ip access-list extended IN\n 10 deny tcp any any eq 80\n 20 deny tcp any any eq 81\n"
        " 30 permit tcp any any\n no 10\n no deny tcp any any eq 81\n",
        (FORTH + "tcp/80 => yes", FORTH + "tcp/81 => yes", FORTH + "udp/81 => no"),
    ),
    "ios: no ENTRY that is not there": Case(
        "ios",
        IOS + "ip access-list extended IN\n 10 deny tcp any any eq www\n 30 permit tcp any any\n no deny tcp any any eq 80\n",
        (FORTH + "tcp/80 => may",), 1,
    ),
    "ix: no ip access-list ENTRY": Case(
        "ix",
        IX.format("ip access-list W deny ip src any dest any\nno ip access-list W deny ip src any dest any\n"
                  "ip access-list W permit ip src any dest any", ""),
        (IX_IN + "=> yes",),
    ),
    "ix: no ip access-list": Case(
        "ix",
        IX.format("ip access-list W deny ip src any dest any\nno ip access-list W\n"
                  "ip access-list W permit ip src any dest any", ""),
        (IX_IN + "=> yes",),
    ),
    "ix: no ip filter": Case(
        "ix", IX.format("ip access-list W deny ip src any dest any", "no ip filter W 1 in"), (IX_IN + "=> yes",)
    ),
    "awplus: no rule": Case(
        "awplus", AR.format("no rule 30\n rule 40 permit any from public to private", ""), (AR_IN + "=> yes",)
    ),
    "awplus: no protect": Case("awplus", AR.format("", "no protect"), (AR_IN + "=> yes",)),
    "awplus: no access-group": Case(
        "awplus",
        "hostname sw\naccess-list 3001 deny ip any any\ninterface port1.0.2\n switchport access vlan 20\n"
        " access-group 3001\n no access-group 3001\ninterface vlan10\n ip address 10.1.0.1/24\n"
        "interface vlan20\n ip address 10.2.0.1/24\n",
        ("vlan20>vlan10 10.2.0.5 10.1.0.5 tcp/22 => yes",),
    ),
    "junos: delete": Case("junos", SRX + "delete security policies from-zone a to-zone b policy q\n", (SRX_OVER + "=> yes",)),
    "junos: deactivate": Case("junos", SRX + "deactivate security policies from-zone a to-zone b\n", (SRX_OVER + "=> yes",)),
    "rtx: no ip lan secure filter": Case(
        "rtx",
        "ip lan1 address 10.1.0.1/24\nip lan2 address 203.0.113.2/29\nip lan2 secure filter in 1\n"
        "no ip lan2 secure filter in\nip filter 1 reject * *\n",
        ("lan2>lan1 198.51.100.9 10.1.0.5 tcp/80 => yes",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_taken_back_does_not_count(name: str) -> None:
    case = CASES[name]
    device = PARSERS[case.vendor]([SourceText("config", case.text, "0" * 64)])
    assert wrong(device, case.asked) == []
    assert len(device.not_understood) == case.reported, device.not_understood
