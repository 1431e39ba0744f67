"""Reading stays fast and bounded, whatever the size and however odd the file."""

from __future__ import annotations

import pytest
from zonefile_samples import SOUND, read

from segmentation.zonefile import positions, sink
from segmentation.zonefile.reader import loads


def _large(endpoints: int, conduits: int) -> str:
    hosts = "".join(
        f'[[endpoints]]\nid = "pc-{n}"\nname = "端末{n}"\nzone = "lg"\naddress = "10.20.{n >> 8}.{n & 255}"\n'
        f'mac = "00:00:5e:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"\n'
        for n in range(endpoints)
        if n >> 8 != 10
    )
    ways = "".join(
        f'[[conduits]]\nid = "K{n}"\nkind = "specific"\ninitiator = ["pc-{n}"]\nresponder = ["zaimu", "10.20.10.{n & 127}"]\n'
        f'services = ["https"]\ndata = "both"\npins = [{{ side = "initiator", endpoint = "pc-{n}" }}]\n'
        for n in range(conduits)
    )
    return SOUND + hosts + ways


def test_ten_thousand_endpoints_and_two_thousand_conduits(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_text: str) -> positions.PositionIndex:
        raise AssertionError("positions are only for files with problems")

    text = _large(10_256, 2000)
    monkeypatch.setattr(sink, "PositionIndex", never)
    result = loads(text, "z.toml")
    assert result.model is not None
    assert len(result.model.endpoints) == 10_002
    assert len(result.model.conduits) == 2001


def test_a_thousand_zones_that_overlap_are_no_million_problems() -> None:
    zones = "".join(f'[[zones]]\nid = "z{n}"\nkind = "generic"\nnetworks = "10.0.0.0/8"\n' for n in range(1000))
    found = read('[organisation]\nname = "x"\n[model]\nkind = "levels"\nprofile = "okayama"\n' + zones).problems
    assert 999 <= len(found) <= 8000


def test_groups_of_groups_of_groups() -> None:
    doubled = "".join(f'[[service_groups]]\nid = "g{n}"\nmembers = ["g{n + 1}", "h{n + 1}"]\n' for n in range(60))
    doubled += "".join(f'[[service_groups]]\nid = "h{n + 1}"\nmembers = ["g{n + 1}"]\n' for n in range(60))
    result = read(SOUND + doubled + '[[service_groups]]\nid = "g60"\nmembers = "tcp/1"\n')
    assert result.problems == ()
    assert result.model is not None
    assert len(result.model.services["g0"].terms) == 1


@pytest.mark.parametrize("depth", [50, 100, 250, 350, 2000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{b=", "}")])
def test_deep_nesting(depth: int, opening: str, closing: str) -> None:
    text = SOUND.replace("tcp = 443", "tcp = 443\nx = " + opening * depth + "1" + closing * depth)
    found = loads(text, "z.toml").problems
    assert len(found) == 1
    # Either the key that nobody knows, at its place, or the whole file: the nesting is more than anyone can read.
    known = found[0].message.en == "[services] has no key 'x'." and found[0].text.startswith("x = ")
    assert known or found[0].message.en == "The nesting is too deep."


def test_deeply_nested_headings() -> None:
    found = loads(SOUND + "[" + ".".join("a" * 500) + "]\nx = 1\n", "z.toml").problems
    assert [p.message.en for p in found] == ["zones.toml has no key 'a'."]
