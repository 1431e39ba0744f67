"""The captures of the reference city: the same at every run, sound to a dissector, and touching every conduit."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from segmentation.model.addresses import Address
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.example.city import City
from sensors.example.faults import SCENARIOS
from sensors.example.files import pcapng
from sensors.example.month import clean_month
from sensors.pipeline import VERDICTS
from sensors.replay import replay

DAYS = 5  # 2026-08-01 is a Saturday: two days off, three of work


@pytest.fixture(scope="module")
def model() -> ZoneModel:
    found = load(default_path(), "zones.toml").model
    assert found is not None
    return found


@pytest.fixture(scope="module")
def policy(model: ZoneModel) -> Policy:
    return load_policy(model.profile)


@pytest.fixture(scope="module")
def days(model: ZoneModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frames, interfaces = clean_month(City.of(model), days=DAYS)
    path = tmp_path_factory.mktemp("month") / "days.pcapng"
    path.write_bytes(pcapng(frames, interfaces))
    return path


def test_the_same_at_every_run(model: ZoneModel, days: Path) -> None:
    frames, interfaces = clean_month(City.of(model), days=DAYS)
    assert hashlib.sha256(pcapng(frames, interfaces)).digest() == hashlib.sha256(days.read_bytes()).digest()
    for scenario in SCENARIOS.values():
        assert scenario.capture(City.of(model)) == scenario.capture(City.of(model))


def test_clean_days_give_no_finding(model: ZoneModel, policy: Policy, days: Path) -> None:
    run = replay([days], model, policy).run
    assert [f.message.en for f in run.findings] == []
    assert run.captures[0].damage is None
    # Bridges and switches talk to each other; nothing else is left over.
    assert set(run.captures[0].not_decoded) == {"arp", "llc", "other_ethertype"}
    assert run.by_protocol.keys() == {"tcp", "udp", "icmp", "icmpv6"}
    assert {c.verdict for c in run.matrix} <= {VerdictKind.PERMITTED.value, VerdictKind.SANITIZED_ONLY.value}


def test_every_conduit_without_exception_carries_data(model: ZoneModel, policy: Policy, days: Path) -> None:
    """A clean month proves little about a conduit that nobody used."""
    replayed = replay([days], model, policy)
    judge = Judge.of(model, policy)
    outcome = replayed.outcomes[0]
    used = {
        judge.decisions[row["decision"]].conduit
        for row, verdict in zip(outcome.flows, outcome.verdicts, strict=True)
        if row["decision"] >= 0 and VERDICTS[verdict].allows and row["packets_ab"] and row["packets_ba"]
    }
    assert used - {""} == {c.id for c in model.conduits.values() if not c.exception}


def test_a_month_without_its_conduits_is_not_clean(model: ZoneModel, policy: Policy, days: Path) -> None:
    """The silence rests on the declarations: without C20 the same frames are violations."""
    poorer = without(model, "C20")
    run = replay([days], poorer, policy).run
    assert {(f.rule, f.src_zone, f.dst_zone) for f in run.findings} == {("LG-02", "lg-term", "in-vdi")}


def test_ipv6_is_routed_within_the_layer(model: ZoneModel, policy: Policy, days: Path) -> None:
    flows = replay([days], model, policy).outcomes[0].flows
    six = flows[flows["v6"] & (flows["protocol"] == 6)]
    assert len(six) == DAYS
    assert (six["state"] == 3).all()  # data moved


def without(model: ZoneModel, conduit: str) -> ZoneModel:
    return dataclasses.replace(model, conduits={k: v for k, v in model.conduits.items() if k != conduit})


def test_routed_packets_are_seen_before_and_after_the_router(model: ZoneModel) -> None:
    city = City.of(model)
    terminal, server = city.host("lg-pc-001"), city.host("rbi-1")
    before, after = city.views(terminal, server)
    assert (before.vlan, str(before.src), before.routed) == (211, "00:00:5e:ef:00:01", 0)
    assert before.dst == model.endpoints["l3sw-mgmt"].macs[0]
    assert (after.vlan, str(after.dst), after.routed) == (311, "00:00:5e:00:53:90", 1)
    assert after.src == model.endpoints["fw-core-mgmt"].macs[0]
    assert len(city.views(terminal, city.host("lg-pc-002"))) == 1
    far = city.views(city.host("madoguchi-30"), Address.parse("203.0.113.9"))
    assert [v.vlan for v in far] == [111, 399]


@pytest.mark.parametrize("name", ["days", *SCENARIOS])
def test_a_dissector_finds_nothing_wrong(name: str, model: ZoneModel, days: Path, tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    path = days
    if name != "days":
        path = tmp_path / SCENARIOS[name].file
        path.write_bytes(SCENARIOS[name].capture(City.of(model)))
    layers = ("ip", "tcp", "udp")
    checks = [x for layer in layers for x in ("-o", f"{layer}.check_checksum:TRUE")]
    bad = " || ".join(
        [
            *(f"{layer}.checksum.status == 0" for layer in (*layers, "icmp", "icmpv6")),
            "_ws.malformed",
            "tcp.analysis.ack_lost_segment",
        ]
    )
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), *checks, "-Y", bad], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == ""
