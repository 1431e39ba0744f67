"""Sweeps, brute force and floods by counting attempts in bounded tables (NC-22, NC-31)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import Family, format_address
from segmentation.model.finding import FlowState, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from sensors.kernels.groups import members, number_groups
from sensors.kernels.view import ESTABLISHED, REFUSED
from sensors.watch.basis import MINUTE, SECOND, Bounded, Watch, family, own, sides, value, where, witness
from sensors.watch.watcher import FlowChanges

#: Log-in services: FTP, SSH, Telnet, NetBIOS, LDAP, SMB, MS SQL, Oracle, MySQL, RDP, PostgreSQL, VNC, WinRM.
LOGIN_PORTS = np.array([21, 22, 23, 139, 389, 445, 1433, 1521, 3306, 3389, 5432, 5900, 5901, 5985, 5986], np.int64)
K = TypeVar("K")
_ROOM = 8192  # sources, pairs and targets remembered each
_MINUTES = 120  # of one look, the newest
_PER_SLICE = 256  # of them looked at in one slice: those with most attempts
_SWEEP = Text(
    "{zone}の{src}が、1分間に{count}以上の相手（ホストとポートの組）へ接続を試みました（例: {example}）。端末の乗っ取りや"
    "ウイルス感染の疑いがあります。",
    "{src} in {zone} tried {count} or more targets (hosts and ports) within a minute, for example {example}: it may be taken "
    "over or infected.",
)
_FORCE = Text(
    "{zone}の{src}が、{dst}のログイン用サービス（{port}番）へ1分間に{count}回接続しました。パスワードの総当たりの疑いがあります。",
    "{src} in {zone} connected {count} times within a minute to the log-in service at port {port} of {dst}: passwords may be "
    "being tried.",
)
_FLOOD = Text(
    "{zone}の{dst}へ、応答のない接続の試みが1秒間に{count}回ありました。サービスを止める攻撃の疑いがあります。",
    "{dst} in {zone} got {count} unanswered attempts within a second: an attack on its availability is possible.",
)


@dataclass(slots=True)
class _Source:
    """What one source tried in the current minute."""

    minute: int = -1
    targets: set[int] = field(default_factory=set)
    first: tuple[int, int] = (0, 0)  # packet number, ns
    last: tuple[int, int] = (0, 0)
    example: np.void | None = None  # its first flow


@dataclass(slots=True)
class Tally:
    """A count in the newest unit of time."""

    unit: int
    count: int = 0


class SweepWatch(Watch):
    """Counts what each source tries, how often it logs in somewhere, and what each target gets.

    Counters: ``sweep_table_full``, ``sources_not_looked_at``.
    """

    name = "sweeps"

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)
        self._sources: Bounded[tuple[Family, int], _Source] = Bounded(_ROOM, self._full)
        self._pairs: Bounded[tuple[Family, int, int, int], Tally] = Bounded(_ROOM, self._full)
        self._targets: Bounded[tuple[Family, int], Tally] = Bounded(_ROOM, self._full)

    def _full(self) -> None:
        self.count("sweep_table_full")

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at the flows that are new."""
        kept = own(flows.flows) & (flows.new | (flows.rows < 0))
        rows = flows.flows[kept]
        tried = rows[rows["state"] <= REFUSED]
        if len(tried):
            self._sweeps(tried)
            self._floods(tried)
        logged = rows[(rows["state"] >= ESTABLISHED) & np.isin(rows["dport"].astype(np.int64), LOGIN_PORTS)]
        if len(logged):
            self._forces(logged[logged["protocol"] == 6])

    def _groups(self, columns: list[npt.NDArray[np.uint64]]) -> Iterator[npt.NDArray[np.int64]]:
        """Indices of equal rows, the largest groups first, at most :data:`_PER_SLICE` of them."""
        numbers, first = number_groups(*columns)
        parts = members(numbers, len(first))
        largest = np.argsort(-np.bincount(numbers, minlength=len(first)), kind="stable")
        if len(largest) > _PER_SLICE:
            self.count("sources_not_looked_at", len(largest) - _PER_SLICE)
        for n in largest[:_PER_SLICE]:
            yield parts[n]

    def _sweeps(self, tried: npt.NDArray[np.void]) -> None:
        s_hi, s_lo, d_hi, d_lo = sides(tried)
        # A target is a host and a port; ICMP has no port.  Mixed to one number; equal targets stay equal.
        port = np.where(tried["icmp_type"] >= 0, 0, tried["dport"]).astype(np.uint64)
        target = (d_lo ^ (d_hi * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(65_537) + port
        minutes = (tried["last_ns"] // MINUTE).astype(np.int64)
        for group in self._groups([s_hi, s_lo, tried["v6"].astype(np.uint64)]):
            head = tried[group[0]]
            key = (family(head), value(s_hi[group[0]], s_lo[group[0]]))
            source = self._sources.touch(key, _Source)
            # A look at a quiet capture may span many minutes; each is counted by itself.
            for minute in np.unique(minutes[group])[-_MINUTES:].tolist():
                members = group[minutes[group] == minute]
                if source.minute != minute:
                    self._sources[key] = source = _Source(minute)
                self._tried(key, source, tried[members], target[members])

    def _tried(
        self, key: tuple[Family, int], source: _Source, rows: npt.NDArray[np.void], target: npt.NDArray[np.uint64]
    ) -> None:  # fmt: skip
        """Add what a source tried in one minute."""
        limit = self.judge.model.settings.sweep_targets
        if len(source.targets) < 4 * limit:
            source.targets.update(target[: 4 * limit].tolist() if len(target) < 8 else np.unique(target)[: 4 * limit].tolist())
        if source.example is None:
            source.example = rows[0].copy()
            source.first = int(rows["first_number"].min()), int(rows["first_ns"].min())
        source.last = (
            max(source.last[0], int(rows["last_number"].max())), max(source.last[1], int(rows["last_ns"].max()))
        )  # fmt: skip
        if len(source.targets) >= limit:
            self._sweep(key, source, source.example)

    def _sweep(self, key: tuple[Family, int], source: _Source, example: np.void) -> None:
        src, limit, zone = format_address(*key), self.judge.model.settings.sweep_targets, self._zone(int(example["src_zone"]))
        shown = witness(example)
        target = f"{format_address(shown.packet.family, shown.packet.dst)}:{shown.packet.dport}"
        self.find(
            "NC-22",
            cause=f"sweep/{src}",
            key=f"sweep/{src}",
            state=FlowState.ATTEMPTED,
            message=_SWEEP.format(zone=self.zone_name(zone), src=src, count=limit, example=target),
            where=Where(
                first_packet=source.first[0], last_packet=source.last[0], first_ns=source.first[1], last_ns=source.last[1]
            ),
            src_zone=zone,
            witness=shown,
            detail=(("src", src), ("targets", str(len(source.targets)))),
        )
        source.targets.clear()  # what comes now is told as a continuation

    def _forces(self, logged: npt.NDArray[np.void]) -> None:
        if not len(logged):
            return
        s_hi, s_lo, d_hi, d_lo = sides(logged)
        limit = self.judge.model.settings.brute_force_sessions
        columns = [s_hi, s_lo, d_hi, d_lo, logged["dport"].astype(np.uint64)]
        for group in self._groups(columns):
            head = logged[group[0]]
            at = group[0]
            src, dst, port = value(s_hi[at], s_lo[at]), value(d_hi[at], d_lo[at]), int(head["dport"])
            count = tallied(self._pairs, (family(head), src, dst, port), logged[group], MINUTE)
            if count < limit:
                continue
            text_src, text_dst = format_address(family(head), src), format_address(family(head), dst)
            zone = self._zone(int(head["src_zone"]))
            self.find(
                "NC-22",
                cause=f"force/{text_src}/{text_dst}/{port}",
                key=f"force/{text_src}/{text_dst}/{port}",
                state=FlowState.ESTABLISHED,
                message=_FORCE.format(zone=self.zone_name(zone), src=text_src, dst=text_dst, port=port, count=count),
                where=where(logged[group]),
                src_zone=zone,
                dst_zone=self._zone(int(head["dst_zone"])),
                witness=witness(head),
                detail=(("src", text_src), ("dst", text_dst), ("sessions", str(count))),
            )

    def _floods(self, tried: npt.NDArray[np.void]) -> None:
        _, _, d_hi, d_lo = sides(tried)
        limit = self.judge.model.settings.flood_attempts_per_second
        for group in self._groups([d_hi, d_lo, tried["v6"].astype(np.uint64)]):
            head = tried[group[0]]
            key = (family(head), value(d_hi[group[0]], d_lo[group[0]]))
            count = tallied(self._targets, key, tried[group], SECOND)
            if count < limit:
                continue
            dst, zone = format_address(*key), self._zone(int(head["dst_zone"]))
            self.find(
                "NC-31",
                cause=f"flood/{dst}",
                key=f"flood/{dst}",
                state=FlowState.ATTEMPTED,
                message=_FLOOD.format(zone=self.zone_name(zone), dst=dst, count=count),
                where=where(tried[group]),
                src_zone="",
                dst_zone=zone,
                witness=witness(head),
                detail=(("dst", dst), ("attempts_per_second", str(count))),
            )

    def _zone(self, index: int) -> str:
        return self.judge.zonemap.zones[index]


def tallied(table: Bounded[K, Tally], key: K, rows: npt.NDArray[np.void], unit_ns: int) -> int:
    """Add rows to their units of time, in order; the highest count any of them reached."""
    times = rows["first_ns"]
    if len(times) == 1:  # most are alone
        counted = [(int(times[0]) // unit_ns, 1)]
    else:
        units, counts = np.unique(times // unit_ns, return_counts=True)
        counted = list(zip(units.tolist(), counts.tolist(), strict=True))
    tally = table.touch(key, lambda: Tally(counted[0][0]))
    peak = 0
    for unit, count in counted:
        if unit > tally.unit or unit < tally.unit - 60:  # a clock that went back does not make us blind until it caught up
            tally.unit, tally.count = unit, 0
        if unit == tally.unit:
            tally.count += count
            peak = max(peak, tally.count)
    return peak
