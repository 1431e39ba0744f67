"""Junos on real and generated configurations: everything is read, and one policy gives one packet set."""

from __future__ import annotations

import random

import pytest
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Hook, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import Address
from segmentation.vendors import junos, nftables
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText

GENERATED = "aerleon-generated"
#: Lines that are not understood, of each file that has any: names without definition, and filters applied nowhere.
NOT_UNDERSTOOD = {
    "batfish/juniper/applications": {15, 16, 17},
    "batfish/juniper/firewall-filters": {17},
    "batfish/juniper/nat-dest": {19, 20, 24},
    "batfish/juniper/nat-source": {17, 21},
    f"{GENERATED}/sample_juniper_loopback.jcl": {28, 44, 405},
    f"{GENERATED}/sample_juniperevo_loopback.evojcl": {28, 44, 405},
    f"{GENERATED}/sample_multitarget.jcl": {12},
}
FILES = (
    *(
        f"batfish/juniper/{name}"
        for name in (
            "application-set-nested", "application-with-terms", "applications", "firewall-combined-policies",
            "firewall-destination-address", "firewall-filters", "firewall-global-policy", "firewall-ipv6-filters",
            "firewall-no-policies", "firewall-policies", "firewall-source-address", "firewall-zone-address-book-global",
            "juniper-nat-static", "nat-dest", "nat-source", "security-policy",
        )
    ),
    *(
        f"{GENERATED}/{name}"
        for name in (
            "sample_juniper_loopback.jcl", "sample_juniperevo_loopback.evojcl", "sample_multitarget.evojcl",
            "sample_multitarget.jcl", "sample_srx.srx", "sample_srx_yaml.srx", "sample_stateful_multitarget_complex.srx",
            "sample_stateful_multitarget_simple.srx",
        )
    ),
    "aerleon-equiv60/mt_srx.srx", "aerleon-equiv60/mt_juniper.jcl",
)  # fmt: skip


def text(name: str) -> str:
    return needs_shared("data", "firewalls", *name.split("/")).read_text(encoding="utf-8")


def device(name: str) -> Device:
    return junos.parse([SourceText(name, text(name), "0" * 64)])


def accepted(found: Device, src: str, dst: str, came: str, goes: str, protocol: int = 6, port: int = 80) -> bool | None:
    a, b = Address.parse(src), Address.parse(dst)
    packet = Packet(
        family=a.family, src=a.value, dst=b.value, protocol=protocol, sport=40000, dport=port, flags=2, in_interface=came,
        out_interface=goes,
    )  # fmt: skip
    return simulate(found, packet).accepted


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_accounted_for(name: str) -> None:
    found = device(name)
    assert {n.location.line for n in found.not_understood} == NOT_UNDERSTOOD.get(name, set())
    assert found.rules > 0
    recognised = detect(text(name))
    assert isinstance(recognised, Recognised)
    assert recognised.format is Format.JUNOS


def test_one_policy_in_three_forms_lets_the_same_packets_through() -> None:
    srx, routed = device("aerleon-equiv60/mt_srx.srx"), device("aerleon-equiv60/mt_juniper.jcl")
    reference = nftables.parse([SourceText("n", text("aerleon-equiv60/mt_nftables.nft"), "0" * 64)])
    hook = next(b.hook.value for b in reference.base_chains if b.hook in (Hook.FORWARD, Hook.INPUT, Hook.OUTPUT))
    draw = random.Random(7)
    products = [
        r.match.fields for c in srx.chains.values() for r in c.rules if r.match.fields and Field.STATE not in r.match.fields
    ]
    assert len(products) >= 60
    seen: set[bool | None] = set()
    for _ in range(3_000):
        fields = dict(draw.choice(products))
        mixed = draw.choice(products)
        if draw.random() < 0.5:  # of another policy, so that denials are met too
            fields[Field.DST] = mixed.get(Field.DST, fields[Field.DST])
        values = {}
        for axis in (Field.SRC, Field.DST, Field.DPORT):
            low, high = draw.choice(tuple(fields[axis]))
            values[axis] = max(0, draw.choice((low, high, draw.randint(low, high), low - 1, high + 1)))
        packet = Packet(
            family=4, src=values[Field.SRC], dst=values[Field.DST], protocol=draw.choice((fields[Field.PROTO].low, 6, 17)),
            sport=40000, dport=values[Field.DPORT], flags=2, in_interface="a", out_interface="b",
        )  # fmt: skip
        expected = simulate(reference, packet, hook).accepted
        seen.add(expected)
        assert simulate(srx, packet).accepted is expected, packet
        assert simulate(routed, packet).accepted is expected, packet
    assert seen == {True, False}


def test_zone_policies_then_global_ones_then_the_default_then_the_filter_on_the_way_out() -> None:
    found = device("batfish/juniper/firewall-combined-policies")
    trust, untrust = "ge-0/0/0.0", "ge-0/0/1.0"
    assert accepted(found, "1.2.3.1", "1.2.4.5", trust, untrust) is True  # by its address in P0
    assert accepted(found, "1.2.3.2", "1.2.4.5", trust, untrust) is False  # /30 of the zone policy P1
    assert accepted(found, "1.2.3.5", "1.2.4.5", trust, untrust) is False  # /29 of the global policy
    assert accepted(found, "1.2.3.9", "1.2.4.5", trust, untrust) is True  # by default
    assert accepted(found, "2.2.2.2", "1.2.4.5", trust, untrust) is False  # the filter on the way out
    assert accepted(found, "2.2.2.2", "1.2.3.5", untrust, trust) is True


def test_zones_without_policies_forward_nothing() -> None:
    found = device("batfish/juniper/firewall-no-policies")
    assert accepted(found, "1.2.3.5", "1.2.4.5", "ge-0/0/0.0", "ge-0/0/1.0") is False


def test_a_global_policy_counts_for_every_pair() -> None:
    found = device("batfish/juniper/firewall-global-policy")
    for came, goes in (("ge-0/0/0.0", "ge-0/0/1.0"), ("ge-0/0/1.0", "ge-0/0/0.0"), ("ge-0/0/0.0", "ge-0/0/0.0")):
        assert accepted(found, "1.2.3.5", "1.2.4.5", came, goes) is True


def test_addresses_with_masks_and_exceptions() -> None:
    found = device("batfish/juniper/firewall-source-address")
    assert accepted(found, "1.77.3.9", "9.9.9.9", "xe-0/0/0.0", "xe-0/0/1.0") is True  # 1.2.3.4/255.0.255.0
    assert accepted(found, "1.1.1.1", "9.9.9.9", "xe-0/0/0.0", "xe-0/0/1.0") is False
    assert accepted(found, "2.2.2.2", "9.9.9.9", "xe-0/0/0.0", "xe-0/0/1.0") is False
    assert accepted(found, "2.2.2.3", "9.9.9.9", "xe-0/0/0.0", "xe-0/0/1.0") is True


def test_the_filter_that_was_bound_last_counts() -> None:
    found = device("batfish/juniper/firewall-filters")
    for port, protocol, expected in ((6, 17, True), (6, 6, False), (7, 17, True), (7, 6, False)):
        came = f"xe-0/0/{port}.0"
        assert accepted(found, "2001:db8::9", "2001:db8:1::9", came, "xe-0/0/0.0", protocol) is expected
    # Two filters in a list are one after the other: what the first does not match comes to the second.
    assert accepted(found, "2001:db8::9", "2001:db8:1::9", "xe-0/0/5.0", "xe-0/0/0.0", 17) is True
    assert accepted(found, "2001:db8::9", "2001:db8:1::9", "xe-0/0/5.0", "xe-0/0/0.0", 132) is False


def test_nested_sets_of_applications() -> None:
    found = device("batfish/juniper/application-set-nested")
    for zone in ("z2", "z3", "z4"):
        (rule,) = (r for r in found.chains[f"from-zone z1 to-zone {zone}"].rules if 4 in r.families)
        assert (rule.match.fields[Field.PROTO].low, tuple(rule.match.fields[Field.SPORT])) == (6, ((1, 1),))


def test_translation() -> None:
    found = device("batfish/juniper/juniper-nat-static")
    rules = {r.id: r for r in found.chains["destination nat"].rules}
    assert rules["RULE1"].action.verb is rules["RULE2"].action.verb is Verb.DNAT
    assert rules["RULE1"].action.translation is not None
    assert rules["RULE1"].action.translation.keep_host_bits
    assert rules["RULE3"].action.verb is Verb.ACCEPT
    by_context = [r.text.split()[3] for r in device("batfish/juniper/nat-dest").chains["destination nat"].rules]
    assert list(dict.fromkeys(by_context)) == ["RULE-SET-IFACE", "RULE-SET-ZONE", "RULE-SET-RI"]
