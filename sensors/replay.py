"""Replay captures through the pipeline: files in, one run for the reports out."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.network import ZoneModel
from segmentation.model.policy import Policy
from segmentation.model.services import PROTOCOL_NAMES
from segmentation.model.text import Text
from segmentation.report.run import (
    CaptureInput,
    Damage,
    PolicyInfo,
    ReplayCell,
    ReplayRun,
    ToolInfo,
    exception_notes,
    zone_names,
)
from segmentation.report.words import rfc3339
from sensors.capture.gaps import GapFinder, silence_text
from sensors.capture.reader import CaptureReader, open_capture
from sensors.capture.summary import CaptureError, CaptureSummary
from sensors.kernels.block import Block
from sensors.kernels.conversations import ends
from sensors.kernels.reasons import NotCounted, Note
from sensors.kernels.view import EVIDENCE, STATES
from sensors.metrics import Snapshot, Traffic
from sensors.pipeline import Matrix, Outcome, Pipeline
from sensors.suite import detectors
from sensors.transfer.examiner import Examiner
from sensors.transfer.gateway_log import LogEntry
from sensors.transfer.tallies import transfer_cells, transfer_files, transfer_limits
from sensors.transfer.watch import TransferWatch
from sensors.watch.watcher import VERDICTS, Watcher

#: What a capture cannot show although it was read without fault; each with its counter.
_NOT_VISIBLE = (
    (Note.CUT_BY_SNAPLEN, Text("取得長の制限で後ろが切れたフレーム", "frames cut short by the capture length")),
    (Note.PORTS_NOT_CAPTURED, Text("ポート番号が取得されていないパケット", "packets whose ports were not captured")),
    (Note.FRAGMENT_PORTS_UNKNOWN, Text("先頭のフラグメントが見えないフラグメント", "fragments without their first")),
    (Note.INNER_NOT_DECODED, Text("内側を読めないトンネルのパケット", "tunnelled packets whose inside could not be read")),
    (Note.TUNNEL_TOO_DEEP, Text("段数が上限を超えたトンネルのパケット", "packets of tunnels nested beyond the bound")),
    (Note.NOT_TRACKED_PACKETS, Text("フロー表が満杯で追跡できなかったパケット", "packets not tracked: flow table full")),
)  # fmt: skip
_COUNTED = Text("{file}: {what} {count:,}件", "{file}: {count:,} {what}")
_NO_SEGMENT = Text(
    "{file}: VLANタグがないため、MACアドレスの照合（MN-05、NC-11）はしていません（--segment で取得した区間を指定できます）。",
    "{file}: no VLAN tags, so MACs were not compared with the register (MN-05, NC-11); --segment names where it was taken.",
)
_CONTENT = Text(
    "暗号化された通信の中身は検査していません。ファイルとメールは、監視対象の区間で読み取れたものだけを検査しています。",
    "The content of encrypted sessions was not examined; files and mail only where they crossed in the clear.",
)
Progress = Callable[[CaptureReader, int], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The run for the reports, and what it was made from."""

    run: ReplayRun
    outcomes: tuple[Outcome, ...]
    pipeline: Pipeline

    def snapshot(self, at: dt.date | None) -> Snapshot:
        """The counters for the metrics."""
        not_decoded: dict[str, int] = {r.key: 0 for r in NotCounted if r is not NotCounted.IN_A_FLOW}
        for o in self.outcomes:
            for reason, count in o.not_decoded.items():
                not_decoded[reason] += count
        return Snapshot(
            judge=self.pipeline.judge,
            findings=self.run.findings,
            traffic=_traffic(self.run),
            packets=sum(c.packets for c in self.run.captures),
            bytes=sum(c.bytes for c in self.run.captures),
            not_decoded=not_decoded,
            flows_not_tracked=sum(o.notes.get(Note.NOT_TRACKED_FLOWS.key, 0) for o in self.outcomes),
            damaged_captures=sum(c.damage is not None for c in self.run.captures),
            at=at,
            transfers={(t.src_layer, t.dst_layer, t.path, t.content, t.proof): t.count for t in self.run.transfers},
            sanitizer_bypass=_bypasses(self.run),
            transfer_limits=dict(self.run.transfer_limits),
        )

    def flow_lines(self) -> Iterator[str]:
        """Every conversation as a JSON line, in the order of the captures and of first packets."""
        zones = self.pipeline.judge.zonemap.zones
        for outcome in self.outcomes:
            kept = ~outcome.flows["carrier"]
            names = outcome.flows.dtype.names or ()
            lines: dict[tuple[str, str, str], dict[str, Any]] = {}
            for row, verdict in zip(outcome.flows[kept].tolist(), outcome.verdicts[kept].tolist(), strict=True):
                _add_flow(lines, outcome.capture, dict(zip(names, row, strict=True)), zones, verdict)
            for line in lines.values():
                line["first"], line["last"] = rfc3339(line["first"]), rfc3339(line["last"])
                line["verdict"], line["state"] = VERDICTS[line["verdict"]].value, STATES[line["state"]].value
                yield json.dumps(line, ensure_ascii=False) + "\n"


def replay(
    paths: Sequence[Path],
    model: ZoneModel,
    policy: Policy,
    *,
    at: dt.date | None = None,
    segment: Sequence[str] = (),
    progress: Progress | None = None,
    gateway_logs: Mapping[str, Sequence[LogEntry]] | None = None,
) -> Replayed:
    """Replay *paths* one after the other and judge them together.

    *gateway_logs*: entries of sanitizers' own logs by gateway, which are compared with the wire (LG-10).
    *segment*: zones on whose own segment the untagged frames were taken.  *at*: the day for exceptions' days left; by
    default the local day of the last packet, so that the same captures give the same report on any day.
    Raises :class:`sensors.capture.summary.CaptureError` for a file that is no capture, :class:`KeyError` for a zone in
    *segment* that the model does not have.
    """
    native = frozenset(z for s in segment for z in (model.zones[s].id, *model.zones_within(s)))
    judge = Judge.of(model, policy)
    watches: list[TransferWatch] = []
    examiner = Examiner()

    def fresh() -> Sequence[Watcher]:
        watches.append(TransferWatch(judge, examine=examiner, waits=True, logs=gateway_logs))
        return detectors(judge, native, transfers=watches[-1])

    pipeline = Pipeline(judge, native=native, watchers=fresh)
    readers = [open_capture(path) for path in paths]  # all are recognised before the first is read through
    outcomes: list[Outcome] = []
    summaries: list[CaptureSummary] = []
    silences: list[Text] = []
    with contextlib.closing(examiner):
        for reader in readers:
            finder = GapFinder(60 * model.settings.silence_minutes)
            outcomes.append(pipeline.run(reader.name, _watched(reader, progress, finder)))
            summaries.append(reader.summary())
            if (silence := silence_text(reader.name, finder.gaps)) is not None:
                silences.append(silence)
    last = max((s.last for s in summaries if s.last is not None), default=None)
    if at is None and last is not None:
        at = _local_day(last, model.utc_offset_minutes)
    findings = pipeline.findings(outcomes)
    run = ReplayRun(
        tool=ToolInfo(at=at),
        policy=PolicyInfo.of(policy, model),
        findings=tuple(findings),
        zones=zone_names(model),
        exceptions=exception_notes(model, at) if at is not None else {},
        not_visible=(*silences, *_not_visible(outcomes, has_segment=bool(native))),
        utc_offset_minutes=model.utc_offset_minutes,
        captures=tuple(_capture(s, o) for s, o in zip(summaries, outcomes, strict=True)),
        flows=sum(int(o.counted.sum()) for o in outcomes),
        by_protocol=_by_protocol(outcomes),
        matrix=_cells(pipeline, outcomes),
        transfers=transfer_cells(watches),
        files=transfer_files(watches),
        transfer_limits=transfer_limits(watches),
    )
    return Replayed(run, tuple(outcomes), pipeline)


def first_year(paths: Sequence[Path]) -> int:
    """The year of the first packet, for logs whose lines have none; 1970 where no capture can be read."""
    for path in paths:
        with contextlib.suppress(CaptureError):
            for block in open_capture(path):
                return _local_day(int(block.ts[0]), 0).year
    return 1970


def _bypasses(run: ReplayRun) -> dict[tuple[str, str], int]:
    """Transfers around the gateways by layers."""
    out: dict[tuple[str, str], int] = {}
    for t in run.transfers:
        if t.path == "bypass":
            out[t.src_layer, t.dst_layer] = out.get((t.src_layer, t.dst_layer), 0) + t.count
    return out


def _watched(reader: CaptureReader, progress: Progress | None, finder: GapFinder) -> Iterator[Block]:
    packets = 0
    for block in reader:
        finder.see(block)
        yield block
        packets += len(block)
        if progress is not None:
            progress(reader, packets)


def _local_day(ns: int, utc_offset_minutes: int) -> dt.date:
    try:
        return (dt.datetime.fromtimestamp(ns // 1_000_000_000, tz=dt.UTC) + dt.timedelta(minutes=utc_offset_minutes)).date()
    except (OverflowError, OSError, ValueError):  # a capture may claim any time
        return dt.date(1970, 1, 1)


def _capture(summary: CaptureSummary, outcome: Outcome) -> CaptureInput:
    damage = summary.damage
    return CaptureInput(
        file=summary.file,
        sha256=summary.sha256,
        format=summary.format,
        packets=summary.packets,
        bytes=summary.octets,
        first_ns=summary.first or 0,
        last_ns=summary.last or 0,
        not_decoded=outcome.not_decoded,
        reasons={r.key: r.text for r in NotCounted if r.key in outcome.not_decoded},
        damage=None if damage is None else Damage(offset=damage.offset, reason=damage.reason.en, sentence=damage.reason),
    )


def _by_protocol(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcome in outcomes:
        for number in outcome.flows["protocol"][outcome.counted].tolist():
            name = PROTOCOL_NAMES.get(number, str(number))
            counts[name] = counts.get(name, 0) + 1
    return counts


def _cells(pipeline: Pipeline, outcomes: Sequence[Outcome]) -> tuple[ReplayCell, ...]:
    total: Matrix = {}
    for outcome in outcomes:
        for key, value in pipeline.matrix(outcome).items():
            before = total.get(key, (0, 0, 0))
            total[key] = (before[0] + value[0], before[1] + value[1], before[2] + value[2])
    return tuple(
        ReplayCell(src_zone=k[0], dst_zone=k[1], state=k[2], verdict=k[3], packets=v[0], bytes=v[1], flows=v[2])
        for k, v in sorted(total.items())
    )


def _traffic(run: ReplayRun) -> Traffic:
    return {(c.src_zone, c.dst_zone, c.state, c.verdict): (c.packets, c.bytes, c.flows) for c in run.matrix}


def _not_visible(outcomes: Sequence[Outcome], *, has_segment: bool) -> Iterator[Text]:
    for outcome in outcomes:
        for note, what in _NOT_VISIBLE:
            if count := outcome.notes.get(note.key):
                yield _COUNTED.format(file=outcome.capture, what=what, count=count)
        if not has_segment and len(outcome.flows) and not outcome.notes.get(Note.VLAN.key):
            yield _NO_SEGMENT.format(file=outcome.capture)
    yield _CONTENT


#: Which verdict a conversation has when its parts (types of ICMP, fragments) have several: the worst.
_WORST = tuple(
    map(
        VERDICTS.index,
        (
            VerdictKind.FORBIDDEN,
            VerdictKind.NOT_DECIDABLE,
            VerdictKind.EXCEPTED,
            VerdictKind.SANITIZED_ONLY,
            VerdictKind.PERMITTED,
        ),
    )
)


def _add_flow(
    lines: dict[tuple[str, str, str], dict[str, Any]], capture: str, f: dict[str, Any], zones: tuple[str, ...], verdict: int
) -> None:
    """Add a row to the conversation it belongs to; ``a`` is the end whose text comes first."""
    a, b, l4 = ends(f)
    turned = a > b
    if turned:
        a, b = b, a
    counts = [f[n] for n in ("packets_ab", "packets_ba", "bytes_ab", "bytes_ba")]
    if turned:
        counts = [counts[1], counts[0], counts[3], counts[2]]
    if (line := lines.get((a, b, l4))) is not None:
        for name, value in zip(("packets_ab", "packets_ba", "bytes_ab", "bytes_ba"), counts, strict=True):
            line[name] += value
        line["first"], line["last"] = min(line["first"], f["first_ns"]), max(line["last"], f["last_ns"])
        line["state"] = max(line["state"], f["state"])
        line["verdict"] = min(line["verdict"], verdict, key=_WORST.index)
        return
    lines[a, b, l4] = {
        "capture": capture,
        "a": a,
        "b": b,
        "l4": int(l4) if l4.isdigit() else l4,
        "packets_ab": counts[0],
        "packets_ba": counts[1],
        "bytes_ab": counts[2],
        "bytes_ba": counts[3],
        "initiator": "b" if f["initiator_b"] != turned else "a",
        "initiator_confidence": EVIDENCE[f["evidence"]].value,
        "state": f["state"],
        "src_zone": zones[f["src_zone"]],
        "dst_zone": zones[f["dst_zone"]],
        "verdict": verdict,
        "first": f["first_ns"],
        "last": f["last_ns"],
    }
