"""What each statement of an AlliedWare Plus configuration means, asked with packets."""

from __future__ import annotations

import pytest

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors.awplus import parse
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText

TCP, UDP, ICMP = 6, 17, 1
A, B = "192.168.10.5", "192.168.20.5"

FIREWALL = """\
zone private
 network lan
  ip subnet 192.168.10.0/24 interface vlan10
  host pc
   ip address 192.168.10.5
zone public
 network wan
  ip subnet 0.0.0.0/0 interface eth1
application web8
 protocol tcp
 dport 8000 to 8009
firewall
 rule 20 permit web8 from public to private.lan.pc log
 rule 10 deny https from private to public
 rule 30 permit any from private to public
 protect
interface eth1
 ip address 203.0.113.1/30
"""


def read(text: str) -> Device:
    return parse([SourceText("aw.txt", text, "")])


def passes(
    device: Device, src: str = A, dst: str = B, protocol: int = TCP, dport: int = 80, *, sport: int = 40000,
    came: str = "port1.0.1", goes: str = "port1.0.9", state: CtState = CtState.NEW,
) -> bool | None:  # fmt: skip
    a, b = Address.parse(src), Address.parse(dst)
    packet = Packet(
        family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=sport, dport=dport, ct_state=state,
        in_interface=came, out_interface=goes,
    )  # fmt: skip
    return simulate(device, packet).accepted


@pytest.mark.parametrize(
    ("condition", "packet", "expected"),
    [
        ("tcp any any eq 80", {}, False),
        ("tcp any any ne 80", {}, True),
        ("tcp any gt 1023 any lt 81", {}, False),
        ("tcp any any range 81 90", {}, True),
        ("ip 192.168.10.0/24 any", {}, False),
        ("ip 192.168.10.0 0.0.0.255 192.168.20.5 0.0.0.0", {}, False),
        ("ip host 192.168.10.6 any", {}, True),
        ("icmp any any icmp-type 8", {"protocol": ICMP, "sport": 8, "dport": 0}, False),
        ("icmp any any icmp-type 8", {"protocol": ICMP, "sport": 0, "dport": 0}, True),
        ("proto 47 any any", {"protocol": 47}, False),
        ("ip any any vlan 7", {}, None),
    ],
)
def test_hardware_lists_forward_what_matches_nothing(condition: str, packet: dict[str, int], expected: bool | None) -> None:
    device = read(f"access-list 3000 deny {condition}\ninterface port1.0.1-1.0.3\n access-group 3000\n")
    assert device.not_understood == ()
    assert passes(device, **packet) is expected  # type: ignore[arg-type]
    assert passes(device, came="port1.0.3", **packet) is expected  # type: ignore[arg-type]
    assert passes(device, came="port1.0.4", **packet) is True  # type: ignore[arg-type]


def test_lists_in_the_order_applied_and_named_lists() -> None:
    lists = "access-list 3001 permit ip host 192.168.10.5 any\naccess-list hardware no\n 4 deny ip any any\n"
    port = "interface port1.0.1\n access-group {}\n access-group {}\n"
    assert passes(read(lists + port.format("3001", "no"))) is True
    assert passes(read(lists + port.format("no", "3001"))) is False


def test_a_list_on_some_ports_of_a_vlan_is_not_certain_for_the_vlan() -> None:
    text = "access-list 3000 deny ip any any\ninterface port1.0.1\n switchport access vlan 10\n access-group 3000\n"
    assert passes(read(text), came="vlan10") is False
    more = read(text + "interface port1.0.2\n switchport access vlan 10\n")
    assert passes(more, came="vlan10") is None
    assert passes(more, came="vlan1") is True


def test_redirection_to_the_cpu_is_not_certain_and_copies_forward() -> None:
    port = "interface port1.0.1\n access-group 3000\n"
    assert passes(read("access-list 3000 send-to-cpu ip any any\n" + port)) is None
    assert passes(read("access-list 3000 copy-to-mirror ip any any\n" + port)) is True
    assert passes(read("access-list 3000 send-to-mirror ip any any\n" + port)) is False


def test_firewall_rules_by_number_between_entities() -> None:
    device = read(FIREWALL)
    assert device.not_understood == ()
    out = {"dst": "198.51.100.7", "came": "vlan10", "goes": "eth1"}
    assert passes(device, **out, dport=80) is True  # type: ignore[arg-type]
    assert passes(device, **out, dport=443) is False  # type: ignore[arg-type]
    inward = {"src": "198.51.100.7", "dst": A, "came": "eth1", "goes": "vlan10"}
    assert passes(device, **inward, dport=8005) is True  # type: ignore[arg-type]
    assert passes(device, **inward, dport=8010) is False  # type: ignore[arg-type]
    assert passes(device, **inward, dport=40000, state=CtState.ESTABLISHED) is True  # type: ignore[arg-type]
    assert passes(device, **(inward | {"dst": "192.168.10.6"}), dport=8005) is False  # type: ignore[arg-type]
    assert passes(read(FIREWALL.replace(" protect\n", "")), **inward, dport=22) is True  # type: ignore[arg-type]
    assert [r.log for r in device.chains["firewall"].rules if r.id == "20"] == [True]


def test_port_forwarding_comes_before_the_firewall() -> None:
    nat = (
        "nat\n rule 10 portfwd web8 from public with dst private.lan.pc dport 8001\n rule 20 masq any from private to public\n"
    )
    inward = {"src": "198.51.100.7", "dst": "203.0.113.1", "came": "eth1", "goes": "vlan10"}
    device = read(FIREWALL + nat + " enable\n")
    assert device.not_understood == ()
    assert passes(device, **inward, dport=8000) is True  # type: ignore[arg-type]
    assert passes(device, **inward, dport=443) is False  # type: ignore[arg-type]
    assert passes(read(FIREWALL + nat), **inward, dport=8000) is False  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate now", "access-list 3000 forward ip any any", "access-list 3000 deny quic any any",
        "access-list 3000 deny ip any 10.0.0.0/33", "interface port1.0.1\n access-group 3999",
        "vlan filter m vlan-list 1 input",
        "firewall\n protect\n rule 10 permit any from nowhere to any",
        "firewall\n protect\n rule 10 permit skype from any to any",
        "firewall\n protect\n rule 10 permit any to any from any",
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_reported(line: str) -> None:
    device = read(line + "\n")
    assert {p.location.line for p in device.not_understood} == {line.count("\n") + 1}


def test_an_unknown_application_is_possible_and_no_more() -> None:
    device = read("firewall\n protect\n rule 10 permit skype from any to any\n")
    assert passes(device) is None


def test_recognised_and_what_does_not_decide_is_understood() -> None:
    text = (
        "!\nhostname sw\nvlan database\n vlan 10 state enable\nntp server 10.0.0.1\ninterface port1.0.1\n switchport\n"
        " switchport mode access\n description jumin\n!\nline vty 0 4\nend\n"
    )
    assert detect(text) == Recognised(Format.AWPLUS, 6)
    assert read(text).not_understood == ()
