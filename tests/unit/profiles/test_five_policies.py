"""What separates the five policies, asserted on the resolved policy."""

from __future__ import annotations

import datetime as dt

import pytest

from segmentation.model.conduits import ConduitKind
from segmentation.model.finding import Severity
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.profiles.loader import available, load_policy

THREE = [ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.INTERNET]
ENUMERATED = {ConduitKind.MAIL_TEXT, ConduitKind.SCREEN_TRANSFER, ConduitKind.FILE_CDR, ConduitKind.FILE_VERIFY}
CITIES = ("daisen", "kumamoto", "kadoma", "sanbu", "okayama")


def kinds(name: str) -> list[ZoneKind]:
    return [network.kind for network in load_policy(name).networks]


def clause_numbers(name: str, rule: str) -> list[str]:
    return [ref.number for ref in load_policy(name).clauses[rule]]


def test_level_of_document() -> None:
    assert {info.name: info.document.only_basic for info in available()} == {
        "national": False,
        "daisen": False,
        "kumamoto": True,
        "kadoma": True,
        "sanbu": True,
        "okayama": True,
    }
    assert load_policy("kadoma").document.revised_on == dt.date(2026, 3, 19)
    assert load_policy("kadoma").document.version == "05"
    assert load_policy("kumamoto").document.revised == "2026-03"
    assert load_policy("daisen").document.revised == ""


def test_networks() -> None:
    for name in ("daisen", "kumamoto", "kadoma"):
        assert kinds(name) == THREE
    assert kinds("sanbu") == [ZoneKind.INTERNET, ZoneKind.CLOSED]
    assert kinds("okayama") == [ZoneKind.GENERIC] * 3


def test_sanitizing_methods() -> None:
    daisen, kumamoto, kadoma = (load_policy(name).sanitize for name in CITIES[:3])
    assert daisen.methods == kadoma.methods == ENUMERATED
    assert not daisen.allow_other_with_reason
    assert kumamoto.allow_other_with_reason
    assert not kadoma.allow_other_with_reason
    assert not load_policy("sanbu").sanitize.required
    assert not load_policy("okayama").sanitize.required


def test_sanitizing_scope() -> None:
    assert [load_policy(name).sanitize.scope for name in CITIES[:3]] == ["import", "both", "both"]
    assert [load_policy(name).applies("M-01") for name in CITIES] == [False, False, True, False, False]
    assert [load_policy(name).applies("K-01") for name in CITIES] == [False, True, False, False, False]
    assert load_policy("sanbu").sanitize.crossing_forbidden
    assert not any(load_policy(name).sanitize.crossing_forbidden for name in CITIES if name != "sanbu")


def test_daisen_notes_its_own_contradiction_about_scope() -> None:
    said = load_policy("daisen").conflicts[0]
    assert "2.6(3)②" in said.ja
    assert "3.4(2)①" in said.ja
    assert "2.6(3)②" in said.en


def test_my_number_crossings() -> None:
    daisen = load_policy("daisen").mynumber
    assert daisen.pin == {"mac", "ip", "port"}
    assert daisen.peer_internet_forbidden
    assert daisen.institution_exempt
    assert daisen.institution_other_class
    assert not daisen.in_principle
    for name in ("kumamoto", "kadoma"):
        policy = load_policy(name)
        assert policy.mynumber.in_principle
        assert {"MN-03", "MN-04", "MN-06", "MN-09"} <= policy.silent_on
    assert "MN-03" not in load_policy("daisen").silent_on
    for name in ("sanbu", "okayama"):
        assert not any(load_policy(name).applies(f"MN-{number:02}") for number in range(1, 22))


def test_only_daisen_drops_the_lgwan_route_of_the_exemption() -> None:
    assert load_policy("national").mynumber.require_via_lgwan
    assert load_policy("kumamoto").mynumber.require_via_lgwan
    assert not load_policy("daisen").mynumber.require_via_lgwan
    assert load_policy("daisen").severities["MN-09"] is Severity.INFO
    assert "MN-09" not in load_policy("national").severities
    assert "MN-09" in load_policy("daisen").silent_on


def test_way_out() -> None:
    assert [load_policy(name).egress for name in CITIES] == ["security_cloud", "operator", "security_cloud", "utm", "none"]
    assert [load_policy(name).applies("K-02") for name in CITIES] == [False, True, False, False, False]
    assert [load_policy(name).applies("Y-02") for name in CITIES] == [False, False, False, True, False]
    assert [load_policy(name).applies("IN-01") for name in CITIES] == [True, True, True, True, False]
    named = {name: load_policy(name).egress_name for name in CITIES}
    assert named["daisen"]
    assert "秋田県" in named["daisen"].ja
    assert named["kadoma"]
    assert "大阪府" in named["kadoma"].ja
    assert named["okayama"] is None


def test_models() -> None:
    assert {ModelKind.BETA, ModelKind.BETA_PRIME} <= load_policy("daisen").models
    assert all(ModelKind.ALPHA_PRIME not in load_policy(name).models for name in CITIES)
    assert ModelKind.ALPHA_PRIME in load_policy("national").models
    assert load_policy("sanbu").models == {ModelKind.TWO_NETWORK}
    assert load_policy("okayama").models == {ModelKind.LEVELS}
    assert clause_numbers("daisen", "IN-06") == ["3.4(3)③"]
    assert "IN-06" in load_policy("kumamoto").silent_on
    assert not load_policy("sanbu").applies("IN-06")


def test_national_additions_are_in_no_policy() -> None:
    assert load_policy("national").addons == {"alpha_prime", "mn_screen", "mn_wlan"}
    assert all(not load_policy(name).addons for name in CITIES)
    assert not load_policy("daisen").applies("LG-14")
    assert load_policy("daisen").applies("LG-15")
    assert load_policy("national").applies("LG-14")


def test_scope_of_bodies() -> None:
    assert load_policy("kumamoto").scope.partial_tags == {"警察本部", "県立学校"}
    assert [load_policy(name).applies("K-03") for name in CITIES] == [False, True, False, False, False]
    assert load_policy("kadoma").scope.must_cover == {"水道事業", "公共下水道事業"}
    assert clause_numbers("kadoma", "ZM-01") == ["6(1)"]
    assert clause_numbers("sanbu", "AU-05")[0] == "1"
    assert clause_numbers("okayama", "O-02") == ["第1章11"]


def test_exceptions() -> None:
    daisen = load_policy("daisen").exceptions
    assert daisen.in_policy
    assert daisen.approver_roles == ("CISO",)
    assert "副CISO" in daisen.delegate_roles
    assert daisen.applicant_roles == ("情報セキュリティ管理者", "情報システム管理者")
    assert clause_numbers("daisen", "EX-01") == ["3.8.4(1)", "3.2(1)⑤"]
    for name in CITIES:
        policy = load_policy(name)
        assert not policy.exceptions.expiry_required_by_clause
        assert policy.exceptions.max_days is None
        if name != "daisen":
            assert not policy.exceptions.in_policy
            assert {"EX-01", "EX-03", "EX-05", "EX-06"} <= policy.silent_on


def test_terms() -> None:
    audit = {name: load_policy(name).terms["audit"].ja for name in CITIES}
    assert audit["daisen"] == "情報セキュリティ点検"
    assert {audit[name] for name in CITIES if name != "daisen"} == {"情報セキュリティ監査"}
    own = {name: load_policy(name).terms["self_check"].ja for name in CITIES}
    assert (own["daisen"], own["kumamoto"], own["kadoma"]) == ("セルフチェック", "自己点検", "自己点検")
    assert own["sanbu"] == own["okayama"] == "（定めなし）"
    assert "懲戒" in load_policy("kadoma").terms["sanction"].ja
    assert "運営委員長" in load_policy("okayama").terms["ciso"].ja


def test_two_network_and_level_schemes_have_their_own_rules() -> None:
    assert [load_policy(name).applies("Y-01") for name in CITIES] == [False, False, False, True, False]
    assert clause_numbers("sanbu", "Y-01") == ["2(5)", "2(6)"]
    assert clause_numbers("sanbu", "IN-10") == ["2(6)"]
    assert [load_policy(name).applies("O-01") for name in CITIES] == [False, False, False, False, True]
    own = [rule for rule in load_policy("okayama").clauses if rule not in load_policy("okayama").silent_on]
    assert {rule for rule in own if not rule.startswith("EX-")} == {"AU-01", "O-01", "O-02", "O-03"}


def test_numbers_no_text_gives_are_marked_as_ours() -> None:
    assert "audit.period_days" not in load_policy("daisen").product_values  # 毎年度
    for name in CITIES[1:]:
        assert "audit.period_days" in load_policy(name).product_values
    for name in CITIES:
        assert "audit.beta_period_days" in load_policy(name).product_values
        assert load_policy(name).retention_days is None


@pytest.mark.parametrize(
    ("name", "clause"), [("daisen", "2.10"), ("kumamoto", "第10"), ("kadoma", "13"), ("sanbu", "10"), ("okayama", "第1章10")]
)
def test_what_is_not_public(name: str, clause: str) -> None:
    assert clause_numbers(name, "O-03") == [clause]
