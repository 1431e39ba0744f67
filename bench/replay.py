"""Replay speed: our capture reader and flow tracker beside the C walker and every installed peer, on one file.

``make bench-replay`` runs it whole; ``--packets 500000`` is a quick look.  The capture is made by the generator of the
shared test data (``SEKISHO_SHARED``, else ``../shared``), deterministic, with its truth beside it.  Every program runs in
a fresh process, the file in the page cache; the best of ``--repeat`` runs counts.  Ours does everything but file
inspection: SHA-256, decoding, flows, direction, zones, verdicts.
"""

# ruff: noqa: PLC0415 -- the process that measures peers must not carry numpy and Numba in its memory
from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
#: Programs that take half a minute and more run once.
SLOW = frozenset({"nfstream", "tshark"})
BEGIN, END = "<!-- replay: written by bench/replay.py -->", "<!-- /replay -->"


@dataclass(frozen=True)
class Run:
    """One program's best run."""

    name: str
    seconds: float  # of the pass over the file, start-up aside where the program says so
    whole: float  # wall time of the process
    cpu: float
    rss: int  # MB
    note: str = ""


def execute(command: list[str], **options: Any) -> tuple[float, float, int, str]:
    """Wall seconds, CPU seconds, resident MB and output of a process.  Raises CalledProcessError."""
    with tempfile.TemporaryFile("w+") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **options)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, text)
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, text


# --- ours ------------------------------------------------------------------------------------------


def decisions_of(truth: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The generator's zones as a zone partition, and its forbidden pairs as decisions before one that permits."""
    from dataclasses import replace

    from segmentation.model.addresses import ALL_ADDRESSES, FAMILIES, AddressSet
    from segmentation.model.decision import Decision
    from segmentation.model.flow import VerdictKind
    from segmentation.model.services import ANY_SERVICE
    from segmentation.model.text import Text
    from sensors.kernels.tables import NoZones

    names = ["", *truth["zones4"]]
    sets = {z: AddressSet.union(AddressSet.parse(p) for p in [*truth["zones4"][z], truth["zones6"][z]]) for z in names[1:]}
    sets["lgwan"] -= sets["relay"]  # the longer prefix wins
    pieces: dict[int, list[tuple[int, int]]] = {}
    for family in FAMILIES:
        taken = sorted((lo, hi, names.index(z)) for z in sets for lo, hi in sets[z].family(family))
        pieces[family] = [(0, 0)]
        for lo, hi, zone in taken:
            pieces[family] += [(lo, zone), (hi + 1, 0)]
        last = dict(pieces[family])  # where one piece ends and the next begins, the beginning counts
        pieces[family] = sorted(last.items())
    zones = replace(
        NoZones(),
        zones=tuple(names),
        starts={f: tuple(s for s, _ in pieces[f]) for f in FAMILIES},
        ids={f: tuple(z for _, z in pieces[f]) for f in FAMILIES},
    )
    reason = Text("試験", "bench")
    pairs = sorted({(f["src_zone"], f["dst_zone"]) for f in truth["forbidden"]})
    listed = [
        Decision(index=i, src=sets[s], dst=sets[d], terms=(ANY_SERVICE,), kind=VerdictKind.FORBIDDEN, reason=reason)
        for i, (s, d) in enumerate(pairs)
    ]
    listed.append(
        Decision(
            index=len(listed),
            src=ALL_ADDRESSES,
            dst=ALL_ADDRESSES,
            terms=(ANY_SERVICE,),
            kind=VerdictKind.PERMITTED,
            reason=reason,
        )
    )
    return zones, listed


def core(capture: Path) -> None:
    """One first pass in this process; prints what it measured as JSON."""
    import resource

    from sensors.capture.reader import open_capture
    from sensors.kernels.tables import compile_tables
    from sensors.kernels.tracker import Tracker
    from sensors.kernels.view import matrix

    truth = json.loads(capture.with_name(capture.name + ".json").read_text())
    zones, decisions = decisions_of(truth)
    tables = compile_tables(zones, decisions)
    with tempfile.NamedTemporaryFile(suffix=".pcap") as head:  # compiled code is loaded before the clock starts
        with capture.open("rb") as file:
            head.write(file.read(24))
            head.flush()
        for block in open_capture(head.name):
            Tracker(tables).feed(block)
        Tracker(tables).feed(next(iter(open_capture(capture, chunk=1 << 16))))
    tracker = Tracker(tables)
    wall, cpu = time.perf_counter(), time.process_time()
    reader = open_capture(capture)
    for block in reader:
        tracker.feed(block)
    flows = tracker.flows()
    matrix(flows)
    digest = reader.summary().sha256
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    forbidden = flows[(flows["decision"] >= 0) & (flows["decision"] < len(decisions) - 1)]
    print(
        json.dumps(
            {
                "seconds": wall, "cpu": cpu, "packets": tracker.packets, "flows": len(flows), "forbidden": len(forbidden),
                "sure": int((forbidden["evidence"] >= 2).sum()), "sha256": digest,
                "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )  # fmt: skip


def ours(capture: Path, truth: dict[str, Any]) -> Run:
    wall, _cpu, rss, text = execute([sys.executable, __file__, "--core", str(capture)], cwd=ROOT)
    measured = json.loads(text.splitlines()[-1])
    note = f"{measured['flows']:,} flows; {measured['forbidden']} forbidden, {len(truth['forbidden'])} planted"
    assert measured["packets"] == truth["packets"]
    return Run("sekisho, first pass", measured["seconds"], wall, measured["cpu"], rss, note)


# --- peers -----------------------------------------------------------------------------------------


def walker(shared: Path, work: Path, capture: Path, level: int) -> Run:
    binary = work / "walk"
    if not binary.exists():
        subprocess.run(["gcc", "-O3", "-march=native", "-o", binary, shared / "bench" / "walk.c"], check=True)
    wall, cpu, rss, text = execute([str(binary), str(capture), str(level)])
    seconds = float(text.split(" s  ")[0].split()[-1])
    names = {0: "C walk, record headers only", 1: "C walk and parse", 2: "C walk, parse and flow table"}
    return Run(names[level], seconds, wall, cpu, rss, "mapped file in RSS")


def simple(name: str, command: list[str], note: str = "", **options: Any) -> Run:
    wall, cpu, rss, _text = execute(command, **options)
    return Run(name, wall, wall, cpu, rss, note)


def suricata(capture: Path, work: Path) -> Run:
    logs = work / "suricata"
    logs.mkdir(exist_ok=True)
    command = ["suricata", "-r", str(capture), "-l", str(logs), "--runmode", "single", "-k", "none", "-S", "/dev/null"]
    return simple("Suricata, single, no rules", command, "also protocol detection")


def nfstream(python: str, capture: Path) -> Run:
    script = (
        "import sys, nfstream\n"
        "if __name__ == '__main__':\n"
        "    s = nfstream.NFStreamer(source=sys.argv[1], n_dissections=0, statistical_analysis=False, n_meters=1)\n"
        "    print(sum(1 for _ in s))\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(script)
        file.flush()
        return simple("nfstream, no dissection, 1 meter", [python, file.name, str(capture)], "wall of both processes")


def peers(shared: Path, work: Path, capture: Path, nfstream_python: str) -> Iterator[tuple[str, Callable[[], Run] | None]]:
    """Name and runner of every peer; None where it is not installed."""
    for level in (0, 1, 2):
        yield f"C walker, level {level}", (lambda n=level: walker(shared, work, capture, n)) if shutil.which("gcc") else None
    file = str(capture)
    argus = ["argus", "-r", file, "-w", str(work / "argus.out")]
    yield "argus", (lambda: simple("argus", argus, "writes records")) if shutil.which("argus") else None
    flowd = ["softflowd", "-r", file, "-n", "127.0.0.1:9995", "-d", "-v", "9", "-m", "1000000"]
    yield "softflowd", (lambda: simple("softflowd", flowd, "NetFlow v9 to loopback")) if shutil.which("softflowd") else None
    yield "Suricata", (lambda: suricata(capture, work)) if shutil.which("suricata") else None
    found = subprocess.run([nfstream_python, "-c", "import nfstream"], capture_output=True, check=False).returncode == 0
    yield "nfstream", (lambda: nfstream(nfstream_python, capture)) if found else None
    tshark = ["tshark", "-r", file, "-q", "-z", "conv,tcp", "-z", "conv,udp"]
    yield "tshark", (lambda: simple("tshark -z conv", tshark, "dissects everything")) if shutil.which("tshark") else None


def best(runs: list[Run]) -> Run:
    return min(runs, key=lambda r: r.seconds)


def report(capture: Path, truth: dict[str, Any], mine: Run, others: list[Run], absent: list[str], repeat: int) -> str:
    packets = truth["packets"]
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ""
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    load = os.getloadavg()[0]
    when = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}; {os.cpu_count()} CPUs ({model or platform.machine()}), {memory} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}; load average at the end {load:.1f}."
    )
    what = (
        f"`{capture.name}`: {packets:,} packets, {capture.stat().st_size:,} octets, {truth['flows']:,} flows, seed "
        f"{truth['args']['seed']}. Each program in a fresh process, file in the page cache, best by time of the pass "
        f"(ours: {2 * repeat} runs, half of them after the peers; nfstream and tshark: 1; the rest: {repeat}). Our pass "
        "and the C walker's leave out starting the process, which is the column beside it; those of the others are whole "
        "processes. Ours hashes in a second thread, so where cores are shared CPU seconds are the steadier figure."
    )
    head = ["program", "Mpps", "pass s", "process s", "CPU s", "M packets a CPU s", "RSS MB", "ours is", "remarks"]
    lines = [BEGIN, "## Replay", "", when, "", what, "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for run in [mine, *others]:
        rate = packets / run.seconds / 1e6
        ratio = "" if run is mine else f"{run.seconds / mine.seconds:.2f}x"
        cells = [
            run.name,
            f"{rate:.2f}",
            f"{run.seconds:.2f}",
            f"{run.whole:.2f}",
            f"{run.cpu:.2f}",
            f"{packets / run.cpu / 1e6:.2f}",
            f"{run.rss}",
        ]
        lines.append("| " + " | ".join([*cells, ratio, run.note]) + " |")
    lines += ["", f"Not installed, therefore not measured: {', '.join(absent) or 'none'}.", END]
    return "\n".join(lines) + "\n"


def write(path: Path, section: str) -> None:
    """Put the section in place of the old one."""
    old = path.read_text(encoding="utf-8") if path.exists() else "# Measured\n\n"
    if BEGIN in old and END in old:
        new = old[: old.index(BEGIN)] + section + old[old.index(END) + len(END) :].lstrip("\n")
    else:
        new = old.rstrip("\n") + "\n\n" + section
    path.write_text(new, encoding="utf-8")


def capture_of(shared: Path, work: Path, packets: int) -> Path:
    """The generated capture; made once."""
    capture = work / f"b{packets}.pcap"
    if not capture.with_name(capture.name + ".json").exists():
        flows = max(1000, packets // 25)
        command = [
            sys.executable,
            shared / "bench" / "gen_pcap.py",
            capture,
            "--packets",
            packets,
            "--flows",
            flows,
            "--seed",
            1,
        ]
        subprocess.run([str(c) for c in command], check=True)
    return capture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each program; slow peers run once")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "sekisho-bench", help="captures and logs")
    parser.add_argument("--nfstream-python", default=sys.executable, help="an interpreter that has nfstream")
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "RESULTS.md")
    parser.add_argument("--only-ours", action="store_true", help="no peers, nothing written")
    parser.add_argument("--core", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.core:
        core(arguments.core)
        return
    shared = Path(os.environ.get("SEKISHO_SHARED", ROOT.parent / "shared"))
    if not (shared / "bench" / "gen_pcap.py").exists():
        sys.exit("the generator of the shared test data was not found; set SEKISHO_SHARED to its folder")
    arguments.work.mkdir(parents=True, exist_ok=True)
    capture = capture_of(shared, arguments.work, arguments.packets)
    truth = json.loads(capture.with_name(capture.name + ".json").read_text())
    with capture.open("rb") as file:  # into the page cache; in pieces, because a child inherits its parent's peak memory
        while file.read(1 << 20):
            pass
    ours(capture, truth)  # compiles, and fills the cache of compiled code
    mine = best([ours(capture, truth) for _ in range(arguments.repeat)])
    print(mine, flush=True)
    others, absent = [], []
    for name, runner in [] if arguments.only_ours else peers(shared, arguments.work, capture, arguments.nfstream_python):
        if runner is None:
            absent.append(name)
            continue
        try:
            others.append(best([runner() for _ in range(1 if name in SLOW else arguments.repeat)]))
        except subprocess.CalledProcessError as error:
            absent.append(f"{name} (failed with {error.returncode})")
            continue
        print(others[-1], flush=True)
    if others:  # once more at the end: what else runs on the machine may have ceased
        mine = best([mine, *(ours(capture, truth) for _ in range(arguments.repeat))])
        again = [walker(shared, arguments.work, capture, 2) for _ in range(arguments.repeat)] if shutil.which("gcc") else []
        others = [best([o, *(a for a in again if a.name == o.name)]) for o in others]
    section = report(capture, truth, mine, others, absent, arguments.repeat)
    print(section)
    if not arguments.only_ours:
        write(arguments.output, section)


if __name__ == "__main__":
    main()
