from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from small_city import (
    CITY,
    CRITICAL,
    DEVICES,
    EXCEPTION,
    HIGH,
    LOW,
    MEDIUM,
    REVIEWS,
    K,
    change_conduit,
    change_exception,
    conduit,
    one,
    only,
    party,
    policy,
    put,
    with_conduits,
)  # fmt: skip

from segmentation.model.conduits import TimeWindow
from segmentation.model.network import ZoneModel
from segmentation.model.policy import ExceptionRules
from segmentation.model.registers import Attachment, Person
from segmentation.rules.ex_03 import inside_window


class TestEX01:
    @pytest.mark.parametrize(
        ("change", "missing"),
        [
            ({"reason": ""}, "reason"),
            ({"clauses": ()}, "clause"),
            ({"measure": ""}, "alternative measure"),
            ({"applicant": None}, "applicant"),
            ({"approver": None}, "approver"),
            ({"decided_on": None}, "date of decision"),
        ],
    )
    def test_missing(self, change: dict[str, object], missing: str) -> None:
        found = one("EX-01", change_exception(**change))
        assert missing in found.message.en
        assert found.severity is CRITICAL
        assert found.exception == "EX-1"

    def test_roles_are_those_of_the_policy(self) -> None:
        head = change_exception(approver=Person("佐藤 一", "情報政策課長"))
        assert "情報政策課長" in one("EX-01", head).message.en
        committee = policy(exceptions=ExceptionRules(approver_roles=("運営委員長", "CISO")))
        chair = change_exception(approver=Person("佐藤 一", "運営委員長"))
        assert one("EX-01", chair)
        assert only("EX-01", chair, committee) == []

    def test_delegates_and_applicants(self) -> None:
        deputy = change_exception(approver=Person("佐藤 一", "副CISO"))
        assert one("EX-01", deputy)
        assert only("EX-01", deputy, policy(exceptions=ExceptionRules(delegate_roles=("副ＣＩＳＯ",)))) == []
        clerk = change_exception(applicant=Person("鈴木 花", "主事"))
        assert "may apply" in one("EX-01", clerk).message.en
        assert only("EX-01", clerk, policy(exceptions=ExceptionRules(applicant_roles=("主事",)))) == []

    def test_decided_in_the_future(self) -> None:
        assert one("EX-01", change_exception(decided_on=dt.date(2026, 9, 1))).severity is LOW


class TestEX02:
    def test_v18_applicant_is_approver(self) -> None:
        found = one("EX-02", change_exception(applicant=Person("中村　正", "情報システム管理者")))
        assert found.severity is HIGH

    def test_a_name_is_missing(self) -> None:
        assert "applicant has no name" in one("EX-02", change_exception(applicant=Person(" ", "情報システム管理者"))).message.en


class TestEX03:
    @pytest.mark.parametrize("field", ["initiator", "responder", "services"])
    def test_a_blank_field_would_cover_everything(self, field: str) -> None:
        blank = () if field == "services" else party()
        found = [f for f in only("EX-03", change_exception(**{field: blank})) if f.cause == "exception:EX-1"]
        assert len(found) == 1
        assert found[0].severity is CRITICAL

    def test_whole_zones(self) -> None:
        assert "name of ex" in one("EX-03", change_exception(initiator=party("ex", "jump"))).message.en

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            ({"initiator": party("172.16.0.0/24")}, "initiator"),
            ({"responder": party("register")}, None),
            ({"responder": party("finance")}, "responder"),
            ({"services": ("rdp", "ssh")}, "services"),
            ({"window": None}, "time window"),
            ({"window": TimeWindow(frozenset({2, 3}), 13 * 60, 17 * 60)}, "time window"),
            ({"window": TimeWindow(frozenset({2}), 14 * 60, 15 * 60)}, None),
        ],
    )
    def test_a_conduit_beyond_it(self, change: dict[str, object], what: str | None) -> None:
        found = only("EX-03", change_conduit("vendor", **change))
        assert [f.message.en.rpartition(": ")[2].rstrip(".") for f in found] == ([what] if what else [])

    def test_an_exception_that_does_not_exist(self) -> None:
        assert "EX-9" in one("EX-03", change_conduit("vendor", exception="EX-9")).message.en

    def test_windows_over_midnight(self) -> None:
        night = TimeWindow(frozenset({4}), 22 * 60, 2 * 60)
        assert inside_window(TimeWindow(frozenset({5}), 0, 60), night)
        assert not inside_window(TimeWindow(frozenset({5}), 0, 180), night)


class TestEX04:
    @pytest.mark.parametrize(
        ("day", "severity"),
        [
            ("2026-08-30", None),
            ("2026-08-31", LOW),
            ("2026-09-15", LOW),
            ("2026-09-16", LOW),
            ("2026-09-22", LOW),
            ("2026-09-23", MEDIUM),
            ("2026-09-30", MEDIUM),
            ("2026-10-01", CRITICAL),
        ],
    )
    def test_v17_reminders_and_the_end(self, day: str, severity: object) -> None:
        found = only("EX-04", CITY, at=dt.date.fromisoformat(day))
        assert [f.severity for f in found] == ([severity] if severity is not None else [])

    def test_each_reminder_is_a_finding_of_its_own(self) -> None:
        days = [dt.date(2026, 9, 1), dt.date(2026, 9, 16), dt.date(2026, 9, 23)]
        assert len({one("EX-04", CITY, at=d).key for d in days}) == 3

    def test_away_from_the_my_number_zone_it_is_high(self) -> None:
        conduits = {k: v for k, v in CITY.conduits.items() if k != "vendor-in"}
        model = replace(CITY, conduits=conduits, exceptions={"EX-1": replace(EXCEPTION, responder=party("jump"))})
        assert one("EX-04", model, at=dt.date(2026, 10, 1)).severity is HIGH

    def test_no_end_is_a_product_rule_unless_the_policy_asks(self) -> None:
        endless = change_exception(expires_on=None)
        ours = one("EX-04", endless)
        assert ours.severity is MEDIUM
        assert "rule of this product" in ours.message.en
        theirs = one("EX-04", endless, policy(exceptions=ExceptionRules(expiry_required_by_clause=True)))
        assert theirs.severity is HIGH
        assert "policy asks" in theirs.message.en

    def test_longer_than_the_policy_allows(self) -> None:
        assert "133 days" in one("EX-04", CITY, policy(exceptions=ExceptionRules(max_days=90))).message.en
        assert only("EX-04", CITY, policy(exceptions=ExceptionRules(max_days=133))) == []


class TestEX05:
    def emergency(self, occurred: str | None, reported: str | None) -> ZoneModel:
        days = [None if d is None else dt.date.fromisoformat(d) for d in (occurred, reported)]
        return change_exception(emergency=True, occurred_on=days[0], reported_on=days[1])

    def test_reported_in_time(self) -> None:
        assert only("EX-05", self.emergency("2026-08-01", "2026-08-15")) == []
        assert only("EX-05", self.emergency("2026-08-06", None)) == []

    def test_too_late_or_never(self) -> None:
        assert one("EX-05", self.emergency("2026-08-05", None)).severity is HIGH
        assert one("EX-05", self.emergency("2026-08-01", "2026-08-16")).severity is MEDIUM
        assert "which day" in one("EX-05", self.emergency(None, None)).message.en

    def test_the_days_are_the_policy_s(self) -> None:
        quick = policy(exceptions=ExceptionRules(emergency_report_days=3))
        assert one("EX-05", self.emergency("2026-08-06", None), quick)


def test_ex_06_the_papers() -> None:
    assert "no application" in one("EX-06", change_exception(attachments=())).message.en
    wrong = change_exception(attachments=(Attachment(path="a.pdf", sha256="xyz"),))
    assert "a.pdf" in one("EX-06", wrong).message.en


class TestAU01:
    def test_never_and_too_long_ago(self) -> None:
        lint = tuple(r for r in REVIEWS if r.kind == "lint")
        assert "No check" in one("AU-01", replace(CITY, reviews=lint)).message.en
        assert "days ago" in one("AU-01", CITY, at=dt.date(2027, 8, 1)).message.en
        assert only("AU-01", CITY, policy(audit_period_days=730), at=dt.date(2027, 8, 1)) == []

    def test_after_each_change(self) -> None:
        before = tuple(replace(r, done_on=dt.date(2026, 6, 9)) if r.kind != "log_review" else r for r in REVIEWS)
        assert "CH-1" in one("AU-01", replace(CITY, reviews=before)).message.en
        other = tuple(replace(r, scope=("branch",)) if r.kind != "log_review" else r for r in REVIEWS)
        assert "fw" in one("AU-01", replace(CITY, reviews=other)).message.en

    def test_after_a_change_that_nobody_recorded(self) -> None:
        later = put(DEVICES, replace(DEVICES["fw"], changed_on=dt.date(2026, 8, 10)))
        assert "2026-08-10" in one("AU-01", replace(CITY, devices=later)).message.en
        planned = put(DEVICES, replace(DEVICES["fw"], changed_on=dt.date(2026, 9, 10)))
        assert only("AU-01", replace(CITY, devices=planned)) == []


def test_au_02_the_checker_does_not_run_the_network() -> None:
    own = (replace(REVIEWS[0], by="渡辺　誠"), *REVIEWS[1:])
    assert "also runs" in one("AU-02", replace(CITY, reviews=own)).message.en


def test_au_03_working_papers() -> None:
    bare = (replace(REVIEWS[0], report="", sha256="00"), *REVIEWS[1:])
    assert "its report, the SHA-256" in one("AU-03", replace(CITY, reviews=bare)).message.en


def test_au_04_follow_up() -> None:
    opened = (replace(REVIEWS[0], findings_open=3), *REVIEWS[1:])
    assert "3 open" in one("AU-04", replace(CITY, reviews=opened)).message.en
    followed = (replace(REVIEWS[0], findings_open=3, follow_up="改善-1"), *REVIEWS[1:])
    assert only("AU-04", replace(CITY, reviews=followed)) == []


def test_au_05_contractors_devices() -> None:
    partly = (replace(REVIEWS[0], scope=("fw",)), *REVIEWS[1:])
    model = replace(CITY, reviews=partly)
    assert "branch" in one("AU-05", model).message.en
    foreign = replace(model, devices=put(DEVICES, replace(DEVICES["branch"], managed=False)))
    assert only("AU-05", foreign) == []


def test_au_06_contacts() -> None:
    assert {f.cause for f in only("AU-06", replace(CITY, contacts=()))} == {
        f"contact:{r}" for r in ("ciso", "mic", "prefecture", "ppc")
    }
    silent = tuple(replace(c, phone="") for c in CITY.contacts if c.role == "ciso")
    found = [f for f in only("AU-06", replace(CITY, contacts=silent)) if f.cause == "contact:ciso"]
    assert "telephone" in found[0].message.en


def test_au_06_without_a_my_number_zone_the_commission_is_not_needed() -> None:
    zones = {k: v for k, v in CITY.zones.items() if not k.startswith("mn")}
    model = replace(
        CITY, zones=zones, conduits={}, contacts=tuple(c for c in CITY.contacts if c.role != "ppc"), endpoints={}, devices={}
    )
    assert only("AU-06", model) == []


def test_a_conduit_without_an_exception_is_no_matter_of_ex_03() -> None:
    assert only("EX-03", with_conduits(conduit("free", K.LGWAN_SERVICE, party("lg-pc"), party("asp")))) == []
