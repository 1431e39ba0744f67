"""A third engine beside boxes and OxiDD: CUDD, on the raw bits of addresses and ports, with its own idea of a rule list.

Shadowed rules and permitted packets must come out the same for ClassBench sets and for random lists, IPv4 and IPv6.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from rule_bases import classbench, device, one, rule
from shared_data import needs_shared

from segmentation.analysis.anomalies import AnomalyKind, find
from segmentation.analysis.program import build
from segmentation.device.device import ACCEPT, DROP, Device, Hook, Rule, Verb
from segmentation.device.match import Field, Match
from segmentation.model.addresses import TOP, Family
from segmentation.model.intervals import IntervalSet
from segmentation.packetset.bdd import PacketSets
from segmentation.packetset.box import Limits
from segmentation.packetset.fates import fates
from segmentation.packetset.measure import sizes_of
from segmentation.packetset.program import Ints, Op, ProgramBuilder
from segmentation.packetset.space import FIVE_TUPLE, Dim, SpaceBuilder
from segmentation.packetset.walk import Query, Walk

cudd = pytest.importorskip("dd.cudd", reason="the wheel of dd for this platform has no CUDD")
np = pytest.importorskip("numpy")

_PORTED = (6, 17, 33, 132, 136)  # protocols that have ports; the model's sets of ports say nothing of others


class Cudd:
    """Sets of five-tuples as diagrams over their bits, the most significant first."""

    def __init__(self, family: Family) -> None:
        self.widths = {Field.DST: 32, Field.SRC: 32, Field.DPORT: 16, Field.SPORT: 16, Field.PROTO: 8}
        if family == 6:
            self.widths |= {Field.DST: 128, Field.SRC: 128}
        self.bdd = cudd.BDD()
        self.bdd.configure(reordering=False)
        for field, width in self.widths.items():
            self.bdd.declare(*(f"{field.value}{bit}" for bit in range(width)))
        self.bits = sum(self.widths.values())

    def range(self, field: Field, lo: int, hi: int) -> Any:
        """Values from *lo* to *hi*."""
        above, below = self.bdd.true, self.bdd.true
        for bit in range(self.widths[field]):  # from the least significant
            v = self.bdd.var(f"{field.value}{self.widths[field] - 1 - bit}")
            above = (v & above) if lo >> bit & 1 else (v | above)
            below = (~v | below) if hi >> bit & 1 else (~v & below)
        return above & below

    def match(self, match: Match) -> Any:
        """The packets of a match."""
        out = self.bdd.true
        fields = dict(match.fields)
        if Field.SPORT in fields or Field.DPORT in fields:
            typed = 58 if self.widths[Field.SRC] == 128 else 1
            having = IntervalSet.from_iter((p, p) for p in (*_PORTED, typed))
            fields[Field.PROTO] = fields.get(Field.PROTO, IntervalSet.of((0, 255))) & having
        for field, values in fields.items():
            part = self.bdd.false
            for lo, hi in values:
                part |= self.range(field, lo, hi)
            out &= part
        return out

    def read(self, rules: list[Rule]) -> tuple[list[int], int]:
        """Lines of the rules that no packet reaches, and the number of five-tuples that are accepted."""
        left, permitted, dead = self.bdd.true, self.bdd.false, []
        for each in rules:
            taken = left & self.match(each.match)
            if taken == self.bdd.false:
                dead.append(each.location.line)
            elif each.action.verb is Verb.ACCEPT:
                permitted |= taken
            left &= ~taken
        return dead, self.count(permitted)

    def count(self, node: Any) -> int:
        """The exact number of members: CUDD itself counts in floating point."""
        known: dict[int, int] = {}

        def below(node: Any, level: int) -> int:
            """Members over the bits from *level* on."""
            if node == self.bdd.true:
                return 1 << (self.bits - level)
            if node == self.bdd.false:
                return 0
            if node.negated:
                return (1 << (self.bits - level)) - below(~node, level)
            own = node.level
            if int(node) not in known:
                known[int(node)] = below(node.low, own + 1) + below(node.high, own + 1)
            return int(known[int(node)] << (own - level))

        return int(below(node, 0))


def oxidd_count(fw: Device, family: Family) -> int:
    """The number of five-tuples that the second layer says pass."""
    plan = build(fw, family, Hook.FORWARD)
    builder = SpaceBuilder(family, plan.interfaces)
    plan.collect(builder)
    space = builder.build()
    program = ProgramBuilder(space)
    plan.emit(program)
    everything: Ints = np.array([space.full()], np.int32)
    found = fates(program.build(), PacketSets(space), everything)
    assert found is not None
    return int(found.passed.count(FIVE_TUPLE))


def box_count(fw: Device, family: Family) -> int:
    """The same by the walk: its pieces are disjoint."""
    plan = build(fw, family, Hook.FORWARD)
    builder = SpaceBuilder(family, plan.interfaces)
    plan.collect(builder)
    space = builder.build()
    program = ProgramBuilder(space)
    plan.emit(program)
    box = space.full()
    for dim in (Dim.STATE, Dim.FLAGS):  # no rule tests them, so that every value has the same answer: ask for one
        box[2 * dim] = box[2 * dim + 1] = 0
    walk = Walk(program.build(), [Query(tuple(box))], Op.ACCEPT, Limits())
    total = sum(int(sizes_of(space, rows[:, :20]).sum()) for rows in walk)
    assert not walk.undecided
    return total


def shadowed(fw: Device, family: Family) -> list[int]:
    # A rule about the ports of a protocol that has none is empty: no packet reaches it either.
    kinds = (AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION, AnomalyKind.EMPTY)
    return [a.rule.location.line for a in find(fw, family).anomalies if a.kind in kinds]


def random_rules(seed: int, family: Family, count: int) -> Iterator[Rule]:
    """Rules over few, nested addresses, so that unions of them shadow others."""
    chance = random.Random(seed)
    top = TOP[family]

    def network() -> IntervalSet:
        size = chance.choice((0, 1, 2, 3, 4, top.bit_length()))
        base = (top // 5) + chance.randrange(16)
        low = base >> size << size
        return IntervalSet.of((low, low + (1 << size) - 1))

    for line in range(1, count + 1):
        fields: dict[Field, IntervalSet] = {}
        for field in (Field.SRC, Field.DST):
            if chance.random() < 0.9:
                fields[field] = network()
        if chance.random() < 0.7:
            fields[Field.PROTO] = one(chance.choice((6, 17)))
            if chance.random() < 0.7:
                low = chance.randrange(1, 12)
                fields[Field.DPORT] = IntervalSet.of((low, low + chance.randrange(6)))
        yield rule(line, Match(fields=fields), DROP if chance.random() < 0.4 else ACCEPT)


@pytest.mark.parametrize("name", ["acl1_1k", "acl2_1k", "fw2_1k", "ipc1_1k"])
def test_classbench(name: str) -> None:
    fw = classbench(needs_shared("data", "firewalls", "classbench", "classbench", name).read_text())
    dead, permitted = Cudd(4).read(list(fw.chains["FORWARD"].rules))
    assert shadowed(fw, 4) == dead
    if name.startswith("acl"):
        assert oxidd_count(fw, 4) == permitted
    if name == "acl1_1k":  # of the others there are too many boxes
        assert box_count(fw, 4) == permitted


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("seed", range(12))
def test_random_lists(family: Family, seed: int) -> None:
    fw = device({"FORWARD": list(random_rules(seed, family, 60))})
    dead, permitted = Cudd(family).read(list(fw.chains["FORWARD"].rules))
    assert dead, "the generator makes rules that others cover"
    assert shadowed(fw, family) == dead
    assert box_count(fw, family) == oxidd_count(fw, family) == permitted
