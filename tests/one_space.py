"""Several devices in one space of packets, so that what they let through can be compared as sets."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segmentation.analysis.program import build, interface_names
from segmentation.analysis.reach_question import INITIAL_SYN
from segmentation.device.device import Device, Hook
from segmentation.device.match import CtState
from segmentation.model.addresses import Family
from segmentation.model.intervals import IntervalSet
from segmentation.packetset.bdd import PacketSet, PacketSets
from segmentation.packetset.fates import Fates, fates
from segmentation.packetset.program import Ints, ProgramBuilder
from segmentation.packetset.space import DIMS, Dim, SpaceBuilder

_NEW = IntervalSet.single(CtState.NEW)
_TCP = IntervalSet.single(6)


@dataclass(frozen=True)
class OneSpace:
    """What each device does with packets that open a session and cross from one interface to another."""

    sets: PacketSets
    fates: Mapping[str, Fates]

    def certain(self, name: str) -> PacketSet:
        """What certainly passes; asserts that nothing is uncertain."""
        found = self.fates[name]
        assert not found.passed & found.dropped, f"{name}: {found.passed & found.dropped}"
        return found.passed


def one_space(
    devices: Mapping[str, Device], crossing: Mapping[str, tuple[str, str]], *, family: Family = 4, hook: Hook = Hook.FORWARD
) -> OneSpace:
    """*crossing* gives the in- and out-interface of each device; the sets speak of addresses, protocol and ports only."""
    names = {n for d in devices.values() for n in interface_names(d)} | {n for pair in crossing.values() for n in pair}
    plans = {k: build(d, family, hook, interfaces=names) for k, d in devices.items()}
    everything = next(iter(plans.values())).interfaces
    assert all(p.interfaces == everything for p in plans.values())
    builder = SpaceBuilder(family, everything)
    opening = ({Dim.PROTO: _TCP, Dim.FLAGS: INITIAL_SYN}, {Dim.PROTO: _TCP.complement(255), Dim.FLAGS: IntervalSet.single(0)})
    for plan in plans.values():
        plan.collect(builder)
    for values in opening:
        for dim, some in {**values, Dim.STATE: _NEW}.items():
            builder.add(dim, some)
    number = {n: IntervalSet.single(i) for i, n in enumerate(everything)}
    for name in {n for pair in crossing.values() for n in pair}:
        builder.add(Dim.IIF, number[name])
        builder.add(Dim.OIF, number[name])
    space = builder.build()
    sets = PacketSets(space)
    out: dict[str, Fates] = {}
    for key, plan in plans.items():
        program = ProgramBuilder(space)
        plan.emit(program)
        boxes: list[list[int]] = []
        for values in opening:
            came, goes = crossing[key]
            asked = {**values, Dim.STATE: _NEW, Dim.IIF: number[came], Dim.OIF: number[goes]}
            for choice in itertools.product(*(space.encode(d, s) for d, s in asked.items())):
                box = space.full()
                for dim, (lo, hi) in zip(asked, choice, strict=True):
                    box[2 * dim], box[2 * dim + 1] = lo, hi
                boxes.append(box)
        rows: Ints = np.array(boxes, np.int32).reshape(-1, 2 * DIMS)
        found = fates(program.build(), sets, rows)
        assert found is not None, f"{key} rewrites what it tests"
        out[key] = Fates(_without_interfaces(sets, found.passed), _without_interfaces(sets, found.dropped))
    return OneSpace(sets, out)


def _without_interfaces(sets: PacketSets, some: PacketSet) -> PacketSet:
    """The same packets whatever their interfaces: the crossing of each device has its own names."""
    top = {d: sets.space.counts[d] - 1 for d in (Dim.IIF, Dim.OIF)}
    rows = []
    for box in some.rows():
        row = sets.space.full()
        for dim, (lo, hi) in box.items():
            if dim not in top:
                row[2 * dim], row[2 * dim + 1] = lo, hi
        rows.append(row)
    return sets.boxes(np.array(rows, np.int32).reshape(-1, 2 * DIMS))
