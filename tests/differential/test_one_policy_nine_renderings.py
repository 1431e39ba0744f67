"""One policy of sixty terms in nine renderings is one packet set; both directions of every pair are empty."""

from __future__ import annotations

import itertools
import re
from functools import cache

import pytest
from one_space import OneSpace, one_space
from rule_bases import device, rule
from shared_data import needs_shared

from segmentation.commands.lint_inputs import read_devices
from segmentation.device.device import ACCEPT, Device
from segmentation.device.match import Field, Match
from segmentation.model.addresses import AddressSet
from segmentation.model.intervals import IntervalSet
from segmentation.vendors import ios
from segmentation.vendors.reading import SourceText

RENDERINGS = (
    "mt_nftables.nft", "mt_iptables", "mt_speedway.ipt", "mt_cisco.acl", "mt_ciscoasa.asa", "mt_juniper.jcl", "mt_srx.srx",
    "mt_fortigate.fgacl", "mt_paloalto.xml",
)  # fmt: skip


@cache
def devices() -> dict[str, Device]:
    out: dict[str, Device] = {}
    for name in RENDERINGS:
        (found,) = read_devices([needs_shared("data", "firewalls", "aerleon-equiv60", name)], None)
        assert isinstance(found, Device)
        out[name] = found
    return out


@cache
def space() -> OneSpace:
    return one_space(devices(), dict.fromkeys(RENDERINGS, ("zsrc", "zdst")))


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(RENDERINGS, 2)))
def test_nothing_passes_one_and_not_the_other(one: str, other: str) -> None:
    a, b = space().certain(one), space().certain(other)
    assert not a - b, f"{one} passes, {other} does not: {a - b}"
    assert not b - a, f"{other} passes, {one} does not: {b - a}"
    assert a == b


def policy() -> Device:
    """The policy read from its own definitions, not from any rendering: the accepting terms as rules, then a drop."""
    text = {n: needs_shared("data", "firewalls", "aerleon-equiv60", n).read_text() for n in ("n.net", "s.svc", "policy.pol")}
    networks: dict[str, list[str]] = {}
    name = ""
    for line in text["n.net"].splitlines():
        left, equal, right = line.partition("=")
        name = left.strip() if equal else name
        networks.setdefault(name, []).extend((right if equal else left).split())
    services = {a.strip(): b.split()[0].partition("/")[0] for a, _, b in (x.partition("=") for x in text["s.svc"].splitlines())}
    rules = []
    for block in re.findall(r"term \S+ \{(.*?)\}", text["policy.pol"], re.DOTALL):
        words = dict(re.findall(r"(\S+):: (\S+)", block))
        if words["action"] != "accept":
            continue
        src, dst = (
            IntervalSet.from_iter(i for t in networks[words[k]] for i in AddressSet.parse(t).v4)
            for k in ("source-address", "destination-address")
        )
        low, _, high = services[words["destination-port"]].partition("-")
        fields = {
            Field.SRC: src, Field.DST: dst, Field.PROTO: IntervalSet.single({"tcp": 6, "udp": 17}[words["protocol"]]),
            Field.DPORT: IntervalSet.of((int(low), int(high or low))),
        }  # fmt: skip
        rules.append(rule(len(rules) + 1, Match(fields=fields), ACCEPT))
    assert len(rules) == 60
    return device({"FORWARD": rules})


def test_the_set_is_the_policy_itself() -> None:
    """The renderings agree with each other; here with the definitions that all of them were made from."""
    both = one_space({"policy": policy(), **devices()}, dict.fromkeys(("policy", *RENDERINGS), ("zsrc", "zdst")))
    said = both.certain("policy")
    assert said
    for name in RENDERINGS:
        assert both.certain(name) == said


@pytest.mark.parametrize("name", ["mt_ciscoasa.asa", "mt_srx.srx", "mt_fortigate.fgacl", "mt_paloalto.xml"])
def test_over_ipv6_nothing_passes_where_the_format_covers_it(name: str) -> None:
    """The policy has IPv4 addresses only; its last term denies both families in the formats whose lists hold both."""
    found = one_space({name: devices()[name]}, {name: ("zsrc", "zdst")}, family=6)
    assert not found.certain(name)


def test_a_rendering_with_one_term_changed_is_another_set() -> None:
    """The proof can fail: one port more in one term of one rendering."""
    text = needs_shared("data", "firewalls", "aerleon-equiv60", "mt_cisco.acl").read_text()
    changed = text.replace("host 10.27.58.78 eq 161", "host 10.27.58.78 eq 163", 1)
    assert changed != text
    other = ios.parse([SourceText("mt_cisco.acl", changed, "")])
    both = one_space({"as it is": devices()["mt_cisco.acl"], "changed": other},
                     dict.fromkeys(("as it is", "changed"), ("zsrc", "zdst")))  # fmt: skip
    a, b = both.certain("as it is"), both.certain("changed")
    assert a != b
    assert b - a
