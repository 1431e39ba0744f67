"""Small zone files for tests: a sound one, and edits of it."""

from __future__ import annotations

from pathlib import Path

from segmentation.model.network import ZoneModel
from segmentation.zonefile.problem import LoadResult, Problem
from segmentation.zonefile.reader import loads

TOP = Path(__file__).resolve().parents[1]
CASES = TOP / "tests" / "cases" / "zonefiles"

SOUND = """\
[organisation]
name = "試験市"

[model]
kind = "alpha"
profile = "daisen"

[[zones]]
id = "mn"
kind = "mynumber"
networks = ["10.10.0.0/16", "fd00:10::/32"]

[[zones]]
id = "mn-srv"
parent = "mn"
networks = ["10.10.10.0/24"]

[[zones]]
id = "lg"
kind = "lgwan"
networks = ["10.20.0.0/16"]

[[zones]]
id = "in"
kind = "internet"
networks = ["10.30.0.0/16"]

[[zones]]
id = "net"
kind = "outside"

[[endpoints]]
id = "zei"
zone = "mn-srv"
address = "10.10.10.13"
mac = "00:00:5e:00:53:0d"

[[endpoints]]
id = "zaimu"
zone = "lg"
address = "10.20.10.12"

[[services]]
id = "https"
tcp = 443

[[conduits]]
id = "C1"
kind = "specific"
initiator = ["zei"]
responder = ["zaimu"]
services = ["https"]
data = "both"
"""


def read(text: str) -> LoadResult:
    """Read text as ``z.toml`` without attached files."""
    return loads(text, "z.toml")


def model(text: str) -> ZoneModel:
    """The model of a file that must be without errors."""
    result = read(text)
    assert result.model is not None, result.errors
    return result.model


def only(text: str) -> Problem:
    """The single problem of a file."""
    problems = read(text).problems
    assert len(problems) == 1, [(str(p.location), p.message.en) for p in problems]
    return problems[0]
