"""What passes in the simulation lies within the service matrices of fffuu, a formally verified iptables analysis.

fffuu's matrices are upper bounds: an edge means that a new connection may be possible.  So no pair without an edge may
pass here, whatever the interfaces, as long as sources arrive where fffuu's assignment of addresses to interfaces says.
The differences in the other direction are explained in ``docs/fffuu-comparison.md``, whose figures are asserted here.
"""

from __future__ import annotations

import ipaddress
import random
import re
from dataclasses import dataclass, replace

import pytest
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.model.intervals import IntervalSet
from segmentation.vendors.iptables import parse
from segmentation.vendors.iptables.names import PROTOCOLS
from segmentation.vendors.reading import SourceText, read_source

#: fffuu output file (without the chain) to rule file below ``iptables/``.
RULES = {
    "Contrived_iptables-save": "Contrived/iptables-save",
    "IPPartEval_worst_case_iptables-save": "IPPartEval/worst_case/iptables-save",
    "Parser_Test_data_iptables-save": "Parser_Test/data/iptables-save",
    "SQRL_Shorewall_2015_aug_iptables-save-spoofing-protection": "SQRL_Shorewall/2015_aug_iptables-save-spoofing-protection",
    "Synology_Diskstation_DS414_iptables-save": "Synology_Diskstation_DS414/iptables-save",
    "Synology_Diskstation_DS414_iptables-save_jun_2015_cleanup": "Synology_Diskstation_DS414/iptables-save_jun_2015_cleanup",
    "TUM_Net_Firewall_iptables-save-2015-05-15_15-23-41_cheating":
        "TUM_Net_Firewall/iptables-save-2015-05-15_15-23-41_cheating",
    "containern_iptables-save.topos1": "containern/iptables-save.topos1",
    "containern_iptables-save.topos4.1": "containern/iptables-save.topos4.1",
    "containern_iptables-save.topos4.1.established": "containern/iptables-save.topos4.1.established",
    "topoS_generated_imaginray_factory_network.iptables-save.by-linux-kernel":
        "topoS_generated/imaginray_factory_network.iptables-save.by-linux-kernel",
}  # fmt: skip
EVERY = (1 << 32) - 1
_RANGE = re.compile(r"\{?(\d+\.\d+\.\d+\.\d+)(?: \.\. (\d+\.\d+\.\d+\.\d+)\})?")


@dataclass(frozen=True)
class Matrix:
    """fffuu's answer for one service."""

    protocol: int
    sport: int
    dport: int
    classes: dict[str, IntervalSet]
    edges: frozenset[tuple[str, str]]


def ip(text: str) -> int:
    return int(ipaddress.ip_address(text))


def read_matrices(text: str) -> tuple[str, list[Matrix]]:
    """The interface assignment that was used, and the matrices of one output file."""
    assignment = (re.search(r"ipassmt=(\S+)", text) or ["", ""])[1]
    out = []
    for head, body in re.findall(r"=+ (\w+ port \d+->\d+) =+\n(.*?)(?======|\Z)", text, re.DOTALL):
        words = re.match(r"(\w+) port (\d+)->(\d+)", head)
        assert words
        classes = {
            name: IntervalSet.from_iter((ip(a), ip(b or a)) for a, b in _RANGE.findall(ranges))
            for name, ranges in re.findall(r"^(\w+) \|-> (.*)$", body, re.MULTILINE)
        }
        assert sum(c.size for c in classes.values()) == 1 << 32, "the classes must partition all addresses"
        edges = frozenset(re.findall(r"^\((\w+),(\w+)\)$", body, re.MULTILINE))
        out.append(Matrix(PROTOCOLS[words[1].lower()], int(words[2]), int(words[3]), classes, edges))
    return assignment, out


def read_assignment(text: str) -> dict[str, IntervalSet]:
    """fffuu's ``ipassmt`` file: which sources arrive on which interface."""
    out = {}
    for name, barred, body in re.findall(r"(\S+) = (all_but_those_ips )?\[(.*?)\]", text, re.DOTALL):
        parts = []
        for part in re.findall(r"[\d./-]+", body):
            first, dash, last = part.partition("-")
            if dash:
                parts.append((ip(first), ip(last)))
            else:
                net = ipaddress.ip_network(part, strict=False)
                parts.append((int(net[0]), int(net[-1])))
        found = IntervalSet.from_iter(parts)
        out[name] = found.complement(EVERY) if barred else found
    return out


def only(device: Device, chain: str) -> Device:
    """fffuu looks at one chain of the filter table only."""
    return replace(device, base_chains=tuple(b for b in device.base_chains if b.chain == f"ip filter {chain}"))


def samples(values: IntervalSet, source: random.Random, count: int) -> list[int]:
    """Boundaries and random members."""
    pairs = list(values)
    picked = {values.low, values.high} | {e for p in source.sample(pairs, min(len(pairs), count)) for e in p}
    while len(picked) < min(values.size, 2 * count):
        lo, hi = source.choice(pairs)
        picked.add(source.randint(lo, hi))
    return source.sample(sorted(picked), min(len(picked), 2 * count))


def interfaces(device: Device, chain: str) -> tuple[list[str], list[str]]:
    """Every interface the rules name, and one that they do not."""
    rules = [r for c in device.chains.values() for r in c.rules if c.name.startswith("ip filter")]
    came = {p for r in rules if r.match.in_interface for p in r.match.in_interface.patterns}
    goes = {p for r in rules if r.match.out_interface for p in r.match.out_interface.patterns}
    names = sorted({n.replace("*", "0") for n in came} | {"other7"})
    return names, (sorted({n.replace("*", "0") for n in goes} | {"other7"}) if chain == "FORWARD" else [""])


def may_pass(device: Device, packet: Packet, chain: str, came: list[str], goes: list[str]) -> bool:
    """Whether the packet passes, perhaps, on any of the interfaces."""
    hook = chain.lower()
    if simulate(device, packet, hook).accepted is False:  # with both interfaces unknown
        return False
    for i in came:
        if simulate(device, replace(packet, in_interface=i), hook).accepted is False:
            continue
        for o in goes:
            if simulate(device, replace(packet, in_interface=i, out_interface=o), hook).accepted is not False:
                return True
    return False


def compare(name: str, chain: str, count: int) -> tuple[int, int, list[str]]:
    """Pairs with an edge, those of them that may pass here, and every pair that passes here without an edge."""
    base = needs_shared("data", "firewalls")
    source = read_source(base / "iptables" / RULES[name])
    assert isinstance(source, SourceText)
    device = only(parse([source]), chain)
    used, matrices = read_matrices((base / "truth" / "fffuu" / f"{name}.{chain}.txt").read_text())
    # Without an assignment fffuu knows one thing: the loopback network arrives on lo.
    where = read_assignment((base / "iptables" / "haskell_tool" / used).read_text()) if used else {}
    where.setdefault("lo", IntervalSet.of((ip("127.0.0.0"), ip("127.255.255.255"))))
    came, goes = interfaces(device, chain)
    rng = random.Random(f"{name}/{chain}")
    edges = confirmed = 0
    wider: list[str] = []
    for matrix in matrices:
        picked = {c: samples(v, rng, count) for c, v in matrix.classes.items()}
        for x in matrix.classes:
            for y in matrix.classes:
                passed = None
                for src in picked[x]:
                    at = [i for i in came if i not in where or src in where[i]]
                    for dst in picked[y]:
                        packet = Packet(
                            family=4, src=src, dst=dst, protocol=matrix.protocol, sport=matrix.sport, dport=matrix.dport
                        )  # fmt: skip
                        if may_pass(device, packet, chain, at, goes):
                            passed = packet
                            break
                    if passed:
                        break
                if (x, y) in matrix.edges:
                    edges += 1
                    confirmed += passed is not None
                elif passed:
                    wider.append(f"{passed} ({x},{y})")
    assert matrices
    return edges, confirmed, wider


#: Edges of fffuu over all services of a file, (FORWARD, INPUT); docs/fffuu-comparison.md has the same figures.
EDGES = {
    "Contrived_iptables-save": (36, 0),
    "IPPartEval_worst_case_iptables-save": (3, 3),
    "Parser_Test_data_iptables-save": (6, 3),
    "SQRL_Shorewall_2015_aug_iptables-save-spoofing-protection": (3, 3),
    "Synology_Diskstation_DS414_iptables-save": (3, 3),
    "Synology_Diskstation_DS414_iptables-save_jun_2015_cleanup": (3, 5),
    "TUM_Net_Firewall_iptables-save-2015-05-15_15-23-41_cheating": (205, 3),
    "containern_iptables-save.topos1": (3, 3),
    "containern_iptables-save.topos4.1": (31, 3),
    "containern_iptables-save.topos4.1.established": (31, 3),
    "topoS_generated_imaginray_factory_network.iptables-save.by-linux-kernel": (27, 3),
}


@pytest.mark.parametrize("chain", ["FORWARD", "INPUT"])
@pytest.mark.parametrize("name", sorted(RULES))
def test_equal_to_the_verified_matrices(name: str, chain: str) -> None:
    edges, confirmed, wider = compare(name, chain, 2 if name.startswith("TUM") else 3)
    assert not wider, "passes here, although fffuu proves that it cannot"
    assert edges == EDGES[name][chain == "INPUT"]
    assert confirmed == edges, "fffuu thinks it possible; nothing passes here"


def test_the_comparison_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one blocking rule taken away, pairs pass that the matrix does not have."""
    base = needs_shared("data", "firewalls", "iptables")
    name = "topoS_generated_imaginray_factory_network.iptables-save.by-linux-kernel"
    source = read_source(base / RULES[name])
    assert isinstance(source, SourceText)
    opened = replace(source, text=source.text.replace(":FORWARD DROP", ":FORWARD ACCEPT"))
    assert opened.text != source.text
    monkeypatch.setattr("test_iptables_fffuu.read_source" if __name__ == "test_iptables_fffuu" else f"{__name__}.read_source",
                        lambda _: opened)  # fmt: skip
    assert compare(name, "FORWARD", 2)[2]
