"""A sensor as it runs in production, on the mirror of the live city: an unprivileged user, CAP_NET_RAW and nothing else."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.model.text import Lang
from segmentation.zonefile.embedded import default_path

#: nobody and nogroup of Debian; the unit of packaging/systemd takes a dynamic user.
USER = 65534
#: The day of the city's registers that the demonstration moves to today: a Wednesday on which all of them are in force.
DAY = dt.date(2026, 8, 19)
#: The maintenance window as the registers have it, one that is always open, and one that is closed today.
_WINDOW = re.compile(r'window = \{ days = \["wed"\], start = "13:00", end = "17:00" \}')
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SensorEndedError(Exception):
    """The sensor ended or did not come up; the message is what it said last."""


def write_zones(folder: Path, now: float, *, maintenance: bool) -> Path:
    """The city's ``zones.toml`` and registers in *folder*, their calendar moved so that *now* is :data:`DAY`.

    With *maintenance* the window of the maintenance line is open now; without, it was and will be some days away.
    """
    source = default_path()
    today = dt.datetime.fromtimestamp(now, dt.timezone(dt.timedelta(hours=9))).date()
    moved = today - DAY

    def shift(found: re.Match[str]) -> str:
        return str(dt.date.fromisoformat(found[0]) + moved)

    days = _WEEK if maintenance else (_WEEK[(today.weekday() + 3) % 7],)
    window = f'window = {{ days = {json.dumps(days)}, start = "00:00", end = "24:00" }}'
    text = re.sub(r"\b\d{4}-\d{2}-\d{2}\b", shift, source.read_text("utf-8"))
    text, count = _WINDOW.subn(window, text)
    assert count, "the maintenance window is not in the zone file"
    shutil.copytree(source.parent / "city", folder / "city", dirs_exist_ok=True)
    for ledger in (folder / "city").glob("ledger-*.csv"):
        ledger.write_text(re.sub(r"\b\d{4}-\d{2}-\d{2}\b", shift, ledger.read_text("utf-8")), "utf-8")
    (folder / "zones.new").write_text(text, "utf-8")
    (folder / "zones.new").replace(folder / "zones.toml")
    return folder / "zones.toml"


@dataclass(slots=True)
class RunningSensor:
    """The process, and the folder of its state, events and log."""

    process: subprocess.Popen[str]
    folder: Path
    port: int

    @property
    def target(self) -> str:
        """Where Prometheus finds it."""
        return f"127.0.0.1:{self.port}"

    def metrics(self) -> dict[str, float]:
        """All series now.  Raises :class:`OSError`."""
        with urllib.request.urlopen(f"http://{self.target}/metrics", timeout=10) as answer:  # our own address
            lines = answer.read().decode().splitlines()
        return {x.rpartition(" ")[0]: float(x.rpartition(" ")[2]) for x in lines if x and not x.startswith("#")}

    def metric(self, name: str) -> float:
        """The sum of all series of a metric.  Raises :class:`OSError`."""
        return sum(v for k, v in self.metrics().items() if k.partition("{")[0] == name)

    def events(self) -> list[dict[str, Any]]:
        """The EVE alerts whose lines are complete."""
        with contextlib.suppress(FileNotFoundError):
            text = (self.folder / "eve.json").read_text("utf-8")
            lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
            return [e for e in lines if e.get("event_type") == "alert"]
        return []

    def said(self) -> str:
        """Its log."""
        return (self.folder / "sensor.log").read_text("utf-8", "replace")

    def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true; whether it became so in time.  Raises :class:`SensorEndedError`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SensorEndedError(self.said()[-2000:])
            with contextlib.suppress(OSError):
                if true():
                    return True
            time.sleep(0.1)
        return False

    def reload(self, seconds: float = 30) -> bool:
        """Have it read its zone model again; whether the new one is in force."""
        # Not by /metrics: a combination nobody foresaw is shown at 0 once, and that scrape is for Prometheus.
        before = len(self.said())
        self.process.send_signal(signal.SIGHUP)
        return self.until(lambda: re.search(r"[0-9a-f]{16}", self.said()[before:]) is not None, seconds)

    def workers(self) -> list[int]:
        """Process numbers of the capture processes."""
        return [int(p) for p in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def privileges(self) -> tuple[int, int]:
        """User, and effective capabilities as a mask."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii", "replace")
        found = re.search(r"^Uid:\s+(\d+).*?^CapEff:\s+(\w+)", status, re.MULTILINE | re.DOTALL)
        assert found is not None
        return int(found[1]), int(found[2], 16)

    def stop(self) -> int:
        """End it in order; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def readable(user: int = USER) -> bool:
    """Whether another user can run the program from here."""
    # A program that starts itself: setpriv still has its privileges when it looks for the first.
    again = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import segmentation']))"
    probe = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", sys.executable, "-c", again]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def open_the_way(stash: Path, *more: Path) -> None:
    """Let other users reach the interpreter and the program where they lie in a private folder, such as root's home.

    For a process with its own mounts only: such a folder is replaced by an empty one with nothing but what is needed
    (*more* names further places that are) mounted into it.  Raises :class:`subprocess.CalledProcessError`.
    """
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).resolve().parents[2], *more}
    while blocked := sorted({a for p in needed for a in p.parents if not a.stat().st_mode & 0o001}):
        inside = sorted(p for p in needed if blocked[0] in p.parents)
        kept = [(stash / f"{blocked[0].name}-{n}", p) for n, p in enumerate(inside)]
        for place, path in kept:
            place.mkdir()
            subprocess.run(["mount", "--rbind", str(path), str(place)], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(blocked[0])], check=True)
        for place, path in kept:
            path.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--rbind", str(place), str(path)], check=True)


def seed_kernels(cache: Path) -> None:
    """Copy the kernels that were compiled for whoever runs this, so that the sensor's user need not compile them again."""
    from sensors.kernels import compiled  # noqa: PLC0415  # loads Numba

    compiled_here = Path(compiled._FOLDER) if compiled._FOLDER else None  # noqa: SLF001  # where this state of the sources is kept
    if compiled_here is not None and compiled_here.is_dir():
        shutil.copytree(compiled_here, cache, dirs_exist_ok=True)


@contextlib.contextmanager
def sensor(
    folder: Path, *interfaces: str, lang: Lang, workers: int = 1, user: int = USER, port: int = 0,
    options: tuple[str, ...] = (), within: tuple[str, ...] = (),
) -> Iterator[RunningSensor]:  # fmt: skip
    """Run a sensor on *interfaces* with the zone file, state and events in *folder*, which *user* must be able to reach.

    *folder* holds ``zones.toml``; kernels are kept in ``kernels`` below it.  *options* are further options, *within* a
    command that runs its arguments in the place of itself.
    """
    for place in (folder, *folder.rglob("*")):
        os.chown(place, user, user)
    port = port or _free_port()
    keep = "-all,+net_raw"
    command = [*within, "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"]
    command += [f"--bounding-set={keep}", f"--inh-caps={keep}", f"--ambient-caps={keep}", "--pdeathsig=KILL"]
    command += [sys.executable, "-m", "segmentation", "sensor", "--zones", str(folder / "zones.toml"), "--lang", lang]
    for interface in interfaces:
        command += ["--interface", interface]
    command += ["--listen", f"127.0.0.1:{port}", "--eve", str(folder / "eve.json"), "--state", str(folder / "state")]
    command += ["--workers", str(workers), "--ring", "16", "--flows", "16384", *options]
    own = {"HOME": str(folder), "NUMBA_CACHE_DIR": str(folder / "kernels"), "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / "sensor.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, env=os.environ | own)
    running = RunningSensor(process, folder, port)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])
