"""Extensions of iptables inside nf_tables (``match`` and ``target``), as iptables-nft leaves them in the kernel.

``nft -j`` prints their names only.  The kernel gives their parameters too; those of the common ones are read here, from the
structures of linux/netfilter/xt_*.h.  Everything else becomes ``xt`` with its name, which is read as uncertain.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

_TCP, _UDP = 6, 17
_PORTS = {0: "sport", 1: "dport"}
#: linux/netfilter/xt_conntrack.h: XT_CONNTRACK_STATE, and the bits of states as xtables numbers them.
_CONNTRACK_STATE = 1
_STATE_ALIAS = 1 << 13  # written as "-m state"
#: linux/netfilter/xt_limit.h
_LIMIT_SCALE = 10_000
_PERIODS = (("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400))
_XT_STATES = 1 | 2 | 4 | 8 | 64


def extension(kind: str, name: str, revision: int, info: bytes) -> Any:
    """The statements of an extension: a list of matches, or the ``xt`` object."""
    reader = _READERS.get((kind, name))
    found = reader(revision, info) if reader is not None else None
    return {"xt": {"type": kind, "name": name}} if found is None else found


def _match(left: Any, right: Any, *, inverted: bool) -> Any:
    return {"match": {"op": "!=" if inverted else "==", "left": left, "right": right}}


def _port(side: str) -> Any:
    return {"payload": {"protocol": "th", "field": side}}


def _span(low: int, high: int) -> Any:
    return low if low == high else {"range": [low, high]}


def _transport(name: str) -> Any:
    return _match({"meta": {"key": "l4proto"}}, name, inverted=False)


def _tcp(_revision: int, info: bytes) -> list[Any] | None:
    """Structure xt_tcp: spts[2], dpts[2], option, flg_mask, flg_cmp, invflags (SRCPT 1, DSTPT 2, FLAGS 4, OPTION 8)."""
    if len(info) < 12:
        return None
    s0, s1, d0, d1, option, mask, value, inverted = struct.unpack_from("=HHHHBBBB", info)
    if option:
        return None
    out = [_transport("tcp")]
    if (s0, s1) != (0, 65535) or inverted & 1:
        out.append(_match(_named("tcp", "sport"), _span(s0, s1), inverted=bool(inverted & 1)))
    if (d0, d1) != (0, 65535) or inverted & 2:
        out.append(_match(_named("tcp", "dport"), _span(d0, d1), inverted=bool(inverted & 2)))
    if mask or inverted & 4:
        out.append(_match({"&": [_named("tcp", "flags"), mask]}, value, inverted=bool(inverted & 4)))
    return out


def _udp(_revision: int, info: bytes) -> list[Any] | None:
    """Structure xt_udp: spts[2], dpts[2], invflags."""
    if len(info) < 9:
        return None
    s0, s1, d0, d1, inverted = struct.unpack_from("=HHHHB", info)
    out = [_transport("udp")]
    if (s0, s1) != (0, 65535) or inverted & 1:
        out.append(_match(_named("udp", "sport"), _span(s0, s1), inverted=bool(inverted & 1)))
    if (d0, d1) != (0, 65535) or inverted & 2:
        out.append(_match(_named("udp", "dport"), _span(d0, d1), inverted=bool(inverted & 2)))
    return out


def _named(protocol: str, side: str) -> Any:
    return {"payload": {"protocol": protocol, "field": side}}


def _multiport(revision: int, info: bytes) -> list[Any] | None:
    """Structure xt_multiport_v1: flags (SOURCE 0, DESTINATION 1, EITHER 2), count, ports[15], pflags[15], invert."""
    if revision != 1 or len(info) < 48 or info[0] not in _PORTS or info[1] > 15:
        return None
    count = info[1]
    ports, flags = struct.unpack_from("=15H", info, 2), info[32:47]
    spans, at = [], 0
    while at < count:
        low = ports[at]
        if flags[at] and at + 1 < count:  # the first of a range
            at += 1
        spans.append(_span(low, ports[at]))
        at += 1
    return [_match(_port(_PORTS[info[0]]), {"set": spans}, inverted=bool(info[47]))]


def _conntrack(revision: int, info: bytes) -> list[Any] | None:
    """Structure xt_conntrack_mtinfo1 to 3: addresses, times and ports in 146 octets, match_flags, invert_flags, state_mask."""
    if revision not in (1, 2, 3) or len(info) < 152:
        return None
    # In the first revision the masks are octets.
    match_flags, invert_flags, states = struct.unpack_from("=HHB" if revision == 1 else "=HHH", info, 146)
    if match_flags & ~_STATE_ALIAS != _CONNTRACK_STATE or states & ~_XT_STATES:
        return None
    return _states(states, inverted=bool(invert_flags & _CONNTRACK_STATE))


def _icmp(protocol: str) -> Callable[[int, bytes], list[Any] | None]:
    """Structures ipt_icmp and ip6t_icmp: type, code[2], invflags; type 255 stands for any in the first."""

    def read(_revision: int, info: bytes) -> list[Any] | None:
        if len(info) < 4 or info[3] & 1:
            return None
        kind, low, high = info[:3]
        out = [_transport(protocol)]
        if not (protocol == "icmp" and kind == 255):
            out.append(_match(_named(protocol, "type"), kind, inverted=False))
            if (low, high) != (0, 255):
                out.append(_match(_named(protocol, "code"), _span(low, high), inverted=False))
        return out

    return read


def _state(_revision: int, info: bytes) -> list[Any] | None:
    """Structure xt_state_info: statemask."""
    if len(info) < 4:
        return None
    states = int(struct.unpack_from("=I", info)[0])
    return None if states & ~_XT_STATES else _states(states, inverted=False)


def _states(states: int, *, inverted: bool) -> list[Any]:
    left = {"&": [{"ct": {"key": "state"}}, states]}
    return [_match(left, 0, inverted=not inverted)]


def _limit(_revision: int, info: bytes) -> list[Any] | None:
    """Structure xt_rateinfo: avg (10000ths of a second for each packet, XT_LIMIT_SCALE), burst, and the kernel's own."""
    if len(info) < 8:
        return None
    cost, burst = struct.unpack_from("=II", info)
    for per, seconds in _PERIODS:
        if cost and cost <= _LIMIT_SCALE * seconds:
            return [{"limit": {"rate": _LIMIT_SCALE * seconds // cost, "burst": burst, "per": per}}]
    return None


def _comment(_revision: int, _info: bytes) -> list[Any]:
    return []


_READERS = {
    ("match", "tcp"): _tcp, ("match", "udp"): _udp, ("match", "multiport"): _multiport, ("match", "conntrack"): _conntrack,
    ("match", "state"): _state, ("match", "icmp"): _icmp("icmp"), ("match", "icmp6"): _icmp("icmpv6"),
    ("match", "comment"): _comment, ("match", "limit"): _limit,
}  # fmt: skip
