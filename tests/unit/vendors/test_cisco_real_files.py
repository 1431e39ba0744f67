"""Real Cisco-like configurations: what is understood, what is known about them, and one policy in several renderings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from shared_data import needs_shared

from segmentation.analysis.anomalies import AnomalyKind, AnomalyReport, find
from segmentation.analysis.reach import Relation, passing
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import ALL_ADDRESSES, ANY, Address, AddressSet
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.intervals import IntervalSet
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ANY_SERVICE, TCP, UDP, ServiceTerm
from segmentation.model.text import Text
from segmentation.vendors import asa, ios, nftables
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText, read_source

READERS: dict[Format, Callable[[list[SourceText]], Device]] = {Format.ASA: asa.parse, Format.IOS: ios.parse,
                                                              Format.NFT: nftables.parse}  # fmt: skip
#: Lines that are not understood, of every file of these formats; () where all is.
NOT_UNDERSTOOD: dict[str, tuple[int, ...]] = {
    "aerleon-equiv60/mt_cisco.acl": (),
    "aerleon-equiv60/mt_ciscoasa.asa": (),
    "aerleon-generated/sample_cisco_lab.acl": (),
    "aerleon-generated/sample_cisco_lab_yaml.acl": (),
    "aerleon-generated/sample_cisconx.nxacl": (),
    "aerleon-generated/sample_multitarget.acl": (5, 83),  # several lists, none applied
    "aerleon-generated/sample_multitarget.asa": (2,),  # the same
    "aerleon-generated/sample_multitarget.eacl": (),
    "aerleon-generated/sample_multitarget.nxacl": (),
    "aerleon-generated/sample_multitarget.xacl": (),
    "batfish/cisco_asa/aclAsa": (),
    "batfish/cisco_asa/asa-acl-object": (21, 23),  # two lists, none applied; objects that do not exist
    "batfish/cisco_asa/asa-filters": (36,),  # a list that does not exist
    "batfish/cisco_asa/asa-interface": (),
    "batfish/cisco_asa/asa-nat-object-refs": (42,),  # translation of an object without address
    "batfish/cisco_asa/asa-nat-object-static": (),
    "batfish/cisco_asa/asa-nat-twice-static": (40,),  # an object that does not exist
    "batfish/cisco_asa/asa-nested-network-object-group": (23, 31),  # groups that do not exist
    "batfish/cisco_asa/asa-nested-protocol-object-group": (28, 31),
    "batfish/cisco_asa/asa-nested-service-object-group": (28, 31),
    "batfish/cisco_asa/asa-security-level": (),
    "batfish/cisco_asa/asa-security-level-permit-both": (),
    "batfish/cisco_asa/asa-service-object": (21, 24),
    "batfish/cisco_asa/asa-suppress-inactive": (),
    "batfish/cisco_asa/network-object": (16,),
    "pybatfish-example-filters/example-filters/candidate1/configs/firewall.cfg": (387,),
    "pybatfish-example-filters/example-filters/candidate2/configs/firewall.cfg": (387,),
    "pybatfish-example-filters/example-filters/current/configs/firewall.cfg": (389,),  # match of a list that does not exist
    "rulehawk-samples/samples/adv_asa_netmask.txt": (),
}


def load(name: str) -> Device:
    source = read_source(needs_shared("data", "firewalls", *name.split("/")))
    assert isinstance(source, SourceText)
    found = detect(source.text)
    assert isinstance(found, Recognised)
    return READERS[found.format]([source])


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_every_line_is_accounted_for(name: str) -> None:
    assert tuple(sorted({n.location.line for n in load(name).not_understood})) == NOT_UNDERSTOOD[name]


def test_all_other_files_are_understood() -> None:
    root = needs_shared("data", "firewalls")
    seen = 0
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".cfg", ".acl", ".nxacl", ".xacl", ".eacl", ".txt")):
        name = str(path.relative_to(root))
        source = read_source(path)
        assert isinstance(source, SourceText)
        found = detect(source.text)
        if name in NOT_UNDERSTOOD or not isinstance(found, Recognised) or found.format is not Format.IOS:
            continue
        seen += 1
        assert load(name).not_understood == (), name
    assert seen == 29


def decision(index: int, kind: VerdictKind, src: AddressSet, dst: AddressSet, *terms: ServiceTerm) -> Decision:
    return Decision(index=index, src=src, dst=dst, terms=terms or (ANY_SERVICE,), kind=kind, reason=Text("", ""))


def permits(device: Device) -> tuple[Decision, ...]:
    """The permits of a device as decisions, then everything else as forbidden."""
    out: list[Decision] = []
    for chain in device.chains.values():
        for rule in chain.rules:
            fields = rule.match.fields
            if rule.action.verb is not Verb.ACCEPT or Field.PROTO not in fields or Field.DPORT not in fields:
                continue
            term = ServiceTerm(fields[Field.PROTO], fields.get(Field.SPORT, ALL_PORTS), fields[Field.DPORT])
            src, dst = (AddressSet(v4=fields.get(f, ANY[4])) for f in (Field.SRC, Field.DST))
            out.append(decision(len(out), VerdictKind.PERMITTED, src, dst, term))
    return (*out, decision(len(out), VerdictKind.FORBIDDEN, ALL_ADDRESSES, ALL_ADDRESSES))


def test_one_policy_in_several_renderings_is_one_packet_set() -> None:
    devices = [load(f"aerleon-equiv60/{n}") for n in ("mt_cisco.acl", "mt_ciscoasa.asa", "mt_nftables.nft")]
    tables = [permits(d) for d in devices]
    for device in devices:
        for table in tables:
            reach = passing(device, table, {}, family=4, pairs=(("", ""),))
            assert reach.passages
            assert not reach.undecided
            assert all(p.certain and p.decision < len(table) - 1 for p in reach.passages), (device.name, table[0])


# --- hard cases of the analysis, in the words of these devices


def listed(*entries: str) -> Device:
    text = "\n".join(["ip access-list extended A", *(f" {e}" for e in entries)]) + "\n"
    return ios.parse([SourceText("a.cfg", text, "")])


def anomalies(report: AnomalyReport) -> list[tuple[AnomalyKind, int, list[int], bool]]:
    return [(a.kind, a.rule.location.line, [c.location.line for c in a.culprits], a.conflict) for a in report.anomalies]


def test_a_witness_is_found_behind_a_denied_first_one() -> None:
    found = listed("deny tcp host 10.20.0.1 any eq 445", "permit tcp 10.20.0.0 0.0.0.255 10.10.0.0 0.0.0.255 eq 445")
    zones = {"CORP": AddressSet.parse("10.20.0.0/16"), "PCI": AddressSet.parse("10.10.0.0/16")}
    wanted = ServiceTerm(IntervalSet.single(TCP), dst_ports=IntervalSet.single(445))
    table = (decision(0, VerdictKind.FORBIDDEN, zones["CORP"], zones["PCI"], wanted),)
    (passage,) = passing(found, table, zones, family=4, pairs=(("CORP", "PCI"),)).passages
    assert passage.rule is not None
    assert (passage.rule.location.line, passage.packets) == (3, 255 * 256 * 65536)
    assert passage.packets_exact


def test_four_permits_together_make_a_deny_dead() -> None:
    found = listed(
        *(
            f"permit tcp 10.{s}.0.0 0.127.255.255 10.10.{d}.0 0.0.127.255 eq 80"
            for s in (0, 128)
            for d in (0, 128)
        ),
        "deny tcp 10.0.0.0 0.255.255.255 10.10.0.0 0.0.255.255 eq 80",
    )  # fmt: skip
    assert anomalies(find(found, 4)) == [(AnomalyKind.SHADOWED_UNION, 6, [2, 3, 4, 5], True)]


@pytest.mark.parametrize(
    ("text", "unsolicited"),
    [
        ("ip access-list extended A\n permit tcp any any established\n", True),
        ("interface Gi0/0\n nameif outside\n security-level 0\ninterface Gi0/1\n nameif inside\n", False),
    ],
)
def test_established_is_no_session(text: str, unsolicited: bool) -> None:
    vendor = asa if "nameif" in text else ios
    found = vendor.parse([SourceText("x.cfg", text, "")])
    zones = {"out": AddressSet.parse("198.51.100.0/24"), "in": AddressSet.parse("10.1.0.0/16")}
    table = (decision(0, VerdictKind.FORBIDDEN, ALL_ADDRESSES, ALL_ADDRESSES),)
    faces = {"outside": ("out",), "inside": ("in",)} if vendor is asa else None
    asked = {
        relation: passing(found, table, zones, family=4, relation=relation, pairs=(("out", "in"),), interfaces=faces).passages
        for relation in Relation
    }
    assert not asked[Relation.INITIATE]
    assert bool(asked[Relation.UNSOLICITED]) is unsolicited


EXAMPLE = "pybatfish-example-filters/example-filters/{}/configs/{}.cfg"


def test_unreachable_lines_of_the_example_list() -> None:
    found = load(EXAMPLE.format("current", "rtr-with-acl"))
    report = find(found, 4)
    shadowed = [(a.rule.id, [c.id for c in a.culprits], a.conflict) for a in report.anomalies if a.culprits and
                a.kind in (AnomalyKind.SHADOWED, AnomalyKind.SHADOWED_UNION)]  # fmt: skip
    assert shadowed == [("670", ["540"], True), ("790", ["500"], False)]
    assert not report.undecided


def opened(name: str, src: str, dst: str, *terms: ServiceTerm) -> int:
    """How many packets the example's list lets from one network to another."""
    zones = {"a": AddressSet.parse(src), "b": AddressSet.parse(dst)}
    table = (
        decision(0, VerdictKind.FORBIDDEN, zones["a"], zones["b"], *terms),
        decision(1, VerdictKind.PERMITTED, ALL_ADDRESSES, ALL_ADDRESSES),
    )
    found = load(EXAMPLE.format(name, "rtr-with-acl"))
    reach = passing(found, table, zones, family=4, pairs=(("a", "b"),), interfaces={"Ethernet1/1/1": ("a",)})
    assert not reach.undecided
    chosen = [p for p in reach.passages if p.decision == 0]
    assert all(p.certain and p.packets_exact for p in chosen)
    return sum(p.packets for p in chosen)


@pytest.mark.parametrize(("name", "hosts"), [("current", 0), ("candidate1", 64), ("candidate2", 32)])
def test_what_a_change_opens(name: str, hosts: int) -> None:
    web = ServiceTerm(IntervalSet.single(TCP))
    assert opened(name, "10.10.10.0/24", "18.18.18.0/24", web) == 256 * hosts * 2 * 65536


def test_names_are_resolved_by_all_but_one() -> None:
    dns = ServiceTerm(IntervalSet.single(UDP), dst_ports=IntervalSet.single(53))
    assert opened("current", "10.10.10.0/24", "218.8.104.58/32", dns) == 255 * 65536
    assert opened("current", "10.10.10.42/32", "218.8.104.58/32", dns) == 0


def test_host_bits_beyond_the_prefix_are_cut() -> None:
    found = listed("deny ip 218.67.71.0/23 any")
    assert found.chains["ip access-list A"].rules[0].match.fields[Field.SRC] == AddressSet.parse("218.67.70.0-218.67.71.255").v4


def test_zone_pairs_of_the_example_firewall() -> None:
    found = load(EXAMPLE.format("current", "firewall"))
    packet = Packet(
        family=4, src=Address.parse("10.114.64.1").value, dst=Address.parse("10.114.60.10").value, protocol=TCP, sport=40000,
        dport=80, in_interface="GigabitEthernet0/0/2", out_interface="GigabitEthernet0/0/3",
    )  # fmt: skip
    assert simulate(found, packet).accepted is False
    zones = {"a": AddressSet.parse("101.164.101.231"), "b": AddressSet.parse("101.164.9.0/24")}
    nfs = ServiceTerm(IntervalSet.single(TCP), dst_ports=IntervalSet.single(2049))
    table = (
        decision(0, VerdictKind.PERMITTED, zones["a"], zones["b"], nfs),
        decision(1, VerdictKind.FORBIDDEN, ALL_ADDRESSES, ALL_ADDRESSES, ServiceTerm(ALL_PROTOCOLS)),
    )
    faces = {"GigabitEthernet0/0/2": ("a",), "GigabitEthernet0/0/3": ("b",)}
    passages = passing(found, table, zones, family=4, pairs=(("a", "b"),), interfaces=faces).passages
    assert [p.decision for p in passages] == [0]
    assert passages[0].packets == 65536  # one backup server


def test_both_same_security_switches_permit_hairpin_and_equal_levels() -> None:
    found = load("batfish/cisco_asa/asa-security-level-permit-both")
    for out in ("name1", "name2"):
        packet = Packet(family=4, src=Address.parse("3.0.0.9").value, dst=Address.parse("3.0.1.9").value, protocol=TCP,
                        in_interface="name1", out_interface=out)  # fmt: skip
        assert simulate(found, packet).accepted is True


def test_twice_translation_is_read() -> None:
    found = load("batfish/cisco_asa/asa-nat-twice-static")
    # Nine statements: one inactive, one of an object that does not exist; two have a destination (two rules each).
    assert len(found.chains["nat"].rules) == 9
