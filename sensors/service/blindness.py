"""What the sensor itself does not see or cannot write, as findings: IN-04 and LT-03.

Pure: the counters and the time are arguments.  Each cause is told when it begins and then once a minute while it lasts, so
that its incident stays open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from segmentation.model.finding import Finding, Severity, Where
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.model.zones import ZoneKind
from segmentation.rules import registry
from sensors.metrics import Health, InterfaceHealth
from sensors.service.coverage import unseen_vlans

SECOND = 1_000_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
#: Fewer packets than this within a minute make no percentage.
_FEW = 100
_WATCHED = frozenset({ZoneKind.MYNUMBER, ZoneKind.LGWAN, ZoneKind.INTERNET, ZoneKind.CLOSED})
_DOWN = Text(
    "取得インターフェース{interface}がリンクダウンしているか、存在しません。この区間は監視できていません。配線とスイッチのミラー"
    "ポートを確認してください。",
    "Capture interface {interface} is down or gone: what it should mirror is not watched. Look at the cable and the switch's "
    "mirror port.",
)
_SILENT = Text(
    "取得インターフェース{interface}に{minutes}分以上パケットが届いていません。ミラーポートの設定が変わった疑いがあります。",
    "No packet reached capture interface {interface} for {minutes} minutes or more: the mirror port may have been changed.",
)
_LOSS = Text(
    "取得インターフェース{interface}で、直近1分間のパケットの{percent:.1f}%（{lost:,}個）を取りこぼしました。その間の通信は判定"
    "できていません。",
    "Capture interface {interface} lost {percent:.1f} % of the last minute's packets ({lost:,}): those were not judged.",
)
_VLAN = Text(
    "取得インターフェース{interface}で、ゾーン定義にあるVLAN {vlans} の通信が{hours}時間以上見えていません。ミラーの対象から"
    "外れていないか確認してください。",
    "Nothing of VLAN {vlans}, which the zone model names, was seen on {interface} for {hours} hours or more: check that the "
    "mirror still includes it.",
)
_LAYER = Text(
    "「{zone}」のどのゾーンからも、監視開始から{hours}時間以上パケットが見えていません。境界の監視に抜けがあります。",
    "Not one packet came from any zone of {zone} in the {hours} hours or more of watching: its boundaries are not covered.",
)
_NOT_WRITTEN = Text(
    "イベントの出力（{output}）に書き込めず、直近1分間に{lost:,}件の記録を失いました（{why}）。空き容量と接続先を確認してください。",
    "Events could not be written to {output}: {lost:,} records were lost within the last minute ({why}). Look at the free "
    "space and the receiver.",
)
_NO_REPORTS = Text(
    "取得インターフェース{interface}のプロセスから{minutes}分以上報告がありません。この間の記録は残っていません。",
    "The capture process of {interface} has not reported for {minutes} minutes or more: there are no records of that time.",
)


@dataclass(slots=True)
class _Minute:
    """A counter's values of the last minute, oldest first."""

    values: deque[tuple[int, int]] = field(default_factory=deque)

    def grown(self, value: int, now: int) -> int:
        """How much it grew since a minute ago, or since the first look."""
        if self.values and now < self.values[-1][0]:  # the clock went back
            self.values.clear()
        self.values.append((now, value))
        while len(self.values) > 2 and self.values[1][0] <= now - MINUTE:
            self.values.popleft()
        return value - self.values[0][1]


class BlindWatch:
    """Looks at the sensor's own counters once a second."""

    def __init__(self, started_ns: int) -> None:
        self.started_ns = started_ns
        self._minutes: dict[str, _Minute] = {}
        self._told: dict[str, int] = {}

    def look(
        self,
        judge: Judge,
        health: Health,
        now_ns: int,
        *,
        vlans: Mapping[str, Mapping[int, int]],
        spoke: Mapping[str, int],
        unheard: Mapping[str, float],
    ) -> list[Finding]:
        """The findings of this moment.

        *vlans*: by interface, VLAN -> ns of its last packet; *spoke*: zone -> the same; *unheard*: by interface, seconds
        since its capture processes reported last.
        """
        self.started_ns = min(self.started_ns, now_ns)  # a clock that went back
        found: list[Finding] = []
        for i in health.interfaces:
            causes = [*self._interface(judge, i, now_ns), *self._vlans(judge, i, vlans.get(i.interface, {}), now_ns)]
            found += self._new(judge, causes, now_ns, i.interface)
        found += self._new(judge, self._layers(judge, spoke, now_ns), now_ns, "")
        found += self._new(judge, [*self._records(judge, health, unheard, now_ns)], now_ns, "")
        return found

    def _interface(self, judge: Judge, i: InterfaceHealth, now: int) -> Iterator[tuple[str, str, Text, Severity | None]]:
        settings = judge.model.settings
        lost = self._grown(f"lost/{i.interface}", i.dropped, now)
        lost += self._grown(f"card/{i.interface}", i.nic_dropped, now, begun=i.nic_dropped)  # the driver counts for ever
        came = self._grown(f"came/{i.interface}", i.packets, now)
        if not i.up:
            yield "IN-04", f"down/{i.interface}", _DOWN.format(interface=i.interface), None
        elif i.silent:
            minutes = (now - max(i.last_packet_ns, self.started_ns)) // MINUTE
            yield "IN-04", f"silent/{i.interface}", _SILENT.format(interface=i.interface, minutes=minutes), None
        if lost + came >= _FEW and lost * 100 > settings.loss_percent * (lost + came):
            text = _LOSS.format(interface=i.interface, percent=100 * lost / (lost + came), lost=lost)
            yield "IN-04", f"loss/{i.interface}", text, None

    def _vlans(
        self, judge: Judge, i: InterfaceHealth, seen: Mapping[int, int], now: int
    ) -> Iterator[tuple[str, str, Text, Severity | None]]:
        hours = judge.model.settings.vlan_silence_hours
        if not any(v >= 0 for v in seen):
            return  # the interface shows no tags at all
        expected = {v for zone in judge.model.zones.values() for v in zone.vlans}
        never = set(unseen_vlans(judge, seen)) if now - self.started_ns >= hours * HOUR else set()
        quiet = sorted(never | {v for v in expected if now - seen.get(v, now) >= hours * HOUR})
        if quiet:
            text = _VLAN.format(interface=i.interface, vlans=", ".join(map(str, quiet)), hours=hours)
            yield "IN-04", f"vlan/{i.interface}", text, Severity.MEDIUM

    def _layers(
        self, judge: Judge, spoke: Mapping[str, int], now: int
    ) -> list[tuple[str, str, Text, Severity | None]]:  # fmt: skip
        hours = judge.model.settings.vlan_silence_hours
        if now - self.started_ns < hours * HOUR:
            return []
        seen = {judge.model.layer(z).id for z in spoke if z in judge.model.zones}
        layers = {judge.model.layer(z).id for z in judge.model.zones}
        return [
            ("IN-04", f"layer/{z}", _LAYER.format(zone=judge.model.zones[z].name, hours=hours), Severity.MEDIUM)
            for z in sorted(layers - seen)
            if judge.model.zones[z].kind in _WATCHED
        ]

    def _records(
        self, judge: Judge, health: Health, unheard: Mapping[str, float], now: int
    ) -> Iterator[tuple[str, str, Text, Severity | None]]:
        for (output, why), count in sorted(health.events_lost.items()):
            if lost := self._grown(f"written/{output}/{why}", count, now):
                yield "LT-03", f"lost/{output}", _NOT_WRITTEN.format(output=output, lost=lost, why=why), None
        for interface, seconds in sorted(unheard.items()):
            if seconds >= 60 * judge.model.settings.silence_minutes:
                text = _NO_REPORTS.format(interface=interface, minutes=int(seconds // 60))
                yield "LT-03", f"unheard/{interface}", text, None

    def _grown(self, name: str, value: int, now: int, begun: int = 0) -> int:
        """Since a minute ago; a counter met for the first time is taken to have been *begun* before."""
        if name not in self._minutes:
            self._minutes[name] = _Minute(deque([(now, begun)]))
        return self._minutes[name].grown(value, now)

    def _new(
        self, judge: Judge, causes: list[tuple[str, str, Text, Severity | None]], now: int, interface: str
    ) -> Iterator[Finding]:
        """Those of the causes that are to be told now."""
        for rule, cause, message, severity in causes:
            last = self._told.get(cause)
            if not judge.policy.applies(rule) or (last is not None and 0 <= now - last < MINUTE):
                continue
            self._told[cause] = now
            yield registry.finding(
                rule, judge.policy, message=message, where=Where(interface=interface, first_ns=now, last_ns=now), cause=cause,
                key=cause, severity=None if rule in judge.policy.severities else severity,
            )  # fmt: skip


__all__ = ["BlindWatch"]
