"""Real nft files of other projects: everything that decides about packets is understood."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from shared_data import needs_shared

from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Hook, Verb
from segmentation.device.match import Field
from segmentation.vendors.nftables import parse
from segmentation.vendors.reading import SourceText


def read(path: Path) -> Device:
    return parse([SourceText(path.name, path.read_text(encoding="utf-8"), "")])


def openwrt(*parts: str) -> Device:
    """The ruleset that a test of OpenWrt's fw4 expects on its standard output."""
    text = needs_shared("data", "firewalls", "openwrt-fw4", "tests", *parts).read_text(encoding="utf-8")
    _, _, rest = text.partition("-- Expect stdout --\n")
    return parse([SourceText(parts[-1], rest.partition("-- End --")[0], "")])


# rules of the device model, base chains
AERLEON = {
    "aerleon-generated/sample_nftables-dev.nft": (7, 1),
    "aerleon-generated/sample_nftables-mixed-icmp.nft": (24, 1),
    "aerleon-generated/sample_nftables-mixed-multiple-headers-combo.nft": (29, 3),
    "aerleon-generated/sample_nftables.nft": (51, 7),
    "aerleon-equiv60/mt_nftables.nft": (123, 1),
}


@pytest.mark.parametrize("name", AERLEON)
def test_aerleon(name: str) -> None:
    device = read(needs_shared("data", "firewalls", *name.split("/")))
    assert device.not_understood == ()
    assert (device.rules, len(device.base_chains)) == AERLEON[name]
    assert not any(r.match.uncertain or r.action.uncertain for c in device.chains.values() for r in c.rules)


def test_every_nft_file_is_covered() -> None:
    root = needs_shared("data", "firewalls")
    assert {str(p.relative_to(root)) for p in root.rglob("*.nft")} == set(AERLEON)


def test_aerleon_priorities_and_repeated_chains() -> None:
    device = read(needs_shared("data", "firewalls", "aerleon-generated", "sample_nftables-mixed-multiple-headers-combo.nft"))
    assert [(b.hook, b.priority) for b in device.base_chains] == [(Hook.INPUT, 300), (Hook.INPUT, 400), (Hook.OUTPUT, 0)]
    assert (
        len(device.chains["inet filtering_policies multi-all-families"].rules) == 4
    )  # written twice, so its rules are there twice


@pytest.mark.parametrize(
    ("parts", "rules", "uncertain"),
    [
        (("01_configuration", "01_ruleset"), 63, {"limit rate 25/second burst 50 packets", "limit rate 1000/second"}),
        (("02_zones", "02_masq"), 39, set()),
        (("03_rules", "03_constraints"), 12, {"ip dscp 0x0", "ip6 dscp 0x0"}),
        (("05_ipsets", "02_usage"), 21, set()),
    ],
)
def test_openwrt(parts: tuple[str, str], rules: int, uncertain: set[str]) -> None:
    device = openwrt(*parts)
    (note,) = device.not_understood  # the user's own files, which are not given
    assert note.text == 'include "/etc/nftables.d/*.nft"'
    assert note.widened
    assert device.rules == rules
    assert {u for c in device.chains.values() for r in c.rules for u in r.match.uncertain} == uncertain
    assert len(device.base_chains) == 13


def test_openwrt_rules_mean_what_they_say() -> None:
    device = openwrt("01_configuration", "01_ruleset")
    helper = device.chains["inet fw4 helper_lan"].rules
    assert all(r.action.verb is Verb.CONTINUE for r in helper)
    assert [r.match.fields[Field.DPORT].low for r in helper][:3] == [10080, 21, 1719]

    def forwarded(came: str, goes: str, dport: int = 443, protocol: int = 6) -> bool | None:
        packet = Packet(family=4, src=0x0A000005, dst=0x08080808, protocol=protocol, sport=40000, dport=dport,
                        in_interface=came, out_interface=goes)  # fmt: skip
        return simulate(device, packet).accepted

    assert forwarded("br-lan", "pppoe-wan") is True
    assert forwarded("pppoe-wan", "br-lan") is False
    assert forwarded("pppoe-wan", "br-lan", 500, 17) is True  # ISAKMP
    assert forwarded("eth7", "br-lan") is False


def test_what_firewalld_generates() -> None:
    device = read(Path(__file__).resolve().parents[2] / "cases" / "firewalld" / "ruleset.nft")
    assert device.not_understood == ()
    assert (device.rules, len(device.base_chains)) == (
        202,
        8,
    )  # the two rules "ct status dnat" hold for first packets and for later ones, of each family
    doubts = {u for c in device.chains.values() for r in c.rules for u in (*r.match.uncertain, r.action.uncertain) if u}
    assert doubts == {"ct status dnat", "fib saddr . mark . iif oif missing"}

    def arrives(source: str, dport: int, came: str) -> bool | None:
        values = [int(ipaddress.ip_address(a)) for a in (source, "10.20.30.1")]
        packet = Packet(family=4, src=values[0], dst=values[1], protocol=6, sport=40000, dport=dport, in_interface=came)
        return simulate(device, packet, "input").accepted

    # Nothing is translated to the gateway itself, so "ct status dnat" opens none of its ports.
    assert [arrives("192.0.2.1", p, "eth0") for p in (22, 443, 8080, 3389)] == [True, True, False, False]
    assert [arrives("192.0.2.1", p, "eth1") for p in (22, 443, 8080, 3389)] == [True, False, True, False]
    assert [arrives("10.90.0.5", p, "eth0") for p in (22, 3389)] == [True, True]  # the source's zone trusts it

    def crosses(target: str, dport: int) -> bool | None:
        values = [int(ipaddress.ip_address(a)) for a in ("192.0.2.1", target)]
        packet = Packet(family=4, src=values[0], dst=values[1], protocol=6, sport=40000, dport=dport, in_interface="eth0",
                        out_interface="eth1")  # fmt: skip
        return simulate(device, packet).accepted

    # Where the forwarded port leads "ct status dnat" may hold, and nowhere else.
    assert crosses("10.20.30.40", 8080) is None
    assert crosses("10.20.30.41", 8080) is False
