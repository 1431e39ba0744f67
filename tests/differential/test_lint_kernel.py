"""The linter's packet sets against the kernel: what passes by proof passes in fact, and nothing else."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from kernel_oracle import OraclePacket, Ruleset, forwardable, needs_kernel, observe, verdicts
from shared_data import needs_shared

from segmentation.analysis.reach import passing
from segmentation.device.device import Device
from segmentation.model.addresses import ALL_ADDRESSES, FAMILIES, AddressSet
from segmentation.model.crossings import ANY
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ServiceTerm
from segmentation.model.text import Text
from segmentation.vendors import iptables, nftables
from segmentation.vendors.reading import SourceText

pytestmark = pytest.mark.kernel
NETS4 = ("10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16", "10.2.3.4", "192.168.0.0/30", "203.0.113.0/24")
NETS6 = ("fd00:1::/32", "fd00:1:2::/48", "fd00:2::/32", "fd00:2::5", "2001:db8::/64")
NONE = Text("", "")


def decision(index: int, src: AddressSet, dst: AddressSet, terms: tuple[ServiceTerm, ...]) -> Decision:
    return Decision(index=index, src=src, dst=dst, terms=terms, kind=VerdictKind.PERMITTED, reason=NONE)


def exactly(index: int, p: OraclePacket) -> Decision:
    """The decision that one packet has to itself."""
    term = ServiceTerm(IntervalSet.single(p.protocol), IntervalSet.single(p.sport), IntervalSet.single(p.dport))
    src, dst = (AddressSet.of(p.family, IntervalSet.single(v)) for v in (p.src, p.dst))
    return decision(index, src, dst, (term,))


def address(rng: random.Random, family: int) -> int:
    net = AddressSet.parse(rng.choice(NETS4 if family == 4 else NETS6))
    lo, hi = net.family(4 if family == 4 else 6).intervals[0]
    return min(hi, max(1, lo + rng.choice((0, 1, 2, 4, 5, 255, 256, 0x304))))


def packets(rng: random.Random, count: int) -> list[OraclePacket]:
    out: dict[tuple[int, ...], OraclePacket] = {}
    while len(out) < count:
        family = rng.choice((4, 4, 6))
        src, dst = address(rng, family), address(rng, family)
        protocol = rng.choice((6, 6, 17, 1 if family == 4 else 58))
        # Echo requests only: conntrack calls other types without a session INVALID (nf_conntrack_proto_icmp.c).
        echo = (8 if family == 4 else 128, 0)
        ports = (rng.choice((1024, 40000)), rng.choice((22, 53, 80, 443, 8080))) if protocol in (6, 17) else echo
        if src != dst and forwardable(family, src, dst):
            out[family, src, dst, protocol, *ports] = OraclePacket(
                family=4 if family == 4 else 6, src=src, dst=dst, protocol=protocol, sport=ports[0], dport=ports[1]
            )
    return list(out.values())


def nft_rules(rng: random.Random) -> str:
    def match(family: int) -> str:
        ip, nets = ("ip", NETS4) if family == 4 else ("ip6", NETS6)
        parts = []
        if rng.random() < 0.7:
            parts.append(f"{ip} saddr {rng.choice(('', '!= '))}{rng.choice(nets)}")
        if rng.random() < 0.6:
            parts.append(
                f"{ip} daddr {{ {nets[1]}, {rng.choice(nets[2:3] + nets[4:])} }}"
                if rng.random() < 0.4
                else f"{ip} daddr {rng.choice(nets)}"
            )
        parts.append(rng.choice((
            "", "tcp dport { 22, 80, 443 }", "tcp dport 1-1023", "udp dport 53", "meta l4proto udp", "tcp dport != 443",
            "tcp flags & (fin|syn|rst|ack) == syn", "ct state new", "ct state established", 'iifname "lan"', 'oifname != "wan"',
            "icmp type echo-request" if family == 4 else "icmpv6 type echo-request",
        )))  # fmt: skip
        return " ".join(p for p in parts if p)

    def rule(depth: int) -> str:
        verdict = rng.choice(
            ("accept", "accept", "drop", "return", "counter", *(("jump sub1", "goto sub2") if depth == 0 else ()))
        )
        text = match(rng.choice((4, 4, 6)))
        return f"\t\t{text} {verdict}".replace("\t\t ", "\t\t")

    def chain(name: str, head: str, count: int, depth: int) -> str:
        return f"\tchain {name} {{\n{head}" + "\n".join(rule(depth) for _ in range(count)) + "\n\t}\n"

    base = "\t\ttype filter hook forward priority {}; policy {};\n"
    return (
        "table inet t {\n"
        + chain("sub1", "", 4, 1)
        + chain("sub2", "", 3, 1)
        + chain("first", base.format("filter - 5", "accept"), 3, 0)
        + chain("second", base.format("filter", rng.choice(("drop", "accept"))), 7, 0)
        + "}\n"
    )


@pytest.mark.parametrize("seed", range(12))
def test_nft_packet_sets_are_the_kernels(seed: int) -> None:
    needs_kernel("nft")
    rng = random.Random(seed)
    text, sent = nft_rules(rng), packets(rng, 240)
    seen = verdicts(text, "nft", sent, "lan", "wan")
    device = replace(nftables.parse([SourceText("t.nft", text, "")]), name="t")
    assert not device.not_understood
    agree(device, sent, seen)


def agree(device: Device, sent: list[OraclePacket], seen: list[bool]) -> None:
    table = [exactly(i, p) for i, p in enumerate(sent)]
    table.append(decision(len(table), ALL_ADDRESSES, ALL_ADDRESSES, ANY))
    proven: set[int] = set()
    for family in FAMILIES:
        reach = passing(device, table, {}, family=family, interfaces={"lan": (), "wan": ()})
        assert not reach.undecided
        for passage in reach.passages:
            if passage.decision < len(sent):
                assert passage.certain
                assert passage.boxes_total == len(passage.boxes)
                if any("lan" in (b.in_interfaces or "lan") and "wan" in (b.out_interfaces or "wan") for b in passage.boxes):
                    proven.add(passage.decision)
    assert [(sent[i], passes) for i, passes in enumerate(seen) if passes != (i in proven)] == []


@pytest.mark.parametrize("name", ["chain.ipt", "dnat.ipt", "dnat2.ipt", "state.ipt"])
def test_witnesses_of_the_kernel_cases_pass(name: str) -> None:
    needs_kernel()
    text = needs_shared("data", "firewalls", "kernel-cases", name).read_text()
    device = iptables.parse([SourceText(name, text, "")])
    everything = (decision(0, ALL_ADDRESSES, ALL_ADDRESSES, ANY),)
    found = [p for p in passing(device, everything, {}, family=4).passages if p.certain]
    assert bool(found) == (name != "dnat2.ipt")  # its only permit speaks of an address that DNAT has replaced
    for passage in found:
        w = passage.witness
        packet = OraclePacket(
            src=w.src or 1, dst=w.dst or 1, protocol=w.protocol, sport=w.sport, dport=w.dport, flags=w.tcp_flags or 2
        )  # fmt: skip
        if forwardable(4, packet.src, packet.dst) and packet.src != packet.dst:
            (out,) = observe([Ruleset("iptables", text)], [packet], in_if="lan", out_if="wan")
            assert out is not None, passage
            if w.translated is not None:
                assert (out.dst, out.dport) == w.translated
