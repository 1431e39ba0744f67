"""The demonstration's half about packets: build the captures, replay them, compare, write reports, events and metrics."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from segmentation.commands.demo_view import NOTHING, Check, rules_text
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.text import Lang, Text
from segmentation.report.finding_lines import finding_lines
from segmentation.report.formats import render
from segmentation.report.output import encode, write_atomically
from segmentation.report.run import ReplayRun
from segmentation.report.width import printable
from sensors import metrics
from sensors.events import eve
from sensors.example.city import City
from sensors.example.faults import DEMONSTRATED, Scenario
from sensors.example.files import pcapng
from sensors.example.month import clean_month
from sensors.expect import Expectation, compare
from sensors.replay import replay

_STEP = Text(
    "3. 通信の記録を作り、同じゾーン定義で判定します（初回は解析部の準備に1分ほどかかります）",
    "3. Building captures and judging them by the same zone model (the first run prepares the kernels, about a minute)",
)
_MONTH = Text("違反のない1か月（2026年8月）", "A clean month (August 2026)")
_MONTH_READ = Text(
    "  {file}: {packets:,} パケット、{flows:,} フロー、指摘 {findings}件",
    "  {file}: {packets:,} packets, {flows:,} flows, {findings} findings",
)
_WRITTEN = Text(
    "  報告書（JSON、日本語、英語）、イベント（EVE）、集計（Prometheus）を {folder} に書きました。",
    "  Reports (JSON, Japanese, English), events (EVE) and metrics (Prometheus) are in {folder}.",
)


def replay_city(folder: Path, model: ZoneModel, policy: Policy, lang: Lang, say: Callable[[str], object]) -> list[Check]:
    """Build and replay every capture below *folder*; what was expected and found, in order.  Raises :class:`OSError`."""
    say("\n" + _STEP.in_(lang))
    city = City.of(model)
    checks = [_fault(s, city, folder, policy, lang, say) for s in DEMONSTRATED]
    checks.append(_month(city, folder, policy, lang, say))
    together = replay([folder / "captures" / s.file for s in DEMONSTRATED], model, policy)
    _publish(together.run, folder / "reports", "replay")
    events = eve.lines(together.run.open, lang=lang, utc_offset_minutes=together.run.utc_offset_minutes)
    write_atomically(folder / "reports" / "eve.json", encode(events))
    write_atomically(folder / "reports" / "metrics.prom", encode(metrics.text(together.snapshot(together.run.tool.at))))
    say(_WRITTEN.format(folder=folder / "reports").in_(lang))
    return checks


def _fault(
    scenario: Scenario, city: City, folder: Path, policy: Policy, lang: Lang, say: Callable[[str], object]
) -> Check:  # fmt: skip
    path = folder / "captures" / scenario.file
    write_atomically(path, scenario.capture(city))
    run = replay([path], city.model, policy).run
    say(f"  {scenario.id}  {scenario.title.in_(lang)}  ({path})")
    for finding in run.findings:
        say(f"    [{finding.severity.text.in_(lang)}] {finding.rule}")
        for text in finding_lines(run, finding):
            say("      " + printable(text.in_(lang)))
    wrong = compare(Expectation(scenario.findings, (), {}), run)
    expected = rules_text(str(f["rule"]) for f in scenario.findings)
    return Check(scenario.id, scenario.title, expected, _found(run), tuple(wrong))


def _month(city: City, folder: Path, policy: Policy, lang: Lang, say: Callable[[str], object]) -> Check:
    """The clean month; it proves something only if every conduit that needs no exception was in use."""
    frames, interfaces = clean_month(city)
    path = folder / "captures" / "v26-clean-month.pcapng.gz"
    write_atomically(path, gzip.compress(pcapng(frames, interfaces), 1, mtime=0))
    run = replay([path], city.model, policy).run
    _publish(run, folder / "reports", "month")
    packets = sum(c.packets for c in run.captures)
    say(_MONTH_READ.format(file=path, packets=packets, flows=run.flows, findings=len(run.findings)).in_(lang))
    wrong = compare(Expectation((), (), {}, packets=len(frames)), run)
    return Check("V26", _MONTH, NOTHING, _found(run), tuple(wrong))


def _found(run: ReplayRun) -> Text:
    return rules_text(f.rule for f in run.findings)


def _publish(run: ReplayRun, folder: Path, name: str) -> None:
    write_atomically(folder / f"{name}.json", encode(render(run, "json", "en")))
    languages: tuple[Lang, Lang] = ("ja", "en")
    for lang in languages:
        write_atomically(folder / f"{name}.{lang}.txt", encode(render(run, "text", lang)))
