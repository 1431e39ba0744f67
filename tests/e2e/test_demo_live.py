"""``make demo-live`` as an officer sees it, and that it leaves nothing behind however it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from veth_pair import needs_veth

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
PROGRAMS = (
    "unshare", "nsenter", "setpriv", "ip", "nft", "curl", "openssl", "ping", "mount", "prometheus", "prometheus-alertmanager",
)  # fmt: skip
COMMAND = [sys.executable, "-m", "sensors.example.live_city"]
#: Every line of the table: the number, and the rules in each of the first three columns.
TABLE = {
    "V11c": "", "V12c": "", "V13c": "", "V14c": "", "V15c": "", "V20c": "", "V21c": "", "DNS": "", "V22c": "",
    "V11": "LG-06", "V12": "MN-05", "V13": "NC-11", "V14": "NC-12, NC-11", "V15": "MN-18", "V16": "NC-19", "V20": "NC-14",
    "V21": "LT-05",
}  # fmt: skip


def needs_programs() -> None:
    needs_veth()
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def standing() -> tuple[set[str], set[str], set[str]]:
    """Interfaces, mounts, and processes that the demonstration would leave."""
    links = subprocess.run(["ip", "-br", "link"], check=True, capture_output=True, text=True).stdout
    mounts = Path("/proc/self/mounts").read_text()
    words = ("live_mirror", "sekisho", "segmentation", "live_city", "alertmanager", "prometheus", "unshare")
    processes = set()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if any(w in line for w in words) and str(place.name) != str(os.getpid()) and "demo-live-trace" in _environment(place):
            processes.add(line)
    return {x.split()[0] for x in links.splitlines()}, set(mounts.splitlines()), processes


def _environment(place: Path) -> str:
    try:
        return (place / "environ").read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def traced() -> dict[str, str]:
    return {**os.environ, "SEKISHO_TRACE": "demo-live-trace"}


def test_every_planted_fault_is_found_and_nothing_else(tmp_path: Path) -> None:
    needs_programs()
    before = standing()
    command = [*COMMAND, "--output", str(tmp_path / "out"), "--lang", "en"]
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400, env=traced())
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {}
    for line in done.stdout.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if len(cells) == 7 and cells[0] in {*TABLE, "V16c", "V22"}:
            rows[cells[0]] = cells
    assert set(rows) == {*TABLE, "V16c", "V22"}
    for number, rules in TABLE.items():
        wanted = [rules or "nothing"] + [rules or "nothing" if number != "V22c" else "(replayed)"] * 2
        assert rows[number][2:5] == wanted, number
        assert rows[number][6] == "as expected"
    assert rows["V16c"][2:5] == ["EX-07", "nothing", "nothing"]
    assert rows["V22"][2] == "MN-15"
    for number in ("V11", "V15", "V16"):
        assert int(rows[number][5]) >= 1, f"no evidence of {number}"
    assert "evidence slices verified, nothing was changed" in done.stdout
    assert "capabilities 0x2000 (CAP_NET_RAW only)" in done.stdout
    assert re.search(r"Packets \d+, dropped 0, not decoded 0", done.stdout)
    assert standing() == before
    assert {p.name for p in (tmp_path / "out").iterdir()} <= {"sensor", "alerting", "server.key", "server.pem"}
    assert time.monotonic() - begun < 240  # two minutes, and a minute or more for kernels on a fresh machine


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    needs_programs()
    before = standing()
    process = subprocess.Popen(
        [*COMMAND, "--output", str(tmp_path / "out"), "--lang", "en"], stdout=subprocess.PIPE, text=True, env=traced()
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("2."):
            break
    assert standing()[2] != before[2]
    process.send_signal(number)
    assert process.wait(20) == (130 if number != signal.SIGKILL else -9)
    process.stdout.close()
    end = time.monotonic() + 10
    while standing() != before and time.monotonic() < end:
        time.sleep(0.1)
    assert standing() == before


@pytest.mark.parametrize(("lang", "said"), [("en", "must be run as root"), ("ja", "rootで実行してください")])
def test_without_root_it_says_so_in_one_line(tmp_path: Path, lang: str, said: str) -> None:
    if os.geteuid() != 0:
        prefix: list[str] = []
    else:
        prefix = [
            sys.executable, "-c",
            "import os, sys; os.geteuid = lambda: 1000\nfrom sensors.example.live_city import main\nsys.exit(main())",
        ]  # fmt: skip
    command = [*(prefix or COMMAND), "--output", str(tmp_path / "out"), "--lang", lang]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
