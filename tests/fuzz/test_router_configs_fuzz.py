"""No text makes the readers of routers raise, hang or lose a line in silence."""

from __future__ import annotations

import importlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.vendors.reading import SourceText

RTX = (
    "ip", "ipv6", "filter", "dynamic", "set", "1", "2", "99999999999999999999", "pass", "reject-nolog", "restrict", "*",
    "*.*.*.*", "10.0.0.0/8", "10.*.0.*", "1-2", "-", ",", "2001:db8::/32", "tcp,udp", "established", "tcpflag=0x1/0x2",
    "tcpflag!=", "icmp-error", "www-", "-21", "lan1", "pp", "tunnel3", "select", "anonymous", "none", "secure", "in", "out",
    "name", "nat", "descriptor", "type", "masquerade", "static", "a=b", "1.2.3.4=5.6.7.8", "1.2.3.4:5=6.7.8.9:1", "65536",
    "incoming", "forward", "address", "outer", "inner", "no", "routing", "off", "\\", '"', "#", "２", "住", "x" * 79, "1" * 80,
    "vlan", "vid=5000", "schedule", "reverse",
)  # fmt: skip
IX = (
    "ip", "ipv6", "access-list", "a", "dynamic", "access", "permit", "deny", "tcp", "50", "src", "dest", "any", "sport",
    "dport", "eq", "range", "gt", "65535", "lt", "0", "10.0.0.0/8", "1.2.3.4", "0.255.0.255", "host", "type", "ack", "dscp",
    "interface", "X", "  ip filter a 1 in", "  ip napt static 1.2.3.4 tcp 80", "  ip napt service a 1.2.3.4 none",
    "  ip nat static", "  ip address", "filter", "in", "out", "suppress-logging", "napt", "enable", "!", "２", "住", "option",
    "-", ",", "::/0", "established",
)  # fmt: skip
AWPLUS = (
    "access-list", "3000", "hardware", "a", " permit", " deny", " 10 deny", "permit", "send-to-cpu", "ip", "tcp",
    "icmp", "any",
    "host", "10.0.0.0/8", "1.2.3.4", "0.254.0.255", "eq", "range", "80", "90", "icmp-type", "vlan", "interface",
    "port1.0.1-1.0.9999",
    " access-group 3000", " access-group a", " switchport access vlan 10", "zone z", " network n", "  host h",
    "  ip subnet 10.0.0.0/8 interface vlan1", "   ip address 10.0.0.9", "application x", " protocol tcp", " dport 80 to 90",
    "firewall", " rule 10 permit any from z to z.n log", " rule permit x from any to q", " protect", "nat", " enable",
    " rule 10 masq any from z to any", " rule 20 portfwd x from any with dst z.n.h dport 8080", "!", "２", "住",
)  # fmt: skip
VOCABULARY = {"rtx": RTX, "ix": IX, "awplus": AWPLUS}
SAMPLES = {
    "rtx": "ip lan1 address 10.0.0.1/24\nip filter 1 pass 10.0.0.0/8,1.2.3.4-1.2.3.9 * tcp,udp 1024- www,21\n"
    "ip filter dynamic 5 * * filter 1 in 1\npp select 1\n ip pp secure filter in 1 dynamic 5\n ip pp nat descriptor 3\n"
    "nat descriptor type 3 masquerade\nnat descriptor masquerade static 3 1 10.0.0.9 tcp 80=8080\n",
    "ix": "ip access-list a permit tcp src 10.0.0.0/8 sport any dest any dport range 80 90\n"
    "ip access-list dynamic d access a\ninterface GigaEthernet0.0\n  ip address 1.2.3.4/30\n  ip filter d 1 out\n"
    "  ip filter a 2 in\n  ip napt enable\n  ip napt static 10.0.0.9 tcp 80\n",
    "awplus": "access-list 3000 permit tcp 10.0.0.0/8 any range 80 90\ninterface port1.0.1-1.0.4\n access-group 3000\n"
    "zone z\n network n\n  ip subnet 10.0.0.0/8 interface vlan1\n  host h\n   ip address 10.0.0.9\n"
    "firewall\n rule 10 permit http from z to z.n.h\n protect\nnat\n rule 10 masq any from z to any\n enable\n",
}
PACKET = Packet(family=4, src=1, dst=2, protocol=6, sport=3, dport=4, in_interface="lan1", out_interface="pp1")


def read(vendor: str, text: str) -> Device:
    device: Device = importlib.import_module(f"segmentation.vendors.{vendor}").parse([SourceText("f", text, "")])
    return device


def check(device: Device) -> None:
    """What every device must hold, whatever it was read from."""
    assert all(b.chain in device.chains for b in device.base_chains)
    for chain in device.chains.values():
        for rule in chain.rules:
            assert len(rule.text) <= 320
            assert rule.location.line >= 1
    for problem in device.not_understood:
        assert problem.reason
        assert len(problem.text) <= 300
    simulate(device, PACKET)


@pytest.mark.parametrize("vendor", sorted(VOCABULARY))
def test_words_of_the_language_in_any_order(vendor: str) -> None:
    words = VOCABULARY[vendor]
    lines = st.lists(st.lists(st.sampled_from(words), max_size=9).map(" ".join), max_size=12).map("\n".join)

    @settings(max_examples=150, deadline=None)
    @given(lines)
    def held(text: str) -> None:
        device = read(vendor, text)
        check(device)
        assert device == read(vendor, text)

    held()


@pytest.mark.parametrize("vendor", sorted(VOCABULARY))
def test_any_text(vendor: str) -> None:
    @settings(max_examples=80, deadline=None)
    @given(st.text(max_size=300))
    def held(text: str) -> None:
        check(read(vendor, text))
        check(read(vendor, SAMPLES[vendor] + text))

    held()


@pytest.mark.parametrize("vendor", sorted(VOCABULARY))
def test_damaged_configurations(vendor: str) -> None:
    source = random.Random(7)
    text = SAMPLES[vendor]
    for _ in range(250):
        damaged = text
        for _ in range(source.randint(1, 3)):
            at = source.randrange(len(damaged))
            damaged = source.choice(
                (damaged[:at] + damaged[at + 1 :], damaged[:at] + damaged[at] + damaged[at:], damaged[:at] + "-" + damaged[at:],
                 damaged[:at] + "\n" + damaged[at:])
            )  # fmt: skip
        check(read(vendor, damaged))


def test_a_damaged_real_configuration() -> None:
    path = needs_shared(
        "data", "firewalls", "rtx", "sftp-config-parsing-fixes", "test-data", "rtx_config_raw.txt"
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    source = random.Random(11)
    for _ in range(25):
        at, length = source.randrange(len(text)), source.randint(1, 40)
        check(read("rtx", text[:at] + text[at + length :]))
        check(read("rtx", text[:at]))


NASTY = {
    "rtx": (
        "ip filter 1 pass " + "1.2.3.4," * 200_000 + " *\n",
        "ip filter 1 pass *.1.*.1,*.*.1.*,1.*.1.* *.1.*.1\n" * 300 + "ip lan1 secure filter in 1\n",
        "ip lan1 secure filter in " + "1 " * 9_000 + "\nip filter 1 pass *\n",
        "".join(f"ip filter {n} pass * * tcp * {n}\n" for n in range(20_000)) + "ip lan1 secure filter in "
        + " ".join(map(str, range(4_000))) + "\n",
        ("x" * 80 + "\n") * 20_000,
        "nat descriptor static 1 1 0.0.0.1=0.0.0.2 65536\n" * 50 + "ip lan1 nat descriptor 1\n",
        "\\\n" * 50_000,
        "\n" * 300_000,
        '"' * 100_000,
    ),
    "ix": (
        "ip access-list a permit ip src 1.2.3.4 0.254.254.254 dest any\n" * 500,
        "ip access-list a permit tcp src any dest any dport eq " + "80," * 100_000 + "\n",
        "ip access-list dynamic a access a\n" * 3_000 + "interface X\n" + "  ip filter a 1 in\n" * 300,
        "interface X\n" * 50_000,
        "x\n" * 100_000,
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", sorted(NASTY))
def test_time_is_bounded(vendor: str) -> None:
    for text in NASTY[vendor]:
        check(read(vendor, text))
