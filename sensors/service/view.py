"""The terminal view of the running sensor: zone matrix, rates, losses, newest findings; redrawn in place each second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from segmentation.model.text import Lang, Text
from segmentation.report.width import clip, pad, pad_left, printable, width
from sensors.incidents import Notice
from sensors.metrics import Snapshot

#: ECMA-48: cursor home (8.3.21), erase to the end of the line (8.3.41) and of the page (8.3.39).
HOME, EOL, EOP = "\x1b[H", "\x1b[K", "\x1b[J"
CLEAR = "\x1b[2J"
_TITLE = Text("せきしょ センサー  {time}", "Sekisho sensor  {time}")
_INTERFACE = Text(
    "{name} {state}  {pps:,} パケット/秒  {mbps:,.1f} Mbit/s  取りこぼし {dropped:,}  NIC {nic:,}",
    "{name} {state}  {pps:,} packets/s  {mbps:,.1f} Mbit/s  dropped {dropped:,}  NIC {nic:,}",
)
_UP, _DOWN, _SILENT = Text("稼働", "up"), Text("停止", "DOWN"), Text("無通信", "SILENT")
_FLOWS = Text(
    "フロー {live:,} / {capacity:,}  追跡外 {lost:,}  重複 {duplicates:,}  再起動 {restarts}  検知中 {incidents}",
    "flows {live:,} of {capacity:,}  not tracked {lost:,}  duplicates {duplicates:,}  restarts {restarts}"
    "  open incidents {incidents}",
)
_MATRIX = Text("区間（開始側 → 応答側）", "Zones (initiator → responder)")
_COLUMNS = (Text("判定", "verdict"), Text("フロー", "flows"), Text("パケット", "packets"))
_NEWEST = Text("新しい検知", "Newest findings")
_NOTHING = Text("  まだありません。", "  None so far.")
_UNASSIGNED = Text("未割当", "unassigned")
_VERDICTS = {
    "permitted": Text("許可", "permitted"),
    "sanitized_only": Text("無害化条件", "if sanitized"),
    "excepted": Text("例外", "excepted"),
    "forbidden": Text("禁止", "FORBIDDEN"),
    "not_decidable": Text("判定不能", "undecided"),
}


def screen(
    now: Snapshot, before: Snapshot | None, seconds: float, notices: Sequence[Notice], at_ns: int, *, lang: Lang,
    columns: int, rows: int,
) -> list[str]:  # fmt: skip
    """The lines of the view, at most *rows* of them, none wider than *columns* cells."""
    model = now.judge.model
    zone = dt.timezone(dt.timedelta(minutes=model.utc_offset_minutes))
    time = dt.datetime.fromtimestamp(at_ns / 1e9, zone).strftime("%Y-%m-%d %H:%M:%S")
    lines = [_TITLE.format(time=time).in_(lang), *_health(now, before, seconds, lang), "", *_matrix(now, lang, rows // 2), ""]
    lines.append(_NEWEST.in_(lang))
    for notice in reversed(notices[-max(1, rows - len(lines) - 1) :]):
        f = notice.incident.finding
        clock = dt.datetime.fromtimestamp(notice.at_ns / 1e9, zone).strftime("%H:%M:%S")
        lines.append(f"  {clock} {f.severity.text.in_(lang)} {f.rule} {f.message.in_(lang)}")
    if not notices:
        lines.append(_NOTHING.in_(lang))
    return [clip(printable(line), columns) for line in lines[:rows]]


def _health(now: Snapshot, before: Snapshot | None, seconds: float, lang: Lang) -> list[str]:
    health = now.health
    if health is None:
        return []
    old = {i.interface: i for i in before.health.interfaces} if before is not None and before.health is not None else {}
    lines = []
    for i in health.interfaces:
        was = old.get(i.interface)
        packets, octets = (i.packets - was.packets, i.bytes - was.bytes) if was is not None else (0, 0)
        state = _DOWN if not i.up else _SILENT if i.silent else _UP
        lines.append(
            _INTERFACE.format(
                name=i.interface, state=state, pps=round(packets / seconds), mbps=octets * 8 / seconds / 1e6,
                dropped=i.dropped, nic=i.nic_dropped,
            ).in_(lang)
        )  # fmt: skip
    lines.append(
        _FLOWS.format(
            live=health.flows_active, capacity=health.flows_capacity, lost=now.flows_not_tracked,
            duplicates=health.duplicates, restarts=health.worker_restarts, incidents=sum(health.incidents.values()),
        ).in_(lang)
    )  # fmt: skip
    return lines


_ORDER = ("forbidden", "not_decidable", "excepted", "sanitized_only", "permitted")


def _matrix(now: Snapshot, lang: Lang, rows: int) -> list[str]:
    """Zone pairs, forbidden ones first, then by packets."""
    cells: dict[tuple[str, str, str], list[int]] = {}
    for (src, dst, _state, verdict), (packets, _octets, flows) in now.traffic.items():
        cell = cells.setdefault((src, dst, verdict), [0, 0])
        cell[0] += flows
        cell[1] += packets
    names = {z.id: z.name.in_(lang) for z in now.judge.model.zones.values()} | {"": _UNASSIGNED.in_(lang)}
    table = [
        (f"{names.get(s, s)} → {names.get(d, d)}", _VERDICTS[v].in_(lang), f"{n:,}", f"{p:,}")
        for (s, d, v), (n, p) in sorted(cells.items(), key=lambda c: (_ORDER.index(c[0][2]), -c[1][1], c[0]))
    ][: max(1, rows - 1)]
    head = (_MATRIX.in_(lang), *(t.in_(lang) for t in _COLUMNS))
    widths = [max(width(row[i]) for row in [head, *table]) for i in range(4)]
    return ["  ".join((pad_left if i > 1 else pad)(row[i], widths[i]) for i in range(4)).rstrip() for row in [head, *table]]


def painted(lines: Sequence[str]) -> str:
    """The lines for a terminal, over what stood there."""
    return HOME + "\n".join(line + EOL for line in lines) + EOP
