"""Rules that overlap with the opposite action: which are told, how gravely, and which are not."""

from __future__ import annotations

import pytest
from devices import STRICT, run

from segmentation.device.device import Device
from segmentation.lint.rulebase import rulebase_findings
from segmentation.model.addresses import AddressSet
from segmentation.model.finding import Finding, Severity
from segmentation.vendors import ios, nftables
from segmentation.vendors.reading import SourceText

HEAD = "table inet fw {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n"


def nft(*rules: str) -> Device:
    return nftables.parse([SourceText("gw.nft", HEAD + "".join(f"\t\t{r}\n" for r in rules) + "\t\tlog drop\n\t}\n}\n", "")])


def overlapping(device: Device) -> list[Finding]:
    kinds = ("correlated", "generalised", "overlaps")
    return [f for f in rulebase_findings(device, STRICT).findings if dict(f.detail).get("kind") in kinds]


def told(device: Device) -> list[tuple[int, str, Severity, list[int]]]:
    """Line of the later rule counted from the first rule, kind, severity, lines of the earlier ones."""
    out = []
    for finding in overlapping(device):
        earlier = [int(v.split(":")[1]) - 3 for k, v in finding.detail if k == "earlier"]
        out.append((finding.where.location.line - 3, dict(finding.detail)["kind"], finding.severity, earlier))
    return out


def test_a_deny_that_an_earlier_permit_cuts_is_low_with_a_packet_that_proves_it() -> None:
    device = nft("ip saddr 10.1.0.0/16 tcp dport 443 accept", "ip daddr 10.9.0.0/24 drop")
    assert told(device) == [(2, "correlated", Severity.LOW, [1])]
    (finding,) = overlapping(device)
    assert finding.witness is not None
    packet = finding.witness.packet
    assert packet.src is not None and packet.dst is not None  # noqa: PT018  # for the type checker
    assert packet.src in AddressSet.parse("10.1.0.0/16").v4
    assert packet.dst in AddressSet.parse("10.9.0.0/24").v4
    assert (packet.protocol, packet.dport) == (6, 443)
    assert finding.witness.path[0].location.line == 4
    assert "gw.nft:4" in finding.message.ja
    assert "gw.nft:4" in finding.message.en


def test_a_permit_that_an_earlier_deny_cuts_is_info() -> None:
    device = nft("ip saddr 10.1.0.0/16 drop", "ip daddr 10.9.0.80 tcp dport 443 accept")
    assert told(device) == [(2, "correlated", Severity.INFO, [1])]


@pytest.mark.parametrize(("first", "then"), [("accept", "drop"), ("drop", "accept")])
def test_an_exception_before_a_wider_rule_is_info(first: str, then: str) -> None:
    device = nft(f"ip saddr 10.1.0.7 ip daddr 10.9.0.80 {first}", f"ip saddr 10.1.0.0/16 ip daddr 10.9.0.0/24 {then}")
    assert told(device) == [(2, "generalised", Severity.INFO, [1])]


def test_one_finding_for_a_later_rule_with_both_kinds() -> None:
    device = nft("ip saddr 10.1.0.7 accept", "tcp dport 443 ip saddr 10.0.0.0/15 accept", "ip saddr 10.1.0.0/16 drop")
    assert told(device) == [(3, "correlated", Severity.LOW, [1, 2])]
    (finding,) = overlapping(device)
    assert (dict(finding.detail)["correlated"], dict(finding.detail)["generalised"]) == ("1", "1")


@pytest.mark.parametrize(
    "rules",
    [
        ("ip saddr 10.1.0.7 accept", "ip saddr 10.1.0.8 drop"),  # nothing shared
        ("ip saddr 10.1.0.7 accept", "ip saddr 10.1.0.0/16 accept"),  # the same action
        ("ip saddr 10.1.0.7 accept", "drop"),  # the end of the list
        ("ip saddr 10.1.0.7 accept", 'iifname "lan" drop'),  # the end of a zone's list
        ("ct state established,related accept", "ip saddr 10.1.0.0/16 drop"),  # opens nothing
        ("ct state invalid drop", "ip saddr 10.1.0.0/16 accept"),
        ("ip saddr 10.1.0.7 limit rate 5/second accept", "ip saddr 10.1.0.0/16 drop"),  # only may match
        ("ip saddr 10.1.0.0/16 drop", "ip saddr 10.0.0.0/8 tcp dport 22 drop", "ip saddr 10.1.0.0/17 accept"),  # never acts
    ],
)
def test_what_is_not_told(rules: tuple[str, ...]) -> None:
    assert told(nft(*rules)) == []


def test_where_a_third_rule_takes_all_that_two_share_there_is_no_conflict() -> None:
    cut, taken = "ip saddr 10.1.0.0/23 tcp dport 22 accept", "ip saddr 10.1.1.0/24 tcp dport 1-99 drop"
    assert told(nft("ip saddr 10.1.1.0/24 drop", cut, taken)) == [(2, "correlated", Severity.INFO, [1])]


def test_a_line_of_many_rules_is_one_line() -> None:
    device = nft("ip saddr { 10.1.0.7, 10.1.0.9 } tcp dport { 80, 443 } accept", "ip saddr 10.1.0.0/16 drop")
    assert told(device) == [(2, "generalised", Severity.INFO, [1])]


def test_implicit_denies_of_lists_are_not_told() -> None:
    text = (
        "ip access-list extended L\n permit tcp any host 10.9.0.80 eq 443\ninterface Vlan1\n ip address 10.1.0.1 255.255.0.0\n"
        " ip access-group L in\n"
    )
    assert overlapping(ios.parse([SourceText("r.cfg", text, "")])) == []


def test_many_are_told_as_one_and_never_as_pairs() -> None:
    rules = []
    for n in range(150):
        rules += [f"ip saddr 10.{n}.0.7 accept", f"ip saddr 10.{n}.0.0/24 drop"]
    found = overlapping(nft(*rules))
    assert len(found) == 101
    (rest,) = (f for f in found if dict(f.detail)["kind"] == "overlaps")
    assert rest.count == 50
    assert rest.severity is Severity.INFO


def test_a_wide_list_says_that_not_all_was_looked_at() -> None:
    """A hundred sources by a hundred destinations: 5,000 pairs and more of one list."""
    rules = [f"ip saddr 10.0.{n}.0/24 accept" for n in range(100)] + [f"ip daddr 10.9.{n}.0/24 drop" for n in range(100)]
    device = nft(*rules)
    assert any("4,000" in t.en for t in rulebase_findings(device, STRICT).undecided)
    assert 0 < len(overlapping(device)) <= 101


def test_both_families_of_one_rule_are_told_once() -> None:
    assert told(nft("tcp dport 22-30 accept", "tcp dport 25-99 drop")) == [(2, "correlated", Severity.LOW, [1])]
    result = run(nft("tcp dport 22-30 accept", "tcp dport 25-99 drop"), model=None)
    assert len([f for f in result.findings if dict(f.detail).get("kind") == "correlated"]) == 1
