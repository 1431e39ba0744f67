"""No text makes the Junos reader raise, hang, or read in silence what it does not know."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device
from segmentation.vendors.junos import parse
from segmentation.vendors.reading import SourceText

WORDS = (
    "set", "delete", "deactivate", "activate", "insert", "security", "zones", "security-zone", "a", "b", "interfaces",
    "ge-0/0/0", "ge-0/0/0.0", "unit", "0", "family", "inet", "inet6", "any", "address", "10.0.0.0/8", "::/0",
    "10.0.0.1/255.0.255.0", "10.0.0.0/0.1.2.255", "filter", "input", "output", "input-list", "F", "policies", "from-zone",
    "to-zone", "policy", "global", "match", "then", "permit", "deny", "log", "source-address", "destination-address",
    "application", "junos-http", "source-address-excluded", "address-book", "address-set", "range-address", "to",
    "dns-name", "wildcard-address", "attach", "zone", "applications", "application-set", "term", "protocol", "tcp",
    "icmp", "destination-port", "9-1", "80", "icmp-type", "icmp6-type", "firewall", "from", "except", "tcp-flags", "(syn",
    "!", "&", "))", "0x", "0x1f", "tcp-established", "accept", "discard", "next", "prefix-list", "policy-options",
    "apply-path", "<*>", "<a*>", "<[>", "groups", "apply-groups", "apply-groups-except", "nat", "static", "source",
    "destination", "rule-set", "rule", "pool", "port", "static-nat", "prefix", "prefix-name", "mapped-port", "off",
    "interface", "routing-instances", "vlans", "vlan-id", "99999999999999999999", "{", "}", ";", "[", "]", "inactive:",
    "replace:", "/*", "*/", "#", '"', '"a b"', "\\", "é", "２", "\x00", "host-inbound-traffic", "system-services",
    "default-policy", "permit-all", "junos-host",
)  # fmt: skip
LINES = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), max_size=14).map("\n".join)
SETS = st.lists(
    st.lists(st.sampled_from(WORDS[5:]), min_size=1, max_size=9).map(lambda w: "set " + " ".join(w)), max_size=14
).map("\n".join)
PACKETS = tuple(
    Packet(family=family, src=1, dst=2, protocol=6, sport=3, dport=4, in_interface="ge-0/0/0.0", out_interface="b")
    for family in (4, 6)
)


def check(text: str) -> Device:
    found = parse([SourceText("f", text, "")])
    for base in found.base_chains:
        assert base.chain in found.chains
    for chain in found.chains.values():
        for rule in chain.rules:
            assert len(rule.text) <= 300
            assert rule.location.line >= 1
            assert not rule.action.target or rule.action.target in found.chains
    for packet in PACKETS:
        for hook in ("forward", "input"):
            simulate(found, packet, hook)
    return found


@given(LINES)
@settings(max_examples=150, deadline=None)
def test_any_words(text: str) -> None:
    check(text)


@given(SETS)
@settings(max_examples=150, deadline=None)
def test_any_set_lines(text: str) -> None:
    check(text)


def test_mutated_real_files() -> None:
    folder = needs_shared("data", "firewalls", "batfish", "juniper")
    draw = random.Random(11)
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())]
    texts.append(needs_shared("data", "firewalls", "aerleon-generated", "sample_multitarget.jcl").read_text(encoding="utf-8"))
    for _ in range(150):
        words = draw.choice(texts).replace("\n", " \n ").split(" ")
        for _ in range(draw.randint(1, 12)):
            at = draw.randrange(len(words))
            change = draw.random()
            if change < 0.4:
                words[at] = draw.choice(WORDS)
            elif change < 0.7:
                del words[at : at + draw.randint(1, 4)]
            else:
                words[at:at] = words[draw.randrange(len(words)) :][: draw.randint(1, 8)]
            words = words or [""]
        check(" ".join(words))


def test_deep_wide_and_long_texts_are_bounded() -> None:
    assert check("security { " * 5_000).not_understood
    assert check("set security zones " + "[ a b ] " * 40).rules >= 0
    check("\n".join(f"set security address-book global address-set S{n} address-set S{n + 1}" for n in range(3_000))
          + "\nset security policies from-zone a to-zone b policy p match source-address S0"
          + "\nset security policies from-zone a to-zone b policy p then permit")  # fmt: skip
    check("\n".join(f"set firewall filter F{n} term t filter F{n + 1}" for n in range(2_000))
          + "\nset interfaces a unit 0 family inet filter input F0")  # fmt: skip
    check("set firewall filter F term t from tcp-flags " + "!" * 5_000)
    groups = "\n".join(f"set groups G interfaces <*> unit <*> description {n}" for n in range(300))
    check(groups + "\n" + "\n".join(f"set interfaces i{n} unit 0" for n in range(300)) + "\nset apply-groups G")
