"""A flood of SYNs from ever new addresses with one real violation in it, through the live pipeline; its cost as JSON.

``python tests/syn_flood.py PACKETS FLOWS``: in a process of its own, because it measures memory.
"""

# ruff: noqa: E402 -- run as a script it must find the packages first
from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np

from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.kernels.block import Block
from sensors.live import LIVE_TRACKER, LiveConfig, LivePipeline

#: Ethernet, IPv4 from 198.18.0.0/15 (RFC 2544) to a My Number server, TCP SYN to port 80.
TEMPLATE = bytes.fromhex(
    "0200000000020200000000010800450000280001000040060000c61200010a0a0a0d0400005000000001000000005002040000000000"
)
#: From a My Number server into the LGWAN layer, where no conduit is: the violation.
VIOLATION_ENDS = bytes.fromhex("0a0a0a4d0a140a0c")
PORT = 4711
BLOCK = 8192


def block(first: int, count: int, *, violation: bool) -> Block:
    """Frames *first* to ``first + count`` of the flood, each from an address and port of its own."""
    frames = np.tile(np.frombuffer(TEMPLATE, np.uint8), (count, 1))
    number = np.arange(first, first + count, dtype=np.uint32)
    frames[:, 27:30] = np.stack([number >> 16 & 0xFF, number >> 8 & 0xFF, number & 0xFF], axis=1)
    frames[:, 34:36] = np.stack([4 + (number >> 24), number >> 4 & 0xFF], axis=1)
    if violation:
        frames[count // 2, 26:34] = np.frombuffer(VIOLATION_ENDS, np.uint8)
        frames[count // 2, 36:38] = (PORT >> 8, PORT & 0xFF)
    size = frames.shape[1]
    whole, minus = np.full(count, size, np.int64), np.full(count, -1, np.int32)
    return Block(
        buffer=frames.reshape(-1), offsets=np.arange(count, dtype=np.int64) * size, captured=whole, wire=whole,
        ts=number.astype(np.int64) * 1000, link=minus + 2, interface=minus + 1, vlan=minus, first_number=first + 1,
    )  # fmt: skip


def peak_mib() -> int:
    """The most memory this program itself ever held (ru_maxrss would count what its parent held when it was forked)."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) >> 10


def main(packets: int, flows: int) -> dict[str, object]:
    """Run the flood at a million packets a second of its own time, with a tick each fifth of a second."""
    model = load(default_path(), "zones.toml").model
    assert model is not None
    live = LivePipeline(Judge.of(model, load_policy(model.profile)), config=LiveConfig(tracker=LIVE_TRACKER.sized(flows)))
    found, told, longest = [], 0, 0.0
    for n, first in enumerate(range(0, packets, BLOCK)):
        live.feed(block(first, min(BLOCK, packets - first), violation=n == (packets // BLOCK) * 2 // 3))
        if n % 25 == 24:
            steps = live.steps(first * 1000)
            while True:
                begun = time.process_time()
                ended = next(steps, steps) is steps
                longest = max(longest, time.process_time() - begun)
                if ended:
                    break
            stretch = live.taken()
            told += len(stretch.findings)
            found += [dict(f.detail).get("service") for f in stretch.findings if str(PORT) in dict(f.detail).get("service", "")]
    live.tick(packets * 1000)
    return {
        "packets": live.tracker.packets, "live": live.tracker.live, "not_tracked": live.flows_not_tracked,
        "found": len(found), "told": told, "longest_step_seconds": round(longest, 3),
        "counted": sum(v[0] for v in live.totals.matrix.values()),
        "rss_mib": peak_mib(),
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))) + "\n")
