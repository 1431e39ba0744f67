"""Damaged whole configurations of FortiOS, ASA and PAN-OS: everything they say of themselves is read without harm."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.device.device import Device
from segmentation.vendors import asa, fortios, panos
from segmentation.vendors.reading import SourceText

HERE = Path(__file__).parents[1]
CASES = HERE / "cases" / "planted-faults"
#: Configurations that use every statement the readers know stand in the tests of what they say.
_CONFIG = re.compile(r'^(?:CONFIG|SET) = """(?:\\\n)?(.*?)^"""', re.MULTILINE | re.DOTALL)


def written(vendor: str) -> list[str]:
    text = (HERE / "unit" / "vendors" / f"test_{vendor}_description.py").read_text(encoding="utf-8")
    found = [m.group(1) for m in _CONFIG.finditer(text)]
    assert found
    return found


VENDORS: dict[str, tuple[Callable[..., Device], list[str]]] = {
    "fortios": (fortios.parse, [*written("fortios"), (CASES / "fortios.conf").read_text(encoding="utf-8")]),
    "asa": (asa.parse, [*written("asa"), (CASES / "asa.cfg").read_text(encoding="utf-8")]),
    "panos": (panos.parse, [*written("panos"), (CASES / "panos.set").read_text(encoding="utf-8")]),
}
ODD = (
    "", "0", "-1", "²", "99999999999999999999", "255.255.0.255", "::/129", "2026/13/45", "any", '"', "[", "]", "<", "a" * 5000,
    "1-0", "0x10", "%s", "\x00", "inside", "end", "\t",
)  # fmt: skip


def check(parse: Callable[..., Device], text: str) -> None:
    device = parse([SourceText("fuzz", text, "")])
    lines = text.count("\n") + 1
    places = [
        *(r.location for c in device.chains.values() for r in c.rules), *(n.location for n in device.not_understood),
        *(o.location for o in device.objects), *(r.location for r in device.routes), *(b.location for b in device.bindings),
        *(s.location for s in device.management.services), *(t.location for t in device.management.tunnels),
    ]  # fmt: skip
    assert all(0 <= place.line <= lines for place in places)
    assert all(n.sentence is not None for n in device.not_understood)
    assert all(0 <= r.length <= (32 if r.family == 4 else 128) for r in device.routes)
    assert all(0 <= r.address < 1 << (32 if r.family == 4 else 128) for r in device.routes)


def damaged(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(rng.randrange(1, 30)):
        at = rng.randrange(len(lines))
        words = lines[at].split(" ")
        kind = rng.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif kind == 2:
            words[rng.randrange(len(words))] = rng.choice(ODD)
            lines[at] = " ".join(words)
        elif kind == 3:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        elif kind == 4:
            del words[rng.randrange(len(words))]
            lines[at] = " ".join(words)
        else:
            lines[at] = lines[at] + " " + rng.choice(ODD)
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("vendor", VENDORS)
def test_damaged_configurations(vendor: str, seed: int) -> None:
    parse, texts = VENDORS[vendor]
    rng = random.Random(f"{vendor}{seed}")
    for text in texts:
        check(parse, damaged(text, rng))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_lines_in_any_order(data: st.DataObject) -> None:
    vendor = data.draw(st.sampled_from(sorted(VENDORS)))
    parse, texts = VENDORS[vendor]
    lines = texts[0].split("\n")
    check(parse, "\n".join(data.draw(st.lists(st.sampled_from(lines), max_size=40))))
