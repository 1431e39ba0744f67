"""Devices that move: one MAC in two layers, and one that comes back after a long absence (NC-12, NC-26).

A MAC is believed only where the frame was on the address's own segment; routers and gateways are in several by nature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import Mac, format_address
from segmentation.model.finding import Severity, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from sensors.kernels.groups import members, number_groups
from sensors.watch.addresses import AddressRegister
from sensors.watch.basis import DAY, Bounded, Watch, family, own, value
from sensors.watch.watcher import FlowChanges

_ROOM = 65_536  # MACs remembered
_PER_LOOK = 1024  # of them in one look
_TWO = Text(
    "同じ機器（MACアドレス {mac}）が、{first}と{second}の両方に{days}日以内に接続されました。",
    "One device (MAC {mac}) was connected to both {first} and {second} within {days} days.",
)
_BACK = Text(
    "{zone}の機器（MACアドレス {mac}）が{days}日ぶりに接続されました。持ち出しや保管の後であれば、更新と検査が必要です。",
    "A device in {zone} (MAC {mac}) is back after {days} days: after storage or use elsewhere it needs updates and a check.",
)


@dataclass(slots=True)
class _Seen:
    """When a MAC was last seen, by layer."""

    layers: dict[str, int] = field(default_factory=dict)


class MovementWatch(Watch):
    """Remembers where each MAC was.  Counters: ``device_table_full``, ``devices_not_looked_at``."""

    name = "movements"

    def __init__(self, judge: Judge, native: frozenset[str] = frozenset()) -> None:
        self.native = native
        super().__init__(judge)
        self._macs: Bounded[int, _Seen] = Bounded(_ROOM, lambda: self.count("device_table_full"))

    def reload(self, judge: Judge) -> None:
        """Learn which MACs belong to several layers by nature."""
        super().reload(judge)
        self._register = AddressRegister.of(judge.model, judge.zonemap, self.native)
        model, zones = judge.model, judge.zonemap.zones
        self._there = np.zeros((len(zones), 4097), np.bool_)  # zone, VLAN + 1 (0: untagged)
        for index, zone in enumerate(zones):
            if zone:
                tags = [None] if zone in self.native else []
                for vlan in (*tags, *(v for v in range(4096) if zone in self._register.segment(v))):
                    self._there[index, 0 if vlan is None else vlan + 1] = True
        self._everywhere = {m.value for g in model.gateways.values() for f in g.faces for m in f.macs}
        self._everywhere |= {
            m.value for e in model.endpoints.values() if {"router", "gateway"} & e.tags for m in e.macs
        }  # fmt: skip

    def on_flows(self, flows: FlowChanges) -> None:
        """Take in who spoke on which segment."""
        part = flows.flows[own(flows.flows)]
        for hi, lo, mac, zone in (("a_hi", "a_lo", "mac_ab_src", "zone_a"), ("b_hi", "b_lo", "mac_ba_src", "zone_b")):
            # Only where the frame was on the address's own segment: nearly everything ends here.
            mine = part[(part[mac] != 0) & self._there[part[zone], part["vlan"].astype(np.int64) + 1]]
            if not len(mine):
                continue
            mine = mine[np.argsort(mine["first_ns"], kind="stable")]
            numbers, first = number_groups(*(mine[n] for n in (mac, zone, "vlan", "v6")))
            if len(first) > _PER_LOOK:
                self.count("devices_not_looked_at", len(first) - _PER_LOOK)
            for group in members(numbers, len(first))[:_PER_LOOK]:
                self._group(mine[group], hi, lo, mac, zone)

    def _group(self, rows: npt.NDArray[np.void], hi: str, lo: str, mac: str, zone: str) -> None:
        """Flows of one MAC in one zone on one segment, in the order of time."""
        row = rows[0]
        address = value(row[hi], row[lo])
        name = self.judge.zonemap.zones[row[zone]]
        known = Mac(int(row[mac]) & ((1 << 48) - 1))
        if not name or known.group or known.value in self._everywhere:
            return
        # One look may span months of a capture: every day begins anew.
        days = np.flatnonzero(np.diff(rows["first_ns"] // DAY, prepend=-1))
        for start, end in zip(days.tolist(), [*days[1:].tolist(), len(rows)], strict=True):
            part = rows[start:end]
            shown = format_address(family(row), address)
            self._sighted(known, name, int(part["first_ns"][0]), int(part["first_number"][0]), shown)
            self._sighted(known, name, int(part["last_ns"].max()), int(part["first_number"][0]), shown)

    def _sighted(self, mac: Mac, zone: str, at: int, packet: int, address: str) -> None:
        layer, settings = self.layer(zone), self.judge.model.settings
        seen = self._macs.touch(mac.value, _Seen)
        before = dict(seen.layers)
        seen.layers[layer] = max(at, before.get(layer, 0))
        place = Where(first_packet=packet, last_packet=packet, first_ns=at, last_ns=at)
        detail = (("mac", str(mac)), ("address", address))
        others = {z: t for z, t in before.items() if z != layer and abs(at - t) <= settings.two_zones_days * DAY}
        if others and (layer not in before or before[layer] < max(others.values())):
            other = max(others, key=lambda z: others[z])
            kinds = {self.judge.model.zones[z].kind for z in (layer, other)}
            self.find(
                "NC-12", cause=f"two/{mac}", key=f"{mac}/" + "/".join(sorted((layer, other))), where=place, detail=detail,
                src_zone=other, dst_zone=layer,
                severity=Severity.CRITICAL if ZoneKind.MYNUMBER in kinds and not self._ruled("NC-12") else None,
                message=_TWO.format(
                    mac=mac, first=self.zone_name(other), second=self.zone_name(layer), days=settings.two_zones_days
                ),
            )  # fmt: skip
        absent = at - max(before.values(), default=at)
        if absent >= settings.returning_device_days * DAY:
            self.find(
                "NC-26", cause=f"back/{mac}", key=str(mac), where=place, detail=detail, src_zone=zone, dst_zone=zone,
                message=_BACK.format(zone=self.zone_name(zone), mac=mac, days=absent // DAY),
            )  # fmt: skip

    def _ruled(self, rule: str) -> bool:
        return rule in self.judge.policy.severities

    def memory(self) -> dict[str, Any]:
        """MAC (as an integer) -> layer -> ns it was last seen."""
        return {str(mac): dict(seen.layers) for mac, seen in self._macs.items()}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take up what an earlier run saw."""
        for key, layers in list(memory.items())[-_ROOM:]:
            if key.isdecimal() and isinstance(layers, dict):
                kept = {str(z): t for z, t in layers.items() if isinstance(t, int)}
                self._macs[int(key)] = _Seen(kept)
