"""Every PAN-OS file of the shared data: what of it is not understood, and what Batfish asserts of it."""

from __future__ import annotations

import random

import pytest
from shared_data import needs_shared

from segmentation.analysis.reach import compare
from segmentation.analysis.simulate import Outcome, Packet, simulate
from segmentation.device.device import Device, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import ALL_ADDRESSES, Address, AddressSet
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.services import ALL_PORTS, ServiceTerm
from segmentation.model.text import Text
from segmentation.vendors import nftables, panos
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.panos.tree import DEPTH_LIMIT
from segmentation.vendors.reading import SourceText, read_source

NO_ZONES, ZONE = "No zone with interfaces is defined", "The zone "
#: The lines that are not understood, with a part of the reason.
NOT_UNDERSTOOD: dict[str, list[tuple[int, str]]] = {
    "aerleon-equiv60/mt_paloalto.xml": [(6, NO_ZONES), (46, ZONE), (49, ZONE)],
    "aerleon-generated/sample_paloalto.xml": [(6, NO_ZONES), (46, ZONE), (49, ZONE)],
    "aerleon-generated/sample_paloalto_yaml.xml": [(6, NO_ZONES), (46, ZONE), (49, ZONE)],
    "aerleon-generated/sample_stateful_multitarget_complex.xml": [(6, NO_ZONES), (33, ZONE), (36, ZONE), (90, ZONE)],
    "aerleon-generated/sample_stateful_multitarget_simple.xml": [(6, NO_ZONES), (104, ZONE), (107, ZONE), (458, ZONE)],
    "batfish/palo_alto/address-groups": [(4, NO_ZONES), (14, "The address addr3 is not defined.")],
    "batfish/palo_alto/address-groups-nested": [(4, NO_ZONES), (7, "The group group0 contains itself.")],
    "batfish/palo_alto/address-objects": [
        (3, NO_ZONES),
        (24, "addr_undef is not an address, prefix or "),
        (26, "addr3 is not an address, prefix or range"),
    ],
    "batfish/palo_alto/allow-explicit-cross-zone": [],
    "batfish/palo_alto/allow-same-zone-no-rules": [],
    "batfish/palo_alto/application-group": [(3, NO_ZONES)],
    "batfish/palo_alto/destination-nat": [],
    "batfish/palo_alto/drop-default-cross-zone": [],
    "batfish/palo_alto/drop-same-zone-explicit": [],
    "batfish/palo_alto/move-rulebase-security": [
        (4, "There are several virtual systems, and v"),
        (5, ZONE),
        (5, ZONE),
        (9, "The service SERVICE1 is not defined."),
        (53, "There are several virtual systems, and M"),
    ],
    "batfish/palo_alto/rulebase": [],
    "batfish/palo_alto/rulebase-default": [],
    "batfish/palo_alto/rulebase-iprange": [(12, "11.11.11.13-11.11.11.12 is not an addres")],
    "batfish/palo_alto/rulebase-nat": [
        (6, NO_ZONES),
        (17, "What the NAT rule 2nd_RULE translates to"),
        (17, "What the NAT rule 2nd_RULE translates to"),
        (17, ZONE),
        (18, ZONE),
        (19, ZONE),
        (20, ZONE),
        (20, ZONE),
        (21, "The address SRC_1 is not defined."),
        (21, "The address SRC_2 is not defined."),
        (22, "The address SRC_3 is not defined."),
        (23, "The address DST_1 is not defined."),
        (24, "The address DST_2 is not defined."),
        (24, "The address DST_3 is not defined."),
        (25, "The address SRC_1 is not defined."),
        (25, "The address SRC_2 is not defined."),
        (26, "The address SRC_3 is not defined."),
        (27, "The address DST_1 is not defined."),
        (30, "The address DST_2 is not defined."),
    ],
    "batfish/palo_alto/rulebase-service": [],
    "batfish/palo_alto/security-rules": [],
    "batfish/palo_alto/service": [(2, NO_ZONES), (10, "The service SERVICE_UNDEFINED is not defined.")],
    "batfish/palo_alto/service-built-in": [(3, NO_ZONES)],
    "batfish/palo_alto/source-nat": [],
    "batfish/palo_alto/zones": [],
}


def source(name: str) -> SourceText:
    found = read_source(needs_shared("data", "firewalls", *name.split("/")), name)
    assert isinstance(found, SourceText)
    return found


def read(name: str, *more: str) -> Device:
    return panos.parse([source(name), *(SourceText("more", text, "") for text in more)])


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_every_file_is_read_and_recognised(name: str) -> None:
    device = read(name)
    found = [
        (n.location.line, n.reason[: len(reason)])
        for n, (_, reason) in zip(device.not_understood, NOT_UNDERSTOOD[name], strict=True)
    ]
    assert found == NOT_UNDERSTOOD[name]
    assert all(n.sentence is not None and n.sentence.ja for n in device.not_understood)
    recognised = detect(source(name).text)
    assert isinstance(recognised, Recognised)
    assert recognised.format is Format.PANOS


def test_no_file_is_left_out() -> None:
    folder = needs_shared("data", "firewalls")
    here = [p.relative_to(folder) for p in (*folder.glob("batfish/palo_alto/*"), *folder.glob("aerleon-*/*.xml"))]
    assert sorted(map(str, here)) == sorted(NOT_UNDERSTOOD)


def test_coverage_over_the_shared_files() -> None:
    lines = sum(sum(bool(x.strip()) for x in source(n).lines()) for n in NOT_UNDERSTOOD)
    missed = sum(len({line for line, _ in places}) for places in NOT_UNDERSTOOD.values())
    assert (lines, missed) == (19_189, 46)


def send(device: Device, src: str, dst: str, came: str, goes: str, dport: int = 80) -> Outcome:
    a, b = Address.parse(src), Address.parse(dst)
    return simulate(
        device,
        Packet(family=4, src=a.value, dst=b.value, protocol=6, sport=111, dport=dport, in_interface=came, out_interface=goes),
    )


def accepted(name: str, *, back: bool = False) -> bool | None:
    ends = ("ethernet1/2", "ethernet1/1") if back else ("ethernet1/1", "ethernet1/2")
    return send(read(name), "10.0.1.2", "10.0.2.2", *ends).accepted


def test_same_zone_and_other_zone() -> None:
    """Batfish's tests of the default rules; an explicit rule for the same zone wins."""
    folder = "batfish/palo_alto/"
    assert [accepted(folder + "allow-same-zone-no-rules", back=b) for b in (False, True)] == [True, True]
    assert [accepted(folder + "allow-explicit-cross-zone", back=b) for b in (False, True)] == [True, False]
    assert accepted(folder + "drop-default-cross-zone") is False
    assert accepted(folder + "drop-same-zone-explicit") is False


@pytest.mark.parametrize(
    ("src", "came", "expected"),
    [
        ("1.2.1.2", "ethernet1/2.1", ("1.1.1.99", 222)),
        ("1.2.1.22", "ethernet1/2.1", ("1.1.1.99", 1234)),
        ("1.2.1.200", "ethernet1/2.1", None),
        ("1.1.2.2", "ethernet1/1.2", None),
    ],
)
def test_destination_nat(src: str, came: str, expected: tuple[str, int] | None) -> None:
    found = send(read("batfish/palo_alto/destination-nat"), src, "1.1.1.2", came, "ethernet1/1.1", 222)
    assert found.accepted is True
    if expected is None:
        assert found.translated is None
    else:
        assert found.translated is not None
        assert (found.translated.dst.intervals, found.translated.dport.intervals) == (
            ((Address.parse(expected[0]).value,) * 2,), ((expected[1],) * 2,),
        )  # fmt: skip


def test_source_nat() -> None:
    device = read("batfish/palo_alto/source-nat")
    inside = send(device, "1.1.1.2", "1.2.1.2", "ethernet1/1.1", "ethernet1/2.1")
    assert inside.translated is not None
    assert inside.translated.src.low == inside.translated.src.high == Address.parse("1.1.1.99").value
    assert send(device, "1.1.1.3", "1.2.1.2", "ethernet1/1.1", "ethernet1/2.1").translated is None
    assert send(device, "1.2.1.2", "1.1.1.2", "ethernet1/2.1", "ethernet1/1.1").translated is None


def test_order_after_moves() -> None:
    device = read("batfish/palo_alto/move-rulebase-security")
    for system, order in (("vsys1", ["RULE3", "RULE4", "RULE1", "RULE5", "RULE2"]), ("MY_VSYS", ["RULE7", "RULE6"])):
        found = list(dict.fromkeys(r.id for r in device.chains[f"{system} security"].rules if r.id))
        assert found == order


def test_last_rule_by_place_and_not_by_name() -> None:
    device = read("batfish/palo_alto/security-rules")
    verdicts = [
        send(device, "10.0.1.2", "10.0.9.2", "ethernet1/1", f"ethernet1/{n}", 1234).accepted for n in (2, 3, 4, 5)
    ]  # fmt: skip
    assert verdicts == [True, False, True, True]
    assert send(device, "10.0.4.2", "10.0.5.2", "ethernet1/4", "ethernet1/5", 1235).accepted is False


def test_predefined_service_redefined() -> None:
    device = read("batfish/palo_alto/rulebase-service")
    verdicts = [send(device, "1.1.1.2", "1.1.4.2", "ethernet1/1", "ethernet1/4", port).accepted for port in (1, 80, 443)]
    assert verdicts == [True, False, True]


def yardstick() -> Device:
    return nftables.parse([source("aerleon-equiv60/mt_nftables.nft")])


def as_decisions(device: Device) -> list[Decision]:
    """One decision for each permit of a list of permits."""
    out: list[Decision] = []
    for chain in device.chains.values():
        for rule in chain.rules:
            fields = rule.match.fields
            if rule.action.verb is not Verb.ACCEPT or not fields.keys() - {Field.STATE}:
                continue  # the rule for packets of known sessions says nothing about new ones
            term = ServiceTerm(fields[Field.PROTO], ALL_PORTS, fields[Field.DPORT])
            src, dst = (AddressSet(v4=fields[f]) for f in (Field.SRC, Field.DST))
            out.append(
                Decision(index=len(out), src=src, dst=dst, terms=(term,), kind=VerdictKind.PERMITTED, reason=Text("", ""))
            )  # fmt: skip
    return out


CLOSED = "set rulebase default-security-rules rules intrazone-default action deny\n"
DEFINED = """set network interface ethernet ethernet1/1 layer3 ip 192.0.2.1/24
set network interface ethernet ethernet1/2 layer3 ip 198.51.100.1/24
set zone zsrc network layer3 ethernet1/1
set zone zdst network layer3 ethernet1/2
"""


@pytest.mark.parametrize(("more", "came", "goes"), [((), "zsrc", "zdst"), ((DEFINED,), "ethernet1/1", "ethernet1/2")])
def test_the_rendering_of_one_policy_passes_what_the_others_pass(more: tuple[str, ...], came: str, goes: str) -> None:
    """What the nftables rendering permits is the yardstick: it passes all of it and nothing else, proved and by packets."""
    other, mine = yardstick(), read("aerleon-equiv60/mt_paloalto.xml", CLOSED, *more)
    decisions = as_decisions(other)
    assert len(decisions) == 60
    counted = []
    for device, names in ((other, {}), (mine, {came: ("all",), goes: ("all",)})):
        both = compare(device, decisions, {"all": ALL_ADDRESSES}, family=4, interfaces=names, pairs=[("all", "all")])
        assert all(p.decision >= 0 and p.certain for p in both.passing.passages)
        counted.append({p.decision for p in both.passing.passages})
    assert counted[0] == counted[1]
    draw = random.Random(5)
    tried = permitted = 0
    for decision in decisions:
        for _ in range(40):
            term = decision.terms[0]
            ports = (term.dst_ports.low, term.dst_ports.high, term.dst_ports.high + 1)
            packet = Packet(
                family=4, src=draw.choice((decision.src.v4.low - 1, decision.src.v4.low, decision.src.v4.high)),
                dst=draw.choice((decision.dst.v4.low, decision.dst.v4.high, decision.dst.v4.high + 1)),
                protocol=draw.choice((6, 17)), sport=50000, dport=draw.choice(ports), in_interface=came, out_interface=goes,
            )  # fmt: skip
            expected = simulate(other, packet).accepted
            assert simulate(mine, packet).accepted is expected, packet
            tried, permitted = tried + 1, permitted + (expected is True)
    assert 100 < permitted < tried


@pytest.mark.parametrize("name", [n for n in NOT_UNDERSTOOD if "complex" not in n])
def test_damaged_files_are_read_without_harm(name: str) -> None:
    """Pieces cut out, doubled, exchanged and spoiled: no exception, the same answer twice, in a moment."""
    draw = random.Random(name)
    text = source(name).text
    for _ in range(8):
        damaged = text
        for _ in range(draw.randrange(1, 6)):
            at, size = draw.randrange(len(damaged) + 1), draw.randrange(1, 200)
            piece = draw.choice(
                ("", damaged[at : at + size] * 2, '"', "[ ", "{ ", "<entry>", "&lt;", "\0", "\n", "９", " set ")
            )
            damaged = damaged[:at] + piece + damaged[at + draw.randrange(size) :]
        device = panos.parse([SourceText("damaged", damaged, "")])
        assert device == panos.parse([SourceText("damaged", damaged, "")])
        assert {b.chain for b in device.base_chains} <= set(device.chains)
        assert all(len(r.text) <= 300 for c in device.chains.values() for r in c.rules)
        send(device, "10.0.1.2", "10.0.2.2", "ethernet1/1", "ethernet1/2")


@pytest.mark.parametrize(
    "text",
    [
        "set " + "[ " * 5000, "set " + "a " * 20_000, "config {\n" * 5000, "set address x " * 3000,
        "<config>" + "<entry name='a'>" * 5000, "<config>" + "<member>a" * 5000, "<", "<!", "<?xml", "</config>", "set", "move",
        "delete",
        "set rulebase security rules", "set vsys", "config {\n" + "a " * 30_000, "move rulebase security rules before",
        "".join(f"set address-group g{i} static g{i + 1}\n" for i in range(2000)) + "set rulebase security rules r source g0\n",
    ],
)  # fmt: skip
def test_hostile_texts(text: str) -> None:
    assert DEPTH_LIMIT < 5000
    device = panos.parse([SourceText("hostile", text, "")])
    assert device.not_understood
