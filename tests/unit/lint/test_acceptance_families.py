"""A rule of both address families is without effect only if it is in both (NC-03)."""

from __future__ import annotations

from segmentation.lint.rulebase import rulebase_findings
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import asa, nftables
from segmentation.vendors.reading import SourceText


def told(text: str, vendor: str) -> list[tuple[int, str, str]]:
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    device = (asa if vendor == "asa" else nftables).parse([SourceText("config", text, "0" * 64)])
    found = [f for f in rulebase_findings(device, policy).findings if f.rule == "NC-03" and dict(f.detail).get("kind")]
    return sorted(
        (f.where.location.line or 0, f.severity.name, f.message.en)
        for f in found
        if "acts" in f.message.en or "fare" in f.message.en
    )


def test_hidden_for_ipv6_and_redundant_for_ipv4() -> None:
    text = """table inet t {
 chain f {
  type filter hook forward priority 0; policy drop;
  meta nfproto ipv6 accept
  counter drop
 }
}
"""
    assert told(text, "nftables") == [(5, "LOW", "Without this rule every packet would fare the same.")]


def test_a_denial_that_acts_for_ipv4_only_is_said_to() -> None:
    text = """ASA Version 9.16(4)
interface Gi0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
 ipv6 address 2001:db8::2/64
interface Gi0/1
 nameif inside
 security-level 100
 ip address 10.1.0.1 255.255.255.0
 ipv6 address fd00:1::1/64
access-list X extended permit ip any6 any6
access-list X extended permit tcp any4 any4 eq 443
access-list X extended deny ip any any log
access-group X in interface inside
"""
    found = told(text, "asa")
    assert [line for line, _, _ in found] == [14]
    assert found[0][1] == "HIGH"
    assert found[0][2].startswith("An earlier rule takes every packet this rule matches, so it never acts.")
    assert "This is so for IPv6 only; for IPv4 the rule acts." in found[0][2]
    closed = told(text.replace("permit ip any6 any6", "deny ip any6 any6"), "asa")
    assert closed == []
