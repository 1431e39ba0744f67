"""What the sensor does not see is found: IN-04, LT-03."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.metrics import Health, InterfaceHealth
from sensors.service.blindness import HOUR, MINUTE, SECOND, BlindWatch

BEGIN = 1_700_000_000 * SECOND
PORT = InterfaceHealth(interface="span0", up=True, packets=1000, nic_dropped=5_000_000, last_packet_ns=BEGIN)


@pytest.fixture(scope="module")
def judge() -> Judge:
    model = load(default_path(), "zones.toml").model
    assert model is not None
    return Judge.of(model, load_policy(model.profile))


def look(watch: BlindWatch, judge: Judge, at: int, port: InterfaceHealth = PORT, **more: Any) -> list[Finding]:
    health = Health(interfaces=(port,), events_lost=more.get("lost", {}))
    return watch.look(
        judge, health, at, vlans=more.get("vlans", {}), spoke=more.get("spoke", {}), unheard=more.get("unheard", {})
    )


def causes(found: list[Finding]) -> list[tuple[str, str]]:
    return [(f.rule, f.cause) for f in found]


def test_an_interface_down_or_silent_is_told_each_minute_while_it_lasts(judge: Judge) -> None:
    watch = BlindWatch(BEGIN)
    assert look(watch, judge, BEGIN) == []
    down = replace(PORT, up=False)
    assert causes(look(watch, judge, BEGIN + SECOND, down)) == [("IN-04", "down/span0")]
    assert look(watch, judge, BEGIN + 2 * SECOND, down) == []
    assert causes(look(watch, judge, BEGIN + SECOND + MINUTE, down)) == [("IN-04", "down/span0")]
    (silent,) = look(watch, judge, BEGIN + 7 * MINUTE, replace(PORT, silent=True))
    assert silent.cause == "silent/span0"
    assert "7分以上" in silent.message.ja
    assert silent.where.interface == "span0"


def test_more_than_a_percent_lost_within_a_minute(judge: Judge) -> None:
    watch = BlindWatch(BEGIN)
    look(watch, judge, BEGIN)
    assert look(watch, judge, BEGIN + SECOND, replace(PORT, packets=100_000, dropped=900)) == []  # 0.9 %
    (lost,) = look(watch, judge, BEGIN + 2 * SECOND, replace(PORT, packets=101_000, dropped=3000))
    assert lost.cause == "loss/span0"
    # An hour later nothing is lost any more: the old losses do not count again.
    look(watch, judge, BEGIN + HOUR, replace(PORT, packets=200_000, dropped=3000))
    assert look(watch, judge, BEGIN + HOUR + 2 * MINUTE, replace(PORT, packets=300_000, dropped=3000)) == []
    # What the card lost before the sensor began is not told; what it loses now is.
    card = replace(PORT, packets=301_000, dropped=3000, nic_dropped=PORT.nic_dropped + 500)
    (by_card,) = look(watch, judge, BEGIN + HOUR + 3 * MINUTE, card)
    assert "33.3%（500個）" in by_card.message.ja


def test_vlans_and_layers_that_are_not_seen(judge: Judge) -> None:
    watch = BlindWatch(BEGIN)
    vlans = sorted({v for z in judge.model.zones.values() for v in z.vlans})
    spoke = dict.fromkeys(judge.model.zones, BEGIN)
    late = BEGIN + 25 * HOUR
    seen = {"span0": dict.fromkeys(vlans, late)}
    assert look(watch, judge, late, vlans=seen, spoke=spoke) == []
    seen["span0"][vlans[0]] = BEGIN
    (quiet,) = look(watch, judge, late, vlans=seen, spoke=spoke)
    assert quiet.cause == "vlan/span0"
    assert str(vlans[0]) in quiet.message.ja
    assert look(BlindWatch(BEGIN), judge, late, vlans={"span0": {-1: late}}, spoke=spoke) == []  # no tags at all
    missing = look(BlindWatch(BEGIN), judge, late, spoke={})
    assert missing
    assert all(c.startswith("layer/") for _, c in causes(missing))
    assert look(BlindWatch(BEGIN), judge, BEGIN + HOUR, spoke={}) == []  # too early to tell


def test_events_that_are_lost_and_processes_that_do_not_report(judge: Judge) -> None:
    watch = BlindWatch(BEGIN)
    look(watch, judge, BEGIN)
    assert causes(look(watch, judge, BEGIN + SECOND, lost={("eve", "no_space"): 3})) == [("LT-03", "lost/eve")]
    assert look(watch, judge, BEGIN + 3 * MINUTE, lost={("eve", "no_space"): 3}) == []
    assert look(watch, judge, BEGIN + 4 * MINUTE, unheard={"span0": 299.0}) == []
    assert causes(look(watch, judge, BEGIN + 5 * MINUTE, unheard={"span0": 301.0})) == [("LT-03", "unheard/span0")]


def test_a_clock_that_goes_back_an_hour_breaks_nothing(judge: Judge) -> None:
    watch = BlindWatch(BEGIN)
    look(watch, judge, BEGIN + SECOND, replace(PORT, up=False))
    assert causes(look(watch, judge, BEGIN - HOUR, replace(PORT, up=False))) == [("IN-04", "down/span0")]
    assert look(watch, judge, BEGIN - HOUR + SECOND) == []
