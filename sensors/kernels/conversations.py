"""Flow rows summed up to conversations as tshark prints them: one for each pair of ends and transport.

Rows are finer than that: ICMP has one for each type and asking side, later fragments have their own, the outside of
a tunnel is a carrier.  Here ICMP comes without types, later fragments under port 0 and the number of their protocol
(for IPv6 the base header's next header), packets cut before their ports under port 0, carriers not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sensors.kernels.view import address

TCP, UDP, SCTP, ICMP, ICMPV6 = 6, 17, 132, 1, 58
#: What stands behind an IPv6 header and is not an extension of it; anything else is named by the base header.
_UPPER = frozenset({TCP, UDP, SCTP, ICMPV6, 4, 41, 47, 50, 51, 89, 103, 112})


class Ends(NamedTuple):
    """A conversation: ``addr:port`` (IPv6 in brackets), the lesser text first, and ``tcp``, ``udp`` or a number."""

    a: str
    b: str
    l4: str


class Totals(NamedTuple):
    """Packets and octets on the wire, both ways."""

    packets_ab: int = 0
    packets_ba: int = 0
    bytes_ab: int = 0
    bytes_ba: int = 0


def end(hi: int, lo: int, port: int, *, v6: bool) -> str:
    """``10.0.0.1:80`` or ``[2001:db8::1]:80``."""
    text = address(hi, lo, v6=v6)
    return f"[{text}]:{port}" if v6 else f"{text}:{port}"


def ends(flow: np.void | Mapping[str, Any]) -> tuple[str, str, str]:
    """The two ends of a row, a first, and its transport, as tshark would name them."""
    protocol, v6 = int(flow["protocol"]), bool(flow["v6"])
    if v6 and (flow["later_fragment"] or protocol not in _UPPER):
        protocol = int(flow["next_header"])
    ports = (int(flow["a_port"]), int(flow["b_port"]))
    if flow["later_fragment"] or protocol not in (TCP, UDP, SCTP):
        ports = (0, 0)
    l4 = str(protocol) if flow["later_fragment"] else {TCP: "tcp", UDP: "udp"}.get(protocol, str(protocol))
    return (
        end(int(flow["a_hi"]), int(flow["a_lo"]), ports[0], v6=v6),
        end(int(flow["b_hi"]), int(flow["b_lo"]), ports[1], v6=v6),
        l4,
    )


def conversations(flows: npt.NDArray[np.void]) -> dict[Ends, Totals]:
    """Sum up rows of :data:`sensors.kernels.view.FLOW`."""
    out: dict[Ends, Totals] = {}
    for flow in flows[~flows["carrier"]]:
        a, b, l4 = ends(flow)
        row = [int(flow[n]) for n in ("packets_ab", "packets_ba", "bytes_ab", "bytes_ba")]
        if a > b:
            a, b = b, a
            row = [row[1], row[0], row[3], row[2]]
        if a == b:  # a host that speaks with itself has no directions
            row = [row[0] + row[1], 0, row[2] + row[3], 0]
        known = out.get(Ends(a, b, l4), Totals())
        out[Ends(a, b, l4)] = Totals(*(x + y for x, y in zip(known, row, strict=True)))
    return out
