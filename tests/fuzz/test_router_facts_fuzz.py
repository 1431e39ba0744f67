"""Damaged configurations of routers and switches with everything in them: no exception, no secret, no rule out of nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.vendors import awplus, ios, ix, junos, rtx
from segmentation.vendors.reading import SHOWN_LIMIT, SourceText
from tests.unit.vendors import test_alliedware, test_ios_switching, test_router_facts

TEXTS = {
    "ios": (ios, test_router_facts.IOS),
    "eos": (ios, "\n".join(test_ios_switching.TRAFFIC) + "\n"),
    "junos": (junos, test_router_facts.SRX),
    "rtx": (rtx, test_router_facts.RTX),
    "ix": (ix, test_router_facts.IX),
    "awplus": (awplus, test_router_facts.AWPLUS),
    "alliedware": (awplus, test_alliedware.FILTERS + test_alliedware.FIREWALL),
}
_JUNK = (
    "",
    "10",
    "no",
    "any",
    "{",
    "}",
    "[",
    ";",
    "=",
    "-",
    "/",
    "255.255.255.255",
    "99999999999999999999",
    "１２",
    '"',
    "\u3042",
)


_SET_WORDS = (
    "set", "delete", "insert", "rename", "copy", "edit", "top", "up", "exit", "deactivate", "before", "after", "to", "security",
    "policies", "from-zone", "a", "to-zone", "b", "policy", "p", "q", "match", "then", "permit",
)  # fmt: skip


def damaged(text: str, seed: int) -> str:
    """Words lost, doubled, moved and replaced; lines cut."""
    pick = random.Random(seed)
    lines = text.split("\n")
    for _ in range(pick.randrange(1, 12)):
        at = pick.randrange(len(lines))
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        words = lines[at].split()
        match pick.randrange(5):
            case 0 if words:
                words.pop(pick.randrange(len(words)))
            case 1 if words:
                words[pick.randrange(len(words))] = pick.choice(_JUNK)
            case 2:
                words.insert(pick.randrange(len(words) + 1), pick.choice(_JUNK))
            case 3:
                words = words[: pick.randrange(len(words) + 1)]
            case _:
                other = lines[pick.randrange(len(lines))].split()
                words = words + other
        lines[at] = indent + " ".join(words)
    return "\n".join(lines)


@pytest.mark.parametrize("name", sorted(TEXTS))
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_damaged_configurations_are_read(name: str, seed: int) -> None:
    module, text = TEXTS[name]
    device = module.parse([SourceText("x.cfg", damaged(text, seed), "0" * 64)])
    assert all(len(r.text) <= SHOWN_LIMIT for c in device.chains.values() for r in c.rules)
    known = set(device.chains)
    assert all(r.action.target in known for c in device.chains.values() for r in c.rules if r.action.target)
    assert all(0 <= r.length <= (32 if r.family == 4 else 128) for r in device.routes)


@settings(max_examples=80, deadline=None)
@given(words=st.lists(st.sampled_from(_SET_WORDS), max_size=60), breaks=st.lists(st.integers(0, 10), max_size=20))
def test_commands_of_the_set_form_in_any_order(words: list[str], breaks: list[int]) -> None:
    lines: list[str] = ["set system host-name x"]
    rest = list(words)
    for count in breaks:
        lines.append(" ".join(rest[:count]))
        rest = rest[count:]
    junos.parse([SourceText("x.conf", "\n".join(lines) + "\n", "0" * 64)])
