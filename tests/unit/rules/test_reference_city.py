"""The reference city: clean on a normal day, and each planted fault of the registry is found by its rule alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from segmentation.model.finding import Finding, Severity
from segmentation.model.network import ModelDates, ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.registers import Person
from segmentation.model.zones import ModelKind, Party
from segmentation.profiles.loader import load_policy
from segmentation.rules.registry import check_model
from segmentation.zonefile.reader import load

FILE = Path(__file__).resolve().parents[3] / "zones.toml"
AT = dt.date(2026, 8, 20)


@cache
def city() -> ZoneModel:
    model = load(FILE).model
    assert model is not None
    return model


@cache
def daisen() -> Policy:
    return load_policy("daisen")


def found(model: ZoneModel, at: dt.date = AT, policy: Policy | None = None) -> list[Finding]:
    return check_model(model, policy or daisen(), at)


def joined(party: Party, model: ZoneModel, endpoint: str) -> Party:
    return replace(
        party, endpoints=(*party.endpoints, endpoint), addresses=party.addresses | model.endpoints[endpoint].addresses
    )


def test_clean() -> None:
    assert [(f.rule, f.message.en) for f in found(city())] == []


def test_v03_the_accounting_server_may_also_send_mail_out() -> None:
    model = city()
    c23 = model.conduits["C23"]
    sender = replace(c23, initiator=joined(c23.initiator, model, "zaimu"))
    broken = found(replace(model, conduits={**model.conduits, "C23": sender}))
    assert {f.rule for f in broken} == {"MN-06", "MN-07"}
    assert {f.conduit for f in broken} == {"C13"}
    way = next(f for f in broken if f.rule == "MN-07")
    assert next(v for _, v in way.detail).startswith("C23")
    assert all(f.severity is Severity.CRITICAL for f in broken)
    assert all(f.clauses for f in broken)


def test_v17_the_exception_the_day_after_its_end() -> None:
    assert found(city(), dt.date(2026, 9, 30))[0].severity is Severity.MEDIUM
    (ended,) = found(city(), dt.date(2026, 10, 1))
    assert (ended.rule, ended.severity, ended.exception) == ("EX-04", Severity.CRITICAL, "EX-2026-003")


def test_v18_applicant_and_approver_are_one_person() -> None:
    model = city()
    exception = model.exceptions["EX-2026-003"]
    assert exception.approver is not None
    same = replace(exception, applicant=Person(exception.approver.name, "情報システム管理者"))
    (broken,) = found(replace(model, exceptions={**model.exceptions, exception.id: same}))
    assert broken.rule == "EX-02"


def test_v23_beta_with_late_confirmation_old_audit_and_personnel_in_the_internet_zone() -> None:
    model = city()
    dates = ModelDates(
        external_confirmation=dt.date(2026, 1, 20), go_live=dt.date(2026, 1, 5), last_external_audit=dt.date(2025, 6, 10)
    )
    staff = replace(model.endpoints["jinji"], id="jinji-in", zone="in-srv", addresses=model.endpoints["in-dns"].addresses)
    beta = replace(model, kind=ModelKind.BETA, dates=dates, endpoints={**model.endpoints, "jinji-in": staff})
    assert {"IN-06", "IN-07", "IN-08"} <= {f.rule for f in found(beta)}
    before = {
        f.rule
        for f in found(
            replace(
                model,
                kind=ModelKind.BETA,
                dates=replace(dates, external_confirmation=dt.date(2025, 11, 20), last_external_audit=dt.date(2026, 6, 1)),
            )
        )
    }
    assert not {"IN-06", "IN-07", "IN-08"} & before


@pytest.mark.parametrize(
    "register",
    ["zones", "endpoints", "services", "gateways", "exceptions", "devices", "sensors", "external_connections", "conduits"],
)
def test_a_register_that_is_empty_never_breaks_a_check(register: str) -> None:
    for policy in ("daisen", "sanbu", "okayama"):
        for finding in found(replace(city(), **{register: {}}), policy=load_policy(policy)):
            assert "{" not in finding.message.ja + finding.message.en


def test_the_same_city_under_the_other_policies() -> None:
    """Outgoing mail without a method: lawful in Daisen, a missing measure in Kumamoto, a breach in Kadoma."""
    by_policy = {
        p: {f.rule for f in found(city(), policy=load_policy(p)) if f.conduit == "C23"}
        for p in ("daisen", "kumamoto", "kadoma")
    }
    assert by_policy == {"daisen": set(), "kumamoto": {"LG-12"}, "kadoma": {"M-01"}}
