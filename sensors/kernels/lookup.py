"""Zone and decision lookup over the arrays of :mod:`.tables`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sensors.kernels.compiled import kernel
from sensors.kernels.loads import Ints, Small, Words, signed

U = np.uint64


class Tables(NamedTuple):
    """The zone model and the judge's decisions as arrays; built by :func:`sensors.kernels.tables.compile_tables`.

    Zones are indices into the zone map's names, 0 being *in no zone*; nz of them, nd decisions.
    """

    top4: Small  # (65537,): first piece of the IPv4 partition that can hold an address by its upper 16 bits
    starts4: Words  # (n4,): first address of each piece
    ids4: Small  # (n4,): zone of each piece
    hi6: Words  # (n6,): first address of each piece, upper half
    lo6: Words  # (n6,): lower half
    ids6: Small  # (n6,)
    pairs: Ints  # (2 * nz * nz + 1,): first candidate by (family is IPv6, source zone, destination zone)
    candidates: Small  # decision index, ascending within a pair
    whole: npt.NDArray[np.uint8]  # per candidate: bit 0 the source zone is wholly in its sources, bit 1 the destination zone
    sources: Small  # (2, nd): address set of the decision's sources by family
    targets: Small  # (2, nd)
    sets: Ints  # (ns + 1,): first interval of each address set
    set_low: Words  # (ni, 2): upper and lower half of the first address
    set_high: Words  # (ni, 2)
    terms: Ints  # (nd + 1,): first service term of each decision
    protocols: Words  # (nt, 4): 256-bit set
    ports: Ints  # (nt, 4): first and end interval of the source ports, of the destination ports
    port_low: Small  # (np,)
    port_high: Small  # (np,)
    services: npt.NDArray[np.uint8]  # (65536,): bit 0 a known TCP service port, bit 1 UDP
    watch: npt.NDArray[np.uint8]  # (nd + 1,): whether a flow with decision index + 1 is put on the event list


@kernel
def zone4(tables: Tables, address: np.uint64) -> int:
    """The zone index of an IPv4 address."""
    block = signed(address >> U(16))
    low, high = signed(tables.top4[block]), signed(tables.top4[block + 1]) + 1
    while high - low > 1:
        middle = (low + high) >> 1
        if tables.starts4[middle] <= address:
            low = middle
        else:
            high = middle
    return signed(tables.ids4[low])


@kernel
def zone6(tables: Tables, hi: np.uint64, lo: np.uint64) -> int:
    """The zone index of an IPv6 address."""
    low, high = 0, tables.hi6.shape[0]
    while high - low > 1:
        middle = (low + high) >> 1
        if tables.hi6[middle] < hi or (tables.hi6[middle] == hi and tables.lo6[middle] <= lo):
            low = middle
        else:
            high = middle
    return signed(tables.ids6[low])


@kernel
def zone(tables: Tables, v6: bool, hi: np.uint64, lo: np.uint64) -> int:  # noqa: FBT001 -- compiled code takes positions
    """The zone index of an address."""
    return zone6(tables, hi, lo) if v6 else zone4(tables, lo)


@kernel
def member(tables: Tables, which: int, hi: np.uint64, lo: np.uint64) -> bool:
    """Whether an address is in address set *which*."""
    low, high = tables.sets[which] - 1, tables.sets[which + 1]
    first = low
    while high - low > 1:
        middle = (low + high) >> 1
        if tables.set_low[middle, 0] < hi or (tables.set_low[middle, 0] == hi and tables.set_low[middle, 1] <= lo):
            low = middle
        else:
            high = middle
    if low == first:
        return False
    top = tables.set_high[low, 0]
    return bool(hi < top or (hi == top and lo <= tables.set_high[low, 1]))


@kernel
def spoken(tables: Tables, decision: int, protocol: int, sport: int, dport: int) -> bool:
    """Whether one of the decision's service terms holds."""
    for t in range(tables.terms[decision], tables.terms[decision + 1]):
        if not (tables.protocols[t, protocol >> 6] >> U(protocol & 63)) & U(1):
            continue
        found = False
        for k in range(tables.ports[t, 0], tables.ports[t, 1]):
            if tables.port_low[k] <= sport <= tables.port_high[k]:
                found = True
                break
        if not found:
            continue
        for k in range(tables.ports[t, 2], tables.ports[t, 3]):
            if tables.port_low[k] <= dport <= tables.port_high[k]:
                return True
    return False


@kernel
def decide(
    tables: Tables, v6: bool, src_zone: int, dst_zone: int, src_hi: np.uint64, src_lo: np.uint64,  # noqa: FBT001
    dst_hi: np.uint64, dst_lo: np.uint64, protocol: int, sport: int, dport: int,
) -> int:  # fmt: skip
    """Index of the first decision that matches a flow by its initiator, or -1.  ICMP: *sport* type, *dport* code."""
    zones = signed(np.sqrt(tables.pairs.shape[0] >> 1))
    family = 1 if v6 else 0
    pair = (family * zones + src_zone) * zones + dst_zone
    for k in range(tables.pairs[pair], tables.pairs[pair + 1]):
        decision = signed(tables.candidates[k])
        whole = tables.whole[k]
        if not whole & 1 and not member(tables, tables.sources[family, decision], src_hi, src_lo):
            continue
        if not whole & 2 and not member(tables, tables.targets[family, decision], dst_hi, dst_lo):
            continue
        if spoken(tables, decision, protocol, sport, dport):
            return decision
    return -1
