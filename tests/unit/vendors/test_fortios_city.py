"""FW-CORE of the reference city: four virtual domains; clean it gives no finding, each planted fault is found with its rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

from segmentation.device.device import Device
from segmentation.lint import LintResult, lint
from segmentation.model.finding import Confidence, Finding, Severity
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.profiles.loader import load_policy
from segmentation.vendors import fortios
from segmentation.vendors.reading import SourceText
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load

FILE = Path(__file__).resolve().parents[2] / "cases" / "fortios-core" / "fw-core.conf"
DAY = dt.date(2026, 8, 20)
MN, LG = "edit MN\nconfig system settings", "edit LG\nconfig system settings"


@cache
def city() -> tuple[ZoneModel, Policy]:
    model = load(default_path()).model
    assert model is not None
    policy = load_policy("daisen")
    assert isinstance(policy, Policy)
    return model, policy


def text() -> str:
    return FILE.read_text(encoding="utf-8")


def in_mn(old: str, new: str) -> str:
    """The configuration with *old* replaced in the My Number VDOM."""
    whole = text()
    start, end = whole.index(MN), whole.index(LG)
    body = whole[start:end]
    assert body.count(old) == 1
    return whole[:start] + body.replace(old, new) + whole[end:]


def device(config: str) -> Device:
    return replace(fortios.parse([SourceText("fw-core.conf", config, "0" * 64)]), name="fw-core")


def linted(config: str) -> LintResult:
    model, policy = city()
    return lint([device(config)], model, policy, DAY)


def line_of(config: str, words: str) -> int:
    return config[: config.index(words)].count("\n") + 1


def by_rule(result: LintResult, rule: str) -> list[Finding]:
    return [f for f in result.findings if f.rule == rule]


POLICY = """config firewall policy
    edit 90
        set name "temporary"
        set srcintf "vlan111"
        set dstintf "any"
        set action accept
        set srcaddr "mn-term"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
        set logtraffic all
    next
"""


def test_the_clean_configuration_gives_nothing() -> None:
    made = device(text())
    assert made.not_understood == ()
    assert {i.name: i.vlan for i in made.interfaces}["vlan110"] == 110
    result = linted(text())
    assert [str(f.message.en) for f in result.findings] == []
    crossing = {(c.src_zone, c.dst_zone): c.verdict for c in result.matrix}
    assert crossing["mn-term", "ex-koiki"] == "equal"
    assert crossing["mn-srv", "lw"] == "equal"
    assert crossing["lg-term", "in-vdi"] == "equal"


def test_v01_permit_of_everything_from_the_counters() -> None:
    config = in_mn("config firewall policy\n", POLICY)
    result = linted(config)
    line = line_of(config, "    edit 90")
    (wide,) = by_rule(result, "NC-02")
    assert (wide.where.location.line, wide.severity) == (line, Severity.CRITICAL)
    assert "edit 90" in wide.where.rule_text
    isolation = by_rule(result, "MN-01")
    assert {f.dst_zone for f in isolation} >= {"ex-koiki", "ex-kokuho", "ex-maint"}
    assert {f.where.location.line for f in isolation} == {line}
    assert all(f.confidence is Confidence.CERTAIN and f.witness is not None for f in isolation)
    # Policies 4 and 5, which it hides, and nothing of the other virtual domains.
    assert [f.where.rule_text.split(":")[1].split(";")[0].strip() for f in by_rule(result, "NC-03")] == [
        "edit 4", "edit 5",
    ]  # fmt: skip
    assert not [f for f in result.findings if f.dst_zone and f.dst_zone.startswith(("lg", "lw", "in-", "net"))]


def test_v02_a_pinned_host_widened_to_its_network() -> None:
    host = 'edit "madoguchi-21"\n        set subnet 10.10.11.21 255.255.255.255'
    config = in_mn(host, host.replace("21 255.255.255.255", "0 255.255.255.0"))
    result = linted(config)
    assert {f.rule for f in result.findings} == {"MN-03"}
    (pin,) = by_rule(result, "MN-03")
    assert (pin.src_zone, pin.dst_zone, pin.severity) == ("mn-term", "ex-koiki", Severity.CRITICAL)
    assert "C08" in config.split("\n")[pin.where.location.line]
    assert dict(pin.detail)["packets"] == str(255 * 65536)


def test_v06_a_rule_behind_a_wider_one() -> None:
    whole = text()
    policy = whole[whole.index('    edit 4\n        set name "C08 koiki"') : whole.index('    edit 5\n        set name "C09')]
    config = in_mn(policy, policy + policy.replace("edit 4", "edit 44"))
    result = linted(config)
    (hidden,) = result.findings
    assert hidden.rule == "NC-03"
    assert "edit 44" in hidden.where.rule_text


def test_packets_back_through_the_interface_of_the_external_lines_are_found() -> None:
    config = text().replace("    set allow-traffic-redirect disable\n", "")
    found = [f for f in linted(config).findings if f.src_zone == "ex-maint" and f.dst_zone == "ex-koiki"]
    assert found
    assert "allow-traffic-redirect" in found[0].where.rule_text
