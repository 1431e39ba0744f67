"""Speed and memory of ``sekisho lint`` at 1,000 to 100,000 rules, beside RuleHawk where it is installed.

``make bench-lint`` runs it whole; ``--sizes 1000 10000`` is a quick look.  The rule bases are made by
``lint_rulebases.py``, the same on every run, over a model of 40 zones.  Each run is a process of its own: reading, zone
matrix of both kinds of packets, anomalies, findings with witnesses, and the JSON report written to a file.  Compiled
functions are in Numba's cache: a first run on 50 rules fills it and is not counted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lint_peers
import lint_rulebases as bases

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- lint: written by bench/lint.py -->", "<!-- /lint -->"
SIZES = (1_000, 10_000, 100_000)
#: The targets in seconds for zone matrix, anomalies and witnesses, by number of rules: ACL-like families, and fw.
TARGETS = {10_000: (3.0, 6.0), 100_000: (20.0, 120.0)}


_HEAD = (
    "`sekisho lint`, whole process with JSON report, over {zones} zones; one run each, compiled functions cached. "
    "CPU seconds are the steadier figure on a shared machine; the target is in seconds. "
    "The peers do a part of it only: the sequential BDD asks whether each rule is shadowed by all before it, without parsing, "
    "zones, witness or report; Aerleon looks for terms behind one other term; nft checks and looks for rules to merge. "
    "Findings: in the report, and in brackets the rules they stand for. Not decided: redundancy of rules / zone pairs."
)
#: The further peers: what each does of the same work is in the head of the section.
_PEERS = {"cudd": "sequential BDD (CUDD)", "aerleon": "Aerleon shade check", "nft": "nft --check --optimize"}
_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Run:
    """One process."""

    wall: float
    cpu: float
    rss: int  # MB
    code: int
    finished: bool


def execute(command: Sequence[str], most: float) -> Run:
    """Run *command* with its output discarded; after *most* seconds of wall time it is ended."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGALRM, lambda *_: process.send_signal(signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, most)
    _pid, status, usage = os.wait4(process.pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    wall = time.perf_counter() - start
    process.returncode = code = os.waitstatus_to_exitcode(status)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, code, code >= 0)


def ours(config: Path, zones: Path, report: Path, most: float) -> tuple[Run, str]:
    """``sekisho lint`` on one file, and what its report says in short."""
    run = execute(
        [sys.executable, "-m", "segmentation", "lint", str(config), "--zones", str(zones), "--at", "2026-11-21",
         "--format", "json", "--output", str(report)], most,
    )  # fmt: skip
    if not run.finished:
        return run, f"ended after {most:.0f} s"
    found = json.loads(report.read_text(encoding="utf-8"))
    merged = sum(f["count"] for f in found["findings"])
    limits = [t["en"] for t in found["undecided"] if "limit of work" in t["en"]]
    open_rules = sum(int(m.group(1)) for t in limits if (m := re.search(r"whether (\d+) rules", t)))
    open_pairs = sum("whether" not in t for t in limits)
    size = report.stat().st_size / 1e6
    return run, f"{len(found['findings']):,} ({merged:,}) | {open_rules:,} / {open_pairs:,} | {size:.1f}"


def rulehawk_command(python: Path) -> list[str] | None:
    """How to start RuleHawk with the Python of the peers' environment, ``None`` where it is not installed."""
    if not python.exists():
        return None
    known = subprocess.run([python, "-c", "import rulehawk.cli"], capture_output=True, check=False)
    return [str(python), "-m", "rulehawk"] if known.returncode == 0 else None


def rulehawk_policy() -> str:
    """The demand nearest to ours that RuleHawk can be asked: no zone may reach one of another layer."""
    zones = {bases.zone_of(n): [f"10.{n}.0.0/16"] for n in range(bases.ZONES)}
    names = list(zones)
    barred = [{"from": a, "to": b} for i, a in enumerate(names) for j, b in enumerate(names) if (i - j) % 3]
    return json.dumps({"zones": zones, "must_not_reach": barred})


def measure(options: argparse.Namespace, folder: Path) -> list[str]:
    """The lines of the table; each is printed as soon as it is known."""
    zones = folder / "zones.toml"
    zones.write_text(bases.model(), encoding="utf-8")
    (folder / "policy.json").write_text(rulehawk_policy(), encoding="utf-8")
    peer = rulehawk_command(options.peer_python)
    warm = folder / "warm.rules"
    warm.write_text(bases.iptables_save(bases.lines("fw", 50), 4), encoding="utf-8")
    ours(warm, zones, folder / "warm.json", 600)
    out = []
    for size in options.sizes:
        for family in options.families:
            for version in options.versions:
                config = folder / f"{family}{version}_{size}.rules"
                config.write_text(bases.iptables_save(bases.lines(family, size), version), encoding="utf-8")
                run, said = ours(config, zones, folder / "report.json", options.most)
                out.append(_line(f"{family} IPv{version}", size, run, said))
                print(out[-1], flush=True)
                if peer is not None and version == 4 and size <= options.peer_most:
                    theirs = execute([*peer, str(config), "--policy", str(folder / "policy.json"), "--json"], options.most)
                    ratio = f"{theirs.cpu / run.cpu:.1f}x our CPU" if theirs.finished else f"ended after {options.most:.0f} s"
                    out.append(_line(f"RuleHawk on {family}", size, theirs, f" |  | {ratio}", peer=True))
                    print(out[-1], flush=True)
                if version == 4 and size <= options.peer_most:
                    out += beside(family, size, run, options, folder)
                config.unlink()
    return out


def peers(python: Path) -> dict[str, list[str]]:
    """How to start each further peer that is here, on a file as its last argument."""
    own = str(ROOT / "bench" / "lint_peers.py")
    out: dict[str, list[str]] = {}
    if importlib.util.find_spec("dd") is not None and importlib.util.find_spec("dd.cudd") is not None:
        out["cudd"] = [sys.executable, own, "cudd"]
    if python.exists() and not subprocess.run([python, "-c", "import aerleon"], capture_output=True, check=False).returncode:
        out["aerleon"] = [str(python), own, "aerleon"]
    nft, unshare = shutil.which("nft", path=_PATH), shutil.which("unshare", path=_PATH)
    if nft and unshare and os.geteuid() == 0:
        out["nft"] = [unshare, "-n", nft, "--check", "--optimize", "--file"]
    return out


def beside(family: str, size: int, run: Run, options: argparse.Namespace, folder: Path) -> list[str]:
    """The lines of the peers that read the same rules as *run* did; each is printed as soon as it is known."""
    out = []
    for peer, command in peers(options.peer_python).items():
        file = folder / f"peer.{peer}"
        lint_peers.write(peer, list(bases.lines(family, size)), file)
        theirs = execute([*command, str(file)], options.most)
        ratio = f"{theirs.cpu / run.cpu:.2f}x our CPU" if theirs.finished else f"ended after {options.most:.0f} s"
        out.append(_line(f"{_PEERS[peer]} on {family}", size, theirs, f" |  | {ratio}", peer=True))
        print(out[-1], flush=True)
        file.unlink()
    return out


def _line(name: str, size: int, run: Run, said: str, *, peer: bool = False) -> str:
    target = ""
    if size in TARGETS and not peer:
        target = f"{TARGETS[size][name.startswith('fw')]:.0f}"
    rate = f"{size / run.cpu:,.0f}" if run.finished else ""
    cells = said if "|" in said else f"{said} |  | "
    return f"| {name} | {size:,} | {run.wall:.1f} | {run.cpu:.1f} | {target} | {rate} | {run.rss:,} | {cells} |"


def machine() -> str:
    """Date, processor and versions, for the head of the section."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    return (
        f"{dt.datetime.now(dt.UTC).date().isoformat()}; {os.cpu_count()} CPUs ({cpu.group(1) if cpu else 'unknown'}), "
        f"{int(memory.group(1)) >> 20 if memory else 0} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}; load average at the end {os.getloadavg()[0]:.1f}."
    )


def section(table: Sequence[str], options: argparse.Namespace) -> str:
    """The section of ``RESULTS.md``."""
    absent = []
    if rulehawk_command(options.peer_python) is None:
        absent.append("RuleHawk (not to be had from the package index that was used)")
    absent.append("fffuu (its sources are in no registry, and Debian's ghc is needed; tests/differential compares its results)")
    absent += [label for name, label in _PEERS.items() if name not in peers(options.peer_python)]
    absent += [f"the {f} family" for f in bases.FAMILIES if f not in options.families]
    absent += [f"{n:,} rules" for n in SIZES if n not in options.sizes]
    return "\n".join([
        BEGIN, "## Lint", "", machine(), "",
        _HEAD.format(zones=bases.ZONES),
        "",
        "| rule base | rules | wall s | CPU s | target s | rules a CPU s | RSS MB | findings | not decided | report MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *table, "", "Not measured: " + "; ".join(absent) + ".", END, "",
    ])  # fmt: skip


def main() -> None:
    """Measure, print, and write the section into the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--families", nargs="+", choices=bases.FAMILIES, default=list(bases.FAMILIES))
    parser.add_argument("--versions", type=int, nargs="+", choices=(4, 6), default=[4, 6])
    parser.add_argument("--most", type=float, default=600.0, help="seconds after which a run is ended")
    parser.add_argument("--peer-python", type=Path, default=ROOT / ".venv-peers" / "bin" / "python")
    parser.add_argument("--peer-most", type=int, default=10_000, help="largest rule base the peer is given: it is quadratic")
    parser.add_argument("--results", type=Path, help="file whose section is replaced")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-lint-"))
    try:
        written = section(measure(options, folder), options)
    finally:
        shutil.rmtree(folder)
    if options.results is not None:
        text = options.results.read_text(encoding="utf-8") if options.results.exists() else "# Measured\n\n"
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END + "\n")[2] if rest else ""
        options.results.write_text(before.rstrip("\n") + "\n\n" + written + after, encoding="utf-8")
    else:
        print(written)


if __name__ == "__main__":
    assert importlib.util.find_spec("segmentation"), "run it with the project's environment"
    main()
