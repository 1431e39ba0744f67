"""A must-flow that falls silent (V22): weeks of capture with their own times, judged by a replay."""

from __future__ import annotations

import tempfile
from pathlib import Path

from segmentation.model.judge import Judge
from sensors.example import speech
from sensors.example.city import City
from sensors.example.faults import at
from sensors.example.files import pcapng
from sensors.example.wire import Wire
from sensors.replay import replay

_DAY_NS = 86_400_000_000_000
_BEGIN = at(2026, 8, 3, 6)
_DAYS = 10
_SILENT, _KEPT = "C07", "C27"  # both must be used at least every seven days


def silence(judge: Judge) -> tuple[list[str], list[str]]:
    """The rules of the findings where C07 is used once and then silent for over eight days, and where it is used again."""
    return _rules(judge, (0,)), _rules(judge, (0, 5))


def _rules(judge: Judge, days: tuple[int, ...]) -> list[str]:
    wire = Wire(City.of(judge.model))
    for day in range(_DAYS):
        _use(wire, _KEPT, _BEGIN + day * _DAY_NS)
        if day in days:
            _use(wire, _SILENT, _BEGIN + day * _DAY_NS + 60_000_000_000)
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "silence.pcapng"
        capture.write_bytes(pcapng(wire.in_order(), [("mirror", 9)]))
        return sorted({f.rule for f in replay([capture], judge.model, judge.policy).run.findings})


def _use(wire: Wire, conduit: str, when: int) -> None:
    terms = wire.city.model.conduits[conduit]
    client, server = (wire.city.members(p)[0] for p in (terms.initiator, terms.responder))
    wire.session(when, client, server, 443, speech.tls(f"{conduit.lower()}.midorino.example", 300, 4000, 22))
