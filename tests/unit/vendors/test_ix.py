"""What each statement of a NEC UNIVERGE IX configuration means, asked with packets."""

from __future__ import annotations

import pytest

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.device.match import CtState
from segmentation.model.addresses import Address
from segmentation.vendors.ix import parse
from segmentation.vendors.ix.parser import masked
from segmentation.vendors.reading import SourceText

TCP, UDP, ICMP = 6, 17, 1
OUT, IN = "198.51.100.7", "192.168.10.5"
WAN, LAN = "GigaEthernet0.0", "GigaEthernet1.0"


def read(*parts: str) -> Device:
    return parse([SourceText("ix.txt", "\n".join(parts) + "\n", "")])


def interface(name: str, *lines: str) -> str:
    return "\n".join([f"interface {name}", *(f"  {line}" for line in lines), "  no shutdown", "!"])


def passes(
    device: Device, src: str = OUT, dst: str = IN, protocol: int = TCP, dport: int = 80, *, sport: int = 40000, flags: int = 2,
    came: str = WAN, goes: str = LAN, state: CtState = CtState.NEW,
) -> bool | None:  # fmt: skip
    a, b = Address.parse(src), Address.parse(dst)
    packet = Packet(
        family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=sport, dport=dport, flags=flags, ct_state=state,
        in_interface=came, out_interface=goes,
    )  # fmt: skip
    return simulate(device, packet).accepted


WEB = "ip access-list web permit tcp src any sport any dest any dport eq 80"
ALL = "ip access-list all permit ip src any dest any"


def test_without_filter_everything_passes_and_a_filter_denies_the_rest() -> None:
    assert passes(read(interface(WAN, "ip address 203.0.113.1/30"))) is True
    device = read(WEB, interface(WAN, "ip filter web 1 in"))
    assert device.not_understood == ()
    assert passes(device) is True
    assert passes(device, dport=81) is False
    assert passes(device, IN, OUT, came=LAN, goes=WAN, dport=81) is True


def test_lines_in_the_order_written_and_lists_by_sequence() -> None:
    deny = "ip access-list no permit udp src any dest any\nip access-list no deny tcp src any sport any dest any dport eq 80"
    assert passes(read(deny, ALL, interface(WAN, "ip filter all 20 in", "ip filter no 10 in"))) is False
    assert passes(read(deny, ALL, interface(WAN, "ip filter all 10 in", "ip filter no 20 in"))) is True
    late = read(ALL, "ip access-list all deny ip src any dest any", interface(WAN, "ip filter all 1 in"))
    assert passes(late) is True


@pytest.mark.parametrize(
    ("condition", "packet", "expected"),
    [
        ("tcp src any sport any dest any dport range 80 90", {"dport": 90}, True),
        ("tcp src any sport any dest any dport range 80 90", {"dport": 91}, False),
        ("tcp src any sport gt 1023 dest any dport lt 81", {}, True),
        ("tcp src any sport lt 1024 dest any dport any", {}, False),
        ("tcp src any sport any dest any dport neq 80", {}, False),
        ("ip src 198.51.100.0/24 dest 192.168.10.5/32", {}, True),
        ("ip src 198.51.100.0 0.0.0.255 dest any", {}, True),
        ("ip src 198.51.101.0/24 dest any", {}, False),
        ("icmp src any dest any type 8", {"protocol": ICMP, "sport": 8, "dport": 0}, True),
        ("icmp type 8 src any dest any", {"protocol": ICMP, "sport": 0, "dport": 0}, False),
        ("50 src any dest any", {"protocol": 50}, True),
        ("esp src any dest any", {"protocol": 50}, True),
        ("tcp src any sport any dest any dport any ack", {"flags": 16}, True),
        ("tcp src any sport any dest any dport any ack", {"flags": 2}, False),
        ("ip src any dest any dscp 46", {}, None),
    ],
)
def test_conditions(condition: str, packet: dict[str, int], expected: bool | None) -> None:
    device = read(f"ip access-list a permit {condition}", interface(WAN, "ip filter a 1 in"))
    assert device.not_understood == ()
    assert passes(device, **packet) is expected  # type: ignore[arg-type]


def test_dynamic_list_makes_replies_on_its_interface() -> None:
    device = read(
        ALL, "ip access-list none deny ip src any dest any", "ip access-list dynamic dyn access all",
        interface(WAN, "ip filter dyn 1 out", "ip filter none 1 in"),
    )  # fmt: skip
    assert device.not_understood == ()
    assert passes(device, IN, OUT, came=LAN, goes=WAN) is True
    assert passes(device, sport=80, dport=40000, state=CtState.ESTABLISHED) is True
    assert passes(device, sport=80, dport=40000) is False
    assert passes(device, sport=80, dport=40000, state=CtState.ESTABLISHED, came="GigaEthernet2.0") is True  # no filter there


def test_of_two_lists_of_one_name_the_dynamic_one_counts() -> None:
    device = read(WEB, ALL, "ip access-list dynamic web access all", interface(WAN, "ip filter web 1 in"))
    assert passes(device, dport=9999) is True


def test_deny_in_a_trigger_is_not_certain() -> None:
    device = read(
        "ip access-list t deny tcp src any dest any", ALL, "ip access-list dynamic d access t",
        interface(WAN, "ip filter d 1 in", "ip filter all 2 in"),
    )  # fmt: skip
    assert passes(device) is None
    assert passes(device, protocol=UDP) is True


def test_an_undefined_list_may_permit_or_deny() -> None:
    device = read(interface(WAN, "ip filter nowhere 1 in"))
    assert passes(device) is None
    assert [p.location.line for p in device.not_understood] == [2]


def test_static_napt_and_the_order_that_is_not_relied_on() -> None:
    lines = ("ip address 203.0.113.1/30", "ip napt enable", "ip napt static 192.168.10.5 tcp 80", "ip filter web 1 in")
    device = read(WEB, interface(WAN, *lines))
    assert device.not_understood == ()
    assert passes(device, dst="203.0.113.1") is True  # the list names no address: either order gives the same
    inner = read("ip access-list web permit tcp src any dest 192.168.10.5/32", interface(WAN, *lines))
    assert passes(inner, dst="203.0.113.1") is None
    service = read(interface(WAN, "ip address 203.0.113.1/30", "ip napt service web 192.168.10.5 8080 tcp 80"), "", ALL)
    assert service.not_understood == ()
    rule = service.chains["inbound nat"].rules[0]
    assert rule.action.translation is not None
    assert rule.action.translation.ports is not None
    assert rule.action.translation.ports.low == 8080


def test_napt_to_the_router_itself_is_not_forwarded() -> None:
    device = read(interface(WAN, "ip napt enable", f"ip napt static {WAN} udp 500", f"ip napt static {WAN} 50"))
    assert device.not_understood == ()
    assert "inbound nat" not in device.chains


def test_ipv6_lists_and_ipv6_not_switched_on() -> None:
    v6 = {"src": "2001:db8:1::1", "dst": "2001:db8:2::1"}
    assert passes(read(interface(WAN, "ip address 203.0.113.1/30")), **v6) is False  # type: ignore[arg-type]
    assert passes(read(interface(WAN, "ipv6 enable")), **v6) is True  # type: ignore[arg-type]
    device = read(
        "ipv6 access-list a permit icmp src any dest any", interface(WAN, "ipv6 address 2001:db8:1::2/64", "ipv6 filter a 1 in")
    )
    assert passes(device, **v6) is False  # type: ignore[arg-type]
    assert passes(device, **v6, protocol=58, sport=128, dport=0) is True  # type: ignore[arg-type]


def test_interfaces_vlans_and_logging() -> None:
    device = read(
        "logging subsystem all warn", "ip access-list a deny ip src any dest any",
        interface("GigaEthernet2:1.1", "description jumin", "encapsulation dot1q 100 tpid 8100", "ip address 10.0.0.1/24",
                  "ip filter a 1 in"),
        interface("BVI1", "ip address 10.1.0.1 255.255.0.0", "ip filter a 1 in suppress-logging"),
    )  # fmt: skip
    first, second = device.interfaces[1], device.interfaces[0]
    assert (first.name, first.vlan, [n for _, _, n in first.addresses]) == ("GigaEthernet2:1.1", 100, [24])
    assert [n for _, _, n in second.addresses] == [16]
    assert [r.log for r in device.chains["ip GigaEthernet2:1.1 in"].rules] == [True]
    assert [r.log for r in device.chains["ip BVI1 in"].rules] == [False]


def test_what_does_not_decide_is_understood_with_its_block() -> None:
    device = read(
        "hostname ix", "timezone +09 00", "username admin password hash 0C34240482 administrator", "ntp server 10.0.0.9",
        "ip route default GigaEthernet0.0", "ip ufs-cache enable", "ike proposal p encryption aes-256 hash sha2-256",
        "ppp profile flets", "  authentication myname a@example.jp", "ip dhcp profile lan", "  dns-server 10.0.0.1",
        "device GigaEthernet2", "  vlan-group 1 port 1 2", "ip access-list a option optimize", "! 住民情報系",
        "ip access-list a permit ip src any dest any", interface("Tunnel0.0", "tunnel mode ipsec", "ip unnumbered BVI1",
        "ip tcp adjust-mss auto", "ipsec policy tunnel p out", "ip filter a 1 in"),
    )  # fmt: skip
    assert device.not_understood == ()
    assert device.chains["ip Tunnel0.0 in"].rules[0].comment == "住民情報系"


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate now",
        "ip access-list a permit quic src any dest any",
        "ip access-list a permit ip src any dest 50",
        "ip access-list a permit tcp src any dest any dport about 80",
        "ip access-list a allow ip src any dest any",
        "interface X\n  ip filter a in",
        "interface X\n  ip address 10.0.0.300/24",
        "interface X\n  ip napt static host tcp",
        "interface X\n  filter mac 1 in",
        "upnp enable",
    ],
)
def test_what_has_no_meaning_is_reported(line: str) -> None:
    device = read(line)
    assert {p.location.line for p in device.not_understood} == {line.count("\n") + 1}


def test_a_part_without_meaning_is_widened_and_uncertain() -> None:
    device = read("ip access-list a permit tcp src server1 dest any dport eq 443", interface(WAN, "ip filter a 1 in"))
    assert passes(device, dport=443) is None
    assert passes(device, dport=80) is False


def test_secrets_are_masked() -> None:
    for line in (
        "username admin password hash Kpw-1 administrator", "http-server username a secret-password Kpw-2",
        "authentication password a@example.jp Kpw-3", "ike policy p peer any key Kpw-4 prop", "snmp-agent ip community Kpw-5",
        "ikev2 authentication psk id ipv4 10.0.0.1 key char Kpw-6",
    ):  # fmt: skip
        assert "Kpw" not in masked(line), line
