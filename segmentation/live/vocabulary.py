"""The numbers of linux/netfilter/nf_tables.h and the words that libnftables-json(5) has for them."""

from __future__ import annotations

from typing import Any

from segmentation.live.attributes import KernelExpression, number
from segmentation.live.values import (
    CT_STATE,
    ETHERADDR,
    ETHERTYPE,
    ICMP_TYPE,
    IFINDEX,
    IFNAME,
    INET_PROTOCOL,
    INET_SERVICE,
    INTEGER,
    IP6ADDR,
    IPADDR,
    NFPROTO,
    TCP_FLAG,
)

__all__ = ["ETHERADDR", "IFINDEX", "IFNAME", "INET_PROTOCOL", "IP6ADDR", "IPADDR", "NFPROTO"]
#: enum nft_registers: NFT_REG_4, NFT_REG32_00.
LAST_WIDE_REGISTER, FIRST_REGISTER32 = 4, 8
BITWISE_BOOL = 0
#: linux/netfilter/nf_nat.h: NF_NAT_RANGE_NETMAP.
NAT_NETMAP = 1 << 6
OPERATORS = {0: "==", 1: "!=", 2: "<", 3: "<=", 4: ">", 5: ">="}
#: enum nft_meta_keys: the word, the octets, whether they are in the order of the processor.
META: dict[int, tuple[str, int, bool]] = {
    0: ("length", 4, True), 1: ("protocol", 2, False), 2: ("priority", 4, True), 3: ("mark", 4, True), 4: ("iif", 4, True),
    5: ("oif", 4, True), 6: ("iifname", 16, False), 7: ("oifname", 16, False), 8: ("iiftype", 2, True),
    9: ("oiftype", 2, True), 10: ("skuid", 4, True), 11: ("skgid", 4, True), 12: ("nftrace", 1, True),
    13: ("rtclassid", 4, True), 14: ("secmark", 4, True), 15: ("nfproto", 1, False), 16: ("l4proto", 1, False),
    17: ("ibrname", 16, False), 18: ("obrname", 16, False), 19: ("pkttype", 1, False), 20: ("cpu", 4, True),
    21: ("iifgroup", 4, True), 22: ("oifgroup", 4, True), 23: ("cgroup", 4, True), 24: ("random", 4, True),
    25: ("ipsec", 1, False), 26: ("iifkind", 16, False), 27: ("oifkind", 16, False), 28: ("ibrpvid", 2, True),
    29: ("ibrvproto", 2, False), 30: ("time", 8, True), 31: ("day", 1, True), 32: ("hour", 4, True), 33: ("sdif", 4, True),
    34: ("sdifname", 16, False), 35: ("broute", 1, False),
}  # fmt: skip
#: enum nft_ct_keys: the word, the family it belongs to, the octets.
CT: dict[int, tuple[str, str, int]] = {
    0: ("state", "", 4), 1: ("direction", "", 1), 2: ("status", "", 4), 3: ("mark", "", 4), 4: ("secmark", "", 4),
    5: ("expiration", "", 4), 6: ("helper", "", 16), 7: ("l3proto", "", 1), 8: ("saddr", "", 16), 9: ("daddr", "", 16),
    10: ("protocol", "", 1), 11: ("proto-src", "", 2), 12: ("proto-dst", "", 2), 13: ("label", "", 16), 14: ("packets", "", 8),
    15: ("bytes", "", 8), 16: ("avgpkt", "", 8), 17: ("zone", "", 2), 18: ("event", "", 4), 19: ("saddr", "ip", 4),
    20: ("daddr", "ip", 4), 21: ("saddr", "ip6", 16), 22: ("daddr", "ip6", 16), 23: ("id", "", 4),
}  # fmt: skip
#: NFT_OBJECT_*: the statement that refers to such an object.
OBJECTS = {
    1: "counter", 2: "quota", 3: "ct helper", 4: "limit", 5: "ct count", 7: "ct timeout", 8: "secmark", 9: "ct expectation",
    10: "synproxy",
}  # fmt: skip
SET_OPERATIONS = {0: "add", 1: "update", 2: "delete"}
_FIB_FLAGS = ("saddr", "daddr", "mark", "iif", "oif")
_FIB_RESULTS = {1: "oif", 2: "oifname", 3: "type"}
_RT_KEYS = {0: "classid", 1: "nexthop", 2: "nexthop", 3: "mtu", 4: "ipsec"}
_EXTENSION_HEADERS = {0: "hbh", 43: "rt", 44: "frag", 60: "dst", 51: "ah", 135: "mh"}  # IANA, IPv6 extension header types


def constant_kind(left: Any) -> int:
    """How constants beside *left* are written."""
    body = left.get("payload") if isinstance(left, dict) else None
    if body is not None:
        return _payload_kind(body)
    if isinstance(left, dict) and "meta" in left:
        return {
            "iifname": IFNAME, "oifname": IFNAME, "ibrname": IFNAME, "obrname": IFNAME, "sdifname": IFNAME, "iifkind": IFNAME,
            "oifkind": IFNAME, "nfproto": NFPROTO, "l4proto": INET_PROTOCOL, "iif": IFINDEX, "oif": IFINDEX,
            "protocol": ETHERTYPE,
        }.get(left["meta"]["key"], INTEGER)  # fmt: skip
    if isinstance(left, dict) and "ct" in left:
        family = left["ct"].get("family")
        return {"ip": IPADDR, "ip6": IP6ADDR}.get(family, CT_STATE if left["ct"]["key"] == "state" else INTEGER)
    return INTEGER


def _payload_kind(body: dict[str, Any]) -> int:
    protocol, found = body.get("protocol"), body.get("field")
    if found in ("saddr", "daddr"):
        return {"ip": IPADDR, "ip6": IP6ADDR, "ether": ETHERADDR}.get(str(protocol), INTEGER)
    if found in ("sport", "dport"):
        return INET_SERVICE
    if found in ("protocol", "nexthdr"):
        return INET_PROTOCOL
    return {"type": ICMP_TYPE, "flags": TCP_FLAG}.get(str(found), INTEGER)


def opaque(at: KernelExpression) -> tuple[Any, int, int]:
    """An expression whose value a rule set cannot tell: its JSON, the attribute of its destination register, its octets."""
    data = at.data
    if at.name == "fib":
        flags = [w for i, w in enumerate(_FIB_FLAGS) if number(data, 3) & 1 << i]
        result = number(data, 2)
        return {"fib": {"result": _FIB_RESULTS.get(result, str(result)), "flags": flags}}, 1, 16 if result == 2 else 4
    if at.name == "exthdr":
        kind, operation, length = number(data, 2), number(data, 6), number(data, 4)
        present = number(data, 5) & 1
        words = {1: "tcp option", 2: "ip option", 3: "sctp chunk", 4: "dccp option"}
        body = {"name": _EXTENSION_HEADERS.get(kind, str(kind)) if operation == 0 else str(kind)}
        return {words.get(operation, "exthdr"): body}, 1, 1 if present else length or 1
    if at.name == "numgen":
        mode = "random" if number(data, 3) else "inc"
        return {"numgen": {"mode": mode, "mod": number(data, 2), "offset": number(data, 4)}}, 1, 4
    if at.name == "hash":
        return {"symhash" if number(data, 7) else "jhash": {"mod": number(data, 4), "offset": number(data, 6)}}, 2, 4
    if at.name == "rt":
        return {"rt": {"key": _RT_KEYS.get(number(data, 2), "?")}}, 1, 16 if number(data, 2) == 2 else 4
    if at.name == "socket":
        return {"socket": {"key": {0: "transparent", 1: "mark", 2: "wildcard"}.get(number(data, 1), "cgroupv2")}}, 2, 4
    if at.name == "osf":
        return {"osf": {"key": "name"}}, 1, 16
    return {"ipsec": {"key": str(number(data, 2))}}, 1, 16
