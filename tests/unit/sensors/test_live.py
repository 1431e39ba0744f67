"""Live judging: the findings of a stream are those of the file; totals never fall; a flood neither grows nor hides."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from frame_blocks import SECOND, block_of
from scapy.all import IP, TCP, UDP, Dot1Q, Ether, Raw

from segmentation.model.finding import Finding
from segmentation.model.judge import Judge
from segmentation.profiles.loader import load_policy
from segmentation.zonefile.embedded import default_path
from segmentation.zonefile.reader import load
from sensors.capture.reader import open_capture
from sensors.kernels.block import Block
from sensors.kernels.taps import Tapped, Taps
from sensors.kernels.tracker import TrackerConfig
from sensors.live import LIVE_TRACKER, LiveConfig, LivePipeline
from sensors.pipeline import Pipeline
from sensors.watch.watcher import FlowChanges, FlowTable

CASES = Path(__file__).resolve().parents[2] / "cases"
E = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
SMALL = LiveConfig(
    tracker=replace(LIVE_TRACKER, flows=2048, max_flows=2048, bindings=256, fragments=256), contain=False, evidence=True
)


@cache
def city(profile: str | None = None) -> Judge:
    model = load(default_path(), "zones.toml").model
    assert model is not None
    return Judge.of(model, load_policy(profile or model.profile))


def pairs(matrix: Mapping[tuple[str, str, str, str], Sequence[int]]) -> dict[tuple[str, str, str], int]:
    """Packets by zone pair and verdict: a stream counts packets in the state their flow had at the time."""
    out: dict[tuple[str, str, str], int] = {}
    for (src, dst, _, verdict), (packets, *_rest) in matrix.items():
        out[src, dst, verdict] = out.get((src, dst, verdict), 0) + packets
    return out


class Spy:
    """A watcher that keeps what it is given."""

    name = "spy"
    classes = Tapped.DNS | Tapped.VIOLATION

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.flows: list[tuple[int, bool, bool, int]] = []
        self.ticks: list[int] = []
        self.octets: list[bytes] = []

    def decisions(self, judge: Judge) -> Iterable[int]:
        return ()

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:
        self.numbers += taps["number"].tolist()
        self.octets += [block.buffer[int(t["payload"]) : int(t["payload"] + t["captured"])].tobytes() for t in taps]

    def on_flows(self, flows: FlowChanges) -> None:
        self.flows += zip(flows.rows.tolist(), flows.new.tolist(), flows.ended.tolist(), flows.packets.tolist(), strict=True)

    def tick(self, now_ns: int) -> Iterable[Finding]:
        self.ticks.append(now_ns)
        return ()

    def counters(self) -> Mapping[str, int]:
        return {}

    def reload(self, judge: Judge) -> None:
        self.numbers.append(-1)


def packet(src: str, dst: str, *, sport: int = 40000, dport: int = 80, flags: str = "S", data: bytes = b"") -> bytes:
    return bytes(E / IP(src=src, dst=dst, id=sport & 0xFFFF) / TCP(sport=sport, dport=dport, flags=flags) / Raw(data))


@cache
def forbidden() -> tuple[str, str]:
    """A pair of addresses of the city that must not speak."""
    judge = city()
    decision = next(
        d for d in judge.decisions
        if not d.kind.allows and not d.conditional and d.src_zone and d.dst_zone and d.rules and d.src.v4 and d.dst.v4
    )  # fmt: skip
    return tuple(str(ipaddress.ip_address(next(iter(s.v4))[0])) for s in (decision.src, decision.dst))  # type: ignore[return-value]


@pytest.mark.parametrize("folder", sorted(p.parent for p in CASES.glob("*/case.toml")), ids=lambda p: p.name)
def test_a_stream_gives_the_findings_of_the_file(folder: Path) -> None:
    case = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    if "zones" in case:
        model = load(folder / case["zones"]).model
        assert model is not None
        judge = Judge.of(model, load_policy(case.get("profile") or model.profile))
    else:
        judge = city(case.get("profile"))
    (capture,) = folder.glob("in.pcap*")
    pipeline = Pipeline(judge)
    outcome = pipeline.run("x", open_capture(capture))
    expected = {f.fingerprint: (f.count, f.state) for f in pipeline.findings([outcome])}
    live = LivePipeline(judge, config=replace(SMALL, tracker=replace(SMALL.tracker, drop_duplicates=False)))
    counts: dict[str, int] = {}
    states = {}
    for stretch in live.drive(open_capture(capture)):
        for f in stretch.findings:
            counts[f.fingerprint] = counts.get(f.fingerprint, 0) + f.count
            states[f.fingerprint] = f.state
    assert set(counts) == set(expected)
    assert states == {k: v[1] for k, v in expected.items()}
    matrix = pipeline.matrix(outcome)
    assert pairs(live.totals.matrix) == pairs(matrix)


def test_a_flow_is_told_new_then_changed_then_ended_and_its_packets_once() -> None:
    spy = Spy()
    live = LivePipeline(city(), config=SMALL, watchers=[spy])
    frame = packet("10.10.10.21", "10.10.10.22")
    live.feed(block_of([frame], ts=[SECOND]))
    first = live.tick(2 * SECOND)
    more = [packet("10.10.10.21", "10.10.10.22", flags="A", data=bytes([i])) for i in range(3)]
    live.feed(block_of(more, ts=[3 * SECOND] * 3, first_number=2))
    second = live.tick(4 * SECOND)
    third = live.tick(5 * SECOND)
    last = live.tick(5 * SECOND + 4000 * SECOND)
    assert [(s.new, s.changed, s.ended, s.live) for s in (first, second, third, last)] == [
        (1, 1, 0, 1), (0, 1, 0, 1), (0, 0, 0, 1), (0, 0, 1, 0),
    ]  # fmt: skip
    assert spy.flows == [(0, True, False, 1), (0, False, False, 3), (0, False, True, 0)]
    assert sum(v[0] for v in live.totals.matrix.values()) == 4
    assert sum(v[1] for v in live.totals.matrix.values()) == len(frame) + sum(map(len, more))


def test_a_clock_that_is_set_back_an_hour_ends_nothing_and_stops_nothing() -> None:
    live = LivePipeline(city(), config=SMALL)
    hour = 3600 * SECOND
    live.feed(block_of([packet("10.10.10.21", "10.10.10.22")], ts=[10 * hour]))
    live.tick(10 * hour, 1 * SECOND)
    src, dst = forbidden()
    live.feed(block_of([packet(src, dst)], ts=[9 * hour], first_number=2))
    back = live.tick(9 * hour, 2 * SECOND)
    assert [f.count for f in back.findings if f.src_zone] == [1]
    assert back.live == 2
    assert live.tick(9 * hour + SECOND, 40 * SECOND).ended == 2  # unanswered SYNs go by the clock that only goes forward


def test_violations_go_on_being_told_with_what_is_new_of_them() -> None:
    live, (src, dst) = LivePipeline(city(), config=SMALL), forbidden()
    live.feed(block_of([packet(src, dst)], ts=[SECOND]))
    (one,) = live.tick(2 * SECOND).findings
    live.feed(block_of([packet(src, dst, flags="A", data=b"x" * i) for i in (1, 2)], ts=[3 * SECOND] * 2, first_number=2))
    (two,) = live.tick(4 * SECOND).findings
    assert one.fingerprint == two.fingerprint
    assert (one.count, two.count) == (1, 0)
    assert dict(two.detail)["packets"] == "2"
    assert not live.tick(5 * SECOND).findings


def test_a_watcher_reads_violations_and_its_failure_is_counted() -> None:
    spy = Spy()
    live, (src, dst) = LivePipeline(city(), config=SMALL, watchers=[spy]), forbidden()
    query = bytes(E / IP(src="10.10.10.21", dst="10.10.10.22") / UDP(sport=9, dport=53) / Raw(b"q"))
    live.feed(block_of([packet(src, dst, data=b"evil"), query, packet("10.10.10.21", "10.10.10.22")], ts=[SECOND] * 3))
    assert spy.numbers == [1, 2]
    assert spy.octets == [b"evil", b"q"]
    live = LivePipeline(city(), config=replace(SMALL, contain=True), watchers=[spy])
    spy.on_taps = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
    live.feed(block_of([query]))
    assert live.totals.watcher_failures == 1
    assert "ZeroDivisionError" in live.failure


def test_a_reload_judges_live_flows_by_the_new_model_and_keeps_the_totals() -> None:
    spy = Spy()
    judge, (src, dst) = city(), forbidden()
    live = LivePipeline(judge, config=SMALL, watchers=[spy])
    live.feed(block_of([packet(src, dst)] + [packet("10.10.10.21", "10.10.10.22")] * 2, ts=[SECOND] * 3))
    assert len(live.tick(2 * SECOND).findings) == 1
    before = {k: list(v) for k, v in live.totals.matrix.items()}
    live.reload(Judge.of(judge.model, replace(judge.policy)))
    assert spy.numbers[-1] == -1
    again = live.tick(3 * SECOND)
    assert (again.new, len(again.findings)) == (0, 1)  # told once more under the new model, with nothing new in it
    assert again.findings[0].count == 0
    assert {k: v for k, v in live.totals.matrix.items() if any(v)} == before
    live.feed(block_of([packet(src, dst, sport=5)], ts=[4 * SECOND], first_number=4))
    assert sum(f.count for f in live.tick(5 * SECOND).findings) == 1


def test_a_reload_in_steps_is_a_reload_at_once() -> None:
    """Packets that come between two steps belong to flows that go on, that begin, and that turn out the other way round."""
    judge, (src, dst) = city(), forbidden()
    other = Judge.of(judge.model, load_policy("okayama"))
    earlier = [packet(src, dst, sport=n) for n in range(2000, 2040)]
    earlier += [bytes(E / IP(src=dst, dst=src) / TCP(sport=9000, dport=9001, flags="A"))]
    later = [packet(src, dst, sport=n) for n in range(2020, 2060)]
    later += [bytes(E / IP(src=src, dst=dst) / TCP(sport=9001, dport=9000, flags="S"))]

    def run(*, stepwise: bool) -> tuple[object, ...]:
        live = LivePipeline(judge, config=SMALL)
        live.feed(block_of(earlier, ts=[SECOND] * len(earlier), first_number=1))
        live.tick(SECOND)
        block = block_of(later, ts=[2 * SECOND] * len(later), first_number=len(earlier) + 1)
        if stepwise:
            steps = live.reload_steps(other)
            next(steps)
            assert live.judge is judge
            live.feed(block)
            for _ in steps:
                pass
        else:
            live.reload(other)
            live.feed(block)
        assert live.judge is other
        rows = live.tracker.flows().tolist()
        return rows, sorted(f.fingerprint for f in live.tick(3 * SECOND).findings)

    assert run(stepwise=True) == run(stepwise=False)


def test_a_flood_beside_one_violation_is_bounded_and_does_not_hide_it() -> None:
    live, (src, dst) = LivePipeline(city(), config=SMALL), forbidden()
    rooms = live.tracker.capacity
    number, found = 1, []
    for turn in range(12):
        flood = [packet(f"198.51.{turn}.{i % 250 + 1}", "10.10.10.22", sport=1024 + i // 250 + turn) for i in range(1000)]
        frames = flood if turn != 9 else [*flood[:500], packet(src, dst, dport=4711), *flood[500:]]
        live.feed(block_of(frames, ts=[turn * SECOND] * len(frames), first_number=number))
        number += len(frames)
        found += live.tick(turn * SECOND).findings
    assert live.tracker.capacity == rooms
    assert live.flows_not_tracked > 0
    assert any("4711" in dict(f.detail)["service"] for f in found if "service" in dict(f.detail))
    assert len(found) < 12 * sum(SMALL.groups)
    assert sum(v[0] for v in live.totals.matrix.values()) == number - 1
    assert live.tick(100 * SECOND).ended > 0


def test_watchers_see_the_same_of_a_file_in_replay() -> None:
    capture = CASES / "v11-alpha" / "in.pcap"
    spies: list[Spy] = []
    pipeline = Pipeline(city(), watchers=lambda: [spies.append(Spy()) or spies[-1]])  # type: ignore[func-returns-value]
    outcome = pipeline.run("x", open_capture(capture))
    plain = Pipeline(city()).run("x", open_capture(capture))
    assert pipeline.findings([outcome]) == pipeline.findings([plain])
    assert np.array_equal(outcome.flows, plain.flows)
    live_spy = Spy()
    live = LivePipeline(city(), config=replace(SMALL, tracker=TrackerConfig()), watchers=[live_spy])
    list(live.drive(open_capture(capture)))
    assert spies[0].flows == live_spy.flows != []
    assert live_spy.octets[: len(spies[0].octets)] == spies[0].octets or spies[0].octets == []


def test_vlans_and_zones_that_spoke_are_remembered() -> None:
    live = LivePipeline(city(), config=SMALL)
    frame = bytes(E / Dot1Q(vlan=7) / IP(src="10.10.10.21", dst="10.10.10.22") / UDP(sport=9, dport=10))
    live.feed(block_of([frame, packet("10.10.10.21", "10.10.10.22")], ts=[5, 6]))
    live.tick(SECOND)
    assert live.vlans == {7: 5, -1: 6}
