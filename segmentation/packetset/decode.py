"""From ranks back to packets: boxes of plain values, and the one packet that stands for a box."""

from __future__ import annotations

import dataclasses

import numpy as np

from segmentation.model.addresses import Mac
from segmentation.model.finding import Packet
from segmentation.model.intervals import EMPTY, IntervalSet
from segmentation.model.services import ICMP, ICMPV6, SCTP, TCP, UDP
from segmentation.packetset.box import Box
from segmentation.packetset.program import Ints
from segmentation.packetset.space import Dim, Space
from segmentation.packetset.walk import REWRITTEN, original_boxes

#: Protocols a witness rather has than others: those that can be sent and read by hand.
_PREFERRED = (TCP, UDP, ICMP, ICMPV6, SCTP, 47, 50)
#: RFC 6335 6: the first dynamic port; an initiator's usual source port.
_EPHEMERAL = 49152
_DIMS = tuple(Dim)
_ACK = 16  # RFC 9293 3.1
#: Connection-tracking states by value (linux/netfilter/nf_conntrack_common.h), as a packet's `ct_state`.
_STATES = ("new", "established", "related", "invalid", "untracked")


def box_of(space: Space, row: Ints, before: Ints | None = None) -> Box:
    """The box of one result row (int32[40]) as the packets arrive, with the destination after DNAT.

    *before* is what :func:`~segmentation.packetset.walk.original_boxes` says of the row, if the caller has it already.
    """
    if before is None:
        before = original_boxes(row[None, :])[0]
    ends = before.tolist()
    values = [space.decode(d, ends[2 * d], ends[2 * d + 1]) for d in _DIMS]
    after = int(row[REWRITTEN])
    return Box(
        family=space.family,
        src=values[Dim.SRC],
        dst=values[Dim.DST],
        protocols=values[Dim.PROTO],
        sports=values[Dim.SPORT],
        dports=values[Dim.DPORT],
        flags=values[Dim.FLAGS],
        states=values[Dim.STATE],
        macs=values[Dim.SMAC] if space.counts[Dim.SMAC] > 1 else EMPTY,
        in_interfaces=space.names(Dim.IIF, ends[0], ends[1]),
        out_interfaces=space.names(Dim.OIF, ends[2], ends[3]),
        translated_dst=space.decode(Dim.DST, int(row[6]), int(row[7])) if after & 2 else None,
        translated_dports=space.decode(Dim.DPORT, int(row[12]), int(row[13])) if after & 8 else None,
    )


def witness_of(box: Box) -> Packet:
    """The packet that stands for a box: the lowest one that looks like real traffic.

    The lowest address that is not the first of a prefix of 256 (a network address, or RFC 4291 2.6.1 anycast), the
    first dynamic source port, no port 0, no source MAC unless rules tell MACs apart.
    """
    protocol = next((p for p in _PREFERRED if p in box.protocols), box.protocols.low)
    typed = protocol in (ICMP, ICMPV6)
    dport = _port(box.dports, 0 if typed else 1)
    packet = Packet(
        family=box.family,
        src=_host(box.src),
        dst=_host(box.dst),
        protocol=protocol,
        sport=_port(box.sports, 0 if typed else _EPHEMERAL),
        dport=dport,
        tcp_flags=_flags(box.flags) if protocol == TCP else 0,
        ct_state=_STATES[box.states.low],
        in_interface=_name(box.in_interfaces),
        out_interface=_name(box.out_interfaces),
        src_mac=Mac(box.macs.low) if box.macs and box.macs.low != 0 else None,
    )
    if box.translated_dst is None and box.translated_dports is None:
        return packet
    address = packet.dst if box.translated_dst is None else _host(box.translated_dst)
    port = dport if box.translated_dports is None else box.translated_dports.low
    return dataclasses.replace(packet, translated=(address, port))


def order_of(space: Space, boxes: Ints) -> Ints:
    """Sort keys of boxes (k, 20): int32[k, 11], compared column by column; the lowest is the witness's box."""
    likes = np.array([_likes(space, r) for r in range(space.counts[Dim.PROTO])], np.int32)
    dims = (Dim.SRC, Dim.DST, Dim.PROTO, Dim.DPORT, Dim.SPORT, Dim.STATE, Dim.FLAGS, Dim.IIF, Dim.OIF, Dim.SMAC)
    columns = [likes[boxes[:, 2 * Dim.PROTO]], *(boxes[:, 2 * d] for d in dims)]
    return np.stack(columns, axis=1)


def _likes(space: Space, rank: int) -> int:
    protocols = space.decode(Dim.PROTO, rank, rank)
    return next((i for i, p in enumerate(_PREFERRED) if p in protocols), len(_PREFERRED))


def _name(names: tuple[str, ...]) -> str:
    """An interface a rule names, rather than a wildcard's representative or "any other"."""
    return min(names, key=lambda n: (not n, n.endswith("*"), n), default="")


def _host(addresses: IntervalSet) -> int:
    low = addresses.low
    return low + 1 if low & 255 == 0 and low + 1 in addresses else low


def _port(ports: IntervalSet, wanted: int) -> int:
    if wanted in ports:
        return wanted
    low = ports.low
    return low + 1 if low == 0 and wanted and 1 in ports else low


def _flags(flags: IntervalSet) -> int:
    return _ACK if _ACK in flags else flags.low
