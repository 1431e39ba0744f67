"""From notices to slices: what went before an incident, the violating packets themselves, and what came after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentation.model.finding import Finding
from sensors.evidence.pcapng import Frame, pcapng
from sensors.evidence.recent import RecentFrames
from sensors.evidence.store import EvidenceStore
from sensors.incidents import Notice, NoticeKind
from sensors.kernels.block import Block

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorConfig:
    """How much evidence an incident gets.

    - ``snap``: octets kept of a frame; ``packets``: frames of one slice
    - ``after_seconds``: how long after an incident opened its second slice is made
    - ``slices_per_minute``: of all incidents together, so that a flood cannot push out everything else
    - ``room``: octets of the newest traffic kept in memory; ``violation_room``: of violating packets alone
    """

    snap: int = 256
    packets: int = 128
    after_seconds: int = 10
    slices_per_minute: int = 60
    room: int = 32 << 20
    violation_room: int = 16 << 20


@dataclass(slots=True)
class EvidenceCollector:
    """Feeds the store.  ``skipped`` counts slices not made because of the limit per minute, or without any packet."""

    store: EvidenceStore
    application: str
    config: CollectorConfig = field(default_factory=CollectorConfig)
    skipped: dict[str, int] = field(default_factory=dict)
    _recent: RecentFrames = field(init=False)
    _violating: RecentFrames = field(init=False)
    _later: list[tuple[int, Finding]] = field(default_factory=list)
    _minute: tuple[int, int] = (0, 0)  # minute since the epoch, slices made in it

    def __post_init__(self) -> None:
        self._recent = RecentFrames(self.config.room)
        self._violating = RecentFrames(self.config.violation_room)

    def see(self, block: Block, violating: npt.NDArray[np.int64]) -> None:
        """Take in a block; *violating*: int64 indices of its frames that belong to forbidden flows."""
        self._recent.add(block)
        self._violating.add(block, violating)

    def collect(self, notices: Iterable[Notice], now_ns: int) -> None:
        """Make slices for new and worsened incidents, and the later ones that are due."""
        for notice in notices:
            if notice.kind in {NoticeKind.OPENED, NoticeKind.WORSENED}:
                self._slice(notice.incident.finding, now_ns, "at", 0)
                self._later.append((now_ns, notice.incident.finding))
        due = now_ns - self.config.after_seconds * _SECOND
        for opened, finding in [x for x in self._later if x[0] <= due or x[0] > now_ns]:
            self._slice(finding, now_ns, "after", opened)
        self._later = [x for x in self._later if due < x[0] <= now_ns][-1000:]

    def _slice(self, finding: Finding, now_ns: int, part: str, since_ns: int) -> None:
        frames = self._frames(finding, since_ns)
        if not frames:
            if part == "at":
                self._skip("no_packet")
            return
        minute = now_ns // (60 * _SECOND)
        made = self._minute[1] if self._minute[0] == minute else 0
        if made >= self.config.slices_per_minute:
            self._skip("too_many")
            return
        self._minute = (minute, made + 1)
        link = frames[0][0]
        kept = [f for at, f in frames if at == link]
        data = pcapng(
            kept, link=link, interface=finding.where.interface or finding.where.capture or "capture",
            comment=f"{finding.rule} {finding.fingerprint}", application=self.application,
        )  # fmt: skip
        self.store.add(
            data, at_ns=now_ns, label=f"{finding.rule}-{finding.fingerprint[:8]}-{part}",
            values={
                "rule": finding.rule, "finding": finding.fingerprint, "severity": finding.severity.key,
                "src_zone": finding.src_zone, "dst_zone": finding.dst_zone, "part": part, "packets": len(kept),
                "state": finding.state.value if finding.state else "",
            },
        )  # fmt: skip

    def _frames(self, finding: Finding, since_ns: int) -> list[tuple[int, Frame]]:
        """The violating packets, filled up with what else the initiator did, each once, in the order of time."""
        src, both = _addresses(finding)
        if not src:
            return []
        c = self.config
        own = self._violating.find(both, limit=max(1, c.packets // 2), snap=c.snap, since_ns=since_ns)
        context = self._recent.find([src], limit=c.packets - len(own), snap=c.snap, since_ns=since_ns)
        once = {(f.at_ns, f.wire, f.data): (link, f) for link, f in (*context, *own)}
        return sorted(once.values(), key=lambda x: x[1].at_ns)

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def _addresses(finding: Finding) -> tuple[bytes, list[bytes]]:
    """The octets of the initiator's address (or of the device's MAC), and those that every violating packet holds."""
    if finding.witness is not None:
        p = finding.witness.packet
        length = 4 if p.family == 4 else 16
        src = p.src.to_bytes(length, "big")
        return src, [src, p.dst.to_bytes(length, "big")]
    mac = dict(finding.detail).get("mac", "")
    try:
        octets = bytes.fromhex(mac.replace(":", ""))
    except ValueError:
        octets = b""
    return octets, [octets]
