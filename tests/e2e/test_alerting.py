"""Metrics, Prometheus, Alertmanager and a receiver together: one crossing, one line, and its end."""

from __future__ import annotations

import contextlib
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.example.alerting import UnavailableError, alerting
from sensors.metrics import Health, InterfaceHealth, Snapshot, serve, violations

DASHBOARDS = Path(__file__).parents[2] / "dashboards"


class Sensor:
    """Counters that a test sets, behind a real end point."""

    def __init__(self) -> None:
        model = load(default_path(), "zones.toml").model
        assert model is not None
        self.judge = Judge.of(model, load_policy(model.profile, ()))
        self.violations = violations(self.judge, ())
        self.broken = False

    def snapshot(self) -> Snapshot:
        interfaces = (InterfaceHealth(interface="span0", up=True, packets=int(time.monotonic() * 1000)),)
        coverage = {"in-lg": None} if self.broken else {"in-lg": 1.0}
        health = Health(interfaces=interfaces, coverage=coverage, started_ns=time.time_ns())  # type: ignore[arg-type]
        return Snapshot(judge=self.judge, violations=dict(self.violations), health=health)


@contextlib.contextmanager
def served(sensor: Sensor) -> Iterator[str]:
    server = serve("127.0.0.1", 0, sensor.snapshot, time.perf_counter)
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def scrape(address: str) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {x.rpartition(" ")[0]: float(x.rpartition(" ")[2]) for x in lines if not x.startswith("#")}


def test_the_first_crossing_reaches_the_guard_in_one_line_and_ends_again(tmp_path: Path) -> None:
    sensor = Sensor()
    crossing = next(k for k in sensor.violations if k[:4] == ("MN-18", "critical", "mn", "net"))
    try:
        with served(sensor) as address, alerting(DASHBOARDS, tmp_path, [address]) as stack:
            assert stack.wait(lambda: len(stack.query('sekisho_violations_total{rule="MN-18"}')) > 0, 30)
            time.sleep(2)  # two scrapes at 0: an increase needs a value before it
            assert stack.query("ALERTS") == []
            sensor.violations[crossing] += 1
            assert stack.wait(lambda: bool(stack.received.alerts("firing")), 30)
            assert stack.wait(lambda: bool(stack.received.alerts("resolved")), 40)
    except UnavailableError as e:
        pytest.skip(f"{e} is not installed")
    (fired,) = {a["fingerprint"]: a for a in stack.received.alerts("firing")}.values()
    title = fired["labels"]["title_ja"]
    assert fired["annotations"]["summary_ja"] == (
        f"【重大】マイナンバー利用事務系→外部 (インターネット)：規則MN-18「{title}」に当たる通信を検知しました。"
        "電話: 情報政策課 (時間外は宿直) 00-0000-0002"
    )
    assert "\n" not in fired["annotations"]["summary_en"]
    assert [a["labels"]["rule"] for a in stack.received.alerts("resolved")][:1] == ["MN-18"]


def test_a_combination_nobody_foresaw_starts_at_zero() -> None:
    sensor = Sensor()
    with served(sensor) as address:
        scrape(address)
        sensor.violations["ZM-04", "high", "lg", "unassigned", ""] = 5
        name = 'sekisho_violations_total{dst_zone="unassigned",rule="ZM-04",severity="high",src_zone="lg",state=""}'
        assert [scrape(address)[name], scrape(address)[name]] == [0.0, 5.0]


def test_a_collector_that_fails_costs_only_itself() -> None:
    sensor = Sensor()
    with served(sensor) as address:
        assert scrape(address)['sekisho_collector_success{collector="health"}'] == 1
        sensor.broken = True
        seen = scrape(address)
    assert seen['sekisho_collector_success{collector="health"}'] == 0
    assert seen['sekisho_collector_success{collector="findings"}'] == 1
    assert any(k.startswith("sekisho_violations_total") for k in seen)
    assert seen['sekisho_collector_duration_seconds{collector="findings"}'] >= 0


def test_no_label_carries_an_address_or_a_name_of_a_person() -> None:
    sensor = Sensor()
    allowed = {
        "rule", "severity", "src_zone", "dst_zone", "state", "verdict", "reason", "interface", "boundary", "zone", "conduit",
        "exception", "collector", "sink", "path", "content", "proof", "profile", "model", "sha256", "name_ja", "name_en",
        "title_ja", "title_en", "contact",
    }  # fmt: skip
    with served(sensor) as address:
        names = {part.split("=")[0] for k in scrape(address) if "{" in k for part in _labels(k)}
    assert names <= allowed


def _labels(series: str) -> list[str]:
    out, quoted = [""], False
    for c in series.partition("{")[2].removesuffix("}"):
        quoted ^= c == '"'
        if c == "," and not quoted:
            out.append("")
        else:
            out[-1] += c
    return out
