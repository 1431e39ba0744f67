"""Parties and zones against a model that enumerates addresses one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.model.addresses import Address
from segmentation.zonefile.reader import loads

# Blocks of 16 addresses below 10.0.0.0; a zone owns whole blocks, so overlaps are easy to count.
_BLOCK, _BLOCKS = 16, 12


def _prefix(block: int) -> str:
    return f"10.0.0.{block * _BLOCK}/28"


@st.composite
def city(draw: st.DrawFn) -> tuple[str, dict[str, set[int]], dict[str, str], list[str]]:
    """A zone file, what each zone writes for itself, the parents, and the initiator's list."""
    count = draw(st.integers(1, 5))
    free = draw(st.permutations(range(_BLOCKS)))
    own: dict[str, set[int]] = {}
    parents: dict[str, str] = {}
    used = 0
    for n in range(count):
        name = f"z{n}"
        parents[name] = f"z{draw(st.integers(0, n - 1))}" if n and draw(st.booleans()) else ""
        take = draw(st.integers(0, 3))
        own[name] = set(free[used : used + take])
        used += take
    lines = ['[organisation]\nname = "x"\n[model]\nkind = "levels"\nprofile = "okayama"\n']
    for name, blocks in own.items():
        lines.append(f'[[zones]]\nid = "{name}"\nnetworks = {[_prefix(b) for b in sorted(blocks)]}\n')
        lines.append(f'parent = "{parents[name]}"\n' if parents[name] else 'kind = "generic"\n')
    listed = sorted(b for blocks in own.values() for b in blocks)
    literals = [f"10.0.0.{b * _BLOCK + 3}-10.0.0.{b * _BLOCK + 9}" for b in listed]
    party = draw(st.lists(st.sampled_from([*own, *literals]), min_size=1, max_size=4, unique=True))
    lines.append(
        f'[[conduits]]\nid = "C"\nkind = "other"\ninitiator = {party}\nresponder = "z0"\nservices = "any"\ndata = "both"\n'
    )
    return "".join(lines), own, parents, party


def _members(text: str) -> set[int]:
    first, _, last = text.partition("-")
    return set(range(int(first.rsplit(".", 1)[1]), int(last.rsplit(".", 1)[1]) + 1))


@settings(max_examples=150, deadline=None)
@given(city())
def test_a_party_is_the_union_of_what_it_names(given_city: tuple[str, dict[str, set[int]], dict[str, str], list[str]]) -> None:
    text, own, parents, party = given_city
    result = loads(text, "z.toml")
    assert result.problems == ()
    assert result.model is not None

    def within(zone: str, ancestor: str) -> bool:
        while zone and zone != ancestor:
            zone = parents[zone]
        return bool(zone)

    want: set[int] = set()
    for item in party:
        if "." in item:
            want |= _members(item)
        else:
            blocks = set().union(*(own[z] for z in own if within(z, item)))
            want |= {b * _BLOCK + n for b in blocks for n in range(_BLOCK)}
    got = result.model.conduits["C"].initiator.addresses
    base = Address.parse("10.0.0.0").value
    assert {n for n in range(256) if base + n in got.v4} == want
    assert got.v4.size == len(want)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(25, 32), st.integers(0, 255)), min_size=2, max_size=6))
def test_overlaps_are_found_exactly(rows: list[tuple[int, int, int]]) -> None:
    """Zones of one prefix each, a layer or below the first: an overlap counts unless one is the other's parent."""
    text = '[organisation]\nname = "x"\n[model]\nkind = "levels"\nprofile = "okayama"\n'
    sets = []
    for n, (parent, length, start) in enumerate(rows):
        span = 1 << (32 - length)
        low = start - start % span
        child = parent == 0 and n > 0
        sets.append((set(range(low, low + span)), child))
        text += f'[[zones]]\nid = "z{n}"\nnetworks = "10.0.0.{low}/{length}"\n' + (
            'parent = "z0"\n' if child else 'kind = "generic"\n'
        )
    want = set()
    for i, (a, _) in enumerate(sets):
        for j in range(i + 1, len(sets)):
            b, child = sets[j]
            if a & b and not (i == 0 and child):
                want.add((f"z{i}", f"z{j}"))
    found = loads(text, "z.toml").problems
    assert all("overlap" in p.message.en for p in found)
    assert {tuple(p.message.en.split("'")[1::2]) for p in found} == want
