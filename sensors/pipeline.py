"""The whole sensor as one pure object: blocks of frames in, judged flows, findings and counters out.

No file, clock or thread here: ``replay`` and the live service drive it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import Family, Mac
from segmentation.model.finding import Finding
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from sensors.detect import Detector, Judged
from sensors.kernels.block import Block
from sensors.kernels.layout import ANSWERED, B_COUNT, B_FIRST_NO, B_FIRST_NS, B_IP_HI, B_IP_LO, B_MAC
from sensors.kernels.lookup import Tables
from sensors.kernels.tables import compile_tables
from sensors.kernels.tracker import Tracker, TrackerConfig
from sensors.kernels.view import EVIDENCE, STATES
from sensors.records import FlowRecord, Sighting

#: Verdict kinds by the number in a column of verdicts.
VERDICTS: tuple[VerdictKind, ...] = tuple(VerdictKind)
_NUMBER = {kind: i for i, kind in enumerate(VERDICTS)}
_MAC_BITS = (1 << 48) - 1
#: (src zone, dst zone, state, verdict) -> packets, bytes, flows
Matrix = dict[tuple[str, str, str, str], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one capture (or one stretch of live traffic) gave.

    ``flows`` is the kernels' structured array (:data:`sensors.kernels.view.FLOW`); ``verdicts`` holds for each row the
    position in :data:`VERDICTS`.  ``judged`` are the flows, grouped by hosts and service, that need telling.
    """

    capture: str
    flows: npt.NDArray[np.void]
    verdicts: npt.NDArray[np.uint8]
    judged: tuple[Judged, ...]
    sightings: tuple[Sighting, ...]
    not_decoded: dict[str, int]
    notes: dict[str, int]
    untracked: Matrix = field(default_factory=dict)

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Rows that are flows of their own: neither the outside of a tunnel nor later fragments."""
        kept: npt.NDArray[np.bool_] = ~(self.flows["carrier"] | self.flows["later_fragment"])
        return kept


class Pipeline:
    """Judges captures by one zone model under one policy.

    *native* names the zones on whose segment untagged captures were taken (their MACs can then be believed).
    """

    def __init__(self, judge: Judge, *, native: frozenset[str] = frozenset(), config: TrackerConfig | None = None) -> None:
        self.judge = judge
        self.detector = Detector.of(judge, native)
        self.config = config or TrackerConfig()
        self.tables: Tables = compile_tables(judge.zonemap, judge.decisions)
        kinds = [_NUMBER[d.kind] for d in judge.decisions]
        self._kinds = np.array([_NUMBER[VerdictKind.NOT_DECIDABLE], *kinds], np.uint8)
        self._allows = np.array([False, *(d.kind.allows for d in judge.decisions)])
        self._conditional = np.array([True, *(d.conditional for d in judge.decisions)])

    def tracker(self) -> Tracker:
        """A fresh tracker over the compiled tables; feed it blocks, then hand it to :meth:`outcome`."""
        return Tracker(self.tables, self.config)

    def run(self, capture: str, blocks: Iterable[Block]) -> Outcome:
        """Track and judge one capture."""
        tracker = self.tracker()
        for block in blocks:
            tracker.feed(block)
        return self.outcome(capture, tracker)

    def outcome(self, capture: str, tracker: Tracker) -> Outcome:
        """Judge everything a tracker holds."""
        flows = tracker.flows()
        position = flows["decision"].astype(np.int64) + 1
        verdicts = self._kinds[position]
        doubtful = flows["evidence"] < ANSWERED  # below it the initiator is a guess
        # An ICMP error about a flow is that flow's answer, and later fragments share the fate of the first.
        own = ~flows["related"] & ~(flows["later_fragment"] & ~flows["ports_unknown"])
        plain = own & ~self._conditional[position] & ~self._allows[position] & ~doubtful
        asked = own & (self._conditional[position] | (doubtful & ~self._allows[position]))
        judged = [*self.detector.judged(_grouped(capture, flows, np.flatnonzero(plain)))]
        for row, each in zip(asked_rows := np.flatnonzero(asked), self._ask(capture, flows, asked_rows), strict=True):
            verdicts[row] = _NUMBER[each.verdict.kind]
            if each.verdict.kind not in (VerdictKind.PERMITTED, VerdictKind.SANITIZED_ONLY):
                judged.append(each)
        return Outcome(
            capture, flows, verdicts, tuple(judged), tuple(_sightings(capture, flows, tracker.bindings())),
            tracker.not_counted(), tracker.notes(), self._untracked(tracker),
        )  # fmt: skip

    def findings(self, outcomes: Iterable[Outcome]) -> list[Finding]:
        """The findings of several captures together, one per cause, worst first."""
        held = list(outcomes)
        return self.detector.findings((j for o in held for j in o.judged), (s for o in held for s in o.sightings))

    def matrix(self, outcome: Outcome) -> Matrix:
        """Packets, octets and flows by zone pair, state and verdict; the outsides of tunnels are left out."""
        zones = self.judge.zonemap.zones
        kept = ~outcome.flows["carrier"]
        flows, verdicts = outcome.flows[kept], outcome.verdicts[kept]
        out: Matrix = dict(outcome.untracked)
        if not len(flows):
            return out
        columns = [flows[n].astype(np.int64) for n in ("src_zone", "dst_zone", "state")] + [verdicts.astype(np.int64)]
        groups, where = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        totals = np.zeros((len(groups), 3), np.int64)
        for column, values in enumerate((
            flows["packets_ab"] + flows["packets_ba"], flows["bytes_ab"] + flows["bytes_ba"], ~flows["later_fragment"],
        )):  # fmt: skip
            np.add.at(totals[:, column], where.reshape(-1), values.astype(np.int64))
        for (src, dst, state, verdict), row in zip(groups.tolist(), totals.tolist(), strict=True):
            key = (zones[src], zones[dst], STATES[state].value, VERDICTS[verdict].value)
            before = out.get(key, (0, 0, 0))
            out[key] = (before[0] + row[0], before[1] + row[1], before[2] + row[2])
        return out

    def _ask(self, capture: str, flows: npt.NDArray[np.void], rows: npt.NDArray[np.int64]) -> Iterator[Judged]:
        return self.detector.judged(_record(capture, flows[row]) for row in rows)

    def _untracked(self, tracker: Tracker) -> Matrix:
        """Packets of flows that found no room in the table, as attempts with the pair's own verdict unknown."""
        zones = self.judge.zonemap.zones
        counts = tracker.untracked()
        return {
            (zones[s], zones[d], "untracked", VerdictKind.NOT_DECIDABLE.value): (int(counts[s, d, 0]), int(counts[s, d, 1]), 0)
            for s, d in np.argwhere(counts[:, :, 0] > 0)
        }


def _value(hi: np.uint64, lo: np.uint64) -> int:
    return int(hi) << 64 | int(lo)


def _record(capture: str, row: np.void, *, flows: int = 1) -> FlowRecord:
    """One row as a record with the initiator first."""
    a, b = _value(row["a_hi"], row["a_lo"]), _value(row["b_hi"], row["b_lo"])
    macs = (int(row["mac_ab_src"]) or int(row["mac_ba_dst"]), int(row["mac_ba_src"]) or int(row["mac_ab_dst"]))
    if row["initiator_b"]:
        a, b, macs = b, a, macs[::-1]
    icmp = int(row["icmp_type"]) >= 0
    vlan = int(row["vlan"])
    family: Family = 6 if row["v6"] else 4
    return FlowRecord(
        capture=capture, family=family, src=a, dst=b, protocol=int(row["protocol"]),
        sport=int(row["icmp_type"]) if icmp else int(row["sport"]), dport=int(row["icmp_code"]) if icmp else int(row["dport"]),
        initiator=EVIDENCE[row["evidence"]], state=STATES[row["state"]], flows=flows,
        packets=int(row["packets_ab"] + row["packets_ba"]), bytes=int(row["bytes_ab"] + row["bytes_ba"]),
        first_packet=int(row["first_number"]), last_packet=int(row["last_number"]),
        first_ns=int(row["first_ns"]), last_ns=int(row["last_ns"]), vlan=vlan if vlan >= 0 else None,
        src_mac=_mac(macs[0]), dst_mac=_mac(macs[1]),
    )  # fmt: skip


def _mac(value: int) -> Mac | None:
    return Mac(value & _MAC_BITS) if value else None


def _grouped(capture: str, flows: npt.NDArray[np.void], rows: npt.NDArray[np.int64]) -> Iterator[FlowRecord]:
    """Rows with equal hosts, service, decision and state as one record each: a sweep is not judged port by port.

    The first row of a group stands for it; packets, octets, times and packet numbers are those of the whole group.
    """
    if not len(rows):
        return
    part = flows[rows]
    icmp = part["icmp_type"] >= 0
    service = np.where(icmp, part["icmp_type"], part["dport"]).astype(np.int64)
    turned = part["initiator_b"]
    names = ("a_hi", "a_lo", "b_hi", "b_lo", "v6", "protocol", "decision", "state", "vlan")
    columns = [part[n].astype(np.int64, casting="unsafe") for n in names] + [service, turned.astype(np.int64)]
    _, first, where, counts = np.unique(
        np.stack(columns, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    together = np.split(part[np.argsort(where.reshape(-1), kind="stable")], np.cumsum(counts)[:-1])
    for group in np.argsort(first, kind="stable"):
        members = together[group]
        row = members[0].copy()
        for name in ("packets_ab", "packets_ba", "bytes_ab", "bytes_ba"):
            row[name] = members[name].sum()
        row["first_ns"], row["first_number"] = members["first_ns"].min(), members["first_number"].min()
        row["last_ns"], row["last_number"] = members["last_ns"].max(), members["last_number"].max()
        yield _record(capture, row, flows=len(members))


def _sightings(capture: str, flows: npt.NDArray[np.void], bindings: npt.NDArray[np.uint64]) -> Iterator[Sighting]:
    """Who spoke with which MAC in which VLAN: from ARP and neighbour discovery, then from the flows' own frames."""
    for b in bindings:
        word = int(b[B_MAC])
        vlan = word >> 48 & 0xFFF
        family: Family = 6 if word >> 60 & 1 else 4
        value = _value(b[B_IP_HI], b[B_IP_LO])
        if value and word & _MAC_BITS:  # an ARP probe (RFC 5227 2.1.1) has no sender address yet
            yield Sighting(
                capture=capture, family=family, address=value, mac=Mac(word & _MAC_BITS), vlan=vlan or None,
                packet=int(b[B_FIRST_NO]), at_ns=int(b[B_FIRST_NS]), count=int(b[B_COUNT]),
            )  # fmt: skip
    for hi, lo, mac in (("a_hi", "a_lo", "mac_ab_src"), ("b_hi", "b_lo", "mac_ba_src")):
        part = flows[flows[mac] != 0]
        columns = [part[n].astype(np.int64, casting="unsafe") for n in (hi, lo, mac, "vlan", "v6")]
        if not len(part):
            continue
        _, first, counts = np.unique(np.stack(columns, axis=1), axis=0, return_index=True, return_counts=True)
        for row, count in zip(part[first], counts, strict=True):
            yield Sighting(
                capture=capture, family=6 if row["v6"] else 4, address=_value(row[hi], row[lo]),
                mac=Mac(int(row[mac]) & _MAC_BITS),
                vlan=int(row["vlan"]) if row["vlan"] >= 0 else None, packet=int(row["first_number"]),
                at_ns=int(row["first_ns"]), count=int(count),
            )  # fmt: skip
