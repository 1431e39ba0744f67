"""Soak test (root): every capture of the shared data over a veth pair beside its replay, then ten million malformed frames.

``python bench/soak.py [FRAMES]``; prints what differed, exits with 1 if anything did.  It takes about an hour.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Not this folder: libraries import modules of their own that could be called like a script here.
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(p for p in sys.path if Path(p).resolve() != ROOT / "bench")]

from shared_data import SHARED  # noqa: E402
from veth_pair import unavailable, veth  # noqa: E402
from veth_replay import compare, frames_of, malformed, open_ring  # noqa: E402

from segmentation.model.judge import Judge  # noqa: E402
from segmentation.profiles.loader import load_policy  # noqa: E402
from segmentation.zonefile.embedded import default_path  # noqa: E402
from segmentation.zonefile.reader import load  # noqa: E402


def soak(frames_wanted: int) -> int:
    """Everything; the exit code."""
    model = load(default_path(), "zones.toml").model
    assert model is not None
    judge = Judge.of(model, load_policy(model.profile))
    bad = sent = skipped = 0
    pool: list[bytes] = []
    with veth():
        ring = open_ring()
        for capture in sorted((SHARED / "data" / "pcaps" / "captures").iterdir()):
            frames = frames_of(capture)
            if not frames:
                skipped += 1
                continue
            sent += 1
            pool += frames[:20]
            got = compare(judge, capture, frames, ring)
            if got.file != got.live or got.missing:
                bad += 1
                print(
                    f"{capture.name}: findings of the file only {len(got.file - got.live)}, "
                    f"live only {len(got.live - got.file)}; missing frames {got.missing}"
                )
        ring.close()
    print(f"captures: {sent} sent, {skipped} cannot be sent as they are, {bad} differ")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    live = malformed(judge, pool, frames_wanted)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"malformed: {live.tracker.packets:,} frames, memory grew by {grown} MiB, not counted {live.not_counted()}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(unavailable() or soak(int(sys.argv[1]) if sys.argv[1:] else 10_000_000))
