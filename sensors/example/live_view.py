"""What the live demonstration saw, compared with what was planted, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segmentation.model.text import Lang, Text
from segmentation.report.width import pad, printable, width
from sensors.example.live_faults import Plant, Told

_COLUMNS = (
    Text("番号", "no."), Text("内容", "what"), Text("センサー", "sensor"), Text("Prometheus", "Prometheus"),
    Text("Alertmanager", "Alertmanager"), Text("証拠", "evidence"), Text("判定", "verdict"),
)  # fmt: skip
_OK, _WRONG = Text("一致", "as expected"), Text("不一致", "DIFFERENT")
_NOTHING, _REPLAYED = Text("なし", "nothing"), Text("（記録の再生）", "(replayed)")
_MISSING = Text("{where}に{rule}（{src}→{dst}）がありません。", "{where} does not have {rule} ({src} to {dst}).")
_SLICES = Text("{count}個", "{count}")
_UNEXPECTED = Text("予定していない{where}の内容: {what}", "Not planted, in {where}: {what}")
_EVENTS, _ALERTS = Text("センサーの記録", "the sensor's events"), Text("通知", "the alerts")
_SERIES = Text("Prometheus", "Prometheus")

Pair = tuple[str, str, str]  # rule, source zone, destination zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What each program had at the end.

    - ``events``: EVE lines; ``slices``: pairs of the evidence slices, with their zones
    - ``series``: pairs whose counter Prometheus scraped above 0; ``alerts``: names and pairs that Alertmanager delivered;
      both with layers in place of zones, as ``layer`` gives them
    """

    events: tuple[dict[str, Any], ...]
    series: frozenset[Pair]
    alerts: frozenset[tuple[str, Pair]]
    slices: tuple[Pair, ...]
    layer: Mapping[str, str]

    def pair(self, told: Told) -> Pair:
        """The pair of a finding in metrics and alerts."""
        return told.rule, self.layer.get(told.src_zone, told.src_zone), self.layer.get(told.dst_zone, told.dst_zone)

    def pairs_told(self) -> frozenset[Pair]:
        """The pairs of the alerts."""
        return frozenset(pair for _, pair in self.alerts)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; *differences* is empty when it is as it should be."""

    id: str
    title: Text
    cells: tuple[Text, ...]  # sensor, Prometheus, Alertmanager, evidence
    differences: tuple[Text, ...] = ()


def row(plant: Plant, seen: Seen) -> Row:
    """What was seen of one plant."""
    missing = []
    found: list[list[str]] = [[], [], []]
    for told in plant.told:
        had = (
            (_EVENTS, any(told.fits(e) for e in seen.events)),
            (_SERIES, not told.alert or seen.pair(told) in seen.series),
            (_ALERTS, not told.alert or seen.pair(told) in seen.pairs_told()),
        )
        for column, (where, there) in zip(found, had, strict=True):
            if there:
                column.append(told.rule)
            else:
                missing.append(_MISSING.format(where=where, rule=told.rule, src=told.src_zone, dst=told.dst_zone))
    if not any(t.alert for t in plant.told):
        found[1:] = [], []  # what an exception covers is written down and nothing more
    slices = sum(pair in {(t.rule, t.src_zone, t.dst_zone) for t in plant.told} for pair in seen.slices)
    cells = (*(_rules(c) for c in found), _SLICES.format(count=slices) if slices else _NOTHING)
    return Row(plant.id, plant.title, cells, tuple(missing))


def replayed(plant_id: str, title: Text, expected: Sequence[str], found: Sequence[str]) -> Row:
    """What a replay had of a plant that takes days."""
    wrong = () if [*expected] == [*found] else (_UNEXPECTED.format(where=_REPLAYED, what=", ".join(found) or "-"),)
    return Row(plant_id, title, (_rules(found), _REPLAYED, _REPLAYED, _REPLAYED), wrong)


def strangers(plants: Iterable[Plant], seen: Seen) -> list[Text]:
    """Everything that was seen and not planted."""
    told = [t for p in plants for t in p.told]
    pairs = {seen.pair(t) for t in told}
    out = [
        _UNEXPECTED.format(where=_EVENTS, what=printable(e["alert"]["signature"]))
        for e in seen.events
        if not any(t.fits(e) for t in told)
    ]
    out += [_UNEXPECTED.format(where=_SERIES, what=" ".join(p)) for p in sorted(seen.series - pairs)]
    silent = {seen.pair(t) for t in told if not t.alert}
    for name, pair in sorted(seen.alerts):
        if pair not in pairs - silent:
            out.append(_UNEXPECTED.format(where=_ALERTS, what=f"{name} {' '.join(pair)}".strip()))
    return out


def table(rows: Sequence[Row], lang: Lang) -> list[str]:
    """The rows in columns; what differs follows under its line."""
    cells = [[c.in_(lang) for c in _COLUMNS]]
    cells += [
        [r.id, r.title.in_(lang), *(c.in_(lang) for c in r.cells), (_WRONG if r.differences else _OK).in_(lang)] for r in rows
    ]
    widths = [max(width(line[i]) for line in cells) for i in range(len(_COLUMNS))]
    lines = ["  " + "  ".join(pad(c, w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells]
    out = lines[:1]
    for each, line in zip(rows, lines[1:], strict=True):
        out += [line, *(f"      ! {d.in_(lang)}" for d in each.differences)]
    return out


def _rules(rules: Sequence[str]) -> Text:
    joined = ", ".join(dict.fromkeys(rules))
    return Text(joined, joined) if joined else _NOTHING
