"""The hard cases, in every device's own language: exact packet sets, single packets and anomalies.

``docs/hard-cases.md`` lists them with their answers.  Each is one list of rules; the renderings are in
``tests/rule_renderings.py``.  The list ends with a deny of everything in all of them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

import pytest
from rule_renderings import RENDERINGS, R, Rendered

from segmentation.analysis.anomalies import AnomalyKind, find
from segmentation.analysis.reach import passing
from segmentation.analysis.simulate import Packet, simulate
from segmentation.model.addresses import ALL_ADDRESSES, Address, AddressSet
from segmentation.model.crossings import ANY
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ServiceTerm
from segmentation.model.text import Text

SHADOWED, UNION, REDUNDANT = AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION, AnomalyKind.REDUNDANT
Question = tuple[str, str, str, int, int]  # source, destination, protocol, destination port, packets that pass


@dataclass(frozen=True)
class Case:
    """Rules; how many (source, destination) pairs of a question pass; which rules are without effect, and because of which."""

    rules: list[R]
    passes: tuple[Question, ...] = ()
    anomalies: tuple[tuple[int, AnomalyKind, tuple[int, ...], bool], ...] = ()
    effective: tuple[int, ...] = ()  # rules that some packet reaches, and that must not be called shadowed
    without: tuple[str, ...] = ()  # devices in whose language it cannot be written


HALVES = [("10.0.0.0/9", "10.10.0.0/17"), ("10.0.0.0/9", "10.10.128.0/17"), ("10.128.0.0/9", "10.10.0.0/17"),
          ("10.128.0.0/9", "10.10.128.0/17")]  # fmt: skip
WEB = (80, 80)

CASES: dict[str, Case] = {
    # 1. A tool that asks one witness per permit finds 10.20.0.1, sees it denied, and says "cannot reach".
    "first witness is denied": Case(
        [R(False, "tcp", "10.20.0.1/32", "", (445, 445)), R(True, "tcp", "10.20.0.0/24", "10.10.0.0/24", (445, 445))],
        (("10.20.0.0/16", "10.10.0.0/16", "tcp", 445, 255 * 256), ("10.20.0.1/32", "10.10.0.0/16", "tcp", 445, 0)),
        effective=(0, 1),
    ),
    # 2. No single rule and no union in one field covers the deny.
    "union shadow in two dimensions": Case(
        [*(R(True, "tcp", s, d, WEB) for s, d in HALVES), R(False, "tcp", "10.0.0.0/8", "10.10.0.0/16", WEB)],
        (("10.0.0.0/8", "10.10.0.0/16", "tcp", 80, 1 << 40),),
        ((4, UNION, (0, 1, 2, 3), True),),
        effective=(0, 1, 2, 3),
    ),
    # The same with one quarter missing but one address: the deny acts there.
    "union with a hole of one address": Case(
        [*(R(True, "tcp", s, d, WEB) for s, d in HALVES[:3]), R(True, "tcp", "10.128.0.0/10", HALVES[3][1], WEB),
         R(True, "tcp", "10.192.0.0/11", HALVES[3][1], WEB), R(False, "tcp", "10.0.0.0/8", "10.10.0.0/16", WEB)],
        (("10.224.0.0/11", "10.10.128.0/17", "tcp", 80, 0), ("10.192.0.0/11", "10.10.128.0/17", "tcp", 80, 1 << 36)),
        effective=(5,),
    ),
    "union in three dimensions": Case(
        [*(R(True, "tcp", s, d, p) for s, d in HALVES for p in ((1, 1023), (1024, 65535))),
         R(False, "tcp", "10.0.0.0/8", "10.10.0.0/16", (443, 8443))],
        (("10.0.0.0/8", "10.10.0.0/16", "tcp", 443, 1 << 40), ("10.0.0.0/8", "10.10.0.0/16", "tcp", 8443, 1 << 40)),
        ((8, UNION, tuple(range(8)), True),),
    ),
    # Which earlier rule counts is decided by what is left, not by pairs: rule 1 is partly hidden, rule 2 fully by both.
    "overlapping objects, first match": Case(
        [R(True, "tcp", "10.0.0.0/24", "192.168.0.0/16", (1, 100)), R(False, "tcp", "10.0.0.0/25", "192.168.0.0/16", (90, 150)),
         R(True, "tcp", "10.0.0.0/26", "192.168.1.0/24", (60, 140))],
        (("10.0.0.0/26", "192.168.1.0/24", "tcp", 80, 64 * 256), ("10.0.0.0/26", "192.168.1.0/24", "tcp", 120, 0)),
        ((2, UNION, (0, 1), True),),
        effective=(0,),
    ),
    # The permit behind the narrower one is what passes; the first is redundant, not the second.
    "a narrower permit before a wider one": Case(
        [R(True, "tcp", "10.1.0.0/16", "10.2.0.0/16", WEB), R(True, "tcp", "10.0.0.0/8", "10.2.0.0/16", WEB)],
        (("10.0.0.0/8", "10.2.0.0/16", "tcp", 80, 1 << 40),),
        ((0, REDUNDANT, (1,), False),),
        effective=(1,),
    ),
    # ... unless a deny between them takes part of what the wider would permit.
    "a deny between two permits": Case(
        [R(True, "tcp", "10.1.0.0/16", "10.2.0.0/16", WEB), R(False, "tcp", "10.1.2.0/24", "", WEB),
         R(True, "tcp", "10.0.0.0/8", "10.2.0.0/16", WEB)],
        (("10.1.2.0/24", "10.2.0.0/16", "tcp", 80, 1 << 24),),
        effective=(0, 2),
    ),
    # 1-100 and 101-200 touch: together they hold 50-150; 1-99 and 101-200 do not.
    "port ranges that touch": Case(
        [R(True, "tcp", "", "10.1.1.1/32", (1, 100)), R(True, "tcp", "", "10.1.1.1/32", (101, 200)),
         R(False, "tcp", "", "10.1.1.1/32", (50, 150))],
        (("10.0.0.1/32", "10.1.1.1/32", "tcp", 100, 1), ("10.0.0.1/32", "10.1.1.1/32", "tcp", 101, 1)),
        ((2, UNION, (0, 1), True),),
    ),
    "port ranges with a gap of one": Case(
        [R(True, "tcp", "", "10.1.1.1/32", (1, 99)), R(True, "tcp", "", "10.1.1.1/32", (101, 200)),
         R(False, "tcp", "", "10.1.1.1/32", (50, 150)), R(True, "tcp", "", "10.1.1.1/32", (100, 100))],
        (("10.0.0.1/32", "10.1.1.1/32", "tcp", 100, 0), ("10.0.0.1/32", "10.1.1.1/32", "tcp", 99, 1)),
        ((3, SHADOWED, (2,), True),),
        effective=(2,),
    ),
    "ports at both ends": Case(
        [R(True, "udp", "", "10.1.1.1/32", (65535, 65535)), R(True, "udp", "", "10.1.1.1/32", (1, 1))],
        (("10.0.0.1/32", "10.1.1.1/32", "udp", 65535, 1), ("10.0.0.1/32", "10.1.1.1/32", "udp", 65534, 0),
         ("10.0.0.1/32", "10.1.1.1/32", "udp", 1, 1), ("10.0.0.1/32", "10.1.1.1/32", "udp", 2, 0),
         ("10.0.0.1/32", "10.1.1.1/32", "tcp", 1, 0)),
    ),
    "a service with a source port": Case(
        [R(True, "udp", "10.0.0.0/8", "10.1.1.1/32", (53, 53), (53, 53)), R(False, "udp", "", "10.1.1.1/32", (53, 53))],
        (("10.0.0.1/32", "10.1.1.1/32", "udp", 53, 0),),
        effective=(0,),
    ),
    # "ip" holds TCP and every other protocol.
    "protocol ip holds tcp": Case(
        [R(True, "ip", "10.0.0.0/24", "10.1.0.0/24"), R(False, "tcp", "10.0.0.0/24", "10.1.0.0/24", (22, 22))],
        (("10.0.0.0/24", "10.1.0.0/24", "tcp", 22, 1 << 16), ("10.0.0.0/24", "10.1.0.0/24", "udp", 22, 1 << 16)),
        ((1, SHADOWED, (0,), True),),
    ),
    # ... and neither TCP nor UDP together hold "ip": GRE and ESP are left.
    "tcp and udp do not hold ip": Case(
        [R(False, "tcp", "10.0.0.0/24", "10.1.0.0/24"), R(False, "udp", "10.0.0.0/24", "10.1.0.0/24"),
         R(True, "ip", "10.0.0.0/24", "10.1.0.0/24")],
        (("10.0.0.0/24", "10.1.0.0/24", "gre", 0, 1 << 16), ("10.0.0.0/24", "10.1.0.0/24", "tcp", 22, 0)),
        effective=(0, 1, 2),
    ),
    "prefixes of 31 and 32 bits": Case(
        [R(True, "tcp", "10.0.0.2/31", "10.1.0.0/32", WEB), R(False, "tcp", "10.0.0.2/32", "10.1.0.0/31", WEB),
         R(True, "tcp", "10.0.0.2/31", "10.1.0.0/31", WEB)],
        (("10.0.0.0/30", "10.1.0.0/30", "tcp", 80, 3), ("10.0.0.2/32", "10.1.0.1/32", "tcp", 80, 0)),
        effective=(0, 1, 2),
    ),
    # Two halves of everything are everything: what is behind them never acts.
    "halves of everything": Case(
        [R(True, "tcp", "0.0.0.0/1", "", WEB), R(True, "tcp", "128.0.0.0/1", "", WEB), R(False, "tcp", "", "", WEB)],
        (("0.0.0.0/0", "10.1.1.1/32", "tcp", 80, 1 << 32),),
        ((2, UNION, (0, 1), True),),
    ),
    "a prefix of length zero": Case(
        [R(True, "tcp", "0.0.0.0/0", "10.1.0.0/24", WEB), R(False, "tcp", "10.0.0.0/8", "10.1.0.0/24", WEB)],
        (("0.0.0.0/0", "10.1.0.0/24", "tcp", 80, 1 << 40),),
        ((1, SHADOWED, (0,), True),),
    ),
    "a rule after a deny of everything": Case(
        [R(True, "tcp", "10.0.0.0/8", "", WEB), R(False), R(True, "tcp", "10.9.0.0/16", "", (443, 443))],
        (("10.0.0.0/8", "10.1.1.1/32", "tcp", 443, 0), ("10.0.0.0/8", "10.1.1.1/32", "tcp", 80, 1 << 24)),
        ((2, SHADOWED, (1,), True),),
    ),
    "the same rule twice": Case(
        [R(True, "tcp", "10.0.0.0/8", "10.1.1.1/32", WEB), R(True, "tcp", "10.0.0.0/8", "10.1.1.1/32", WEB)],
        (("10.0.0.0/8", "10.1.1.1/32", "tcp", 80, 1 << 24),),
        ((1, SHADOWED, (0,), False),),
    ),
    # Twenty rules in pieces; the union is minimal although many more overlap.
    "a minimal union among many": Case(
        [*(R(True, "tcp", f"10.{i}.0.0/16", "10.1.0.0/16", (80, 90)) for i in range(4, 12)),
         R(False, "tcp", "10.4.0.0/15", "10.1.0.0/16", (85, 86))],
        (("10.4.0.0/15", "10.1.0.0/16", "tcp", 85, 1 << 33),),
        ((8, UNION, (0, 1), True),),
    ),
}  # fmt: skip


@cache
def rendered(name: str, vendor: str) -> Rendered:
    found = RENDERINGS[vendor](CASES[name].rules)
    assert [(p.text, p.reason) for p in found.device.not_understood] == [], found.text
    return found


PROTOCOLS = {"tcp": 6, "udp": 17, "gre": 47}
EVERY = [
    pytest.param(n, v, id=f"{v}-{n.replace(' ', '-')}") for n, c in CASES.items() for v in RENDERINGS if v not in c.without
]


def decision(index: int, question: Question) -> Decision:
    src, dst, protocol, dport, _ = question
    value = PROTOCOLS[protocol]
    ports = IntervalSet.single(dport) if value in (6, 17) else IntervalSet.of((0, 65535))
    term = ServiceTerm(IntervalSet.single(value), IntervalSet.single(40000) if value in (6, 17) else ports, ports)
    ends = (AddressSet.parse(src), AddressSet.parse(dst))
    return Decision(index=index, src=ends[0], dst=ends[1], terms=(term,), kind=VerdictKind.PERMITTED, reason=Text("", ""))


@pytest.mark.parametrize(("name", "vendor"), EVERY)
def test_exact_packet_sets(name: str, vendor: str) -> None:
    """How many packets with source port 40000 pass for each question: counted by the proof, one by one at the corners."""
    found = rendered(name, vendor)
    for question in CASES[name].passes:
        table = [decision(0, question)]
        table.append(
            Decision(index=1, src=ALL_ADDRESSES, dst=ALL_ADDRESSES, terms=ANY, kind=VerdictKind.FORBIDDEN, reason=Text("", ""))
        )
        reach = passing(found.device, table, {}, family=4, interfaces={found.came: ["in"], found.goes: ["out"]})
        assert not reach.undecided
        mine = [p for p in reach.passages if p.decision == 0 and crosses(p, found)]
        assert all(p.certain and p.packets_exact for p in mine), mine
        assert sum(p.packets for p in mine) == question[4], (question, mine)
        for passage in mine:
            assert one(found, passage.witness.src or 0, passage.witness.dst or 0, question) is True


def crosses(passage: object, found: Rendered) -> bool:
    boxes = passage.boxes  # type: ignore[attr-defined]
    return any(
        found.came in (b.in_interfaces or (found.came,)) and found.goes in (b.out_interfaces or (found.goes,)) for b in boxes
    )


def one(found: Rendered, src: int, dst: int, question: Question) -> bool | None:
    protocol = PROTOCOLS[question[2]]
    packet = Packet(
        family=4, src=src, dst=dst, protocol=protocol, sport=40000 if protocol in (6, 17) else 0,
        dport=question[3] if protocol in (6, 17) else 0, flags=2, in_interface=found.came, out_interface=found.goes,
    )  # fmt: skip
    return simulate(found.device, packet).accepted


@pytest.mark.parametrize(("name", "vendor"), EVERY)
def test_corners_one_by_one(name: str, vendor: str) -> None:
    """The first match, read off the list by hand, at the corners of every rule and beside them."""
    found, rules = rendered(name, vendor), CASES[name].rules
    ends = {v for r in rules for p in (r.src, r.dst) if p for v in around(p)} | {Address.parse("203.0.113.9").value}
    ports = sorted({v for r in rules if r.dport for v in (r.dport[0] - 1, *r.dport, r.dport[1] + 1) if 0 < v < 65536} | {7})
    pairs = list(itertools.islice(itertools.product(sorted(ends), sorted(ends)), 0, None, max(1, len(ends) ** 2 // 60)))
    for (src, dst), dport, protocol in itertools.product(pairs, ports[:6], (6, 17)):
        packet = Packet(
            family=4, src=src, dst=dst, protocol=protocol, sport=40000, dport=dport, flags=2, in_interface=found.came,
            out_interface=found.goes,
        )  # fmt: skip
        expected = next((r.permit for r in rules if holds(r, packet)), False)
        assert simulate(found.device, packet).accepted is expected, (packet, found.text)


def around(prefix: str) -> tuple[int, ...]:
    lo, hi = AddressSet.parse(prefix).v4.intervals[0]
    return tuple(v for v in (lo - 1, lo, hi, hi + 1) if 0 <= v < 1 << 32)


def holds(r: R, p: Packet) -> bool:
    protocol = {"ip": p.protocol, "tcp": 6, "udp": 17}[r.protocol]
    inside = all(not t or value in AddressSet.parse(t).v4 for t, value in ((r.src, p.src), (r.dst, p.dst)))
    ports = all(t is None or t[0] <= value <= t[1] for t, value in ((r.sport, p.sport), (r.dport, p.dport)))
    return protocol == p.protocol and inside and ports


@pytest.mark.parametrize(("name", "vendor"), EVERY)
def test_anomalies(name: str, vendor: str) -> None:
    """Kind, culprits (a minimal set) and conflict, for the rule somebody wrote; an example packet that the rule matches."""
    found, case = rendered(name, vendor), CASES[name]
    report = find(found.device, 4)
    assert report.undecided == ()
    line_of = {line: n for n, line in enumerate(found.lines)}
    seen = {line_of[a.rule.location.line]: a for a in report.anomalies if a.rule.location.line in line_of}
    for position, kind, culprits, conflict in case.anomalies:
        if kind is REDUNDANT and logs(found, found.lines[position]):
            assert position not in seen  # without it, what it logs would not be logged there: PAN-OS logs by default
            continue
        a = seen[position]
        assert a.kind is kind, (position, a)
        named = {line_of[c.location.line] for c in a.culprits if c.location.line in line_of}
        if culprits and kind is not REDUNDANT:
            assert tuple(sorted(named)) == culprits, (position, a)
            assert a.conflict is conflict
        assert a.example is not None
        assert holds(case.rules[position], as_packet(a.example)), a.example
    # A deny that some packet reaches may still be redundant: the list ends with a deny of everything.
    assert not [n for n in case.effective if n in seen and seen[n].kind is not REDUNDANT], {n: a.kind for n, a in seen.items()}


def logs(found: Rendered, line: int) -> bool:
    return any(r.log for c in found.device.chains.values() for r in c.rules if r.location.line == line)


def as_packet(example: object) -> Packet:
    e = example
    return Packet(
        family=4, src=e.src or 0, dst=e.dst or 0, protocol=e.protocol, sport=e.sport, dport=e.dport,  # type: ignore[attr-defined]
    )  # fmt: skip
