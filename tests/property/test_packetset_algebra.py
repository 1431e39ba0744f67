"""The algebra of packet sets against brute force over small spaces, and the two layers against each other."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.model.intervals import IntervalSet
from segmentation.packetset.bdd import ADDRESSES_FIRST, PROTOCOL_FIRST, BudgetExceededError, PacketSet, PacketSets
from segmentation.packetset.box import Limits
from segmentation.packetset.measure import count_five_tuples
from segmentation.packetset.program import Op, ProgramBuilder, Stage
from segmentation.packetset.space import Dim, Space, SpaceBuilder
from segmentation.packetset.walk import Query, Walk

SIDES = (Dim.SRC, Dim.DST, Dim.PROTO, Dim.DPORT)
TOPS = {Dim.SRC: 7, Dim.DST: 5, Dim.PROTO: 2, Dim.DPORT: 4}
POINTS = [dict(zip(SIDES, p, strict=True)) for p in itertools.product(range(8), range(6), range(3), range(5))]
Sets = dict[Dim, IntervalSet]


def interval_sets(top: int) -> st.SearchStrategy[IntervalSet]:
    pair = st.tuples(st.integers(0, top), st.integers(0, top)).map(lambda p: (min(p), max(p)))
    return st.lists(pair, min_size=1, max_size=3).map(IntervalSet.from_iter)


PRODUCTS: st.SearchStrategy[Sets] = st.fixed_dictionaries({}, optional={d: interval_sets(TOPS[d]) for d in SIDES})


def space_of(*groups: Sets) -> Space:
    builder = SpaceBuilder(4)
    for sets in groups:
        for d, s in sets.items():
            builder.add(d, s)
    for d in SIDES:  # the points of the brute force become ranks of their own
        for v in range(TOPS[d] + 1):
            builder.add(d, IntervalSet.single(v))
    return builder.build()


def member(sets: Mapping[Dim, IntervalSet], point: Mapping[Dim, int]) -> bool:
    return all(point[d] in s for d, s in sets.items())


def of(sets: PacketSets, group: Sets) -> PacketSet:
    return sets.product({d: sets.space.encode(d, s) for d, s in group.items()})


def points(sets: PacketSets, packets: PacketSet) -> set[int]:
    one = [sets.product({d: sets.space.encode(d, IntervalSet.single(v)) for d, v in p.items()}) for p in POINTS]
    return {i for i, p in enumerate(one) if p & packets}


@given(PRODUCTS, PRODUCTS, PRODUCTS, st.sampled_from([ADDRESSES_FIRST, PROTOCOL_FIRST]))
@settings(deadline=None, max_examples=25)
def test_algebra(a: Sets, b: Sets, c: Sets, order: tuple[Dim, ...]) -> None:
    sets = PacketSets(space_of(a, b, c), nodes=100_000, order=order)
    x, y, z = (of(sets, g) for g in (a, b, c))
    assert points(sets, (x | y) - z) == {i for i, p in enumerate(POINTS) if (member(a, p) or member(b, p)) and not member(c, p)}
    assert (x | y) & z == (x & z) | (y & z)
    assert ~(x | y) == ~x & ~y
    assert x - y == x & ~y
    assert x ^ y == (x - y) | (y - x)
    assert (x & y).issubset(x)
    assert not x - x
    assert ~~x == x
    assert bool(x & y) == any(member(a, p) and member(b, p) for p in POINTS)
    assert x.count() + y.count() == (x | y).count() + (x & y).count()
    sizes = (a[d].size if d in a else sets.space.size(d, 0, sets.space.counts[d] - 1) for d in Dim)
    assert x.count() == math.prod(sizes)
    rebuilt = sets.empty
    for box in (x ^ z).rows():
        one = sets.product({d: (r,) for d, r in box.items()})
        assert not rebuilt & one
        rebuilt |= one
    assert rebuilt == x ^ z


@given(st.lists(st.tuples(PRODUCTS, st.booleans()), min_size=1, max_size=8), st.booleans())
@settings(deadline=None, max_examples=60)
def test_both_layers_and_brute_force_agree(rules: list[tuple[Sets, bool]], default: bool) -> None:
    """First match by the kernel, by diagrams, and packet by packet."""
    space = space_of(*(s for s, _ in rules))
    builder = ProgramBuilder(space)
    chain = builder.chain()
    for s, permit in rules:
        builder.emit(chain, s, Op.ACCEPT if permit else Op.DROP)
    builder.stage(Stage(chain, Op.ACCEPT if default else Op.DROP))
    program = builder.build()
    walk = Walk(program, [Query(tuple(space.full()))], Op.ACCEPT, Limits())
    rows = np.concatenate([*walk, np.zeros((0, 40), np.int32)])
    sets = PacketSets(space, nodes=200_000)
    passed, rest = sets.empty, sets.full
    for s, permit in rules:
        hit = rest & of(sets, s)
        passed = passed | hit if permit else passed
        rest -= hit
    passed = passed | rest if default else passed
    assert sets.boxes(rows) == passed
    assert points(sets, passed) == {
        i for i, p in enumerate(POINTS) if next((permit for s, permit in rules if member(s, p)), default)
    }
    five = (Dim.SRC, Dim.DST, Dim.PROTO, Dim.SPORT, Dim.DPORT)
    assert passed.count(five) == (count_five_tuples(space, rows[:, :20]) if len(rows) else 0)


def test_counts_are_of_packets_not_of_ranks() -> None:
    builder = SpaceBuilder(6)
    net = IntervalSet.of((1 << 64, (1 << 65) - 1))
    builder.add(Dim.SRC, net)
    sets = PacketSets(builder.build())
    packets = of(sets, {Dim.SRC: net})
    assert packets.count([Dim.SRC]) == 1 << 64
    assert (~packets).count([Dim.SRC]) == (1 << 128) - (1 << 64)
    assert sets.full.lowest() == {}
    assert sets.empty.lowest() is None
    assert str(sets.empty) == "none"
    assert str(packets) == f"src {1 << 64}-{(1 << 65) - 1}"


def test_a_set_beyond_its_budget_is_not_decided() -> None:
    builder = SpaceBuilder(4)
    for v in range(0, 512, 2):
        for d in (Dim.SRC, Dim.DST, Dim.SPORT, Dim.DPORT):
            builder.add(d, IntervalSet.single(v))
    sets = PacketSets(builder.build(), nodes=300)
    boxes = [
        dict.fromkeys((Dim.SRC, Dim.DPORT), ((v % 83, v % 97 + 100),)) | dict.fromkeys((Dim.DST, Dim.SPORT), ((v % 71, v),))
        for v in range(1, 500, 3)
    ]
    with pytest.raises(BudgetExceededError):
        functools.reduce(lambda packets, box: packets | sets.product(box), boxes, sets.empty)
