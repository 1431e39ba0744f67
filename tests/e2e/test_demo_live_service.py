"""The running sensor among the programs around it: alerts that come and go, two workers, a full disk, an absent Prometheus."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.all import IP, TCP, Ether
from shared_data import SHARED
from veth_pair import CAPTURE, ip, needs_veth, send, veth
from veth_replay import frames_of, mutated

from sensors.example.alerting import UnavailableError, alerting
from sensors.example.live_sensor import RunningSensor, seed_kernels, sensor, write_zones

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
E = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
PACKETS, VIOLATIONS = "sekisho_capture_packets_total", "sekisho_violations_total"


def crossing(dport: int, host: int = 77) -> bytes:
    """From a My Number server into the LGWAN layer, where no conduit is (MN-01)."""
    return bytes(E / IP(src=f"10.10.10.{host}", dst="10.20.10.12", id=dport) / TCP(sport=40_000, dport=dport, flags="S"))


def neighbour(number: int) -> bytes:
    """Within one zone: nobody minds."""
    packet = IP(src=f"10.10.10.{20 + number % 200}", dst="10.10.10.11", id=number & 0xFFFF)
    return bytes(E / packet / TCP(sport=1024 + number % 60_000, dport=443, flags="S"))


def arrives(frame: bytes) -> bool:
    """Whether the kernel hands it on: a whole header within the MTU, and a whole tag (net/core/skbuff.c skb_vlan_untag)."""
    return (20 if frame[12:14] in (b"\x81\x00", b"\x88\xa8") else 14) <= len(frame) <= 1500


@contextlib.contextmanager
def running(
    folder: Path, *, workers: int = 1, options: tuple[str, ...] = (), within: tuple[str, ...] = ()
) -> Iterator[RunningSensor]:
    """A sensor on the veth pair that has seen a packet."""
    needs_veth()
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    place = folder / "sensor"
    place.mkdir()
    write_zones(place, time.time(), maintenance=False)
    seed_kernels(place / "kernels")
    with veth():
        ip("link", "set", "lo", "up")
        with sensor(place, CAPTURE, lang="en", workers=workers, user=0, options=options, within=within) as made:

            def arrived() -> bool:
                send([neighbour(n) for n in range(20)])
                return made.metric(PACKETS) > 0 and len(made.workers()) == workers

            assert made.until(arrived, 240), made.said()
            yield made


def received() -> int:
    """Packets that reached the port, by the kernel's count."""
    shown = subprocess.run(["ip", "-j", "-s", "link", "show", CAPTURE], check=True, capture_output=True).stdout
    return int(json.loads(shown)[0]["stats64"]["rx"]["packets"])


def settled(made: RunningSensor) -> float:
    """The packets counted once nothing more comes: workers report every second, later on a busy machine."""
    still, value = 0, -1.0
    while still < 8:
        time.sleep(0.4)
        before, value = value, made.metric(PACKETS)
        still = still + 1 if value == before else 0
    return value


def destinations(made: RunningSensor) -> set[int]:
    return {int(e["dest_port"]) for e in made.events() if "dest_port" in e}


def test_a_crossing_is_delivered_and_resolved_again(tmp_path: Path) -> None:
    try:
        with running(tmp_path) as made, alerting(DASHBOARDS, tmp_path / "alerting", [made.target]) as stack:
            assert stack.wait(lambda: bool(stack.query(VIOLATIONS)), 30)
            time.sleep(2)
            assert stack.received.alerts("firing") == []
            send([crossing(445)])
            assert stack.wait(lambda: bool(stack.received.alerts("firing")), 30), made.said()
            assert stack.wait(lambda: bool(stack.received.alerts("resolved")), 40)
            labels = [a["labels"] for a in stack.received.alerts("firing")]
    except UnavailableError as e:
        pytest.skip(f"{e} is not installed")
    assert {(a["rule"], a["src_zone"], a["dst_zone"]) for a in labels} == {("MN-01", "mn", "lg")}
    (alert, *_) = stack.received.alerts("firing")
    assert alert["annotations"]["summary_ja"].startswith("【重大】マイナンバー利用事務系→LGWAN")


def test_prometheus_goes_away_and_comes_back(tmp_path: Path) -> None:
    """What was crossed while nobody scraped is an increase, and an alert, once Prometheus is back within the window."""
    try:
        with running(tmp_path) as made:
            with alerting(DASHBOARDS, tmp_path / "alerting", [made.target], window_seconds=90) as stack:
                assert stack.wait(lambda: bool(stack.query(VIOLATIONS)), 30)
                time.sleep(2)
            before = made.metrics()
            send([crossing(445), crossing(3389), crossing(22)])
            assert made.until(lambda: destinations(made) >= {445, 3389, 22}, 20)
            with alerting(DASHBOARDS, tmp_path / "alerting", [made.target], window_seconds=90) as stack:
                assert stack.wait(lambda: bool(stack.received.alerts("firing")), 40), made.said()
                increase = stack.query(f"sum(increase({VIOLATIONS}[90s]))")
            after = made.metrics()
    except UnavailableError as e:
        pytest.skip(f"{e} is not installed")
    assert float(increase[0]["value"][1]) > 0
    falling = [k for k, v in before.items() if "_total" in k and after.get(k, 0.0) < v]
    assert falling == []
    assert {a["labels"]["rule"] for a in stack.received.alerts("firing")} == {"MN-01"}


def test_two_workers_share_the_traffic_and_lose_nothing_when_one_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as made:
        first = made.workers()
        base = settled(made)
        for start in range(0, 4000, 200):
            send([neighbour(n) for n in range(start, start + 200)])
            time.sleep(0.01)
        send([crossing(1000 + n, host=100 + n % 100) for n in range(100)])
        assert made.until(lambda: made.metric(PACKETS) >= base + 4100, 60), made.metric(PACKETS) - base
        assert made.metric(PACKETS) == base + 4100
        assert made.until(lambda: destinations(made) == set(range(1000, 1100)), 60)
        assert made.metric("sekisho_kernel_dropped_packets_total") == 0
        before = made.metrics()
        os.kill(first[0], signal.SIGKILL)
        seen = []
        assert made.until(lambda: seen.append(made.metrics()) or len({*made.workers()} - {first[0]}) == 2, 60)
        for earlier, later in zip([before, *seen], seen, strict=False):
            assert [k for k, v in earlier.items() if "_total" in k and later.get(k, 0.0) < v] == []

        def told_again() -> bool:
            send([crossing(2000 + n, host=100 + n % 100) for n in range(50)])
            return set(range(2000, 2050)) <= destinations(made)

        assert made.until(told_again, 60), made.said()
        assert made.metric("sekisho_worker_restarts_total") == 1


def test_a_full_disk_costs_events_and_they_are_counted(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    # A file system of 64 KiB that only the sensor sees.
    mount = f'mount -t tmpfs -o size=64k tmpfs {small} && exec "$@"'
    with running(
        tmp_path, options=("--eve", str(small / "eve.json")), within=("unshare", "--mount", "sh", "-c", mount, "sh")
    ) as made:
        inside = Path(f"/proc/{made.process.pid}/root{small}")
        filler = inside / "filler"
        send([crossing(100)])
        assert made.until(lambda: "MN-01" in (inside / "eve.json").read_text("utf-8"), 20)
        with contextlib.suppress(OSError):
            filler.write_bytes(bytes(1 << 20))
        for start in range(1000, 1200, 50):  # one tick names so many of one cause, and counts the others
            send([crossing(start + n) for n in range(50)])
            time.sleep(1.2)
        full = 'sekisho_events_lost_total{reason="disk_full",sink="eve"}'
        assert made.until(lambda: made.metrics().get(full, 0) > 0, 20)
        time.sleep(1.5)
        lost = made.metrics()[full]
        written = made.metrics()['sekisho_events_written_total{sink="eve"}']
        filler.unlink()
        send([crossing(5000)])
        assert made.until(lambda: '"dest_port": 5000' in (inside / "eve.json").read_text("utf-8"), 20), made.said()
        lines = (inside / "eve.json").read_text("utf-8").splitlines()
        ports = []
        for line in lines:
            with contextlib.suppress(ValueError):  # the one line that was cut when the disk became full
                ports.append(json.loads(line).get("dest_port"))
        assert len(lines) - len(ports) <= 1
        told = [p for p in ports if p is not None and p >= 1000 and p < 5000]
        assert len(told) + lost >= 200, (len(told), lost, written)
        assert made.metric(VIOLATIONS) >= 202  # counted all the same
        assert made.process.poll() is None


def test_malformed_frames_between_valid_ones_are_counters_and_nothing_else(tmp_path: Path) -> None:
    captures = SHARED / "data" / "pcaps" / "captures"
    if not captures.is_dir():
        pytest.skip(f"{captures} is not there")
    pool = [f for p in sorted(captures.iterdir())[::40] for f in (frames_of(p) or [])[:10]]
    with running(tmp_path, options=("--ring", "64")) as made:
        base, before = settled(made), received()
        for n, batch in enumerate(mutated(pool, 10_000, 3)):
            frames = [f for f in batch if arrives(f)]
            for start in range(0, len(frames), 50):
                send(frames[start : start + 50])
                time.sleep(0.005)
            assert made.until(lambda port=6000 + n: _told(made, port), 60), made.said()  # type: ignore[misc]
        assert received() - before > 8000

        def accounted() -> bool:
            dropped = made.metric("sekisho_kernel_dropped_packets_total")
            return made.metric(PACKETS) + dropped == base + received() - before

        assert made.until(accounted, 30), (made.metric(PACKETS) - base, received() - before)
        assert made.metric("sekisho_worker_restarts_total") == 0
        assert made.metric("sekisho_not_decoded_packets_total") > 0
        assert not re.search("Traceback|internal error", made.said())


def _told(made: RunningSensor, port: int) -> bool:
    """Cross once more, and look whether it is told."""
    send([crossing(port, host=150 + port % 100)])
    time.sleep(0.3)
    return port in destinations(made)


def test_a_reload_with_two_workers_loses_no_packet(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as made:
        base, good = settled(made), (made.folder / "zones.toml").read_text("utf-8")
        sent = 0

        def stream() -> None:
            nonlocal sent
            for _ in range(25):
                send([neighbour(sent + n) for n in range(20)])
                sent += 20
                time.sleep(0.02)

        (made.folder / "zones.toml").write_text(good.replace("[model]", "[modell]"), "utf-8")
        made.process.send_signal(signal.SIGHUP)
        stream()
        assert made.until(lambda: made.metric("sekisho_reload_failures_total") == 1, 20)
        assert made.metric("sekisho_reload_success") == 0
        (made.folder / "zones.toml").write_text(good + "\n# another hash\n", "utf-8")
        made.process.send_signal(signal.SIGHUP)
        stream()
        assert made.until(lambda: made.metric("sekisho_reloads_total") == 1, 20)
        assert made.metric("sekisho_reload_success") == 1
        assert made.until(lambda: made.metric(PACKETS) >= base + sent, 20)
        assert made.metric(PACKETS) == base + sent
        assert made.metric("sekisho_kernel_dropped_packets_total") == 0
        send([crossing(7777)])
        assert made.until(lambda: 7777 in destinations(made), 20)


def test_stopping_it_says_what_was_seen(tmp_path: Path) -> None:
    with running(tmp_path) as made:
        send([crossing(445)])
        assert made.until(lambda: 445 in destinations(made), 20)
        assert made.stop() == 0
        assert re.search(r"Stopped\. Packets [\d,]+, flows [\d,]+, violations 1, dropped 0", made.said()), made.said()
    listed = subprocess.run(["ip", "-br", "link", "show", CAPTURE], capture_output=True, check=False)
    assert listed.returncode != 0
