"""Live capture over a veth pair: the highest rate without a drop and its CPU, on one core and on two, beside peers.

``make bench-live`` (root).  The sender is the shared test data's ``txring.c`` (AF_PACKET, qdisc bypassed), looped over a
generated IMIX capture, pinned to the first core; the sensor's workers run on the second core, or on both.  Everything runs
in a network namespace that vanishes at the end.
"""

# ruff: noqa: PLC0415 -- the process that sends must not carry numpy and Numba in its memory
from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
from replay import capture_of  # noqa: E402 -- from this folder, before it leaves the path

# Libraries import modules of their own that could be called like a script here.
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(p for p in sys.path if Path(p).resolve() != ROOT / "bench")]
from veth_pair import CAPTURE, SENDER, unavailable, veth  # noqa: E402

BEGIN, END = "<!-- live: written by bench/live.py -->", "<!-- /live -->"
ALLOWED = (("in", "net"), ("mn", "relay"), ("lg", "relay"), ("relay", "in"))


@dataclass
class Run:
    name: str
    offered: float  # Mpps that the sender reached
    gbits: float
    received: int
    dropped: int
    cpu: float  # share of one core
    rss: int  # MiB of the workers together
    note: str = ""


def judge_of(truth: dict[str, Any]) -> Any:
    """The generated traffic's zones under the real policy, with its four legitimate pairs allowed."""
    from segmentation.model.decision import Decision
    from segmentation.model.flow import VerdictKind
    from segmentation.model.judge import Judge
    from segmentation.model.services import ANY_SERVICE
    from segmentation.model.text import Text
    from segmentation.profiles.loader import load_policy
    from segmentation.zonefile.reader import loads

    kinds = {"mynumber": ("mn", "mynumber"), "lgwan": ("lg", "lgwan"), "internet": ("in", "internet")}
    text = (
        '[organisation]\nname = "bench"\n[model]\nkind = "alpha"\nprofile = "daisen"\n[[zones]]\nid = "net"\nkind = "outside"\n'
    )
    for name, (zone, kind) in kinds.items():
        networks = json.dumps([*truth["zones4"][name], truth["zones6"][name]])
        text += f'[[zones]]\nid = "{zone}"\nkind = "{kind}"\nnetworks = {networks}\n'
    networks = json.dumps([*truth["zones4"]["relay"], truth["zones6"]["relay"]])
    text += f'[[zones]]\nid = "relay"\nparent = "lg"\nnetworks = {networks}\n'
    read = loads(text, "bench.toml")
    assert read.model is not None, read.problems
    judge = Judge.of(read.model, load_policy("daisen"))
    sets = judge.zonemap.sets
    permitted = [
        Decision(
            index=0, src=sets[a], dst=sets["" if b == "net" and b not in sets else b], terms=(ANY_SERVICE,),
            kind=VerdictKind.PERMITTED, reason=Text("試験", "bench"), src_zone=a, dst_zone=b,
        )
        for a, b in ALLOWED
    ]  # fmt: skip
    decisions = tuple(replace(d, index=i) for i, d in enumerate([*permitted, *judge.decisions]))
    by_pair: dict[tuple[str, str], list[Any]] = {}
    for d in decisions:
        by_pair.setdefault((d.src_zone, d.dst_zone), []).append(d)
    return Judge(read.model, judge.policy, judge.zonemap, decisions, {k: tuple(v) for k, v in by_pair.items()})


def cpu_of(pids: list[int]) -> float:
    """CPU seconds of processes, system and user."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split() for p in pids]
    return sum(int(f[11]) + int(f[12]) for f in fields) / ticks


def rss_of(pids: list[int]) -> int:
    lines = [line for p in pids for line in Path(f"/proc/{p}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return sum(int(line.split()[1]) for line in lines) // 1024


def transmit(sender: Path, capture: Path, seconds: float, rate: float) -> tuple[int, float, float]:
    """(packets, Mpps, Gbit/s) that the sender put on the wire."""
    command = ["taskset", "-c", "0", str(sender), SENDER, str(capture), str(seconds), str(rate)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"SENT (\d+) pkts .* ([\d.]+) Mpps ([\d.]+) Gbit/s", out)
    assert found is not None, out
    return int(found[1]), float(found[2]), float(found[3])


def ours(judge: Any, sender: Path, capture: Path, seconds: float, rate: float, workers: int, *, detectors: bool = True) -> Run:
    from sensors.capture.ring import RingConfig
    from sensors.service.supervisor import SensorConfig, Supervisor

    config = SensorConfig(
        interfaces=(CAPTURE,),
        workers=workers,
        ring=RingConfig(blocks=64 // workers),
        flows=1 << 18,
        drop_duplicates=False,
        detectors=detectors,
    )
    supervisor = Supervisor(config, judge, lambda text: print(text.en, file=sys.stderr))
    supervisor.start()
    for n, pid in enumerate(supervisor.pids()):
        os.sched_setaffinity(pid, {1} if workers == 1 else {n % 2})
    until = time.monotonic() + 300
    while time.monotonic() < until and supervisor.capturing() < workers:
        supervisor.poll(0.2)
    pids = supervisor.pids()
    command = [sys.executable, __file__, "--transmit", str(sender), str(capture), str(seconds), str(rate)]
    before, begun = cpu_of(pids), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        supervisor.poll(0.2)
    cpu, wall = cpu_of(pids) - before, time.monotonic() - begun
    assert process.stdout is not None
    sent, mpps, gbits = json.loads(process.stdout.read())
    rss = rss_of(pids)
    last = supervisor.stop(30)
    ring = last.snapshot.health.interfaces[0]
    missing = sent - ring.packets - ring.dropped
    name = f"sekisho sensor, {workers} worker{'s' if workers > 1 else ''}{'' if detectors else ', detectors off'}"
    note = f"{len(last.snapshot.violations and [1 for v in last.snapshot.violations.values() if v])} kinds of violation told"
    if shed := supervisor.sum().taps_shed:
        note += f"; {shed:,} packets not read by detectors"
    if missing:
        note += f"; {missing} packets never reached the ring"
    return Run(name, mpps, gbits, ring.packets, ring.dropped, cpu / min(wall, seconds), rss, note)


def peer(name: str, command: list[str], sender: Path, capture: Path, seconds: float, rate: float) -> Run:
    """A peer's CPU at the same rate.  What it lost it does not tell in a form that could be compared."""
    process = subprocess.Popen(["taskset", "-c", "1", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1.5)
        before = cpu_of([process.pid])
        _sent, mpps, gbits = transmit(sender, capture, seconds, rate)
        if process.poll() is not None:
            raise ChildProcessError(name)
        cpu = cpu_of([process.pid]) - before
        rss = rss_of([process.pid])
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return Run(name, mpps, gbits, -1, -1, cpu / seconds, rss, "its losses are not counted comparably")


def report(runs: list[Run], absent: list[str], seconds: float) -> str:
    model = next((x.split(":")[1].strip() for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    when = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}; {os.cpu_count()} CPUs ({model or platform.machine()}), {memory} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}; load average at the end {os.getloadavg()[0]:.1f}."
    )
    what = (
        f"A veth pair, {seconds:g} s at each rate, IMIX with 30 % VLAN tags and 5 % IPv6, 40,000 flows; ring of 64 MiB in "
        "all. The sender takes the first core, one worker the second; two workers share both with the sender. CPU is user "
        "and system time of the workers over the time of sending, as a share of one core; the sensor judges every flow, "
        "runs every detector (unless off) and reports each second. The last rate is as fast as the sender can."
    )
    head = ["program", "sent Mpps", "Gbit/s", "packets", "dropped", "CPU of a core", "RSS MB", "remarks"]
    lines = [BEGIN, "## Live", "", when, "", what, "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for r in runs:
        counts = (f"{r.received:,}", f"{r.dropped:,}") if r.received >= 0 else ("", "")
        cells = (r.name, f"{r.offered:.2f}", f"{r.gbits:.2f}", *counts, f"{r.cpu:.0%}", f"{r.rss}", r.note)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", f"Not installed, therefore not measured: {', '.join(absent) or 'none'}.", END]) + "\n"


def write(path: Path, section: str) -> None:
    """Put the section in place of the old one."""
    old = path.read_text(encoding="utf-8") if path.exists() else "# Measured\n\n"
    if BEGIN in old and END in old:
        new = old[: old.index(BEGIN)] + section + old[old.index(END) + len(END) :].lstrip("\n")
    else:
        new = old.rstrip("\n") + "\n\n" + section
    path.write_text(new, encoding="utf-8")


def main() -> None:
    if sys.argv[1:2] == ["--transmit"]:
        print(json.dumps(transmit(Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[500_000, 800_000, 1_000_000, 0], help="packets a second; 0: all"
    )
    parser.add_argument("--packets", type=int, default=1_000_000, help="of the capture that is looped")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "sekisho-bench")
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "RESULTS.md")
    parser.add_argument(
        "--nice", type=int, default=0, help="priority of sender, sensor and peers, where others use the machine"
    )
    parser.add_argument("--only-ours", action="store_true", help="no peers, nothing written")
    arguments = parser.parse_args()
    if reason := unavailable():
        sys.exit(reason)
    shared = Path(os.environ.get("SEKISHO_SHARED", ROOT.parent / "shared"))
    if not (shared / "bench" / "txring.c").exists() or shutil.which("gcc") is None:
        sys.exit("the sender of the shared test data and gcc are needed; set SEKISHO_SHARED to its folder")
    os.setpriority(os.PRIO_PROCESS, 0, arguments.nice)
    arguments.work.mkdir(parents=True, exist_ok=True)
    capture = capture_of(shared, arguments.work, arguments.packets)
    judge = judge_of(json.loads(capture.with_name(capture.name + ".json").read_text()))
    runs: list[Run] = []
    absent: list[str] = []
    with tempfile.TemporaryDirectory() as folder, veth():
        sender = Path(folder) / "txring"
        subprocess.run(["gcc", "-O2", "-o", sender, shared / "bench" / "txring.c"], check=True, capture_output=True)
        for workers, detectors in ((1, False), (1, True), (2, True)):
            for rate in arguments.rates:
                runs.append(ours(judge, sender, capture, arguments.seconds, rate, workers, detectors=detectors))
                print(runs[-1], flush=True)
        peers = {
            "argus": ["argus", "-i", CAPTURE, "-w", str(Path(folder) / "argus.out")],
            "softflowd": ["softflowd", "-i", CAPTURE, "-n", "127.0.0.1:9995", "-d", "-v", "9", "-m", "1000000"],
            "tcpdump": ["tcpdump", "-i", CAPTURE, "-B", "65536", "-w", "/dev/null"],
            "suricata": ["suricata", f"--af-packet={CAPTURE}", "-l", folder, "-S", "/dev/null"],
        }
        for name, command in {} if arguments.only_ours else peers.items():
            if shutil.which(name) is None:
                absent.append(name)
                continue
            try:
                runs += [peer(name, command, sender, capture, arguments.seconds, rate) for rate in arguments.rates[:2]]
            except (ChildProcessError, OSError):
                absent.append(f"{name} (ended by itself)")
    section = report(runs, absent, arguments.seconds)
    print(section)
    if not arguments.only_ours:
        write(arguments.output, section)


if __name__ == "__main__":
    main()
