"""Configurations of kinds that no collected file has, asked packet by packet: what the vendor's manual says passes."""

from __future__ import annotations

import pytest
from packet_questions import Case, wrong

from segmentation.vendors import asa, ios, junos, panos
from segmentation.vendors.reading import SourceText

PARSERS = {"asa": asa.parse, "ios": ios.parse, "junos": junos.parse, "panos": panos.parse}


ASA = """ASA Version 9.16(4)
interface Gi0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface Gi0/1
 nameif inside
 security-level 100
 ip address 10.1.0.1 255.255.255.0
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
SRX = """set version 20.4R3.8
set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/24
set interfaces ge-0/0/1 unit 0 family inet address 10.2.0.1/24
set security zones security-zone a interfaces ge-0/0/0.0
set security zones security-zone b interfaces ge-0/0/1.0
"""
OVER = "ge-0/0/0.0>ge-0/0/1.0 10.1.0.5 10.2.0.5 "
BACK = "ge-0/0/1.0>ge-0/0/0.0 10.2.0.5 10.1.0.5 "
AB = "set security policies from-zone a to-zone b policy "

CASES = {
    # An object of an ASA holds one value; a group holds many.
    "asa: an object is defined again": Case(
        "asa",
        ASA + "object network H\n host 10.1.0.5\nobject network H\n host 10.1.0.6\n"
        "access-list X extended deny ip any object H\naccess-list X extended permit ip any any\n"
        "access-group X in interface outside\n",
        (IN + "tcp/80 => yes", "outside>inside 198.51.100.9 10.1.0.6 tcp/80 => no"),
    ),
    "asa: a member is taken out of a group": Case(
        "asa",
        ASA + "object-group network G\n network-object host 10.1.0.5\n network-object host 10.1.0.6\n"
        " no network-object host 10.1.0.5\naccess-list X extended deny ip any object-group G\n"
        "access-list X extended permit ip any any\naccess-group X in interface outside\n",
        (IN + "tcp/80 => yes", "outside>inside 198.51.100.9 10.1.0.6 tcp/80 => no"),
    ),
    "asa: a member that is not there is taken out of a group": Case(
        "asa",
        ASA + "object-group network G\n network-object 10.1.0.5 255.255.255.255\n no network-object host 10.1.0.5\n"
        "access-list X extended deny ip any object-group G\naccess-list X extended permit ip any any\n"
        "access-group X in interface outside\n",
        (IN + "tcp/80 => may",), 1,
    ),
    "asa: protocol 0": Case(
        "asa", ASA + "access-list X extended permit 0 any host 10.1.0.5\naccess-group X in interface outside\n",
        (IN + "tcp/80 => may", "outside>inside 198.51.100.9 10.1.0.6 tcp/80 => no"),
    ),
    "ios: of two lists the last is applied": Case(
        "ios",
        IOS + "ip access-list extended IN\n deny ip any any\nip access-list extended P\n permit ip any any\n"
        "interface Gi0/0\n ip access-group P in\n",
        (FORTH + "tcp/80 => yes",),
    ),
    "ios: one number twice": Case(
        "ios",
        IOS + "ip access-list extended IN\n 10 deny tcp any any eq 80\n 10 permit tcp any any eq 80\n 20 permit udp any any\n",
        (FORTH + "tcp/80 => may", FORTH + "udp/80 => yes"),
    ),
    "srx: several conditions in one line": Case(
        "junos",
        SRX + AB + "p match source-address any destination-address any application [ junos-ssh junos-http ]\n" + AB
        + "p then permit\nset security policies global policy g match source-address any source-address-excluded"
        " destination-address any application any\n"
        "set security policies global policy g match from-zone [ a b ] to-zone any\n"
        "set security policies global policy g then permit\n"
        "set security policies global policy h match source-address any destination-address any application junos-telnet\n"
        "set security policies global policy h then permit\n",
        (OVER + "tcp/22 => yes", OVER + "tcp/80 => yes", OVER + "tcp/443 => no", OVER + "tcp/23 => yes", BACK + "tcp/22 => no"),
    ),
    "srx: packet mode for MPLS is that of the device": Case(
        "junos",
        SRX + "set security forwarding-options family mpls mode packet-based\n" + AB
        + "p match source-address any destination-address any application any\n" + AB + "p then deny\n",
        (OVER + "tcp/22 => yes",),
    ),
    "panos: IPv6 is not judged": Case(
        "panos",
        "set network interface ethernet ethernet1/1 layer3 ip 10.1.0.1/24\nset zone a network layer3 ethernet1/1\n"
        "set deviceconfig setting session ipv6-firewalling no\n",
        (), 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_passes(name: str) -> None:
    case = CASES[name]
    device = PARSERS[case.vendor]([SourceText("config", case.text, "0" * 64)])
    assert wrong(device, case.asked) == []
    assert len(device.not_understood) == case.reported, device.not_understood
