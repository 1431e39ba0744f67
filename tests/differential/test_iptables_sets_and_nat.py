"""ipsets and NAT rules as read agree with the Linux kernel."""

from __future__ import annotations

import ipaddress
import random
import subprocess

import pytest
from kernel_oracle import OraclePacket, Ruleset, needs_kernel, observe

from segmentation.analysis.simulate import Packet, simulate
from segmentation.vendors.iptables import parse
from segmentation.vendors.reading import SourceText

pytestmark = pytest.mark.kernel


def ip(text: str) -> int:
    return int(ipaddress.ip_address(text))


SETS = """create hosts hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add hosts 10.1.2.3
add hosts 10.1.2.5
create nets hash:net family inet hashsize 1024 maxelem 65536
add nets 10.1.0.0/16
add nets 10.1.2.0/24 nomatch
add nets 10.1.2.4/30
create services hash:ip,port family inet hashsize 1024 maxelem 65536
add services 10.1.2.3,tcp:80
add services 10.1.2.3,tcp:81
add services 10.1.2.5,udp:53
add services 10.1.2.5,icmp:8/0
add services 10.1.2.6,47:0
create netports hash:net,port family inet hashsize 1024 maxelem 65536
add netports 10.1.0.0/16,tcp:80
add netports 10.1.2.0/24,tcp:80 nomatch
add netports 10.1.2.0/24,udp:53
create pairs hash:net,net family inet hashsize 1024 maxelem 65536
add pairs 10.1.2.0/24,10.1.3.0/24
add pairs 10.1.2.3,10.0.0.0/8
create triple hash:ip,port,net family inet hashsize 1024 maxelem 65536
add triple 10.1.2.3,tcp:80,10.1.3.0/24
create faces hash:net,iface family inet hashsize 1024 maxelem 65536
add faces 10.1.2.0/24,lan0
add faces 10.1.3.0/24,eth7
create span bitmap:ip range 10.1.2.0-10.1.2.15
add span 10.1.2.4
add span 10.1.2.5
create numbers bitmap:port range 0-1024
add numbers 80
add numbers 53
create both list:set size 8
add both hosts
add both nets
"""
CONDITIONS = [
    "hosts src", "hosts dst", "nets src", "nets dst", "services src,src", "services dst,dst", "services dst,src",
    "netports dst,dst", "netports src,dst", "pairs src,dst", "pairs dst,src", "triple src,dst,dst", "faces src,src",
    "faces dst,dst", "faces src", "span src", "numbers dst", "numbers src", "both src", "hosts src,dst",
]  # fmt: skip


def supported() -> tuple[str, list[str]]:
    """The sets and conditions whose type this kernel has (each type is a module of its own)."""
    lines, missing = [], set()
    for line in SETS.splitlines():
        words = line.split()
        if words[0] == "create":
            done = subprocess.run(
                ["unshare", "-n", "ipset", "restore"], input=line, text=True, capture_output=True, check=False
            )
            if "set type not supported" in done.stderr:
                missing.add(words[1])
        if words[1] not in missing:
            lines.append(line)
    assert not missing & {"hosts", "nets", "services", "netports"}
    return "\n".join([*lines, ""]), [c for c in CONDITIONS if c.split()[0] not in missing]


@pytest.mark.parametrize("negated", [False, True])
def test_every_kind_of_set(negated: bool) -> None:
    needs_kernel("iptables-restore", "ipset")
    source = random.Random(7)
    pool = [ip(f"10.1.2.{n}") for n in range(9)] + [ip(a) for a in ("10.1.3.1", "10.1.9.9", "10.2.0.1", "172.16.0.1")]
    sent = []
    for _ in range(400):
        proto = source.choice((6, 17, 1, 47))
        ports = (8, 0) if proto == 1 else (source.choice((80, 53, 4000)), source.choice((80, 81, 53, 4000)))
        sent.append(
            OraclePacket(src=source.choice(pool), dst=source.choice(pool), protocol=proto, sport=ports[0], dport=ports[1])
        )  # fmt: skip
    passed_at_all = 0
    sets, conditions = supported()
    for condition in conditions:
        rule = f"-A FORWARD -m set {'! ' if negated else ''}--match-set {condition} -j ACCEPT"
        text = f"*filter\n:FORWARD DROP [0:0]\n{rule}\nCOMMIT\n"
        device = parse([SourceText("rules", text, ""), SourceText("sets", sets, "")])
        assert not device.not_understood, device.not_understood
        seen = observe([Ruleset("iptables", text)], sent, in_if="lan0", out_if="wan0", sets=sets)
        for packet, out in zip(sent, seen, strict=True):
            outcome = simulate(device, as_packet(packet))
            assert outcome.accepted in (out is not None, None), (rule, packet, out, outcome.lines())
            uncertain = negated and condition == "faces dst,dst"
            assert uncertain or outcome.accepted is not None, (rule, packet)
        passed_at_all += any(o is not None for o in seen)
    assert passed_at_all > len(conditions) // 2


def as_packet(p: OraclePacket) -> Packet:
    return Packet(
        family=p.family, src=p.src, dst=p.dst, protocol=p.protocol, sport=p.sport, dport=p.dport, flags=p.flags,
        in_interface="lan0", out_interface="wan0",
    )  # fmt: skip


NAT = """*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:web - [0:0]
-A PREROUTING -d 203.0.113.10/32 -p tcp -j web
-A PREROUTING -d 203.0.113.16/29 -j NETMAP --to 10.7.0.0/29
-A PREROUTING -d 203.0.113.11/32 -j DNAT --to-destination 10.1.1.11
-A PREROUTING -d 203.0.113.11/32 -j DNAT --to-destination 10.1.1.99
-A PREROUTING -d 203.0.113.12/32 -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353
-A PREROUTING -p tcp -m tcp --dport 8888 -j DNAT --to-destination :88
-A POSTROUTING -s 10.5.0.0/16 -o wan0 -j SNAT --to-source 203.0.113.1
-A POSTROUTING -s 10.6.0.0/24 -j NETMAP --to 198.18.6.0/24
-A web -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.1.1.10:8443
-A web -p tcp -m tcp --dport 80 -j RETURN
-A web -p tcp -j DNAT --to-destination 10.1.1.12
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -d 10.1.1.11/32 -p udp -j DROP
-A FORWARD -d 203.0.113.11/32 -j DROP
COMMIT
"""


def test_translation() -> None:
    needs_kernel("iptables-restore")
    device = parse([SourceText("nat", NAT, "")])
    assert not device.not_understood
    source = random.Random(3)
    sent = []
    for i in range(300):
        src = source.choice(("10.5.0.9", "10.5.255.255", "10.6.0.77", "10.4.0.1"))
        dst = source.choice([f"203.0.113.{n}" for n in (9, 10, 11, 12, 16, 19, 23, 24)])
        proto, dport = source.choice(((6, 443), (6, 80), (6, 81), (6, 8888), (17, 53), (17, 54)))
        sent.append(OraclePacket(src=ip(src), dst=ip(dst), protocol=proto, sport=20_000 + i, dport=dport))
    seen = observe([Ruleset("iptables", NAT)], sent, in_if="lan0", out_if="wan0")
    translated = 0
    for packet, out in zip(sent, seen, strict=True):
        outcome = simulate(device, as_packet(packet))
        assert outcome.accepted is (out is not None), (packet, out, outcome.lines())
        if out is None:
            continue
        t = outcome.translated
        expected = (packet.src, packet.dst, packet.sport, packet.dport) if t is None else (
            t.src.low, t.dst.low, t.sport.low, t.dport.low,
        )  # fmt: skip
        assert (out.src, out.dst, out.sport, out.dport) == expected, (packet, outcome.lines())
        translated += t is not None
    assert translated > 100
    assert any(simulate(device, as_packet(p)).local for p in sent)


NAT6 = """*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 2001:db8::10/128 -p tcp -m tcp --dport 443 -j DNAT --to-destination [2001:db8:1::10]:8443
-A PREROUTING -d 2001:db8::11/128 -j DNAT --to-destination 2001:db8:1::11
COMMIT
"""


def test_translation_of_ipv6() -> None:
    needs_kernel("ip6tables-restore")
    device = parse([SourceText("nat", "# Generated by ip6tables-save\n" + NAT6, "")])
    assert not device.not_understood
    sent = [
        OraclePacket(family=6, src=ip("2001:db8:9::1"), dst=ip(dst), protocol=6, sport=30_000 + i, dport=port)
        for i, (dst, port) in enumerate((d, p) for d in ("2001:db8::10", "2001:db8::11", "2001:db8::12") for p in (443, 80))
    ]
    for packet, out in zip(sent, observe([Ruleset("ip6tables", NAT6)], sent, in_if="lan0", out_if="wan0"), strict=True):
        t = simulate(device, as_packet(packet)).translated
        assert out is not None
        expected = (packet.dst, packet.dport) if t is None else (t.dst.low, t.dport.low)
        assert (out.dst, out.dport) == expected
