"""What the detectors share: doing nothing by default, bounded tables, and finding the initiator's columns of flows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import Family
from segmentation.model.finding import Finding, Packet, Where, Witness
from segmentation.model.judge import Judge
from segmentation.model.text import Text
from segmentation.rules import registry
from sensors.kernels.block import Block
from sensors.kernels.taps import Tapped, Taps
from sensors.watch.watcher import FlowChanges, FlowTable

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
_NO_ZONE = Text("未割当", "unassigned")
K = TypeVar("K")
V = TypeVar("V")


class Watch:
    """A detector that asks for nothing and finds nothing; real ones override what they need."""

    name = ""
    classes = Tapped(0)

    def __init__(self, judge: Judge) -> None:
        self.counts: dict[str, int] = {}
        self.found: list[Finding] = []
        self.reload(judge)

    def decisions(self, judge: Judge) -> Iterable[int]:  # noqa: ARG002  # most detectors watch no decision
        """None."""
        return ()

    def on_taps(self, block: Block, taps: Taps, flows: FlowTable) -> None:
        """Nothing."""

    def on_flows(self, flows: FlowChanges) -> None:
        """Nothing."""

    def tick(self, now_ns: int) -> Iterable[Finding]:  # noqa: ARG002  # most go by the time of the packets
        """What was found since the last look."""
        found, self.found = self.found, []
        return found

    def finish(self) -> Iterable[Finding]:
        """What only the end of a capture shows; a live sensor never asks."""
        return ()

    def find(self, rule: str, **fields: Any) -> None:
        """Keep a finding for the next tick, if the rule applies under the policy; *fields* as in the rule registry."""
        if self.judge.policy.applies(rule):
            self.found.append(registry.finding(rule, self.judge.policy, **fields))

    def counters(self) -> Mapping[str, int]:
        """What was counted since the start."""
        return self.counts

    def reload(self, judge: Judge) -> None:
        """Take the judge over."""
        self.judge = judge

    def memory(self) -> dict[str, Any]:
        """What must survive a restart of the sensor, as JSON values; empty for most."""
        return {}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take up what :meth:`memory` gave before; a value that makes no sense is left out."""

    def count(self, reason: str, by: int = 1) -> None:
        """Count something under a reason of the closed set that the detector documents."""
        self.counts[reason] = self.counts.get(reason, 0) + by

    def zone_name(self, zone: str) -> Text:
        """The officer's name of a zone."""
        return self.judge.model.zones[zone].name if zone else _NO_ZONE

    def layer(self, zone: str) -> str:
        """The layer of a zone; of no zone: none."""
        return self.judge.model.layer(zone).id if zone else ""


class Bounded(OrderedDict[K, V], Generic[K, V]):
    """A table of at most *room* entries; the one longest untouched goes, and *lost* is told."""

    def __init__(self, room: int, lost: Callable[[], None]) -> None:
        super().__init__()
        self.room = room
        self.lost = lost

    def touch(self, key: K, make: Callable[[], V]) -> V:
        """The entry of *key*, made where there is none, now the newest."""
        value = self.get(key)
        if value is None:
            value = self[key] = make()
            if len(self) > self.room:
                self.popitem(last=False)
                self.lost()
        else:
            self.move_to_end(key)
        return value


def value(hi: Any, lo: Any) -> int:
    """An address out of its two words."""
    return int(hi) << 64 | int(lo)


def sides(flows: npt.NDArray[np.void]) -> tuple[npt.NDArray[np.uint64], ...]:
    """(source hi, source lo, destination hi, destination lo) as seen from the initiators, uint64."""
    turned = flows["initiator_b"]
    pairs = (("a_hi", "b_hi"), ("a_lo", "b_lo"), ("b_hi", "a_hi"), ("b_lo", "a_lo"))
    return tuple(np.where(turned, flows[b], flows[a]) for a, b in pairs)


def own(flows: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Flows of their own: neither outsides of tunnels, nor later fragments, nor ICMP errors about another flow."""
    kept: npt.NDArray[np.bool_] = ~(flows["carrier"] | flows["later_fragment"] | flows["related"])
    return kept


def family(row: np.void) -> Family:
    """The address family of a flow."""
    return 6 if row["v6"] else 4


def witness(row: np.void) -> Witness:
    """The first packet of a flow, as far as the row tells."""
    s_hi, s_lo, d_hi, d_lo = (x[0] for x in sides(np.array([row], row.dtype)))
    icmp = int(row["icmp_type"]) >= 0
    return Witness(
        packet=Packet(
            family=family(row), src=value(s_hi, s_lo), dst=value(d_hi, d_lo), protocol=int(row["protocol"]),
            sport=int(row["icmp_type"] if icmp else row["sport"]), dport=int(row["icmp_code"] if icmp else row["dport"]),
            tcp_flags=2 if row["protocol"] == 6 else 0,
        )
    )  # fmt: skip


def where(rows: npt.NDArray[np.void]) -> Where:
    """The stretch of the capture that flows cover."""
    return Where(
        first_packet=int(rows["first_number"].min()), last_packet=int(rows["last_number"].max()),
        first_ns=int(rows["first_ns"].min()), last_ns=int(rows["last_ns"].max()),
    )  # fmt: skip
