"""The kernels' decision is the plain first match over the list of decisions, and their zone is the partition's."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.model.addresses import TOP, AddressSet, Family
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ServiceTerm
from segmentation.model.text import Text
from sensors.kernels.lookup import decide, zone
from sensors.kernels.tables import NoZones, compile_tables

# Few corner values make overlaps, adjacency and equal borders likely.
CORNERS: dict[Family, list[int]] = {
    4: [0, 1, 9, 0xFFFF, 0x10000, 0x0A000000, 0x0A0000FF, 0x0A000100, 0x0AFFFFFF, 0xFFFFFFFE, TOP[4]],
    6: [0, 1, (1 << 64) - 1, 1 << 64, (1 << 64) + 1, 0x20010DB8 << 96, (0x20010DB8 << 96) + 5, TOP[6] - 1, TOP[6]],
}
PORTS = st.sampled_from([0, 1, 22, 23, 443, 1023, 65535])
PROTOCOLS = st.sampled_from([0, 1, 6, 17, 58, 63, 64, 128, 255])


def sets(values: st.SearchStrategy[int]) -> st.SearchStrategy[IntervalSet]:
    pair = st.tuples(values, values).map(lambda p: (min(p), max(p)))
    return st.lists(pair, max_size=4).map(IntervalSet.from_iter)


ADDRESS_SETS = st.builds(AddressSet, sets(st.sampled_from(CORNERS[4])), sets(st.sampled_from(CORNERS[6])))
TERMS = st.builds(ServiceTerm, sets(PROTOCOLS), sets(PORTS), sets(PORTS))
DECISIONS = st.lists(st.tuples(ADDRESS_SETS, ADDRESS_SETS, st.lists(TERMS, min_size=1, max_size=3)), max_size=7)


Listed = tuple[AddressSet, AddressSet, list[ServiceTerm]]


@st.composite
def partitions(draw: st.DrawFn) -> NoZones:
    names = ("", "x", "y", "z")
    starts, ids = {}, {}
    for family, corners in CORNERS.items():
        cuts = draw(st.sets(st.sampled_from(corners), max_size=5)) | {0}
        starts[family] = tuple(sorted(cuts))
        ids[family] = tuple(draw(st.integers(0, 3)) for _ in cuts)
    return NoZones(names, starts, ids)


@settings(deadline=None, max_examples=150)
@given(partitions(), DECISIONS, st.data())
def test_the_kernel_is_the_plain_first_match(zones: NoZones, listed: list[Listed], data: st.DataObject) -> None:
    decisions = [
        Decision(index=i, src=s, dst=d, terms=tuple(t), kind=VerdictKind.FORBIDDEN, reason=Text("", ""))
        for i, (s, d, t) in enumerate(listed)
    ]
    tables = compile_tables(zones, decisions)
    for _ in range(12):
        family = data.draw(st.sampled_from([4, 6]))
        src, dst = (data.draw(st.sampled_from(CORNERS[family])) for _ in range(2))
        protocol, sport, dport = data.draw(PROTOCOLS), data.draw(PORTS), data.draw(PORTS)
        expected = next(
            (
                d.index
                for d in decisions
                if src in d.src.family(family) and dst in d.dst.family(family)
                and any(protocol in t.protocols and sport in t.src_ports and dport in t.dst_ports for t in d.terms)
            ),
            -1,
        )  # fmt: skip
        halves = [np.uint64(v) for a in (src, dst) for v in (a >> 64, a & (1 << 64) - 1)]
        places = [zone(tables, family == 6, halves[2 * k], halves[2 * k + 1]) for k in range(2)]
        for place, address in zip(places, (src, dst), strict=True):
            assert place == zones.ids[family][bisect_right(zones.starts[family], address) - 1]
        assert decide(tables, family == 6, *places, *halves, protocol, sport, dport) == expected


@settings(deadline=None, max_examples=60)
@given(partitions(), st.lists(st.integers(0, TOP[4]), min_size=1, max_size=40))
def test_zones_of_any_address(zones: NoZones, addresses: list[int]) -> None:
    tables = compile_tables(zones)
    for a in addresses:
        assert zone(tables, False, np.uint64(0), np.uint64(a)) == zones.ids[4][bisect_right(zones.starts[4], a) - 1]
