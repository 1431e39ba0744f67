"""Demands on hosts and services: a rule that breaks each, and a twin that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cities import STRICT, conduit
from devices import DAY, MODEL, addresses, found
from test_lint import forward, nft, run

from segmentation.lint import lint
from segmentation.model.conduits import ConduitKind, PublicInstitution
from segmentation.model.finding import Confidence
from segmentation.model.network import ZoneModel
from segmentation.model.text import Text
from segmentation.model.zones import Endpoint, ModelKind

LOGGED = 'log prefix "x" drop'


def host(host_id: str, zone: str, address: str, *tags: str) -> Endpoint:
    return Endpoint(
        id=host_id, name=Text(host_id, host_id), zone=zone, addresses=addresses(address), tags=frozenset(tags)
    )  # fmt: skip


def with_hosts(*hosts: Endpoint) -> ZoneModel:
    return replace(MODEL, endpoints={**MODEL.endpoints, **{h.id: h for h in hosts}})


def broken(rule: str, *lines: str, model: ZoneModel = MODEL) -> bool:
    findings = found(run(forward(*lines, LOGGED), model=model), rule)
    for finding in findings:
        assert finding.witness is not None
        assert finding.message.ja.count("{") == 0
    return bool(findings)


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (
            "MN-13",
            "ip saddr 10.10.10.11 ip daddr 8.8.8.8 udp dport 53 accept",
            "ip saddr 10.10.10.11 ip daddr 10.10.18.53 udp dport 53 accept",
        ),
        (
            "MN-14",
            "ip saddr 10.10.11.0/24 ip daddr 10.10.10.0/24 tcp dport 23 accept",
            "ip saddr 10.10.11.0/24 ip daddr 10.10.10.0/24 tcp dport 443 accept",
        ),
        (
            "LG-05",
            "ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 25 accept",
            "ip saddr 10.30.10.53 ip daddr 10.20.10.25 tcp dport 9999 accept",
        ),
        (
            "LG-16",
            "ip saddr 10.210.1.1 ip daddr 10.20.10.25 tcp dport 3389 accept",
            "ip saddr 10.20.10.25 ip daddr 10.210.1.1 tcp dport 3389 accept",
        ),
        (
            "NC-17",
            "ip saddr 203.0.113.7 ip daddr 10.20.10.25 tcp dport 22 accept",
            "ip saddr 10.90.0.30 ip daddr 10.20.10.25 tcp dport 22 accept",
        ),
        (
            "NC-18",
            "ip saddr 10.39.0.0/22 ip daddr 10.10.10.0/24 tcp dport 443 accept",
            "ip saddr 10.39.0.0/22 ip daddr 203.0.113.0/24 tcp dport 443 accept",
        ),
        (
            "ML-01",
            "ip saddr 203.0.113.7 ip daddr 10.30.10.25 tcp dport 25 accept",
            "ip saddr 203.0.113.7 ip daddr 10.30.10.25 tcp dport 26 accept",
        ),
        (
            "ML-05",
            "ip saddr 10.30.10.0/24 ip daddr 203.0.113.7 tcp dport 25 accept",
            "ip saddr 10.30.10.0/24 ip daddr 10.30.11.7 tcp dport 25 accept",
        ),
        (
            "ML-04",
            "ip saddr 10.20.10.0/24 ip daddr 203.0.113.7 tcp dport 25 accept",
            "ip saddr 10.20.10.0/24 ip daddr 203.0.113.7 tcp dport 443 accept",
        ),
        (
            "NC-25",
            "ip saddr 10.20.10.0/24 ip daddr 10.30.10.0/24 tcp dport 445 accept",
            "ip saddr 10.20.10.0/24 ip daddr 10.20.11.0/24 tcp dport 445 accept",
        ),
        (
            "EX-03",
            "ip saddr 172.16.90.0/24 ip daddr 10.90.0.30 tcp dport 3389 accept",
            "ip saddr 172.16.90.5 ip daddr 10.90.0.30 tcp dport 3389 accept",
        ),
    ],
)
def test_each_demand(rule: str, bad: str, good: str) -> None:
    assert broken(rule, bad)
    assert not broken(rule, good)


def test_an_exception_is_not_blamed_for_what_another_rule_lets_through() -> None:
    exact = "ip saddr 172.16.90.5 ip daddr 10.90.0.30 tcp dport 3389 accept"
    assert not broken("EX-03", exact, "ip saddr 172.16.90.7 ip daddr 10.90.0.30 tcp dport 22 accept")


@pytest.mark.parametrize(
    ("rule", "mark", "zone", "address", "bad"),
    [
        ("NC-24", "複合機", "LG", "10.20.50.9", "ip saddr 10.20.50.9 ip daddr 203.0.113.7 accept"),
        ("IN-15", "no_internet", "IN", "10.30.16.9", "ip saddr 10.30.16.0/24 ip daddr 10.254.1.10 tcp dport 8080 accept"),
        ("IN-12", "公開サーバ", "IN", "10.30.90.9", "ip saddr 10.30.90.9 ip daddr 10.90.0.30 tcp dport 443 accept"),
        ("IN-13", "外部利用者", "IN", "10.30.91.9", "ip saddr 10.30.91.9 ip daddr 10.20.10.25 tcp dport 443 accept"),
    ],
)
def test_demands_on_marked_hosts(rule: str, mark: str, zone: str, address: str, bad: str) -> None:
    assert broken(rule, bad, model=with_hosts(host("h", zone, address, mark)))
    assert not broken(rule, bad, model=with_hosts(host("h", zone, address, "other")))


def test_a_public_institution_that_opens_from_the_wrong_side() -> None:
    entry = PublicInstitution(operator="国", system="中間サーバ", legal_basis="番号法", via_lgwan=True)
    pi = conduit("c02", ConduitKind.PUBLIC_INSTITUTION, "10.10.10.12", "10.210.1.10", institution=entry)
    model = replace(MODEL, conduits={"c02": pi})
    assert broken("MN-10", "ip saddr 10.210.1.10 ip daddr 10.10.10.12 tcp dport 443 accept", model=model)
    assert not broken("MN-10", "ip saddr 10.10.10.12 ip daddr 10.210.1.10 tcp dport 443 accept", model=model)
    contractor = replace(model, endpoints={"sier": host("sier", "mn-term", "10.10.11.77", "委託先")})
    assert broken("MN-20", "ip saddr 10.10.11.0/24 ip daddr 10.210.1.10 tcp dport 443 accept", model=contractor)
    assert not broken("MN-20", "ip saddr 10.10.11.20 ip daddr 10.210.1.10 tcp dport 443 accept", model=contractor)


def test_a_peer_that_is_joined_to_the_internet_side_even_by_a_declared_conduit() -> None:
    specific = conduit("c13", ConduitKind.SPECIFIC, "10.10.10.13", "10.20.10.12")
    mail = conduit("c23", ConduitKind.EXPORT, "10.20.10.12", "10.30.40.6", "smtp")
    model = replace(MODEL, conduits={"c13": specific, "c23": mail})
    bad = "ip saddr 10.20.10.12 ip daddr 10.30.40.6 tcp dport 25 accept"
    assert broken("MN-06", bad, model=model)
    assert not broken("MN-06", bad.replace("10.20.10.12", "10.20.10.25"), model=model)


def test_maintenance_reaches_the_jump_host_only() -> None:
    visit = conduit("c12", ConduitKind.MAINTENANCE, "172.16.90.5", "10.90.0.30", "rdp")
    model = replace(MODEL, conduits={"c12": visit}, exceptions={})
    assert broken("NC-19", "ip saddr 172.16.90.5 ip daddr 10.10.10.11 tcp dport 3389 accept", model=model)
    assert not broken("NC-19", "ip saddr 172.16.90.5 ip daddr 10.90.0.30 tcp dport 3389 accept", model=model)


def test_under_beta_only_listed_screens_cross() -> None:
    bad = "ip saddr 10.30.16.20 ip daddr 10.20.60.11 tcp dport 443 accept"
    assert broken("IN-09", bad, model=replace(MODEL, kind=ModelKind.BETA))
    assert not broken("IN-09", bad)


def test_one_rule_is_one_finding_with_its_pairs_counted() -> None:
    result = run(forward("ip saddr 10.10.0.0/16 accept", LOGGED))
    (one,) = found(result, "MN-14")
    assert one.count > 1
    assert "more pairs" in one.message.en


def test_what_only_may_pass_is_possible() -> None:
    result = run(forward("meta mark 5 ip saddr 203.0.113.7 ip daddr 10.20.10.25 tcp dport 22 accept", LOGGED))
    (maybe,) = found(result, "NC-17")
    assert maybe.confidence is Confidence.POSSIBLE
    assert maybe.confidence_reason is not None


def test_a_rule_behind_a_deny_breaks_nothing() -> None:
    assert not broken(
        "NC-25", "ip daddr 10.30.0.0/16 drop", "ip saddr 10.20.10.0/24 ip daddr 10.30.10.0/24 tcp dport 445 accept"
    )


def test_demands_that_do_not_apply_are_not_made() -> None:
    by = replace(STRICT, inapplicable={"NC-25": Text("対象外", "not here")})
    text = forward("ip saddr 10.20.10.0/24 ip daddr 10.30.10.0/24 tcp dport 445 accept", LOGGED)
    assert not found(lint([nft(text)], MODEL, by, DAY), "NC-25")


def test_every_rule_that_breaks_a_demand_is_named_with_each() -> None:
    lines = [f"ip saddr 10.20.{n}.0/24 ip daddr 10.30.10.0/24 tcp dport 445 accept" for n in (1, 2)]
    findings = found(run(forward(*lines, LOGGED)), "NC-25")
    assert len(findings) == 2
    for finding in findings:
        assert finding.blame is not None
        assert [s.location.line for s in finding.blame.rules] == [4, 5]
        assert not finding.blame.minimal


def test_very_many_rules_that_break_a_demand_are_one_finding() -> None:
    lines = [f"ip saddr 10.20.{n}.0/24 ip daddr 10.30.10.0/24 tcp dport 445 accept" for n in range(1, 250)]
    (one,) = found(run(forward(*lines, LOGGED)), "NC-25")
    assert one.count == 249
    assert one.blame is not None
    assert len(one.blame.rules) == 64
