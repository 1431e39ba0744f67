"""New external behaviour: a destination a host never spoke to before, and connections at a regular beat (IN-05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segmentation.model.addresses import Family, format_address
from segmentation.model.finding import Confidence
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from sensors.kernels.view import ESTABLISHED, STATES
from sensors.watch.basis import DAY, SECOND, Bounded, Watch, own, sides, value, where, witness
from sensors.watch.watcher import FlowChanges

_ROOM = 65_536  # pairs of host and destination remembered
_INSIDE = frozenset({ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.INTERNET, ZoneKind.CLOSED})
#: Gaps between two connections of a beacon, in seconds: shorter is one session in pieces, longer cannot be told by counting.
_SHORTEST, _LONGEST = 5.0, 86_400.0
_STEADY = 0.1  # how much the gaps may differ from their mean
_NEW = Text(
    "{zone}の{src}が、これまで通信したことのない外部の{dst}（{port}番）と通信を始めました。",
    "{src} in {zone} began to talk to {dst} (port {port}) outside, to which it never spoke before.",
)
_BEACON = Text(
    "{zone}の{src}が、外部の{dst}（{port}番）へ約{seconds}秒ごとに接続しています（{count}回）。遠隔操作の定期連絡の疑いがあります。",
    "{src} in {zone} connects to {dst} (port {port}) outside about every {seconds} s ({count} times): as remote control does.",
)
_HEURISTIC = Text(
    "規則性だけからの推定です。更新の確認など、正常な通信でも同じ形になります。",
    "Inferred from regularity alone; looking for updates has the same form.",
)


@dataclass(slots=True)
class _Pair:
    """A host and a destination: when it began, and the newest connections of a steady series."""

    last_ns: int = 0
    beats: list[float] = field(default_factory=list)
    told: bool = False


class NewcomerWatch(Watch):
    """Remembers with whom each host spoke beyond its network.  Counter: ``newcomer_table_full``."""

    name = "newcomers"

    def __init__(self, judge: Judge) -> None:
        super().__init__(judge)
        self._pairs: Bounded[tuple[Family, int, int, int], _Pair] = Bounded(_ROOM, lambda: self.count("newcomer_table_full"))
        self._since = 0

    def reload(self, judge: Judge) -> None:
        """Learn which zones are inside; beyond is the Internet alone: other networks' peers are declared one by one."""
        super().reload(judge)
        kinds = [judge.model.layer(z).kind if z else ZoneKind.OUTSIDE for z in judge.zonemap.zones]
        self._inside = np.array([k in _INSIDE for k in kinds])
        self._beyond = np.array([k is ZoneKind.OUTSIDE for k in kinds])

    def on_flows(self, flows: FlowChanges) -> None:
        """Look at new flows that were answered."""
        kept = own(flows.flows) & flows.new & (flows.flows["state"] >= ESTABLISHED)
        kept &= self._inside[flows.flows["src_zone"]] & self._beyond[flows.flows["dst_zone"]]
        part = flows.flows[kept]
        if not len(part):
            return
        if not self._since:
            self._since = int(part["first_ns"].min())
        s_hi, s_lo, d_hi, d_lo = sides(part)
        for at in np.argsort(part["first_ns"], kind="stable").tolist():
            family: Family = 6 if part[at]["v6"] else 4
            self._met((family, value(s_hi[at], s_lo[at]), value(d_hi[at], d_lo[at]), int(part[at]["dport"])), part[at])

    def _met(self, key: tuple[Family, int, int, int], flow: np.void) -> None:
        settings, begun = self.judge.model.settings, int(flow["first_ns"])
        known = key in self._pairs
        pair = self._pairs.touch(key, _Pair)
        gap = (begun - pair.last_ns) / SECOND if known else 0.0
        pair.last_ns = begun
        if not known and begun - self._since >= settings.learning_days * DAY:
            self._tell("new", _NEW, key, flow, {})
        if not _SHORTEST <= gap <= _LONGEST:
            return
        mean = sum(pair.beats) / len(pair.beats) if pair.beats else gap
        if abs(gap - mean) > _STEADY * mean:
            pair.beats, pair.told = [gap], False
            return
        pair.beats = [*pair.beats, gap][-64:]
        if len(pair.beats) + 1 >= settings.beacon_connections and not pair.told:
            pair.told = True
            self._tell("beacon", _BEACON, key, flow, {"seconds": round(mean), "count": len(pair.beats) + 1})

    def _tell(self, what: str, text: Text, key: tuple[Family, int, int, int], flow: np.void, values: dict[str, int]) -> None:
        family, src, dst, port = key
        zones = self.judge.zonemap.zones
        zone, shown = zones[flow["src_zone"]], (format_address(family, src), format_address(family, dst))
        message = text.format(zone=self.zone_name(zone), src=shown[0], dst=shown[1], port=port, **values)
        self.find(
            "IN-05", cause=f"{what}/{shown[0]}", key=f"{what}/{shown[0]}/{shown[1]}/{port}", message=message,
            where=where(np.array([flow], flow.dtype)), witness=witness(flow), state=STATES[flow["state"]], src_zone=zone,
            dst_zone=zones[flow["dst_zone"]], detail=(("src", shown[0]), ("dst", shown[1])),
            confidence=Confidence.INFERRED, confidence_reason=_HEURISTIC,
        )  # fmt: skip

    def memory(self) -> dict[str, Any]:
        """Since when it learns, and the pairs with their newest connection."""
        return {"since": self._since, "pairs": [[*k, p.last_ns] for k, p in self._pairs.items()]}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on where the last run ended."""
        since, pairs = memory.get("since"), memory.get("pairs")
        self._since = since if isinstance(since, int) and since > 0 else self._since
        for row in (pairs if isinstance(pairs, list) else [])[-_ROOM:]:
            if isinstance(row, list) and len(row) == 5 and all(isinstance(x, int) for x in row) and row[0] in (4, 6):
                self._pairs[row[0], row[1], row[2], row[3]] = _Pair(last_ns=row[4])
