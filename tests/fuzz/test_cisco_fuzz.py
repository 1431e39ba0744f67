"""Mutated Cisco-like configurations: no exception, nothing unbounded, every rule keeps its line."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import needs_shared

from segmentation.device.device import Device
from segmentation.vendors import asa, ios
from segmentation.vendors.reading import SourceText, read_source

_TEXT = """
permit deny remark ip ipv6 tcp udp icmp any host 10.0.0.1 10.0.0.0/8 0.255.255.255 0.255.0.255 255.255.0.0 2001:db8::/32
eq neq lt gt range 80 www 65535 99999 established log inactive object object-group G1 G2 interface Vlan1 inside outside
access-list access-group in out global extended standard A 10 network service group-object network-object port-object
service-object nat (inside,outside) source static dynamic destination after-auto nameif security-level 100 ip address
class-map type inspect match-all match access-group name policy-map class zone-pair security zone-member banner motd ^C
! description time-range reflect evaluate fragments match-any +syn -ack echo 0 255 tcp-udp ip nat inside outside no
clear configure line subnet range vlan ² ٣
"""
WORDS = _TEXT.split()
FILES = (
    "batfish/cisco_asa/asa-nat-twice-static", "batfish/cisco_asa/asa-service-object",
    "aerleon-generated/sample_multitarget.asa",
    "batfish-networks/networks/example/live/configs/as2border1.cfg", "aerleon-generated/sample_multitarget.acl",
    "pybatfish-example-filters/example-filters/current/configs/firewall.cfg",
)  # fmt: skip


def check(text: str) -> None:
    for vendor in (ios, asa):
        device: Device = vendor.parse([SourceText("fuzz", text, "")])
        lines = text.count("\n") + 1
        for chain in device.chains.values():
            assert all(1 <= r.location.line <= lines and len(r.text) <= 320 for r in chain.rules)
        assert all(n.reason and n.sentence is not None for n in device.not_understood)


line = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).flatmap(
    lambda words: st.sampled_from(["", " ", "  "]).map(lambda indent: indent + " ".join(words))
)


@settings(max_examples=150, deadline=None)
@given(st.lists(line, max_size=25))
def test_words_in_any_order(lines: list[str]) -> None:
    check("\n".join(lines))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    check(text)


@pytest.mark.parametrize("name", FILES)
def test_mutated_files(name: str) -> None:
    source = read_source(needs_shared("data", "firewalls", *name.split("/")))
    assert isinstance(source, SourceText)
    original = source.text.split("\n")[:400]
    rng = random.Random(name)
    for _ in range(12):
        lines = list(original)
        for _ in range(rng.randrange(1, 40)):
            at = rng.randrange(len(lines))
            words = lines[at].split(" ")
            kind = rng.randrange(5)
            if kind == 0:
                del lines[at]
            elif kind == 1:
                lines.insert(at, lines[rng.randrange(len(lines))])
            elif kind == 2:
                words[rng.randrange(len(words))] = rng.choice(WORDS)
                lines[at] = " ".join(words)
            elif kind == 3:
                lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
            else:
                lines[at] = lines[at] + rng.choice(["\x00", " " + "9" * 400, " ٣", " \u3042", ";;", " " + "x" * 5000])
            if not lines:
                break
        check("\n".join(lines))


def test_deep_and_wide_groups_are_bounded() -> None:
    deep = ["object-group network G0", " network-object host 10.0.0.1"]
    for i in range(1, 400):
        deep += [f"object-group network G{i}", f" group-object G{i - 1}", f" group-object G{i - 1}"]
    check("\n".join([*deep, "access-list A extended permit ip object-group G399 any"]))
    wide = ["object-group service S tcp"] + [f" port-object eq {i}" for i in range(1, 4000, 2)]
    check("\n".join([*wide, *(f"access-list A extended permit tcp any any object-group S log {i % 8}" for i in range(300))]))
