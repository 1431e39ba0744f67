"""Conversations of the reference city before the detectors, as a capture would show them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from segmentation.model.network import Settings, ZoneModel
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.example.city import City
from sensors.example.wire import Wire
from sensors.kernels.tracker import TrackerConfig
from sensors.live import LiveConfig, LivePipeline
from sensors.watch.watcher import Watcher
from tests.frame_blocks import block_of

SECOND = 1_000_000_000
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
#: Tuesday 2026-08-18 10:00 in Japan.
T0 = int(dt.datetime(2026, 8, 18, 1, 0, tzinfo=dt.UTC).timestamp()) * SECOND
_FOREVER = 1 << 33


@cache
def model(**settings: int) -> ZoneModel:
    """The reference city with other thresholds."""
    read = load(default_path(), "zones.toml").model
    assert read is not None
    return replace(read, settings=replace(Settings(), **settings))  # type: ignore[arg-type]


@cache
def judge(**settings: int) -> Judge:
    """Its judge."""
    city = model(**settings)
    return Judge.of(city, load_policy(city.profile, ()))


def wire() -> Wire:
    """An empty wire of the city."""
    return Wire(City.of(model()))


def watched(frames: Wire, *watchers: Watcher, until: int = 0) -> list[Finding]:
    """What *watchers* find when the frames pass, with a tick at *until* at last."""
    ordered = sorted(frames.frames, key=lambda f: f.at)
    config = LiveConfig(
        tracker=TrackerConfig(flows=1 << 12), idle_seconds=(_FOREVER,) * 4, groups=(_FOREVER,) * 2, contain=False
    )
    live = LivePipeline(judge(), config=config, watchers=watchers)
    block = block_of([f.data for f in ordered], ts=[f.at for f in ordered])
    found = [f for stretch in live.drive([block]) for f in stretch.watched]
    return [*found, *(live.tick(until).watched if until else ())]


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Rule and zones of each finding."""
    return [(f.rule, f.src_zone, f.dst_zone) for f in findings]
