"""The whole sensor on a veth pair: what it finds, what it survives, what it keeps of its privileges."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scapy.all import IP, TCP, Ether
from veth_pair import CAPTURE, ip, needs_veth, send, veth

from segmentation.zonefile.embedded import default_path

pytestmark = pytest.mark.kernel
E = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
PORT = 9479


def violation(number: int, dport: int = 80) -> bytes:
    """From a My Number server into the LGWAN layer, where no conduit is."""
    return bytes(E / IP(src="10.10.10.77", dst="10.20.10.12", id=number) / TCP(sport=1024 + number, dport=dport))


@dataclass
class Sensor:
    process: subprocess.Popen[str]
    zones: Path
    eve: Path
    log: Path

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        values = [float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line)]
        assert values, f"there is no metric {name}"
        return sum(values)

    def until(self, true: Callable[[], bool], seconds: float = 90) -> None:
        """Wait for something to become true; the sensor must be running all the while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if true():
                    return
            except OSError:
                pass
            time.sleep(0.1)
        pytest.fail(f"did not happen in {seconds} s: {self.log.read_text()}")

    def workers(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(p) for p in path.read_text().split()]

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.eve.read_text("utf-8").split("\n")[:-1]] if self.eve.exists() else []


@pytest.fixture
def sensor(tmp_path: Path) -> Iterator[Sensor]:
    needs_veth()
    zones, log = tmp_path / "zones.toml", tmp_path / "log"
    shutil.copy(default_path(), zones)
    shutil.copytree(default_path().parent / "city", tmp_path / "city")
    with veth(), log.open("w") as err:
        ip("link", "set", "lo", "up")
        command = [
            sys.executable, "-m", "segmentation", "sensor", "--interface", CAPTURE, "--zones", str(zones), "--lang", "en",
            "--listen", f"127.0.0.1:{PORT}", "--eve", str(tmp_path / "eve.json"), "--state", str(tmp_path / "state"),
            "--ring", "16", "--flows", "8192",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True)
        made = Sensor(process, zones, tmp_path / "eve.json", log)
        try:
            # The ring is open when a packet arrives; the first start of a machine compiles the kernels.
            def arrived() -> bool:
                send([bytes(E / IP(src="10.10.10.21", dst="10.10.10.22") / TCP(dport=9))])
                return made.metric("sekisho_capture_packets_total") > 0

            made.until(arrived, 240)
            yield made
        finally:
            process.kill()
            process.communicate()


def test_a_violation_is_told_and_the_faults_are_survived(sensor: Sensor) -> None:
    packets = "sekisho_capture_packets_total"
    status = Path(f"/proc/{sensor.process.pid}/status").read_text()
    for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(re.search(rf"{name}:\s*(\w+)", status)[1], 16) == 1 << 13, name  # type: ignore[index]
    sent_before = _sent()
    send([violation(n) for n in range(20)])
    crossing = ("10.10.10.77", "10.20.10.12", 80)  # detectors may have more to say of the same packets
    sensor.until(lambda: crossing in [(e.get("src_ip"), e.get("dest_ip"), e.get("dest_port")) for e in sensor.lines()])
    slices = sensor.eve.parent / "state" / "evidence" / "slices"
    sensor.until(lambda: any(slices.iterdir()))
    before = sensor.metric(packets)

    # A worker is killed: another one takes its place and the counters go on.
    (worker,) = sensor.workers()
    os.kill(worker, signal.SIGKILL)
    sensor.until(lambda: sensor.workers() not in ([], [worker]) and sensor.metric("sekisho_worker_restarts_total") == 1)
    assert sensor.metric(packets) >= before

    def again() -> bool:
        send([violation(1, 81)])
        return any(line.get("dest_port") == 81 for line in sensor.lines())

    sensor.until(again)
    assert sensor.metric(packets) > before

    # A broken zone model is refused, the old one stays in force.
    good = sensor.zones.read_text("utf-8")
    sensor.zones.write_text(good.replace("[model]", "[modell]"), "utf-8")
    sensor.process.send_signal(signal.SIGHUP)
    sensor.until(lambda: "the one in force stays" in sensor.log.read_text())
    send([violation(2, 82)])
    sensor.until(lambda: any(line.get("dest_port") == 82 for line in sensor.lines()))
    sensor.zones.write_text(good, "utf-8")
    sensor.process.send_signal(signal.SIGHUP)
    count = int(sensor.metric(packets))
    for n in range(3000):  # no packet is missed while the new model is read and taken over
        send([violation(1000 + n % 2000, 84)])
        time.sleep(0.0005)
    sensor.until(lambda: "was read again" in sensor.log.read_text())
    sensor.until(lambda: sensor.metric(packets) >= count + 3000)
    assert sensor.metric("sekisho_kernel_dropped_packets_total") == 0
    assert sensor.metric("sekisho_reloads_total") == 1

    # The interface goes away and comes back.
    ip("link", "set", CAPTURE, "down")
    sensor.until(lambda: sensor.metric("sekisho_interface_up") == 0)
    ip("link", "set", CAPTURE, "up")

    def back() -> bool:  # the sender's side has its carrier again a little later, and drops what is sent before
        send([violation(3, 83)])
        return any(line.get("dest_port") == 83 for line in sensor.lines())

    sensor.until(back)

    assert _sent() == sent_before == 0
    sensor.process.send_signal(signal.SIGTERM)
    out, _ = sensor.process.communicate(timeout=30)
    assert sensor.process.returncode == 0
    assert out.startswith("Stopped. Packets ")


def _sent() -> int:
    out = subprocess.run(["ip", "-j", "-s", "link", "show", CAPTURE], check=True, capture_output=True).stdout
    return int(json.loads(out)[0]["stats64"]["tx"]["packets"])


def test_the_self_check_tells_what_it_found() -> None:
    needs_veth()
    command = [sys.executable, "-m", "segmentation", "sensor", "self-check", "--interface", CAPTURE]
    with veth():
        done = subprocess.run([*command, "--lang", "en"], capture_output=True, text=True, check=False)
        assert "[verified] cap0 has no IP address." in done.stdout
        assert "[verified] There is no capability beyond CAP_NET_RAW." in done.stdout
        assert "[verified] The transmit counter of cap0 did not move" in done.stdout
        assert "[FAILED] System calls are not restricted" in done.stdout
        assert done.returncode == 1
        ip("addr", "add", "192.0.2.1/24", "dev", CAPTURE)
        japanese = subprocess.run([*command, "--lang", "ja"], capture_output=True, text=True, check=False)
        assert "[不適合] cap0 にIPアドレスがあります: 192.0.2.1/24" in japanese.stdout
        missing = subprocess.run([*command[:-1], "none0", "--lang", "en"], capture_output=True, text=True, check=False)
        assert "There is no interface none0." in missing.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "--interface is required."),
        (["--interface", "x", "--listen", "9479"], "expected address:port"),
        (["--interface", "x", "--segment", "nowhere"], "the zone model has no zone nowhere"),
    ],
)
def test_mistakes_are_told(words: list[str], expected: str) -> None:
    command = [sys.executable, "-m", "segmentation", "sensor", *words, "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, expected in done.stderr) == (2, True), done.stderr


def test_the_unit_is_hardened() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = Path(__file__).resolve().parents[4] / "packaging" / "systemd" / "sekisho-sensor.service"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Overall exposure level for sekisho-sensor.service: ([\d.]+)", out)
    assert found is not None, out
    assert float(found[1]) <= 2.0
