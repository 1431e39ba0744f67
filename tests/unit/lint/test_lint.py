"""What the linter finds in a device's rules, over a small city and over the reference city."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))

import pytest
from cities import STRICT, city, policy

from segmentation.device.device import Device
from segmentation.lint import LintResult, lint
from segmentation.model.finding import Confidence, Finding, Severity
from segmentation.model.flow import Flow
from segmentation.model.judge import Judge
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.registers import DeviceRecord, InterfaceZones
from segmentation.model.text import Text
from segmentation.model.zonemap import ZoneMap
from segmentation.profiles.loader import load_policy
from segmentation.vendors import iptables, nftables
from segmentation.vendors.reading import SourceText
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

DAY = dt.date(2026, 8, 20)
MODEL = city()


def nft(text: str, name: str = "gw") -> Device:
    return replace(nftables.parse([SourceText("gw.nft", text, "0" * 64)]), name=name)


def forward(*rules: str, policy: str = "drop", family: str = "inet") -> str:
    lines = "\n".join(f"\t\t{r}" for r in rules)
    hook = f"type filter hook forward priority filter; policy {policy};"
    return f"table {family} fw {{\n\tchain forward {{\n\t\t{hook}\n{lines}\n\t}}\n}}\n"


def run(text: str, *, model: ZoneModel | None = MODEL, by: Policy = STRICT, name: str = "gw", at: dt.date = DAY) -> LintResult:
    return lint([nft(text, name)], model, by, at)


def found(result: LintResult, *rules: str) -> list[Finding]:
    return [f for f in result.findings if f.rule in rules]


def test_rules_that_do_exactly_what_the_model_permits_give_nothing() -> None:
    result = run(
        forward(
            "ct state established,related accept",
            'ip saddr 10.10.11.21 ip daddr 172.16.80.10 tcp dport 443 log prefix "c03 " accept',
            'log prefix "drop " drop',
        )
    )
    assert result.findings == ()
    assert {(c.src_zone, c.dst_zone): c.verdict for c in result.matrix}["mn-term", "EX"] == "equal"


def test_a_wide_permit_names_rule_line_witness_and_demand() -> None:
    result = run(forward("ip saddr 10.10.11.0/24 ip daddr 172.16.80.10 tcp dport 443 accept"))
    (pin,) = found(result, "MN-03")
    assert pin.where.location.line == 4
    assert pin.where.rule_text.startswith("ip saddr 10.10.11.0/24")
    assert pin.witness is not None
    assert (pin.src_zone, pin.dst_zone, pin.severity, pin.confidence) == (
        "mn-term",
        "EX",
        Severity.CRITICAL,
        Confidence.CERTAIN,
    )
    # 255 of the 256 sources are not the pinned host; every source port of one service.
    assert dict(pin.detail)["packets"] == str(255 * 65536)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ip saddr 10.10.10.0/24 ip daddr 10.30.0.0/16 accept", {"MN-01", "NC-02", "MN-13", "MN-14", "NC-25"}),
        ("ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 25 accept", {"LG-02", "LG-03", "LG-05"}),
        ("ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 445 accept", {"LG-08", "LG-03", "NC-25"}),
        ("ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 3389 accept", {"LG-06", "LG-03"}),
        ("ip saddr 10.20.1.1 ip daddr 10.210.1.1 tcp dport 443 accept", {"LG-13"}),
        ("ip saddr 10.20.1.1 ip daddr 203.0.113.1 tcp dport 443 accept", {"LG-15"}),
        ("ip saddr 10.30.1.1 ip daddr 203.0.113.1 tcp dport 443 accept", {"IN-02"}),
        ("ip saddr 10.30.1.1 ip daddr 203.0.113.1 tcp dport 9999 accept", {"IN-01"}),
        ("ip saddr 192.168.1.1 ip daddr 10.20.1.1 tcp dport 443 accept", {"ZM-01"}),
        ("ip saddr 10.39.0.1 ip daddr 10.20.1.1 tcp dport 443 accept", {"NC-18"}),
    ],
)
def test_each_crossing_breaks_its_own_demand(rule: str, expected: set[str]) -> None:
    result = run(forward(rule, 'log prefix "x" drop'))
    assert {f.rule for f in result.findings} - {"LT-01"} == expected


def test_one_any_rule_is_one_cause_with_its_consequences() -> None:
    result = run(forward("accept", policy="drop"))
    causes = {f.cause for f in result.findings if f.rule not in ("LT-01", "NC-01")}
    assert len(causes) == 1
    assert {f.rule for f in result.findings} >= {"MN-01", "LG-02", "LG-15", "IN-02", "NC-02", "NC-01"} - {"NC-01"}
    (any_match,) = found(result, "NC-02")
    assert any_match.severity is Severity.CRITICAL  # a My Number zone is concerned


def test_what_cannot_be_known_is_possible_and_says_why() -> None:
    result = run(forward("meta mark 5 ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 25 accept"))
    (maybe,) = found(result, "LG-02")
    assert maybe.confidence is Confidence.POSSIBLE
    assert maybe.confidence_reason is not None
    assert "mark" in maybe.confidence_reason.en


def test_an_uncertain_deny_does_not_protect() -> None:
    result = run(forward("meta mark 5 drop", "ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 25 accept"))
    assert found(result, "LG-02")


def test_open_over_ipv6_while_closed_over_ipv4() -> None:
    result = run(forward("ip6 saddr fd00:10::/32 ip6 daddr fd00:20::/32 accept"))
    assert found(result, "ZM-05")
    assert not found(run(forward("ip saddr 10.10.0.0/16 ip daddr 10.20.0.0/16 accept")), "ZM-05")


def test_a_table_of_one_family_leaves_the_other_open() -> None:
    result = run(forward(policy="drop", family="ip"))
    assert {f.src_zone for f in found(result, "ZM-05", "MN-01")} >= {"MN"}


def test_iptables_alone_says_nothing_about_ipv6() -> None:
    text = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j LOG\nCOMMIT\n"
    device = replace(iptables.parse([SourceText("gw.rules", text, "0" * 64)]), name="gw")
    result = lint([device], MODEL, STRICT, DAY)
    assert not result.findings
    assert any("IPv6" in t.en for t in result.undecided)


def test_a_bare_ack_that_passes_is_told_apart_from_a_connection() -> None:
    rules = ("tcp flags & (fin|syn|rst|ack) == syn drop", "ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 25 accept")
    result = run(forward(*rules))
    (ack,) = found(result, "LG-02")
    assert ack.severity < Severity.CRITICAL
    assert "no session" in ack.message.en


def test_default_deny_and_its_log() -> None:
    (opened,) = {f.key for f in found(run(forward(policy="accept", family="ip"), model=None), "NC-01")}
    assert opened == "open|4"
    assert {f.key for f in found(run(forward(policy="drop", family="ip"), model=None), "NC-01")} == {"silent|4"}
    assert not found(run(forward('limit rate 5/second log prefix "d"', policy="drop", family="ip"), model=None), "NC-01")


def test_anomalies_inside_the_rule_base_need_no_model() -> None:
    text = forward(
        "ip saddr 10.0.0.0/9 tcp dport 80 accept", "ip saddr 10.128.0.0/9 tcp dport 80 accept",
        "ip saddr 10.0.0.0/8 tcp dport 80 drop", "log drop", family="ip",
    )  # fmt: skip
    (shadowed,) = found(run(text, model=None), "NC-03")
    assert shadowed.where.location.line == 6
    assert shadowed.severity is Severity.HIGH  # a deny that never acts
    assert dict(shadowed.detail)["kind"] == "shadowed_union"


def test_an_exception_that_ended_no_longer_permits() -> None:
    text = forward("ip saddr 172.16.90.5 ip daddr 10.90.0.30 tcp dport 3389 log accept", "log drop")
    assert not found(run(text), "EX-04")
    (ended,) = found(run(text, at=dt.date(2026, 10, 1)), "EX-04")
    assert ended.exception == "EX-1"


def test_interfaces_bind_zones() -> None:
    record = DeviceRecord(
        id="gw", name=Text("gw", "gw"),
        interfaces=(InterfaceZones(interface="eth0", zones=("IN",)), InterfaceZones(interface="eth1", zones=("LG",))),
    )  # fmt: skip
    model = replace(MODEL, devices={"gw": record})
    backwards = forward('iifname "eth1" oifname "eth0" ip saddr 10.30.10.53 ip daddr 10.20.10.25 accept')
    assert not found(run(backwards, model=model), "LG-01", "LG-02")
    assert found(run(forward('iifname "eth0" oifname "eth1" accept'), model=model), "LG-02")
    assert {c.src_zone for c in run(forward(), model=model).matrix} == {"IN", "LG", "NET"}


def test_a_mistyped_interface_is_said() -> None:
    record = DeviceRecord(
        id="gw", name=Text("gw", "gw"),
        interfaces=(InterfaceZones(interface="eth0", zones=("IN",)), InterfaceZones(interface="ens9", zones=("LG",))),
    )  # fmt: skip
    model = replace(MODEL, devices={"gw": record})
    said = run(forward('iifname "eth0" oifname "eth1" accept'), model=model).undecided
    assert [t.en for t in said if "ens9" in t.en]
    assert not [t.en for t in said if "eth0" in t.en]
    assert not [t for t in run(forward("ip saddr 10.30.0.0/16 drop"), model=model).undecided if "ens9" in t.en]


def test_ten_thousand_permits_are_looked_up_once_each() -> None:
    rules = [
        f"ip saddr 10.30.{i // 250}.{i % 250} ip daddr 10.20.{i // 250}.{i % 250} tcp dport 25 accept" for i in range(2500)
    ]
    result = run(forward("log", *rules), name="many")
    told = found(result, "LG-02")
    assert sum(f.count for f in told) == 2500
    assert len(told) == 1  # thousands of rules that break one demand are one task
    assert dict(told[0].detail)["lines"] == "5-2504"
    assert not found(result, "LT-01")  # the first rule logs everything


@pytest.mark.parametrize(("profile", "primary"), [("daisen", None), ("kadoma", "M-01")])
def test_the_same_rule_breaks_one_policy_and_not_another(profile: str, primary: str | None) -> None:
    text = forward("ip saddr 10.20.10.25 ip daddr 10.30.40.6 tcp dport 25 log accept", "log drop")
    result = run(text, by=load_policy(profile))
    assert [f.rule for f in result.findings if f.src_zone] == ([primary] if primary else [])


def test_inapplicable_demands_are_not_reported() -> None:
    quiet = policy(inapplicable={r: Text("対象外", "n/a") for r in ("NC-01", "NC-02", "NC-03", "LT-01")})
    assert not run(forward(policy="drop"), by=quiet).findings


def test_every_witness_gets_the_same_verdict_from_the_judge() -> None:
    loaded = load(default_path())
    assert loaded.model is not None
    model, by = loaded.model, load_policy("daisen")
    judge = Judge.of(model, by)
    text = forward(
        "ct state established accept", "ip saddr 10.10.0.0/16 tcp dport { 22, 443 } accept", "ip daddr 10.20.0.0/16 accept",
        "ip6 saddr fd00:10:30::/48 accept", "icmp type echo-request accept", policy="accept",
    )  # fmt: skip
    result = lint([nft(text, "unlisted")], model, by, DAY)
    checked = 0
    for f in result.findings:
        if f.src_zone and f.dst_zone and f.witness is not None and f.rule not in ("NC-02", "ZM-05"):
            if f.key.endswith("|demand"):
                continue  # what a host or service is for: demands beside the judge's table, tested on their own
            p = f.witness.packet
            verdict = judge.judge(
                Flow(family=p.family, src=p.src, dst=p.dst, protocol=p.protocol, sport=p.sport, dport=p.dport)
            )  # fmt: skip
            assert not verdict.kind.allows, f
            assert f.rule in verdict.rules
            assert (f.src_zone, f.dst_zone) == (verdict.src_zone, verdict.dst_zone)
            checked += 1
    assert checked > 100


def test_the_partition_is_total() -> None:
    zonemap = ZoneMap.of(MODEL)
    for family in (4, 6):
        assert zonemap.starts[family][0] == 0
        assert list(zonemap.starts[family]) == sorted(set(zonemap.starts[family]))
