"""Rows of the flow table as records for the judge: one row, groups of equal rows, who spoke with which MAC."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from segmentation.model.addresses import Family, Mac
from segmentation.model.flow import VerdictKind
from segmentation.model.judge import Judge
from sensors.kernels.groups import number_groups
from sensors.kernels.layout import ANSWERED, B_COUNT, B_FIRST_NO, B_FIRST_NS, B_IP_HI, B_IP_LO, B_MAC
from sensors.kernels.view import EVIDENCE, STATES
from sensors.records import FlowRecord, Sighting
from sensors.watch.watcher import VERDICTS

#: The number of a verdict kind in a column of verdicts.
NUMBER = {kind: i for i, kind in enumerate(VERDICTS)}
_MAC_BITS = (1 << 48) - 1


class VerdictColumns:
    """What the judge's decisions say of rows by their number alone, and which rows it must be asked about one by one."""

    def __init__(self, judge: Judge) -> None:
        kinds = [NUMBER[d.kind] for d in judge.decisions]
        self.kinds = np.array([NUMBER[VerdictKind.NOT_DECIDABLE], *kinds], np.uint8)
        self.allows = np.array([False, *(d.kind.allows for d in judge.decisions)])
        self.conditional = np.array([True, *(d.conditional for d in judge.decisions)])

    def split(self, flows: npt.NDArray[np.void]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Verdicts (positions in :data:`VERDICTS`), rows that are plainly forbidden, rows to ask the judge about."""
        position = flows["decision"].astype(np.int64) + 1
        doubtful = flows["evidence"] < ANSWERED  # below it the initiator is a guess
        # An ICMP error about a flow is that flow's answer, and later fragments share the fate of the first.
        own = ~flows["related"] & ~(flows["later_fragment"] & ~flows["ports_unknown"])
        plain = own & ~self.conditional[position] & ~self.allows[position] & ~doubtful
        asked = own & (self.conditional[position] | (doubtful & ~self.allows[position]))
        return self.kinds[position], plain, asked


def _value(hi: np.uint64, lo: np.uint64) -> int:
    return int(hi) << 64 | int(lo)


def record(capture: str, row: np.void, *, flows: int = 1) -> FlowRecord:
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


def group_numbers(
    flows: npt.NDArray[np.void], rows: npt.NDArray[np.int64], *, macs: bool = False
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each of *rows* the number of its group, and for each group the first of its positions in *rows*.

    Rows of a group have equal hosts, service, decision and state (with *macs* also equal MACs); groups are numbered by
    first appearance.
    """
    part = flows[rows]
    service = np.where(part["icmp_type"] >= 0, part["icmp_type"], part["dport"]).astype(np.int64)
    names = ["a_hi", "a_lo", "b_hi", "b_lo", "v6", "protocol", "decision", "state", "vlan", "initiator_b"]
    if macs:
        names += ["mac_ab_src", "mac_ba_src"]
    return number_groups(*(part[n] for n in names), service)


def grouped(
    capture: str,
    flows: npt.NDArray[np.void],
    rows: npt.NDArray[np.int64],
    *,
    weights: npt.NDArray[np.int64] | None = None,
    macs: bool = False,
) -> Iterator[FlowRecord]:
    """Rows of one group (:func:`group_numbers`) as one record each: a sweep is not judged port by port.

    The first row of a group stands for it; packets, octets, times and packet numbers are those of the whole group.
    *weights*: how many flows each of *rows* counts for (default: one).
    """
    if not len(rows):
        return
    part = flows[rows]
    number, first = group_numbers(flows, rows, macs=macs)
    order = np.argsort(number, kind="stable")
    counts = np.bincount(number, weights, len(first)).astype(np.int64)
    for group, members in enumerate(np.split(part[order], np.cumsum(np.bincount(number))[:-1])):
        row = members[0].copy()
        for name in ("packets_ab", "packets_ba", "bytes_ab", "bytes_ba"):
            row[name] = members[name].sum()
        row["first_ns"], row["first_number"] = members["first_ns"].min(), members["first_number"].min()
        row["last_ns"], row["last_number"] = members["last_ns"].max(), members["last_number"].max()
        yield record(capture, row, flows=int(counts[group]))


def sightings(capture: str, flows: npt.NDArray[np.void], bindings: npt.NDArray[np.uint64]) -> Iterator[Sighting]:
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
        if not len(part):
            continue
        number, first = number_groups(*(part[n] for n in (hi, lo, mac, "vlan", "v6")))
        counts = np.bincount(number, minlength=len(first))
        for row, count in zip(part[first], counts, strict=True):
            yield Sighting(
                capture=capture, family=6 if row["v6"] else 4, address=_value(row[hi], row[lo]),
                mac=Mac(int(row[mac]) & _MAC_BITS),
                vlan=int(row["vlan"]) if row["vlan"] >= 0 else None, packet=int(row["first_number"]),
                at_ns=int(row["first_ns"]), count=int(count),
            )  # fmt: skip
