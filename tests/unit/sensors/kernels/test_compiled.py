"""Importing, caching, and the same kernels uncompiled."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from shared_data import needs_shared

from sensors.capture.reader import open_capture
from sensors.kernels import compiled
from sensors.kernels.tracker import Tracker, TrackerConfig

ROOT = Path(__file__).resolve().parents[4]
#: Reads captures with small frames of every kind and prints a digest of flows, notes, reasons and bindings for each.
SCRIPT = """
import json, sys
sys.path.insert(0, "tests/unit/sensors/kernels")
import numpy
from test_compiled import digests
with numpy.errstate(over="ignore"):
    print(json.dumps(digests(sys.argv[1], 120)))
"""


def digests(folder: str, count: int) -> dict[str, str]:
    """Digests of what the kernels make of the *count* smallest captures; by name."""
    out = {}
    for path in sorted(Path(folder).iterdir(), key=lambda p: (p.stat().st_size, p.name))[2 : 2 + count]:
        tracker = Tracker(config=TrackerConfig(flows=1 << 11, bindings=1 << 8, fragments=1 << 8))
        for block in open_capture(path):
            tracker.feed(block)
        parts = [tracker.flows().tobytes(), tracker.bindings().tobytes(), json.dumps([tracker.notes(), tracker.not_counted()])]
        digest = hashlib.sha256(b"|".join(p.encode() if isinstance(p, str) else p for p in parts))
        out[path.name] = digest.hexdigest()
    return out


def run(code: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code, *arguments],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", **environment},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_uncompiled_kernels_give_the_same_and_read_nothing_beyond_a_frame() -> None:
    # Uncompiled, numpy checks every index, and a load past the buffer raises.
    folder = needs_shared("data", "pcaps", "captures")
    plain = json.loads(run(SCRIPT, str(folder), NUMBA_DISABLE_JIT="1"))
    assert plain == digests(str(folder), 120)


def test_the_package_and_its_commands_are_imported_without_numba() -> None:
    code = (
        "import sys, importlib.util, sensors, sensors.kernels, sensors.kernels.reasons, sensors.kernels.layout\n"
        "import sensors.capture, sensors.capture.summary\n"
        "if importlib.util.find_spec('sensors.cli'): import sensors.cli\n"
        "print('numba' in sys.modules, 'scapy' in sys.modules)\n"
    )
    assert run(code).split() == ["False", "False"]


def test_another_state_of_any_source_has_another_cache() -> None:
    name = f"kernels-{compiled._fingerprint()}"
    assert compiled._folder().endswith(name)
    sources = sorted(Path(compiled.__file__).parent.glob("*.py"))
    assert len(sources) > 10
    digest = hashlib.sha256(b"".join(s.name.encode() + b"\0" + s.read_bytes() for s in sources)).hexdigest()
    assert name == f"kernels-{digest[:16]}"


def test_kernels_are_loaded_from_the_cache_in_a_fresh_process() -> None:
    code = (
        "from sensors.kernels.feed import feed\n"
        "from sensors.kernels.tracker import Tracker\n"
        "from frame_blocks import block_of\n"
        "Tracker().feed(block_of([bytes(60)]))\n"
        "print(sum(feed.stats.cache_hits.values()), sum(feed.stats.cache_misses.values()))\n"
    )
    run(code)
    assert run(code).split() == ["1", "0"]
