"""No text makes the FortiOS reader raise, hang, or read in silence what it does not know."""

from __future__ import annotations

import random
import resource
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.vendors.fortios import parse
from segmentation.vendors.reading import SourceText

WORDS = (
    "config", "edit", "set", "unset", "append", "select", "unselect", "next", "end", "move", "rename", "clone", "delete",
    "purge", "abort", "firewall", "policy", "policy6", "address", "address6", "addrgrp", "service", "custom", "group", "vip",
    "vipgrp", "system", "interface", "zone", "vdom", "global", "vdom-link", "settings", "local-in-policy", "ippool",
    "srcintf", "dstintf", "srcaddr", "dstaddr", "dstaddr6", "member", "exclude", "enable", "any", "all", "ALL",
    "HTTPS", "1", "0", "a", "b",
    "subnet", "10.0.0.0", "255.0.255.0", "10.0.0.0/8", "wildcard", "type", "iprange", "start-ip", "end-ip", "fqdn", "extip",
    "mappedip", "10.0.0.1-10.0.0.9", "extport", "mappedport", "portforward", "tcp-portrange", "80-90:1", "9-1", "99999",
    "protocol", "ICMP", "IP", "icmptype", "protocol-number", "300", "action", "accept", "nat", "ippool", "poolname",
    "schedule", "always", "central-nat", "vdom", "root", "ip", "allowaccess", "ssh", "strange", "before", "to", '"', "'", "\\",
    '"a b"', "#", "é", "２", "\x00", "::/0", "vlanid", "secondaryip", "ipv6", "before",
)  # fmt: skip
TABLES = ("firewall policy", "firewall address", "firewall addrgrp", "firewall service custom", "firewall service group",
          "firewall vip", "firewall vipgrp", "system interface", "system zone", "vdom")  # fmt: skip
LINES = st.lists(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), max_size=16).map("\n".join)
SETTINGS = st.lists(st.tuples(st.sampled_from(WORDS), st.lists(st.sampled_from(WORDS), max_size=3)), max_size=7).map(
    lambda options: "".join(f"set {o} {' '.join(v)}\n" for o, v in options)
)
BLOCKS = st.lists(
    st.tuples(st.sampled_from(TABLES), st.lists(st.tuples(st.sampled_from("ab1"), SETTINGS), max_size=3)), max_size=6
).map(
    lambda blocks: "".join(
        f"config {table}\n{''.join(f'edit {name}{chr(10)}{options}next{chr(10)}' for name, options in entries)}end\n"
        for table, entries in blocks
    )
)  # fmt: skip
PACKET = Packet(family=4, src=1, dst=2, protocol=6, sport=3, dport=4, in_interface="a", out_interface="b")
CORE = Path(__file__).parents[1] / "cases" / "fortios-core" / "fw-core.conf"


def read(text: str) -> Device:
    return parse([SourceText("f", text, "")])


def check(device: Device) -> None:
    """What every device must hold, whatever it was read from."""
    for base in device.base_chains:
        assert base.chain in device.chains
    for chain in device.chains.values():
        for rule in chain.rules:
            assert len(rule.text) <= 300
            assert rule.location.line >= 1
            assert not rule.action.target or rule.action.target in device.chains
    for problem in device.not_understood:
        assert problem.reason
        assert len(problem.text) <= 300
    simulate(device, PACKET)


@settings(max_examples=250, deadline=None)
@given(LINES)
def test_words_of_the_language_in_any_order(text: str) -> None:
    device = read(text)
    check(device)
    assert device == read(text)


@settings(max_examples=250, deadline=None)
@given(BLOCKS)
def test_well_formed_blocks_of_any_content(text: str) -> None:
    check(read(text))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    check(read(text))
    check(read("config firewall policy\nedit 1\nset srcaddr " + text))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_damaged_configurations(seed: int) -> None:
    """Lines cut out, doubled, swapped, and characters changed: read all the same, and no policy becomes wider in silence."""
    source = random.Random(seed)
    lines = CORE.read_text(encoding="utf-8").split("\n")
    for _ in range(source.randint(1, 8)):
        at = source.randrange(len(lines))
        kind = source.randrange(4)
        if kind == 0:
            del lines[at : at + source.randint(1, 3)]
        elif kind == 1:
            lines.insert(at, lines[source.randrange(len(lines))])
        elif kind == 2 and lines[at]:
            place = source.randrange(len(lines[at]))
            lines[at] = lines[at][:place] + source.choice(('"', "\\", "x", " ", "9")) + lines[at][place + 1 :]
        else:
            lines = lines[:at] or ["end"]
    check(read("\n".join(lines)))


def table(name: str, entry: str) -> str:
    return f"config firewall {name}\n{''.join(entry.format(i) for i in range(200))}end\n"


def test_time_and_memory_are_bounded() -> None:
    chain = "".join(f"edit g{i}\nset member g{i + 1}\nnext\n" for i in range(3000))
    nasty = [
        "config a\n" * 100_000,
        "config firewall policy\n" + "edit 1\nset srcaddr x\n" * 30_000,
        '"\n' + "x\n" * 200_000,
        "\n".join('set x "' for _ in range(50_000)),
        f"config firewall addrgrp\n{chain}end\nconfig firewall service group\n{chain}end\n",
        table("address", "edit w{}\nset type wildcard\nset wildcard 10.0.0.1 255.0.15.255\nnext\n"),
        table("vip", "edit v{}\nset extip 0.0.0.1-9.9.9.9\nset mappedip 1.0.0.1-10.9.9.9\nnext\n"),
        "config vdom\n" + "".join(f"edit v{i}\nnext\n" for i in range(400)) + "end\nconfig global\nconfig system interface\n"
        + "".join(f"edit p{i}\nset vdom v{i}\nnext\n" for i in range(400)) + "end\nend\n",
        "set " + "a" * 5_000_000,
    ]  # fmt: skip
    for text in nasty:
        device = read(text)
        assert len(device.not_understood) <= 2001
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_000_000  # KiB
