"""The dashboards' four gates: the types' round trip, every query parses and has data in a real Prometheus, house rules."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from segmentation.model.finding import Severity
from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.metrics import Health, InterfaceHealth, Snapshot, text, violations

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dashboards"
FILES = sorted((FOLDER / "grafana").glob("*.json"))
MINUTES = 90


def panels(file: Path) -> list[dict[str, Any]]:
    found = json.loads(file.read_text("utf-8"))["panels"]
    return [p for p in found if p["type"] != "row"]


def queries() -> list[tuple[str, str, str]]:
    """(file, panel, PromQL) of every panel; the two languages have the same queries, so one is enough."""
    return [
        (file.name, panel["title"], target["expr"])
        for file in FILES
        if file.name.endswith(".en.json")
        for panel in panels(file)
        for target in panel["targets"]
    ]


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dashboards_build", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_committed_files_are_what_the_code_builds() -> None:
    built = dict(builder().files())
    assert {p.name for p in FILES} == {p.name for p in built}
    for path, content in built.items():
        assert path.read_text("utf-8") == content, f"{path.name} is not current: python dashboards/build.py"


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.name)
def test_the_types_of_grafana_read_and_write_the_same(file: Path) -> None:
    register_default_plugins()
    raw = json.loads(file.read_text("utf-8"))
    assert json.loads(JSONEncoder().encode(Dashboard.from_json(raw))) == raw


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.name)
def test_house_rules(file: Path) -> None:
    raw = json.loads(file.read_text("utf-8"))
    assert raw["editable"] is False
    assert raw["uid"] == "sekisho-" + file.name.removesuffix(".json").replace(".", "-")
    assert raw["templating"]["list"][0]["type"] == "datasource"
    for panel in panels(file):
        assert panel["title"], panel
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
            assert 'job="$job"' in target["expr"], panel["title"]
            if panel["type"] == "timeseries" and re.search(r"\b(rate|increase)\(", target["expr"]):
                assert "[$__rate_interval]" in target["expr"], panel["title"]
    if file.name.endswith(".ja.json"):
        assert all(re.search(r"[ぁ-んァ-ヶ一-龠]", p["title"] + p["description"]) for p in panels(file))
    else:
        words = json.dumps(raw, ensure_ascii=False)
        assert not re.search(r"[ぁ-んァ-ヶ]", words)


def test_panels_do_not_lie_over_each_other() -> None:
    for file in FILES:
        cells: set[tuple[int, int]] = set()
        for panel in json.loads(file.read_text("utf-8"))["panels"]:
            at = panel["gridPos"]
            assert at.get("x", 0) + at["w"] <= 24, panel["title"]
            mine = {(x, y) for x in range(at.get("x", 0), at.get("x", 0) + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert not mine & cells, f"{file.name}: {panel['title']}"
            cells |= mine


def snapshots() -> Iterator[Snapshot]:
    """A sensor's life in *MINUTES*: everything it can count grows."""
    model = load(default_path(), "zones.toml").model
    assert model is not None
    judge = Judge.of(model, load_policy(model.profile, ()))
    pair = next(k for k in violations(judge, ()) if k[0] == "MN-18")
    at = dt.date(2026, 9, 1)
    for n in range(MINUTES):
        yield Snapshot(
            judge=judge, at=at, violations=violations(judge, ()) | {pair: n},
            traffic={("mn-term", "net", "refused", "forbidden"): (n,) * 3, ("in-term", "sc", "data", "permitted"): (n,) * 3},
            packets=n * 1000, bytes=n * 90_000, not_decoded={"truncated": n}, flows_not_tracked=n,
            transfers={("in", "lg", "bypass", "risk_found", "none"): n}, transfer_limits={"file_bytes": n},
            sanitizer_bypass={("in", "lg"): n}, unknown_devices={"mn": n},
            health=Health(
                interfaces=(
                    InterfaceHealth(
                        interface="span0", up=True, packets=n * 1000, bytes=n, dropped=n, nic_dropped=n, softnet_dropped=n
                    ),
                ),
                coverage={"in-lg": 0.5}, flows_active=n, flows_capacity=1000, flows_evicted=n, notes={"vlan": n},
                started_ns=1, clock_offset_seconds=0.1, clock_synchronised=True, events_written={"eve": n},
                events_lost={("eve", "disk_full"): n}, evidence_slices=n, evidence_bytes=n, worker_restarts=n,
                incidents={("MN-18", Severity.CRITICAL, "mn", ""): 1}, must_flow_age_seconds={"C07": n},
            ),
        )  # fmt: skip


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, float]]:
    """A real Prometheus holding the history; its address and the time of the last sample."""
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        pytest.skip("prometheus is not installed")
    folder = tmp_path_factory.mktemp("prometheus")
    end = int(time.time()) - 60
    lines: dict[str, list[str]] = {}
    for n, snapshot in enumerate(snapshots()):
        at = end - 60 * (MINUTES - 1 - n)
        exposition = text(snapshot) + "# TYPE up gauge\nup 1\n# TYPE sekisho_collector_duration_seconds gauge\n"
        exposition += 'sekisho_collector_duration_seconds{collector="health"} 0.01\n'
        family = ""
        for line in exposition.splitlines():
            if line.startswith("# TYPE"):
                family = line.split()[2]
                lines.setdefault(f"# TYPE {family.removesuffix('_total')} {line.split()[3]}", [])
            elif not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                name, brace, labels = name.partition("{")
                labels = 'job="sekisho",instance="s"' + ("," + labels if brace else "}")
                kind = next(k for k in lines if k.split()[2] == family.removesuffix("_total"))
                lines[kind].append(f"{name}{{{labels} {value} {at}")
    history = folder / "history.om"
    body = "".join(
        f"{kind}\n" + "".join(f"{sample}\n" for sample in sorted(found, key=_series)) for kind, found in lines.items()
    )
    history.write_text(body + "# EOF\n")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", history, folder / "data"], check=True, capture_output=True
    )
    (folder / "prometheus.yml").write_text("global: {}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
    )  # fmt: skip
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("Prometheus did not start")
        yield f"http://127.0.0.1:{port}", float(end)
    finally:
        process.terminate()
        process.wait(20)


def _series(sample: str) -> tuple[str, int]:
    series, _, rest = sample.rpartition("} ")
    return series, int(rest.split()[1])


@pytest.mark.parametrize("query", queries(), ids=lambda q: f"{q[0]}-{q[1]}")
def test_every_query_has_data(prometheus: tuple[str, float], query: tuple[str, str, str]) -> None:
    address, at = prometheus
    expr = query[2].replace("$__rate_interval", "5m").replace("$job", "sekisho").replace("$instance", ".+")
    asked = urllib.parse.urlencode({"query": expr, "time": at})
    with urllib.request.urlopen(f"{address}/api/v1/query?{asked}", timeout=20) as answer:
        result = json.load(answer)
    assert result["status"] == "success", expr
    assert result["data"]["result"], f"no data: {expr}"
    assert all(r["value"][1] != "NaN" for r in result["data"]["result"]), expr


def test_the_alert_rules_and_their_tests() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    tests = sorted((FOLDER / "prometheus" / "tests").glob("*.test.yml"))
    assert tests
    done = subprocess.run(["promtool", "test", "rules", *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run(
        ["promtool", "check", "config", FOLDER / "prometheus" / "prometheus.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_alertmanager_reads_its_configuration_and_template() -> None:
    if shutil.which("amtool") is None:
        pytest.skip("amtool is not installed")
    done = subprocess.run(
        ["amtool", "check-config", FOLDER / "alertmanager" / "alertmanager.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_running_exposition_passes_promtool() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    *_, last = snapshots()
    done = subprocess.run(["promtool", "check", "metrics"], input=text(last), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
