"""FortiOS: configurations written by others, the facts their authors state, and one policy in several renderings."""

from __future__ import annotations

import ipaddress

import pytest
from shared_data import needs_shared

from segmentation.analysis.reach import compare
from segmentation.analysis.simulate import Packet, simulate
from segmentation.device.device import Device, Rule, Verb
from segmentation.device.match import Field
from segmentation.model.addresses import ALL_ADDRESSES, ANY, AddressSet
from segmentation.model.decision import Decision
from segmentation.model.flow import VerdictKind
from segmentation.model.services import ALL_PORTS, ALL_PROTOCOLS, ServiceTerm
from segmentation.model.text import Text
from segmentation.vendors import fortios, nftables
from segmentation.vendors.detect import Format, Recognised, detect
from segmentation.vendors.reading import SourceText, read_source

#: What is not understood in each file, exactly: line and the beginning of the reason.
NOT_UNDERSTOOD: dict[str, list[tuple[int, str]]] = {
    "batfish/fortios/address": [(40, "The interface undefined_iface"), (88, "The mask of 2.2.2.2 255.0.0.255")],
    "batfish/fortios/addrgrp": [],
    "batfish/fortios/firewall_policy": [],
    "batfish/fortios/firewall_policy_addrgrp": [],
    "batfish/fortios/iface": [],
    "batfish/fortios/policy": [],
    "batfish/fortios/policy_move": [],
    "batfish/fortios/service_custom": [],
    "batfish/fortios/service_group": [],
    "batfish/fortios/zone": [],
    "aerleon-generated/sample_fortigate.fgacl": [],
    "aerleon-equiv60/mt_fortigate.fgacl": [],
}


def source(name: str) -> SourceText:
    found = read_source(needs_shared("data", "firewalls", *name.split("/")), name)
    assert isinstance(found, SourceText)
    return found


def read(name: str) -> Device:
    return fortios.parse([source(name)])


def policies(device: Device) -> list[Rule]:
    return [r for r in device.chains["root policy"].rules if not r.text.startswith("implicit")]


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_every_file_is_read_and_recognised(name: str) -> None:
    device = read(name)
    assert [
        (n.location.line, n.reason[: len(e[1])]) for n, e in zip(device.not_understood, NOT_UNDERSTOOD[name], strict=True)
    ] == (NOT_UNDERSTOOD[name])
    found = detect(source(name).text)
    assert isinstance(found, Recognised)
    assert found.format is Format.FORTIOS


def test_no_file_is_left_out() -> None:
    folder = needs_shared("data", "firewalls")
    here = [p.relative_to(folder) for p in (*folder.glob("batfish/fortios/*"), *folder.glob("aerleon-*/*.fgacl"))]
    assert sorted(map(str, here)) == sorted(NOT_UNDERSTOOD)


def test_coverage_over_the_shared_files() -> None:
    lines = sum(sum(bool(x.strip()) for x in source(n).lines()) for n in NOT_UNDERSTOOD)
    missed = sum(len({line for line, _ in places}) for places in NOT_UNDERSTOOD.values())
    assert missed == 2
    assert lines > 1800


def test_moves_set_the_order() -> None:
    assert [r.id for r in policies(read("batfish/fortios/policy_move"))] == ["5", "1", "2", "4", "3"]


def test_zones_and_appended_members() -> None:
    ids = {r.id: r for r in policies(read("batfish/fortios/firewall_policy"))}
    assert "0" not in ids  # disabled
    last = ids["3"].match
    assert last.in_interface is not None
    assert last.out_interface is not None
    # zone1 is port3, zone2 port4, zone3 port5; a second "set" replaces the first.
    assert set(last.in_interface.patterns) == {"port2", "port3", "port4", "port5"}
    assert set(last.out_interface.patterns) == {"port3", "port5"}
    zone = read("batfish/fortios/zone")
    assert {i.name: i.zone for i in zone.interfaces}["port2"] == "zone1"


def test_a_group_without_its_excluded_members() -> None:
    (rule,) = policies(read("batfish/fortios/firewall_policy_addrgrp"))
    sources = rule.match.fields[Field.SRC]
    assert int(ipaddress.ip_address("10.0.1.63")) in sources
    assert int(ipaddress.ip_address("10.0.1.64")) not in sources
    assert int(ipaddress.ip_address("10.0.1.72")) in sources


def test_denied_services_and_the_rest() -> None:
    device = read("batfish/fortios/policy")

    def accepted(dport: int, came: str = "port1", goes: str = "port4") -> bool | None:
        packet = Packet(family=4, src=1, dst=2, protocol=6, sport=3, dport=dport, in_interface=came, out_interface=goes)
        return simulate(device, packet).accepted

    assert (accepted(1234), accepted(1235), accepted(1236)) == (False, False, True)
    assert accepted(1236, "port3", "port1") is False


def as_decisions(device: Device) -> list[Decision]:
    """One decision for each permit of a rule list of disjoint permits."""
    out: list[Decision] = []
    for chain in device.chains.values():
        for rule in chain.rules:
            fields = rule.match.fields
            # The rule for packets of known sessions says nothing about new ones.
            if rule.action.verb is not Verb.ACCEPT or not fields.keys() - {Field.STATE}:
                continue
            term = ServiceTerm(
                fields.get(Field.PROTO, ALL_PROTOCOLS), fields.get(Field.SPORT, ALL_PORTS), fields.get(Field.DPORT, ALL_PORTS)
            )
            src, dst = (AddressSet.of(4, fields.get(f, ANY[4])) for f in (Field.SRC, Field.DST))
            out.append(
                Decision(index=len(out), src=src, dst=dst, terms=(term,), kind=VerdictKind.PERMITTED, reason=Text("", ""))
            )  # fmt: skip
    return out


def test_the_rendering_of_one_policy_passes_what_the_others_pass() -> None:
    """What the nftables rendering permits is the yardstick: the FortiGate passes all of it and nothing else."""
    path = needs_shared("data", "firewalls", "aerleon-equiv60", "mt_nftables.nft")
    yardstick = read_source(path, path.name)
    assert isinstance(yardstick, SourceText)
    other = nftables.parse([yardstick])
    decisions = as_decisions(other)
    assert len(decisions) == 60
    for device, interfaces in ((other, {}), (read("aerleon-equiv60/mt_fortigate.fgacl"), {"zsrc": ("all",), "zdst": ("all",)})):
        both = compare(device, decisions, {"all": ALL_ADDRESSES}, family=4, interfaces=interfaces, pairs=[("all", "all")])
        passed = both.passing.passages
        assert passed
        assert all(p.decision >= 0 and p.certain for p in passed)
        assert {p.decision for p in passed} | hidden(decisions) == set(range(60))


def hidden(decisions: list[Decision]) -> set[int]:
    """Decisions of which earlier ones take every packet."""
    return {
        i for i, d in enumerate(decisions)
        if any(e.src.v4 == d.src.v4 and d.dst.v4.issubset(e.dst.v4) and e.terms == d.terms for e in decisions[:i])
    }  # fmt: skip


def test_every_packet_of_the_yardstick_fares_the_same() -> None:
    """The corners of every permit and their neighbours, one by one."""
    path = needs_shared("data", "firewalls", "aerleon-equiv60", "mt_nftables.nft")
    yardstick = read_source(path, path.name)
    assert isinstance(yardstick, SourceText)
    other, mine = nftables.parse([yardstick]), read("aerleon-equiv60/mt_fortigate.fgacl")
    decisions = as_decisions(other)
    tried = permitted = 0
    for decision in decisions:
        term = decision.terms[0]
        for src in (decision.src.v4.low - 1, decision.src.v4.low, decision.src.v4.high):
            for dst in (decision.dst.v4.low, decision.dst.v4.high, decision.dst.v4.high + 1):
                for dport in (term.dst_ports.low, term.dst_ports.high, term.dst_ports.high + 1):
                    for protocol in (6, 17):
                        packet = Packet(
                            family=4, src=src, dst=dst, protocol=protocol, sport=50000, dport=dport,
                            in_interface="zsrc", out_interface="zdst",
                        )  # fmt: skip
                        expected = simulate(other, packet).accepted
                        assert simulate(mine, packet).accepted is expected, packet
                        tried += 1
                        permitted += expected is True
    assert tried > 3000
    assert 100 < permitted < tried
