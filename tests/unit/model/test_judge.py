"""What the judge decides, and which policy changes it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from cities import BOTH_WAYS, LOOSE, PINNED, STRICT, at, city, conduit, flow, policy, zone

from segmentation.model.addresses import Mac
from segmentation.model.conduits import ConduitKind, DataDirection, PeerStatement, PublicInstitution, Reachability
from segmentation.model.flow import Initiator, VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.policy import MynumberExternal, Sanitize
from segmentation.model.text import Text
from segmentation.model.zones import ModelKind, ZoneKind

JUDGE = Judge.of(city(), STRICT)
P, F, X, S, N = (
    VerdictKind.PERMITTED, VerdictKind.FORBIDDEN, VerdictKind.EXCEPTED, VerdictKind.SANITIZED_ONLY, VerdictKind.NOT_DECIDABLE,
)  # fmt: skip


@pytest.mark.parametrize(
    ("src", "dst", "port", "kind", "rule"),
    [
        ("10.10.11.30", "203.0.113.9", 443, F, "MN-18"),
        ("10.10.11.30", "10.30.1.1", 443, F, "MN-01"),
        ("10.30.1.1", "10.10.11.30", 443, F, "MN-01"),
        ("10.10.11.21", "172.16.80.10", 443, P, None),
        ("10.10.11.22", "172.16.80.10", 443, F, "MN-03"),
        ("10.10.11.21", "172.16.80.10", 80, F, "MN-03"),
        ("10.10.11.21", "172.16.80.11", 443, F, "MN-03"),
        ("10.10.10.5", "172.16.90.5", 443, F, "MN-01"),
        ("10.10.10.5", "10.10.11.5", 445, P, None),
        ("10.10.10.5", "10.10.18.5", 445, F, "NC-23"),
        ("10.20.16.5", "10.30.20.11", 443, P, None),
        ("10.30.20.11", "10.20.16.5", 3389, F, "LG-06"),
        ("10.30.10.53", "10.20.10.25", 25, F, "LG-02"),
        ("10.30.10.53", "10.20.10.25", 445, F, "LG-08"),
        ("10.30.10.53", "10.20.10.25", 9999, F, "LG-01"),
        ("10.20.1.1", "203.0.113.9", 443, F, "LG-15"),
        ("10.20.1.1", "10.210.1.1", 443, F, "LG-13"),
        ("10.30.1.1", "203.0.113.9", 443, F, "IN-02"),
        ("10.30.1.1", "203.0.113.9", 9999, F, "IN-01"),
        ("10.30.1.1", "10.254.1.10", 443, P, None),
        ("10.30.1.1", "10.210.1.1", 443, F, "IN-03"),
        ("203.0.113.9", "10.30.1.1", 3389, F, "NC-17"),
        ("10.39.0.5", "203.0.113.9", 443, P, None),
        ("10.39.0.5", "10.30.1.1", 443, F, "NC-18"),
        ("172.16.80.10", "10.30.1.1", 443, F, "NC-06"),
        ("10.30.1.1", "10.90.0.30", 22, F, "NC-21"),
        ("192.168.77.1", "10.20.1.1", 443, N, "ZM-04"),
        ("10.20.1.1", "192.168.77.1", 443, N, "ZM-04"),
        ("203.0.113.9", "198.51.100.1", 443, P, None),
        ("10.10.10.5", "239.255.255.250", 1900, P, None),
        ("fd00:10:10::5", "fd00:20::5", 443, F, "MN-01"),
    ],
)
def test_verdict(src: str, dst: str, port: int, kind: VerdictKind, rule: str | None) -> None:
    verdict = JUDGE.judge(flow(src, dst, port))
    assert (verdict.kind, verdict.rules[:1]) == (kind, (rule,) if rule else ())


def test_table_is_total_and_matches_the_plain_judge() -> None:
    for src in (
        "10.10.11.30",
        "10.20.1.1",
        "8.8.8.8",
        "192.168.0.1",
        "224.0.0.1",
        "10.39.1.1",
        "fe80::1",
        "2001:db8::1",
        "fd00:20::1",
    ):
        for dst in (
            "10.10.11.21",
            "10.30.1.1",
            "9.9.9.9",
            "192.168.0.2",
            "255.255.255.255",
            "ff02::1",
            "2001:db8::2",
            "fd00:10::1",
        ):
            if (":" in src) == (":" in dst):
                f = flow(src, dst)
                decision = JUDGE.first_match(f)
                if not decision.conditional:
                    assert decision.kind is JUDGE.judge(f).kind


@pytest.mark.parametrize(
    ("when", "kind", "rules"),
    [
        ("2026-08-19 14:00", X, ()),  # a Wednesday inside the window
        ("2026-08-20 14:00", F, ("NC-19", "EX-03")),  # Thursday
        ("2026-08-19 17:00", F, ("NC-19", "EX-03")),  # the end is exclusive
        ("2026-10-07 14:00", F, ("EX-04", "NC-19")),  # a Wednesday after the exception ended
        ("2026-03-25 14:00", F, ("EX-04", "NC-19")),  # before it was decided
    ],
)
def test_exception_and_window(when: str, kind: VerdictKind, rules: tuple[str, ...]) -> None:
    verdict = JUDGE.judge(flow("172.16.90.5", "10.90.0.30", 3389, at=at(when)))
    assert (verdict.kind, verdict.rules) == (kind, rules)


def test_last_day_of_an_exception_counts() -> None:
    assert JUDGE.judge(flow("172.16.90.5", "10.90.0.30", 3389, at=at("2026-09-30 14:00"))).kind is X


def test_pinned_mac_is_judged_only_where_it_was_seen() -> None:
    def judge(mac: Mac | None) -> VerdictKind:
        return JUDGE.judge(flow("10.10.11.21", "172.16.80.10", src_mac=mac)).kind

    assert judge(None) is P
    assert judge(PINNED) is P
    drifted = JUDGE.judge(flow("10.10.11.21", "172.16.80.10", src_mac=Mac.parse("00:00:5e:00:53:ee")))
    assert (drifted.kind, drifted.rules[0]) == (F, "MN-05")


def test_doubtful_initiator_is_not_decidable_when_the_other_way_is_allowed() -> None:
    backwards = flow("10.30.20.11", "10.20.16.5", 40000, initiator=Initiator.INFERRED)
    backwards = replace(backwards, sport=443)
    assert JUDGE.judge(backwards).kind is N
    turned = JUDGE.judge(replace(backwards, initiator=Initiator.FIRST))
    assert (turned.kind, turned.src_zone, turned.dst_zone) == (P, "LG", "IN")
    assert JUDGE.judge(replace(backwards, initiator=Initiator.FIRST, protocol=17)).kind is F
    assert JUDGE.judge(replace(backwards, initiator=Initiator.SEEN)).kind is F
    assert JUDGE.judge(flow("10.10.11.30", "10.30.1.1", initiator=Initiator.FIRST)).kind is F


def test_data_direction_is_a_field_of_its_own() -> None:
    assert JUDGE.judge(flow("10.20.10.25", "10.30.40.6", 25, data=DataDirection.TO_RESPONDER)).kind is P
    verdict = JUDGE.judge(flow("10.20.10.25", "10.30.40.6", 25, data=DataDirection.TO_INITIATOR))
    assert (verdict.kind, verdict.rules[0]) == (F, "MN-10")


def test_export_without_a_method_is_lawful_for_imports_only_policies() -> None:
    export = flow("10.20.10.25", "10.30.40.6", 25)
    assert Judge.of(city(), STRICT).judge(export).kind is P
    verdict = Judge.of(city(), BOTH_WAYS).judge(export)
    assert (verdict.kind, verdict.rules[0]) == (F, "M-01")


def test_other_measure_needs_a_policy_that_admits_it_and_a_reason() -> None:
    without = conduit("K", ConduitKind.OTHER_MEASURE, "10.20.10.7", "10.30.1.7")
    reasoned = replace(without, reason="専用回線で検査済み")
    f = flow("10.20.10.7", "10.30.1.7")
    assert Judge.of(city(without), LOOSE).judge(f).rules[0] == "K-01"
    assert Judge.of(city(reasoned), LOOSE).judge(f).kind is S
    assert Judge.of(city(reasoned), STRICT).judge(f).rules[0] == "LG-02"


def test_my_number_to_the_internet_can_never_be_declared() -> None:
    for kind in ConduitKind:
        c = conduit(
            "X", kind, "10.10.10.9", "10.30.1.9", institution=PublicInstitution(operator="国", system="x", via_lgwan=True)
        )
        verdict = Judge.of(city(c), LOOSE).judge(flow("10.10.10.9", "10.30.1.9"))
        assert (verdict.kind, verdict.rules[0]) == (F, "MN-02")


def test_peer_on_the_internet() -> None:
    def judge(reach: Reachability, **mynumber: object) -> VerdictKind:
        c = conduit("X", ConduitKind.SPECIFIC, "10.10.10.9", "172.16.80.99", peer=PeerStatement(internet_reachable=reach))
        p = policy(mynumber=MynumberExternal(**mynumber))  # type: ignore[arg-type]
        return Judge.of(city(c), p).judge(flow("10.10.10.9", "172.16.80.99")).kind

    assert judge(Reachability.NO) is P
    assert judge(Reachability.YES) is F
    assert judge(Reachability.YES, peer_internet_forbidden=False) is P


def test_whole_networks_are_not_pins() -> None:
    wide = conduit("X", ConduitKind.SPECIFIC, "10.10.10.0/24", "172.16.80.99")
    f = flow("10.10.10.9", "172.16.80.99")
    assert Judge.of(city(wide), STRICT).judge(f).rules[0] == "MN-03"
    assert Judge.of(city(replace(wide, reason="業務上必要")), LOOSE).judge(f).kind is P
    every_port = conduit("X", ConduitKind.SPECIFIC, "10.10.10.9", "172.16.80.99", "all")
    assert Judge.of(city(every_port), STRICT).judge(f).rules[0] == "MN-03"


def test_public_institution_by_way_of_the_lgwan() -> None:
    def judge(via: bool, require: bool) -> tuple[VerdictKind, tuple[str, ...]]:
        c = conduit("X", ConduitKind.PUBLIC_INSTITUTION, "10.10.10.9", "10.210.1.10",
                    institution=PublicInstitution(operator="国", system="中間サーバ", via_lgwan=via))  # fmt: skip
        v = Judge.of(city(c), policy(mynumber=MynumberExternal(require_via_lgwan=require))).judge(
            flow("10.10.10.9", "10.210.1.10")
        )
        return v.kind, v.rules[:1]

    assert judge(via=True, require=True) == (P, ())
    assert judge(via=False, require=True) == (F, ("MN-09",))
    assert judge(via=False, require=False) == (P, ())


def test_screen_transfer_into_my_number_needs_the_addon_and_a_decision() -> None:
    c = conduit("C80", ConduitKind.SCREEN_TRANSFER, "10.20.16.101", "10.10.20.10", risk_decision="決裁-12")
    f = flow("10.20.16.101", "10.10.20.10")
    assert Judge.of(city(c), STRICT).judge(f).rules[0] == "MN-11"
    assert Judge.of(city(c), policy(addons=frozenset({"mn_screen"}))).judge(f).kind is P
    assert Judge.of(city(replace(c, risk_decision="")), policy(addons=frozenset({"mn_screen"}))).judge(f).rules[0] == "MN-11"


def test_screen_transfer_from_the_internet_side_is_lawful_under_beta_only() -> None:
    c = conduit("C70", ConduitKind.SCREEN_TRANSFER, "10.30.16.0/22", "10.20.60.11")
    f = flow("10.30.16.20", "10.20.60.11")
    assert Judge.of(city(c), STRICT).judge(f).rules[0] == "LG-06"
    assert Judge.of(city(c, kind=ModelKind.BETA), STRICT).judge(f).kind is P
    no_beta = policy(models=frozenset({ModelKind.ALPHA}))
    assert Judge.of(city(c, kind=ModelKind.BETA), no_beta).judge(f).rules[0] == "LG-06"


def test_local_breakout_is_lawful_under_alpha_prime_only() -> None:
    c = conduit("C60", ConduitKind.LOCAL_BREAKOUT, "10.20.16.0/21", "198.51.100.0/26", server_names=("*.cloud.example",))
    f = flow("10.20.16.20", "198.51.100.5", server_name="a.cloud.example")
    prime = policy(addons=frozenset({"alpha_prime"}))
    assert Judge.of(city(c), prime).judge(f).rules[0] == "LG-15"
    assert Judge.of(city(c, kind=ModelKind.ALPHA_PRIME), prime).judge(f).kind is P
    assert Judge.of(city(c, kind=ModelKind.ALPHA_PRIME), STRICT).judge(f).rules[0] == "LG-14"
    other = replace(f, server_name="evil.example")
    assert Judge.of(city(c, kind=ModelKind.ALPHA_PRIME), prime).judge(other).rules[0] == "LG-14"


def test_two_networks_have_no_crossing_at_all() -> None:
    zones = (
        zone("closed", ZoneKind.CLOSED, "192.168.10.0/24"), zone("office", ZoneKind.INTERNET, "192.168.20.0/24"),
        zone("NET", ZoneKind.OUTSIDE),
    )  # fmt: skip
    model = replace(city(kind=ModelKind.TWO_NETWORK, zones=zones), conduits={}, exceptions={})
    forbidding = policy(sanitize=Sanitize(required=False, crossing_forbidden=True), egress="utm")
    c = conduit("X", ConduitKind.FILE_CDR, "192.168.10.5", "192.168.20.5")
    f = flow("192.168.10.5", "192.168.20.5")
    assert Judge.of(model, forbidding).judge(f).rules[0] == "Y-01"
    assert Judge.of(replace(model, conduits={"X": c}), forbidding).judge(f).rules[0] == "Y-01"
    assert Judge.of(replace(model, conduits={"X": c}), STRICT).judge(f).kind is S


def test_levels_judge_upward_flows_more_severely() -> None:
    zones = (zone("high", ZoneKind.GENERIC, "10.1.0.0/16", level=3), zone("low", ZoneKind.GENERIC, "10.2.0.0/16", level=1))
    model = replace(city(kind=ModelKind.LEVELS, zones=zones), conduits={}, exceptions={})
    judge = Judge.of(model, STRICT)
    assert judge.judge(flow("10.2.0.1", "10.1.0.1")).rules[0] == "O-01"
    assert judge.judge(flow("10.1.0.1", "10.2.0.1")).rules[0] == "ZM-02"


def test_tenants_of_an_operator_do_not_reach_each_other() -> None:
    tags = frozenset({"tenant"})
    zones = (zone("a", ZoneKind.INTERNET, "10.1.0.0/16", tags=tags), zone("b", ZoneKind.INTERNET, "10.2.0.0/16", tags=tags))
    judge = Judge.of(replace(city(zones=zones), conduits={}, exceptions={}), STRICT)
    assert judge.judge(flow("10.2.0.1", "10.1.0.1")).rules[0] == "K-02"


def test_inapplicable_rules_are_left_out() -> None:
    p = policy(inapplicable={"MN-18": Text("対象外", "n/a")})
    assert Judge.of(city(), p).judge(flow("10.10.11.30", "203.0.113.9")).rules[0] == "MN-01"
