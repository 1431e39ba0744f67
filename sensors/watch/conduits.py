"""What declared conduits carry over time: must-flows, daily ceilings, sessions that outlast their window or any session.

MN-15, MN-12, NC-19, EX-03, EX-04, NC-20.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation.model.conditions import Moment
from segmentation.model.finding import Finding, FlowState, Severity, Where
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry
from sensors.kernels.view import DATA, ESTABLISHED, STATES
from sensors.rows import record
from sensors.watch.basis import DAY, MINUTE, Bounded, Watch, own, where, witness
from sensors.watch.watcher import VERDICTS, FlowChanges

#: SSH, Telnet, RDP, VNC, WinRM: the sessions of administrators (NC-20).
PRIVILEGED_PORTS = np.array([22, 23, 3389, *range(5900, 5910), 5985, 5986], np.int64)
_JUDGED_AGAIN = 256  # conditional flows looked at again in one slice
_ROOM = 8192
_SILENT = Text(
    "{conduit}の通信が{days}日以上ありません。更新などの、止まってはならない通信が止まっています。",
    "Nothing on conduit {conduit} for {days} days or more: traffic that must not stop, such as updates, has stopped.",
)
_CEILING = Text(
    "{conduit}で{day}に持ち出されたデータが{octets:,}バイトになり、登録された上限（{limit:,}バイト）を超えました。",
    "Conduit {conduit} carried {octets:,} bytes out on {day}, above the ceiling on record ({limit:,} bytes).",
)
_OUTLASTED = Text(
    "{src_zone}から{dst_zone}への接続が、許可された期間または時間帯を過ぎても続いています。{reason}",
    "A session from {src_zone} to {dst_zone} goes on beyond the time it was allowed for. {reason}",
)
_LONG = Text(
    "{src_zone}から{dst_zone}への管理用の接続（{port}番）が{minutes}分を超えて続いています。",
    "A session of an administrator (port {port}) from {src_zone} to {dst_zone} lasts longer than {minutes} minutes.",
)


@dataclass(slots=True)
class _Volume:
    """Octets that left over one conduit on one local day."""

    day: str = ""
    octets: int = 0
    told: bool = False


class ConduitWatch(Watch):
    """Looks at the flows of declared conduits.

    Counters: ``conduit_sessions_not_judged_again``, ``conduit_table_full``.
    """

    name = "conduits"

    def __init__(self, judge: Judge) -> None:
        self._last: dict[str, int] = {}  # must-flow -> ns of its newest traffic
        self._since = 0  # ns since which must-flows are watched
        self._now = 0
        self._recalled: dict[str, int] = {}
        self._reminded: dict[str, int] = {}
        self._volumes: dict[str, _Volume] = {}
        super().__init__(judge)
        self._sent: Bounded[tuple[int, int], int] = Bounded(_ROOM, self._full)  # row, begin -> octets told as outward
        self._told: Bounded[tuple[int, int, str], bool] = Bounded(_ROOM, self._full)

    def _full(self) -> None:
        self.count("conduit_table_full")

    def reload(self, judge: Judge) -> None:
        """Index the decisions by conduit."""
        super().reload(judge)
        self._conduits = tuple(judge.model.conduits.values())
        number = {c.id: i for i, c in enumerate(self._conduits)}
        self._of = np.array([-1, *(number.get(d.conduit, -1) for d in judge.decisions)], np.int64)
        self._conditional = np.array([False, *(d.conditional for d in judge.decisions)])
        self._must = {i for i, c in enumerate(self._conduits) if c.must_flow_days is not None}
        self._ceiling = {i for i, c in enumerate(self._conduits) if c.daily_bytes is not None}
        kinds = [judge.model.layer(z).kind if z else None for z in judge.zonemap.zones]
        self._mynumber = np.array([k is ZoneKind.MYNUMBER for k in kinds])

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at everything that moved."""
        kept = own(flows.flows)
        rows, part = flows.rows[kept], flows.flows[kept]
        if not len(part):
            return
        self._begin(int(part["first_ns"].min()))
        conduit = self._of[part["decision"].astype(np.int64) + 1]
        for i in self._must:
            mine = part[(conduit == i) & (part["state"] >= ESTABLISHED)]
            if len(mine):
                key = self._conduits[i].id
                self._last[key] = max(self._last.get(key, 0), int(mine["last_ns"].max()))
        for i in self._ceiling:
            for at in np.flatnonzero(conduit == i).tolist():
                self._volume(i, int(rows[at]), part[at], ended=bool(flows.ended[kept][at]))
        self._outlasting(rows, part, flows.verdicts[kept])
        self._long(rows, part)

    def must_flow_ages(self, now_ns: int) -> dict[str, float]:
        """Seconds since the newest traffic of each must-flow (or since the watch began)."""
        return {
            self._conduits[i].id: max(0, now_ns - self._last.get(self._conduits[i].id, self._since or now_ns)) / 1e9
            for i in self._must
        }

    def tick(self, now_ns: int) -> Iterable[Finding]:
        """What was found, and the must-flows that are silent; each is told once a day."""
        self._begin(now_ns)
        self._now = now_ns
        for i in sorted(self._must):
            conduit = self._conduits[i]
            assert conduit.must_flow_days is not None
            silent = now_ns - self._last.get(conduit.id, self._since)
            if silent < conduit.must_flow_days * DAY:
                self._reminded.pop(conduit.id, None)
            elif now_ns - self._reminded.get(conduit.id, 0) >= DAY:
                self._reminded[conduit.id] = now_ns
                zones = [p.zones[0] if p.zones else "" for p in (conduit.initiator, conduit.responder)]
                self.find(
                    "MN-15", message=_SILENT.format(conduit=conduit.id, days=silent // DAY), cause=f"silent/{conduit.id}",
                    key=conduit.id, conduit=conduit.id, src_zone=zones[0], dst_zone=zones[1],
                    where=Where(first_ns=now_ns - silent, last_ns=now_ns),
                    detail=(("conduit", conduit.id), ("silent_days", str(silent // DAY))),
                )  # fmt: skip
        return super().tick(now_ns)

    def memory(self) -> dict[str, Any]:
        """For how long each must-flow has been watched in silence (ns)."""
        ids = [self._conduits[i].id for i in self._must]
        return {"silent": {c: max(0, self._now - self._last.get(c, self._since or self._now)) for c in ids}}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on with the silence watched so far; the time in which the sensor was off is not counted as silence."""
        silent = memory.get("silent")
        if isinstance(silent, dict):
            self._recalled = {str(k): v for k, v in silent.items() if isinstance(v, int) and v >= 0}

    def _begin(self, at_ns: int) -> None:
        """Watch from here on."""
        if not self._since:
            self._since = at_ns
            self._last.update({c: at_ns - silent for c, silent in self._recalled.items() if c not in self._last})

    def _volume(self, conduit: int, row: int, flow: np.void, *, ended: bool) -> None:
        """Add what left the My Number zone (else: what the initiator sent) to the day's sum."""
        outward_from_initiator = self._mynumber[flow["src_zone"]] or not self._mynumber[flow["dst_zone"]]
        octets = int(flow["bytes_ba" if outward_from_initiator == bool(flow["initiator_b"]) else "bytes_ab"])
        key = (row, int(flow["first_ns"]))
        more = octets - self._sent.get(key, 0)
        if ended:
            self._sent.pop(key, None)
        else:
            self._sent.touch(key, int)
            self._sent[key] = octets
        day = str(Moment.of(int(flow["last_ns"]) / 1e9, self.judge.model.utc_offset_minutes).day)
        record_ = self._conduits[conduit]
        volume = self._volumes.setdefault(record_.id, _Volume())
        if volume.day != day:
            self._volumes[record_.id] = volume = _Volume(day)
        volume.octets += max(more, 0)
        limit = record_.daily_bytes or 0
        if volume.octets > limit and not volume.told:
            volume.told = True
            zones = self.judge.zonemap.zones
            self.find(
                "MN-12", message=_CEILING.format(conduit=record_.id, day=day, octets=volume.octets, limit=limit),
                cause=f"ceiling/{record_.id}", key=f"ceiling/{record_.id}/{day}", conduit=record_.id, state=FlowState.DATA,
                where=where(np.array([flow], flow.dtype)), witness=witness(flow), src_zone=zones[flow["src_zone"]],
                dst_zone=zones[flow["dst_zone"]], detail=(("conduit", record_.id), ("bytes", str(volume.octets)), ("day", day)),
            )  # fmt: skip

    def _outlasting(
        self, rows: npt.NDArray[np.int64], part: npt.NDArray[np.void], verdicts: npt.NDArray[np.uint8]
    ) -> None:  # fmt: skip
        """Judge anew what was allowed when it began, under a condition of time."""
        allowed = np.array([VERDICTS[v].allows for v in range(len(VERDICTS))])
        again = np.flatnonzero(
            self._conditional[part["decision"].astype(np.int64) + 1] & allowed[verdicts]
            & (part["last_ns"] - part["first_ns"] >= MINUTE)
        )  # fmt: skip
        if len(again) > _JUDGED_AGAIN:
            self.count("conduit_sessions_not_judged_again", len(again) - _JUDGED_AGAIN)
        for at in again[:_JUDGED_AGAIN].tolist():
            flow = part[at]
            told = record("", flow)
            begun = told.flow(None, None)
            verdict = self.judge.judge(replace(begun, at=int(flow["last_ns"]) / 1e9))
            if verdict.kind is not VerdictKind.FORBIDDEN or not verdict.rules or not self.judge.judge(begun).kind.allows:
                continue
            rule = next((r for r in verdict.rules if registry.SENSOR in registry.get(r).sides), verdict.rules[0])
            if self._once((int(rows[at]), int(flow["first_ns"]), rule)):
                names = (self.zone_name(verdict.src_zone), self.zone_name(verdict.dst_zone))
                self.find(
                    rule, message=_OUTLASTED.format(src_zone=names[0], dst_zone=names[1], reason=verdict.reason),
                    cause=f"outlasts/{verdict.conduit or verdict.exception}",
                    related=tuple(r for r in verdict.rules if r != rule),
                    key=f"outlasts/{verdict.conduit}/{verdict.exception}/{told.src}/{told.dst}", conduit=verdict.conduit,
                    exception=verdict.exception, state=STATES[flow["state"]], where=where(part[at : at + 1]),
                    witness=witness(flow), src_zone=verdict.src_zone, dst_zone=verdict.dst_zone,
                )  # fmt: skip

    def _long(self, rows: npt.NDArray[np.int64], part: npt.NDArray[np.void]) -> None:
        minutes = self.judge.model.settings.privileged_session_minutes
        long = np.flatnonzero(
            (part["protocol"] == 6) & (part["state"] >= DATA) & np.isin(part["dport"].astype(np.int64), PRIVILEGED_PORTS)
            & (part["last_ns"] - part["first_ns"] > minutes * MINUTE)
        )  # fmt: skip
        zones = self.judge.zonemap.zones
        for at in long.tolist():
            flow = part[at]
            if self._once((int(rows[at]), int(flow["first_ns"]), "NC-20")):
                src, dst = zones[flow["src_zone"]], zones[flow["dst_zone"]]
                shown = witness(flow)
                self.find(
                    "NC-20", cause=f"long/{shown.packet.src}/{shown.packet.dst}", key=f"{shown.packet.src}/{shown.packet.dst}",
                    message=_LONG.format(
                        src_zone=self.zone_name(src), dst_zone=self.zone_name(dst), port=int(flow["dport"]), minutes=minutes
                    ),
                    where=where(part[at : at + 1]), witness=shown, state=FlowState.DATA, src_zone=src, dst_zone=dst,
                    severity=Severity.MEDIUM if "NC-20" not in self.judge.policy.severities else None,
                )  # fmt: skip

    def _once(self, key: tuple[int, int, str]) -> bool:
        if key in self._told:
            return False
        self._told.touch(key, lambda: True)
        return True
