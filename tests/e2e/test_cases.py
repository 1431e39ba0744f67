"""Every case below ``tests/cases``: its capture is the one its scenario builds, and its replay is what was agreed to."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.example.city import City
from sensors.example.faults import SCENARIOS

CASES = Path(__file__).resolve().parents[1] / "cases"
FOLDERS = sorted(p.parent for p in CASES.glob("*/case.toml"))
LIMIT = 20_000


def _parameters() -> list[Any]:
    out = []
    for folder in FOLDERS:
        case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
        zones = folder / case["zones"] if "zones" in case else default_path()
        capture = folder / f"in{Path(SCENARIOS[case['scenario']].file).suffix}"
        mark = pytest.mark.sekisho(capture=capture, zones=zones, profile=case.get("profile"), expect=folder / "expect.toml")
        out.append(pytest.param(folder, case["scenario"], capture, marks=mark, id=folder.name))
    return out


@cache
def _city() -> City:
    model = load(default_path(), "zones.toml").model
    assert model is not None
    return City.of(model)


@pytest.fixture(autouse=True)
def _built(request: pytest.FixtureRequest) -> None:
    """Before the replay: the capture on file is the one the scenario builds today."""
    if "capture" not in request.fixturenames:
        return
    values = request.node.callspec.params
    data = SCENARIOS[values["scenario"]].capture(_city(), alone=True)
    if request.config.getoption("--sekisho-rewrite"):
        values["capture"].write_bytes(data)
    assert values["capture"].read_bytes() == data, "the builder makes other frames than those on file"


@pytest.mark.parametrize(("folder", "scenario", "capture"), _parameters())
def test_case(folder: Path, scenario: str, capture: Path) -> None:
    assert scenario in SCENARIOS
    assert capture.stat().st_size <= LIMIT
    assert "Provenance" in (folder / "README.md").read_text("utf-8")


def test_every_scenario_has_a_case() -> None:
    used = {tomllib.loads((f / "case.toml").read_text("utf-8"))["scenario"] for f in FOLDERS}
    assert used == set(SCENARIOS)
