"""Wireless LANs, approved external services, log stores, and the fields of other rows that came with them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from zonefile_samples import SOUND, model, read

from segmentation.model import conduits, gateways, network, registers, zones
from segmentation.model.addresses import AddressSet
from segmentation.rules import egress, mn_17, mn_19, nc_09, nc_10, nc_18
from segmentation.zonefile import tables_crossing, tables_infrastructure, tables_network, tables_registers
from segmentation.zonefile.vocabulary import Form, Table

BOOKS = """
[[gateways]]
id = "lbo"
kind = "local_breakout"
faces = [{ zone = "lg", address = "10.20.40.9" }]

[[gateways]]
id = "cdr"
kind = "file_sanitizer"
faces = [{ zone = "lg", address = "10.20.40.5" }]
antivirus = true

[[conduits]]
id = "C2"
kind = "local_breakout"
initiator = "lg"
responder = "198.51.100.0/26"
services = "https"
data = "both"
gateway = "lbo"
tenant_restriction = "header"
download_gateway = "cdr"

[[devices]]
id = "fw"
support_ends_on = 2029-03-31
support_checked_on = 2026-04-01
offsite = true
approvals = [{ role = "CISO", name = "試験 花子", decided_on = 2026-03-25 }]

[[external_connections]]
id = "vpn"
line = "internet"
remote_access = true
mfa = true

[[wireless_networks]]
id = "wlan"
name = "無線"
name_en = "Wireless"
zone = "in"
protection = "wpa3-enterprise"
access_log = "syslog:wlc"
firmware_checked_on = 2026-07-15

[[cloud_services]]
id = "meet"
destinations = ["203.0.113.192/28", "2001:db8:5::1"]
server_names = "meet.example"
designated = ["zaimu", "in"]
approvals = [{ role = "CISO", name = "試験 花子" }]

[[log_stores]]
id = "logs"
devices = "fw"
retention_days = 365
started_on = 2024-04-01
oldest = "2024-04-02"
"""


def test_everything_is_read() -> None:
    got = model(SOUND + BOOKS)
    assert read(SOUND + BOOKS).problems == ()
    wireless = got.wireless_networks["wlan"]
    assert (wireless.name.en, wireless.zone, wireless.protection) == ("Wireless", "in", "wpa3-enterprise")
    assert (wireless.access_log, wireless.firmware_checked_on) == ("syslog:wlc", dt.date(2026, 7, 15))
    service = got.cloud_services["meet"]
    assert service.destinations == AddressSet.parse("203.0.113.192/28") | AddressSet.parse("2001:db8:5::1")
    assert service.server_names == ("meet.example",)
    assert service.designated.endpoints == ("zaimu",)
    assert service.designated.addresses == AddressSet.parse("10.20.10.12") | AddressSet.parse("10.30.0.0/16")
    assert [a.name for a in service.approvals] == ["試験 花子"]
    store = got.log_stores["logs"]
    assert (store.devices, store.retention_days) == (("fw",), 365)
    assert (store.started_on, store.oldest) == (dt.date(2024, 4, 1), dt.date(2024, 4, 2))
    device = got.devices["fw"]
    assert (device.support_checked_on, device.offsite) == (dt.date(2026, 4, 1), True)
    assert [a.role for a in device.approvals] == ["CISO"]
    line = got.external_connections["vpn"]
    assert (line.remote_access, line.mfa) == (True, True)
    assert [g.antivirus for g in got.gateways.values()] == [False, True]
    assert got.conduits["C2"].tenant_restriction == "header"
    assert got.conduits["C2"].download_gateway == "cdr"
    lines = (SOUND + BOOKS).splitlines()
    for record in (wireless, service, store):
        assert lines[record.location.line - 1].startswith("[[")
        assert lines[record.location.line] == f'id = "{record.id}"'


@pytest.mark.parametrize(
    ("old", "new", "place", "words", "suggestion"),
    [
        ('zone = "in"\nprotection', 'zone = "inn"\nprotection', '"inn"', "no zone 'inn'", "in"),
        ('zone = "in"\nprotection', "protection", "[[wireless_networks]]", "'zone' is missing", None),
        ('"wpa3-enterprise"', '"wpa3-entreprise"', '"wpa3-entreprise"', "not a value of 'protection'", "wpa3-enterprise"),
        ("protection =", "encryption =", "encryption", "no key 'encryption'", "protection"),
        ("firmware_checked_on = 2026-07-15", 'firmware_checked_on = "2026-07-32"', '"2026-07-32"', "no date", None),
        ("[[wireless_networks]]", "[[wifi]]", "wifi", "no key 'wifi'", "wireless_networks"),
        ("[[cloud_services]]", "[[cloud_service]]", "cloud_service", "no key 'cloud_service'", "cloud_services"),
        ("[[log_stores]]", "[[logs]]", "logs", "no key 'logs'", "log_stores"),
        ('"203.0.113.192/28"', '"203.0.113.1920"', '"203.0.113.1920"', "not an address", None),
        ('["zaimu", "in"]', '["zaimo"]', '"zaimo"', "no zone or endpoint 'zaimo'", "zaimu"),
        ('id = "meet"', 'id = "m m"', '"m m"', "wrong form", None),
        ('devices = "fw"', 'devices = ["fw", "fx"]', '"fx"', "no device 'fx'", "fw"),
        ("retention_days = 365", "retention_days = 0", "0", "out of range", None),
        ("retention_days = 365", "retention = 365", "retention", "no key 'retention'", "retention_days"),
        ('oldest = "2024-04-02"', "oldest = 2024-03-31", "2024-03-31", "before 'started_on'", None),
        ('download_gateway = "cdr"', 'download_gateway = "crd"', '"crd"', "no gateway 'crd'", "cdr"),
        ("tenant_restriction =", "tenant =", "tenant", "no key 'tenant'", "tenant_restriction"),
        ("antivirus = true", "antivirus = 1", "1", "wrong form", None),
        ('line = "internet"', 'line = "internt"', '"internt"', "not a value of 'line'", "internet"),
        ("mfa = true", "two_factor = true\n2fa = true", "2fa", "no key '2fa'", "mfa"),
        ("offsite = true", 'offsite = "yes"', '"yes"', "wrong form", None),
        ("support_checked_on =", "support_cheked_on =", "support_cheked_on", "no key", "support_checked_on"),
    ],
)
def test_mistakes_have_a_place_and_a_suggestion(old: str, new: str, place: str, words: str, suggestion: str | None) -> None:
    assert BOOKS.count(old) == 1
    result = read(SOUND + BOOKS.replace(old, new))
    assert result.model is None
    problem = next(p for p in result.problems if words in p.message.en)
    assert problem.text[problem.location.column - 1 :].startswith(place)
    assert problem.suggestion == suggestion
    assert problem.message.ja != problem.message.en


def test_a_service_without_any_destination_approves_nothing() -> None:
    bare = '\n[[cloud_services]]\nid = "x"\n'
    problems = read(SOUND + bare).problems
    assert [p.message.en for p in problems] == ["The external service 'x' has neither addresses nor server names."]
    assert problems[0].text == "[[cloud_services]]"
    assert read(SOUND + bare + 'server_names = "x.example"\n').problems == ()
    assert read(SOUND + bare + 'server_names = ""\n').model is None


def test_the_same_id_twice() -> None:
    twice = '[[log_stores]]\nid = "a"\n[[log_stores]]\nid = "a"\n'
    assert any("already used" in p.message.en for p in read(SOUND + "\n" + twice).problems)


EXCEPTION = """
[[exceptions]]
id = "EX-1"
clauses = "1"
reason = "r"
measure = "m"
initiator = {a}
responder = {b}
"""


@pytest.mark.parametrize(
    ("a", "b"),
    [('"mn"', '"in"'), ('"net"', '"zei"'), ('["zaimu", "zei"]', '"203.0.113.9"'), ('"10.30.0.7"', '"10.10.10.1-10.10.10.9"')],
)
def test_no_exception_between_what_can_never_be_joined(a: str, b: str) -> None:
    text = SOUND + EXCEPTION.format(a=a, b=b)
    result = read(text)
    assert result.model is None
    (problem,) = result.problems
    assert "no exception can allow that" in problem.message.en
    assert "例外としても認められません" in problem.message.ja
    assert problem.text == 'id = "EX-1"'


@pytest.mark.parametrize(("a", "b"), [('"mn"', '"lg"'), ('"lg"', '"in"'), ("[]", '"net"'), ('"mn"', "[]")])
def test_other_exceptions_are_for_the_policy_to_judge(a: str, b: str) -> None:
    assert read(SOUND + EXCEPTION.format(a=a, b=b)).problems == ()


def test_the_lines_rules_ask_about_can_be_written() -> None:
    known = egress.INTERNET_LINES | nc_18._PUBLIC | nc_09._PROTECTED | mn_19._CLOSED_LINES
    assert known <= set(tables_registers.LINES)


def test_the_protections_rules_ask_about_can_be_written() -> None:
    assert set(tables_infrastructure.PROTECTIONS) >= nc_10._STRONG | mn_17._ENCRYPTED


#: What a field of the model is called in the file where the names differ; "" is not written by people.
RENAMED: dict[type, dict[str, str]] = {
    zones.Endpoint: {"addresses": "address", "macs": "mac"},
    gateways.Face: {"addresses": "address", "macs": "mac"},
    conduits.Conduit: {"daily_bytes": "daily_limit"},
}
TABLES: list[tuple[type, Table]] = [
    (network.Settings, tables_network.SETTINGS),
    (zones.Zone, tables_network.ZONE),
    (zones.Endpoint, tables_network.ENDPOINT),
    (gateways.Face, tables_crossing.FACE),
    (gateways.Gateway, tables_crossing.GATEWAY),
    (conduits.Approval, tables_crossing.APPROVAL),
    (conduits.Pin, tables_crossing.PIN),
    (conduits.PeerStatement, tables_crossing.PEER),
    (conduits.PublicInstitution, tables_crossing.INSTITUTION),
    (conduits.DecryptDecision, tables_crossing.DECRYPT),
    (conduits.Conduit, tables_crossing.CONDUIT),
    (registers.PolicyException, tables_crossing.EXCEPTION),
    (registers.InterfaceZones, tables_registers.INTERFACE),
    (registers.DeviceRecord, tables_registers.DEVICE),
    (registers.SensorRecord, tables_registers.SENSOR),
    (registers.ExternalConnection, tables_registers.CONNECTION),
    (registers.WirelessNetwork, tables_infrastructure.WIRELESS),
    (registers.CloudService, tables_infrastructure.CLOUD_SERVICE),
    (registers.LogStore, tables_infrastructure.LOG_STORE),
    (registers.ChangeRecord, tables_registers.CHANGE),
    (registers.Review, tables_registers.REVIEW),
    (registers.Contact, tables_registers.CONTACT),
    (registers.Attestation, tables_registers.ATTESTATION),
    (registers.Diagram, tables_registers.DIAGRAM),
]


@pytest.mark.parametrize(("record", "table"), TABLES, ids=lambda v: v.__name__ if isinstance(v, type) else "")
def test_every_field_of_the_model_can_be_written(record: Any, table: Table) -> None:
    renamed = RENAMED.get(record, {})
    wanted = {renamed.get(f.name, f.name) for f in dataclasses.fields(record)} - {"location"}
    assert wanted <= {k.name for k in table.keys}


def test_every_register_of_the_model_is_a_table() -> None:
    built = {"organisation", "profile", "kind", "dates", "utc_offset_minutes", "default", "operators", "file", "sha256"}
    listed = {f.name for f in dataclasses.fields(network.ZoneModel)} - built
    assert listed <= {k.name for k in tables_registers.ROOT.keys}


@pytest.mark.parametrize("setting", dataclasses.fields(network.Settings), ids=lambda f: f.name)
def test_every_setting_is_set_and_its_default_documented(setting: dataclasses.Field[Any]) -> None:
    key = tables_network.SETTINGS.by_name[setting.name]
    default = getattr(network.Settings(), setting.name)
    shown = ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
    assert f"既定 {shown or 'なし'}" in key.doc.ja
    assert f"({shown or 'none'})" in key.doc.en
    others = {Form.INTEGERS: ("[60, 3]", (60, 3)), Form.STRINGS: ('["00:00:5e"]', ("00:00:5e",))}
    written, value = others.get(key.form, ("77", 77))
    got = model(SOUND + f"\n[settings]\n{setting.name} = {written}\n").settings
    assert getattr(got, setting.name) == value
    assert dataclasses.replace(got, **{setting.name: default}) == network.Settings()
