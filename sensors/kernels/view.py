"""Flow rows as a structured array, with what the words say spelt out; the zone matrix; conversations."""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from segmentation.model.finding import FlowState
from segmentation.model.flow import Initiator
from sensors.kernels import layout as w

#: States by the number in the column ``state``.
STATES: tuple[FlowState, ...] = (FlowState.ATTEMPTED, FlowState.REFUSED, FlowState.ESTABLISHED, FlowState.DATA)
ATTEMPTED, REFUSED, ESTABLISHED, DATA = range(4)
#: How the initiator is known, by the number in the column ``evidence``.
EVIDENCE: tuple[Initiator, ...] = (Initiator.FIRST, Initiator.INFERRED, Initiator.ANSWERED, Initiator.SEEN)

#: One flow.  ``a`` is the lower address; times are ns since the epoch; ports of ICMP: request type, code.
FLOW = np.dtype(
    [
        ("a_hi", np.uint64), ("a_lo", np.uint64), ("b_hi", np.uint64), ("b_lo", np.uint64),
        ("v6", np.bool_), ("protocol", np.uint8), ("a_port", np.uint16), ("b_port", np.uint16),
        ("packets_ab", np.int64), ("packets_ba", np.int64), ("bytes_ab", np.int64), ("bytes_ba", np.int64),
        ("payload_ab", np.int64), ("payload_ba", np.int64), ("first_ns", np.int64), ("last_ns", np.int64),
        ("first_number", np.int64), ("last_number", np.int64),
        ("flags_ab", np.uint8), ("flags_ba", np.uint8),
        ("initiator_b", np.bool_), ("evidence", np.uint8), ("state", np.uint8), ("decision", np.int32),
        ("zone_a", np.uint16), ("zone_b", np.uint16), ("src_zone", np.uint16), ("dst_zone", np.uint16),
        ("sport", np.uint16), ("dport", np.uint16), ("vlan", np.int16), ("icmp_type", np.int16), ("icmp_code", np.int16),
        ("next_header", np.int16),
        ("mac_ab_src", np.int64), ("mac_ab_dst", np.int64), ("mac_ba_src", np.int64), ("mac_ba_dst", np.int64),
        ("later_fragment", np.bool_), ("ports_unknown", np.bool_), ("carrier", np.bool_), ("related", np.bool_),
        ("midstream", np.bool_), ("duplicates", np.uint32), ("fragments", np.uint32),
    ]
)  # fmt: skip
_LOW = np.uint64(0xFFFFFFFF)
_ICMP, _ICMPV6, _TCP = 1, 58, 6


def _bits(words: npt.NDArray[np.uint64], shift: int, width: int) -> npt.NDArray[np.int64]:
    """A field of a word column as signed numbers."""
    return ((words >> np.uint64(shift)) & np.uint64((1 << width) - 1)).astype(np.int64)


def flow_view(rows: npt.NDArray[np.uint64]) -> npt.NDArray[np.void]:
    """Spell out (n, R_WORDS) rows; rows not in use are left out.

    Columns beyond the stored words: ``state`` (index into :data:`STATES`), ``evidence`` (into :data:`EVIDENCE`),
    ``decision`` (-1: none), ``src_zone``/``dst_zone``/``sport``/``dport`` as seen from the initiator,
    ``vlan``, ``icmp_type``, ``icmp_code`` (-1: none), ``next_header`` of the IPv6 base header (-1: IPv4), MACs of the
    first packet of each direction (0: none).
    """
    rows = rows[rows[:, w.R_KEY] != 0]
    out = np.zeros(len(rows), FLOW)
    key, facts, verdict = rows[:, w.R_KEY], rows[:, w.R_FACTS], rows[:, w.R_VERDICT]
    for name, at in (("a_hi", w.R_A_HI), ("a_lo", w.R_A_LO), ("b_hi", w.R_B_HI), ("b_lo", w.R_B_LO)):
        out[name] = rows[:, at]
    for name, at in (
        ("bytes_ab", w.R_BYTES_AB), ("bytes_ba", w.R_BYTES_BA), ("payload_ab", w.R_PAYLOAD_AB),
        ("payload_ba", w.R_PAYLOAD_BA), ("first_ns", w.R_FIRST_NS), ("last_ns", w.R_LAST_NS),
        ("first_number", w.R_FIRST_NO), ("last_number", w.R_LAST_NO), ("mac_ab_src", w.R_MAC_AB_SRC),
        ("mac_ab_dst", w.R_MAC_AB_DST), ("mac_ba_src", w.R_MAC_BA_SRC), ("mac_ba_dst", w.R_MAC_BA_DST),
    ):  # fmt: skip
        out[name] = rows[:, at].astype(np.int64)
    out["packets_ab"], out["packets_ba"] = _bits(rows[:, w.R_PACKETS], 0, 32), _bits(rows[:, w.R_PACKETS], 32, 32)
    out["protocol"] = _bits(key, 24, 8)
    out["a_port"], out["b_port"] = _bits(key, 48, 16), _bits(key, 32, 16)
    out["flags_ab"], out["flags_ba"] = _bits(facts, 0, 8), _bits(facts, 8, 8)
    for name, words, bit in (
        ("v6", key, w.KEY_V6), ("later_fragment", key, w.KEY_LATER_FRAGMENT), ("carrier", key, w.KEY_CARRIER),
        ("ports_unknown", key, w.KEY_PORTS_UNKNOWN), ("initiator_b", facts, w.G_INITIATOR_B),
        ("related", facts, w.G_ICMP_RELATED), ("midstream", facts, w.G_MIDSTREAM),
    ):  # fmt: skip
        out[name] = (words & np.uint64(bit)) != 0
    out["evidence"] = _bits(facts, w.G_EVIDENCE_SHIFT, 2)
    out["decision"] = _bits(verdict, 0, 32) - 1
    out["zone_a"], out["zone_b"] = _bits(verdict, 32, 16), _bits(verdict, 48, 16)
    out["vlan"] = np.where(facts & np.uint64(w.G_VLAN), _bits(facts, 32, 12), -1)
    icmp = out["protocol"] == np.where(out["v6"], _ICMPV6, _ICMP)
    icmp &= ~(out["later_fragment"] | out["ports_unknown"])
    out["icmp_type"], out["icmp_code"] = np.where(icmp, _bits(facts, 56, 8), -1), np.where(icmp, _bits(facts, 48, 8), -1)
    out["next_header"] = np.where(icmp, out["protocol"], np.where(out["v6"], _bits(facts, 56, 8), -1))
    turned = out["initiator_b"]
    out["src_zone"], out["dst_zone"] = _sides(turned, out["zone_a"], out["zone_b"])
    out["sport"], out["dport"] = _sides(turned & ~icmp, out["a_port"], out["b_port"])
    out["duplicates"], out["fragments"] = _bits(rows[:, w.R_SEEN], 0, 32), _bits(rows[:, w.R_SEEN], 32, 32)
    out["state"] = _states(out, facts)
    return out


class Parties(NamedTuple):
    """A few columns of :data:`FLOW`, one entry a row."""

    decision: npt.NDArray[np.int64]
    src_zone: npt.NDArray[np.int64]
    dst_zone: npt.NDArray[np.int64]
    initiator_b: npt.NDArray[np.bool_]


def parties_view(rows: npt.NDArray[np.uint64]) -> Parties:
    """The columns of :class:`Parties` of (n, R_WORDS) rows."""
    verdict = rows[:, w.R_VERDICT]
    turned = (rows[:, w.R_FACTS] & np.uint64(w.G_INITIATOR_B)) != 0
    return Parties(_bits(verdict, 0, 32) - 1, *_sides(turned, _bits(verdict, 32, 16), _bits(verdict, 48, 16)), turned)


def _sides(turned: npt.NDArray[np.bool_], a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]) -> tuple[Any, Any]:
    """(initiator's, responder's) of two columns."""
    return np.where(turned, b, a), np.where(turned, a, b)


def _states(flows: npt.NDArray[np.void], facts: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """How far each flow got.

    TCP: *data* once payload moved after (or without any sight of) a handshake; *established* once a SYN was
    answered by a SYN-ACK, or both sides talk in mid-stream; *refused* by an RST or an ICMP unreachable while no
    SYN-ACK was seen and no payload moved; else *attempted*.  Other protocols: *data* when both sides sent payload,
    *established* when both sides sent, *refused* by an ICMP unreachable, else *attempted*.
    """
    turned = flows["initiator_b"]
    from_src, from_dst = _sides(turned, flows["packets_ab"], flows["packets_ba"])
    paid_src, paid_dst = _sides(turned, flows["payload_ab"], flows["payload_ba"])
    flags_src, flags_dst = _sides(turned, flows["flags_ab"], flows["flags_ba"])
    unreachable = (facts & np.uint64(w.G_REFUSED_AB | w.G_REFUSED_BA)) != 0
    shaken = (facts & np.uint64(w.G_SYNACK_AB | (w.G_SYNACK_AB << 1))) != 0
    asked = (facts & np.uint64(w.G_SYN_AB | w.G_SYN_BA)) != 0
    tcp = (flows["protocol"] == _TCP) & ~flows["later_fragment"] & ~flows["ports_unknown"]
    both = (from_src > 0) & (from_dst > 0)
    # Payload on a SYN alone (RFC 7413) is an attempt; an ACK without SYN-ACK in sight means the capture sees one side.
    acked = (flags_src & 0x10) != 0
    moved = (paid_src > 0) | (paid_dst > 0)
    tcp_data = moved & (shaken | ~asked | acked)
    tcp_open = shaken | (~asked & (acked | ((flags_dst & 0x10) != 0))) | (asked & acked)
    reset = ((flags_src | flags_dst) & 0x04) != 0
    tcp_refused = ~shaken & ~moved & (reset | unreachable)
    other = np.where(both & (paid_src > 0) & (paid_dst > 0), DATA, np.where(both, ESTABLISHED, ATTEMPTED))
    other = np.where((other == ATTEMPTED) & unreachable, REFUSED, other)
    state = np.where(tcp_data, DATA, np.where(tcp_refused, REFUSED, np.where(tcp_open, ESTABLISHED, ATTEMPTED)))
    return np.where(tcp, state, other).astype(np.uint8)


def address(hi: int, lo: int, *, v6: bool) -> str:
    """Text of an address held in two words (RFC 5952 form)."""
    return str(ipaddress.IPv6Address(hi << 64 | lo)) if v6 else str(ipaddress.IPv4Address(lo))


MATRIX = np.dtype(
    [
        ("src_zone", np.uint16), ("dst_zone", np.uint16), ("state", np.uint8), ("decision", np.int32),
        ("packets", np.int64), ("bytes", np.int64), ("flows", np.int64),
    ]
)  # fmt: skip


def matrix(flows: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Totals by (initiator's zone, responder's zone, state, decision), in that order.

    Carriers are left out (their packets are counted by the flow inside); rows of later fragments add packets and
    octets to the pair but are no flows of their own.
    """
    flows = flows[~flows["carrier"]]
    if not len(flows):
        return np.zeros(0, MATRIX)
    # 15 bits of zone each, 2 of state, 31 of decision + 1: one sortable number
    packed = flows["src_zone"].astype(np.int64) << 48 | flows["dst_zone"].astype(np.int64) << 33
    packed |= flows["state"].astype(np.int64) << 31 | (flows["decision"].astype(np.int64) + 1)
    groups, where = np.unique(packed, return_inverse=True)
    out = np.zeros(len(groups), MATRIX)
    out["src_zone"], out["dst_zone"] = groups >> 48, groups >> 33 & 0x7FFF
    out["state"], out["decision"] = groups >> 31 & 3, (groups & 0x7FFFFFFF) - 1
    for name, values in (
        ("packets", flows["packets_ab"] + flows["packets_ba"]),
        ("bytes", flows["bytes_ab"] + flows["bytes_ba"]),
        ("flows", (~flows["later_fragment"]).astype(np.int64)),
    ):
        np.add.at(out[name], where.reshape(-1), values)
    return out
