"""The reference city and the other schemes load without a word."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from zonefile_samples import CASES, TOP

from segmentation.model.addresses import Address, Mac
from segmentation.model.conduits import ConduitKind, DataDirection
from segmentation.model.flow import Flow
from segmentation.model.judge import Judge
from segmentation.model.network import ZoneModel
from segmentation.model.zonemap import ZoneMap
from segmentation.model.zones import ModelKind, ZoneKind
from segmentation.profiles.loader import load_policy
from segmentation.rules.registry import check_model
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from segmentation.zonefile.schema import schema

FILES = [TOP / "zones.toml", *sorted(CASES.glob("*.toml"))]
DAY = dt.date(2026, 8, 20)


@pytest.fixture(scope="module")
def city() -> ZoneModel:
    result = load(TOP / "zones.toml", "zones.toml")
    assert result.problems == ()
    assert result.model is not None
    return result.model


def plain(tree: Any) -> Any:
    """A TOML tree as JSON has it: dates as text."""
    if isinstance(tree, dict):
        return {k: plain(v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [plain(v) for v in tree]
    return tree.isoformat() if isinstance(tree, dt.date | dt.time) else tree


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_loads_and_satisfies_the_schema(path: Path) -> None:
    result = load(path)
    assert result.problems == ()
    assert result.model is not None
    assert load_policy(result.model.profile)
    validator = jsonschema.Draft202012Validator(schema())
    assert list(validator.iter_errors(plain(tomllib.loads(path.read_text(encoding="utf-8"))))) == []


def test_the_embedded_file_is_the_reference_city() -> None:
    assert default_path() == TOP / "zones.toml"


def test_the_registry_is_clean_while_the_exception_is_in_force(city: ZoneModel) -> None:
    assert [(f.rule, f.message.en) for f in check_model(city, load_policy(city.profile), DAY)] == []


def test_the_exception_ends(city: ZoneModel) -> None:
    assert city.exceptions["EX-2026-003"].in_force(dt.date(2026, 9, 30))
    late = check_model(city, load_policy(city.profile), dt.date(2026, 10, 1))
    assert any(f.rule == "EX-04" and f.exception == "EX-2026-003" for f in late), [f.rule for f in late]


@pytest.mark.parametrize(
    ("conduit", "initiator", "responder", "port", "data", "kind"),
    [
        ("C01", "10.10.10.11", "10.10.13.5", 443, "both", "internal"),
        ("C02", "10.10.10.12", "10.210.1.10", 443, "both", "public_institution"),
        ("C03", "10.10.10.13", "10.210.2.20", 443, "both", "public_institution"),
        ("C04", "10.10.10.14", "10.210.3.30", 443, "to_initiator", "public_institution"),
        ("C05", "10.210.4.40", "10.10.10.15", 443, "to_initiator", "public_institution"),
        ("C06", "10.10.12.11", "10.210.5.50", 443, "to_responder", "public_institution"),
        ("C07", "10.10.10.20", "10.210.6.60", 443, "to_initiator", "update"),
        ("C08", "10.10.11.21", "172.16.80.10", 443, "both", "specific"),
        ("C09", "10.10.11.22", "172.16.81.10", 443, "both", "specific"),
        ("C10", "10.10.11.55", "10.110.0.7", 443, "both", "zone_extension"),
        ("C11", "10.10.19.21", "10.10.10.11", 443, "both", "branch"),
        ("C12", "172.16.90.5", "10.90.0.30", 3389, "both", "maintenance"),
        ("C12b", "10.90.0.30", "10.10.10.11", 3389, "both", "maintenance"),
        ("C13", "10.10.10.13", "10.20.10.12", 22, "to_responder", "specific"),
        ("C20", "10.20.16.20", "10.30.20.14", 443, "to_initiator", "screen_transfer"),
        ("C21", "10.20.40.4", "10.20.10.25", 25, "to_responder", "mail_text"),
        ("C22", "10.20.23.1", "10.20.40.5", 443, "to_initiator", "file_cdr"),
        ("C23", "10.20.10.25", "10.30.40.6", 25, "to_responder", "export"),
        ("C24", "10.20.30.5", "10.210.0.25", 25, "to_responder", "lgwan_service"),
        ("C25", "10.20.30.53", "10.210.0.25", 123, "both", "lgwan_service"),
        ("C26", "10.20.16.20", "10.210.20.12", 443, "both", "lgwan_service"),
        ("C27", "10.20.10.20", "10.210.6.60", 443, "to_initiator", "update"),
        ("C30", "10.30.16.20", "10.254.1.10", 8080, "both", "egress"),
        ("C31", "10.30.10.53", "10.254.1.53", 53, "both", "egress"),
        ("C32", "10.30.10.53", "10.254.1.123", 123, "to_initiator", "egress"),
        ("C33", "10.30.40.6", "10.254.1.25", 25, "to_responder", "egress"),
        ("C33b", "10.254.1.25", "10.30.40.4", 25, "to_responder", "egress"),
        ("C40", "10.90.0.30", "10.90.0.1", 22, "both", "management"),
        ("C41", "10.90.0.1", "10.90.0.60", 6514, "to_responder", "monitoring"),
        ("C42", "10.90.0.50", "10.90.0.42", 9750, "to_initiator", "monitoring"),
    ],
)
def test_the_conduits_of_the_reference_city(
    city: ZoneModel, conduit: str, initiator: str, responder: str, port: int, data: str, kind: str
) -> None:
    got = city.conduits[conduit]
    assert Address.parse(initiator) in got.initiator.addresses
    assert Address.parse(responder) in got.responder.addresses
    assert any(port in term.dst_ports for s in got.services for term in city.services[s].terms)
    assert not any(9 in term.dst_ports for s in got.services for term in city.services[s].terms)
    assert got.data is DataDirection(data)
    assert got.kind is ConduitKind(kind)


def test_zones_hosts_and_ledgers_of_the_reference_city(city: ZoneModel) -> None:
    assert city.kind is ModelKind.ALPHA
    zones = ZoneMap.of(city)
    for text, zone in {
        "10.10.11.80": "mn-term", "10.20.23.254": "lg-term", "10.20.60.11": "lg-vdi", "10.210.9.9": "lw", "203.0.113.9": "net",
        "10.110.0.9": "mn-gc", "172.16.90.5": "ex-maint", "10.10.99.1": "",
        "fd00:10:20:211::1": "lg-term", "10.30.10.53": "in-srv",
    }.items():  # fmt: skip
        address = Address.parse(text)
        assert zones.zone_of(address.family, address.value) == zone, text
    assert sum(e.zone == "lg-term" for e in city.endpoints.values()) == 600
    counters = [e for e in city.endpoints.values() if e.zone == "mn-term"]
    assert len(counters) == 60
    assert city.endpoints["madoguchi-80"].macs == (Mac.parse("00:00:5e:00:53:50"),)
    assert city.endpoints["atena"].macs == (Mac.parse("00:00:5e:00:53:0c"),)
    assert "screen_server" in city.endpoints["lg-vdi-servers"].tags
    assert [f.zone for f in city.gateways["cdr"].faces] == ["in-xfer", "lg-xfer"]
    assert city.devices["cdr-gw"].role == "sanitizer"
    assert city.devices["cdr-gw"].gateway == "cdr"
    assert {i.interface for i in city.devices["relay-gw"].interfaces} == {"eth0", "eth1"}


def test_macs_of_the_ledgers_are_unique() -> None:
    macs = []
    for name in ("mn", "lg", "in"):
        with (TOP / "city" / f"ledger-{name}.csv").open(encoding="utf-8", newline="") as stream:
            macs += [row["mac"] for row in csv.DictReader(stream)]
    assert len(macs) == len(set(macs)) == 700


@pytest.mark.parametrize(
    ("name", "kind", "checks"),
    [
        ("alpha_prime", ModelKind.ALPHA_PRIME, ("C60", "lg-term", "net")),
        ("beta", ModelKind.BETA, ("C70", "in-term", "lg-vdi")),
        ("beta_prime", ModelKind.BETA_PRIME, ("C70", "in-term", "lg-vdi")),
        ("mn_screen", ModelKind.ALPHA, ("C80", "lg-term", "mn-vdi")),
        ("four_layers", ModelKind.CUSTOM, ("C90", "lg-term", "naibu")),
        ("sc_sanitizing", ModelKind.ALPHA, ("C21", "lw", "lg-srv")),
        ("sanbu", ModelKind.TWO_NETWORK, ("K1", "naibu", "net")),
        ("okayama", ModelKind.LEVELS, ("O2", "users", "dc-shared")),
    ],
)
def test_what_sets_each_scheme_apart(name: str, kind: ModelKind, checks: tuple[str, str, str]) -> None:
    model = load(CASES / f"{name}.toml").model
    assert model is not None
    assert model.kind is kind
    conduit, source, target = checks
    zones = ZoneMap.of(model)
    assert source in zones.split(model.conduits[conduit].initiator.addresses)
    assert target in zones.split(model.conduits[conduit].responder.addresses)


def test_the_local_breakout_of_alpha_prime_is_complete() -> None:
    model = load(CASES / "alpha_prime.toml").model
    assert model is not None
    assert model.conduits["C60"].tenant_restriction
    assert model.conduits["C60"].download_gateway == "cdr"
    found = {f.rule for f in check_model(model, load_policy(model.profile), DAY)}
    assert not found & {"LG-10", "LG-14", "LG-15", "IN-16"}


def test_the_books_of_the_reference_city(city: ZoneModel) -> None:
    assert city.wireless_networks["guest-wlan"].zone == "guest"
    assert city.cloud_services["web-meeting"].designated.endpoints == ("in-pc-01", "in-pc-02", "in-pc-03", "in-pc-04")
    kept = {d.id for d in city.devices.values() if d.managed}
    assert set(city.log_stores["log-server"].devices) == kept
    assert city.external_connections["maint-line"].mfa
    assert all(d.support_checked_on for d in city.devices.values() if d.support_ends_on)


def test_schemes_without_the_three_layers() -> None:
    for name in ("sanbu", "okayama"):
        model = load(CASES / f"{name}.toml").model
        assert model is not None
        assert not {z.kind for z in model.zones.values()} & {ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.LGWAN_NETWORK}


@pytest.mark.parametrize(
    "conduit", [f"C{n:02d}" for n in range(1, 14)] + [f"C{n}" for n in (*range(20, 28), *range(30, 34), 40, 41, 42)]
)
def test_the_judge_permits_what_the_reference_city_declares(city: ZoneModel, conduit: str) -> None:
    record = city.conduits[conduit]
    judge = Judge.of(city, load_policy(city.profile))
    hour = record.window.start // 60 if record.window is not None else 10
    # Wednesday, 2026-08-19: inside every window of the city (Japan standard time).
    at = dt.datetime(2026, 8, 19, hour, 30, tzinfo=dt.timezone(dt.timedelta(hours=9))).timestamp()
    src, dst = record.initiator.addresses.v4.low, record.responder.addresses.v4.low
    for service in record.services:
        for term in city.services[service].terms:
            protocol = term.single_protocol
            assert protocol is not None
            flow = Flow(family=4, src=src, dst=dst, protocol=protocol, sport=50000, dport=term.dst_ports.low, at=at)
            verdict = judge.judge(flow)
            assert verdict.kind.allows, (conduit, verdict)
            assert verdict.conduit == conduit or city.layer(verdict.src_zone) is city.layer(verdict.dst_zone)
            backwards = judge.judge(dataclasses.replace(flow, src=dst, dst=src))
            assert backwards.conduit != conduit or not backwards.kind.allows, "opened from the wrong side"
