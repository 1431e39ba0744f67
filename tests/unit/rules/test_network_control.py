from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from small_city import (
    APPROVED,
    AT,
    CHANGE,
    CITY,
    CRITICAL,
    DEVICES,
    HASH,
    HIGH,
    INFO,
    LINES,
    LOW,
    K,
    at_line,
    change_conduit,
    change_line,
    conduit,
    name,
    one,
    only,
    party,
    policy,
    put,
    with_conduits,
)  # fmt: skip

from segmentation.model.network import ZoneModel
from segmentation.model.registers import (
    ChangeRecord,
    DeviceRecord,
    ExternalConnection,
    InterfaceZones,
    LogStore,
    WirelessNetwork,
)


class TestNC06:
    def test_both_approvals(self) -> None:
        assert "the CISO" in one("NC-06", change_line("line-ex", approvals=APPROVED[1:])).message.en
        assert "chief" in one("NC-06", change_line("line-ex", approvals=APPROVED[:1])).message.en

    def test_a_peer_without_a_registered_line(self) -> None:
        lines = {k: v for k, v in LINES.items() if k != "line-ex"}
        found = one("NC-06", replace(CITY, external_connections=lines))
        assert "union, vendor" in found.message.en
        assert found.dst_zone == "ex"

    def test_an_interface_that_names_an_unknown_line(self) -> None:
        odd = replace(DEVICES["fw"], interfaces=(InterfaceZones(interface="wan9", zones=(), external="nowhere"),))
        assert "wan9" in one("NC-06", replace(CITY, devices=put(DEVICES, odd))).message.en


@pytest.mark.parametrize(
    ("change", "missing"), [({"survey": ""}, "survey"), ({"liability": ""}, "liability"), ({"disconnection": ""}, "disconnect")]
)
def test_nc_07_the_file_is_complete(change: dict[str, str], missing: str) -> None:
    assert missing in one("NC-07", change_line("line-ex", **change)).message.en


def test_nc_08_a_reason_for_another_line_than_the_lgwan() -> None:
    assert one("NC-08", change_line("line-ex", not_via_lgwan_reason="")).severity is INFO
    assert only("NC-08", change_line("line-ex", not_via_lgwan_reason="", line="lgwan")) == []


def test_nc_09_closed_or_encrypted() -> None:
    assert "internet" in one("NC-09", change_line("line-ex", line="internet")).message.en
    assert only("NC-09", change_line("line-ex", line="internet", encrypted=True)) == []
    assert "not entered" in one("NC-09", change_line("line-ex", line="")).message.en
    assert only("NC-09", change_line("line-ex", line="internet", zones=("guest",))) == []


class TestNC10:
    def model(self, zone: str, protection: str) -> ZoneModel:
        wireless = WirelessNetwork(id="w", name=name("w"), zone=zone, protection=protection, location=at_line(3))
        return replace(CITY, wireless_networks={"w": wireless})

    @pytest.mark.parametrize("protection", ["", "open", "wep", "wpa2-psk", "wpa3-sae"])
    def test_weak(self, protection: str) -> None:
        assert one("NC-10", self.model("lg", protection))

    def test_strong_or_visitors(self) -> None:
        assert only("NC-10", self.model("lg", "wpa3-enterprise")) == []
        assert only("NC-10", self.model("guest", "wpa2-psk")) == []


class TestNC17:
    def test_remote_control_from_the_internet(self) -> None:
        found = one("NC-17", with_conduits(conduit("rdp", K.MAINTENANCE, party("net"), party("in-pc"), "rdp")))
        assert found.severity is CRITICAL
        assert only("NC-17", with_conduits(conduit("web", K.EGRESS, party("net"), party("in-pc")))) == []
        assert one("NC-17", with_conduits(conduit("all", K.OTHER, party("203.0.113.7"), party("in-pc"), "any")))

    def test_what_a_remote_access_line_needs(self) -> None:
        whole = {"remote_access": True, "line": "internet", "encrypted": True, "mfa": True}
        assert only("NC-17", change_line("line-ex", **whole)) == []
        assert "encryption" in one("NC-17", change_line("line-ex", **whole | {"encrypted": False})).message.en
        assert "factor" in one("NC-17", change_line("line-ex", **whole | {"mfa": False})).message.en
        assert "approval" in one("NC-17", change_line("line-ex", **whole | {"approvals": ()})).message.en


class TestNC18:
    def test_public_lines(self) -> None:
        line = ExternalConnection(id="m", name=name("m"), line="mobile", zones=("lg",), approvals=APPROVED, location=at_line(1))
        model = replace(CITY, external_connections=put(LINES, line))
        assert "encryption, more than one" in one("NC-18", model).message.en
        safe = replace(line, encrypted=True, mfa=True)
        assert only("NC-18", replace(CITY, external_connections=put(LINES, safe))) == []

    def test_from_a_guest_network_inward(self) -> None:
        found = one("NC-18", with_conduits(conduit("g", K.OTHER, party("guest"), party("lg-pc"))))
        assert found.severity is HIGH
        assert only("NC-18", with_conduits(conduit("g", K.EGRESS, party("guest"), party("net")))) == []


class TestNC19:
    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"initiator": party("ex")}, "vendor:source"),
            ({"initiator": party("172.16.0.0/28")}, "vendor:source"),
            ({"responder": party("register")}, "vendor:jump"),
        ],
    )
    def test_conditions(self, change: dict[str, object], key: str) -> None:
        assert one("NC-19", change_conduit("vendor", **change)).key == key

    def test_window_and_approval(self) -> None:
        free = change_conduit("vendor", window=None, exception="", approvals=())
        assert {f.key for f in only("NC-19", free)} == {"vendor:window", "vendor:approval"}
        assert only("NC-19", change_conduit("vendor", window=None)) == []  # the exception has one


class TestNC29:
    def with_change(self, **changes: object) -> ZoneModel:
        return replace(CITY, changes=(replace(CHANGE, **changes),))  # type: ignore[arg-type]

    def test_four_different_roles(self) -> None:
        assert "doer" in one("NC-29", self.with_change(checker="保守　太郎")).message.en
        assert "applicant" in one("NC-29", self.with_change(approver="渡辺誠")).message.en

    def test_nobody_named(self) -> None:
        assert "checker, approver" in one("NC-29", self.with_change(checker="", approver="")).message.en

    def test_a_device_whose_change_nobody_recorded(self) -> None:
        assert "fw" in one("NC-29", replace(CITY, changes=())).message.en
        later = put(DEVICES, replace(DEVICES["fw"], changed_on=dt.date(2026, 7, 1)))
        assert "2026-07-01" in one("NC-29", replace(CITY, devices=later)).message.en
        foreign = put(DEVICES, replace(DEVICES["fw"], changed_on=dt.date(2026, 7, 1), managed=False))
        assert only("NC-29", replace(CITY, devices=foreign)) == []


class TestNC30:
    def device(self, **changes: object) -> ZoneModel:
        return replace(CITY, devices=put(DEVICES, replace(DEVICES["fw"], **changes)))  # type: ignore[arg-type]

    def test_ended_and_ending(self) -> None:
        assert "ended" in one("NC-30", self.device(support_ends_on=AT - dt.timedelta(days=1))).message.en
        assert one("NC-30", self.device(support_ends_on=AT)).severity is LOW
        assert one("NC-30", self.device(support_ends_on=AT + dt.timedelta(days=183))).severity is LOW
        assert only("NC-30", self.device(support_ends_on=AT + dt.timedelta(days=184))) == []

    def test_the_table_has_a_date_of_its_own(self) -> None:
        assert one("NC-30", self.device(support_checked_on=dt.date(2024, 1, 1))).severity is INFO
        assert only("NC-30", self.device(support_checked_on=dt.date(2026, 1, 1))) == []


def test_nc_32_off_the_premises() -> None:
    away = DeviceRecord(id="dc", name=name("dc"), offsite=True, location=at_line(9))
    assert "dc" in one("NC-32", replace(CITY, devices=put(DEVICES, away))).message.en
    assert only("NC-32", replace(CITY, devices=put(DEVICES, replace(away, approvals=APPROVED)))) == []


class TestLT02:
    def store(self, **changes: object) -> ZoneModel:
        fields: dict[str, object] = {"id": "syslog", "name": name("syslog"), "retention_days": 365, "location": at_line(8)}
        return replace(CITY, log_stores={"syslog": LogStore(**(fields | changes))})  # type: ignore[arg-type]

    def test_nobody_decided(self) -> None:
        assert "No retention period" in one("LT-02", self.store(retention_days=None)).message.en
        assert only("LT-02", self.store(retention_days=None), policy(retention_days=365)) == []

    def test_shorter_than_the_policy(self) -> None:
        assert one("LT-02", self.store(), policy(retention_days=730)).severity is HIGH
        assert only("LT-02", self.store()) == []

    def test_the_oldest_record(self) -> None:
        assert "younger" in one("LT-02", self.store(oldest=dt.date(2026, 7, 11))).message.en
        assert only("LT-02", self.store(oldest=dt.date(2025, 8, 20))) == []
        assert only("LT-02", self.store(oldest=dt.date(2026, 7, 11), started_on=dt.date(2026, 7, 11))) == []


def test_lt_04_log_review() -> None:
    rest = tuple(r for r in CITY.reviews if r.kind != "log_review")
    assert "No log review" in one("LT-04", replace(CITY, reviews=rest)).message.en
    assert "days ago" in one("LT-04", CITY, at=dt.date(2026, 12, 1)).message.en
    planned = replace(CITY.reviews[2], done_on=dt.date(2026, 12, 1))
    assert "No log review" in one("LT-04", replace(CITY, reviews=(*rest, planned))).message.en


class TestLT06:
    def test_no_decision(self) -> None:
        assert one("LT-06", change_conduit("asp", decrypt=None)).conduit == "asp"
        assert only("LT-06", change_conduit("mail-out", decrypt=None)) == []  # plain SMTP is not encrypted

    def test_an_incomplete_one(self) -> None:
        decision = CITY.conduits["asp"].decrypt
        assert decision is not None
        bare = replace(decision, reason="", decided_on=None)
        assert "reason, date" in one("LT-06", change_conduit("asp", decrypt=bare)).message.en


def test_a_change_record_may_name_devices_that_have_no_entry() -> None:
    change = ChangeRecord(
        id="CH-9", changed_on=dt.date(2026, 8, 1), devices=("switch-9",), doer="a", checker="b", applicant="c", approver="d"
    )
    found = one("AU-01", replace(CITY, changes=(CHANGE, change)))
    assert "switch-9" in found.message.en
    assert HASH not in found.message.en
